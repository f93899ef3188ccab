"""Building segments from files and documents, with several processes and little memory.

Files, parts of large files, and documents are collected until they fill a batch. A batch becomes
one segment, in a worker process if there is enough for several, so memory grows with the size of a
batch and the number of processes, not with the collection.

A worker reads its batch and says which documents are in it. Which of them are wanted is decided
here, batch by batch in order: an id may stand in several files, and the first one counts. Then the
worker builds the segment.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from searcher.documents import let_go
from searcher.errors import ArgumentError
from searcher.index.columnar.arrays import Mask
from searcher.index.columnar.merge import Share, merge, opened
from searcher.index.columnar.moved import Moves
from searcher.index.columnar.similarity import SIMILARITY
from searcher.index.columnar.texts import train
from searcher.index.fields import CHANNELS
from searcher.index.garbage import give_back
from searcher.index.pieces import DOCUMENT, Outcome, Piece, read_piece
from searcher.index.prepare import StorableDocument
from searcher.index.worker import (
    BuildBatch,
    BuildDocuments,
    MergeChannels,
    ReadBatch,
    build_segment,
)
from searcher.index.workers import Worker, Workers
from searcher.language import say
from searcher.text import Analyzer

DEFAULT_MEMORY = 512  # megabytes
LEAST_MEMORY = 256

_MEGABYTE = 1 << 20
# What processes take beside the documents, in megabytes, as measured by the benchmarks.
_MAIN_PROCESS = 190
_WORKER = 70
# What building takes for each byte of a batch.
_FACTOR = 30
_SMALLEST_BATCH, _LARGEST_BATCH = 1 << 19, 12 << 20  # bytes
# How much larger than a batch a piece may be that a worker gets, and how much more than was
# expected may come of it, before it is left to this process, which reads it bit by bit.
_LARGER, _MORE = 1.25, 2.5

# The part of a batch's documents up to which they are too few for a segment of their own: where
# most has not changed, a segment of each batch would take longer than reading them all.
_FEW = 0.25

_SMALL_MERGE = (
    16 << 20
)  # bytes of segments, of which a merge is sooner done than two processes start

Decide = Callable[[Piece, Outcome], set[int]]
"""Takes what came of reading a piece; returns the numbers of the documents that are not wanted."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What building may use.

    Attributes:
        jobs: How many processes may cut texts at the same time.
        memory: How much memory all processes may take together, in megabytes.
    """

    jobs: int
    memory: int = DEFAULT_MEMORY

    @classmethod
    def of(cls, jobs: int | None = None, memory: int | None = None) -> "Resources":
        """Check what a caller asks for; None for the machine's cores and for the default.

        Raises:
            ArgumentError: It is not possible.
        """
        if jobs is not None and (not isinstance(jobs, int) or jobs < 1):
            raise ArgumentError(
                say(f"jobs must be 1 or more: {jobs!r}", f"jobs 须为正整数：{jobs!r}")
            )
        if memory is not None and (not isinstance(memory, int) or memory < LEAST_MEMORY):
            raise ArgumentError(
                say(
                    f"memory must be {LEAST_MEMORY} megabytes or more: {memory!r}",
                    f"memory 不能少于 {LEAST_MEMORY} MB：{memory!r}",
                )
            )
        return cls(jobs or _cores(), memory or DEFAULT_MEMORY)

    @property
    def workers(self) -> int:
        """How many worker processes fit into the memory; 0 to do without them."""
        smallest = _WORKER + _SMALLEST_BATCH * _FACTOR // _MEGABYTE
        fitting = (self.memory - _MAIN_PROCESS) // smallest
        return 0 if self.jobs == 1 or fitting < 2 else min(self.jobs, fitting)

    @property
    def batch(self) -> int:
        """How many bytes of records a batch may have."""
        free = self.memory - _MAIN_PROCESS - _WORKER * self.workers
        size = free * _MEGABYTE // _FACTOR // max(self.workers, 1)
        return min(max(size, _SMALLEST_BATCH), _LARGEST_BATCH)


def _cores() -> int:
    import os

    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1


@dataclass(slots=True)
class _Batch:
    """Pieces that a worker has been given, and what came of reading them, once it is known."""

    pieces: list[Piece]
    worker: Worker
    outcomes: list[Outcome] | None = None


class Building:
    """Turns files and documents into segments, in the order in which they are given."""

    def __init__(
        self,
        folder: Path,
        analyzer: Analyzer,
        resources: Resources,
        new_segment: Callable[[], Path],
        dictionary: bytes = b"",
    ) -> None:
        """Begin.

        Args:
            folder: The generation folder, where the analyzer's files are.
            analyzer: The analyzer.
            resources: What may be used.
            new_segment: Gives the path for the next segment.
            dictionary: What to pack the records with, if the index has it already.
        """
        self._folder = folder
        self._analyzer = analyzer
        self._resources = resources
        self._new_segment = new_segment
        self._dictionary = dictionary
        self._full = resources.batch
        self._documents: list[StorableDocument] = []
        self._pieces: list[Piece] = []
        self._decide: Decide = _all_are_wanted
        self._size = 0  # of either
        self._workers: Workers | None = None
        self._undecided: deque[_Batch] = deque()
        self._reading: dict[Worker, _Batch] = {}
        # How many documents the workers have that are to come into a segment with others.
        self._kept: dict[Worker, int] = {}
        self._segments: list[tuple[Path, int]] = []

    @property
    def batch(self) -> int:
        """How many bytes are read and built at once."""
        return self._full

    def begin(self, size: int, decide: Decide) -> None:
        """Get ready to read pieces.

        Args:
            size: How many bytes they have, about.
            decide: Says which documents of a piece are not wanted. It is called for all pieces in
                order, at the latest in ``finish``; several times for a piece that is large.
        """
        self._decide = decide
        if size > self._full:
            self._start_workers()

    def read(self, piece: Piece) -> None:
        """Read a piece and take its documents."""
        if piece.part is not None:
            self._start_workers()  # there are more where this came from
        is_large = piece.size > _LARGER * self._full
        if self._workers is None or is_large or piece.ready is not None:
            self._settle()
            for documents in self._decided(piece):
                for document in documents:
                    self.add(document)
            return
        if self._documents:
            self._dispatch_documents()
        if self._pieces and self._size + piece.size > _LARGER * self._full:
            self._dispatch_pieces()
        self._pieces.append(piece)
        self._size += piece.size
        if self._size >= self._full:
            self._dispatch_pieces()

    def add(self, document: StorableDocument) -> None:
        """Take a document."""
        if self._pieces:
            self._dispatch_pieces()
        self._documents.append(document)
        self._size += len(document.record) + DOCUMENT
        if self._size >= self._full:
            self._dispatch_documents()

    def finish(self) -> list[tuple[Path, int]]:
        """Build what is left; returns the segments since the last time, and their documents."""
        if self._pieces:
            self._dispatch_pieces()
        if self._documents:
            self._dispatch_documents(is_last=True)
        if self._workers is not None:
            self._wait(self._workers)
            for worker, count in self._kept.items():
                self._workers.idle.remove(worker)
                worker.ask(BuildBatch([], self._add_segment(count), self._dictionary))
            self._kept = {}
            self._wait(self._workers)
        segments, self._segments = self._segments, []
        return segments

    def merge(self, sources: list[tuple[Path, Mask | None, Moves]], path: Path) -> int:
        """Merge segments into one, after ``finish``; returns how many documents it has.

        Args:
            sources: The segments, and for each which of its documents are there, if not all, and
                which have moved.
            path: The new segment.
        """
        self._decide = _all_are_wanted  # all is decided, and what decided it knows every document
        size = sum(one.stat().st_size for one, _, _ in sources)
        if self._workers is None or size < _SMALL_MERGE:
            return merge(opened(sources), path, SIMILARITY)
        # Those that have built segments hold memory that they do not need any more, and so does
        # this process.
        self.close()
        give_back()
        workers = self._workers = Workers(self._folder, self._resources.workers)
        pending = {*workers.idle}
        shares = [
            {channel: path.with_name(f"{path.name}.{channel}{number}") for channel in CHANNELS}
            for number in range(len(pending))
        ]
        for number, worker in enumerate(workers.idle):
            share = Share(number, len(shares))
            worker.ask(MergeChannels([one[:2] for one in sources], shares[number], share))

        def wait(channel: str) -> list[Path]:
            while pending:
                worker, _ = workers.next_answer()
                pending.remove(worker)
            return [files[channel] for files in shares]

        try:
            parts = {channel: partial(wait, channel) for channel in CHANNELS}
            return merge(opened(sources), path, SIMILARITY, parts)
        finally:
            for files in shares:
                for file in files.values():
                    file.unlink(missing_ok=True)

    def close(self) -> None:
        """Stop the worker processes. What they have written is left to be swept."""
        if self._workers is not None:
            self._workers.stop()
            self._workers = None

    def _wait(self, workers: Workers) -> None:
        """Wait until no worker has anything to do."""
        while not workers.are_idle:
            self._handle_answer(workers)

    def _wait_for_others(self, workers: Workers) -> None:
        """Wait until no worker has anything to do but one, which was taken."""
        while len(workers.idle) < workers.count - 1:
            self._handle_answer(workers)

    def _settle(self) -> None:
        """Wait until it is decided about all pieces so far."""
        if self._pieces:
            self._dispatch_pieces()
        while self._workers is not None and self._undecided:
            self._handle_answer(self._workers)

    def _start_workers(self) -> None:
        if self._workers is None and self._resources.workers:
            self._workers = Workers(self._folder, self._resources.workers)

    def _decided(self, piece: Piece) -> Iterator[list[StorableDocument]]:
        """Read a piece in this process; the documents that are wanted, a batch at a time."""
        for documents, outcome in read_piece(piece, self._full):
            unwanted = self._decide(piece, outcome)
            numbers = range(len(documents)) if outcome.new is None else outcome.new
            numbered = zip(numbers, documents, strict=True)
            yield [one for number, one in numbered if number not in unwanted]

    def _dispatch_pieces(self) -> None:
        assert self._workers is not None
        pieces, self._pieces, self._size = self._pieces, [], 0
        worker = self._idle_worker(self._workers)
        batch = _Batch(pieces, worker)
        is_first = not self._dictionary and not self._segments and not self._undecided
        self._undecided.append(batch)
        self._reading[worker] = batch
        size = int(_MORE * self._full)
        worker.ask(ReadBatch(pieces, size, is_first))

    def _dispatch_documents(self, *, is_last: bool = False) -> None:
        documents, self._documents, size = self._documents, [], self._size
        self._size = 0
        if not is_last:
            self._start_workers()
        if self._workers is None:
            self._build_here(documents)
            return
        worker = self._idle_worker(self._workers)
        self._train(documents)
        path = self._add_segment(len(documents))
        is_large = size > _LARGER * self._full
        if is_large:  # it takes more than its share: nothing else is built meanwhile
            self._wait_for_others(self._workers)
        worker.ask(BuildDocuments(documents, path, self._dictionary))
        if is_large:
            self._wait(self._workers)

    def _build_here(self, documents: list[StorableDocument]) -> None:
        let_go()  # building takes what reading took
        self._train(documents)
        path = self._add_segment(len(documents))
        build_segment(documents, self._analyzer, self._dictionary, path)

    def _train(self, documents: list[StorableDocument]) -> None:
        if not self._dictionary:
            self._dictionary = train([document.record for document in documents])

    def _add_segment(self, documents: int) -> Path:
        path = self._new_segment()
        self._segments.append((path, documents))
        return path

    def _idle_worker(self, workers: Workers) -> Worker:
        while not workers.idle:
            self._handle_answer(workers)
        return workers.idle.pop()

    def _handle_answer(self, workers: Workers) -> None:
        worker, answer = workers.next_answer()
        if answer is None:
            workers.idle.append(worker)
            return
        batch = self._reading.pop(worker)
        batch.outcomes = answer.outcomes
        self._dictionary = self._dictionary or answer.dictionary
        while self._undecided:
            outcomes = self._undecided[0].outcomes
            if outcomes is None:
                break
            self._decide_batch(self._undecided.popleft(), outcomes)

    def _decide_batch(self, batch: _Batch, outcomes: list[Outcome]) -> None:
        unwanted: list[set[int]] = []
        count = total = 0
        for piece, outcome in zip(batch.pieces, outcomes, strict=False):
            if outcome.is_last:
                unwanted.append(self._decide(piece, outcome))
                count += len(outcome.ids) - len(unwanted[-1])
                total += len(outcome.ids)
        count += self._kept.pop(batch.worker, 0)
        path = None
        if count > _FEW * total:
            path = self._add_segment(count)
        elif count:
            self._kept[batch.worker] = count
        batch.worker.ask(BuildBatch(unwanted, path, self._dictionary))
        # Where more came of a piece than anybody would expect of its size, the worker has stopped.
        for piece in batch.pieces[len(unwanted) :]:
            for documents in self._decided(piece):
                if documents:
                    self._build_here(documents)


def _all_are_wanted(piece: Piece, outcome: Outcome) -> set[int]:
    return set()
