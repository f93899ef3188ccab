"""The worker processes that build an index, as the main process has them."""

from pathlib import Path
from queue import SimpleQueue

from searcher.index.processes import Process
from searcher.index.worker import Answer, Request

_PROGRAM = "from searcher.index.worker import work; work()"


class Worker(Process[Request, Answer]):
    """One of them."""

    def __init__(
        self, folder: Path, answers: "SimpleQueue[tuple[Worker, Answer | Exception]]"
    ) -> None:
        """Start it.

        Args:
            folder: The generation folder, where the analyzer's files are.
            answers: Where the answers go, with the worker that gave them.
        """
        super().__init__(_PROGRAM, folder, answers)


class Workers:
    """Several of them."""

    def __init__(self, folder: Path, count: int) -> None:
        """Start so many."""
        self._answers: SimpleQueue[tuple[Worker, Answer | Exception]] = SimpleQueue()
        self._all: list[Worker] = []
        try:
            for _ in range(count):
                self._all.append(Worker(folder, self._answers))
        except BaseException:
            self.stop()
            raise
        self.idle = list(reversed(self._all))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._all)

    @property
    def are_idle(self) -> bool:
        """Whether none has anything to do."""
        return len(self.idle) == len(self._all)

    def next_answer(self) -> tuple[Worker, Answer]:
        """Wait for the next answer of any.

        Raises:
            SearcherError: A worker has died.
            Exception: What a worker has raised.
        """
        worker, answer = self._answers.get()
        if isinstance(answer, Exception):
            raise answer
        return worker, answer

    def stop(self) -> None:
        """End all of them, whatever they do."""
        for worker in self._all:
            worker.kill()
        for worker in self._all:
            worker.join()
