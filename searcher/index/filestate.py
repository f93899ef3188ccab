"""What has come of a file while it is read."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from searcher.documents.model import Skipped, SourceFile
from searcher.index.before import Before
from searcher.index.contents import CollectedDocuments, Documents
from searcher.index.owners import Owners
from searcher.index.pieces import MOST_NAMED
from searcher.index.planning import READ_AGAIN, location_of
from searcher.index.recorded import FileEntry
from searcher.language import say


@dataclass(slots=True)
class FileState:
    """What has come of a file so far.

    Attributes:
        file: The file.
        before: What was read from a file of this name before.
        known: What its content was known to hold under another name: for each mark the numbers of
            documents, the next one last.
        documents: What was taken of it.
        skipped: What of it was left out.
        unnamed: How much else was, as there is too much to name it all.
        still_there: How many of the documents that were taken it had before.
    """

    file: SourceFile
    changed_ns: int
    before: Before
    known: dict[bytes, list[int]]
    documents: CollectedDocuments = field(init=False)
    skipped: list[Skipped] = field(default_factory=list)
    digest: str = ""
    failure: str = ""
    format: str = ""
    unnamed: int = 0
    still_there: int = 0

    def __post_init__(self) -> None:
        self.documents = CollectedDocuments(self.file.name)

    def skip(self, found: Iterable[Skipped]) -> None:
        """Name what of it is left out, as far as there is not too much of that."""
        for one in found:
            if len(self.skipped) < MOST_NAMED:
                self.skipped.append(one)
            else:
                self.unnamed += 1

    def skip_duplicate(self, document: str, owner: str) -> None:
        """Name a document that is left out, as another file has one with its id."""
        reason = say(
            f"the id {document!r} is that of a document of {owner}",
            f"文档 id {document!r} 与 {owner} 中的文档相同",
        )
        self.skip([Skipped(self.file.name, reason)])
        self.changed_ns = READ_AGAIN  # the other document may go one day

    def end(self) -> None:
        """Say how much there is that was not named."""
        if self.unnamed:
            reason = say(
                f"{self.unnamed:,} more of what is in it was left out, and is not named here",
                f"其中另有 {self.unnamed:,} 处被略过，不再逐一列出",
            )
            self.skipped.append(Skipped(self.file.name, reason, self.format))

    def left(self, owners: Owners) -> list[str]:
        """What the file had before, and no file has had since."""
        if self.still_there == len(self.before):
            return []
        return [one for part in self.before.ids() for one in owners.without(part)]

    def entry(self) -> FileEntry:
        """What the manifest is to say of it."""
        return self._entry(self.documents.packed(), self.changed_ns)

    def entry_so_far(self, owners: Owners) -> FileEntry:
        """The same while it is not decided about all documents that were read from it before.

        Args:
            owners: What other files have.
        """
        left = self.left(owners)
        documents = self.documents.with_others(left, [self.before.mark(one) for one in left])
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
