"""Where on this machine the files are that documents were read from."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from searcher.api.index import Index


class Location(NamedTuple):
    """Where a document came from.

    Attributes:
        file: The file, as an absolute path. It may have been deleted since.
        is_part: Whether the document is a member of an archive, and the file is the archive.
    """

    file: Path
    is_part: bool


Locate = Callable[[str | None], Location | None]
"""Finds the file by the path that a document has; None for what was read from no file."""


def locator(index: "Index") -> Locate:
    """A function that finds files, by what the index knows now.

    The list of all files is read only where looking below the one folder that was indexed does
    not tell: it takes a while for a hundred thousand.
    """
    return _Locator(index)


class _Locator:
    def __init__(self, index: "Index") -> None:
        self._index = index
        self._roots: list[str] | None = None
        self._files: dict[str, Path] | None = None

    def __call__(self, path: str | None) -> Location | None:
        if not path:
            return None
        if self._roots is None:
            self._roots = self._index._recorded_roots()
        # The names of files below several folders may be others than their paths.
        if self._files is None and len(self._roots) == 1:
            root = Path(self._roots[0])
            found = root if root.name == path and root.is_file() else root / path
            if found.is_file():
                return Location(found, False)
        if self._files is None:
            self._files = self._index._recorded_files()
        name = path
        while name:
            location = self._files.get(name)
            if location is not None:
                return Location(location, name != path)
            name = name.rpartition("/")[0]
        return None
