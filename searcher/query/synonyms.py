"""Synonyms of the user's own: reading them, and adding them to a query.

One group a line, UTF-8; each word of it finds the others::

    电脑, 计算机, PC
    核酸检测 => PCR test, 核酸筛查

After ``=>`` stands what is added for the words before it, and not the other way round. What was
typed stays: a search engine that replaces it, as Solr does with ``=>``, would not find any more
what stands in a document just as it was typed.

Words are separated by commas (``,`` ``，`` ``、``) or tabs, so that they may have spaces; in a line
with none of these and no ``=>``, white space separates them. A line that begins with ``#`` is a
comment. Nothing in a word is an operator. What is added is not looked up again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from searcher.errors import SynonymsError
from searcher.language import say
from searcher.reasons import system_reason

if TYPE_CHECKING:
    from searcher.query.tree import Node, Synonym
    from searcher.text import Analyzer, Folding

_ARROW = "=>"
# Patterns are compiled when they are first used: few searches have synonyms.
_SEPARATOR = "[,、\t]"  # beside full-width commas, which NFKC makes plain ones
_LETTER = r"[^\W_]"
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "「": "」", "『": "』"}
_MOST_SYNONYMS = 100  # of one piece of a query; more are more than anybody means
_LONGEST_TEXT = 10_000  # characters of a text, as many as are ranked by


class Rule(NamedTuple):
    """A line of a file of synonyms.

    Attributes:
        typed: For what is typed.
        added: What is looked for as well. For a group both are the same.
    """

    typed: tuple[str, ...]
    added: tuple[str, ...]


class Synonyms:
    """Words that stand for each other, to be given to searches.

    Use ``Synonyms.load`` or ``Synonyms.parse``. It may be used for any index, and by several
    threads at a time.

    Example:
        >>> synonyms = searcher.Synonyms.parse("险企, 保险公司")
        >>> index.search("险企", synonyms=synonyms).total > index.search("险企").total
        True
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Take what stands for what."""
        self.rules = tuple(rules)
        self._table: _Table | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles have the rules; what is made of them for an index is made anew."""
        return Synonyms, (self.rules,)

    def __repr__(self) -> str:
        return f"<Synonyms: {len(self.rules)} groups>"

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Synonyms:
        """Read a file, for whose form see the README.

        Raises:
            SynonymsError: It cannot be read, or a line of it is not understood.
        """
        try:
            text = Path(path).read_bytes().decode("utf-8-sig")
        except OSError as error:
            why = system_reason(error)
            raise SynonymsError(
                say(f"cannot read {path}: {why}", f"无法读取 {path}：{why}")
            ) from error
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise SynonymsError(
                say(
                    f"{path}, line {line}: not UTF-8 (byte {error.start}); save it as UTF-8",
                    f"{path} 第 {line} 行：不是 UTF-8（第 {error.start} 字节），请另存为 UTF-8",
                )
            ) from error
        return cls(_rules(text, str(path)))

    @classmethod
    def parse(cls, text: str) -> Synonyms:
        """Read what would stand in a file.

        Raises:
            SynonymsError: A line of it is not understood.
        """
        return cls(_rules(text.removeprefix("\ufeff"), say("synonyms", "同义词")))

    def expand(self, node: Node, analyzer: Analyzer) -> Node:
        """A query with synonyms added to its plain words.

        Quoted strings, patterns and misspelt words stay as they are, and so does what is excluded:
        it would exclude more than was typed.
        """
        # Not at the top: who reads synonyms need not wait for the classes of queries.
        from searcher.query.tree import And, Boost, Clauses, Expanded, Or, Words

        match node:
            case Words(text):
                pieces = tuple(self._pieces(text, analyzer))
                return Expanded(node, pieces) if pieces else node
            case And(children):
                return And(self._each(children, analyzer))
            case Or(children):
                return Or(self._each(children, analyzer))
            case Boost(child, factor):
                return Boost(self.expand(child, analyzer), factor)
            case Clauses(must, should, must_not):
                return Clauses(self._each(must, analyzer), self._each(should, analyzer), must_not)
            case _:
                return node

    def _each(self, nodes: tuple[Node, ...], analyzer: Analyzer) -> tuple[Node, ...]:
        return tuple(self.expand(node, analyzer) for node in nodes)

    def _pieces(self, text: str, analyzer: Analyzer) -> Iterator[Synonym]:
        """The pieces of a text that have synonyms, from left to right, the longest first.

        A piece begins and ends where words do: ``险企`` is not in ``保险企业``.
        """
        from searcher.query.tree import Synonym

        table = self._folded(analyzer.folding)
        folded = _spaced(analyzer.folding.fold(text[:_LONGEST_TEXT]))
        inner: set[int] | None = None
        seen: set[str] = set()
        at = 0
        while at < len(folded):
            following = at + 1
            for length in table.lengths.get(folded[at], ()):
                typed, end = folded[at : at + length], at + length
                if typed not in table.rules:
                    continue
                inner = _inside_words(analyzer, folded) if inner is None else inner
                if at in inner or end in inner:
                    continue
                others = table.others(typed)
                if others and typed not in seen:
                    seen.add(typed)
                    yield Synonym(typed, others)
                following = end
                break
            at = following

    def _folded(self, folding: Folding) -> _Table:
        # Another thread may be making the same: whichever is kept is right.
        table = self._table
        if table is None or table.folding is not folding:
            table = self._table = _Table(self.rules, folding)
        return table


