"""Documents on their way into a build: cut and sent here, or by worker processes if they are many.

The first documents wait until the average lengths are known that all are weighed by.
"""

from __future__ import annotations

from queue import SimpleQueue
from types import TracebackType
from typing import Self

from searcher.cluster.bulk import Bulk, to_index
from searcher.cluster.encoding import Averages, CutDocument, LengthSums, cut, encoded
from searcher.cluster.engine import Build, Engine
from searcher.cluster.worker import Lot, Opening, Stored
from searcher.index import stored
from searcher.index.building import Resources
from searcher.index.processes import Process

_PROGRAM = "from searcher.cluster.worker import work; work()"
_SAMPLE = 8 << 20  # characters of documents, of which average lengths are taken
_MANY = 4 << 20  # bytes of documents, from which on worker processes are worth their start
_LOT = 1 << 20  # bytes of documents that a worker gets at once; it sends several times as much
_AHEAD = 2  # lots that a worker has

_Worker = Process[Lot, None]


class Sender:
    """Sends documents to one build. As a context manager it waits until all are taken."""

    def __init__(
        self,
        engine: Engine,
        build: Build,
        part: str,
        run: str,
        resources: Resources,
        averages: Averages | None = None,
    ) -> None:
        """Take where to.

        Args:
            engine: The index.
            build: The build.
            part: The part of the index that the documents are of.
            run: What tells the run that writes from others.
            resources: What may be used.
            averages: What documents are to be weighed by, where the build has no averages yet.
        """
        self._engine, self._build = engine, build
        self._part, self._run = part, run
        self._resources = resources
        self._averages = engine.averages(build)
        if self._averages is None and averages is not None:
            self._averages = engine.agree_on_averages(build, averages)
        self._sample: list[Stored] = []
        self._sample_size = 0
        self._lengths = LengthSums()
        self._bulk = Bulk(engine.connection, build.name)
        self._lot: list[Stored] = []
        self._lot_size = 0
        self._size = 0  # of all documents
        self._workers: list[_Worker] = []
        self._answers: SimpleQueue[tuple[_Worker, Exception | None]] = SimpleQueue()
        self._asked: dict[int, int] = {}  # how many lots each worker has

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.flush()
        finally:
            for worker in self._workers:
                worker.kill()
            for worker in self._workers:
                worker.join()
            self._bulk.__exit__(kind, error, traceback)

    def put(self, document_id: str, record: bytes, mark: bytes) -> None:
        """Insert or replace a document.

        A document may be put twice only with a ``flush`` between.

        Args:
            document_id: Its id.
            record: The document as it is stored on disk.
            mark: What tells it from any other.
        """
        self._size += len(record)
        one = document_id, record, mark
        if self._averages is None:
            self._take_sample(one)
        else:
            self._put(one, self._averages)

    def flush(self) -> None:
        """Wait until all that was put is written; it is not seen yet."""
        self._end_sample()
        if self._lot and self._averages is not None:
            self._hand_over(self._averages)
        while any(self._asked.values()):
            self._take_answer()
        self._bulk.flush()

    def _take_sample(self, one: Stored) -> None:
        document_id, record, mark = one
        whole = stored.document_of(record, document_id)
        # Cut, it takes a hundred times as much memory: it is cut again when it is sent.
        self._lengths.add(cut(whole, mark, self._build.analyzer))
        self._sample.append(one)
        self._sample_size += len(whole.title) + len(whole.body)
        if self._sample_size >= _SAMPLE:
            self._end_sample()

    def _end_sample(self) -> None:
        sample, self._sample, self._sample_size = self._sample, [], 0
        if not sample:
            return
        averages = self._engine.agree_on_averages(self._build, self._lengths.averages())
        self._averages = averages
        for one in sample:
            self._put(one, averages)

    def _put(self, one: Stored, averages: Averages) -> None:
        document_id, record, mark = one
        if not self._workers and (self._size < _MANY or not self._resources.workers):
            document = stored.document_of(record, document_id)
            self._send(cut(document, mark, self._build.analyzer), averages)
            return
        self._lot.append(one)
        self._lot_size += len(record)
        if self._lot_size >= _LOT:
            self._hand_over(averages)

    def _send(self, one: CutDocument, averages: Averages) -> None:
        values = encoded(one, averages, self._build.analyzer)
        values |= {"part": self._part, "run": self._run}
        self._bulk.add(to_index(one.document.id, values))

    def _hand_over(self, averages: Averages) -> None:
        """Give a lot to the worker that has the least to do."""
        lot, self._lot, self._lot_size = self._lot, [], 0
        if not self._workers:
            self._start(averages)
        while min(self._asked.values()) >= _AHEAD:
            self._take_answer()
        worker = min(self._workers, key=lambda one: self._asked[one.pid])
        self._asked[worker.pid] += 1
        worker.ask(Lot(lot))

    def _take_answer(self) -> None:
        worker, answer = self._answers.get()
        self._asked[worker.pid] -= 1
        if isinstance(answer, Exception):
            raise answer

    def _start(self, averages: Averages) -> None:
        opening = Opening(
            self._engine.address,
            self._build.name,
            self._build.folder,
            averages,
            self._part,
            self._run,
        )
        for _ in range(self._resources.workers):
            worker = _Worker(_PROGRAM, opening, self._answers)
            self._workers.append(worker)
            self._asked[worker.pid] = 0
