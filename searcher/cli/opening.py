"""Opening the file of a document in the user's editor, at the line of a match."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from searcher.cli.signals import interrupts_left_to_child
from searcher.errors import DocumentError, SearcherError
from searcher.language import say
from searcher.reasons import system_reason

if TYPE_CHECKING:
    from searcher import Document, Hit
    from searcher.api.locating import Locate
    from searcher.cli.screen import Span

_EDITORS = ("VISUAL", "EDITOR")
_PAGERS = ("SEARCHER_PAGER", "PAGER")
# How editors are told a line, by the names of their programs. The others get the file alone.
_PLUS = frozenset(
    "vi vim nvim view gvim mvim vimr nano pico emacs emacsclient kak micro joe jed ne gedit "
    "less more most".split()
)
_COLON = frozenset("hx helix subl sublime_text zed zeditor mcedit".split())
_GOTO = frozenset("code code-insiders code-oss codium vscodium cursor windsurf".split())
_LINE = frozenset("kate kwrite mate idea pycharm webstorm clion goland".split())
_OF_THE_SHELL = re.compile(r"[$`|&;<>*?~(){}\[\]#!\n]")

_UTF8 = "utf-8"
_LARGEST = 16 << 20  # bytes of a file in which a passage is looked for
_CONTEXTS = (24, 10, 4, 0)  # characters before and after a match
_NO_WORD = re.compile(r"[\W_]+")
_TAG = re.compile(r"<[^<>]*>")
_JSON_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\[nrtbf]")
_RECORD = re.compile(r"#(\d+)$")


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be opened.

    Attributes:
        path: The file, as an absolute path; None where there is none that an editor can open.
        line: The line of the match in it, from 1 on; 1 where it was not found.
        reason: Why no editor can open it, in the reader's language; empty where one can.
    """

    path: Path | None
    line: int = 1
    reason: str = ""


def command_for(path: Path, line: int = 1) -> list[str]:
    """What to run to open a file at a line: ``$VISUAL``, else ``$EDITOR``, else a pager.

    Raises:
        SearcherError: There is neither; the message says what to set.
    """
    for variable in _EDITORS:
        given = os.environ.get(variable, "").strip()
        if given:
            return _command(given, path, line)
    for variable in _PAGERS:
        given = os.environ.get(variable, "").strip()
        if given and given != "cat":
            if os.name != "nt" and _OF_THE_SHELL.search(given):
                # It may be a pipeline, of which the first program is to read the file.
                return ["sh", "-c", f'{{ {given}\n}} < "$1"', given, str(path)]
            return _command(given, path, line)
    for name in ("less", "more"):
        found = shutil.which(name)
        if found:
            return [found, f"+{line}", str(path)]
    raise SearcherError(
        say(
            "there is no editor to open it with. Name one: export EDITOR=vim",
            "没有可用的编辑器，请先设置：export EDITOR=vim",
        )
    )


def _command(given: str, path: Path, line: int) -> list[str]:
    """A command as the user wrote it, which may be meant for the shell, and the file."""
    if os.name == "nt":
        words = [word.strip('"') for word in shlex.split(given, posix=False)]
        return [*words, *_arguments(words[0], path, line)]
    try:
        words = [] if _OF_THE_SHELL.search(given) else shlex.split(given)
    except ValueError:  # a quote is not closed: the shell will say so
        words = []
    if words:
        return [*words, *_arguments(words[0], path, line)]
    return ["sh", "-c", f'{given} "$@"', given, *_arguments(given.split()[0], path, line)]


def _arguments(program: str, path: Path, line: int) -> list[str]:
    file = str(path)
    name = program.strip("\"'").replace("\\", "/").rpartition("/")[2].lower()
    name = name.removesuffix(".exe").removesuffix(".cmd")
    if name in _PLUS:
        return [f"+{line}", file]
    if name in _COLON:
        return [f"{file}:{line}"]
    if name in _GOTO:
        return ["--goto", f"{file}:{line}"]
    if name in _LINE:
        return ["--line", str(line), file]
    return [file]


def target_of(locate: "Locate", hit: "Hit") -> Target:
    """What is to be opened for a hit: the file it was read from, at the passage that answers.

    Args:
        locate: What ``searcher.api.locating.locator`` gives for the index.
        hit: The hit.
    """
    location = locate(hit.path)
    if location is None:
        return Target(None, reason=say("it was not read from a file", "它不是从文件读入的"))
    if location.is_part:
        archive = location.file.name
        return Target(None, reason=say(f"it is inside of {archive}", f"它在压缩包 {archive} 里面"))
    if not location.file.is_file():
        gone = say(f"{location.file} is not there any more", f"{location.file} 已不存在")
        return Target(None, reason=gone)
    try:
        place = _place(location.file, hit)
    except DocumentError:
        kind = location.file.suffix or location.file.name
        return Target(
            None,
            reason=say(f"no editor can open {kind} files", f"{kind} 文件无法用编辑器打开"),
        )
    except OSError as error:
        return Target(None, reason=f"{location.file}{say(': ', '：')}{system_reason(error)}")
    if place.codec != _UTF8 and not any(map(os.environ.get, _EDITORS)):
        # Editors find that out. A pager would show bytes.
        codec = place.codec
        return Target(
            None,
            reason=say(
                f"it is in {codec}, and neither $VISUAL nor $EDITOR names an editor",
                f"它的编码是 {codec}，而 $VISUAL 和 $EDITOR 都没有指定编辑器",
            ),
        )
    return Target(location.file, place.line)


