"""The terms of a field, in order, and where the postings of each are.

A term is its UTF-8 bytes. The first eight of them, read as a big-endian number, are its *key*: a
pair of characters always fits, so most terms are found by a search for a number in a sorted column
of numbers. What is longer has the rest in a second column, the *tail*. Shorter terms are padded
with zeros, so the characters U+0000 and U+0001 are written as two bytes each (01 01 and 01 02),
which keeps the order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from searcher.index.columnar.arrays import Integers, Keys, Unsigned
from searcher.index.columnar.container import Container, ContainerWriter, DamagedFile
from searcher.kernel import load
from searcher.language import say
from searcher.lazy import np

_KEY_SIZE = 8
_ESCAPED = {0: b"\x01\x01", 1: b"\x01\x02"}


def to_bytes(term: str) -> bytes:
    """A term as it is kept.

    Raises:
        UnicodeEncodeError: It holds half a surrogate pair, which no term does.
    """
    return escape(term.encode("utf-8"))


def to_term(data: bytes) -> str:
    """What ``to_bytes`` was given."""
    return unescape(data).decode("utf-8")


def escape(data: bytes) -> bytes:
    """Any bytes without zeros in them, in the same order."""
    if 0 in data or 1 in data:
        return data.replace(b"\x01", _ESCAPED[1]).replace(b"\x00", _ESCAPED[0])
    return data


def unescape(data: bytes) -> bytes:
    """What ``escape`` was given."""
    if 1 in data:
        return data.replace(_ESCAPED[0], b"\x00").replace(_ESCAPED[1], b"\x01")
    return data


@dataclass(frozen=True, slots=True)
class TermList:
    """Sorted terms.

    Attributes:
        keys: The first eight bytes of each as a number.
        tail_starts: Where the tail of each begins, and where the last one ends; None where no
            term has a tail.
        tails: The tails, one after the other.
    """

    keys: Keys
    tail_starts: Integers | None = None
    tails: bytes = b""

    def __len__(self) -> int:
        return self.keys.size

    def term(self, number: int) -> bytes:
        """The bytes of a term."""
        key = int(self.keys[number]).to_bytes(_KEY_SIZE, "big").rstrip(b"\x00")
        if self.tail_starts is None:
            return key
        return key + self.tails[int(self.tail_starts[number]) : int(self.tail_starts[number + 1])]

    def some(self, first: int, end: int) -> TermList:
        """The terms from number ``first`` up to ``end``."""
        if self.tail_starts is None:
            return TermList(self.keys[first:end])
        starts = self.tail_starts[first : end + 1]
        tails = self.tails[int(starts[0]) : int(starts[-1])]
        return TermList(self.keys[first:end], starts - starts[0], tails)

    def chosen(self, numbers: Integers) -> TermList:
        """The terms with these numbers, in this order."""
        return TermList.of([self.term(number) for number in numbers.tolist()])

    @classmethod
    def of(cls, terms: Sequence[bytes]) -> TermList:
        """The list of escaped terms that are in order."""
        heads = np.array(terms, f"S{_KEY_SIZE}") if terms else np.zeros(0, f"S{_KEY_SIZE}")
        keys = heads.view(">u8").astype(np.uint64)
        tails = [term[_KEY_SIZE:] for term in terms]
        if not any(tails):
            return cls(keys)
        starts = np.zeros(len(terms) + 1, np.int64)
        np.cumsum([len(tail) for tail in tails], out=starts[1:])
        return cls(keys, starts, b"".join(tails))


def sorted_terms(terms: list[str]) -> tuple[TermList, Keys]:
    """Different terms in order, and the place there of each."""
    kernel = load("postings")
    if kernel is not None:
        *columns, places = kernel.sort_terms(terms)
        return kernel_terms(*columns), np.frombuffer(places, np.uint64)
    order = sorted(range(len(terms)), key=terms.__getitem__)
    places = np.empty(len(terms), np.uint64)
    places[np.array(order, np.int64)] = np.arange(len(terms), dtype=np.uint64)
    return TermList.of([to_bytes(terms[number]) for number in order]), places


def kernel_terms(keys: bytes, tail_starts: bytes, tails: bytes) -> TermList:
    """Terms as the kernel gives them."""
    starts = np.frombuffer(tail_starts, np.int64) if tails else None
    return TermList(np.frombuffer(keys, np.uint64), starts, tails)


class FieldTerms:
    """The terms of a field in a segment, mapped into memory."""

    def __init__(self, container: Container, field: str) -> None:
        """Take the sections of a field.

        Raises:
            DamagedFile: They do not fit each other.
        """
        keys, starts = container.section(f"{field}.keys"), container.section(f"{field}.starts")
        size = len(keys) // _KEY_SIZE
        if len(keys) % _KEY_SIZE or len(starts) not in (4 * size, 8 * size):
            raise DamagedFile(
                say(
                    f"{container.path.name}: the terms of {field!r} do not fit",
                    f"{container.path.name}：{field!r} 的词项不符",
                )
            )
        self.raw_keys, self.raw_starts = keys, starts
        self.raw_tail_starts: memoryview | None = None
        self.tails = memoryview(b"")
        if f"{field}.tails" in container:
            self.raw_tail_starts = container.section(f"{field}.tail_starts")
            self.tails = container.section(f"{field}.tails")
            if len(self.raw_tail_starts) != 4 * (size + 1):
                raise DamagedFile(
                    say(
                        f"{container.path.name}: the terms of {field!r} do not fit",
                        f"{container.path.name}：{field!r} 的词项不符",
                    )
                )

    @cached_property
    def keys(self) -> Keys:
        """The first eight bytes of each term as a number."""
        return np.frombuffer(self.raw_keys, "<u8")

    @cached_property
    def starts(self) -> Unsigned:
        """Where the list of each term begins."""
        is_wide = self.raw_keys and len(self.raw_starts) == len(self.raw_keys)
        return np.frombuffer(self.raw_starts, "<u8" if is_wide else "<u4")

    @cached_property
    def tail_starts(self) -> Unsigned | None:
        """Where the tail of each term begins; None where no term has one."""
        if self.raw_tail_starts is None:
            return None
        return np.frombuffer(self.raw_tail_starts, "<u4")

    def __len__(self) -> int:
        return self.keys.size

    def term(self, number: int) -> bytes:
        """The bytes of a term, escaped."""
        return int(self.keys[number]).to_bytes(_KEY_SIZE, "big").rstrip(b"\x00") + self._tail(
            number
        )

    def between(self, first: int, end: int) -> list[bytes]:
        """The terms with the numbers from ``first`` up to ``end``, escaped."""
        heads: list[bytes] = self.keys[first:end].astype(">u8").view(f"S{_KEY_SIZE}").tolist()
        if self.tail_starts is None:
            return heads
        starts = self.tail_starts[first : end + 1].tolist()
        base = starts[0] if starts else 0
        tails = bytes(self.tails[base : starts[-1]]) if starts else b""
        return [
            head + tails[start - base : stop - base]
            for head, start, stop in zip(heads, starts, starts[1:], strict=False)
        ]

    def find(self, term: bytes) -> int | None:
        """The number of a term, escaped; None if the field does not have it."""
        number = self.first(term)
        if number < len(self) and self.term(number) == term:
            return number
        return None

    def first(self, term: bytes) -> int:
        """The number of the first term that is not before the given one."""
        key = np.uint64(int.from_bytes(term[:_KEY_SIZE].ljust(_KEY_SIZE, b"\x00"), "big"))
        low = int(np.searchsorted(self.keys, key))
        tail = term[_KEY_SIZE:]
        if not tail:
            return low
        high = int(np.searchsorted(self.keys, key, side="right"))
        while low < high:
            middle = (low + high) // 2
            if self._tail(middle) < tail:
                low = middle + 1
            else:
                high = middle
        return low

    def with_prefix(self, prefix: bytes) -> Iterator[int]:
        """The numbers of the terms that begin with a prefix, in order."""
        for number in range(self.first(prefix), len(self)):
            if not self.term(number).startswith(prefix):
                return
            yield number

    def prefix_range(self, prefix: bytes) -> tuple[int, int]:
        """The first number of the terms that begin with a prefix of up to 8 bytes, and the end."""
        first = int.from_bytes(prefix.ljust(_KEY_SIZE, b"\x00"), "big")
        last = int.from_bytes(prefix.ljust(_KEY_SIZE, b"\xff"), "big")
        low = np.searchsorted(self.keys, np.uint64(first))
        high = np.searchsorted(self.keys, np.uint64(last), side="right")
        return int(low), int(high)

    def _tail(self, number: int) -> bytes:
        if self.tail_starts is None:
            return b""
        start, end = self.tail_starts[number : number + 2].tolist()
        return bytes(self.tails[start:end])


def write_terms(writer: ContainerWriter, field: str, terms: TermList, starts: Integers) -> None:
    """Write the sections of a field: its terms, and where the postings of each begin."""
    largest = int(starts.max(initial=0))
    writer.add(f"{field}.keys", [terms.keys.astype("<u8")])
    writer.add(f"{field}.starts", [starts.astype("<u4" if largest < 1 << 32 else "<u8")])
    if terms.tail_starts is not None:
        writer.add(f"{field}.tail_starts", [terms.tail_starts.astype("<u4")])
        writer.add(f"{field}.tails", [terms.tails])
