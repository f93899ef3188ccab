"""Folders: those to read, and that of an index."""

import os
from collections.abc import Iterable
from contextlib import suppress
from os import PathLike
from pathlib import Path

from searcher.api.arguments import path_of
from searcher.api.dictionary_files import AnyPath
from searcher.cluster.address import is_address
from searcher.errors import ArgumentError
from searcher.language import say


def roots_of(folders: Iterable[AnyPath]) -> list[Path]:
    """The folders to read, which must be given as a list.

    Raises:
        ArgumentError: It is a single path, or something in it is no path.
    """
    if isinstance(folders, (str, PathLike)):
        raise ArgumentError(
            say(
                f"give a list of folders, not a single path: [{str(folders)!r}]",
                f"请给出文件夹的列表，而非单个路径：[{str(folders)!r}]",
            )
        )
    try:
        given = list(folders)
    except TypeError:
        raise ArgumentError(
            say(f"not a list of folders: {folders!r:.80}", f"不是文件夹的列表：{folders!r:.80}")
        ) from None
    return [path_of(folder) for folder in given]


def place_of_index(text: str) -> Path | str:
    """Where an index is by what was typed: a directory, or an address as it stands."""
    return text if is_address(text) else Path(text)


def size_of(folder: Path) -> int:
    """The size of all files of an index in bytes; another process may be deleting some."""
    size = 0
    for parent, _, names in os.walk(folder):  # unlike Path.rglob it passes over what is gone
        for name in names:
            with suppress(FileNotFoundError):
                size += Path(parent, name).stat().st_size
    return size