def hit_of(
    document: "Document",
    title_spans: "tuple[Span, ...]" = (),
    body_spans: "tuple[Span, ...]" = (),
) -> "Hit":
    """A document as a hit whose passage is all of it, to be opened at what is marked in it."""
    from searcher import Hit, Snippet

    return Hit(
        rank=1,
        id=document.id,
        score=0.0,
        title=document.title,
        path=document.path,
        date=document.date,
        source=document.source,
        tags=document.tags,
        snippet=Snippet(document.body, body_spans),
        title_spans=title_spans,
    )


class _Place(NamedTuple):
    """Where a match is in a file, and in which encoding the file is."""

    line: int
    codec: str


def _place(path: Path, hit: "Hit") -> _Place:
    """Where in a file a hit has its match; on line 1 if that is not found.

    Raises:
        DocumentError: It is no text file.
        OSError: It cannot be read.
    """
    from searcher.documents.content import Content
    from searcher.documents.formats import jsonl
    from searcher.documents.packed import File
    from searcher.documents.registry import is_text, reader_of

    size = path.stat().st_size
    with path.open("rb") as stream:
        file = File(stream, path.name, size)
        if file.packing or not is_text(file):
            raise DocumentError("")
        content = Content(file)
        codec = content.codec
        record = _RECORD.search(hit.id)
        if record and hit.path != hit.id and reader_of(content) is jsonl.documents:
            return _Place(_line_of_record(content.lines(), int(record[1])), codec)
        if size > _LARGEST:
            return _Place(1, codec)
        text = "".join(content.chunks())
    return _Place(line_in(text, *_passage(hit)), codec)


def line_or_first(path: Path, hit: "Hit") -> int:
    """The line of a file where a hit has its match; 1 for whatever has no such line."""
    try:
        return _place(path, hit).line
    except (DocumentError, OSError):
        return 1


def _line_of_record(lines: Iterable[str | None], record: int) -> int:
    """The line of the n-th record, which is the n-th line that is not empty."""
    for number, line in enumerate(lines, 1):
        record -= line is None or not line.isspace()
        if not record:
            return number
    return 1


def _passage(hit: "Hit") -> tuple[str, int, int]:
    """A text of a hit, and where in it the first match is."""
    if hit.snippet.spans:
        return hit.snippet.text, *hit.snippet.spans[0]
    if hit.title_spans:
        return hit.title, *hit.title_spans[0]
    return hit.snippet.text, 0, 0


def line_in(text: str, passage: str, start: int, end: int) -> int:
    """The line of the source of a document on which a passage of the document is; 1 for none.

    A document differs from its source: lines are joined, markup and escapes are gone. So letters
    and digits alone are compared, of as much around the match as is found.

    Args:
        text: The source.
        passage: Some of the document.
        start: Where in the passage the match begins.
        end: Where it ends.
    """
    before, match, after = map(_letters, (passage[:start], passage[start:end], passage[end:]))
    lines = text.split("\n")
    sources = [[_letters(_unescaped(line)) for line in lines]]
    if "<" in text:
        sources.append([_letters(_unescaped(_TAG.sub("", line))) for line in lines])
    joined = ["".join(source) for source in sources]
    for size in _CONTEXTS:
        head = before[-size:] if size else ""
        wanted = head + match + after[:size]
        if not wanted:
            continue
        for source, whole in zip(sources, joined, strict=True):
            at = whole.find(wanted)
            if at >= 0:
                ends = list(accumulate(map(len, source)))
                return bisect_right(ends, at + len(head)) + 1
    return 1


def _letters(text: str) -> str:
    return _NO_WORD.sub("", text)


def _unescaped(line: str) -> str:
    """A line without the escapes of HTML and of JSON."""
    if "&" in line:
        from html import unescape

        line = unescape(line)
    if "\\" in line:
        line = _JSON_ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", line)
    return line


def surroundings() -> dict[str, str]:
    """The environment of what opens a file.

    Where the locale is not installed, as in containers, less would call a text in UTF-8 binary.
    """
    return {"LESSCHARSET": "utf-8", **os.environ}


def open_in_editor(target: Target) -> None:
    """Open a file, and wait until the editor is closed.

    Raises:
        SearcherError: That cannot be done.
    """
    assert target.path is not None
    command = command_for(target.path, target.line)
    sys.stdout.flush()
    try:
        with interrupts_left_to_child():
            status = subprocess.run(command, check=False, env=surroundings()).returncode
    except OSError as error:
        raise SearcherError(
            say(
                f"cannot run {command[0]}: {system_reason(error)}. Name another editor: "
                "export EDITOR=vim",
                f"无法运行 {command[0]}：{system_reason(error)}。请换一个编辑器：export EDITOR=vim",
            )
        ) from error
    if status:
        raise SearcherError(
            say(f"{command[0]} ended with status {status}", f"{command[0]} 以状态 {status} 结束")
        )