class _Table:
    """Rules by the folded words that they are for.

    What a word has is put together when it is asked for: all of it at once would be the square of
    a large group.
    """

    def __init__(self, rules: tuple[Rule, ...], folding: Folding) -> None:
        self.folding = folding
        self.rules: dict[str, list[tuple[str, ...]]] = {}
        lengths: dict[str, set[int]] = {}
        # The words of a group are the same on both sides.
        every_added = _folded_words([rule.added for rule in rules], folding)
        arrows = [rule.typed for rule in rules if rule.typed is not rule.added]
        every_typed = _folded_words(arrows, folding)
        for rule, added in zip(rules, every_added, strict=True):
            typed = added if rule.typed is rule.added else next(every_typed)
            for word in typed:
                self.rules.setdefault(word, []).append(added)
                lengths.setdefault(word[0], set()).add(len(word))
        # The lengths of the words that begin with a character, the greatest first.
        self.lengths = {char: sorted(some, reverse=True) for char, some in lengths.items()}

    def others(self, word: str) -> tuple[str, ...]:
        """What may stand for a folded word, in order of appearance."""
        others: dict[str, None] = {}
        for added in self.rules[word]:
            for other in added:
                if other != word:
                    others[other] = None
                    if len(others) == _MOST_SYNONYMS:
                        return tuple(others)
        return tuple(others)


def _rules(text: str, name: str) -> Iterator[Rule]:
    # Other ends of lines, such as U+2028, are white space inside a word.
    lines = re.split("\r\n|\n|\r", unicodedata.normalize("NFKC", text))
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith("#"):
            continue
        try:
            yield _rule(line)
        except ValueError as error:
            raise SynonymsError(
                say(f"{name}, line {number}: {error}", f"{name} 第 {number} 行：{error}")
            ) from error


def _rule(line: str) -> Rule:
    sides = line.split(_ARROW)
    if len(sides) > 2:
        raise ValueError(say(f"more than one {_ARROW}", f"不止一个 {_ARROW}"))
    words = [_words(side, by_spaces=len(sides) == 1) for side in sides]
    if len(sides) == 2:
        typed, added = words
        if not typed or not added:
            raise ValueError(
                say(
                    f"nothing {'after' if typed else 'before'} {_ARROW}",
                    f"{_ARROW} {'之后' if typed else '之前'}什么也没有",
                )
            )
        return Rule(typed, added)
    (group,) = words
    if len(group) < 2:
        raise ValueError(
            say(
                f"{line!r:.60} is alone; a group is two words or more, such as: 电脑, 计算机",
                f"{line!r:.60} 只有一个词；一组至少两个词，例如：电脑，计算机",
            )
        )
    return Rule(group, group)


def _words(side: str, *, by_spaces: bool) -> tuple[str, ...]:
    """The words of one side of a line, in NFKC."""
    by_spaces = by_spaces and not re.search(_SEPARATOR, side)
    parts = side.split() if by_spaces else re.split(_SEPARATOR, side)
    words = [_unquoted(_spaced(part)) for part in parts]
    for word in words:
        if word and not re.search(_LETTER, word):
            raise ValueError(
                say(
                    f"{word!r:.60} has no letter and no digit",
                    f"{word!r:.60} 中没有文字或数字",
                )
            )
    return tuple(filter(None, words))


def _unquoted(word: str) -> str:
    """A word without the quotation marks around it, which say nothing: a word may have spaces."""
    if len(word) > 1 and _QUOTES.get(word[0]) == word[-1]:
        return word[1:-1].strip()
    return word


def _spaced(text: str) -> str:
    return text if text.isalnum() else " ".join(text.split())


def _folded_words(sides: Sequence[tuple[str, ...]], folding: Folding) -> Iterator[tuple[str, ...]]:
    """The words of each side, folded."""
    # All at once is many times faster. A word holds no tab, and nothing joins over one.
    folded = iter(folding.fold("\t".join(chain.from_iterable(sides))).split("\t"))
    for side in sides:
        yield tuple(dict.fromkeys(filter(None, map(_spaced, islice(folded, len(side))))))


def _inside_words(analyzer: Analyzer, folded: str) -> set[int]:
    """The offsets at which a word goes on."""
    inner: set[int] = set()
    for token in analyzer.words(folded):
        if " " not in token.term:  # else it is several words
            inner.update(range(token.start + 1, token.end))
    return inner
