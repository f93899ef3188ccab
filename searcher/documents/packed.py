"""The bytes of one file as they are read: unpacked where it is gzip, bzip2 or xz."""

import io
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from searcher.documents import limits
from searcher.documents.limits import Allowance
from searcher.errors import DocumentError
from searcher.language import say
from searcher.reasons import library_reason

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD = 1 << 16  # bytes that are looked at to find out what a file is
_CHUNK = 1 << 16  # bytes
_BUFFER = 1 << 18  # bytes
_MAGIC = ((b"\x1f\x8b\x08", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"))
_ENDINGS = (".gz", ".bz2", ".xz")


class File:
    """One file, or one member of an archive.

    Attributes:
        name: The file's name as `walk` gave it, by which its documents are known.
        inner_name: The name of what is in it: ``a.jsonl`` for ``a.jsonl.gz``.
        ending: The ending of the inner name, in lower case with its dot, or nothing.
        packing: What it is packed with (``gzip``, ``bzip2``, ``xz``), or nothing.
        head: What it begins with, unpacked.
        is_whole: Whether `head` is all of it.
        stream: What comes behind the head.
        size: How large it is as it is packed, in bytes.
        allowance: How far it may expand.
        location: Where it is on this machine; None for what is in memory or in an archive.
        depth: In how many archives it is.
    """

    def __init__(
        self,
        stream: io.BufferedIOBase,
        name: str,
        size: int,
        *,
        location: Path | None = None,
        allowance: Allowance | None = None,
        depth: int = 0,
    ) -> None:
        """Look at the beginning of a file of so many bytes.

        Raises:
            DocumentError: It is packed, and damaged.
        """
        self.name, self.size, self.location, self.depth = name, size, location, depth
        self.inner_name = name
        for ending in _ENDINGS:
            if name.lower().endswith(ending):
                self.inner_name = name[: -len(ending)]
        self.ending = PurePosixPath(self.inner_name).suffix.lower()
        self.allowance = allowance or Allowance(size)
        self.stream = stream
        self.head = read_up_to(stream, HEAD)
        self.packing = next((kind for magic, kind in _MAGIC if self.head.startswith(magic)), "")
        if self.packing:
            unpacking = _Unpacking(self.head, stream, self.packing, self.allowance)
            self.stream = io.BufferedReader(unpacking, _BUFFER)
            self.head = read_up_to(self.stream, HEAD)
        self.is_whole = len(self.head) < HEAD

    def whole(self, limit: int) -> bytes:
        """All of it.

        Raises:
            DocumentError: It is larger than the limit.
        """
        if self.is_whole:
            return self.head
        data = self.head + read_up_to(self.stream, limit + 1 - len(self.head))
        if len(data) > limit:
            size = limit >> 20
            raise limits.TooLarge(
                say(
                    f"larger than {size} MB where it must be read as a whole",
                    f"须整体读入，但超过 {size} MB",
                )
            )
        return data

    def seekable(self) -> io.BufferedIOBase:
        """All of it as a stream in which one can go back and forth.

        Raises:
            DocumentError: It must be held in memory for that, and is too large.
        """
        if not self.packing and not self.depth and self.stream.seekable():
            self.stream.seek(0)
            return self.stream
        return io.BytesIO(self.whole(limits.LARGEST_MEMBER))

    def forward(self) -> io.BufferedIOBase:
        """All of it as a stream that is read once, from the beginning."""
        return io.BufferedReader(_Rejoined(self.head, self.stream), _BUFFER)


def read_up_to(stream: io.BufferedIOBase, size: int) -> bytes:
    """So many bytes, or as many as there are."""
    data = stream.read(size)
    if len(data) == size or not data:
        return data
    parts, left = [data], size - len(data)
    while left > 0 and (data := stream.read(left)):
        parts.append(data)
        left -= len(data)
    return b"".join(parts)


class _Rejoined(io.RawIOBase):
    """A beginning that was read already, and what comes behind it."""

    def __init__(self, head: bytes, stream: io.BufferedIOBase) -> None:
        self._head, self._stream = memoryview(head), stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        data: bytes | memoryview = self._head[: len(view)]
        if data:
            self._head = self._head[len(data) :]
        else:
            data = self._stream.read(len(view))
        view[: len(data)] = data
        return len(data)


class _Decompressor(Protocol):
    """What the decompressors of bzip2 and xz have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gunzip:
    """The decompressor of gzip, made to look like the others."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


def _decompressor(kind: str) -> _Decompressor:
    if kind == "gzip":
        return _Gunzip()
    if kind == "bzip2":
        import bz2

        return bz2.BZ2Decompressor()
    import lzma

    return lzma.LZMADecompressor(memlimit=limits.XZ_MEMORY)


class _Unpacking(io.RawIOBase):
    """What a packed stream holds, as far as is allowed. It may be several, one behind the other."""

    def __init__(
        self, head: bytes, stream: io.BufferedIOBase, kind: str, allowance: Allowance
    ) -> None:
        self._waiting, self._stream, self._kind, self._allowance = head, stream, kind, allowance
        self._inner = _decompressor(kind)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill a buffer.

        Raises:
            DocumentError: The data is damaged, ends too early or expands too far.
        """
        view = memoryview(buffer).cast("B")
        try:
            data = self._next(len(view))
        except (OSError, ValueError, zlib.error) as error:
            raise self._damaged(error) from error
        except Exception as error:
            # lzma's own error, which is not to be imported for the sake of other files.
            if type(error).__name__ != "LZMAError":
                raise
            raise self._damaged(error) from error
        view[: len(data)] = data
        self._allowance.take(len(data))
        return len(data)

    def _next(self, size: int) -> bytes:
        while True:
            if self._inner.eof:
                waiting = self._inner.unused_data or self._stream.read(_CHUNK)
                waiting = waiting.lstrip(b"\x00")  # what tapes and xz put between
                while not waiting:
                    waiting = self._stream.read(_CHUNK)
                    if not waiting:
                        return b""
                    waiting = waiting.lstrip(b"\x00")
                self._waiting, self._inner = waiting, _decompressor(self._kind)
            data = b""
            if self._waiting or not self._inner.needs_input:
                data, self._waiting = self._waiting, b""
            else:
                data = self._stream.read(_CHUNK)
            unpacked = self._inner.decompress(data, size)
            if unpacked:
                return unpacked
            if not data and not self._inner.eof:
                raise DocumentError(
                    say(f"the {self._kind} data ends too early", f"{self._kind} 数据不完整"),
                    format=self._kind,
                )

    def _damaged(self, error: Exception) -> DocumentError:
        kind, why = self._kind, library_reason(error)
        return DocumentError(
            say(f"damaged {kind} data: {why}", f"{kind} 数据已损坏：{why}"), format=kind
        )
