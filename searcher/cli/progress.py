"""How far work has come: a bar where somebody looks, a line now and then in a log.

Both are drawn from the same ``Stage``; the words for it are in ``views/stage.py``.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

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


def _is_bar_seen() -> bool:
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
    if not _is_bar_seen():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    from searcher.cli.streams import forgiving_stderr

    pace = Pace()
    with forgiving_stderr() as stderr:
        console = Console(file=stderr, highlight=False, emoji=False)
        columns = _columns(console.width, has_rates=rates is not None)
        is_wide = console.width >= _WIDE
        with Progress(*columns, console=console, transient=True, expand=is_wide) as progress:
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


class ProgressLines:
    """Says every so many seconds in a plain line how far work has come, while it goes on.

    Work that is over sooner says nothing.
    """

    def __init__(self, words: Words, every: float = LINE_EVERY) -> None:
        """Take what puts it into words, and the seconds between two lines."""
        self._words = words
        self._every = every
        self._pace = Pace()
        self._stage: Stage | None = None
        self._next = 0.0
        self._over = threading.Event()
        # By itself: a large file, or the writing, may take minutes without a word.
        self._thread = threading.Thread(target=self._run, daemon=True)

    def advance(self, stage: Stage) -> None:
        """Take how far it has come; after a rest it is other work."""
        if self._stage is None:
            self._pace = Pace()
            self._next = time.monotonic() + self._every
        self._pace.advance(stage.done, stage.count)
        self._stage = stage

    def rest(self) -> None:
        """Say nothing until there is work again."""
        self._stage = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join(1.0)  # who reads the log may be slow

    def _run(self) -> None:
        while not self._over.wait(min(self._every, 1.0)):
            stage = self._stage
            if stage is not None and time.monotonic() >= self._next:
                self._next = time.monotonic() + self._every
                tell(self._words(stage, self._pace))
