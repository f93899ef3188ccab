"""Disks that are full, or can only be read."""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SIZE = 48 << 20  # bytes
_FILLER = "filler"


class Disk:
    """A folder on a small disk in memory, where the system lets us make one.

    Elsewhere no file may be larger than what there is room for, which ends writing as well.
    """

    def __init__(self, folder: Path) -> None:
        """Make it in an empty folder."""
        self.folder = folder
        self.is_real = _mount(folder)

    def close(self) -> None:
        """Give its memory back."""
        if self.is_real:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    @contextmanager
    def with_room(self, size: int) -> Iterator[None]:
        """Let there be room for so many bytes only."""
        if not self.is_real:
            with _largest_file(size):
                yield
            return
        gc.collect()  # files that are deleted and mapped take room as well
        filler = self.folder / _FILLER
        free = os.statvfs(self.folder)
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(free.f_bavail * free.f_frsize - size, 1))
        try:
            yield
        finally:
            filler.unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Let nobody write."""
        if self.is_real:
            self._remount("ro")
        else:
            _let_write(self.folder, may=False)
        try:
            yield
        finally:
            if self.is_real:
                self._remount("rw")
            else:
                _let_write(self.folder, may=True)

    def _remount(self, how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(self.folder)], check=True)


def _mount(folder: Path) -> bool:
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "none", str(folder)]
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@contextmanager
def _largest_file(size: int) -> Iterator[None]:
    import resource

    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


def _let_write(folder: Path, *, may: bool) -> None:
    for path in [folder, *folder.rglob("*")]:
        mode = path.stat().st_mode & 0o555
        path.chmod(mode | 0o200 if may else mode)
