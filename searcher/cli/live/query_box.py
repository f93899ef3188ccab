"""Where the query is typed."""

from textual.suggester import SuggestionReady
from textual.widgets import Input

from searcher.cli.live.lines import shown
from searcher.language import say

_MOST = 2_000  # characters of a query; more can be pasted by mistake


class QueryBox(Input):
    """A line of text, in which nothing commands the terminal, whatever is pasted."""

    def __init__(self, query: str) -> None:
        """Take what stands in it from the beginning."""
        super().__init__(
            query,
            placeholder=say("type what to look for", "输入要找的词语"),
            select_on_focus=False,
            compact=True,
            max_length=_MOST,
            id="query",
        )
        # A cursor that blinks would paint the line twice a second.
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """Keep what can be shown."""
        return shown(value)

    def suggest(self, text: str, goes_on: str) -> None:
        """Show how a text could go on, which the right arrow key takes."""
        if text == self.value and shown(goes_on) == goes_on:
            self.post_message(SuggestionReady(text, goes_on))
