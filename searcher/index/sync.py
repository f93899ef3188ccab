"""Making an index equal to folders."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from searcher.documents import walk
from searcher.documents.model import Skipped, SourceFile
from searcher.index.manifest import FileEntry, Manifest
from searcher.index.pieces import Outcome, Piece, digest_of, pieces_of
from searcher.index.report import Progress, ProgressCallback, Report
from searcher.index.writer import Change, DocumentWriter
from searcher.language import say

_READ_AGAIN = -1  # a time that no file has: what was taken only in part is not "unchanged"


@dataclass(slots=True)
class _Changes:
    """What a sync has found out so far."""

    manifest: Manifest
    owners: dict[str, str] = field(default_factory=dict)  # document id → file name
    skipped: list[Skipped] = field(default_factory=list)
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0

    @property
    def any(self) -> bool:
        """Whether a document of the index changes."""
        return bool(self.added or self.updated or self.removed)


def sync(
    writer: DocumentWriter,
    old: Manifest,
    roots: Sequence[Path],
    progress: ProgressCallback | None = None,
    leave_out: Callable[[Path], bool] = lambda path: False,
) -> tuple[Report, Manifest, bool]:
    """Put into a transaction what makes the index equal to the folders.

    Files that ``leave_out`` accepts are passed over: those of the index itself.

    Returns the report (its total and seconds still 0), the manifest to commit, and whether any
    document changes.

    Raises:
        DocumentError: A folder does not exist; nothing was changed.
    """
    changes = _Changes(Manifest(roots=[str(root.absolute()) for root in roots]))
    changed: list[SourceFile] = []
    for found in _distinct_names(walk(roots), leave_out):
        if isinstance(found, Skipped):
            changes.skipped.append(found)
        elif not _keep_unchanged(found, old, changes):
            changed.append(found)
    total = sum(file.size for file in changed)
    writer.begin_reading(total, _Reading(writer, old, changes).decide)
    done = 0
    for file in changed:
        for piece in pieces_of(file, writer.batch):
            if progress:
                start = piece.part.start if piece.part else 0
                progress(Progress(done + start, total, file.name))
            writer.read(piece)
        done += file.size
    writer.finish_reading()
    if progress:
        progress(Progress(total, total, ""))
    known = {document for entry in old.files.values() for document in entry.documents}
    changes.removed = writer.delete(known - changes.owners.keys())
    report = Report(
        added=changes.added,
        updated=changes.updated,
        unchanged=changes.unchanged,
        removed=changes.removed,
        skipped=tuple(changes.skipped),
        total=0,
        seconds=0.0,
    )
    return report, changes.manifest, changes.any


def _distinct_names(
    found: Iterable[SourceFile | Skipped], leave_out: Callable[[Path], bool]
) -> Iterator[SourceFile | Skipped]:
    """Give files of the same name below different folders different names."""
    names: set[str] = set()
    for item in found:
        if isinstance(item, SourceFile):
            if leave_out(item.location):
                continue
            above = item.location.absolute().parts[1 : -1 - item.name.count("/")]
            while item.name in names and above:
                item = replace(item, name=f"{above[-1]}/{item.name}")
                above = above[:-1]
            if item.name in names:
                reason = say("another folder has a file of this name", "另一个文件夹有同名文件")
                yield Skipped(item.name, reason)
                continue
            names.add(item.name)
        yield item


def _keep_unchanged(file: SourceFile, old: Manifest, changes: _Changes) -> bool:
    """Whether the file is as it was, by size and time or else by its content."""
    entry = old.files.get(file.name)
    if entry is None or entry.size != file.size or entry.mtime_ns == _READ_AGAIN:
        return False
    location = str(file.location.absolute())
    if (entry.mtime_ns, entry.location) != (file.mtime_ns, location):
        try:
            if digest_of(file.location) != entry.digest:
                return False
        except OSError:
            return False  # reading it will say why
    changes.manifest.files[file.name] = replace(entry, mtime_ns=file.mtime_ns, location=location)
    changes.unchanged += len(entry.documents)
    changes.skipped.extend(Skipped(name, reason) for name, reason in entry.skipped)
    changes.owners.update(dict.fromkeys(entry.documents, file.name))
    return True


@dataclass(slots=True)
class _OpenFile:
    """What has come of a file so far."""

    file: SourceFile
    mtime_ns: int
    digest: str = ""
    documents: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    failure: str = ""


class _Reading:
    """Decides which of the documents that were read come into the index."""

    def __init__(self, writer: DocumentWriter, old: Manifest, changes: _Changes) -> None:
        self._writer = writer
        self._old = old
        self._changes = changes
        self._file: _OpenFile | None = None

    def decide(self, piece: Piece, outcome: Outcome) -> set[int]:
        """Take what came of a piece, or of some of it; the documents that are not wanted."""
        state = self._file
        if state is None:
            state = self._file = _OpenFile(piece.file, piece.file.mtime_ns)
        unwanted = self._take(state, outcome)
        if outcome.is_last and piece.is_last:
            self._file = None
            self._end(state)
        return unwanted

    def _take(self, state: _OpenFile, outcome: Outcome) -> set[int]:
        changes, name = self._changes, state.file.name
        owners, ids = changes.owners, outcome.ids
        state.digest = state.digest or outcome.digest
        state.failure = state.failure or outcome.failure
        unwanted: set[int] = set()
        new = dict.fromkeys(ids, name)
        if len(new) == len(ids) and owners.keys().isdisjoint(new):
            owners.update(new)
            state.documents += ids
            state.skipped += [skipped for _, skipped in outcome.skipped]
        else:
            following = iter(outcome.skipped)
            skipped = next(following, None)
            for number, document in enumerate(ids):
                while skipped is not None and skipped[0] <= number:
                    state.skipped.append(skipped[1])
                    skipped = next(following, None)
                owner = owners.get(document)
                if owner is None:
                    owners[document] = name
                    state.documents.append(document)
                    continue
                unwanted.add(number)
                state.skipped.append(_duplicate(state.file, document, owner))
                state.mtime_ns = _READ_AGAIN  # the other document may go one day
            state.skipped += [] if skipped is None else [skipped[1], *(one for _, one in following)]
        if not outcome.marks:
            changes.added += len(ids) - len(unwanted)
            return unwanted
        for number, (document, mark) in enumerate(zip(ids, outcome.marks, strict=True)):
            if number not in unwanted and not self._is_new(document, mark):
                unwanted.add(number)
        return unwanted

    def _is_new(self, document: str, mark: bytes) -> bool:
        changes = self._changes
        match self._writer.replace(document, mark):
            case Change.ADDED:
                changes.added += 1
            case Change.UPDATED:
                changes.updated += 1
            case Change.NONE:
                changes.unchanged += 1
                return False
        return True

    def _end(self, state: _OpenFile) -> None:
        changes, file = self._changes, state.file
        if state.failure:
            reason = state.failure
            before = self._old.files.get(file.name)
            kept = [one for one in before.documents if one not in changes.owners] if before else []
            if kept:
                # Nothing is lost because a file cannot be read today.
                reason += say(" (what was indexed before is kept)", "（保留此前索引的内容）")
                state.documents += kept
                changes.owners.update(dict.fromkeys(kept, file.name))
            state.skipped.append(Skipped(file.name, reason))
            state.mtime_ns = _READ_AGAIN
        changes.skipped.extend(state.skipped)
        if state.documents or state.mtime_ns != _READ_AGAIN:
            changes.manifest.files[file.name] = FileEntry(
                file.size,
                state.mtime_ns,
                state.digest,
                tuple(state.documents),
                str(file.location.absolute()),
                tuple((item.name, item.reason) for item in state.skipped),
            )


def _duplicate(file: SourceFile, document: str, owner: str) -> Skipped:
    return Skipped(
        file.name,
        say(
            f"the id {document!r} is that of a document of {owner}",
            f"文档 id {document!r} 与 {owner} 中的文档相同",
        ),
    )
