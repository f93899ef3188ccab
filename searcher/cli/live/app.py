"""The live search as a program in the terminal."""

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import ClassVar, Literal

from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.geometry import Size
from textual.message import Message

from searcher.cli.live.asking import Desk, trouble_of
from searcher.cli.live.edges import footer_line, no_hit_lines, status_line, trouble_lines
from searcher.cli.live.filters_pane import FiltersPane
from searcher.cli.live.history import History
from searcher.cli.live.hits_pane import HitsPane
from searcher.cli.live.lines import LinesPane, Pane
from searcher.cli.live.newest import Newest
from searcher.cli.live.opening import open_hit, path_to_copy
from searcher.cli.live.query_box import QueryBox
from searcher.cli.live.questions import (
    Answer,
    Chosen,
    Counts,
    Glance,
    Hints,
    Manner,
    Order,
    Question,
    View,
)
from searcher.cli.opening import surroundings
from searcher.cli.places import Place
from searcher.cli.screen import Line, Piece
from searcher.errors import SearcherError
from searcher.language import say

_WIDE = 100  # cells from which on the preview stands beside the list, and the filters too
_NARROW = 60  # cells below which the filters take the place of the list
_PAGE = 50  # hits that are asked for at first
_MOST = 2_000  # hits that can be scrolled to
_NEWS = 1.0  # seconds after which the index is looked at again
_HESITATION = 0.08  # seconds without a key
_NOTE = 4.0  # seconds for which a note is shown
_ALWAYS = ("interrupt", "quit")
_BEFORE_MATCH = 3  # rows of the preview above the match


