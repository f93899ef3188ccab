"""Having Python's collector wait while nearly all that is made stays."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
