"""The filters beside the list: sources, tags and years, with how many of the hits have each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from searcher.cli.live.lines import Pane, cells, strip_of
from searcher.cli.live.questions import FACETS, Chosen, FacetName
from searcher.cli.screen import Line, Piece, styled
from searcher.language import say

_FEWEST = 3  # values of a facet that are shown, however low the pane is
_MOST = 200  # values of a facet that can be shown at all
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class _Value:
    """A row that can be chosen: a value of a facet, or the rest of its values."""

    facet: FacetName
    value: str | None
    count: int


class FiltersPane(Pane):
    """Values to choose from."""

    can_focus = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "toggle_value", show=False),
        Binding("x,delete,backspace", "clear", show=False),
    ]

    class Changed(Message):
        """Something else is chosen."""

        def __init__(self, chosen: Chosen) -> None:
            """Take what is."""
            super().__init__()
            self.chosen = chosen

    def __init__(self, chosen: Chosen) -> None:
        """Take what is chosen from the beginning."""
        super().__init__(id="filters")
        self.chosen = chosen
        self._facets: Mapping[FacetName, Mapping[str, int]] = {}
        self._open: set[FacetName] = set()
        self._rows: list[_Value | str] = []
        self._cursor = 0

    def show(self, facets: Mapping[FacetName, Mapping[str, int]]) -> None:
        """Show other counts."""
        self._facets = facets
        self._lay_out()

    def choose(self, chosen: Chosen) -> None:
        """Have something else chosen."""
        self.chosen = chosen
        self._lay_out()
        self.post_message(self.Changed(chosen))

    def move(self, by: int) -> None:
        """Go to the next row that can be chosen, or back."""
        places = [y for y, row in enumerate(self._rows) if isinstance(row, _Value)]
        if not places:
            return
        nearest = min(range(len(places)), key=lambda at: abs(places[at] - self._cursor))
        self._cursor = places[max(min(nearest + by, len(places) - 1), 0)]
        self._follow()

    def action_toggle_value(self) -> None:
        """Choose the value at the cursor, or choose it no more."""
        self._toggle(self._cursor)

    def action_clear(self) -> None:
        """Choose nothing."""
        self.choose(Chosen())

    def row_count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def row(self, y: int, width: int) -> Strip:
        """A heading, or a value with its count."""
        row = self._rows[y]
        is_here = self.has_focus and y == self._cursor
        line = [Piece(row, "heading")] if isinstance(row, str) else self._line(row, width)
        return strip_of(line, width, is_reversed=is_here)

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked at."""
        event.stop()
        self._toggle(self.top + event.y)

    def on_focus(self) -> None:
        """Show where the cursor is."""
        self.move(0)

    def on_blur(self) -> None:
        """Show no cursor."""
        self.repaint()

    def on_resize(self, event: events.Resize) -> None:
        """Show as many values as there is room for."""
        self.extent = self.size
        self._lay_out()
        super().on_resize(event)

    def _toggle(self, y: int) -> None:
        row = self._rows[y] if 0 <= y < len(self._rows) else None
        if not isinstance(row, _Value):
            return
        self._cursor = y
        if row.value is None:
            self._open.add(row.facet)
            self._lay_out()
        else:
            self.choose(self.chosen.toggled(row.facet, row.value))

    def _lay_out(self) -> None:
        names = {
            "source": say("Source", "来源"),
            "tag": say("Tag", "标签"),
            "year": say("Year", "年份"),
        }
        here = self._rows[self._cursor] if self._cursor < len(self._rows) else None
        shown = [facet for facet in FACETS if self._facets.get(facet) or self.chosen.of(facet)]
        # Each facet has its heading, the row of the rest, and an empty row behind it.
        room = max(self.extent.height // max(len(shown), 1) - 3, _FEWEST)
        self._rows = []
        for facet in shown:
            if self._rows:
                self._rows.append("")
            self._rows.append(names[facet])
            self._rows += self._values(facet, room)
        for y, row in enumerate(self._rows):
            if isinstance(here, _Value) and isinstance(row, _Value):
                same = (row.facet, row.value) == (here.facet, here.value)
                self._cursor = y if same else self._cursor
        self.move(0)
        self.repaint()

    def _values(self, facet: FacetName, room: int) -> list[_Value]:
        """What is chosen first, then what most hits have; years from the last one on."""
        counts = self._facets.get(facet, {})
        chosen = [value for value in self.chosen.of(facet) if value not in counts]
        values = [*counts]
        if facet == "year":
            values.sort(reverse=True)
        most = _MOST if facet in self._open else room
        kept = [
            value
            for number, value in enumerate(values)
            if number < most or value in self.chosen.of(facet)
        ]
        rows = [_Value(facet, value, counts.get(value, 0)) for value in [*chosen, *kept]]
        left = len(values) - len(kept)
        if left == 1:
            return [_Value(facet, value, counts.get(value, 0)) for value in [*chosen, *values]]
        if left:
            rows.append(_Value(facet, None, left))
        return rows

    def _line(self, row: _Value, width: int) -> Line:
        from searcher.query.width import fitting_end

        if row.value is None:
            return [Piece(say(f"    … {row.count} more", f"    … 还有 {row.count} 个"), "dim")]
        is_chosen = row.value in self.chosen.of(row.facet)
        style = "chosen" if is_chosen else ""
        box, count = ("[x] " if is_chosen else "[ ] "), f" {row.count:,}"
        room = max(width - len(box) - len(count), 1)
        [name] = styled(row.value) or [Piece("")]
        if cells([name]) > room:
            name = Piece(
                name.text[: fitting_end(name.text, 0, len(name.text), room - 1)] + _ELLIPSIS
            )
        gap = " " * (room - cells([name]))
        return [Piece(box, style), Piece(name.text, style), Piece(gap), Piece(count, "dim")]

    def _follow(self) -> None:
        if self._cursor < self.top + 1:
            self.top = self._cursor - 1
        elif self._cursor >= self.top + self.extent.height:
            self.top = self._cursor - self.extent.height + 1
        self.repaint()
