"""Making an index equal to folders."""

import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from searcher.documents import walk_siblings
from searcher.documents.model import Skipped
from searcher.documents.parts import has_marks
from searcher.documents.selection import Selection
from searcher.index.before import Before
from searcher.index.columnar.moved import Moved
from searcher.index.contents import UNKNOWN_MARK, Documents
from searcher.index.filestate import FileState
from searcher.index.manifest import Manifest, to_json
from searcher.index.mounts import check_mounted, device_of
from searcher.index.owners import Owners
from searcher.index.pieces import Outcome, Piece, pieces_of
from searcher.index.planning import READ_AGAIN, Changed, LeaveOut, Plan, plan, time_to_record
from searcher.index.prepare import MARK_SIZE
from searcher.index.recorded import NONE, FileEntry, documents_of, skipped_of, updated
from searcher.index.renaming import WholeFile, whole_files
from searcher.index.report import Change as ReportedChange
from searcher.index.report import Progress, ProgressCallback, Report
from searcher.index.rereading import Known, changed_pieces
from searcher.index.target import Target
from searcher.index.writer import Change
from searcher.language import say


@dataclass(frozen=True, slots=True)
class Settings:
    """How a sync is to be done.

    Attributes:
        progress: Is called from time to time with how far it has come.
        commit_every: After how many seconds what is finished is committed; None for only once.
        selection: Which files are read.
        leave_out: Says which files of a folder are passed over: those of the index itself.
    """

    progress: ProgressCallback | None = None
    commit_every: float | None = None
    selection: Selection = field(default_factory=Selection)
    leave_out: LeaveOut = lambda folder: None


def look(old: Manifest, roots: Sequence[Path], settings: Settings) -> Plan:
    """Find out which files have changed.

    Raises:
        DocumentError: A folder does not exist, or is empty because its disk is not there.
    """
    check_mounted({str(root.absolute()): root for root in roots}, old)
    return plan(walk_siblings(roots, settings.selection), old, settings.leave_out)


def sync(
    target: Target, old: Manifest, roots: Sequence[Path], planned: Plan, settings: Settings
) -> tuple[Report, Manifest, bool]:
    """Put into a transaction what makes the index equal to the folders.

    Returns the report (its total and seconds still 0), the manifest to commit, and whether any
    document changes that was not committed yet.
    """
    run = _Run(target, old, roots, planned, settings)
    run.take_renamed()
    run.take_changed()
    run.take_gone()
    return run.report(), run.manifest(), run.has_changed


