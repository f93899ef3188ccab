"""Lines of pieces as Textual paints them, and a pane that shows them.

A pane has no children and does no layout: with each change it paints the rows that differ from
those that are on the screen, and no others. That is why nothing flickers while one types.
"""

import re
from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from searcher.cli.printable import printable
from searcher.cli.screen import Line, Piece

# The sixteen colours are those that the user chose; each style is told from the others without.
STYLES = {
    "": Style(),
    "title": Style(bold=True),
    "mark": Style(bold=True, underline=True, color="red"),
    "title mark": Style(bold=True, underline=True, color="red"),
    "dim": Style(dim=True),
    "date": Style(color="green"),
    "source": Style(color="cyan"),
    "key": Style(bold=True),
    "heading": Style(bold=True, color="cyan"),
    "chosen": Style(bold=True, color="yellow"),
    "trouble": Style(bold=True, color="red"),
}
# Reversed colours would be as many backgrounds: in a row that is chosen there are none.
_REVERSED = {
    name: Style(bold=style.bold, underline=style.underline, reverse=True)
    for name, style in STYLES.items()
}
# What takes no cell, or joins characters to a picture: terminals do not agree how wide that is.
_WIDTHLESS = re.compile("[\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]")


def shown(text: str) -> str:
    """What of a text is safe to be shown, and is as wide as it seems."""
    return _WIDTHLESS.sub("", printable(text))


def strip_of(line: Line, width: int, *, is_reversed: bool = False) -> Strip:
    """A line in exactly so many cells."""
    styles = _REVERSED if is_reversed else STYLES
    segments = [Segment(shown(piece.text), styles[piece.style]) for piece in line]
    return Strip(segments).adjust_cell_length(width, styles[""])


def cells(line: Sequence[Piece]) -> int:
    """How many cells a line takes."""
    return Strip([Segment(shown(piece.text)) for piece in line]).cell_length


class Pane(Widget):
    """Shows rows that it is asked for one by one; what is above and below can be scrolled to."""

    class Resized(Message):
        """The pane has another size: what it shows was made for the old one."""

        def __init__(self, pane: "Pane") -> None:
            """Take the pane."""
            super().__init__()
            self.pane = pane

    def __init__(self, *, id: str) -> None:
        """Take its name."""
        super().__init__(id=id)
        self.top = 0
        self.extent = Size(0, 0)  # its size, which Textual works out each time it is asked
        self._painted: list[Strip] = []

    def row(self, y: int, width: int) -> Strip:
        """The row that stands y rows below the top of all that there is."""
        raise NotImplementedError

    def row_count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """The row at a row of the pane, as it was last made up."""
        if y < len(self._painted) and self._painted[y].cell_length == self.size.width:
            return self._painted[y]
        return self._row(y)

    def repaint(self) -> None:
        """Paint the rows that are not any more what they were."""
        width, height = self.extent = self.size
        self.top = max(min(self.top, self.row_count() - height), 0)
        rows = [self._row(y) for y in range(height)]
        if len(rows) != len(self._painted):
            self.refresh()
        else:
            changed = [y for y in range(height) if rows[y] != self._painted[y]]
            if changed:
                # Rows in one region are sent in one go.
                regions = [Region(0, y, width, 1) for y in changed]
                self.refresh(*regions)
        self._painted = rows

    def scroll_rows(self, rows: int) -> None:
        """Show what is further down, or up."""
        self.top += rows
        self.repaint()

    def on_resize(self, event: events.Resize) -> None:
        """Paint all of it."""
        self._painted = []
        self.repaint()
        self.post_message(self.Resized(self))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Show what is further down."""
        event.stop()
        self.scroll_rows(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Show what is further up."""
        event.stop()
        self.scroll_rows(-3)

    def _row(self, y: int) -> Strip:
        width = self.extent.width
        if 0 <= self.top + y < self.row_count():
            return self.row(self.top + y, width)
        return Strip.blank(width)


class LinesPane(Pane):
    """Shows lines."""

    def __init__(self, *, id: str, lines: Sequence[Line] = ()) -> None:
        """Take its name and what it shows."""
        super().__init__(id=id)
        self.lines = lines

    def show(self, lines: Sequence[Line], top: int = 0) -> None:
        """Show other lines."""
        self.lines = lines
        self.top = top
        self.repaint()

    def row(self, y: int, width: int) -> Strip:
        """One of the lines."""
        return strip_of(self.lines[y], width)

    def row_count(self) -> int:
        """How many lines there are."""
        return len(self.lines)
