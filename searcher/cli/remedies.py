"""What to type after an error: the command that mends it, or that tells more."""

import errno
import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from searcher.cli.configuration import editing
from searcher.cli.root import COMMANDS
from searcher.cli.usage import UnknownCommand, quoted
from searcher.errors import DocumentError, IndexLocked, SearcherError
from searcher.extras import installing
from searcher.language import say

PROGRAM = "searcher"
_WAIT = 600  # seconds
# A message that ends so says already what to type.
_ENDS_WITH_COMMAND = re.compile(
    r"(: |：)(searcher|pip|unset|export|iconv|ls|df|chmod|\S+ -m pip|\S*(vi|vim|nano|emacs|code|"
    r"true|cat)) [^:：]*$"
)
_IN_FILE = re.compile(r"(.+?)(?:, line (\d+)| 第 (\d+) 行)")
_NO_UTF8 = re.compile(r"(.+?)(?:, line \d+: not| is not| 第 \d+ 行：不是| 不是) UTF-8")


def remedy(error: BaseException, arguments: Sequence[str], message: str) -> str:
    """What to type; empty if the message ends with it already.

    Args:
        error: What went wrong.
        arguments: What was typed after the name of the program.
        message: What is said of the error.
    """
    if _ENDS_WITH_COMMAND.search(message):
        return ""
    if isinstance(error, click.ClickException):
        return _for_usage(error, arguments)
    if isinstance(error, IndexLocked):
        return _waiting(arguments)
    if isinstance(error, SearcherError):
        found = _for_file(message)
        if found:
            return found
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError):
            return _for_system(cause, is_written="write" in message or "写入" in message)
        if isinstance(cause, ModuleNotFoundError) and cause.name:
            package = cause.name.partition(".")[0]
            return installing(package)
        cause = cause.__cause__
    if isinstance(error, DocumentError):
        return _looking_for(_typed_paths(arguments))
    if isinstance(error, SearcherError):
        return _help(arguments)
    return f"SEARCHER_DEBUG=1 {_line(arguments)}"


def _for_usage(error: click.ClickException, arguments: Sequence[str]) -> str:
    """The line that was typed, put right where it is known how; else the help page."""
    if isinstance(error, click.NoSuchOption) and error.possibilities:
        return _replaced(arguments, error.option_name, error.possibilities[0])
    if isinstance(error, UnknownCommand):
        return error.meant
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{context.command_path if context else PROGRAM} --help"


def _replaced(arguments: Sequence[str], wrong: str, right: str) -> str:
    words = list(arguments)
    for at, word in enumerate(words):
        if word == wrong or word.startswith(f"{wrong}="):
            words[at] = right + word[len(wrong) :]
            break
    return _line(words)


def _line(arguments: Sequence[str]) -> str:
    return " ".join((PROGRAM, *(quoted(one) for one in arguments)))


def _command(arguments: Sequence[str]) -> str:
    return next((one for one in arguments if one in COMMANDS), "")


def _help(arguments: Sequence[str]) -> str:
    return " ".join(filter(None, (PROGRAM, _command(arguments), "--help")))


def _waiting(arguments: Sequence[str]) -> str:
    """The same, with patience."""
    words = [one for one in arguments if not one.startswith("--wait")]
    return _line([*words, "--wait", str(_WAIT)]) if "--wait" not in arguments else _line(arguments)


def _for_file(message: str) -> str:
    match = _NO_UTF8.match(message)
    if match and Path(match[1]).is_file():
        file = shlex.quote(match[1])
        new = shlex.quote(f"{match[1]}.utf8")
        return f"iconv -f GB18030 -t UTF-8 {file} > {new}"
    match = _IN_FILE.match(message)
    if match and Path(match[1]).is_file():
        return editing(Path(match[1]))
    return ""


def _for_system(error: OSError, *, is_written: bool) -> str:
    name = error.filename if isinstance(error.filename, str) else str(error.filename or ".")
    there = shlex.quote(str(_there(Path(name))))
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS):
        return f"df -h {there}"
    if error.errno in (errno.EACCES, errno.EPERM):
        is_anybodys = not hasattr(os, "geteuid") or os.geteuid() == 0
        return f"ls -ld {there}" if is_anybodys else f"chmod u+rwX {there}"
    if is_written:
        return f"df -h {there}"
    return _looking_for([name])


def _looking_for(names: Sequence[str]) -> str:
    """What is where something was looked for."""
    for name in names:
        path = Path(name)
        if not path.exists():
            return f"ls {shlex.quote(str(_there(path)))}"
    return f"ls {shlex.quote(str(_there(Path(names[0]))))}" if names else "ls"


def _there(path: Path) -> Path:
    """The path, or the folder above it that is there."""
    for one in (path, *path.parents):
        try:
            if one.exists():
                return one
        except OSError:
            continue
    return Path()


def _typed_paths(arguments: Sequence[str]) -> list[str]:
    words = [one for one in arguments if not one.startswith("-")]
    command = _command(words)
    return words[words.index(command) + 1 :] if command else []


def told(line: str) -> str:
    """The last line of an error."""
    return say(f"Try: {line}", f"可以试试：{line}")
