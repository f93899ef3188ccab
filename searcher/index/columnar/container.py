"""A file of named sections, mapped into memory.

::

    magic  "searcher" and the version of the form, 4 bytes each ... 16 bytes in all
    sections, each at a multiple of 8 bytes and followed by 8 bytes of padding
    table of contents, JSON in UTF-8: {"meta": …, "sections": {name: [start, size, crc32]}}
    footer, 24 bytes: start and size of the table, its crc32, the magic number of the end
"""

import json
import mmap
import os
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from searcher.language import say

VERSION = 1
_MAGIC = b"searcher" + struct.pack("<II", VERSION, 0)
_FOOTER = struct.Struct("<QII8s")
_END = b"rehcraes"
_ALIGNMENT = 8
_PADDING = bytes(8)
# No table is longer: one of a thousand fields has a tenth of it.
_LONGEST_TABLE = 1 << 24  # bytes
Buffer = bytes | bytearray | memoryview


class DamagedFile(ValueError):
    """A file that is not what it was when it was written."""


class ContainerWriter:
    """Writes a container, section by section. Nothing is valid before ``finish``."""

    def __init__(self, path: Path) -> None:
        """Create the file; an existing one is replaced."""
        self.path = path
        self._file = path.open("wb")
        self._file.write(_MAGIC)
        self._sections: dict[str, tuple[int, int, int]] = {}

    def __enter__(self) -> "ContainerWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, name: str, chunks: Iterable[Any]) -> None:
        """Write a section from objects with a buffer, one after the other."""
        self._file.write(bytes(-self._file.tell() % _ALIGNMENT))
        start = self._file.tell()
        checksum = 0
        for chunk in chunks:
            data = memoryview(chunk).cast("B") if memoryview(chunk).nbytes else b""
            self._file.write(data)
            checksum = zlib.crc32(data, checksum)
        self._sections[name] = (start, self._file.tell() - start, checksum)
        self._file.write(_PADDING)

    def finish(self, meta: dict[str, Any]) -> None:
        """Write the table of contents and make sure that all is on the disk."""
        table = json.dumps(
            {"meta": meta, "sections": self._sections}, ensure_ascii=False, sort_keys=True
        ).encode()
        start = self._file.tell()
        self._file.write(table)
        self._file.write(_FOOTER.pack(start, len(table), zlib.crc32(table), _END))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


