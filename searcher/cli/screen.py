"""Where results are shown: on a terminal, in lines of its width, or in a pipe, as plain text.

The views give lines of pieces, each with the name of a style. Only a terminal needs rich; plain
text does not wait for it.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from searcher.cli.printable import printable
from searcher.cli.wrapping import wrap

if TYPE_CHECKING:
    from rich.console import Console

Span = tuple[int, int]

_STYLES = {
    "": "",
    "title": "bold",
    "mark": "bold red",
    "title mark": "bold red",
    "label": "cyan",
    "dim": "dim",
    "date": "green",
    "source": "cyan",
    "score": "yellow",
    "bar": "blue",
}
_DEFAULT_SNIPPET = 160  # cells, where nothing says how wide a line is
_NARROWEST = 20


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text in one style."""

    text: str
    style: str = ""


Line = Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Screen:
    """What stdout is.

    Attributes:
        width: How many cells a line may have; None for any number.
        is_terminal: Whether people look at it as it is written.
        has_color: Whether it is to have colours.
    """

    width: int | None
    is_terminal: bool
    has_color: bool

    def room(self, indent: int) -> int | None:
        """How many cells are left of a line beside an indent."""
        return None if self.width is None else max(self.width - indent, 2)

    def snippet_width(self, indent: int) -> int:
        """The cells of a snippet that takes two lines."""
        room = self.room(indent)
        # A line may end early, where a wide character or a word does not fit.
        return _DEFAULT_SNIPPET if room is None else max(2 * room - room // 8, 2)

    def show(self, lines: Iterable[Line]) -> None:
        """Write lines. Whatever their views have done, nothing in them commands the terminal."""
        if not self.has_color:
            for line in lines:
                text = printable("".join(piece.text for piece in line))
                sys.stdout.write(text.rstrip() + "\n")
            return
        from rich.text import Text

        console = self._console()
        for line in lines:
            pieces = ((printable(piece.text), _STYLES[piece.style]) for piece in line)
            styled_text = Text.assemble(*pieces)
            styled_text.rstrip()
            console.print(styled_text, soft_wrap=True)

    def _console(self) -> "Console":
        from rich.console import Console

        class Output(Console):
            def on_broken_pipe(self) -> None:
                raise BrokenPipeError

        # The sixteen colours are those that the user chose for the terminal.
        return Output(
            file=sys.stdout,
            force_terminal=True,
            color_system="standard",
            no_color=False,
            highlight=False,
            markup=False,
            emoji=False,
            width=self.width,
        )


def screen_of(color: str, width: int | None) -> Screen:
    """What stdout is, given ``--color`` and ``--width``."""
    is_terminal = sys.stdout.isatty()
    if color == "auto":
        color = _color_by_environment(is_terminal)
    is_terminal = is_terminal or color == "always"
    if width is None and is_terminal:
        width = terminal_width()
    return Screen(width, is_terminal, color == "always")


def terminal_width() -> int:
    """How many cells a line of the terminal has."""
    import shutil

    return max(shutil.get_terminal_size().columns, _NARROWEST)


def _color_by_environment(is_terminal: bool) -> str:
    """``always`` or ``never``, by what stdout is and what the environment asks for."""
    if os.environ.get("NO_COLOR"):
        return "never"
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0", "false"):
        return "always"
    return "always" if is_terminal and os.environ.get("TERM") != "dumb" else "never"


def styled(text: str, spans: Sequence[Span] = (), style: str = "", mark: str = "mark") -> Line:
    """A text as pieces, with the spans marked."""
    text = printable(text)
    pieces: list[Piece] = []
    at = 0
    for start, end in spans:
        pieces += [Piece(text[at:start], style), Piece(text[start:end], mark)]
        at = end
    pieces.append(Piece(text[at:], style))
    return [piece for piece in pieces if piece.text]


def wrapped(line: Line, width: int | None) -> list[Line]:
    """A line as lines that are not wider than ``width`` cells."""
    if width is None:
        return [line]
    from searcher.query.width import cell_width

    text = "".join(piece.text for piece in line)
    return [_cut(line, start, end) for start, end in wrap(text, width, cell_width)]


def indented(lines: Sequence[Line], indent: str, first: Line = ()) -> list[Line]:
    """Lines with something before each: the first one may have something else."""
    result: list[Line] = []
    for line in lines:
        head = first if first and not result else [Piece(indent)]
        result.append([*head, *line])
    return result


def in_rows(parts: Sequence[Line], separator: str, width: int | None) -> list[Line]:
    """Parts side by side, in as many lines as that takes."""
    rows: list[list[Piece]] = []
    used = 0
    for part in parts:
        size = 0 if width is None else _width(part)
        if rows and (width is None or used + len(separator) + size <= width):
            rows[-1] += [Piece(separator, "dim"), *part]
            used += len(separator) + size
        else:
            rows.append(list(part))
            used = size
    return [line for row in rows for line in wrapped(row, width)]


def _width(line: Line) -> int:
    from searcher.query.width import cell_width

    return sum(cell_width(piece.text) for piece in line)


def _cut(line: Line, start: int, end: int) -> Line:
    """What of a line is between two offsets."""
    pieces: list[Piece] = []
    at = 0
    for piece in line:
        text = piece.text[max(start - at, 0) : max(end - at, 0)]
        if text:
            pieces.append(Piece(text, piece.style))
        at += len(piece.text)
    return pieces
