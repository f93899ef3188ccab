"""Making an index equal to folders."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from searcher.documents import os_reason, read, walk
from searcher.documents.model import Document, Skipped, SourceFile
from searcher.errors import DocumentError
from searcher.index.manifest import FileEntry, Manifest
from searcher.index.prepare import checked
from searcher.index.report import Progress, ProgressCallback, Report
from searcher.index.writer import Change, DocumentWriter
from searcher.language import say

_CHUNK = 1 << 20  # bytes
_DIGEST_SIZE = 12  # bytes
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
    total, done = sum(file.size for file in changed), 0
    for file in changed:
        if progress:
            progress(Progress(done, total, file.name))
        _read_changed(writer, file, old.files.get(file.name), changes)
        done += file.size
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
            if _digest_of(file.location) != entry.digest:
                return False
        except OSError:
            return False  # reading it will say why
    changes.manifest.files[file.name] = replace(entry, mtime_ns=file.mtime_ns, location=location)
    changes.unchanged += len(entry.documents)
    changes.skipped.extend(Skipped(name, reason) for name, reason in entry.skipped)
    changes.owners.update(dict.fromkeys(entry.documents, file.name))
    return True


def _read_changed(
    writer: DocumentWriter, file: SourceFile, entry: FileEntry | None, changes: _Changes
) -> None:
    before = entry.documents if entry else ()
    documents: list[str] = []
    skipped: list[Skipped] = []
    mtime_ns, digest = file.mtime_ns, ""
    try:
        digest = _digest_of(file.location)
        for item in read(file):
            if isinstance(item, Skipped):
                skipped.append(item)
                continue
            try:
                document = checked(item)
            except DocumentError as error:
                skipped.append(Skipped(file.name, str(error)))
                continue
            owner = changes.owners.get(document.id)
            if owner is not None:
                skipped.append(_duplicate(file, document, owner))
                mtime_ns = _READ_AGAIN  # the other document may go one day
                continue
            changes.owners[document.id] = file.name
            documents.append(document.id)
            _put(writer, document, changes)
    except (DocumentError, OSError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else str(error)
        kept = [old for old in before if old not in changes.owners]
        if kept:
            # Nothing is lost because a file cannot be read today.
            reason += say(" (what was indexed before is kept)", "（保留此前索引的内容）")
            documents += kept
            changes.owners.update(dict.fromkeys(kept, file.name))
        skipped.append(Skipped(file.name, reason))
        mtime_ns = _READ_AGAIN
    changes.skipped.extend(skipped)
    if documents or mtime_ns != _READ_AGAIN:
        changes.manifest.files[file.name] = FileEntry(
            file.size,
            mtime_ns,
            digest,
            tuple(documents),
            str(file.location.absolute()),
            tuple((item.name, item.reason) for item in skipped),
        )


def _put(writer: DocumentWriter, document: Document, changes: _Changes) -> None:
    match writer.put(document):
        case Change.ADDED:
            changes.added += 1
        case Change.UPDATED:
            changes.updated += 1
        case Change.NONE:
            changes.unchanged += 1


def _duplicate(file: SourceFile, document: Document, owner: str) -> Skipped:
    return Skipped(
        file.name,
        say(
            f"the id {document.id!r} is that of a document of {owner}",
            f"文档 id {document.id!r} 与 {owner} 中的文档相同",
        ),
    )


def _digest_of(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=_DIGEST_SIZE)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
