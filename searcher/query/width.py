"""How wide text is in a terminal, where a CJK character takes two cells."""

import re
import unicodedata

# What most texts here are made of. Of all else rich knows the width, but is slow to import.
_WIDE = "\u3001-\u3029\u3041-\u3096\u30a1-\u30ff\u4e00-\u9fff\uff01-\uff5e"
_NARROW = " -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482—‘’“”…\u2500-\u25fc"
_COMMON = re.compile(f"[{_NARROW}{_WIDE}]*")
_WIDE_RUN = re.compile(f"[{_WIDE}]+")


def cell_width(text: str, enough: int | None = None) -> int:
    """The width in cells. With ``enough``, a long text that is wider than that is not counted out.

    No character takes more than two cells and few take none, so the width of a text of many
    times ``enough`` characters need not be known exactly.
    """
    if enough is not None and len(text) > 8 * enough + 64:
        text = text[: 8 * enough + 64]
    if _COMMON.fullmatch(text):
        return len(text) + sum(map(len, _WIDE_RUN.findall(text)))
    from rich.cells import cell_len

    return cell_len(text)


class _CellWidths(dict[str, int]):
    """The width of each single character, worked out when it is first met."""

    def __missing__(self, char: str) -> int:
        width = self[char] = cell_width(char)
        return width


class _Joins(dict[str, bool]):
    """Whether a character belongs to the one before it: a mark, or what joins emoji."""

    def __missing__(self, char: str) -> bool:
        joins = unicodedata.category(char) in ("Mn", "Me", "Mc") or char in "\u200d\ufe0e\ufe0f"
        self[char] = joins
        return joins


_WIDTHS = _CellWidths()
JOINS_PREVIOUS = _Joins()


def fitting_end(text: str, start: int, end: int, width: int) -> int:
    """The greatest offset up to ``end`` such that ``text[start:offset]`` fits into the width."""
    used, at = 0, start
    while at < end:
        following = _next_character(text, at, end)
        used += _width_of(text, at, following)
        if used > width:
            break
        at = following
    return at


def fitting_start(text: str, start: int, end: int, width: int) -> int:
    """The least offset from ``start`` on such that ``text[offset:end]`` fits into the width."""
    used, at = 0, end
    while at > start:
        previous = at - 1
        while previous > start and JOINS_PREVIOUS[text[previous]]:
            previous -= 1
        used += _width_of(text, previous, at)
        if used > width:
            break
        at = previous
    return at


def _width_of(text: str, start: int, end: int) -> int:
    return _WIDTHS[text[start]] if end - start == 1 else cell_width(text[start:end])


def _next_character(text: str, at: int, end: int) -> int:
    """Where the character at an offset ends, with the marks that combine with it."""
    at += 1
    while at < end and JOINS_PREVIOUS[text[at]]:
        at += 1
    return at