class _Run:
    """One sync."""

    def __init__(
        self,
        target: Target,
        old: Manifest,
        roots: Sequence[Path],
        planned: Plan,
        settings: Settings,
    ) -> None:
        self._target = target
        self._old = old
        self._plan = planned
        self._settings = settings
        self._roots = [str(root.absolute()) for root in roots]
        self._devices = [device_of(root) for root in roots]
        # What the manifest is to say of files that are not read, and of those that are.
        self._known: Mapping[str, FileEntry] = updated(planned.unchanged, planned.kept)
        self._files: dict[str, FileEntry] = {}
        self._owners = Owners()  # of what was read
        self._owned: dict[str, frozenset[str]] = {}  # file name → ids, of files that were not
        self._was = {one.file.name: one.was for one in planned.renamed}
        self._moved_away = frozenset(self._was.values())
        # The names that files have which are to be read.
        self._present = {one.file.name for one in (*planned.renamed, *planned.changed)}
        self._claimed: dict[str, dict[bytes, list[int]]] = {}
        self._file: FileState | None = None
        # Documents that their files do not have any more, and those of files that cannot be read:
        # another file may have them.
        self._left: list[tuple[FileState, list[str]]] = []
        self._kept: list[tuple[FileState, list[str]]] = []
        self._skipped = [*planned.skipped, *skipped_of(self._known)]
        self._counts = dict.fromkeys(Change, 0)
        self._unchanged = documents_of(self._known)
        self._removed = 0
        self._done, self._total = 0, planned.size
        self._committed_at = time.monotonic()
        self._committed = 0  # how many changes are committed

    @property
    def has_changed(self) -> bool:
        """Whether a document of the index changes that was not committed yet."""
        return self._changes > self._committed

    @property
    def _changes(self) -> int:
        return self._removed + sum(self._counts.values()) - self._counts[Change.NONE]

    def take_renamed(self) -> None:
        """Give the documents of renamed files their new ids and paths."""
        target, renamed = self._target, self._plan.renamed
        whole = whole_files(renamed, self._old, target)
        for moved in whole:
            self._move(moved)
        # Of files of which lines are known little is left to do.
        known = sum(one.file.size for one in self._plan.changed if self._is_known(one))
        target.begin_reading(self._total - self._done - known, self._decide)
        at_once = {moved.changed.file.name for moved in whole}
        to_read = [one for one in renamed if one.file.name not in at_once]
        # All of them first: names may have been exchanged.
        for one in to_read:
            self._claimed[one.file.name] = self._claim(one.was)
        for one in to_read:
            self._read(one)
        if to_read:
            target.finish_reading()

    def take_changed(self) -> None:
        """Read the files that are new or have changed."""
        for one in self._plan.changed:
            self._read(one, may_commit=True)
        self._target.finish_reading()
        self._tell("")

    def take_gone(self) -> None:
        """Remove the documents of files that are no longer there."""
        self._settle_kept()
        self._remove_left()
        for name in self._plan.gone:
            self._remove(self._old.files[name].documents.ids(name))
        self._owners = Owners()  # nobody asks any more, and merging takes memory

    def report(self) -> Report:
        """What was done."""
        changes: list[ReportedChange] = []
        for one in self._plan.changed:
            is_new = one.file.name not in self._old.files
            changes.append(ReportedChange("added" if is_new else "updated", one.file.name))
        changes += [ReportedChange("renamed", one.was, one.file.name) for one in self._plan.renamed]
        changes += [ReportedChange("removed", name) for name in self._plan.gone]
        failures: dict[str, int] = {}
        for skipped in self._skipped:
            failures[skipped.format] = failures.get(skipped.format, 0) + 1
        return Report(
            added=self._counts[Change.ADDED],
            updated=self._counts[Change.UPDATED],
            unchanged=self._unchanged + self._counts[Change.NONE],
            renamed=self._counts[Change.MOVED],
            removed=self._removed,
            skipped=tuple(self._skipped),
            failures=failures,
            changes=tuple(changes),
            dry_run=False,
            total=0,
            seconds=0.0,
        )

    def manifest(self, *, so_far: bool = False) -> Manifest:
        """What is to be committed.

        Args:
            so_far: Whether files were not read yet: what was known of them still holds.
        """
        files = updated(self._known, self._files)
        if so_far:
            waiting = {
                name: entry
                for name, entry in self._old.files.items()
                if name not in files and name not in self._moved_away
            }
            undecided = [state for state, _ in self._left + self._kept]
            for state in undecided if self._file is None else [*undecided, self._file]:
                waiting[state.file.name] = state.entry_so_far(self._owners)
            files = updated(files, waiting)
        return Manifest(self._roots, self._devices, to_json(self._settings.selection), files)

    def _read(self, changed: Changed, *, may_commit: bool = False) -> None:
        file = changed.file
        for piece in self._pieces(changed):
            start = piece.part.start if piece.part else 0
            self._tell(file.name, start)
            self._target.read(piece)
            if may_commit:
                self._commit_now_and_then()
        self._done += file.size

    def _pieces(self, changed: Changed) -> Iterable[Piece]:
        file, size = changed.file, self._target.batch
        if self._is_known(changed):
            known = Known(file.name, self._old.files[file.name].documents)
            return changed_pieces(file, size, known)
        return pieces_of(file, size)

    def _is_known(self, changed: Changed) -> bool:
        """Whether a file can be compared with what it was line by line."""
        file = changed.file
        before = self._old.files.get(file.name)
        return (
            before is not None
            and before.documents.is_by_line
            and not changed.was
            and file.name not in self._moved_away
            and file.size > self._target.batch
            and has_marks(file)
        )

    def _commit_now_and_then(self) -> None:
        every = self._settings.commit_every
        if every is None or time.monotonic() - self._committed_at < every:
            return
        self._target.finish_reading()
        if self.has_changed:
            self._target.checkpoint(self.manifest(so_far=True))
            self._committed = self._changes
        self._committed_at = time.monotonic()

    def _tell(self, name: str, start: int = 0) -> None:
        if self._settings.progress:
            documents = sum(self._counts.values())
            done = self._done + start if name else self._total
            self._settings.progress(Progress(done, self._total, name, documents))

    def _move(self, moved: WholeFile) -> None:
        """Move all documents of a renamed file, which is not read."""
        file, was = moved.changed.file, moved.changed.was
        self._target.rename(was, file.name, moved.documents)
        for number in moved.replaced:
            self._target.remove(number)
        self._removed += len(moved.replaced)
        marks = moved.before.documents.by_id(was)
        state = FileState(
            file,
            time_to_record(file, self._plan.began),
            self._before(file.name),
            {},
            moved.skipped,
            moved.before.digest,
        )
        state.documents.extend([*moved.ids.values()], [marks[old] for old in moved.ids])
        self._owners.update(moved.ids.values(), file.name)
        self._counts[Change.MOVED] += len(state.documents)
        self._end(state)
        self._done += file.size

    def _claim(self, was: str) -> dict[bytes, list[int]]:
        """The documents of a file that has another name now: for each mark their numbers."""
        known: dict[bytes, list[int]] = {}
        documents = self._old.files[was].documents
        for document, one in reversed(documents.by_id(was).items()):
            number = self._target.find(document)
            if number is not None:
                if documents.is_by_line:
                    one = self._target.reader.mark(number)
                known.setdefault(one[:MARK_SIZE], []).append(number)
                self._target.claim(number)
        return known

    def _before(self, name: str) -> Before:
        """What a file of this name has left of what was read from it before."""
        entry = self._old.files.get(name)
        # What it had may be in a file of another name now, which decides what becomes of it.
        if entry is None or name in self._moved_away:
            return Before(NONE, name)
        return Before(entry.documents, name)

    def _decide(self, piece: Piece, outcome: Outcome) -> set[int]:
        """Take what came of a piece, or of some of it; the documents that are not wanted."""
        state = self._file
        if state is None:
            file = piece.file
            state = self._file = FileState(
                file,
                time_to_record(file, self._plan.began),
                self._before(file.name),
                self._claimed.pop(file.name, {}),
            )
        unwanted = self._take(state, outcome)
        if outcome.is_last and piece.is_last:
            self._file = None
            self._end(state)
        return unwanted

    def _take(self, state: FileState, outcome: Outcome) -> set[int]:
        state.digest = state.digest or outcome.digest
        state.failure = state.failure or outcome.failure
        state.format = state.format or outcome.format
        if self._target.is_new and self._owners.are_new(outcome.ids):
            # The first time, which is the longest: nothing has to be looked up.
            self._owners.update(outcome.ids, state.file.name)
            state.documents.extend(outcome.ids, outcome.marks)
            state.skip(skipped for _, skipped in outcome.skipped)
            self._counts[Change.ADDED] += len(outcome.ids)
            return set()
        if outcome.new is not None and self._owners.are_new(outcome.ids):
            return self._take_new(state, outcome, outcome.new)
        unwanted: set[int] = set()
        taken: list[int] = []
        skipped = deque(outcome.skipped)
        self._owners.look_up(outcome.ids)
        state.before.look_up(outcome.ids)
        for number, document in enumerate(outcome.ids):
            _skip_up_to(number, skipped, state)
            if not self._is_free(state, document):
                unwanted.add(number)
                continue
            taken.append(number)
            if not self._is_wanted(state, document, outcome.marks[number], outcome.paths[number]):
                unwanted.add(number)
        _skip_up_to(len(outcome.ids), skipped, state)
        state.documents.extend(*_chosen(outcome, taken))
        return unwanted

    def _take_new(self, state: FileState, outcome: Outcome, new: Sequence[int]) -> set[int]:
        """Take what came of lines most of which are as they were."""
        ids = outcome.ids
        known: list[str] = []
        for before, number in pairwise([-1, *new, len(ids)]):
            known += ids[before + 1 : number]
        self._owners.update(known, state.file.name)
        self._counts[Change.NONE] += len(known)
        state.still_there += len(known)
        skipped = deque(outcome.skipped)
        unwanted: set[int] = set()
        elsewhere: set[int] = set()  # what an unchanged file has
        self._owners.look_up([ids[number] for number in new])
        state.before.look_up([ids[number] for number in new])
        for number in new:
            _skip_up_to(number, skipped, state)
            if not self._is_free(state, ids[number]):
                elsewhere.add(number)
            elif not self._is_wanted(
                state, ids[number], outcome.marks[number], outcome.paths[number]
            ):
                unwanted.add(number)
        _skip_up_to(len(ids), skipped, state)
        taken: Sequence[int] = range(len(ids))
        if elsewhere:
            taken = [number for number in taken if number not in elsewhere]
        state.documents.extend(*_chosen(outcome, taken))
        return unwanted | elsewhere

    def _is_free(self, state: FileState, document: str) -> bool:
        """Whether no other file has a document; from now on this one has."""
        owner = self._owners.get(document)
        was_there = owner is None and document in state.before
        if owner is None and not was_there:  # no other file has what this one had
            owner = self._owner(document)
        if owner is not None:
            state.skip_duplicate(document, owner)
            return False
        self._owners[document] = state.file.name
        state.still_there += was_there
        return True

    def _is_wanted(self, state: FileState, document: str, mark: bytes, path: str | None) -> bool:
        """Whether a document that no other file has is to be indexed."""
        counts = self._counts
        before = state.before.mark(document)
        if path == state.file.name and not state.known and _is_same(before, mark):
            counts[Change.NONE] += 1
            return False
        before, mark = before[:MARK_SIZE], mark[:MARK_SIZE]
        known = state.known.get(mark)
        if known:
            number = self._target.find(document)
            if number is not None:
                self._target.remove(number)
                self._removed += 1
            self._target.move(known.pop(), Moved(document, path))
            counts[Change.MOVED] += 1
            return False
        if before not in (b"", UNKNOWN_MARK, mark):
            change = self._target.overwrite(document)
        else:
            change = self._target.replace(document, mark, path)
        counts[change] += 1
        return change in (Change.ADDED, Change.UPDATED)

    def _owner(self, document: str) -> str | None:
        """The file that has a document already."""
        owner = self._owners.get(document)
        if owner is not None or not (self._known or self._files):
            return owner
        number = self._target.find(document)
        if number is None:
            return None
        file = self._old.file_of(self._target.reader.record(number).path)
        if file is None or file not in self._known:
            return None
        ids = self._owned.get(file)
        if ids is None:
            ids = self._owned[file] = frozenset(self._known[file].documents.ids(file))
        return file if document in ids else None

    def _end(self, state: FileState) -> None:
        name = state.file.name
        unclaimed = [number for numbers in state.known.values() for number in numbers]
        left = state.left(self._owners)
        was = self._was.get(name, "")
        is_left = bool(state.failure and unclaimed and was not in self._present)
        if is_left:
            # The content is known, but cannot be read today: it is left under its old name.
            self._keep(was, unclaimed)
        else:
            for number in unclaimed:
                self._target.remove(number)
                self._removed += 1
        if state.failure:
            reason = state.failure
            if left or is_left:
                # Nothing is lost because a file cannot be read today.
                reason += say(" (what was indexed before is kept)", "（保留此前索引的内容）")
            if left:
                self._kept.append((state, left))
            state.skipped.append(Skipped(name, reason, state.format))
            state.changed_ns = READ_AGAIN
        elif left:
            self._left.append((state, left))
        state.end()
        self._skipped += state.skipped
        if len(state.documents) or state.changed_ns != READ_AGAIN:
            self._files[name] = state.entry()

    def _settle_kept(self) -> None:
        """Let files that could not be read have what no other file has had since."""
        for state, left in self._kept:
            name = state.file.name
            kept = self._owners.without(left)
            state.documents.extend(kept, [state.before.mark(document) for document in kept])
            self._owners.update(kept, name)
            self._unchanged += len(kept)
            self._files[name] = state.entry()
        self._kept = []

    def _remove_left(self) -> None:
        """Remove what files do not have any more, and no other file has had since."""
        for _, left in self._left:
            self._remove(left)
        self._left = []

    def _keep(self, was: str, numbers: Sequence[int]) -> None:
        """Keep documents of a file that has another name now as they were."""
        for number in numbers:
            self._target.release(number)
        entry = self._old.files[was]
        marks = entry.documents.by_id(was)
        kept = self._owners.without(marks)
        self._owners.update(kept, was)
        documents = Documents.of(kept, [marks[document] for document in kept], was)
        self._files[was] = entry._replace(documents=documents, changed_ns=READ_AGAIN)
        self._unchanged += len(kept)

    def _remove(self, documents: Sequence[str]) -> None:
        self._owners.look_up(documents)
        for document in documents:
            if self._owner(document) is None:
                number = self._target.find(document)
                if number is not None:
                    self._target.remove(number)
                    self._removed += 1


def _is_same(before: bytes, mark: bytes) -> bool:
    """Whether a document is as it was: its line is, or all that makes its own mark."""
    line = mark[MARK_SIZE:]
    return bool(line and line == before[MARK_SIZE:]) or before[:MARK_SIZE] == mark[:MARK_SIZE]


def _skip_up_to(number: int, skipped: deque[tuple[int, Skipped]], state: FileState) -> None:
    """Name what was left out before a document, in the order of the file."""
    while skipped and skipped[0][0] <= number:
        state.skip([skipped.popleft()[1]])


def _chosen(outcome: Outcome, numbers: Sequence[int]) -> tuple[list[str], list[bytes]]:
    """The ids and marks of some documents."""
    if len(numbers) == len(outcome.ids):
        return outcome.ids, outcome.marks
    return [outcome.ids[one] for one in numbers], [outcome.marks[one] for one in numbers]
