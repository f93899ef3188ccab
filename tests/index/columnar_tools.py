"""What the tests of the columns share: both engines, and indexes made without any text."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from searcher.index import commits
from searcher.index.columnar.build import ChannelWriter, write_values
from searcher.index.columnar.container import ContainerWriter
from searcher.index.columnar.ids import IdColumn
from searcher.index.columnar.numbers import write_dates
from searcher.index.columnar.postings import PostingLists
from searcher.index.columnar.segment import EXTENSION, length_names
from searcher.index.columnar.similarity import Similarity
from searcher.index.columnar.symbols import Symbols
from searcher.index.columnar.terms import TermList, to_bytes
from searcher.index.columnar.texts import TextPacker
from searcher.index.commits import Commit, SegmentEntry
from searcher.index.fields import CHANNELS, VALUE_FIELDS
from searcher.kernel import load

ENGINES = ("kernel", "numpy")
Integers = npt.NDArray[np.int64]


@contextmanager
def using(engine: str) -> Iterator[None]:
    """Let all rooms use the kernel, or do without it."""
    before = os.environ.pop("SEARCHER_KERNEL", None)
    if engine == "numpy":
        os.environ["SEARCHER_KERNEL"] = "off"
    load.cache_clear()
    try:
        if engine == "kernel" and load("postings") is None:
            missing = pytest.fail if os.environ.get("CI") else pytest.skip
            missing("the kernel was not built")
        yield
    finally:
        os.environ.pop("SEARCHER_KERNEL", None)
        if before is not None:
            os.environ["SEARCHER_KERNEL"] = before
        load.cache_clear()


@dataclass(frozen=True)
class Postings:
    """The postings of a term in a segment: arrays of one length."""

    documents: Integers
    frequencies: Integers
    titles: Integers


def posting_lists(lists: Sequence[Postings]) -> PostingLists:
    """Lists as the encoder takes them."""
    nothing = np.zeros(0, np.int64)
    return PostingLists(
        np.cumsum([0, *(one.documents.size for one in lists)]).astype(np.int64),
        np.concatenate([nothing, *(one.documents for one in lists)]),
        np.concatenate([nothing, *(one.frequencies for one in lists)]),
        np.concatenate([nothing, *(one.titles for one in lists)]),
    )


@dataclass(frozen=True)
class Columns:
    """A segment as numbers.

    Attributes:
        documents: How many documents it has.
        channels: For each channel its terms with their postings.
        lengths: The columns of lengths.
        deleted: The numbers of deleted documents.
    """

    documents: int
    channels: Mapping[str, Mapping[str, Postings]]
    lengths: Mapping[str, Integers]
    deleted: Sequence[int] = field(default=())

    def write(self, path: Path) -> None:
        """Write the file."""
        assert set(self.lengths) == set(length_names())
        with ContainerWriter(path) as writer:
            channels = ChannelWriter(writer, self.documents, self.lengths, Similarity())
            for channel in CHANNELS:
                terms = sorted(
                    (to_bytes(term), one) for term, one in self.channels[channel].items()
                )
                lists = posting_lists([one for _, one in terms])
                channels.write(channel, TermList.of([term for term, _ in terms]), lists)
            for name in VALUE_FIELDS:
                write_values(writer, name, {}, self.documents)
            packer = TextPacker(Symbols.of(b""))
            for _ in range(self.documents):
                packer.add_parts("", "", "")
            texts = packer.write(writer, packer.finish())
            IdColumn.of([b"%d" % number for number in range(self.documents)]).write(writer)
            none = np.full(self.documents, np.nan)
            dates = {name: write_dates(writer, name, none) for name in ("instant", "zone")}
            writer.finish({**channels.meta(), "dates": dates, "texts": texts})


def commit(
    folder: Path, segments: Sequence[tuple[Callable[[Path], None], int, Sequence[int]]]
) -> None:
    """Make an index of segments: what writes each, its documents, the deleted ones."""
    folder.mkdir()
    made: list[SegmentEntry] = []
    for number, (write, documents, deleted) in enumerate(segments):
        name = f"MAIN_{number}"
        write(folder / f"{name}{EXTENSION}")
        made.append(SegmentEntry(name, documents, frozenset(deleted)))
    files = commits.checksums(folder, [f"{one.name}{EXTENSION}" for one in made])
    commits.write(folder, Commit(1, tuple(made), files=files))


def commit_columns(folder: Path, segments: Sequence[Columns]) -> None:
    """The same for segments of numbers."""
    commit(folder, [(one.write, one.documents, one.deleted) for one in segments])
