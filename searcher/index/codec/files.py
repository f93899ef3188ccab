"""Containers in Whoosh's storages."""

import tempfile
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage

from searcher.index.columnar.container import Container, ContainerWriter

POSTINGS = ".postings"


def create_container(storage: Any, name: str) -> ContainerWriter:
    """Create a container; in a storage that is no folder it appears when it is finished."""
    if isinstance(storage, FileStorage):
        return ContainerWriter(Path(storage.folder) / name)
    return _CopiedWriter(storage, name)


def open_container(storage: Any, name: str) -> Container:
    """Open a container; out of a storage that is no folder it is copied.

    Raises:
        OSError: It cannot be read.
        DamagedFile: It is damaged.
    """
    if isinstance(storage, FileStorage):
        return Container(Path(storage.folder) / name)
    # The mapped file stays readable without its name; Windows keeps it till the process ends.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / name
        path.write_bytes(read_file(storage, name))
        return Container(path)


def read_file(storage: Any, name: str) -> bytes:
    """The bytes of a file in a storage."""
    with storage.open_file(name) as file:
        return bytes(file.read(storage.file_length(name)))


class _CopiedWriter(ContainerWriter):
    def __init__(self, storage: Any, name: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._storage = storage
        super().__init__(Path(self._folder.name) / name)

    def finish(self, meta: dict[str, Any]) -> None:
        super().finish(meta)
        with self._storage.create_file(self.path.name) as file:
            file.write(self.path.read_bytes())
        self._folder.cleanup()
