"""Folders that are on disks which may not be there."""

import os
from collections.abc import Mapping
from pathlib import Path

from searcher.errors import DocumentError
from searcher.index.manifest import Manifest
from searcher.language import say

UNKNOWN = 0  # the device of what cannot be looked at


def device_of(path: Path) -> int:
    """The number of the device that a folder is on; 0 if that cannot be found out."""
    try:
        return path.stat().st_dev
    except OSError:
        return UNKNOWN


def is_bare(path: Path, device: int) -> bool:
    """Whether a folder is what is left where a disk was mounted, or is to be.

    Args:
        path: The folder.
        device: What it was on before.
    """
    if device in (UNKNOWN, device_of(path)) or not path.is_dir():
        return False
    try:
        with os.scandir(path) as entries:
            return next(entries, None) is None
    except OSError:
        return True


def check_mounted(roots: Mapping[str, Path], old: Manifest) -> None:
    """See that no folder is empty only because its disk is not there.

    Args:
        roots: The folders by their absolute paths.
        old: What was read from them before.

    Raises:
        DocumentError: One is.
    """
    devices = dict(zip(old.roots, old.devices, strict=True))
    for name, path in roots.items():
        if not is_bare(path, devices.get(name, UNKNOWN)):
            continue
        below = f"{name.rstrip(os.sep)}{os.sep}"
        if not any(entry.location.startswith(below) for entry in old.files.values()):
            continue
        raise DocumentError(
            say(
                f"{path} is empty and on another disk than when it was read last: is its disk "
                "mounted? Nothing was changed. To index it as it is: searcher reindex",
                f"{path} 是空的，且不在上次读取时的磁盘上：磁盘是否已挂载？"
                "什么都没有改动。要按现状建立索引：searcher reindex",
            )
        )
