"""Merging segments, column by column.

What is needed of memory does not grow with the segments, but for some bytes a document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path
from typing import NamedTuple

from searcher.index.columnar.arrays import (
    Bytes,
    Floats,
    Lengths,
    Mask,
    Shorts,
    Unsigned,
)
from searcher.index.columnar.build import ChannelWriter, ListEncoder, write_values
from searcher.index.columnar.container import Container, ContainerWriter, DamagedFile
from searcher.index.columnar.fieldmerge import GONE, MergedField
from searcher.index.columnar.ids import IdColumn
from searcher.index.columnar.moved import Moves
from searcher.index.columnar.numbers import write_dates
from searcher.index.columnar.postings import PostingLists
from searcher.index.columnar.segment import ColumnarSegment, length_names
from searcher.index.columnar.similarity import Similarity
from searcher.index.columnar.spooling import TermSpool
from searcher.index.columnar.symbols import Symbols
from searcher.index.columnar.terms import FieldTerms, to_term
from searcher.index.columnar.texts import TRAIN_FROM, TextPacker, train
from searcher.index.fields import CHANNELS, PATH, VALUE_FIELDS
from searcher.index.garbage import give_back
from searcher.language import say
from searcher.lazy import np

_COPY = 1 << 20  # bytes to copy at once
_PIECE = 1 << 16  # numbers to change at once
_SAMPLE = 8 << 20  # bytes of texts, of which a table of symbols is made


@dataclass(frozen=True, slots=True)
class Source:
    """A segment to merge.

    Attributes:
        segment: The segment.
        live: For each document whether it is there, not deleted; None if all are.
    """

    segment: ColumnarSegment
    live: Mask | None = None

    @property
    def count(self) -> int:
        """The number of documents that are there."""
        return self.segment.capacity if self.live is None else int(self.live.sum())


def opened(segments: Iterable[tuple[Path, Mask | None, Moves]]) -> list[Source]:
    """Segments to merge: for each which documents are there, if not all, and which have moved."""
    sources: list[Source] = []
    for path, live, moved in segments:
        sources.append(Source(ColumnarSegment(path, moved), live))
        sources[-1].segment.container.release()  # opening hundreds touches pages of each
    return sources


class Share(NamedTuple):
    """Which part of the terms of a channel is merged: the ``number``-th, from 0, of so many."""

    number: int = 0
    of: int = 1


Parts = Mapping[str, Callable[[], Sequence[Path]]]
"""For channels that are merged elsewhere: waits for the files of all shares, and gives them."""

_ALL = Share()


def merge(
    sources: Sequence[Source], path: Path, similarity: Similarity, parts: Parts | None = None
) -> int:
    """Write one segment with the documents of several, in their order; returns how many it has.

    Raises:
        DamagedFile: One of them is damaged: that must not be handed on as if it were right.
    """
    for source in sources:
        source.segment.container.check()
        source.segment.container.release()
    parts = parts or {}
    documents = sum(source.count for source in sources)
    with ContainerWriter(path) as writer:
        channels = _channels(writer, sources, similarity, CHANNELS)
        maps = list(_document_maps(sources))
        for channel in CHANNELS:
            if channel not in parts:
                _merge_field(writer, channel, sources, maps, channels.encoder(channel))
        values = ListEncoder(documents, _full)
        for name in VALUE_FIELDS:
            if name == PATH and any(source.segment.moved for source in sources):
                _merge_paths(writer, sources, maps, documents)
            else:
                _merge_field(writer, name, sources, maps, values)
        texts = _merge_texts(writer, sources)
        if parts:  # there is much of it
            give_back()
        ids = _ids(sources, maps)
        del maps  # of all documents, as what puts the ids in order is
        ids.write(writer)
        del ids
        dates = {
            name: write_dates(writer, name, column)
            for name, column in ((name, _dates(sources, name)) for name in ("instant", "zone"))
        }
        # They have had all this time.
        for channel, wait in parts.items():
            _take_channel(writer, channel, wait())
        writer.finish({**channels.meta(), "dates": dates, "texts": texts})
    return documents


def merge_channel(
    sources: Sequence[Source],
    path: Path,
    similarity: Similarity,
    channel: str,
    share: Share = _ALL,
) -> None:
    """Write what ``merge`` would of one channel, or a share of it, in a file of its own.

    Whether the sources are damaged is left to ``merge`` to find out.
    """
    with ContainerWriter(path) as writer:
        encoder = _channels(writer, sources, similarity, [channel]).encoder(channel)
        _merge_field(writer, channel, sources, list(_document_maps(sources)), encoder, share)
        writer.finish({})


def _channels(
    writer: ContainerWriter,
    sources: Sequence[Source],
    similarity: Similarity,
    channels: Sequence[str],
) -> ChannelWriter:
    # In the type that holds all of them, which may be that of one number in a million.
    lengths = {
        name: np.concatenate([_kept(source, source.segment.lengths(name)) for source in sources])
        for name in length_names(channels)
    }
    for source in sources:
        source.segment.container.release()
    documents = sum(source.count for source in sources)
    return ChannelWriter(writer, documents, lengths, similarity)


def _some(numbers: Unsigned) -> Iterator[Unsigned]:
    """Numbers, some at a time: a copy of all would be as large as all terms."""
    for at in range(0, numbers.size, _PIECE):
        yield numbers[at : at + _PIECE]


def _take_channel(writer: ContainerWriter, channel: str, paths: Sequence[Path]) -> None:
    """Join the shares of a channel: what ``write_terms`` would write of all of them."""
    containers = [Container(path) for path in paths]
    terms = [FieldTerms(container, channel) for container in containers]
    sizes = [container.size(f"{channel}.postings") for container in containers]
    # Where the lists and tails of each share begin, and where the last ones end.
    lists = [0, *accumulate(sizes)]
    tails = [0, *accumulate(len(one.tails) for one in terms)]

    def joined(section: str) -> Iterator[memoryview]:
        for container in containers:
            yield from _pieces(container, f"{channel}.{section}")

    def starts(width: str) -> Iterator[Unsigned]:
        for container, one, first in zip(containers, terms, lists, strict=False):
            for some in _some(one.starts):
                yield (some.astype(np.int64) + first).astype(width)
            container.release()

    def tail_starts() -> Iterator[Unsigned]:
        yield np.zeros(1, "<u4")
        for one, first in zip(terms, tails, strict=False):
            own = np.zeros(len(one) + 1, "<u4") if one.tail_starts is None else one.tail_starts
            for some in _some(own[1:]):
                yield (some + np.uint32(first)).astype("<u4")

    writer.add(f"{channel}.postings", joined("postings"))
    writer.add(f"{channel}.keys", joined("keys"))
    largest = max(int(one.max(initial=0)) for one in starts("<u8")) if any(map(len, terms)) else 0
    writer.add(f"{channel}.starts", starts("<u4" if largest < 1 << 32 else "<u8"))
    if tails[-1]:
        writer.add(f"{channel}.tail_starts", tail_starts())
        writer.add(f"{channel}.tails", (one.tails for one in terms))


def _pieces(container: Container, name: str) -> Iterator[memoryview]:
    """A section, of which only a piece is in memory."""
    section = container.section(name)
    for first in range(0, len(section), _COPY):
        yield section[first : first + _COPY]
        container.release()


def _document_maps(sources: Sequence[Source]) -> Iterator[Shorts]:
    """For each segment the new number of each document; ``GONE`` for deleted ones."""
    first = 0
    for source in sources:
        numbers = np.arange(first, first + source.segment.capacity, dtype=np.int32)
        if source.live is not None:
            numbers = np.cumsum(source.live, dtype=np.int32) + np.int32(first - 1)
            numbers[~source.live] = GONE
        first += source.count
        yield numbers


def _kept(source: Source, column: Lengths) -> Lengths:
    return column if source.live is None else column[source.live]


def _merge_field(
    writer: ContainerWriter,
    name: str,
    sources: Sequence[Source],
    maps: Sequence[Shorts],
    encoder: ListEncoder,
    share: Share = _ALL,
) -> None:
    fields = [source.segment.field(name) for source in sources]
    with TermSpool(writer.path.parent) as spool:
        merged = MergedField(fields, maps, encoder, spool)
        writer.add(f"{name}.postings", merged.chunks(*share))
        spool.write(writer, name)


def _full(lists: PostingLists) -> Bytes:
    """Whole values are not ranked by how often a document has them."""
    return np.full(lists.documents.size, 255, np.uint8)


def _merge_paths(
    writer: ContainerWriter, sources: Sequence[Source], maps: Sequence[Shorts], documents: int
) -> None:
    """The paths, where some documents have moved: these are not in the order of documents."""
    merged: dict[str, list[int]] = {}
    for source, map_ in zip(sources, maps, strict=True):
        terms, owners, numbers = source.segment.values(PATH)
        names = [to_term(term) for term in terms]
        for owner, number in zip(owners.tolist(), map_[numbers].tolist(), strict=True):
            if number != GONE:
                merged.setdefault(names[owner], []).append(number)
    write_values(writer, PATH, merged, documents)


def _merge_texts(writer: ContainerWriter, sources: Sequence[Source]) -> dict[str, object]:
    """Records are copied as they are where they have the table of symbols of most of them."""
    largest = max(
        sources, key=lambda source: (len(source.segment.texts.symbols.data) > 0, source.count)
    )
    symbols = largest.segment.texts.symbols
    if not symbols.data:  # an index that grew by small commits
        symbols = Symbols(_table(sources))
    packer = TextPacker(symbols)
    return packer.write(writer, _packed(packer, sources))


def _table(sources: Sequence[Source]) -> bytes:
    """A table of symbols, made of documents from all parts of the sources; empty for few."""
    size = sum(source.segment.texts.size for source in sources)
    if size < TRAIN_FROM:
        return b""
    some = islice(_every_document(sources), 0, None, max(1, size // _SAMPLE))
    return train([segment.stored(number) for segment, number in some])


def _every_document(sources: Sequence[Source]) -> Iterator[tuple[ColumnarSegment, int]]:
    for source in sources:
        yield from ((source.segment, number) for number in range(source.segment.capacity))
        source.segment.container.release()


class _MovedRests(Mapping[int, str]):
    """The rests of the documents of a segment that have moved, each made when it is asked for."""

    def __init__(self, segment: ColumnarSegment) -> None:
        self._segment = segment

    def __getitem__(self, document: int) -> str:
        moved = self._segment.moved_to(document)
        if moved is None:
            raise KeyError(document)
        return self._segment.moved_rest(document, moved)

    def __iter__(self) -> Iterator[int]:
        return iter(self._segment.moved.numbers().tolist() if self._segment.moved else ())

    def __len__(self) -> int:
        return len(self._segment.moved)


def _packed(packer: TextPacker, sources: Sequence[Source]) -> Iterator[bytes]:
    for source in sources:
        segment = source.segment
        yield from segment.texts.copy_to(packer, source.live, _MovedRests(segment))
        source.segment.container.release()
    yield from packer.finish()


def _ids(sources: Sequence[Source], maps: Sequence[Shorts]) -> IdColumn:
    data: Bytes = np.empty(sum(one.segment.container.size("ids") for one in sources), np.uint8)
    sizes: Unsigned = np.empty(sum(source.count for source in sources), np.uint32)
    parts: list[Unsigned] | None = [] if not any(one.segment.moved for one in sources) else None
    end = count = 0
    for source, map_ in zip(sources, maps, strict=True):
        own, lengths = _own_ids(source)
        if end + own.size > data.size:  # some have longer ids since they moved
            data = np.append(data[:end], np.empty(end + own.size, np.uint8))
        data[end : end + own.size] = own
        sizes[count : count + lengths.size] = lengths
        end, count = end + own.size, count + lengths.size
        if parts is not None:
            order = map_[_id_order(source.segment)]
            parts.append(order[order != GONE].astype(np.uint32))
        source.segment.container.release()
    return IdColumn(data[:end], sizes, parts)


def _id_order(segment: ColumnarSegment) -> Unsigned:
    """The documents in order of their ids, each once."""
    order = segment.id_order()
    is_there = np.zeros(segment.capacity, np.bool_)
    if order.max(initial=0) < segment.capacity:
        is_there[order] = True
    if not is_there.all():
        raise DamagedFile(say("the order of the ids is damaged", "id 的次序已损坏"))
    return order


def _own_ids(source: Source) -> tuple[Bytes, Lengths]:
    """The ids of a segment, as they are now, and their sizes."""
    segment = source.segment
    if segment.moved:
        numbers = range(segment.capacity) if source.live is None else _numbers(source.live)
        ids = [segment.id(number) for number in numbers]
        sizes = np.array([len(one) for one in ids], np.uint32)
        return np.frombuffer(b"".join(ids), np.uint8), sizes
    own, lengths = segment.texts.ids()
    if source.live is not None:
        own, lengths = own[np.repeat(source.live, lengths)], lengths[source.live]
    return own, lengths


def _numbers(live: Mask) -> list[int]:
    return np.flatnonzero(live).tolist()


def _dates(sources: Sequence[Source], name: str) -> Floats:
    dates = np.empty(sum(source.count for source in sources))
    first = 0
    for source in sources:
        column = source.segment.date_column(name).values()
        end = first + source.count
        dates[first:end] = column if source.live is None else column[source.live]
        first = end
    return dates
