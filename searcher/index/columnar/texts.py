"""Stored records, compressed in small blocks with a dictionary of what texts have in common.

A block holds the records of consecutive documents until they fill about two kilobytes, so a hit
costs the unpacking of little more than itself. The dictionary, trained on the first texts, makes
up for what small blocks lose.
"""

from __future__ import annotations

import random
import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from searcher.index.columnar.container import Container, ContainerWriter, DamagedFile

if TYPE_CHECKING:
    import zstandard

_BLOCK = 2048  # bytes, before they are compressed
_LEVEL = 3
_DICTIONARY_SIZE = 1 << 16
_TRAIN_FROM = 1 << 20  # bytes; fewer texts are not worth a dictionary
_TRAIN_ON = 8 << 20


def train(records: list[bytes]) -> bytes:
    """A dictionary for records like these; empty where there are too few of them."""
    total = sum(map(len, records))
    if total < _TRAIN_FROM:
        return b""
    import zstandard

    samples: list[bytes | bytearray | memoryview[int]] = [*_blocks(records)]
    count = max(1, len(samples) * _TRAIN_ON // max(total, _TRAIN_ON))
    # The same records give the same dictionary.
    samples = random.Random(len(samples)).sample(samples, count)
    try:
        return zstandard.train_dictionary(_DICTIONARY_SIZE, samples).as_bytes()
    except zstandard.ZstdError:  # texts with nothing in common
        return b""


def _blocks(records: Iterable[bytes]) -> Iterator[bytes]:
    block = bytearray()
    for record in records:
        block += record
        if len(block) >= _BLOCK:
            yield bytes(block)
            block = bytearray()
    if block:
        yield bytes(block)


class TextPacker:
    """Packs records into blocks."""

    def __init__(self, dictionary: bytes) -> None:
        """Take the dictionary; it may be empty."""
        import zstandard

        self.dictionary = dictionary
        data = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
        self._compressor = zstandard.ZstdCompressor(
            level=_LEVEL, dict_data=data, write_checksum=False, write_dict_id=False
        )
        self._pending: list[bytes] = []
        self._size = 0
        self.count = 0  # records that were given
        self._packed: list[bytes] = []
        self._sizes = array("Q")
        self._firsts = array("I")  # the first document of each block

    def add(self, record: bytes) -> None:
        """Pack the record of the next document."""
        if not self._pending:
            self._firsts.append(self.count)
        self._pending.append(record)
        self._size += len(record)
        self.count += 1
        if self._size >= _BLOCK:
            self._flush()

    def add_block(self, block: bytes, documents: int) -> None:
        """Take a block that was packed with the same dictionary, as it is."""
        self._flush()
        self._firsts.append(self.count)
        self._append(block)
        self.count += documents

    def take(self) -> list[bytes]:
        """The blocks that were packed since this was last asked."""
        taken, self._packed = self._packed, []
        return taken

    def finish(self) -> list[bytes]:
        """Pack what is left; returns the last blocks."""
        self._flush()
        return self.take()

    def write(self, writer: ContainerWriter, blocks: Iterable[bytes]) -> None:
        """Write the sections.

        Args:
            writer: The segment's file.
            blocks: All blocks, in order; they may still be packed while they are written.
        """
        writer.add("texts", blocks)
        starts = [0, *accumulate(self._sizes)]
        writer.add("text_starts", [array("Q", starts)])
        writer.add("text_firsts", [self._firsts])
        writer.add("text_dictionary", [self.dictionary])

    def _append(self, block: bytes) -> None:
        self._packed.append(block)
        self._sizes.append(len(block))

    def _flush(self) -> None:
        if not self._pending:
            return
        ends, end = [], 4 * (len(self._pending) + 1)
        for record in self._pending:
            ends.append(end)
            end += len(record)
        ends.append(end)
        raw = struct.pack(f"<{len(ends)}I", *ends) + b"".join(self._pending)
        self._append(self._compressor.compress(raw))
        self._pending = []
        self._size = 0


class Texts:
    """The stored records of a segment."""

    def __init__(self, container: Container, capacity: int) -> None:
        """Take the sections of a segment of so many documents.

        Raises:
            DamagedFile: They do not fit each other.
        """
        self._texts = container.section("texts")
        try:
            self.starts = container.section("text_starts").cast("Q")
            self.firsts = container.section("text_firsts").cast("I")
        except TypeError as error:
            raise DamagedFile(f"{container.path.name}: the texts do not fit") from error
        if len(self.starts) != len(self.firsts) + 1 or (self.firsts and self.firsts[0] != 0):
            raise DamagedFile(f"{container.path.name}: the texts do not fit")
        self._dictionary = container.section("text_dictionary")
        self._capacity = capacity
        self._decompressor: zstandard.ZstdDecompressor | None = None

    @property
    def dictionary(self) -> bytes:
        """The dictionary that the blocks were packed with."""
        return bytes(self._dictionary)

    def record(self, document: int) -> bytes:
        """The record of a document.

        Raises:
            DamagedFile: Its block is damaged.
        """
        at = bisect_right(self.firsts, document) - 1
        raw = self._unpack(at)
        try:
            start, end = _PAIR.unpack_from(raw, 4 * (document - self.firsts[at]))
        except struct.error as error:
            raise DamagedFile(f"a block of texts is damaged: {error}") from error
        return raw[start:end]

    def records(self, at: int) -> list[bytes]:
        """The records of a block.

        Raises:
            DamagedFile: It is damaged.
        """
        raw = self._unpack(at)
        count = self.documents(at)
        try:
            ends = struct.unpack_from(f"<{count + 1}I", raw)
        except struct.error as error:
            raise DamagedFile(f"a block of texts is damaged: {error}") from error
        return [raw[ends[n] : ends[n + 1]] for n in range(count)]

    def documents(self, at: int) -> int:
        """How many documents a block holds.

        Raises:
            DamagedFile: Less than one.
        """
        end = self.firsts[at + 1] if at + 1 < len(self.firsts) else self._capacity
        if end <= self.firsts[at]:
            raise DamagedFile("the blocks of texts are out of order")
        return end - self.firsts[at]

    def is_full(self, at: int) -> bool:
        """Whether a block is as large as it may get. The last one of a segment may be smaller."""
        return at + 1 < len(self.firsts)

    def block(self, at: int) -> bytes:
        """A block as it is packed."""
        return bytes(self._texts[self.starts[at] : self.starts[at + 1]])

    def _unpack(self, at: int) -> bytes:
        import zstandard

        if self._decompressor is None:
            dictionary = bytes(self._dictionary)
            self._decompressor = zstandard.ZstdDecompressor(
                dict_data=zstandard.ZstdCompressionDict(dictionary) if dictionary else None
            )
        try:
            block = self._texts[self.starts[at] : self.starts[at + 1]]
            return self._decompressor.decompress(block)
        except (zstandard.ZstdError, ValueError, MemoryError) as error:
            raise DamagedFile(f"a block of texts is damaged: {error}") from error


_PAIR = struct.Struct("<2I")
