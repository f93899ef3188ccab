"""Plain text: lines that were broken at a fixed width are joined again."""

import re

from searcher.documents.cleaning import HAN
from searcher.documents.titles import cells

# Endings under which people keep prose; under any other one line ends may mean something.
_PROSE = frozenset(("", ".txt", ".text"))
_AN_ENDING = re.compile(r"\.[a-z][a-z0-9]{0,9}$")

_SAMPLE = 2000  # lines
_MOST_LINES = 1 << 18  # of a text that is taken apart: each takes more memory than its characters
_NARROWEST = 30  # cells: 15 Han characters
_RAGGED = 4  # cells that a full line may fall short, where no word hangs over
_RAGGED_WORD = 16
_SENTENCE_END = tuple("。！？；：…”』」）】》.!?;:")
_BEGINS_ANEW = re.compile(
    r"[\s\u3000]|[-*•·●○◆■>|#]|\d{1,3}[.、)）]|[（(][一二三四五六七八九十\d]{1,3}[）)]"
    r"|[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十百\d]{1,5}[章节條条]"
)
_HAN = re.compile(f"[{HAN}]")
_SENTENCE = re.compile("[，。！？；,!?;]")
_COLUMNS = re.compile(r"\S(?:[ ]{2,}|\t)\S")


def is_prose(ending: str) -> bool:
    """Whether files with an ending hold text that people wrote for people.

    What follows the last full stop of ``关于v1.2的说明`` is no ending.
    """
    return ending in _PROSE or _AN_ENDING.fullmatch(ending) is None


def unwrap(text: str) -> str:
    """Text with the lines of each paragraph joined, where it was broken at a fixed width.

    That is so where nearly all lines are as wide as the widest, or end a sentence, and are mostly
    Han characters. Otherwise the text comes back as it is.
    """
    if "\n" not in text:
        return text
    width = _wrapped_at(text.split("\n", _SAMPLE)[:_SAMPLE])
    if not width or text.count("\n") > _MOST_LINES:
        return text
    lines = text.split("\n")
    parts: list[str] = []
    before = ""
    is_open = False
    for line in lines:
        if parts:
            goes_on = is_open and line and not _BEGINS_ANEW.match(line)
            parts.append(_joint(before, line) if goes_on else "\n")
        parts.append(line)
        is_open = _is_full(line, width) and not line.endswith(_SENTENCE_END)
        before = line
    return "".join(parts)


def _wrapped_at(lines: list[str]) -> int:
    """The width in cells at which lines were broken, or 0 where they were not."""
    filled = [line for line in lines if line.strip()]
    if len(filled) < 4 or max(map(len, filled)) > 400:
        return 0
    if not any(map(_SENTENCE.search, filled)):
        return 0  # a list of names, addresses or the like: prose has commas
    widths = sorted(map(cells, filled))
    width = widths[-1]
    if width > widths[len(widths) * 3 // 4] + 2 * _RAGGED:
        # One line that hangs over does not count.
        width = widths[-2]
    if width < _NARROWEST:
        return 0
    full, inner, open_ended = 0.0, 0, 0
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if not line.strip() or not following.strip():
            continue  # the last line of a paragraph may have any width
        inner += 1
        if _is_full(line, width):
            full += 1
            open_ended += not line.endswith(_SENTENCE_END) and not _COLUMNS.search(line.strip())
        elif line.endswith(_SENTENCE_END):
            full += 0.5  # may be the end of a paragraph without an empty line below it
    han = sum(char > "\u2e7f" for line in filled for char in line)
    is_han = 2 * han > sum(map(len, filled))
    is_wrapped = is_han and open_ended >= 3 and 2 * open_ended > inner and full >= 0.8 * inner
    return width if is_wrapped else 0


def _is_full(line: str, width: int) -> bool:
    short = width - cells(line)
    return short <= _RAGGED or (short <= _RAGGED_WORD and not _HAN.match(line[-1:]))


def _joint(before: str, after: str) -> str:
    """What stands between two lines that are one: nothing between Han characters."""
    return "" if _HAN.match(before[-1:]) and _HAN.match(after) else " "