class Container:
    """A container opened for reading. Its memory is given back when nothing refers to it."""

    def __init__(self, path: Path) -> None:
        """Map the file and read its table of contents.

        Raises:
            OSError: The file cannot be read.
            DamagedFile: It is not a whole container.
        """
        self.path = path
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < len(_MAGIC) + _FOOTER.size:
                raise DamagedFile(say(f"{path.name} is cut off", f"{path.name} 被截断"))
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.data = memoryview(self._map)
        size = len(self.data)
        start, length, checksum, end = _FOOTER.unpack_from(self.data, size - _FOOTER.size)
        if self.data[: len(_MAGIC)] != _MAGIC or end != _END:
            raise DamagedFile(
                say(
                    f"{path.name} is not a whole file of this version",
                    f"{path.name} 不是这个版本的完整文件",
                )
            )
        table = self.data[start : start + length]
        if (
            start + length + _FOOTER.size != size
            or length > _LONGEST_TABLE
            or zlib.crc32(table) != checksum
        ):
            raise DamagedFile(
                say(f"the table of contents of {path.name} is damaged", f"{path.name} 的目录已损坏")
            )
        self._checksum: int = checksum
        self._end: int = start  # of the sections
        try:
            match json.loads(bytes(table)):
                case {"meta": dict(meta), "sections": dict(sections)}:
                    self.meta: dict[str, Any] = meta
                    self._sections = _checked(sections, start)
                case _:
                    raise ValueError(say("it has another form", "形式不同"))
        except (ValueError, RecursionError) as error:
            raise DamagedFile(
                say(
                    f"the table of contents of {path.name}: {error!r:.100}",
                    f"{path.name} 的目录：{error!r:.100}",
                )
            ) from error

    def __contains__(self, name: str) -> bool:
        return name in self._sections

    def names(self) -> list[str]:
        """The names of all sections."""
        return list(self._sections)

    def section(self, name: str) -> memoryview:
        """The bytes of a section; nothing is copied.

        Raises:
            DamagedFile: There is no such section.
        """
        try:
            start, size, _ = self._sections[name]
        except KeyError:
            raise DamagedFile(
                say(
                    f"{self.path.name} has no section {name!r}",
                    f"{self.path.name} 没有 {name!r} 这一节",
                )
            ) from None
        return self.data[start : start + size]

    def padded(self, name: str) -> memoryview:
        """The bytes of a section and the eight zero bytes behind it.

        Raises:
            DamagedFile: There is no such section.
        """
        section = self.section(name)
        start = self._sections[name][0]
        return self.data[start : start + len(section) + len(_PADDING)]

    def check(self) -> None:
        """Read everything and compare it with what was written.

        Raises:
            DamagedFile: A section is damaged.
        """
        free = len(_MAGIC)
        for name, (start, size, checksum) in sorted(
            self._sections.items(), key=lambda item: item[1]
        ):
            if zlib.crc32(self.section(name)) != checksum:
                raise DamagedFile(
                    say(f"{self.path.name}: {name} is damaged", f"{self.path.name}：{name} 已损坏")
                )
            if any(self.data[free:start]) or any(self.data[start + size :][: len(_PADDING)]):
                raise DamagedFile(
                    say(
                        f"{self.path.name}: there is something beside {name}",
                        f"{self.path.name}：{name} 旁边还有别的内容",
                    )
                )
            free = start + size + len(_PADDING)
        if free != self._end:
            raise DamagedFile(
                say(
                    f"{self.path.name}: there is something behind its sections",
                    f"{self.path.name}：各节之后还有别的内容",
                )
            )

    @property
    def identity(self) -> tuple[int, int]:
        """Its size in bytes, and the checksum of its table of contents, as ``footer_of`` has it."""
        return len(self.data), self._checksum

    def release(self) -> None:
        """Give back the memory of what was read, until it is read again."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def size(self, name: str) -> int:
        """The size of a section in bytes.

        Raises:
            DamagedFile: There is no such section.
        """
        return len(self.section(name))


def _checked(sections: dict[str, Any], end: int) -> dict[str, tuple[int, int, int]]:
    """Sections as the table says, if they lie side by side before its beginning.

    Raises:
        ValueError: They do not.
    """
    checked: dict[str, tuple[int, int, int]] = {}
    for name, place in sections.items():
        match place:
            case [int(start), int(size), int(checksum)]:
                checked[name] = start, size, checksum
            case _:
                raise ValueError(say(f"{name} lies nowhere", f"{name} 没有位置"))
    free = len(_MAGIC)  # from here on
    for start, size, _ in sorted(checked.values()):
        if start < free or start % _ALIGNMENT or size < 0:
            raise ValueError(
                say(f"a section at {start}, of {size} bytes", f"有一节在 {start}，共 {size} 字节")
            )
        free = start + size + len(_PADDING)
    if free > end:
        raise ValueError(say("a section goes beyond the file", "有一节超出了文件"))
    return checked


def footer_of(path: Path) -> tuple[int, int]:
    """The size of a container in bytes and the checksum of its table, which has all others.

    Raises:
        OSError: The file cannot be read.
        DamagedFile: It is not a whole container.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _FOOTER.size))
        footer = file.read()
    if len(footer) < _FOOTER.size:
        raise DamagedFile(say(f"{path.name} is cut off", f"{path.name} 被截断"))
    start, length, checksum, end = _FOOTER.unpack(footer)
    if end != _END or start + length + _FOOTER.size != size:
        raise DamagedFile(
            say(
                f"{path.name} is not a whole file of this version",
                f"{path.name} 不是这个版本的完整文件",
            )
        )
    return size, checksum
