"""One file → its documents."""

import io
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from searcher.documents.model import Document, Skipped, SourceFile
from searcher.documents.walking import not_a_file, os_reason
from searcher.errors import DocumentError


def read(file: SourceFile) -> Iterator[Document | Skipped]:
    """Read the documents of a file, one after the other.

    What the file is, is found out by its content; its name only decides where that leaves a
    choice. A record that cannot be read is given as `Skipped`, and the rest is read.

    Raises:
        DocumentError: The file cannot be read, or not any further; the message says why, and
            where in the file, but not in which.
    """
    try:
        if not stat.S_ISREG(file.location.stat().st_mode):
            raise DocumentError(not_a_file())  # opening a pipe would wait for a writer
        with file.location.open("rb") as stream:
            yield from _documents(stream, file.name, file.size, file.location)
    except OSError as error:
        raise DocumentError(os_reason(error)) from error


def load(file: SourceFile) -> bytes:
    """The bytes of a file as it is on the disk.

    Raises:
        DocumentError: It cannot be read.
    """
    try:
        if not stat.S_ISREG(file.location.stat().st_mode):
            raise DocumentError(not_a_file())
        return file.location.read_bytes()
    except OSError as error:
        raise DocumentError(os_reason(error)) from error


def let_go() -> None:
    """Give back the memory of what helps with reading, until something is read again."""
    pdf = sys.modules.get("searcher.documents.formats.pdf")
    if pdf is not None:
        pdf.stop()


def read_bytes(data: bytes, name: str) -> Iterator[Document | Skipped]:
    """Read the documents of a file that is in memory; `name` is what `walk` would call it.

    Raises:
        DocumentError: As for `read`.
    """
    yield from _documents(io.BytesIO(data), name, len(data))


def _documents(
    stream: io.BufferedIOBase, name: str, size: int, location: Path | None = None
) -> Iterator[Document | Skipped]:
    from searcher.documents.packed import File
    from searcher.documents.registry import documents

    yield from documents(File(stream, name, size, location=location))
