"""Stored documents: a record each, which is unpacked without its neighbours.

::

    texts          record after record, and text_starts says where each lies:
                     size of the title · 2 + how it is kept, 7 bits a byte from the lowest on
                       1: the body begins with the title; its size is in characters
                       0: the codes of the title come first; the size is their number
                     the codes of the body
    rests          what many documents have in common (see ``stored``), and rest_starts
    rest_numbers   the number of the rest of each document (see ``offsets``), the lowest for the
                   one that most of them have; empty if each has its own, in order
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from searcher.index import stored
from searcher.index.columnar import textcache
from searcher.index.columnar.arrays import Bytes, Integers, Lengths, Mask, Unsigned
from searcher.index.columnar.container import Container, ContainerWriter, DamagedFile
from searcher.index.columnar.numbers import number_at
from searcher.index.columnar.offsets import Numbers, Offsets, write_numbers, write_offsets
from searcher.index.columnar.symbols import Symbols, table_of
from searcher.index.columnar.training import frequent_strings
from searcher.kernel import load
from searcher.language import say
from searcher.lazy import np

TRAIN_FROM = 1 << 20  # bytes; fewer texts are not worth a table
_TRAIN_ON = 3 << 20  # characters
_MANY = 400_000  # characters
_TOGETHER = 1 << 18  # characters to encode at once
_CACHED_RESTS = 4096
_STRETCH = 1 << 13  # documents to copy at once
_NUMBERS = 1 << 20  # numbers to change at once
_OWNERS = count()  # numbers for the texts of segments, by which they know theirs in the cache


def train(records: list[bytes]) -> bytes:
    """A table of symbols for documents like these; empty where there are too few of them."""
    total = sum(map(len, records))
    if total < TRAIN_FROM:
        return b""
    import random

    sample: list[str] = []
    rests: set[str] = set()
    size = 0
    # The same documents give the same table.
    for number in random.Random(len(records)).sample(range(len(records)), len(records)):
        title, body, rest = stored.parts(records[number])
        texts = [body] if body.startswith(title) else [title, body]
        if rest not in rests:
            rests.add(rest)
            texts.append(rest)
        sample += texts
        size += sum(map(len, texts))
        if size >= _TRAIN_ON:
            break
    # More is to come where there is much, and what has occurred twice will occur again.
    return table_of(frequent_strings(sample, 2 if size >= _MANY else 4))


class TextPacker:
    """Packs documents into the sections of a segment."""

    def __init__(self, symbols: Symbols) -> None:
        """Take the table to encode texts with."""
        self.symbols = symbols
        self.count = 0  # documents that were given
        self._pending: list[tuple[str, str]] = []
        self._characters = 0
        self._packed: list[bytes] = []
        self._sizes = _Column()
        self._rests: dict[str, int] = {}
        self._rest_numbers = _Column()

    def add(self, record: bytes) -> None:
        """Pack the next document, as ``stored.to_bytes`` has it."""
        self.add_parts(*stored.parts(record))

    def add_parts(self, title: str, body: str, rest: str) -> None:
        """The same in parts."""
        self._pending.append((title, body))
        self._rest_numbers.append(self.rest_number(rest))
        self._characters += len(title) + len(body)
        self.count += 1
        if self._characters >= _TOGETHER:
            self._flush()

    def add_records(self, records: Iterable[bytes], sizes: Unsigned, rests: Integers) -> None:
        """Take documents that were encoded with the same table, as they are.

        Args:
            records: Their records, one after the other, in pieces of any size.
            sizes: The size of each record.
            rests: The number of the rest of each.
        """
        self._flush()
        self._packed += records
        self._sizes.extend(sizes.astype(np.uint32).tobytes())
        self._rest_numbers.extend(rests.astype(np.uint32).tobytes())
        self.count += rests.size

    def rest_number(self, rest: str) -> int:
        """The number of a rest."""
        return self._rests.setdefault(rest, len(self._rests))

    def take(self) -> list[bytes]:
        """The records that were packed since this was last asked."""
        taken, self._packed = self._packed, []
        return taken

    def finish(self) -> list[bytes]:
        """Pack what is left; returns the last records."""
        self._flush()
        return self.take()

    def write(self, writer: ContainerWriter, records: Iterable[bytes]) -> dict[str, object]:
        """Write the sections; returns what the table of contents is to say of them.

        Args:
            writer: The segment's file. The table of symbols is put beside it.
            records: All records, in order; they may still be packed while they are written.
        """
        self.symbols.save(writer.path.parent)
        writer.add("texts", records)
        write_offsets(writer, "text_starts", self._sizes.take())
        numbers = self._rest_numbers.take()
        rests = self._sorted_rests(numbers)
        sizes = array("I")
        writer.add("rests", self._encoded_rests(rests, sizes))
        write_offsets(writer, "rest_starts", np.array(sizes, np.uint32))
        if len(sizes) == numbers.size > 1 and (numbers[1:] == numbers[:-1] + 1).all():
            writer.add("rest_numbers", [])
        else:
            write_numbers(writer, "rest_numbers", numbers)
        return {"symbols": self.symbols.name, "rests": len(sizes)}

    def _sorted_rests(self, numbers: Unsigned) -> list[str]:
        """The rests, those that most documents have first: they get the lowest numbers.

        The numbers of all documents are changed to these.
        They are forgotten here: where all documents differ they take more than all else.
        """
        parts = [numbers[at : at + _NUMBERS] for at in range(0, numbers.size, _NUMBERS)]
        counts = np.zeros(len(self._rests), np.int64)
        for part in parts:
            counts += np.bincount(part, minlength=counts.size)
        order = np.argsort(-counts, kind="stable")
        places = np.empty(order.size, np.uint32)
        places[order] = np.arange(order.size)
        rests = list(self._rests)
        self._rests.clear()
        for part in parts:
            part[:] = places[part]
        return [rests[number] for number in order.tolist()]

    def _encoded_rests(self, rests: list[str], sizes: array[int]) -> Iterator[bytes]:
        """Rests as they are stored; takes them out of the list, and notes their sizes."""
        rests.reverse()
        while rests:
            encoded = self.symbols.encode(rests.pop())
            sizes.append(len(encoded))
            yield encoded

    def _flush(self) -> None:
        if self._pending:
            records, sizes = _encoded(self.symbols, self._pending)
            self._packed.append(records)
            self._sizes.extend(sizes)
            self._pending, self._characters = [], 0


class _Column:
    """Numbers of 32 bits that are collected. One array would be moved whenever it has grown."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._last = array("I")

    def append(self, number: int) -> None:
        self._last.append(number)

    def extend(self, numbers: bytes) -> None:
        self._close()
        self._parts.append(numbers)

    def take(self) -> Unsigned:
        """All of them, which are forgotten here."""
        self._close()
        joined = bytearray().join(self._parts)
        self._parts.clear()
        return np.frombuffer(joined, np.uint32)

    def _close(self) -> None:
        if self._last:
            self._parts.append(self._last.tobytes())
            self._last = array("I")


