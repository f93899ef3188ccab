"""Indexing with progress and a report, as several commands do it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from searcher.cli.messages import tell
from searcher.cli.pace import Pace
from searcher.cli.progress import Advance, ProgressLines, Stage, progress_bar
from searcher.cli.signals import ending_in_order, received
from searcher.cli.views.report import change_lines, skipped_lines, summary
from searcher.cli.views.stage import stage_line, stage_rates
from searcher.errors import IndexLocked, SearcherError
from searcher.language import say

if TYPE_CHECKING:
    from searcher import Progress, ProgressCallback, Report

SOME_SKIPPED = 1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reporting:
    """What is to be said of what was done.

    Attributes:
        as_json: The report on stdout, as JSON.
        is_quiet: Nothing on stderr but errors.
        is_verbose: All names, however many.
        is_strict: Exit status 1 if something was skipped.
        errors: The file for what was skipped, if any.
    """

    as_json: bool = False
    is_quiet: bool = False
    is_verbose: bool = False
    is_strict: bool = False
    errors: str | None = None


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, or a signal like it, and what it means for the index."""


def run_and_report(
    work: "Callable[[ProgressCallback | None], Report]", reporting: Reporting
) -> int:
    """Do the work as a command of its own; returns the exit status."""
    with ExitStack() as stack:
        write_failures = None
        if reporting.errors:
            from searcher.cli.failures import failures_file

            write_failures = stack.enter_context(failures_file(reporting.errors))
        report = run_indexing(work, reporting)
        if write_failures:
            write_failures(report.skipped)
    if reporting.as_json:
        from dataclasses import asdict

        from searcher.cli.printable import print_json

        print_json(asdict(report))
    return SOME_SKIPPED if reporting.is_strict and report.skipped else 0


def run_indexing(
    work: "Callable[[ProgressCallback | None], Report]", reporting: Reporting
) -> "Report":
    """Do the work, show how far it is, name what was skipped, and say in a line what was done."""
    with ending_in_order():
        try:
            with progress_callback(is_quiet=reporting.is_quiet) as on_progress:
                report = work(on_progress)
        except Interrupted:
            raise
        except KeyboardInterrupt as error:
            raise Interrupted(
                say("interrupted; the index is as it was", "已中断；索引保持原样")
            ) from error
        except SearcherError as error:
            # A worker that the same signal has ended is no reason to complain of it.
            if received():
                raise KeyboardInterrupt from error
            raise
    if not reporting.is_quiet:
        for line in change_lines(report, name_all=reporting.is_verbose):
            tell(line)
        for line in skipped_lines(report.skipped, name_all=reporting.is_verbose):
            tell(line)
        tell(summary(report))
    return report


@contextmanager
def progress_callback(*, is_quiet: bool) -> "Iterator[ProgressCallback | None]":
    """What to call the library with, so that people see how far it is."""
    if is_quiet:
        yield None
        return
    with ExitStack() as stack:
        advance = stack.enter_context(progress_bar(say("indexing", "索引中"), _beside_the_bar))
        if advance is None:
            advance = stack.enter_context(ProgressLines(stage_line)).advance
        yield following(advance)


def _beside_the_bar(stage: Stage, pace: Pace) -> str:
    return stage_rates(stage, pace, shutil.get_terminal_size().columns)


def following(advance: Advance) -> "ProgressCallback":
    """A callback for the library that says how far it is."""

    def on_progress(progress: "Progress") -> None:
        # How far it is within a file, or with writing, is not known: a bar that stands at 0 or
        # 100 per cent would look like one that hangs.
        is_known = progress.name and 100 * progress.done >= progress.total
        now = progress.name or say("writing", "写入中")
        advance(Stage(progress.done, progress.total if is_known else None, now, progress.documents))

    return on_progress


def patiently(attempt: Callable[[float], T], seconds: int | None) -> T:
    """Try what needs the right to write, and wait for it if another process has it.

    Args:
        attempt: Takes how many seconds it may wait.
        seconds: How many there are.
    """
    try:
        return attempt(0.0)
    except IndexLocked as error:
        if not seconds:
            raise
        tell(say(f"{error.who}; waiting up to {seconds} s", f"{error.who}；最多等待 {seconds} 秒"))
    return attempt(float(seconds))
