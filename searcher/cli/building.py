"""Indexing with a progress bar and a report, as three commands do it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from searcher.cli import INTERRUPTED
from searcher.cli.messages import tell, tell_interrupted
from searcher.cli.progress import progress_bar
from searcher.cli.views.report import skipped_lines, summary
from searcher.language import say

if TYPE_CHECKING:
    from searcher import Progress, ProgressCallback, Report


def run_indexing(
    work: "Callable[[ProgressCallback | None], Report]",
    *,
    is_quiet: bool = False,
    is_verbose: bool = False,
) -> "Report":
    """Do the work with a bar, name what was skipped, and say in a line what was done."""
    with progress_bar(say("indexing", "索引中"), is_wanted=not is_quiet) as advance:
        if advance is None:
            report = work(None)
        else:

            def on_progress(progress: "Progress") -> None:
                # How far it is within a file, or with writing, is not known: a bar that stands at
                # 0 or 100 per cent would look like one that hangs.
                is_known = progress.name and 100 * progress.done >= progress.total
                now = progress.name or say("writing", "写入中")
                advance(progress.done, progress.total if is_known else None, now)

            report = work(on_progress)
    if not is_quiet:
        for line in skipped_lines(report, name_all=is_verbose):
            tell(line)
        tell(summary(report))
    return report


def run_and_report(
    work: "Callable[[ProgressCallback | None], Report]",
    *,
    as_json: bool,
    is_quiet: bool,
    is_verbose: bool,
) -> int:
    """Do the work as a command of its own; returns the exit status."""
    from dataclasses import asdict

    from searcher.cli.printable import print_json

    try:
        report = run_indexing(work, is_quiet=is_quiet, is_verbose=is_verbose)
    except KeyboardInterrupt:
        tell_interrupted(say("interrupted; the index is as it was", "已中断；索引保持原样"))
        return INTERRUPTED
    if as_json:
        print_json(asdict(report))
    return 0
