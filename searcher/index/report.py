"""What a sync or a rebuild did, and how far it has come."""

from collections.abc import Callable
from dataclasses import dataclass

from searcher.documents.model import Skipped


@dataclass(frozen=True, slots=True)
class Change:
    """What would happen to a file.

    Attributes:
        kind: What it is: ``added``, ``updated``, ``removed`` or ``renamed``.
        name: The file's name; that which it had before if it is renamed.
        new_name: The name it has now, if it is renamed.
    """

    kind: str
    name: str
    new_name: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a sync or a rebuild did, in documents.

    Attributes:
        added: Documents that the index did not have.
        updated: Documents that it had otherwise.
        unchanged: Documents that it had just so.
        renamed: Documents whose file has another name now, and that are otherwise the same.
        removed: Documents that it had and that are no longer in the folders.
        skipped: The files and records that could not be read, with the reasons.
        failures: How many were skipped of each format; of those of no known format under "".
        dry_run: Whether this is only what would be done.
        changes: Which files change, if it is only what would be done.
        total: How many documents the index now has.
        seconds: How long it took.
    """

    added: int
    updated: int
    unchanged: int
    renamed: int
    removed: int
    skipped: tuple[Skipped, ...]
    failures: dict[str, int]
    dry_run: bool
    changes: tuple[Change, ...]
    total: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync or a rebuild has come.

    Attributes:
        done: Bytes of files that are done.
        total: Bytes of all files that were found to be read.
        name: The file that is read now; empty while the segments are written.
        documents: How many documents were read.
    """

    done: int
    total: int
    name: str
    documents: int = 0


ProgressCallback = Callable[[Progress], None]
