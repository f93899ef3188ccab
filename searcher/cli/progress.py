"""A bar on stderr that shows how far it has come, where somebody looks."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from searcher.cli.printable import printable

Advance = Callable[[float, float, str], None]
"""Takes what is done, what there is to do, and what is done now."""


@contextmanager
def progress_bar(description: str, *, is_wanted: bool = True) -> Iterator[Advance | None]:
    """Show a bar while the body runs; None where nobody would see it."""
    if not is_wanted or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
    from rich.table import Column

    console = Console(file=sys.stderr, highlight=False, emoji=False)
    columns = (
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
        BarColumn(bar_width=24 if console.width >= 60 else 12),
        TaskProgressColumn(),
        TextColumn(
            "{task.fields[now]}",
            markup=False,
            style="dim",
            table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
        ),
    )
    with Progress(*columns, console=console, transient=True, expand=True) as progress:
        task = progress.add_task(description, total=None, now="")

        def advance(done: float, total: float, now: str) -> None:
            progress.update(task, completed=done, total=max(total, 1), now=printable(now))

        yield advance
