"""Breaking lines in text that mixes Chinese and Latin letters.

Chinese can be broken between any two characters, but a line may not begin with a mark that closes
or end with one that opens; Latin words stay whole. What measures the width is left to the caller:
the help texts must not wait for rich to be imported.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

Measure = Callable[[str], int]

_JOINING = r"\u0300-\u036f\u3099\u309a\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
_WIDE = (
    r"\u1100-\u115f\u2e80-\u2fff\u3001-\u303e\u3041-\u3247\u3250-\ua4cf\ua960-\ua97f"
    r"\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\U0001b000-\U0001b2ff"
    r"\U00020000-\U0003fffd"
)
_OPENING = r"（「『《〈【〔〖“‘"
_CLOSING = r"，。、；：！？）」』》〉】〕〗”’…—～·％"
_UNIT = re.compile(
    rf"\s+|[{_OPENING}]*(?:(?![{_CLOSING}])[{_WIDE}][{_JOINING}]*|[^\s{_WIDE}{_OPENING}{_CLOSING}]+)?"
    rf"[{_CLOSING}]*"
)
_CHARACTER = re.compile(rf".[{_JOINING}]*", re.DOTALL)


def plain_width(text: str) -> int:
    """The width of simple text in terminal cells, found without importing anything slow."""
    return sum(
        2 if unicodedata.east_asian_width(char) in "WF" else not unicodedata.combining(char)
        for char in text
    )


def wrap(text: str, width: int, measure: Measure = plain_width) -> list[tuple[int, int]]:
    """Where the lines of a text start and end, none wider than ``width`` cells."""
    lines: list[tuple[int, int]] = []
    start = end = used = 0  # of the line being filled; spaces at its end are not in it
    for unit_start, unit_end in _units(text, width, measure):
        unit = text[unit_start:unit_end]
        size = measure(unit)
        if unit.isspace():
            used += size
            continue
        if used + size > width and end > start:
            lines.append((start, end))
            start, used = unit_start, 0
        elif end == start:
            start, used = unit_start, 0
        end = unit_end
        used += size
    if end > start:
        lines.append((start, end))
    return lines


def _units(text: str, width: int, measure: Measure) -> Iterator[tuple[int, int]]:
    """What must stay on one line, piece by piece."""
    for match in _UNIT.finditer(text):
        if not match.group():
            continue
        if match.group().isspace() or measure(match.group()) <= width:
            yield match.span()
        else:  # nothing can keep it whole
            for part in _CHARACTER.finditer(text, *match.span()):
                yield part.span()


def break_points(text: str) -> Iterator[int]:
    """Where a line may end although there is no space."""
    was_space = True
    for match in _UNIT.finditer(text):
        if match.group():
            if not (was_space or match.group().isspace()):
                yield match.start()
            was_space = match.group().isspace()
