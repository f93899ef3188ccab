"""Opening the file of a hit from the live search, and naming it."""

import re
import shlex
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from searcher import Hit, SearcherError
from searcher.api.locating import locator
from searcher.cli.opening import command_for, target_of
from searcher.cli.paging import pager
from searcher.cli.places import Place, open_index
from searcher.cli.printable import printable
from searcher.language import say
from searcher.reasons import system_reason

Run = Callable[[list[str]], int]


def path_to_copy(place: Place, hit: Hit) -> str:
    """The path of the file of a hit; its id where it was read from none."""
    try:
        with open_index(place) as index:
            location = locator(index)(hit.path)
    except SearcherError:
        location = None
    return str(location.file) if location is not None else hit.path or hit.id


def open_hit(place: Place, hit: Hit, run: Run) -> None:
    """Open the file of a hit at its match; where no editor can, show its text in the pager.

    Raises:
        SearcherError: Neither can be done.
    """
    with open_index(place) as index:
        target = target_of(locator(index), hit)
        document = None if target.path else index.get(hit.id)
    if target.path is not None:
        _run(run, command_for(target.path, target.line))
        return
    if document is None:
        raise SearcherError(
            say("this document is not in the index any more", "这篇文档已不在索引中")
        )
    # Who wants no pager for lists is shown a whole text in one all the same.
    command = pager() or shutil.which("less") or shutil.which("more")
    if command is None:
        raise SearcherError(say(f"cannot be opened: {target.reason}", f"无法打开：{target.reason}"))
    with tempfile.TemporaryDirectory() as folder:
        # The name is what the pager shows at the bottom.
        file = Path(folder) / "document.txt"
        head = [document.title, document.id, f"({target.reason})", ""]
        lines = [*head, *document.body.split("\n")]
        file.write_text("\n".join(map(printable, lines)) + "\n", encoding="utf-8")
        _run(run, _paging(command, str(file)))


def _paging(command: str, file: str) -> list[str]:
    """What shows a file in a pager, which may be written as for the shell."""
    if re.search(r"[$`|&;<>*?~(){}!]", command):
        return ["sh", "-c", f'{{ {command}\n}} < "$1"', command, file]
    return [*shlex.split(command), file]


def _run(run: Run, command: list[str]) -> None:
    if Path(command[0]).stem == "less":
        # With what users have in $LESS it would be left at once where all fits the screen.
        command = [command[0], "-+F", *command[1:]]
    try:
        status = run(command)
    except OSError as error:
        raise SearcherError(
            say(
                f"cannot run {command[0]}: {system_reason(error)}. Name another: export EDITOR=vim",
                f"无法运行 {command[0]}：{system_reason(error)}。请另行设置：export EDITOR=vim",
            )
        ) from error
    if status:
        raise SearcherError(
            say(f"{command[0]} ended with status {status}", f"{command[0]} 以状态 {status} 结束")
        )