def _encoded(symbols: Symbols, texts: list[tuple[str, str]]) -> tuple[bytes, bytes]:
    """The records of titles and bodies, and their sizes, four bytes each."""
    if symbols.native is not None:
        records: tuple[bytes, bytes] = symbols.native.encode_records(texts)
        return records
    encoded = [_encoded_one(symbols, title, body) for title, body in texts]
    return b"".join(encoded), array("I", map(len, encoded)).tobytes()


def _encoded_one(symbols: Symbols, title: str, body: str) -> bytes:
    if title and body.startswith(title):
        return _varint(len(title) << 1 | 1) + symbols.encode(body)
    codes = symbols.encode(title)
    return _varint(len(codes) // symbols.unit << 1) + codes + symbols.encode(body)


def _varint(number: int) -> bytes:
    data = bytearray()
    while number >= 0x80:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return bytes(data)


class Texts:
    """The stored documents of a segment."""

    def __init__(self, container: Container, capacity: int) -> None:
        """Take the sections of a segment of so many documents.

        Raises:
            OSError: The table of symbols cannot be read.
            DamagedFile: It is damaged, or the sections do not fit each other.
        """
        file = container.path.name
        match container.meta.get("texts"):
            case {"symbols": str(name), "rests": int(rests)} if 0 <= rests <= capacity:
                pass
            case _:
                raise DamagedFile(
                    say(
                        f"{file}: the description of its texts is damaged",
                        f"{file}：文本的说明已损坏",
                    )
                )
        self.symbols = Symbols.load(container.path.parent, name)
        self._capacity = capacity
        self._texts = container.section("texts")
        self._starts = Offsets(container, "text_starts", capacity)
        self._ids = container.section("ids")
        self._id_starts = Offsets(container, "id_starts", capacity)
        self._rest_texts = container.section("rests")
        self._rest_starts = Offsets(container, "rest_starts", rests)
        numbers = container.section("rest_numbers")
        self._rest_numbers = (
            Numbers(numbers, capacity, f"{file}: rest_numbers") if numbers else None
        )
        self._rests: dict[int, stored.Rest] = {}
        native = load("texts") if self.symbols.native is not None else None
        self._cache = textcache.shared(native)
        self._owner = next(_OWNERS)
        self._native: Any = None
        if native is not None:
            self._native = native.Records(
                self.symbols.native,
                self._cache,
                capacity,
                self._texts,
                self._starts.section,
                self._ids,
                self._id_starts.section,
                numbers,
            )

    @property
    def size(self) -> int:
        """How many bytes the texts take."""
        return len(self._texts)

    def record(self, document: int) -> tuple[str, str, str, stored.Rest]:
        """The id, the title, the body and the rest of a document, as they are in the file.

        Raises:
            ValueError: They are damaged.
        """
        return self._with_rest(*self._get(document))

    def records(self, documents: Sequence[int]) -> list[tuple[str, str, str, stored.Rest]]:
        """The same of several documents, whose texts may be kept in memory.

        Raises:
            ValueError: They are damaged.
        """
        if self._native is not None:
            records: list[tuple[str, str, str, stored.Rest]] = self._native.records(
                documents, self._rests, self._read_rest
            )
            return records
        with_rest = self._with_rest
        return [
            with_rest(self._name(document), title, body, self._rest_number(document))
            for document, (title, body) in zip(documents, self.both(documents), strict=True)
        ]

    def both(self, documents: Sequence[int]) -> list[tuple[str, str]]:
        """The titles and bodies of several documents, which may be kept in memory.

        Raises:
            ValueError: They are damaged.
        """
        if self._native is not None:
            texts: list[tuple[str, str]] = self._native.texts(documents)
            return texts
        kept: list[tuple[str, str]] = self._cache.texts(self._owner, documents, self._parts)
        return kept

    def having(self, documents: Sequence[int], characters: tuple[str, ...]) -> bytes | None:
        """Which documents have each of some Han characters in the title or the body.

        Returns:
            A byte for each document: 1 if it has them, 0 if not, 2 if its folded texts have to be
            looked at; None if there is no kernel to look.

        Args:
            documents: Their numbers.
            characters: Each with all characters that the table folds to it; at most seven.

        Raises:
            ValueError: They are damaged.
        """
        if self._native is None:
            return None
        found: bytes = self._native.having(documents, characters)
        return found

    def _with_rest(
        self, document_id: str, title: str, body: str, number: int
    ) -> tuple[str, str, str, stored.Rest]:
        rest = self._rests.get(number)
        return document_id, title, body, self._read_rest(number) if rest is None else rest

    def _get(self, document: int) -> tuple[str, str, str, int]:
        """The id, the title, the body, and the number of the rest."""
        if self._native is not None:
            found: tuple[str, str, str, int] = self._native.get(document)
            return found
        return (self._name(document), *self._parts(document), self._rest_number(document))

    def _name(self, document: int) -> str:
        return self.id(document).decode("utf-8")

    def parts(self, document: int) -> tuple[str, str, str]:
        """The title, the body and the rest of a document, as the packer takes them.

        Raises:
            ValueError: They are damaged.
        """
        return (*self._parts(document), self.rest(document))

    def rest(self, document: int) -> str:
        """The rest of a document.

        Raises:
            ValueError: It is damaged.
        """
        return self._rest_text(self._rest_number(document))

    def title(self, document: int) -> str:
        """The title of a document.

        Raises:
            ValueError: It is damaged.
        """
        return self._parts(document)[0]

    def id(self, document: int) -> bytes:
        """The id of a document.

        Raises:
            ValueError: It is damaged.
        """
        if self._native is not None:
            found: bytes = self._native.id(document)
            return found
        return bytes(_between(self._ids, *self._id_starts.bounds(document)))

    def place(self, order: memoryview, width: int, document_id: bytes) -> int:
        """The first place in the order of ids with one that is not below an id.

        Args:
            order: The documents in order of their ids, ``width`` bytes each.
            width: So many.
            document_id: The id.

        Raises:
            ValueError: They are damaged.
        """
        if self._native is not None:
            place: int = self._native.place(order, width, document_id)
            return place
        return bisect_left(
            range(self._capacity), document_id, key=lambda at: self.id(number_at(order, width, at))
        )

    def ids(self) -> tuple[Bytes, Unsigned]:
        """All ids, one after the other, not copied, and their sizes.

        Raises:
            DamagedFile: They do not fit each other.
        """
        data, sizes = np.frombuffer(self._ids, np.uint8), self._id_starts.sizes()
        if int(sizes.sum()) != data.size:
            raise DamagedFile(say("the ids do not fit the documents", "id 与文档不符"))
        return data, sizes

    def copy_to(
        self, packer: TextPacker, live: Mask | None, rests: Mapping[int, str]
    ) -> Iterator[bytes]:
        """Have documents packed; yields what was packed by the way.

        Args:
            packer: What packs them.
            live: Which of them to pack; None for all.
            rests: The rests of those that have another one now.

        Raises:
            DamagedFile: They are damaged.
        """
        kept = np.ones(self._capacity, np.bool_) if live is None else live
        if packer.symbols.data != self.symbols.data:
            for document in np.flatnonzero(kept).tolist():
                title, body, rest = self.parts(document)
                packer.add_parts(title, body, rests.get(document, rest))
                yield from packer.take()
            return
        sizes = self._starts.sizes()
        starts = np.zeros(sizes.size + 1, np.int64)
        np.cumsum(sizes, out=starts[1:])
        if starts[-1] != len(self._texts):
            raise DamagedFile(say("the sizes of texts do not fit", "文本的大小不符"))
        if self._rest_numbers is None:
            all_rests: Lengths = np.arange(self._capacity)
        else:
            all_rests = self._rest_numbers.all()
        others = np.zeros(self._capacity, np.bool_)
        others[list(rests)] = True
        for first in range(0, self._capacity, _STRETCH):
            chosen = kept[first : first + _STRETCH]
            # Neighbours that are kept go together.
            edges = np.flatnonzero(np.diff(chosen, prepend=False, append=False)) + first
            bounds = starts[edges].tolist()
            records = [
                bytes(self._texts[start:end])
                for start, end in zip(bounds[::2], bounds[1::2], strict=True)
            ]
            documents = np.flatnonzero(chosen) + first
            renumbered = np.empty(documents.size, np.int64)
            have_other = others[documents]
            numbers, which = np.unique(all_rests[documents[~have_other]], return_inverse=True)
            known = [packer.rest_number(self._rest_text(one)) for one in numbers.tolist()]
            renumbered[~have_other] = np.array(known, np.int64)[which]
            renumbered[have_other] = [
                packer.rest_number(rests[document]) for document in documents[have_other].tolist()
            ]
            packer.add_records(records, sizes[documents], renumbered)
            yield from packer.take()

    def _parts(self, document: int) -> tuple[str, str]:
        if self._native is not None:
            _, title, body, _ = self._get(document)
            return title, body
        data = _between(self._texts, *self._starts.bounds(document))
        head, at = _read_varint(data)
        if head & 1:
            body = self.symbols.decode(data[at:])
            if head >> 1 > len(body):
                raise DamagedFile(say("a stored document is damaged", "保存的文档已损坏"))
            return body[: head >> 1], body
        end = at + self.symbols.unit * (head >> 1)
        if end > len(data):
            raise DamagedFile(say("a stored document is damaged", "保存的文档已损坏"))
        return self.symbols.decode(data[at:end]), self.symbols.decode(data[end:])

    def _rest_number(self, document: int) -> int:
        if self._rest_numbers is None:
            return document
        return self._rest_numbers.sum(document, document + 1)

    def _rest_text(self, number: int) -> str:
        codes = _between(self._rest_texts, *self._rest_starts.bounds(number))
        return self.symbols.decode(codes)

    def _read_rest(self, number: int) -> stored.Rest:
        rest = stored.Rest(self._rest_text(number))
        if len(self._rests) >= _CACHED_RESTS:
            self._rests.clear()
        self._rests[number] = rest
        return rest


def _between(section: memoryview, start: int, end: int) -> memoryview:
    if end > len(section):
        raise DamagedFile(say("the sizes of texts do not fit", "文本的大小不符"))
    return section[start:end]


def _read_varint(data: memoryview) -> tuple[int, int]:
    """A number, and where it ends."""
    number = 0
    for at in range(min(len(data), 5)):
        number |= (data[at] & 0x7F) << 7 * at
        if data[at] < 0x80:
            return number, at + 1
    raise DamagedFile(say("a stored document is damaged", "保存的文档已损坏"))
