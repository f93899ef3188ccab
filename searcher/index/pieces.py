"""What of the files is read at once, in any process, and what comes of it."""

from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import NamedTuple

from searcher.documents import load, os_reason, read, read_bytes
from searcher.documents.model import Document, Skipped, SourceFile
from searcher.documents.parts import LinesHash, Part, cut, read_part
from searcher.errors import DocumentError
from searcher.index.digests import digest_by_lines, digest_of, digest_of_data
from searcher.index.prepare import StorableDocument, checked, storable
from searcher.language import say

DOCUMENT = 200  # what a document takes beside its text, in bytes
_PACKED_ENDINGS = (".gz", ".tgz", ".bz2", ".xz", ".zip", ".epub", ".docx", ".odt")
MOST_NAMED = 1000
"""Faults of a piece, or of a file, that are named one by one: a few megabytes can have millions."""
_PACKED = 8  # times its own size: what a packed file may hold


class Outcome(NamedTuple):
    """What came of reading a piece, or some of it, beside the documents.

    Attributes:
        ids: The ids of the documents.
        paths: The paths of the documents.
        marks: What tells each from any other, but for its id and path; where lines of the file
            have marks, these are behind them.
        skipped: What could not be read, and how many of the documents come before it.
        failure: Why the piece could not be read, or not any further; empty if it could.
        digest: A hash of the file's content; empty where it is not known.
        is_last: Whether the piece is over.
        format: What it was read as where it could not be read, in a short word.
        new: Where lines are known again: the numbers of the documents that were read. All others
            are as they were in a file of the same name, and are not among the documents.
    """

    ids: list[str]
    paths: list[str | None]
    marks: list[bytes]
    skipped: list[tuple[int, Skipped]]
    failure: str
    digest: str
    is_last: bool
    format: str = ""
    new: list[int] | None = None


class Piece(NamedTuple):
    """A file, or a part of a large one.

    Attributes:
        file: The file.
        part: The part; None for all of the file.
        size: How many bytes its documents may take, about.
        digest: A hash of the file's content, if it is known before.
        is_last: Whether it is the last one of its file.
        ready: What comes of it, where it is read already: the new documents.
    """

    file: SourceFile
    part: Part | None
    size: int
    digest: str = ""
    is_last: bool = True
    ready: tuple[list[StorableDocument], Outcome] | None = None


def pieces_of(file: SourceFile, size: int) -> list[Piece]:
    """A file in pieces that can be read by themselves, of about so many bytes where possible."""
    expected = file.size + DOCUMENT
    if file.name.lower().endswith(_PACKED_ENDINGS):
        expected = max(expected, file.size * _PACKED)
    elif expected > size:
        lines = LinesHash()
        parts = cut(file, size, DOCUMENT, lines)
        if parts:
            digest = digest_by_lines(lines)
            return [
                Piece(
                    file,
                    part,
                    part.end - part.start + DOCUMENT * part.records,
                    digest,
                    part is parts[-1],
                )
                for part in parts
            ]
    return [Piece(file, None, expected)]


def read_piece(piece: Piece, size: int) -> Iterator[tuple[list[StorableDocument], Outcome]]:
    """Read the documents of a piece, about so many bytes of them at a time."""
    if piece.ready is not None:
        yield piece.ready
        return
    documents: list[StorableDocument] = []
    marks: list[bytes] = []
    skipped: list[tuple[int, Skipped]] = []
    taken = faults = 0
    failure, format, digest = "", "", piece.digest
    try:
        found: Iterable[tuple[Document | Skipped, bytes]]
        if piece.part is not None:
            found = read_part(piece.file, piece.part)
        elif piece.file.size < size:
            data = load(piece.file)
            digest = digest_of_data(data)
            found = zip(read_bytes(data, piece.file.name), repeat(b""))
            del data
        else:
            digest = digest or digest_of(piece.file.location)
            found = zip(read(piece.file), repeat(b""))
        for item, line_mark in found:
            document = storable_or_skipped(item, piece.file.name)
            if isinstance(document, Skipped):
                faults += 1
                if faults <= MOST_NAMED:
                    skipped.append((len(documents), document))
                continue
            documents.append(document)
            marks.append(document.mark + line_mark)
            taken += len(document.record) + DOCUMENT
            if taken >= size:
                yield documents, _outcome(documents, marks, skipped, digest=digest)
                documents, marks, skipped, taken = [], [], [], 0
    except OSError as error:
        failure = os_reason(error)
    except DocumentError as error:
        failure, format = str(error), error.format
    if faults > MOST_NAMED:
        skipped.append((len(documents), _more(piece.file.name, faults - MOST_NAMED)))
    yield (
        documents,
        _outcome(
            documents, marks, skipped, digest=digest, failure=failure, format=format, is_last=True
        ),
    )


def storable_or_skipped(item: Document | Skipped, file: str) -> StorableDocument | Skipped:
    """What was read, made ready to be stored; why it cannot be, if so.

    Args:
        item: The document.
        file: The name of its file.
    """
    if isinstance(item, Skipped):
        return item
    try:
        return storable(checked(item))
    except DocumentError as error:
        return Skipped(file, str(error), error.format)


def _more(name: str, count: int) -> Skipped:
    return Skipped(
        name,
        say(
            f"{count:,} more of what is in it could not be read, and is not named here",
            f"其中另有 {count:,} 处无法读取，不再逐一列出",
        ),
    )


def _outcome(
    documents: list[StorableDocument],
    marks: list[bytes],
    skipped: list[tuple[int, Skipped]],
    *,
    digest: str,
    failure: str = "",
    format: str = "",
    is_last: bool = False,
) -> Outcome:
    return Outcome(
        [document.id for document in documents],
        [document.path for document in documents],
        marks,
        skipped,
        failure,
        digest,
        is_last,
        format,
    )
