"""What has come of a file while it is read."""

from dataclasses import dataclass, field

from searcher.documents.model import Skipped, SourceFile
from searcher.index.contents import CollectedDocuments, Documents
from searcher.index.manifest import FileEntry
from searcher.index.owners import Owners
from searcher.index.planning import READ_AGAIN, location_of


@dataclass(slots=True)
class FileState:
    """What has come of a file so far.

    Attributes:
        file: The file.
        before: What was read from a file of this name before: the mark of each document.
        known: What its content was known to hold under another name: for each mark the numbers of
            documents, the next one last.
        documents: What was taken of it.
    """

    file: SourceFile
    changed_ns: int
    before: dict[str, bytes]
    known: dict[bytes, list[int]]
    documents: CollectedDocuments = field(init=False)
    skipped: list[Skipped] = field(default_factory=list)
    digest: str = ""
    failure: str = ""
    format: str = ""

    def __post_init__(self) -> None:
        self.documents = CollectedDocuments(self.file.name)

    def entry(self) -> FileEntry:
        """What the manifest is to say of it."""
        return self._entry(self.documents.packed(), self.changed_ns)

    def entry_so_far(self, owners: Owners) -> FileEntry:
        """The same while it is not decided about all documents that were read from it before.

        Args:
            owners: What other files have.
        """
        left = owners.without(self.before)
        documents = self.documents.with_others(left, [self.before[one] for one in left])
        return self._entry(documents, READ_AGAIN)

    def _entry(self, documents: Documents, changed_ns: int) -> FileEntry:
        return FileEntry(
            self.file.size,
            changed_ns,
            self.digest,
            documents,
            location_of(self.file),
            tuple(self.skipped),
        )
