"""How fast work goes, and how long it will take."""

import time
from collections import deque
from collections.abc import Callable

_WINDOW = 30.0  # seconds: what the speed of now is taken from
_SPACING = 0.2  # seconds between two measurements
_LEAST = 1.0  # seconds, before which a speed says nothing


class Pace:
    """Speeds over the last half minute: the first files say little of those that come later."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin now; ``clock`` gives seconds."""
        self._clock = clock
        self._measured: deque[tuple[float, float, int]] = deque([(clock(), 0.0, 0)])

    def advance(self, done: float, count: int = 0) -> None:
        """Take how much is done by now: bytes, and things that are counted."""
        now = self._clock()
        measured = self._measured
        # The last measurement moves on until it is far enough from the one before.
        if len(measured) > 1 and now - measured[-2][0] < _SPACING:
            measured.pop()
        measured.append((now, done, count))
        while len(measured) > 2 and now - measured[1][0] >= _WINDOW:
            measured.popleft()

    @property
    def rate(self) -> float | None:
        """Bytes a second; None as long as that cannot be said."""
        return self._speed(1)

    @property
    def count_rate(self) -> float | None:
        """Things a second; None as long as that cannot be said."""
        return self._speed(2)

    def seconds_left(self, total: float) -> float | None:
        """How long it will take until ``total`` is done, if it goes on so."""
        rate = self.rate
        if rate is None:
            return None
        at, done, _ = self._measured[-1]
        return max((total - done) / rate - (self._clock() - at), 0.0)

    def _speed(self, column: int) -> float | None:
        first, last = self._measured[0], self._measured[-1]
        passed, gained = last[0] - first[0], last[column] - first[column]
        return gained / passed if passed >= _LEAST and gained > 0 else None
