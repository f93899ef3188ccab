"""A bar on stderr that shows how far it has come, where somebody looks."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from searcher.cli.printable import printable

Advance = Callable[[float, float | None, str], None]
"""Takes what is done, what there is to do (None if that is not known), and what is done now."""


@contextmanager
def progress_bar(description: str, *, is_wanted: bool = True) -> Iterator[Advance | None]:
    """Show a bar while the body runs; None where nobody would see it."""
    if not is_wanted or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.table import Column

    console = Console(file=sys.stderr, highlight=False, emoji=False)
    is_wide = console.width >= 60
    columns: tuple[ProgressColumn, ...] = (
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
        BarColumn(bar_width=24 if is_wide else 12),
        TaskProgressColumn(),
        *((TimeElapsedColumn(),) if is_wide else ()),
        TextColumn(
            "{task.fields[now]}",
            markup=False,
            style="dim",
            table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
        ),
    )
    with Progress(*columns, console=console, transient=True, expand=True) as progress:
        task = progress.add_task(description, total=None, now="")

        def advance(done: float, total: float | None, now: str) -> None:
            # Rich takes None for "leave it as it is".
            progress.tasks[0].total = None if total is None else max(total, 1)
            progress.update(task, completed=done, now=printable(now))

        yield advance
