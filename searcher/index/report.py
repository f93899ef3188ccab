"""What a sync or a rebuild did, and how far it has come."""

from collections.abc import Callable
from dataclasses import dataclass

from searcher.documents.model import Skipped


@dataclass(frozen=True, slots=True)
class Report:
    """What a sync or a rebuild did, in documents.

    Attributes:
        added: Documents that the index did not have.
        updated: Documents that it had otherwise.
        unchanged: Documents that it had just so.
        removed: Documents that it had and that are no longer in the folders.
        skipped: The files and records that could not be read, with the reasons.
        total: How many documents the index now has.
        seconds: How long it took.
    """

    added: int
    updated: int
    unchanged: int
    removed: int
    skipped: tuple[Skipped, ...]
    total: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync or a rebuild has come.

    Attributes:
        done: Bytes of files that are done.
        total: Bytes of all files that were found to be read.
        name: The file that is read now; empty while the segments are written.
    """

    done: int
    total: int
    name: str


ProgressCallback = Callable[[Progress], None]
