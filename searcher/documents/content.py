"""The bytes of one file: unpacked, looked at, decoded whole or line by line."""

import codecs
import io
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from searcher.documents.encoding import decode, decode_line, detect
from searcher.errors import DocumentError
from searcher.language import say

if TYPE_CHECKING:
    from gzip import GzipFile

    from _typeshed import WriteableBuffer

HEAD = 1 << 16  # bytes that are looked at to find out what a file is
# One document, or one record, is held in memory as a whole.
LARGEST_DOCUMENT = 512 << 20  # bytes
# A gzip file may expand to this much, or to so many times its own size where that is more: real
# text does not get near the ratio, a file made to fill the disk is a thousand times its size.
GZIP_LIMIT = 512 << 20  # bytes
GZIP_RATIO = 50

_GZIP_MAGIC = b"\x1f\x8b\x08"
_WIDE = ("utf-16", "utf-32")


class Content:
    """One file's content.

    Attributes:
        name: The file's name as `walk` gave it, by which its documents are known.
        inner_name: The name of what is in it: ``a.jsonl`` for ``a.jsonl.gz``.
        ending: The ending of the inner name, in lower case with its dot, or nothing.
        head: The text that it begins with, as far as it was looked at.
        is_whole: Whether `head` is all of it.
        codec: The name of Python's codec for it.
        is_cut_by_lines: Whether the file can be cut behind any line end: it is not packed, and in
            an encoding in which no other character has that byte.
    """

    def __init__(self, stream: io.BufferedIOBase, name: str, size: int) -> None:
        """Look at the beginning of a file of so many bytes.

        Raises:
            DocumentError: It is empty, or not text in an encoding that is known.
        """
        self.name = name
        self.inner_name = name[:-3] if name.lower().endswith(".gz") else name
        self._stream = stream
        self._bytes = _read_up_to(stream, HEAD)
        is_packed = self._bytes.startswith(_GZIP_MAGIC)
        if is_packed:
            self._stream = _unpacked(stream, max(GZIP_LIMIT, GZIP_RATIO * size))
            self._bytes = _read_up_to(self._stream, HEAD)
        if not self._bytes.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe") and len(self._bytes) < HEAD:
            raise DocumentError(say("an empty file", "空文件"))
        self.ending = PurePosixPath(self.inner_name).suffix.lower()
        self.is_whole = len(self._bytes) < HEAD
        self.codec = detect(self._bytes)
        self.is_cut_by_lines = not is_packed and not self.codec.startswith(_WIDE)
        self.head = self._decoded_head()

    def text(self) -> str:
        """All of it, decoded.

        Raises:
            DocumentError: It is too large, or not text as a whole.
        """
        if self.is_whole:
            data = self._bytes
        else:
            data = self._bytes + self._stream.read(LARGEST_DOCUMENT)
            if len(data) > LARGEST_DOCUMENT:
                raise too_large()
        return decode(data)

    def lines(self) -> Iterator[str]:
        """Its lines with their ends, decoded one by one: it is never in memory as a whole.

        Raises:
            DocumentError: A line is too long.
        """
        if self.codec.startswith(_WIDE):
            yield from io.StringIO(self.text(), newline="\n")
            return
        is_first = True
        for line in self._byte_lines():
            yield line_text(line, self.codec, is_first=is_first)
            is_first = False

    def _byte_lines(self) -> Iterator[bytes]:
        *whole, rest = self._bytes.split(b"\n")
        for line in whole:
            yield line + b"\n"
        line = rest if self.is_whole else rest + self._stream.readline(LARGEST_DOCUMENT)
        while line:
            if len(line) >= LARGEST_DOCUMENT:
                raise too_large()
            yield line
            line = self._stream.readline(LARGEST_DOCUMENT)

    def _decoded_head(self) -> str:
        decoder = codecs.getincrementaldecoder(self.codec)("replace")
        return decoder.decode(self._bytes, self.is_whole).removeprefix("\ufeff")


def line_text(line: bytes, codec: str, *, is_first: bool) -> str:
    """A line of a file, which has no byte order mark."""
    text = decode_line(line, codec)
    return text.removeprefix("\ufeff") if is_first else text


def too_large() -> DocumentError:
    """The error for what does not fit into memory."""
    size = LARGEST_DOCUMENT >> 20
    return DocumentError(say(f"larger than {size} MB for one document", f"单个文档超过 {size} MB"))


def _read_up_to(stream: io.BufferedIOBase, size: int) -> bytes:
    data = stream.read(size)
    while len(data) < size:
        more = stream.read(size - len(data))
        if not more:
            break
        data += more
    return data


def _unpacked(stream: io.BufferedIOBase, limit: int) -> io.BufferedIOBase:
    import gzip

    stream.seek(0)
    packed = gzip.GzipFile(fileobj=stream, mode="rb")
    return io.BufferedReader(_Limited(packed, limit), 1 << 18)


class _Limited(io.RawIOBase):
    """What a gzip file holds, up to a limit."""

    def __init__(self, packed: "GzipFile", limit: int) -> None:
        self._packed, self._left, self._limit = packed, limit, limit

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._packed.close()
        super().close()

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill a buffer.

        Raises:
            DocumentError: The data is damaged, ends too early or expands too far.
        """
        try:
            count = self._packed.readinto(buffer)
        except EOFError as error:
            raise DocumentError(say("the gzip data ends too early", "gzip 数据不完整")) from error
        except (OSError, zlib.error) as error:
            reason = say(f"damaged gzip data: {error}", f"gzip 数据已损坏：{error}")
            raise DocumentError(reason) from error
        self._left -= count
        if self._left < 0:
            size = self._limit >> 20
            raise DocumentError(
                say(f"gzip data that expands to more than {size} MB", f"gzip 解压后超过 {size} MB")
            )
        return count
