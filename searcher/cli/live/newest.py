"""A thread that does the newest of what it is given."""

import threading
from collections.abc import Callable

Job = Callable[[], None]


class Newest:
    """Does one job at a time in a thread of its own; of those that wait only the newest.

    What is asked with each key press is stale with the next one: so it never piles up.
    """

    def __init__(self, name: str) -> None:
        """Begin to wait for jobs."""
        self._changed = threading.Condition()
        self._waiting: Job | None = None
        self._is_busy = False
        self._is_closed = False
        # A daemon: leaving does not wait for the end of a long search.
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def ask(self, job: Job) -> None:
        """Do a job next, in place of the one that waits, if any."""
        with self._changed:
            self._waiting = job
            self._changed.notify()

    def ask_if_idle(self, job: Job) -> None:
        """Do a job if there is nothing else to do."""
        with self._changed:
            if self._waiting is None and not self._is_busy:
                self._waiting = job
                self._changed.notify()

    def has_newer(self) -> bool:
        """Whether another job waits, so that a long one may give up."""
        return self._waiting is not None or self._is_closed

    def stays_newest(self, seconds: float) -> bool:
        """Whether no other job comes within so many seconds; to be asked by the one being done."""
        with self._changed:
            return not self._changed.wait_for(self.has_newer, seconds)

    def close(self, seconds: float = 1.0) -> None:
        """Take no more jobs; wait a while for the one that is being done."""
        with self._changed:
            self._is_closed = True
            self._waiting = None
            self._changed.notify()
        self._thread.join(seconds)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._is_busy = False
                while self._waiting is None and not self._is_closed:
                    self._changed.wait()
                if self._is_closed:
                    return
                job, self._waiting, self._is_busy = self._waiting, None, True
            assert job is not None
            job()
