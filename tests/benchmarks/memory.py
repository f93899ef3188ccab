"""How much memory a process and its children take at most."""

import os
import threading
import time
from pathlib import Path
from types import TracebackType

_PROC = Path("/proc")
_INTERVAL = 0.05  # seconds
_GROWTH = 1.03  # so little growth is not looked at
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def process_tree(root: int) -> list[int]:
    """The ids of a process and of all below it; empty where the system does not say."""
    tree = [root] if resident(root) else []
    for process in tree:
        tree.extend(_children(process))
    return tree


def resident(process: int) -> int:
    """Bytes that a process has in memory, shared ones in full (RSS); 0 when it has ended."""
    try:
        return int((_PROC / str(process) / "statm").read_text().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0


def proportional(process: int) -> int:
    """The same, but of what several processes share its part only (PSS), where there is such."""
    try:
        for line in (_PROC / str(process) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return resident(process)


class PeakMemory:
    """Looks at a process and its children from time to time, until the block is left.

    Adding up shared pages takes the system tens of milliseconds for a large process, which has to
    wait meanwhile. So it is done when the plain sum has grown, and else for a tenth of the time.
    """

    def __init__(self, process: int) -> None:
        self.bytes = 0
        self.processes: list[int] = []  # bytes of each when all took most, the first one first
        self._process = process
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        highest, due = 0, 0.0
        while True:
            tree = process_tree(self._process)
            held = sum(map(resident, tree))
            began = time.monotonic()
            if held > _GROWTH * highest or began >= due:
                highest = max(highest, held)
                processes = [proportional(process) for process in tree]
                if sum(processes) > self.bytes:
                    self.bytes, self.processes = sum(processes), processes
                due = began + 10 * (time.monotonic() - began)
            if self._over.wait(_INTERVAL):
                return


def _children(process: int) -> list[int]:
    found: list[int] = []
    try:
        for task in (_PROC / str(process) / "task").iterdir():
            found.extend(map(int, (task / "children").read_text().split()))
    except (OSError, ValueError):
        pass  # it has ended meanwhile
    return found
