"""``searcher index --watch``: an index that is kept in step until it is stopped."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from searcher.cli.building import Interrupted, Reporting, following
from searcher.cli.messages import tell
from searcher.cli.progress import ProgressLines
from searcher.cli.signals import ending_in_order
from searcher.cli.views.report import changes_summary, skipped_lines, summary
from searcher.cli.views.stage import stage_line
from searcher.language import say

if TYPE_CHECKING:
    from searcher import ProgressCallback, Report, Skipped


class Watching(Protocol):
    """``searcher.watch``, with everything but what tells of it."""

    def __call__(
        self,
        *,
        on_sync: "Callable[[Report], None]",
        on_note: Callable[[str], None],
        progress: "ProgressCallback | None",
    ) -> None: ...


def run_watch(watching: Watching, folders: list[Path], reporting: Reporting) -> int:
    """Watch until Ctrl-C or SIGTERM, and say in a line what each sync has changed.

    Args:
        watching: Does it.
        folders: What is watched.
        reporting: What is to be said.
    """
    teller = _Teller(folders, reporting)
    # No bar: most syncs are over before one could be seen.
    with ending_in_order(), ProgressLines(stage_line) as lines:

        def on_sync(report: "Report") -> None:
            lines.rest()
            teller.on_sync(report)

        def on_note(note: str) -> None:
            lines.rest()
            tell(_stamped(note))

        try:
            progress = None if reporting.is_quiet else following(lines.advance)
            watching(on_sync=on_sync, on_note=on_note, progress=progress)
        except KeyboardInterrupt as error:
            raise Interrupted(
                say(
                    "stopped; the index is as the last sync left it",
                    "已停止；索引为上次同步后的状态",
                )
            ) from error
    return 0


class _Teller:
    """Says what syncs do, and only what is new in it."""

    def __init__(self, folders: list[Path], reporting: Reporting) -> None:
        self._folders = folders
        self._reporting = reporting
        self._is_first = True
        self._skipped: tuple[Skipped, ...] = ()

    def on_sync(self, report: "Report") -> None:
        is_first, self._is_first = self._is_first, False
        before = set(self._skipped)
        new = [one for one in report.skipped if one not in before]
        changes = changes_summary(report)
        if self._reporting.errors and (is_first or report.skipped != self._skipped):
            # Left alone while it says the same: it may lie in a folder that is watched.
            from searcher.cli.failures import failures_file

            with failures_file(self._reporting.errors) as write:
                write(report.skipped)
        if is_first or changes or new:
            self._tell(report, new, summary(report) if is_first else changes, is_first)
        self._skipped = report.skipped

    def _tell(self, report: "Report", new: "list[Skipped]", line: str, is_first: bool) -> None:
        if not self._reporting.is_quiet:
            for named in skipped_lines(new, name_all=self._reporting.is_verbose):
                tell(_stamped(named))
            if line:
                tell(_stamped(line))
            if is_first:
                tell(_stamped(_watching_line(self._folders)))
        if self._reporting.as_json:
            from dataclasses import asdict

            from searcher.cli.printable import print_json

            print_json(asdict(report))
            sys.stdout.flush()


def _watching_line(folders: list[Path]) -> str:
    names = say(", ", "、").join(map(str, folders))
    return say(f"watching {names}; Ctrl-C ends it", f"正在监视 {names}；按 Ctrl-C 结束")


def _stamped(line: str) -> str:
    """The line with the time of day, where people look; a log has times of its own."""
    if not sys.stderr.isatty():
        return line
    return f"{time.strftime('%H:%M:%S')} {line}"
