"""Building a segment from documents, in memory, by sorting integers."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from searcher.index.columnar import grouping, postings
from searcher.index.columnar.arrays import Bytes, Floats, Integers, Keys
from searcher.index.columnar.container import ContainerWriter
from searcher.index.columnar.grouping import OWNER_BITS
from searcher.index.columnar.ids import IdColumn
from searcher.index.columnar.numbers import write_dates, write_lengths
from searcher.index.columnar.postings import PostingLists
from searcher.index.columnar.similarity import (
    FieldLengths,
    Similarity,
    average_length,
    impacts,
    kernel_worth,
)
from searcher.index.columnar.symbols import Symbols
from searcher.index.columnar.terms import TermList, sorted_terms, to_bytes, write_terms
from searcher.index.columnar.texts import TextPacker
from searcher.index.fields import BODY, CHANNELS, GRAMS, TITLE, VALUE_FIELDS, WORDS, length_column
from searcher.kernel import load
from searcher.lazy import np
from searcher.text import Analyzer

_SLICE = 1 << 20  # postings to encode at once


class PreparedDocument(NamedTuple):
    """What a segment keeps of a document.

    Attributes:
        id: Its id.
        record: Its stored form.
        title: Its title, folded.
        body: Its body, folded.
        values: The terms of the fields with whole values.
        instant: Its date in seconds since 1970; NaN for none.
        local: The same as the clock showed it.
    """

    id: str
    record: bytes
    title: str
    body: str
    values: Mapping[str, Iterable[str]]
    instant: float
    local: float


class SegmentBuilder:
    """Collects documents and writes them as one segment."""

    def __init__(self, analyzer: Analyzer, dictionary: bytes = b"") -> None:
        """Take what cuts the texts, and the table of symbols to store them with, if any."""
        self._analyzer = analyzer
        self._packer = TextPacker(Symbols.of(dictionary))
        self._texts: list[str] = []  # the title and the body of each document in turn
        self._vocabulary = analyzer.vocabulary()
        self._words = array("I")
        self._word_counts = array("I")
        self._values: dict[str, dict[str, list[int]]] = {name: {} for name in VALUE_FIELDS}
        self._ids: list[bytes] = []
        self._instants = array("d")
        self._zones = array("d")
        self.characters = 0  # of all texts so far

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, document: PreparedDocument) -> None:
        """Take the next document."""
        number = len(self._ids)
        for text in (document.title, document.body):
            words = self._analyzer.numbers(text, self._vocabulary) if text else b""
            self._words.frombytes(words)
            self._word_counts.append(len(words) // self._words.itemsize)
            self._texts.append(text)
            self.characters += len(text)
        for name, terms in document.values.items():
            for term in terms:
                self._values[name].setdefault(term, []).append(number)
        self._ids.append(document.id.encode("utf-8"))
        self._instants.append(document.instant)
        self._zones.append(document.local - document.instant)
        self._packer.add(document.record)

    def write(self, path: Path, similarity: Similarity) -> None:
        """Write the segment; there must be a document."""
        count = len(self._ids)
        records = self._packer.finish()
        with ContainerWriter(path) as writer:
            lengths: dict[str, Integers] = {}
            word_counts = np.array(self._word_counts, np.int64)
            lengths[length_column(TITLE, WORDS)] = word_counts[0::2]
            lengths[length_column(BODY, WORDS)] = word_counts[1::2]
            occurrences, pairs = grouping.grams(self._texts)
            lengths[length_column(TITLE, GRAMS)] = pairs[0::2]
            lengths[length_column(BODY, GRAMS)] = pairs[1::2]
            channels = ChannelWriter(writer, count, lengths, similarity)
            channels.invert(GRAMS, occurrences, _gram_terms)
            del occurrences
            words, occurrences = self._word_occurrences(word_counts)
            channels.invert(WORDS, occurrences, lambda _: words)
            del occurrences
            for name in VALUE_FIELDS:
                write_values(writer, name, self._values[name], count)
            texts = self._packer.write(writer, records)
            IdColumn.of(self._ids).write(writer)
            dates = {
                "instant": write_dates(writer, "instant", np.array(self._instants)),
                "zone": write_dates(writer, "zone", _filled(np.array(self._zones))),
            }
            writer.finish({**channels.meta(), "dates": dates, "texts": texts})

    def _word_occurrences(self, counts: Integers) -> tuple[TermList, Keys]:
        terms, ranks = sorted_terms(self._vocabulary.terms())
        owners = np.repeat(np.arange(counts.size, dtype=np.uint64), counts)
        occurrences = ranks[np.frombuffer(self._words, np.uint32)] if self._words else owners
        occurrences <<= np.uint64(OWNER_BITS)
        occurrences |= owners
        return terms, occurrences


class ChannelWriter:
    """Writes the channels of a segment: terms, postings with their impacts, lengths."""

    def __init__(
        self,
        writer: ContainerWriter,
        documents: int,
        lengths: Mapping[str, Integers],
        similarity: Similarity,
    ) -> None:
        """Take all columns of lengths and write them."""
        self._writer = writer
        self._documents = documents
        self._similarity = similarity
        self._types = {name: write_lengths(writer, name, lengths[name]) for name in lengths}
        self._fields = {
            name: FieldLengths(column.astype(self._types[name], copy=False), average_length(column))
            for name, column in lengths.items()
        }

    def invert(self, channel: str, occurrences: Keys, terms_of: Callable[[Keys], TermList]) -> None:
        """Write a channel from the occurrences of its terms (see ``grouping``).

        Args:
            channel: The channel.
            occurrences: In the order of the texts; in another order, or other ones, afterwards.
            terms_of: Takes the numbers that terms have in them, ascending; returns the terms.
        """
        kernel = load("postings")
        if kernel is None:
            numbers, lists = grouping.group(occurrences)
            self.write(channel, terms_of(numbers), lists)
            return
        found, blob, starts = kernel.invert(
            occurrences, OWNER_BITS, self._documents, self.encoder(channel).worth
        )
        terms = terms_of(np.frombuffer(found, np.uint64))
        self._writer.add(f"{channel}.postings", [blob])
        write_terms(self._writer, channel, terms, np.frombuffer(starts, np.int64))

    def write(self, channel: str, terms: TermList, lists: PostingLists) -> None:
        """Write a channel whose postings are all in memory."""
        encoder = self.encoder(channel)
        chunks, starts = [], [np.zeros(0, np.int64)]
        first = at = 0
        while first < len(lists):
            limit = int(lists.starts[first]) + _SLICE
            end = int(np.searchsorted(lists.starts, limit, side="right")) - 1
            end = max(end, first + 1)
            blob, offsets = encoder.encode(_slice(lists, first, end))
            chunks.append(blob)
            starts.append(offsets[:-1] + at)
            at += len(blob)
            first = end
        self._writer.add(f"{channel}.postings", chunks)
        write_terms(self._writer, channel, terms, np.concatenate(starts))

    def encoder(self, channel: str) -> ListEncoder:
        """What encodes the posting lists of a channel."""
        title = self._fields[length_column(TITLE, channel)]
        body = self._fields[length_column(BODY, channel)]

        def levels(lists: PostingLists) -> Bytes:
            return impacts(
                self._similarity, title, body, lists.documents, lists.frequencies, lists.titles
            )

        return ListEncoder(self._documents, levels, kernel_worth(self._similarity, title, body))

    def meta(self) -> dict[str, object]:
        """What the table of contents says."""
        similarity = self._similarity
        return {
            "documents": self._documents,
            "similarity": [similarity.k1, similarity.b, similarity.title, similarity.body],
            "totals": {
                name: [int(field.lengths.sum(dtype=np.int64)), int(np.count_nonzero(field.lengths))]
                for name, field in self._fields.items()
            },
            "lengths": self._types,
            "channels": list(CHANNELS),
        }


@dataclass(frozen=True, slots=True)
class ListEncoder:
    """Encodes posting lists of a field.

    Attributes:
        documents: The number of documents of the segment.
        impacts: How much each posting is worth.
        worth: What the kernel finds that out by; None where all are worth the same.
    """

    documents: int
    impacts: Callable[[PostingLists], Bytes]
    worth: tuple[object, ...] | None = None

    def encode(self, lists: PostingLists) -> tuple[bytes, Integers]:
        """The bytes of lists, and where each begins."""
        return postings.encode(lists, self.documents, self.impacts(lists))


def write_values(
    writer: ContainerWriter, field: str, values: Mapping[str, list[int]], documents: int
) -> None:
    """Write a field with whole values: for each value the documents, ascending, that have it."""
    encoded = sorted((to_bytes(term), numbers) for term, numbers in values.items())
    columns = [np.unique(np.array(numbers, np.int64)) for _, numbers in encoded]
    starts = np.zeros(len(columns) + 1, np.int64)
    np.cumsum([column.size for column in columns], out=starts[1:])
    column = np.concatenate([np.zeros(0, np.int64), *columns])
    lists = PostingLists(starts, column, np.ones_like(column), np.zeros_like(column))
    blob, offsets = postings.encode(lists, documents, np.full(column.size, 255, np.uint8))
    writer.add(f"{field}.postings", [blob])
    write_terms(writer, field, TermList.of([term for term, _ in encoded]), offsets[:-1])


def _gram_terms(codes: Keys) -> TermList:
    return TermList(grouping.gram_keys(codes))


def _filled(zones: Floats) -> Floats:
    """The zones with those of documents without a date, which do not matter, made like others."""
    unknown = np.isnan(zones)
    if unknown.any() and not unknown.all():
        zones[unknown] = zones[~unknown][0]
    return zones


def _slice(lists: PostingLists, first: int, end: int) -> PostingLists:
    low, high = int(lists.starts[first]), int(lists.starts[end])
    return PostingLists(
        lists.starts[first : end + 1] - low,
        lists.documents[low:high],
        lists.frequencies[low:high],
        lists.titles[low:high],
    )
