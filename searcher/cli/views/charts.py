"""Bars and small curves of characters: how numbers compare, at a look."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from searcher.cli.printable import printable
from searcher.cli.screen import Line, Piece, Screen
from searcher.language import say

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_HEIGHTS = " ▁▂▃▄▅▆▇█"
_PLAIN = " #"  # where the terminal has no such characters
_GAP = "  "
_SHORTEST, _LONGEST = 8, 48  # cells of a bar
_SHORTEST_NAME, _LONGEST_NAME = 4, 24  # cells, where names do not fit


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a chart.

    Attributes:
        name: What is counted.
        number: How many, which is how long the bar is.
        said: The number as people read it.
        curve: Numbers that the number is made of, in order; drawn as a small curve.
    """

    name: str
    number: int
    said: str
    curve: Sequence[int] = ()


def chart(rows: Sequence[Row], screen: Screen) -> list[Line]:
    """Names, their numbers, and on a terminal a bar for each."""
    if screen.is_plain:
        return [
            [Piece(printable(row.name), "label"), Piece(say(": ", "：") + row.said)] for row in rows
        ]
    from searcher.query.width import cell_width, fitting_end

    digits = max((cell_width(row.said) for row in rows), default=0)
    names = [printable(row.name) for row in rows]
    if screen.width is not None:
        longest = max(min(_LONGEST_NAME, screen.width - digits - 2 * len(_GAP)), _SHORTEST_NAME)
        names = [
            name[: fitting_end(name, 0, len(name), longest - 1)] + "…"
            if cell_width(name) > longest
            else name
            for name in names
        ]
    column = max(map(cell_width, names), default=0)
    curve = max((len(row.curve) for row in rows), default=0)
    used = column + digits + (curve + len(_GAP) if curve else 0) + 3 * len(_GAP)
    room = min((screen.width or 0) - used, _LONGEST) if screen.is_terminal else 0
    largest = max((row.number for row in rows), default=0)
    highest = max((number for row in rows for number in row.curve), default=0)
    lines: list[Line] = []
    for row, name in zip(rows, names, strict=True):
        line = [
            Piece(_GAP),
            Piece(name + " " * (column - cell_width(name)), "label"),
            Piece(_GAP + " " * (digits - cell_width(row.said)) + row.said),
        ]
        if room >= _SHORTEST:
            if curve:
                line.append(Piece(_GAP + _curve(row.curve, highest).ljust(curve), "dim"))
            line.append(Piece(_GAP + _bar(row.number, largest, room), "bar"))
        lines.append(line)
    return lines


def _bar(number: int, largest: int, room: int) -> str:
    """A bar as long as the number is, where the largest one takes all the room."""
    if not number:
        return ""
    steps = len(_signs(_EIGHTHS)) - 1
    length = max(round(number * room * steps / largest), 1)
    whole, part = divmod(length, steps)
    return _signs(_EIGHTHS)[steps] * whole + (_signs(_EIGHTHS)[part] if part else "")


def _curve(numbers: Sequence[int], highest: int) -> str:
    """A character a number, as high as it is; what is not 0 can be seen."""
    signs = _signs(_HEIGHTS)
    steps = len(signs) - 1
    return "".join(signs[-(-number * steps // highest) if number else 0] for number in numbers)


def _signs(signs: str) -> str:
    try:
        signs.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return _PLAIN
    return signs
