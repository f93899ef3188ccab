"""What is said on stderr: notes, and errors in one line each."""

import re
import sys
from collections.abc import Sequence
from contextlib import suppress

from searcher.cli.printable import printable
from searcher.cli.streams import drop
from searcher.errors import SearcherError
from searcher.language import say
from searcher.reasons import system_reason

# In the address of an index in a cluster, where none belongs: what was typed is often repeated.
_PASSWORD = re.compile(r"(opensearch[+\w]*:/+[^\s:/@]*):\S*@", re.IGNORECASE)


def tell(message: str) -> None:
    """Say something that is not a result."""
    message = _PASSWORD.sub(r"\1:…@", message)
    # What was printed before is to be read before.
    sys.stdout.flush()
    try:
        for line in message.split("\n"):
            sys.stderr.write(printable(line) + "\n")
        sys.stderr.flush()
    except OSError:  # the terminal was closed, or who read a pipe has gone: the work goes on
        drop(sys.stderr)


def tell_interrupted(message: str = "") -> None:
    """Say that Ctrl-C ended the program. The terminal has just shown ``^C``: begin a new line."""
    message = message or say("interrupted", "已中断")
    tell(f"\n{message}" if sys.stderr.isatty() else message)


def tell_error(error: Exception, arguments: Sequence[str] = ()) -> None:
    """Say what went wrong, and in the last line what to type next.

    Args:
        error: What went wrong.
        arguments: What was typed after the name of the program.
    """
    # An error of click's means that click is imported already.
    click = sys.modules.get("click")
    if click is not None and isinstance(error, click.ClickException):
        from searcher.cli.usage import explained

        message = explained(error)
    elif isinstance(error, SearcherError):
        message = str(error)
    elif isinstance(error, OSError) and error.strerror:
        name = "" if error.filename is None else f"{error.filename}{say(': ', '：')}"
        message = name + system_reason(error)
    else:
        kind = type(error).__name__
        detail = " ".join(str(error).split())
        message = say(
            f"unexpected {kind}: {detail} (with SEARCHER_DEBUG=1 there is a traceback)",
            f"意外错误 {kind}：{detail}（设置 SEARCHER_DEBUG=1 可查看详细信息）",
        )
    advice = ""
    with suppress(Exception):  # what went wrong is told in any case
        from searcher.cli.remedies import remedy, told

        line = remedy(error, arguments, message)
        advice = f"\n{told(line)}" if line else ""
    tell(say("error: ", "错误：") + message + advice)


def in_documents(count: int) -> str:
    """How many documents, as people write it."""
    return say(f"{count:,} {'document' if count == 1 else 'documents'}", f"{count:,} 篇")
