"""The words of a dictionary with their frequencies: one table, mapped into memory.

::

    header        32 bytes: "SRCHWRD1", number of nodes and of words (4 bytes each), a stamp
    frequency     4 bytes for each node; 0 where no word ends
    first child   4 bytes for each node, and one more: the children of node n are the nodes from
                  first[n] up to first[n + 1]
    label         2 bytes for each node: the character that leads to it

It is a trie whose nodes are numbered level by level, so the children of a node are neighbours, in
the order of their characters. The kernel makes the same table and cuts by it
(``searcher/kernel/_text.c``). A table may come from an index that somebody else made, so nothing in
it is believed: every node is looked at whether it lies in the table and behind its parent.
"""

import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property

from searcher.kernel import load
from searcher.language import say
from searcher.text.segmenter import LONGEST_WORD, block_pattern

_HEADER = struct.Struct("=8sII16s")
_MAGIC = b"SRCHWRD1"
_LARGEST_FREQUENCY = (1 << 32) - 1


def make_table(words: Iterable[tuple[str, int]], stamp: str) -> bytes:
    """A table.

    Words that no text is cut into are left out: with other characters than jieba looks for words
    in, of more than 64 characters, or with frequency 0.

    Args:
        words: Different words and their frequencies, in any order.
        stamp: 16 ASCII characters that tell these words from others.

    Raises:
        OverflowError: A frequency has more than 32 bits.
    """
    kernel = load("text")
    if kernel is not None:
        table: bytes = kernel.compile(sorted(words), stamp.encode("ascii"))
        return table
    return _made(words, stamp)


class Words:
    """Words and frequencies, which do not change."""

    def __init__(self, table: bytes | memoryview, stamp: str) -> None:
        """Take a table.

        Args:
            table: Its bytes.
            stamp: What it was made with.

        Raises:
            ValueError: It is none, or one of other words.
        """
        data = memoryview(table)
        if data.nbytes < _HEADER.size:
            raise ValueError(say("it is cut off", "被截断"))
        magic, nodes, words, own_stamp = _HEADER.unpack_from(data)
        if magic != _MAGIC or own_stamp != stamp.encode("ascii"):
            raise ValueError(say("it is no table of these words", "不是这些词的表"))
        if not words < nodes or data.nbytes != _HEADER.size + 4 + 10 * nodes:
            raise ValueError(say("a table of words with wrong sizes", "词表的大小不对"))
        numbers = data[_HEADER.size : -2 * nodes].cast("I")
        self._nodes = nodes
        self._frequencies, self._first = numbers[:nodes], numbers[nodes:]
        self._labels = data[-2 * nodes :].cast("H")

    def items(self) -> Iterator[tuple[str, int]]:
        """All words and their frequencies.

        Raises:
            ValueError: The table is damaged.
        """
        first = self._first.tolist()
        if first[0] != 1 or first[-1] != self._nodes or sorted(first) != first:
            raise ValueError(say("the words are damaged", "词已损坏"))
        # Node by node: what begins each of them is known before.
        strings = [""] * self._nodes
        for node, frequency in enumerate(self._frequencies):
            beginning = strings[node]
            if frequency:
                yield beginning, frequency
            children = range(first[node], first[node + 1])
            if children and (len(beginning) >= LONGEST_WORD or children.start <= node):
                raise ValueError(say("the words are damaged", "词已损坏"))
            for child in children:
                strings[child] = beginning + chr(self._labels[child])

    def frequency(self, word: str) -> int:
        """How frequent the word is; 0 where it is none of these."""
        for length, frequency in self.prefixes(word):
            if length == len(word):
                return frequency
        return 0

    def prefixes(self, text: str) -> Iterator[tuple[int, int]]:
        """The words that ``text`` begins with, shortest first, as (length, frequency)."""
        first, labels, frequencies = self._first, self._labels, self._frequencies
        node = self._roots.get(text[:1], 0)
        for length in range(1, min(len(text), LONGEST_WORD) + 1):
            if not node:
                return
            frequency = frequencies[node]
            if frequency:
                yield length, frequency
            if length < len(text):
                node = self._child(first, labels, node, ord(text[length]))

    def _child(
        self, first: "memoryview[int]", labels: "memoryview[int]", node: int, code: int
    ) -> int:
        """The child of a node that a character leads to; 0 for none."""
        low, high = first[node], first[node + 1]
        if low <= node or high > self._nodes:
            return 0
        at = bisect_left(labels, code, low, max(low, high))
        return at if at < high and labels[at] == code else 0

    @cached_property
    def _roots(self) -> dict[str, int]:
        """The children of the root by their characters."""
        end = min(self._first[1], self._nodes)
        return {chr(self._labels[node]): node for node in range(1, end)}


def _made(words: Iterable[tuple[str, int]], stamp: str) -> bytes:
    """What the kernel makes, without it."""
    is_block = block_pattern().fullmatch
    kept = sorted(
        (word, frequency)
        for word, frequency in words
        if frequency and len(word) <= LONGEST_WORD and is_block(word)
    )
    if any(frequency > _LARGEST_FREQUENCY for _, frequency in kept):
        raise OverflowError(say("a frequency has more than 32 bits", "词频超过 32 位"))
    frequencies, first, labels = array("I"), array("I"), array("H", [0])
    # The words below each node of a level: from where, up to where.
    level = [(0, len(kept))]
    depth = 0
    while level:
        below: list[tuple[int, int]] = []
        for at, end in level:
            first.append(len(labels))
            frequency = 0
            # Of words with one beginning, the beginning itself comes first.
            if at < end and len(kept[at][0]) == depth:
                frequency = kept[at][1]
                at += 1
            frequencies.append(frequency)
            while at < end:
                char, begin = kept[at][0][depth], at
                while at < end and kept[at][0][depth] == char:
                    at += 1
                labels.append(ord(char))
                below.append((begin, at))
        level = below
        depth += 1
    first.append(len(labels))
    header = _HEADER.pack(_MAGIC, len(labels), len(kept), stamp.encode("ascii"))
    return b"".join((header, frequencies.tobytes(), first.tobytes(), labels.tobytes()))
