"""Opening the live search, and what becomes of the process when it ends."""

import os
import sys
from contextlib import suppress

from searcher.cli.live.app import LiveSearch
from searcher.cli.live.history import History
from searcher.cli.live.questions import Chosen, Manner, Order
from searcher.cli.places import Place, corpus
from searcher.errors import SearcherError

# Threads that search let the keyboard have its turn sooner than Python's usual 5 ms.
_TURN = 0.001  # seconds


def run(
    place: Place,
    manner: Manner,
    *,
    query: str,
    chosen: Chosen,
    order: Order,
    gives_path: bool,
    history: History,
) -> LiveSearch:
    """Open the live search, and wait until it is left."""
    _build_if_natural(place)
    no_color = os.environ.get("NO_COLOR")
    if no_color == "":  # Textual would take an empty one for a wish
        del os.environ["NO_COLOR"]
    app = LiveSearch(
        place,
        manner,
        query=query,
        chosen=chosen,
        order=order,
        gives_path=gives_path,
        history=history,
    )
    if no_color:  # Textual has taken it away; editors that are opened are to have it
        os.environ["NO_COLOR"] = no_color
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    try:
        app.run()
    finally:
        sys.setswitchinterval(before)
    if app.received is not None:
        from searcher.cli.signals import die_of

        die_of(app.received)
    return app


def _build_if_natural(place: Place) -> None:
    """Build the index from ./corpus where it need not be named and is not there."""
    if place.is_named or not corpus():
        return
    from searcher.cli.first_index import open_or_build

    # Whatever is wrong, the live search says it, and waits until it is mended.
    with suppress(SearcherError):
        open_or_build(place, None, None).close()
