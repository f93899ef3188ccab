"""What ``searcher index`` does: one sync, or one after the other."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from searcher.cli.building import Interrupted, Reporting, patiently, run_and_report
from searcher.cli.messages import tell
from searcher.cli.places import Place
from searcher.cli.usage import quoted
from searcher.language import say

if TYPE_CHECKING:
    from searcher import Index, ProgressCallback, Report, Selection


@dataclass(frozen=True, slots=True)
class Job:
    """An index, what it is to be made equal to, and how; for the rest see ``Index.sync``.

    Attributes:
        place: Where the index is.
        folders: What it is to be made equal to.
        dictionary: The user's dictionary, if the index is to be made.
        stop_words: The stop list, likewise.
    """

    place: Place
    folders: list[Path]
    dictionary: str | None = None
    stop_words: str | None = None
    selection: "Selection | None" = None
    commit_every: float | None = None
    jobs: int | None = None
    memory: int | None = None
    shards: int | None = None
    replicas: int | None = None

    def sync(self, reporting: Reporting, *, wait: int | None, dry_run: bool) -> int:
        """Make the index equal to the folders; returns the exit status."""
        from searcher.api.ensuring import ensured_index

        def attempt(progress: "ProgressCallback | None", seconds: float) -> "Report":
            with ensured_index(
                self.place.path,
                self.folders,
                dictionary=self.dictionary,
                stop_words=self.stop_words,
                jobs=self.jobs,
                memory=self.memory,
                wait=seconds,
                dry_run=dry_run,
                shards=self.shards,
                replicas=self.replicas,
            ) as index:
                index.refresh()
                try:
                    return index.sync(
                        self.folders,
                        selection=self.selection,
                        dry_run=dry_run,
                        commit_every=self.commit_every,
                        progress=progress,
                        jobs=self.jobs,
                        memory=self.memory,
                    )
                except KeyboardInterrupt as error:
                    raise Interrupted(_what_is_kept(index)) from error

        reports: list[Report] = []

        def work(progress: "ProgressCallback | None") -> "Report":
            reports.append(patiently(partial(attempt, progress), wait))
            return reports[0]

        before = self._no_more_named()
        status = run_and_report(work, reporting)
        if before and reports[0].removed and not reporting.is_quiet:
            tell(_why_removed(before, self.place, self.folders))
        return status

    def _no_more_named(self) -> list[str]:
        """The folders that the index was of and that are in none of those it is to be of."""
        from searcher import Index

        named = [folder.resolve() for folder in self.folders]
        before = Index.recorded_folders(self.place.path)
        return [one for one in before if not any(Path(one).is_relative_to(new) for new in named)]

    def watch(self, reporting: Reporting) -> int:
        """Make it equal until stopped; returns the exit status."""
        from threading import Event

        import searcher
        from searcher.cli.watching import run_watch

        watching = partial(
            searcher.watch,
            self.place.path,
            self.folders,
            stop=Event(),  # what stops it are signals
            dictionary=self.dictionary,
            stop_words=self.stop_words,
            selection=self.selection,
            commit_every=self.commit_every,
            jobs=self.jobs,
            memory=self.memory,
            shards=self.shards,
            replicas=self.replicas,
        )
        return run_watch(watching, self.folders, reporting)


def _why_removed(before: list[str], place: Place, folders: list[Path]) -> str:
    """That documents were removed since their folders were not named, and how to have them back."""
    every = [quoted(str(folder)) for folder in (*before, *folders)]
    line = place.command("index", *every)
    names = say(", ", "、").join(before)
    return say(
        f"what was of {names} is removed: name all folders each time. To have them too: {line}",
        f"{names} 的文档被移除：每次都要写全所有文件夹。要一并保留：{line}",
    )


def _what_is_kept(index: "Index") -> str:
    """What an interruption has left. The state of before must have been looked at."""
    if not index.refresh():
        return say("interrupted; the index is as it was", "已中断；索引保持原样")
    documents = index.status().documents
    return say(
        f"interrupted; what was finished is kept: {documents:,} in the index. "
        "The next run goes on from there",
        f"已中断；已完成的部分予以保留：索引中共 {documents:,} 篇，下次从这里继续",
    )
