"""Building segments from a stream of documents, with several processes and little memory.

Documents are collected until they fill a batch. A batch becomes one segment, in a worker process
if there are enough documents for several, so memory grows with the size of a batch and the number
of processes, not with the collection.
"""

import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Semaphore

from searcher.errors import ArgumentError, SearcherError
from searcher.index.columnar.build import SegmentBuilder
from searcher.index.columnar.similarity import Similarity
from searcher.index.columnar.texts import train
from searcher.index.prepare import StorableDocument, prepared
from searcher.language import say
from searcher.text import Analyzer

DEFAULT_MEMORY = 512  # megabytes
LEAST_MEMORY = 256

_MEGABYTE = 1 << 20
# What processes take beside the documents, in megabytes, as measured by the benchmarks.
_MAIN_PROCESS = 150
_WORKER = 70
# What building takes for each byte of a batch.
_FACTOR = 30
_SMALLEST_BATCH, _LARGEST_BATCH = 1 << 19, 12 << 20  # bytes
_DOCUMENT = 200  # what a document takes beside its text, in bytes


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


class Building:
    """Turns documents into segments."""

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
        self._batch: list[StorableDocument] = []
        self._size = 0
        self._full = resources.batch
        self._workers: _Workers | None = None
        self._segments: list[tuple[Path, int]] = []

    def add(self, document: StorableDocument) -> None:
        """Take a document."""
        self._batch.append(document)
        self._size += len(document.record) + _DOCUMENT
        if self._size >= self._full:
            self._dispatch(is_last=False)

    def finish(self) -> list[tuple[Path, int]]:
        """Build what is left; returns the segments and how many documents each has."""
        if self._batch:
            self._dispatch(is_last=True)
        if self._workers is not None:
            self._workers.finish()
        return self._segments

    def cancel(self) -> None:
        """Stop the worker processes. What they have written is left to be swept."""
        if self._workers is not None:
            self._workers.stop()
            self._workers = None

    def _dispatch(self, *, is_last: bool) -> None:
        batch, self._batch, self._size = self._batch, [], 0
        path = self._new_segment()
        self._segments.append((path, len(batch)))
        if not self._dictionary:
            self._dictionary = train([document.record for document in batch])
        count = self._resources.workers
        if self._workers is None and count and not is_last:
            self._workers = _Workers(self._folder, self._dictionary, count)
        if self._workers is not None:
            self._workers.build(batch, path)
        else:
            build_segment(batch, self._analyzer, self._dictionary, path)


def build_segment(
    batch: list[StorableDocument], analyzer: Analyzer, dictionary: bytes, path: Path
) -> None:
    """Write one segment from checked documents."""
    analyzer.prepare()
    builder = SegmentBuilder(analyzer, dictionary)
    batch.reverse()  # so that documents can be let go of from the end
    while batch:
        builder.add(prepared(batch.pop(), analyzer.folding))
    builder.write(path, Similarity())


class _Workers:
    """Worker processes: no copies of this one, so the caller's program is not run again."""

    def __init__(self, folder: Path, dictionary: bytes, count: int) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        try:
            for _ in range(count):
                self._processes.append(_start(folder, dictionary))
        except BaseException:
            for process in self._processes:
                _end(process)
            raise
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        for process in self._processes:
            self._idle.put(process)
        self._threads = ThreadPoolExecutor(count)
        # No batch is made before a worker is free to take it.
        self._free = Semaphore(count)
        self._results: list[Future[None]] = []

    def build(self, batch: list[StorableDocument], path: Path) -> None:
        self._free.acquire()
        self._raise_failures()
        self._results.append(self._threads.submit(self._run, batch, path))

    def finish(self) -> None:
        for result in self._results:
            result.result()
        self.stop()

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for process in self._processes:
            _end(process)

    def _raise_failures(self) -> None:
        for result in self._results:
            if result.done():
                result.result()

    def _run(self, batch: list[StorableDocument], path: Path) -> None:
        process = self._idle.get()
        try:
            if process.stdin is None or process.stdout is None:
                raise RuntimeError("a worker without pipes")
            try:
                pickle.dump((batch, path), process.stdin, pickle.HIGHEST_PROTOCOL)
                process.stdin.flush()
                batch.clear()
                error = pickle.load(process.stdout)
            except (EOFError, OSError, pickle.UnpicklingError) as gone:
                raise SearcherError(
                    say(
                        "a worker process has died; perhaps there was too little memory. "
                        "Try again with fewer jobs",
                        "工作进程意外终止，可能是内存不足。请减少 jobs 后重试",
                    )
                ) from gone
            if error is not None:
                raise error
        finally:
            self._idle.put(process)
            self._free.release()


def _start(folder: Path, dictionary: bytes) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        # -P: modules in the working folder are the user's, whatever their names.
        [sys.executable, "-P", "-c", "from searcher.index.building import work; work()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(),
    )
    if process.stdin is not None:
        with suppress(OSError):  # if it has died already, its first batch will tell
            pickle.dump((folder, dictionary), process.stdin, pickle.HIGHEST_PROTOCOL)
    return process


def _environment() -> dict[str, str]:
    """The environment, with the modules to be found where this process finds them."""
    import os

    return {**os.environ, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)}


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):  # what was not written yet has nobody to read it
                stream.close()


def work() -> None:
    """The main program of a worker: builds segments until its standard input ends."""
    import signal

    from searcher.text import Dictionary, Folding

    # Ctrl-C goes to all processes of a terminal; the main one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    folder, dictionary = pickle.load(requests)
    folding = Folding.from_json((folder / "folding.json").read_text(encoding="utf-8"))
    analyzer = Analyzer(folding, Dictionary.load(folder))
    while True:
        try:
            batch, path = pickle.load(requests)
        except EOFError:
            return
        error: Exception | None = None
        try:
            build_segment(batch, analyzer, dictionary, path)
        except Exception as raised:  # to be raised by the main process
            error = raised
        pickle.dump(error, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()
