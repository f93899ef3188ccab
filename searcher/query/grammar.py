"""The grammar of queries: text → query tree.

::

    query    = sequence { OR sequence }                    OR is also |
    sequence = { conjunction }                             side by side
    conjunction = unary { AND unary }
    unary    = [ + | - | NOT ] primary [ ^number ]
    primary  = ( query ) | field:primary | "exact" | word* | wo?d | word~ | word

What an input method types in full width is the same as in half width, and ``，`` ``、`` are
spaces. Nothing is an error: what cannot be read as an operator is read as text. A pasted sentence
must stay a sentence, so marks that stand between letters are punctuation: a quotation inside a
text is text, and so is a parenthesis.
"""

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import Literal

from searcher.query.dates import parse_date_range
from searcher.query.tree import (
    And,
    Boost,
    Clauses,
    Everything,
    Exact,
    Fuzzy,
    Node,
    Not,
    Or,
    Pattern,
    Value,
    Words,
)
from searcher.query.usual import parse_usual

FIELDS = {
    "title": "title",
    "标题": "title",
    "標題": "title",
    "body": "body",
    "正文": "body",
    "source": "source",
    "来源": "source",
    "來源": "source",
    "tag": "tag",
    "tags": "tag",
    "标签": "tag",
    "標籤": "tag",
    "date": "date",
    "日期": "date",
    "path": "path",
    "路径": "path",
    "路徑": "path",
}
TEXT_FIELDS = ("title", "body")

# Input methods mix up the two curly marks, so each closes the other.
_QUOTES = {'"': '"', "“": "”“", "”": "”“", "„": "”“", "「": "」", "『": "』", "〝": "〞"}
_QUOTE_MARKS = frozenset("".join(_QUOTES) + "".join(_QUOTES.values()))
_DEEPEST = 40  # nested parentheses; deeper ones are text
_LARGEST_BOOST = 1000.0
_MOST_STARS = 3  # in a pattern; with more it is text

_SEPARATORS = ",、\u200b\u2060\ufeff"  # beside white space
_WORD_END = re.compile(f"[\\s{_SEPARATORS}()|{''.join(sorted(_QUOTE_MARKS))}]")

_BOOST = re.compile(r"\^(\d{1,4}(?:\.\d{1,4})?)")
_FUZZY = re.compile(r"([^\W_]+)~([0-2]?)")
_PATTERN = re.compile(r"[\w*?]+")
_LETTER = re.compile(r"\w")
_SENTENCE_END = re.compile("[。？！；.?!;]+")


_Kind = Literal["AND", "OR", "NOT", "+", "-", "(", ")"]
_OPERATORS: dict[str, _Kind] = {"AND": "AND", "OR": "OR", "NOT": "NOT"}


@dataclass(frozen=True, slots=True)
class _Operator:
    """``AND OR NOT + -`` or a parenthesis, as it was typed."""

    kind: _Kind
    text: str
    field: str | None = None  # before a parenthesis
    boost: float = 1.0  # after a parenthesis


_Item = _Operator | Node


