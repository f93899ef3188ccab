"""The text of one file: looked at, decoded whole or line by line."""

import codecs
from collections.abc import Iterator

from searcher.documents import limits
from searcher.documents.encoding import decode, decode_line, detect
from searcher.documents.packed import File, read_up_to
from searcher.errors import DocumentError
from searcher.language import say

_CHUNK = 1 << 18  # bytes
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

    def __init__(self, file: File) -> None:
        """Look at the beginning of a file.

        Raises:
            DocumentError: It is empty, or not text in an encoding that is known.
        """
        self.name, self.inner_name, self.ending = file.name, file.inner_name, file.ending
        self._stream = file.stream
        self._bytes = file.head
        self.is_whole = file.is_whole
        if self.is_whole and not self._bytes.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
            raise DocumentError(say("an empty file", "空文件"))
        self.codec = detect(self._bytes)
        self.is_cut_by_lines = not (file.packing or file.depth or self.codec.startswith(_WIDE))
        self.head = self._decoded_head()

    def text(self) -> str:
        """All of it, decoded.

        Raises:
            TooLarge: It is too large; it can still be read bit by bit.
            DocumentError: It is not text as a whole.
        """
        if not self.is_whole:
            more = limits.LARGEST_DOCUMENT + 1 - len(self._bytes)
            if more > 0:
                self._bytes += read_up_to(self._stream, more)
            if len(self._bytes) > limits.LARGEST_DOCUMENT:
                raise limits.too_large()
            self.is_whole = True
        data, self._bytes = self._bytes, b""
        return decode(data)

    def chunks(self) -> Iterator[str]:
        """All of it, decoded bit by bit. What cannot be decoded is replaced by U+FFFD."""
        decoder = codecs.getincrementaldecoder(self.codec)("replace")
        is_first = True
        for data in self._byte_chunks():
            text = decoder.decode(data)
            yield text.removeprefix("\ufeff") if is_first else text
            is_first = False
        yield decoder.decode(b"", True)

    def lines(self) -> Iterator[str | None]:
        """Its lines with their ends, decoded one by one: it is never in memory as a whole.

        A line that is too long is given as None.
        """
        if self.codec.startswith(_WIDE):
            yield from lines_of(self.chunks())
            return
        is_first = True
        for line in self._byte_lines():
            yield None if line is None else line_text(line, self.codec, is_first=is_first)
            is_first = False

    def _byte_chunks(self) -> Iterator[bytes]:
        data, self._bytes = self._bytes, b""
        for start in range(0, len(data), _CHUNK):
            yield data[start : start + _CHUNK]
        if not self.is_whole:
            del data
            while more := self._stream.read(_CHUNK):
                yield more

    def _byte_lines(self) -> Iterator[bytes | None]:
        data, self._bytes = self._bytes, b""
        start = 0
        while end := data.find(b"\n", start) + 1:
            yield data[start:end]
            start = end
        rest = data[start:]
        del data
        if self.is_whole:
            if rest:
                yield rest
            return
        longest = limits.LARGEST_DOCUMENT
        line = rest + self._stream.readline(max(longest - len(rest), 1))
        while line:
            if len(line) < longest or line.endswith(b"\n"):
                yield line
            else:
                yield None
                while line and not line.endswith(b"\n"):
                    line = self._stream.readline(_CHUNK)
            line = self._stream.readline(longest)

    def _decoded_head(self) -> str:
        decoder = codecs.getincrementaldecoder(self.codec)("replace")
        return decoder.decode(self._bytes, self.is_whole).removeprefix("\ufeff")


def lines_of(chunks: Iterator[str]) -> Iterator[str | None]:
    """The lines of a text with their ends; None for one that is too long."""
    longest = limits.LARGEST_DOCUMENT // 2
    waiting: list[str] = []
    length = 0
    for chunk in chunks:
        start = 0
        while end := chunk.find("\n", start) + 1:
            length += end - start
            yield "".join((*waiting, chunk[start:end])) if length <= longest else None
            waiting.clear()
            start, length = end, 0
        length += len(chunk) - start
        if length <= longest:
            waiting.append(chunk[start:])
        else:
            waiting.clear()
    if length:
        yield "".join(waiting) if length <= longest else None


def line_text(line: bytes, codec: str, *, is_first: bool) -> str:
    """A line of a file, which has no byte order mark."""
    text = decode_line(line, codec)
    return text.removeprefix("\ufeff") if is_first else text
