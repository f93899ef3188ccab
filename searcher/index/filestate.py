"""What has come of a file while it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from searcher.documents.model import Skipped, SourceFile
from searcher.index.manifest import Documents, FileEntry
from searcher.index.planning import READ_AGAIN, location_of


@dataclass(slots=True)
class FileState:
    """What has come of a file so far.

    Attributes:
        file: The file.
        before: What was read from a file of this name before: the mark of each document.
        known: What its content was known to hold under another name: for each mark the numbers of
            documents, the next one last.
    """

    file: SourceFile
    mtime_ns: int
    before: dict[str, bytes]
    known: dict[bytes, list[int]]
    documents: dict[str, bytes] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    digest: str = ""
    failure: str = ""
    format: str = ""

    def entry(self) -> FileEntry:
        """What the manifest is to say of it."""
        return self._entry(self.documents, self.mtime_ns)

    def entry_so_far(self, owners: Mapping[str, str]) -> FileEntry:
        """The same while it is not decided about all documents that were read from it before.

        Args:
            owners: What other files have.
        """
        left = {one: mark for one, mark in self.before.items() if one not in owners}
        return self._entry({**self.documents, **left}, READ_AGAIN)

    def _entry(self, taken: Mapping[str, bytes], mtime_ns: int) -> FileEntry:
        return FileEntry(
            self.file.size,
            mtime_ns,
            self.digest,
            Documents.of(list(taken), taken.values(), self.file.name),
            location_of(self.file),
            tuple(self.skipped),
        )
