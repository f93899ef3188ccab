"""Whether the live search can be opened here, found out without importing it."""

import os
import sys
from importlib.util import find_spec

from searcher.extras import installing_extra
from searcher.language import say


def obstacle(*, needs_stdout: bool = True) -> str:
    """Why the live search cannot be opened, and what to do; empty if it can.

    Args:
        needs_stdout: Whether stdout must be a terminal too, though nothing is written there.
    """
    streams = [sys.stdin, sys.stderr, *([sys.stdout] if needs_stdout else [])]
    search = say("searcher search WORDS", "searcher search 词语")
    if not all(stream is not None and stream.isatty() for stream in streams):
        return say(
            f"the live search needs a terminal. Without one: {search}",
            f"实时搜索需要终端。没有终端时请用：{search}",
        )
    if os.environ.get("TERM") in ("dumb", "unknown"):
        return say(
            f"the live search needs a terminal that can move the cursor. Without one: {search}",
            f"实时搜索需要能移动光标的终端。否则请用：{search}",
        )
    if find_spec("textual") is None:
        install = installing_extra("live")
        return say(
            f"the live search needs Textual: {install}. Without it: {search}",
            f"实时搜索需要 Textual：{install}。不安装时请用：{search}",
        )
    return ""
