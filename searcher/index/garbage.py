"""Memory: having Python's collector wait while nearly all that is made stays; giving it back."""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

LITTLE = 16 << 20
"""Bytes of files that may be read meanwhile: what they leave behind takes no more than that."""


@contextmanager
def uncollected() -> Iterator[Callable[[], None]]:
    """Have nothing looked through for cycles: a hundred thousand new objects, none of them garbage.

    Gives what ends that before the block does.
    """
    was_enabled = gc.isenabled()

    def resume() -> None:
        if was_enabled:
            gc.enable()

    gc.disable()
    try:
        yield resume
    finally:
        resume()


def give_back() -> None:
    """Give the system the memory of what is gone, which the C library keeps for what may come.

    After millions of documents that is a hundred megabytes, in pieces too small for what comes.
    """
    if sys.platform == "linux":
        import ctypes

        with suppress(AttributeError, OSError):  # not every C library can
            ctypes.CDLL(None).malloc_trim(0)
