"""Writing a real file, and reading what is in it the way an index does."""

from pathlib import Path

from searcher.documents import Document, Skipped, SourceFile, read, walk


def read_all(folder: Path, name: str, content: str | bytes) -> list[Document | Skipped]:
    """Write a file below a folder and read it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    file = next(found for found in walk([folder]) if found.name == name)
    assert isinstance(file, SourceFile)
    return list(read(file))


def read_one(folder: Path, name: str, content: str | bytes) -> Document:
    """Write a file that is one document and read it."""
    (document,) = read_all(folder, name, content)
    assert isinstance(document, Document)
    return document


def documents(found: list[Document | Skipped]) -> list[Document]:
    """What could be read."""
    return [item for item in found if isinstance(item, Document)]


def skipped(found: list[Document | Skipped]) -> list[Skipped]:
    """What could not."""
    return [item for item in found if isinstance(item, Skipped)]
