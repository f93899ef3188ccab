"""Ending in good order when the system asks for it.

SIGTERM (systemd, a shutdown, ``kill``) and SIGHUP (a terminal that was closed) are made to do what
Ctrl-C does: the work is given up where it stands, the lock and the workers are let go. Then the
process dies of the signal after all, so that a shell sees 128 + its number (143, 129) and systemd
a service that ended as it was told, not one that failed.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_NAMES = ("SIGTERM", "SIGHUP")

_received: signal.Signals | None = None


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Have SIGTERM and SIGHUP raise ``KeyboardInterrupt`` in the body."""
    global _received
    _received = None
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what signals do
        return
    before = {}
    for name in _NAMES:
        number = getattr(signal, name, None)
        # Under nohup SIGHUP is ignored, and is to be.
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            before[number] = signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            # After the first a second one would only disturb the clearing up.
            signal.signal(number, signal.SIG_IGN if _received else handler)


def received() -> signal.Signals | None:
    """The signal that ended the body, if it was one of these."""
    return _received


def die_of(number: signal.Signals) -> int:
    """End the process by the signal that ended its work; the exit status where that cannot be."""
    if sys.platform != "win32":
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    return 128 + number


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _received
    _received = _received or signal.Signals(number)
    raise KeyboardInterrupt


@contextmanager
def interrupts_left_to_child() -> Iterator[None]:
    """Let Ctrl-C go by while a pager or an editor runs: it gets it too, and knows what it means.

    The child is to be started in the body. It does not inherit that: the system keeps only what
    is to be ignored, not what a program does about a signal, when another program is begun.
    """
    try:
        before = signal.signal(signal.SIGINT, lambda number, frame: None)
    except ValueError:  # only the main thread may say
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