class _HalfWidth(dict[int, str]):
    """Each character in half width, if it is one character there; worked out when first met."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(code))
        return self.setdefault(code, plain if len(plain) == 1 else chr(code))


_HALF_WIDTH = _HalfWidth()


def parse(query: str) -> Node:
    """Read a query. Any text is one."""
    return parse_usual(query) or parse_whole(query)


def parse_whole(query: str) -> Node:
    """The same by the grammar alone, without looking for what is usual."""
    items = _match_parentheses(_Scanner(query).items())
    tree, _ = _Parser(items).query(0)
    return Words(query.strip()) if tree == Clauses() and query.strip() else tree


class _Scanner:
    """Cuts a query into operators and leaves."""

    def __init__(self, query: str) -> None:
        self.text = query
        # The same in half width, character for character, so that offsets stay.
        self.plain = query.translate(_HALF_WIDTH)
        self._quotation_end = -1  # where the last quotation ended
        self._closing_marks: dict[str, list[int]] = {}

    def items(self) -> list[_Item]:
        items: list[_Item] = []
        position, end = 0, len(self.text)
        while position < end:
            position = self._item(position, items)
        return items

    def _item(self, at: int, items: list[_Item]) -> int:
        """Read what begins at an offset; returns where the next begins."""
        char = self.plain[at]
        if _is_separator(char):
            return at + 1
        if char in "+-" and self._starts_item(at) and self._begins_operand(at + 1):
            items.append(_Operator("+" if char == "+" else "-", self.text[at]))
            return at + 1
        if char == "|":
            items.append(_Operator("OR", self.text[at]))
            return at + 1
        if char == "(":
            if self._starts_item(at):
                items.append(_Operator("(", self.text[at]))
            return at + 1
        if char == ")":
            boost, after = self._boost(at + 1)
            items.append(_Operator(")", self.text[at], boost=boost))
            return after
        if char in _QUOTE_MARKS:
            return self._quotation(at, None, items)
        return self._word(at, items)

    def _starts_item(self, at: int) -> bool:
        """Whether nothing that belongs to it stands before an offset."""
        if at in (0, self._quotation_end):
            return True
        before = self.plain[at - 1]
        return _is_separator(before) or before in "(|+-"

    def _begins_operand(self, at: int) -> bool:
        if at >= len(self.plain):
            return False
        char = self.plain[at]
        return not _is_separator(char) and char not in "+-)|"

    def _quotation(self, at: int, field: str | None, items: list[_Item]) -> int:
        """Read a quotation as an exact string, or step over a mark that opens none."""
        if not (field is not None or self._starts_item(at) or self._follows_mark(at)):
            return at + 1
        closing = _QUOTES.get(self.plain[at], "")
        end = self._closing_mark(at + 1, closing)
        if end <= at + 1:
            return at + 1
        boost, after = self._boost(end + 1)
        sentence_end = _SENTENCE_END.match(self.plain, after)
        if sentence_end is not None and self._ends_item(sentence_end.end()):
            after = sentence_end.end()
        if not self._ends_item(after):
            return at + 1
        items.append(_boosted(_leaf_of(field, self._quoted(at + 1, end, closing)), boost))
        self._quotation_end = after
        return after

    def _closing_mark(self, start: int, closing: str) -> int:
        """Where the first closing mark stands from an offset on; -1 if there is none.

        All of a kind are found at one go: a query may be nothing but opening marks.
        """
        if not closing:
            return -1
        if closing not in self._closing_marks:
            pattern = re.compile(f"\\\\[\\\\{closing}]|[{closing}]")
            self._closing_marks[closing] = [
                match.start()
                for match in pattern.finditer(self.plain)
                if not match.group().startswith("\\")
            ]
        marks = self._closing_marks[closing]
        at = bisect_left(marks, start)
        return marks[at] if at < len(marks) else -1

    def _quoted(self, start: int, end: int, closing: str) -> str:
        """The text between two marks, without the backslashes that protect marks in it."""
        return re.sub(f"\\\\([\\\\{closing}])", r"\1", self.text[start:end])

    def _follows_mark(self, at: int) -> bool:
        return at > 0 and self.plain[at - 1] in _QUOTE_MARKS

    def _ends_item(self, at: int) -> bool:
        if at >= len(self.plain):
            return True
        char = self.plain[at]
        if char in "+-":
            return self._begins_operand(at + 1)
        return _is_separator(char) or char in ")|" or char in _QUOTES

    def _boost(self, at: int) -> tuple[float, int]:
        """The number after ``^`` at an offset and where it ends; 1 if there is none."""
        match = _BOOST.match(self.plain, at)
        if match is None or not self._ends_item(match.end()):
            return 1.0, at
        return min(float(match[1]), _LARGEST_BOOST), match.end()

    def _word(self, at: int, items: list[_Item]) -> int:
        word_end = _WORD_END.search(self.plain, at)
        end = len(self.plain) if word_end is None else word_end.start()
        colon = self.plain.find(":", at, end)
        field = FIELDS.get(self.plain[at:colon].lower()) if colon > at else None
        if field is not None:
            after = self._field_value(field, colon + 1, end, items)
            if after > colon:
                return after
        items.append(self._leaf(at, end, None))
        return end

    def _field_value(self, field: str, at: int, end: int, items: list[_Item]) -> int:
        """Read what stands after ``field:``; returns where it ends, or -1 if that is no value."""
        following = self.plain[at : at + 1]
        if at < end:
            leaf = self._leaf(at, end, field)
            if isinstance(leaf, Words) and leaf.field != field:
                return -1
            items.append(leaf)
            return end
        if following == "(" and field in TEXT_FIELDS:
            items.append(_Operator("(", self.text[at], field=field))
            return at + 1
        if following and following in _QUOTES:
            before = len(items)
            after = self._quotation(at, field, items)
            return after if len(items) > before else -1
        return -1

    def _leaf(self, start: int, end: int, field: str | None) -> Node | _Operator:
        plain = self.plain[start:end]
        boost = 1.0
        match = re.search(r"\^(\d{1,4}(?:\.\d{1,4})?)$", plain)
        if match is not None and match.start() > 0:
            boost = min(float(match[1]), _LARGEST_BOOST)
            end = start + match.start()
            plain = self.plain[start:end]
        text = self.text[start:end]
        if field is not None and field not in TEXT_FIELDS:
            return _boosted(_leaf_of(field, plain), boost)
        if field is None and boost == 1.0 and plain in _OPERATORS:
            return _Operator(_OPERATORS[plain], text)
        if plain == "*" and field is None:
            return _boosted(Everything(), boost)
        fuzzy = _FUZZY.fullmatch(plain)
        if fuzzy is not None:
            distance = int(fuzzy[2]) if fuzzy[2] else None
            return _boosted(Fuzzy(fuzzy[1], distance, field), boost)
        pattern = self._pattern(start, end)
        if pattern is not None:
            return _boosted(Pattern(pattern, field), boost)
        return _boosted(Words(text, field), boost)

    def _pattern(self, start: int, end: int) -> str | None:
        """The word as a pattern, or None if it is plain text.

        A question mark is a wildcard only where it was typed in half width between letters:
        everywhere else it ends a question.
        """
        plain = self.plain[start:end]
        if "*" not in plain and "?" not in plain:
            return None
        if not _PATTERN.fullmatch(plain) or not _LETTER.search(plain):
            return None
        if "**" in plain or plain.count("*") > _MOST_STARS:
            return None
        marks = [offset for offset, char in enumerate(plain) if char == "?"]
        for offset in marks:
            if self.text[start + offset] != "?" or offset in (0, len(plain) - 1):
                return None
        return plain if marks or "*" in plain else None


class _Parser:
    """Builds the tree from operators and leaves by recursive descent."""

    def __init__(self, items: list[_Item]) -> None:
        self.items = items

    def query(self, at: int) -> tuple[Node, int]:
        branches = []
        while True:
            branch, at = self._sequence(at)
            branches.append(branch)
            if not self._is(at, "OR"):
                break
            at += 1
        branches = [branch for branch in branches if branch != Clauses()]
        if len(branches) == 1:
            return branches[0], at
        return (Or(tuple(branches)) if branches else Clauses()), at

    def _sequence(self, at: int) -> tuple[Node, int]:
        must: list[Node] = []
        should: list[Node] = []
        must_not: list[Node] = []
        while at < len(self.items) and not self._is(at, "OR") and not self._is(at, ")"):
            sign = self.items[at]
            node, at = self._conjunction(at)
            if isinstance(node, Not):
                must_not.append(node.child)
            elif _is_sign(sign, "+") or _is_demanded(node):
                must.append(node)
            elif node != Clauses():
                should.append(node)
        return _simplified(tuple(must), _joined(should), tuple(must_not)), at

    def _conjunction(self, at: int) -> tuple[Node, int]:
        node, at = self._unary(at)
        children = [node]
        while self._is(at, "AND"):
            node, at = self._unary(at + 1)
            children.append(node)
        return (children[0] if len(children) == 1 else And(tuple(children))), at

    def _unary(self, at: int) -> tuple[Node, int]:
        negative = False
        while at < len(self.items):
            item = self.items[at]
            if not isinstance(item, _Operator) or item.kind not in ("NOT", "+", "-"):
                break
            negative ^= item.kind != "+"
            at += 1
        if at >= len(self.items):
            return Clauses(), at
        item = self.items[at]
        if not isinstance(item, _Operator):
            node: Node = item
            at += 1
        elif item.kind == "(":
            node, at = self.query(at + 1)
            if item.field is not None:
                node = _in_field(node, item.field)
            closing = self.items[at]
            if isinstance(closing, _Operator):
                node = _boosted(node, closing.boost)
            at += 1
        else:
            return Clauses(), at
        return (Not(node) if negative else node), at

    def _is(self, at: int, kind: str) -> bool:
        return at < len(self.items) and _is_sign(self.items[at], kind)


def _is_sign(item: _Item, kind: str) -> bool:
    return isinstance(item, _Operator) and item.kind == kind


def _match_parentheses(items: list[_Item]) -> list[_Item]:
    """Leave out parentheses without a partner or too deep, and read stray operators as text."""
    open_at: list[int] = []
    keep = [True] * len(items)
    for at, item in enumerate(items):
        if _is_sign(item, "("):
            open_at.append(at)
        elif _is_sign(item, ")"):
            if not open_at:
                keep[at] = False
            elif len(open_at) > _DEEPEST:
                keep[open_at.pop()] = keep[at] = False
            else:
                open_at.pop()
    for at in open_at:
        keep[at] = False
    kept = [item for item, is_kept in zip(items, keep, strict=True) if is_kept]
    return _with_operands(kept)


def _with_operands(items: list[_Item]) -> list[_Item]:
    """Read ``AND``, ``OR``, ``NOT`` as words where they have nothing to work on."""
    result: list[_Item] = []
    for at, item in enumerate(items):
        if isinstance(item, _Operator) and item.kind in ("AND", "OR", "NOT", "+", "-"):
            following = items[at + 1] if at + 1 < len(items) else None
            has_right = following is not None and not (
                isinstance(following, _Operator) and following.kind in ("AND", "OR", ")")
            )
            previous = result[-1] if result else None
            has_left = previous is not None and not (
                isinstance(previous, _Operator) and previous.kind != ")"
            )
            needs_left = item.kind in ("AND", "OR")
            if not has_right or (needs_left and not has_left):
                if item.text.isalpha():
                    result.append(Words(item.text))
                continue
        result.append(item)
    return result


def _is_demanded(node: Node) -> bool:
    """Whether a node stands for something that the user can only mean as a condition."""
    match node:
        case Exact() | Value() | And():
            return True
        case Words(_, field) | Pattern(_, field) | Fuzzy(_, _, field):
            return field is not None
        case Boost(child, _):
            return _is_demanded(child)
        case Words() | Pattern() | Fuzzy() | Everything() | Or() | Not() | Clauses():
            return False
        case _:  # a date range
            return True


def _joined(nodes: list[Node]) -> tuple[Node, ...]:
    """Neighbouring plain words as one text, since a word may have several parts."""
    joined: list[Node] = []
    for node in nodes:
        last = joined[-1] if joined else None
        if isinstance(node, Words) and isinstance(last, Words) and node.field == last.field:
            joined[-1] = replace(last, text=f"{last.text} {node.text}")
        else:
            joined.append(node)
    return tuple(joined)


def _simplified(
    must: tuple[Node, ...], should: tuple[Node, ...], must_not: tuple[Node, ...]
) -> Node:
    if not must_not and len(must) + len(should) == 1:
        return (must + should)[0]
    return Clauses(must, should, must_not)


def _in_field(node: Node, field: str) -> Node:
    """A tree in parentheses that a field stands before."""

    def each(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        return tuple(_in_field(child, field) for child in nodes)

    match node:
        case And(children):
            return And(each(children))
        case Or(children):
            return Or(each(children))
        case Not(child):
            return Not(_in_field(child, field))
        case Boost(child, factor):
            return Boost(_in_field(child, field), factor)
        case Clauses(must, should, must_not):
            return Clauses(each(must), each(should), each(must_not))
        case Words(_, None) | Exact(_, None) | Pattern(_, None) | Fuzzy(_, _, None):
            return replace(node, field=field)
        case _:
            return node


def _leaf_of(field: str | None, text: str) -> Node:
    """What a quoted text means after a field, or a plain one after a field that is no text."""
    if field is None or field in TEXT_FIELDS:
        return Exact(text, field)
    if field == "date":
        dates = parse_date_range(unicodedata.normalize("NFKC", text.replace("…", "..")).lower())
        return Words(text) if dates is None else dates
    return Value(field, text)


def _boosted(node: Node, factor: float) -> Node:
    return node if factor == 1.0 else Boost(node, factor)


def _is_separator(char: str) -> bool:
    return char.isspace() or char in _SEPARATORS
