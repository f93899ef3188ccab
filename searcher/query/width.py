"""How wide text is in a terminal, where a CJK character takes two cells."""

import unicodedata


def cell_width(text: str, enough: int | None = None) -> int:
    """The width in cells. With ``enough``, a long text that is wider than that is not counted out.

    No character takes more than two cells and few take none, so the width of a text of many
    times ``enough`` characters need not be known exactly.
    """
    from rich.cells import cell_len

    if enough is not None and len(text) > 8 * enough + 64:
        text = text[: 8 * enough + 64]
    return cell_len(text)


def fitting_end(text: str, start: int, end: int, width: int) -> int:
    """The greatest offset up to ``end`` such that ``text[start:offset]`` fits into the width."""
    used, at = 0, start
    while at < end:
        following = _next_character(text, at, end)
        used += cell_width(text[at:following])
        if used > width:
            break
        at = following
    return at


def fitting_start(text: str, start: int, end: int, width: int) -> int:
    """The least offset from ``start`` on such that ``text[offset:end]`` fits into the width."""
    used, at = 0, end
    while at > start:
        previous = at - 1
        while previous > start and _joins_previous(text[previous]):
            previous -= 1
        used += cell_width(text[previous:at])
        if used > width:
            break
        at = previous
    return at


def _next_character(text: str, at: int, end: int) -> int:
    """Where the character at an offset ends, with the marks that combine with it."""
    at += 1
    while at < end and _joins_previous(text[at]):
        at += 1
    return at


def _joins_previous(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Me", "Mc") or char in "\u200d\ufe0e\ufe0f"
