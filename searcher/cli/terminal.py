"""What the terminal does, asked of itself."""

import os
import sys
from contextlib import suppress

_PATIENCE = 0.3  # seconds


def size_of_wide() -> int | None:
    """How many cells the terminal gives a Chinese character; None if it does not tell.

    It is asked where the cursor is before and behind one (U+4E2D).
    """
    with suppress(ImportError, OSError, ValueError):
        if sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
            return _asked()
    return None


def _asked() -> int | None:
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    sys.stdout.flush()
    try:
        tty.setcbreak(descriptor)
        start = _column()
        os.write(sys.stdout.fileno(), b"\xe4\xb8\xad")
        end = _column()
    except termios.error:
        return None
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        os.write(sys.stdout.fileno(), b"\r\x1b[K")
    return None if start is None or end is None else end - start


def _column() -> int | None:
    """The column of the cursor, which the terminal types as if it were keys."""
    import re
    import select

    os.write(sys.stdout.fileno(), b"\x1b[6n")
    answer = b""
    while select.select([sys.stdin.fileno()], [], [], _PATIENCE)[0]:
        answer += os.read(sys.stdin.fileno(), 32)
        found = re.search(rb"\x1b\[\d+;(\d+)R", answer)
        if found:
            return int(found[1])
    return None
