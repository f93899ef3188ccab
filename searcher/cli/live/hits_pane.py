"""The list of hits."""

from collections.abc import Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip

from searcher import Hit
from searcher.cli.live.glancing import marked
from searcher.cli.live.lines import Pane, cells, strip_of
from searcher.cli.live.questions import Manner
from searcher.cli.screen import Line, Piece, styled, wrapped
from searcher.cli.views.moments import moment

_GUTTER = 2  # cells before each row, which show the hit that is chosen
_TALL = 30  # rows of a list in which a hit may take one more
_ELLIPSIS = "…"
_AHEAD = 10  # hits before the last one, at which more are asked for


class HitsPane(Pane):
    """Hits, one of which is the chosen one."""

    can_focus = True

    class Moved(Message):
        """Another hit is the chosen one."""

    class Opened(Message):
        """The chosen hit is to be opened."""

    class Wanted(Message):
        """More hits are wanted than there are."""

    def __init__(self, manner: Manner) -> None:
        """Take how hits are marked."""
        super().__init__(id="hits")
        self._manner = manner
        self.hits: tuple[Hit, ...] = ()
        self.cursor = 0
        self._message: Sequence[Line] = ()
        self._lines: dict[int, list[Line]] = {}

    @property
    def chosen(self) -> Hit | None:
        """The chosen hit, if there are hits."""
        return self.hits[self.cursor] if self.hits else None

    @property
    def rows_of_hit(self) -> int:
        """How many rows a hit takes."""
        return 3 if self.extent.height >= _TALL else 2

    @property
    def snippet_width(self) -> int:
        """How wide a snippet may be, in cells."""
        rows = self.rows_of_hit - 1
        # A line may end early, where a wide character or a word does not fit.
        return max(rows * (self.extent.width - _GUTTER) - 2 * (rows - 1), 2)

    def show(
        self, hits: tuple[Hit, ...], message: Sequence[Line] = (), *, keep: bool = False
    ) -> None:
        """Show other hits, or a message where there are none.

        Args:
            hits: The hits.
            message: What to say if there are none.
            keep: Whether the chosen hit stays so if it is still there.
        """
        before = self.chosen
        self.hits = hits
        self._message = message
        self._lines = {}
        if keep and before is not None:
            numbers = [number for number, hit in enumerate(hits) if hit.id == before.id]
            self.cursor = numbers[0] if numbers else min(self.cursor, max(len(hits) - 1, 0))
        else:
            self.cursor = self.top = 0
        self._follow()

    def move(self, by: int) -> None:
        """Choose a hit further down, or up."""
        self.choose(self.cursor + by)

    def move_page(self, by: int) -> None:
        """Choose a hit a page further down, or up."""
        self.move(by * max(self.extent.height // self.rows_of_hit - 1, 1))

    def choose(self, number: int) -> None:
        """Choose a hit."""
        number = max(min(number, len(self.hits) - 1), 0)
        if number != self.cursor:
            self.cursor = number
            self._follow()
            self.post_message(self.Moved())
        if number >= len(self.hits) - _AHEAD:
            self.post_message(self.Wanted())

    def row_count(self) -> int:
        """How many rows all hits take."""
        return len(self.hits) * self.rows_of_hit if self.hits else len(self._message)

    def row(self, y: int, width: int) -> Strip:
        """A row of a hit, or of the message."""
        if not self.hits:
            return strip_of(self._message[y], width)
        number, at = divmod(y, self.rows_of_hit)
        if number not in self._lines:
            self._lines[number] = self._rows(self.hits[number], width - _GUTTER)
        is_chosen = number == self.cursor
        gutter = Piece("> " if is_chosen and not at else "  ", "title")
        line = [gutter, *self._lines[number][at]]
        return strip_of(line, width, is_reversed=is_chosen and not at)

    def on_resize(self, event: events.Resize) -> None:
        """Lay out the hits again."""
        self.extent = self.size
        self._lines = {}
        self._follow()
        super().on_resize(event)

    def on_click(self, event: events.Click) -> None:
        """Choose the hit that was clicked at; open it if it was clicked twice."""
        event.stop()
        if not self.hits:
            return
        number = (self.top + event.y) // self.rows_of_hit
        if number < len(self.hits):
            self.choose(number)
            if event.chain == 2:
                self.post_message(self.Opened())

    def scroll_rows(self, rows: int) -> None:
        """Show what is further down, or up; the chosen hit stays."""
        super().scroll_rows(rows)
        if self.top + 2 * self.extent.height > self.row_count():
            self.post_message(self.Wanted())

    def _follow(self) -> None:
        """Have the chosen hit on the screen."""
        first = self.cursor * self.rows_of_hit
        if first < self.top:
            self.top = first
        elif first + self.rows_of_hit > self.top + self.extent.height:
            self.top = first + self.rows_of_hit - self.extent.height
        self.repaint()

    def _rows(self, hit: Hit, width: int) -> list[Line]:
        """A hit: its title and date, and its snippet."""
        side = _side(hit, width)
        room = width - (cells(side) + 2 if side else 0)
        if hit.title:
            title = marked(hit.title, hit.title_spans, "title", self._manner)
        else:
            title = styled(hit.id, style="title")
        title = _fitted(title, room)
        gap = Piece(" " * (width - cells(title) - cells(side)))
        rows: list[Line] = [[*title, gap, *side]]
        snippet = marked(hit.snippet.text, hit.snippet.spans, "", self._manner)
        lines = wrapped(snippet, width)
        most = self.rows_of_hit - 1
        if len(lines) > most:
            rest = [piece for line in lines[most - 1 :] for piece in line]
            lines = [*lines[: most - 1], _fitted(rest, width)]
        rows += lines
        return rows + [()] * (self.rows_of_hit - len(rows))


def _side(hit: Hit, width: int) -> Line:
    """What stands at the right of a title: source and date, as far as there is room."""
    parts: list[Piece] = []
    if hit.source and width >= 50:
        parts += [*_fitted(styled(hit.source, style="source"), width // 4), Piece(" ")]
    if hit.date is not None:
        parts.append(Piece(moment(hit.date)[:10], "date"))
    return parts


def _fitted(line: Line, width: int) -> Line:
    """A line in no more than so many cells."""
    if cells(line) <= width:
        return line
    from searcher.query.width import fitting_end

    pieces: list[Piece] = []
    room = max(width - 1, 0)
    for piece in line:
        text = shown_part = piece.text
        end = fitting_end(text, 0, len(text), room)
        shown_part = text[:end]
        if shown_part:
            pieces.append(Piece(shown_part, piece.style))
            room -= cells([Piece(shown_part)])
        if end < len(text):
            break
    return [*pieces, Piece(_ELLIPSIS, "dim")]
