"""The pager: a program that shows what is too long for the terminal."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress

from searcher.cli.signals import interrupts_left_to_child
from searcher.language import say

_VARIABLES = ("SEARCHER_PAGER", "PAGER")
_NO_PAGER = ("", "cat")
# Leave at once what fits, keep colours, leave the text on the screen.
_LESS = "FRX"
_CANNOT_RUN = (126, 127)  # what a shell says of a program that is not there
_OF_THE_SHELL = re.compile(r"[$`|&;<>*?~(){}\[\]#!\n]")
_STYLE = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")


def pager() -> str | None:
    """The command of the pager, as the user would type it; None for none.

    It is ``$SEARCHER_PAGER``, else ``$PAGER``, else less or more. Empty or ``cat`` means none.
    """
    for variable in _VARIABLES:
        given = os.environ.get(variable)
        if given is not None:
            return None if given.strip() in _NO_PAGER else given
    if shutil.which("less"):
        # With options of the user's own less would not know that it must let colours through.
        return "less -R" if os.environ.get("LESS") else f"less -{_LESS}"
    return "more" if shutil.which("more") else None


def show(text: str, *, width: int | None = None) -> None:
    """Write a text to the terminal that stdout is, through the pager if it is too long for that.

    Args:
        text: Lines, with whatever gives them colour.
        width: How wide its lines may be; None if that is not known.
    """
    command = pager() if is_too_long(text, width) else None
    if command is None:
        sys.stdout.write(text)
    elif not _run(command, text):
        from searcher.cli.messages import tell

        sys.stdout.write(text)
        tell(_missing(command))


def is_too_long(text: str, width: int | None = None) -> bool:
    """Whether a text takes more lines than the terminal has, one of them for the prompt."""
    columns, rows = shutil.get_terminal_size()
    lines = text.split("\n")[:-1]
    if len(lines) >= rows:
        return True
    if width is not None and width <= columns:
        return False
    from searcher.query.width import cell_width

    taken = (max(-(-cell_width(_STYLE.sub("", line)) // columns), 1) for line in lines)
    return sum(taken) >= rows


def _run(command: str, text: str) -> bool:
    """Show a text in a pager, until it is left; returns False if there is no such program."""
    if not _is_there(command):
        return False
    sys.stdout.flush()
    with interrupts_left_to_child():
        # Pagers are written as for the shell: with options, quotes, variables, even pipes.
        process = subprocess.Popen(command, shell=True, stdin=subprocess.PIPE, env=_environment())
        assert process.stdin is not None
        # Whoever leaves the pager early has seen enough.
        with suppress(OSError):
            process.stdin.write(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
        with suppress(OSError):
            process.stdin.close()
        status = process.wait()
    return status not in _CANNOT_RUN


def _is_there(command: str) -> bool:
    if _OF_THE_SHELL.search(command):
        return True  # who knows
    try:
        words = shlex.split(command, posix=os.name != "nt")
    except ValueError:
        return True  # the shell will say what is wrong
    # Something like LESS=-S less is for the shell to read.
    return "=" in words[0] or shutil.which(words[0].strip('"')) is not None


def _missing(command: str) -> str:
    return say(
        f"there is no pager {command!r}. Name another: export SEARCHER_PAGER=less, or none: "
        "--no-pager",
        f"没有分页器 {command!r}。请换一个：export SEARCHER_PAGER=less；或者不用：--no-pager",
    )


def _environment() -> dict[str, str]:
    """What a pager is told of the text: it has colours, and is in UTF-8 whatever the locale."""
    environment = {"LESS": _LESS, "LV": "-c", **os.environ}
    if (sys.stdout.encoding or "").lower().replace("-", "") == "utf8":
        environment.setdefault("LESSCHARSET", "utf-8")
    return environment
