"""Where results are shown: on a terminal, in lines of its width, or in a pipe, as plain text.

The views give lines of pieces, each with the name of a style. Only a terminal needs rich; plain
text does not wait for it.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TextIO

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
    """Some text in one style, which may link to something."""

    text: str
    style: str = ""
    link: str = ""


Line = Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Screen:
    """What stdout is.

    Attributes:
        width: How many cells a line may have; None for any number.
        is_terminal: Whether people look at it as it is written.
        has_color: Whether it is to have colours.
        has_marks: Whether matches are put in brackets.
        is_plain: Whether it is read aloud, say: everything is to have a label, and nothing to be
            cut or laid out in columns.
        pages: Whether what is too long for it is shown by a pager.
        link_format: The template of links; empty for none.
    """

    width: int | None
    is_terminal: bool
    has_color: bool
    has_marks: bool = False
    is_plain: bool = False
    pages: bool = False
    link_format: str = ""

    def room(self, indent: int) -> int | None:
        """How many cells are left of a line beside an indent."""
        return None if self.width is None else max(self.width - indent, 2)

    def snippet_width(self, indent: int) -> int:
        """The cells of a snippet that takes two lines."""
        room = self.room(indent)
        # A line may end early, where a wide character or a word does not fit.
        return _DEFAULT_SNIPPET if room is None else max(2 * room - room // 8, 2)

    def marked(self, text: str, spans: Sequence[Span], style: str = "", mark: str = "mark") -> Line:
        """A text as pieces, with the matches in another style, and in brackets if so wanted."""
        pieces = styled(text, spans, style, mark)
        if not self.has_marks:
            return pieces
        return [
            replace(piece, text=f"[{piece.text}]") if piece.style == mark else piece
            for piece in pieces
        ]

    def show(self, lines: Iterable[Line]) -> None:
        """Write lines. Whatever their views have done, nothing in them commands the terminal."""
        if not self.pages:
            self._write(lines, sys.stdout)
            return
        from io import StringIO

        from searcher.cli import paging

        output = StringIO()
        self._write(lines, output)
        paging.show(output.getvalue(), width=self.width)

    def _write(self, lines: Iterable[Line], output: TextIO) -> None:
        if not self.has_color:
            for line in lines:
                text = "".join(map(_with_link, line)) if self.link_format else _text(line)
                output.write(text.rstrip() + "\n")
            return
        from rich.style import Style
        from rich.text import Text

        console = self._console(output)
        for line in lines:
            styled_text = Text()
            for piece in line:
                style = Style.parse(_STYLES[piece.style])
                styled_text.append(printable(piece.text), style + Style(link=piece.link or None))
            styled_text.rstrip()
            console.print(styled_text, soft_wrap=True)

    def _console(self, output: TextIO) -> "Console":
        from rich.console import Console

        class Output(Console):
            def on_broken_pipe(self) -> None:
                raise BrokenPipeError

        # The sixteen colours are those that the user chose for the terminal.
        return Output(
            file=output,
            force_terminal=True,
            color_system="standard",
            no_color=False,
            highlight=False,
            markup=False,
            emoji=False,
            width=self.width,
        )


def _text(line: Line) -> str:
    return printable("".join([piece.text for piece in line]))


def _with_link(piece: Piece) -> str:
    text = printable(piece.text)
    if not piece.link:
        return text
    from searcher.cli.links import LINK_END, link_start

    return f"{link_start(piece.link)}{text}{LINK_END}"


def screen_of(color: str, width: int | None) -> Screen:
    """What stdout is, given ``--color`` and ``--width``, and what else the command was told."""
    from searcher.cli.look import look

    wanted = look()
    is_tty = sys.stdout.isatty()
    if wanted.is_plain:
        # The words are many, but a screen reader can skip what it knows; not so a line's end.
        return Screen(width, False, False, has_marks=True, is_plain=True)
    if color == "auto":
        color = _color_by_environment(is_tty)
    is_terminal = is_tty or color == "always"
    if width is None and is_terminal:
        width = terminal_width()
    is_capable = is_tty and os.environ.get("TERM") != "dumb"
    link_format = ""
    if is_capable:
        from searcher.cli.links import usual_format

        link_format = usual_format() if wanted.link_format is None else wanted.link_format
    return Screen(
        width,
        is_terminal,
        color == "always",
        has_marks=wanted.has_marks,
        pages=is_capable and wanted.pages,
        link_format=link_format,
    )


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
            pieces.append(Piece(text, piece.style, piece.link))
        at += len(piece.text)
    return pieces
