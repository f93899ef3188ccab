"""How far work has come: a bar where somebody looks, a line now and then in a log.

Both are drawn from the same ``Stage``; the words for it are in ``views/stage.py``.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from searcher.cli.messages import tell
from searcher.cli.pace import Pace
from searcher.cli.printable import printable

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

LINE_EVERY = 10.0  # seconds between two lines in a log

_WIDE = 60  # cells, from which on there is room for more than the bar and the time
_WIDER = 100


@dataclass(frozen=True, slots=True)
class Stage:
    """How far work has come.

    Attributes:
        done: What is done of it, in bytes or whatever is counted.
        total: What there is to do; None if that is not known, or says nothing.
        now: What is done at this moment: the name of a file, say.
        count: How many documents are done; 0 if they are not counted.
    """

    done: float
    total: float | None
    now: str = ""
    count: int = 0


Advance = Callable[[Stage], None]
"""Takes how far it has come by now."""

Words = Callable[[Stage, Pace], str]
"""Says how far it has come, in a line."""


def is_bar_seen() -> bool:
    """Whether a bar on stderr can be drawn, and be seen."""
    # Windows has no TERM.
    terminal = os.environ.get("TERM", "dumb" if os.name == "posix" else "")
    return sys.stderr.isatty() and terminal not in ("dumb", "unknown")


@contextmanager
def progress_bar(description: str, rates: Words | None = None) -> Iterator[Advance | None]:
    """Show a bar while the body runs; None where nobody would see it.

    Args:
        description: What is done, in a word.
        rates: Says beside the bar how fast it goes.
    """
    if not is_bar_seen():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    from searcher.cli.streams import forgiving_stderr

    pace = Pace()
    with forgiving_stderr() as stderr:
        console = Console(file=stderr, highlight=False, emoji=False)
        columns = _columns(console.width, has_rates=rates is not None)
        with Progress(*columns, console=console, transient=True, expand=True) as progress:
            task = progress.add_task(description, total=None, now="", rates="")

            def advance(stage: Stage) -> None:
                pace.advance(stage.done, stage.count)
                # Rich takes None for "leave it as it is".
                progress.tasks[0].total = None if stage.total is None else max(stage.total, 1)
                progress.update(
                    task,
                    completed=stage.done,
                    now=printable(stage.now),
                    rates=rates(stage, pace) if rates else "",
                )

            yield advance


def _columns(width: int, *, has_rates: bool) -> "list[ProgressColumn]":
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column

    columns: list[ProgressColumn] = [
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
        BarColumn(bar_width=24 if width >= _WIDER else 16 if width >= _WIDE else 8),
        TaskProgressColumn(),
    ]
    if has_rates:
        columns.append(
            TextColumn("{task.fields[rates]}", markup=False, table_column=Column(no_wrap=True))
        )
    elif width >= _WIDE:
        columns.append(TimeElapsedColumn())
    if width >= _WIDE:
        columns.append(
            TextColumn(
                "{task.fields[now]}",
                markup=False,
                style="dim",
                table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
            )
        )
    return columns


@contextmanager
def progress_lines(words: Words, every: float = LINE_EVERY) -> Iterator[Advance]:
    """Say every so many seconds in a plain line how far the body has come.

    Work that is over sooner says nothing.
    """
    pace = Pace()
    latest: list[Stage] = []
    over = threading.Event()

    def advance(stage: Stage) -> None:
        pace.advance(stage.done, stage.count)
        latest[:] = [stage]

    def report() -> None:
        # By itself: a large file, or the writing, may take minutes without a word.
        while not over.wait(every):
            if latest:
                tell(words(latest[0], pace))

    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        yield advance
    finally:
        over.set()
        reporter.join(1.0)  # who reads the log may be slow
