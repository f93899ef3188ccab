"""The words of an index in a cluster: those of a pattern, of a sound, near a typed one.

The cluster counts the documents of each word of the field ``vocabulary`` and takes a regular
expression of words to count; it is built here, and what comes is looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

from searcher.cluster.engine import Build, Engine
from searcher.cluster.schema import field_of
from searcher.index.columnar.arrays import Mask
from searcher.index.fields import WORDS
from searcher.index.vocabulary import Change
from searcher.index.vocabulary.lookup import Near
from searcher.index.vocabulary.words import CODES, LONGEST_HAN
from searcher.lazy import np

_FIELD = "vocabulary"
_MOST = 10_000  # words that are looked at
_MOST_NEAR = 48
_FEW = 12  # words of one sound
_LONGEST_EDITED = 24  # letters; an expression of all edits of 28 is refused by the cluster
_SPECIAL = re.compile(r'([.?+*|{}\[\]()"\\#@&<>~^$-])')
_HAN = (0x3400, 0x9FFF)

Part = str  # of a regular expression: what stands for one character
_ANY = "."


class ClusterVocabulary:
    """The words of one build."""

    def __init__(self, engine: Engine, build: Build) -> None:
        """Take the build."""
        self._engine = engine
        self._build = build

    @cached_property
    def characters(self) -> Mask:
        """For each code whether it may be a Han character of a word."""
        mask = np.zeros(CODES, np.bool_)
        mask[_HAN[0] : _HAN[1] + 1] = True
        return mask

    def counted(self, pattern: str, most: int) -> dict[str, int]:
        """The most frequent words that a regular expression of Lucene's fits, with their counts.

        Args:
            pattern: The expression; empty for all words.
            most: How many words.
        """
        terms: dict[str, Any] = {"field": _FIELD, "size": most}
        query: dict[str, Any] = {"match_all": {}}
        if pattern:
            terms["include"] = pattern
            query = {"regexp": {WORDS: {"value": pattern, "max_determinized_states": 100_000}}}
        body = {
            "size": 0,
            "query": {"bool": {"filter": [query]}},
            "aggs": {"words": {"terms": terms}},
        }
        found = self._engine.search(self._build, body)["aggregations"]["words"]["buckets"]
        return {one["key"]: int(one["doc_count"]) for one in found}

    def accepted(
        self, pattern: str, accept: Callable[[str], bool], only: str | None, most: int
    ) -> list[str]:
        """The words that a regular expression fits and that are accepted, in order.

        Args:
            pattern: The expression; empty for all words.
            accept: Says of a word whether it is wanted.
            only: The text field that must have it; None for any.
            most: How many to give.
        """
        words = self.counted(pattern, _MOST)
        found = sorted(word for word in words if accept(word))[:most]
        if only is None:
            return found
        field = field_of(WORDS, only)
        counts = self._engine.counts(self._build, [{"term": {field: word}} for word in found])
        return [word for word, count in zip(found, counts, strict=True) if count]

    def sounding(self, sets: Sequence[Mask]) -> dict[str, int]:
        """Words of Han characters that are each in a set, with their numbers of documents."""
        if not 0 < len(sets) <= LONGEST_HAN:
            return {}
        return self.counted("".join(map(_one_of, sets)), _FEW)

    def beginning(self, sets: Sequence[Mask], most: int) -> dict[str, int]:
        """Words of Han characters, two or more, of which the first are each in a set."""
        if not 0 < len(sets) <= LONGEST_HAN:
            return {}
        rest = "[㐀-鿿]" + ("*" if len(sets) > 1 else "+")
        return self.counted("".join(map(_one_of, sets)) + rest, most)

    def has_longer(self, sets: Sequence[Mask]) -> bool:
        """Whether there are words of more Han characters, of which the first are each in a set."""
        if len(sets) >= LONGEST_HAN:
            return False
        return bool(self.counted("".join(map(_one_of, sets)) + "[㐀-鿿]+", 1))

    def pairs(self, first: Mask, second: Mask) -> dict[str, int]:
        """Pairs that are no words: of these a cluster keeps no list, so there are none."""
        return {}

    def near(self, word: str) -> list[Near]:
        """Words that differ from a folded one in one character, the most frequent ones first."""
        if not word or max(map(ord, word)) >= CODES:
            return []
        changes = dict.fromkeys(_changed(word))
        found = [
            Near(other, count, change)
            for other, count in self.counted("|".join(changes), _MOST_NEAR).items()
            if (change := _change(word, other)) is not None
        ]
        return sorted(found, key=lambda one: (-one.count, one.word))


def literal(text: str) -> str:
    """A text as a regular expression of Lucene's that fits it alone."""
    return _SPECIAL.sub(r"\\\1", text)


def beginning_with(prefix: str) -> str:
    """A regular expression of Lucene's for what begins with a prefix; empty for all."""
    return f"{literal(prefix)}.*" if prefix else ""


def near_to(word: str, distance: int) -> str:
    """The same for what differs from a word in so many letters at most; of a long one for more."""
    if len(word) > _LONGEST_EDITED:
        # All edits are too long an expression. Each touches two of these pieces at most.
        count = 2 * distance + 1
        ends = [len(word) * number // count for number in range(count + 1)]
        pieces = [literal(word[start:end]) for start, end in pairwise(ends)]
        return "|".join(dict.fromkeys(f".*{piece}.*" for piece in pieces))
    patterns: dict[tuple[Part, ...], None] = {tuple(map(literal, word)): None}
    for _ in range(distance):
        patterns |= dict.fromkeys([new for old in patterns for new in _edits(old)])
    return "|".join(dict.fromkeys("".join(parts) for parts in patterns if parts))


def _edits(parts: tuple[Part, ...]) -> Iterable[tuple[Part, ...]]:
    for at in range(len(parts) + 1):
        yield (*parts[:at], _ANY, *parts[at:])
        if at < len(parts):
            yield (*parts[:at], *parts[at + 1 :])
            yield (*parts[:at], _ANY, *parts[at + 1 :])


def _changed(word: str) -> Iterable[str]:
    """Regular expressions for all that differs from a word in one character."""
    parts = tuple(map(literal, word))
    yield from ("".join(one) for one in _edits(parts) if one)
    for at in range(len(parts) - 1):
        yield "".join((*parts[:at], parts[at + 1], parts[at], *parts[at + 2 :]))


def _change(word: str, other: str) -> Change | None:
    """How a word differs from another one; None if not in one character, or not at all."""
    if word == other:
        return None
    if len(word) == len(other):
        different = [at for at in range(len(word)) if word[at] != other[at]]
        if len(different) == 1:
            return Change.OTHER if len(word) > 1 else None
        first, last = different[0], different[-1]
        is_swap = last == first + 1 and word[first] == other[last] and word[last] == other[first]
        return Change.SWAPPED if len(different) == 2 and is_swap else None
    longer, shorter = (word, other) if len(word) > len(other) else (other, word)
    is_one_less = any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))
    if not is_one_less:
        return None
    return Change.EXTRA if len(word) > len(other) else Change.MISSING


def _one_of(mask: Mask) -> str:
    """A class of the characters of a set; what fits nothing for none."""
    chars = "".join(map(chr, np.flatnonzero(mask).tolist()))
    return f"[{literal(chars)}]" if chars else "\ufffe"