class LiveSearch(App[str]):
    """Results change with every key press. What it gives is the path that was chosen, if any."""

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    CSS = """
    Screen { layout: vertical; }
    #top { height: 1; }
    #prompt { width: 2; height: 1; }
    #query { width: 1fr; }
    #status { height: 1; }
    #panes { height: 1fr; layout: horizontal; }
    #filters { display: none; width: 24; padding-right: 1; }
    #found { width: 1fr; layout: vertical; }
    #hits { width: 1fr; height: 1fr; }
    #preview { height: 1fr; width: 1fr; border-top: solid ansi_bright_black; padding: 0 1; }
    #footer { height: 1; }
    .with-filters #filters { display: block; }
    .wide #filters { width: 28; }
    .narrow #filters { width: 1fr; padding-right: 0; }
    .narrow.with-filters #found { display: none; }
    .wide #found { layout: horizontal; }
    .wide #hits { padding-right: 1; }
    .wide #preview { border-top: none; border-left: solid ansi_bright_black; height: 100%; }
    .low #preview { display: none; }
    HelpScreen { background: ansi_default; }
    #help { height: 1fr; padding: 1 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave_or_back", show=False),
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("k", "move(-1)", show=False),
        Binding("j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("shift+up", "scroll_preview(-1)", show=False, priority=True),
        Binding("shift+down", "scroll_preview(1)", show=False, priority=True),
        Binding("g,home", "ends(0)", show=False),
        Binding("G,end", "ends(1)", show=False),
        Binding("enter", "open", show=False),
        Binding("tab", "copy", show=False, priority=True),
        Binding("shift+tab", "next_pane", show=False, priority=True),
        Binding("slash,i", "to_query", show=False),
        Binding("f1", "help", show=False, priority=True),
        Binding("f2", "filters", show=False, priority=True),
        Binding("f3", "order", show=False, priority=True),
        Binding("ctrl+r", "recall", show=False, priority=True),
        Binding("ctrl+y", "take_meant", show=False, priority=True),
    ]

    class Said(Message):
        """Something that a thread has found out."""

        def __init__(self, said: Answer | Counts | Hints | View | None) -> None:
            """Take what it is; None if the index has news."""
            super().__init__()
            self.said = said

    def __init__(
        self,
        place: Place,
        manner: Manner,
        *,
        query: str = "",
        chosen: Chosen | None = None,
        order: Order = "relevance",
        gives_path: bool = False,
        history: History | None = None,
    ) -> None:
        """Take what to search, and how.

        Args:
            place: Where the index is.
            manner: How to search.
            query: What is typed already.
            chosen: The filters that are chosen already.
            order: Best or newest first.
            gives_path: Whether Enter leaves and gives the path instead of opening it.
            history: Where queries are kept; None for nowhere.
        """
        super().__init__(ansi_color=True)
        self.theme = "ansi-dark"
        self._place = place
        self._manner = manner
        self._query = query
        self._order: Order = order
        self._chosen = chosen or Chosen()
        self._gives_path = gives_path
        self._history = history or History(None)
        self._asked: Question | None = None
        self._answer: Answer | None = None
        self._counts: Counts | None = None
        self._hints = Hints("")
        self._glance: Glance | None = None
        self._note = ""
        self._wants_filters: bool | None = None
        self._extent = Size(0, 0)
        self.was_interrupted = False
        self.received: signal.Signals | None = None
        self._desks = [Desk(place, manner) for _ in range(3)]
        self._searching, self._counting, self._looking = (
            Newest(name) for name in ("searching", "counting", "looking")
        )

    # Putting it together

    def compose(self) -> ComposeResult:
        """The panes."""
        with Horizontal(id="top"):
            yield LinesPane(id="prompt", lines=[[Piece("> ", "key")]])
            yield QueryBox(self._query)
        yield LinesPane(id="status")
        with Container(id="panes"):
            yield FiltersPane(self._chosen)
            with Container(id="found"):
                yield HitsPane(self._manner)
                yield LinesPane(id="preview")
        yield LinesPane(id="footer")

    def on_mount(self) -> None:
        """Begin."""
        self._extent = self.size
        self._fit()
        self._box.focus()
        self.set_interval(_NEWS, self._look_for_news)
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGTERM", "SIGHUP"):
                number = getattr(signal, name, None)
                with suppress(NotImplementedError, RuntimeError):  # as on Windows
                    if number is not None:
                        loop = asyncio.get_running_loop()
                        loop.add_signal_handler(number, self._end_by, number)

    def on_unmount(self) -> None:
        """Let go of the index."""
        for worker in (self._searching, self._counting, self._looking):
            worker.close()
        for desk in self._desks:
            desk.close()

    def on_resize(self, event: events.Resize) -> None:
        """Put the panes where there is room for them."""
        # The app itself knows its new size only later.
        self._extent = event.size
        self._fit()
        self._show_footer()

    def _fit(self) -> None:
        width, height = self._extent
        is_wide = width >= _WIDE
        self.screen.set_class(is_wide, "wide")
        self.screen.set_class(width < _NARROW, "narrow")
        self.screen.set_class(height < 14 and not is_wide, "low")
        wants = is_wide if self._wants_filters is None else self._wants_filters
        self.screen.set_class(wants, "with-filters")

    # What is asked

    def _ask(self, *, limit: int = _PAGE, again: bool = False) -> None:
        """Ask for the hits of what is typed and chosen, unless that is what was asked last."""
        if not self._hits.extent.width:
            return  # it will be asked when it is known how wide the list is
        question = Question(
            self._box.value,
            self._chosen,
            self._order,
            limit,
            self._hits.snippet_width,
        )
        if question == self._asked and not again:
            return
        before = self._asked
        keeps = before is not None and question == replace(
            before, limit=question.limit, snippet_width=question.snippet_width
        )
        self._asked = question
        desk = self._desks[0]

        def answered() -> None:
            self._tell(replace(desk.answer(question), is_again=keeps))

        self._searching.ask(self._safely(answered))

    def _ask_counts(self, answer: Answer) -> None:
        desk, is_stale = self._desks[1], self._counting.has_newer

        def counted() -> None:
            self._tell(desk.counts(answer, is_stale))
            # What one means to type is worth completing once one hesitates.
            if self._counting.stays_newest(_HESITATION):
                self._tell(desk.hints(answer, is_stale))

        self._counting.ask(self._safely(counted))

    def _ask_view(self) -> None:
        """Ask for the preview of the chosen hit."""
        hit = self._hits.chosen
        pane = self._preview
        if hit is None:
            self._glance = None
            pane.show(())
            return
        if not pane.display or not pane.size.width:
            return
        answer = self._answer
        query = "" if answer is None else answer.taken_for or answer.question.text.strip()
        glance = Glance(hit, query, pane.size.width)
        self._glance = glance
        desk = self._desks[2]
        self._looking.ask(self._safely(lambda: self._tell(desk.view(glance))))

    def _look_for_news(self) -> None:
        desk = self._desks[0]

        def looked() -> None:
            if desk.has_news():
                self.post_message(self.Said(None))

        self._searching.ask_if_idle(self._safely(looked))

    def _tell(self, said: Answer | Counts | Hints | View | None) -> None:
        """Hand over what a thread has found out."""
        if said is not None:
            self.post_message(self.Said(said))

    def _safely(self, job: Callable[[], None]) -> Callable[[], None]:
        """The same, and what nobody foresaw is said in the list instead of ending the thread."""

        def done() -> None:
            try:
                job()
            except Exception as error:
                if self._asked is not None:
                    self._tell(Answer(self._asked, trouble=trouble_of(error)))

        return done

    # What comes back

    @on(Said)
    def _heard(self, message: Said) -> None:
        match message.said:
            case None:
                self._ask(limit=self._asked.limit if self._asked else _PAGE, again=True)
            case Answer() as answer:
                # An answer that is a key press behind is better than none, but the newest stays.
                self._show_answer(answer)
            case Counts() as counts:
                if self._answer is not None and counts.question == self._answer.question:
                    self._counts = counts
                    self._facets_pane.show(counts.facets)
                    self._show_status()
                    if not counts.total:
                        self._hits.show((), self._no_hit())
            case Hints() as hints:
                if hints.text == self._box.value:
                    self._hints = hints
                    self._box.suggest(hints.text, hints.goes_on)
                    self._show_status()
            case View() as view:
                if view.glance == self._glance:
                    top = view.match_line - _BEFORE_MATCH
                    is_low = view.match_line >= self._preview.size.height - 1
                    self._preview.show(view.lines, top if is_low else 0)

    def _show_answer(self, answer: Answer) -> None:
        self._answer = answer
        if answer.trouble:
            self._counts = None
            self._hits.show((), trouble_lines(answer.trouble, self._hits.size.width))
        elif answer.hits:
            self._hits.show(answer.hits, keep=answer.is_again)
        else:
            self._hits.show((), self._no_hit())
        self._show_status()
        # The list is painted before other threads ask for their turns.
        self.call_after_refresh(self._ask_rest, answer)

    def _ask_rest(self, answer: Answer) -> None:
        """Ask for what is to be known besides the hits, unless there are others meanwhile."""
        if answer is not self._answer:
            return
        self._ask_view()
        if not answer.trouble:
            self._ask_counts(answer)

    def _no_hit(self) -> Sequence[Line]:
        """What to say where nothing is found."""
        width = self._hits.size.width
        return no_hit_lines(self._answer, self._counts, self._chosen, self._place, width)

    # What is to be seen besides the panes

    def _show_status(self) -> None:
        """How many there are, what was chosen, and what may have been meant."""
        is_cursor_there = self._hits.chosen is not None
        line = status_line(
            self._answer,
            self._counts,
            cursor=self._hits.cursor if is_cursor_there else None,
            order=self._order,
            chosen=self._chosen,
            meant=self._hints.meant if self._hints.text == self._box.value else "",
        )
        self._pane("status").show([line])

    def _show_footer(self) -> None:
        line = footer_line(self._note, self._extent.width, gives_path=self._gives_path)
        self._pane("footer").show([line])

    def _say(self, note: str) -> None:
        """Say something in place of the keys, for a while."""
        self._note = note
        self._show_footer()

        def forget() -> None:
            if self._note == note:
                self._note = ""
                self._show_footer()

        self.set_timer(_NOTE, forget)

    # What the user does

    def on_input_changed(self) -> None:
        """Search for what is typed now."""
        self._ask()

    def on_input_submitted(self) -> None:
        """Open the chosen hit."""
        self.action_open()

    @on(Pane.Resized)
    def _resized(self, message: Pane.Resized) -> None:
        """Ask for snippets and a preview that fit."""
        if message.pane is self._hits:
            self._ask()
        elif message.pane is self._preview:
            self._ask_view()

    def on_hits_pane_moved(self) -> None:
        """Show the hit that is chosen now."""
        self._show_status()
        self._ask_view()

    def on_hits_pane_opened(self) -> None:
        """Open the chosen hit."""
        self.action_open()

    def on_hits_pane_wanted(self) -> None:
        """Ask for more hits if there are more."""
        asked = self._asked
        if asked is not None and len(self._hits.hits) == asked.limit and asked.limit < _MOST:
            self._ask(limit=min(2 * asked.limit, _MOST))

    def on_filters_pane_changed(self, message: FiltersPane.Changed) -> None:
        """Search with other filters."""
        self._chosen = message.chosen
        self._show_status()
        self._ask()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key may do what it does: not while the page of keys is shown over it all."""
        is_covered = len(self.screen_stack) > 1
        return not is_covered or action in _ALWAYS

    def action_move(self, by: int) -> None:
        """Move in the pane that has the keyboard."""
        (self._facets_pane if self._facets_pane.has_focus else self._hits).move(by)

    def action_page(self, by: int) -> None:
        """Move a page in the list."""
        if self._facets_pane.has_focus:
            self._facets_pane.move(by * max(self._facets_pane.size.height - 2, 1))
        else:
            self._hits.move_page(by)

    def action_ends(self, end: int) -> None:
        """Move to the first hit or to the last one there is by now."""
        self._hits.choose(len(self._hits.hits) - 1 if end else 0)

    def action_scroll_preview(self, by: int) -> None:
        """Show what is further down in the preview, or up."""
        self._preview.scroll_rows(by)

    def action_open(self) -> None:
        """Open the chosen hit at its match; or give its path, if that was asked for."""
        hit = self._hits.chosen
        if hit is None:
            return
        self._history.add(self._box.value)
        if self._gives_path:
            self.exit(path_to_copy(self._place, hit))
            return
        try:
            open_hit(self._place, hit, self._run)
        except SearcherError as error:
            self._say(str(error))

    def action_copy(self) -> None:
        """Copy the path of the chosen hit."""
        hit = self._hits.chosen
        if hit is not None:
            self._history.add(self._box.value)
            path = path_to_copy(self._place, hit)
            self.copy_to_clipboard(path)
            self._say(say(f"copied: {path}", f"已复制：{path}"))

    def action_next_pane(self) -> None:
        """Give the keyboard to the next pane."""
        panes = [self._box, self._hits, *([self._facets_pane] if self._facets_pane.display else [])]
        at = next((number for number, pane in enumerate(panes) if pane.has_focus), -1)
        panes[(at + 1) % len(panes)].focus()

    def action_to_query(self) -> None:
        """Give the keyboard to the query."""
        self._box.focus()

    def action_help(self) -> None:
        """Show what the keys do."""
        from searcher.cli.live.help_screen import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    def action_filters(self) -> None:
        """Go to the filters, or back."""
        if self._facets_pane.has_focus:
            self._leave_filters()
        else:
            self._wants_filters = True
            self._fit()
            self._facets_pane.focus()

    def action_order(self) -> None:
        """Show the best first, or the newest."""
        self._order = "date" if self._order == "relevance" else "relevance"
        self._ask()

    def action_recall(self) -> None:
        """Search again for what led to a document before, and contains what is typed."""
        query = self._history.earlier(self._box.value)
        if query is None:
            self._say(say("there is no earlier query", "没有更早的查询"))
            return
        self._box.value = query
        self._box.cursor_position = len(self._box.value)

    def action_take_meant(self) -> None:
        """Search for what may have been meant."""
        if self._hints.meant and self._hints.text == self._box.value:
            self._box.value = self._hints.meant
            self._box.cursor_position = len(self._box.value)

    def action_leave_or_back(self) -> None:
        """Leave; from the filters, go back to the query."""
        if self._facets_pane.has_focus:
            self._leave_filters()
        else:
            self.exit()

    def action_interrupt(self) -> None:
        """Leave as Ctrl-C does."""
        self.was_interrupted = True
        self.exit()

    def _leave_filters(self) -> None:
        self._wants_filters = None
        self._fit()
        self._box.focus()

    def _end_by(self, number: signal.Signals) -> None:
        """Leave in good order when the system asks for it."""
        self.received = number
        self.exit()

    def _run(self, command: list[str]) -> int:
        """Run a program in the terminal, which is its own for so long."""
        with self.suspend():
            sys.stdout.flush()
            return subprocess.run(command, check=False, env=surroundings()).returncode

    @property
    def _box(self) -> QueryBox:
        return self.screen_stack[0].query_one(QueryBox)

    @property
    def _hits(self) -> HitsPane:
        return self.screen_stack[0].query_one(HitsPane)

    @property
    def _facets_pane(self) -> FiltersPane:
        return self.screen_stack[0].query_one(FiltersPane)

    @property
    def _preview(self) -> LinesPane:
        return self._pane("preview")

    def _pane(self, name: Literal["status", "preview", "footer"]) -> LinesPane:
        return self.screen_stack[0].query_one(f"#{name}", LinesPane)
