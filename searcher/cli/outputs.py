"""What else a search can give than its hits: paths, counts, or one hit in an editor."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from searcher.cli import NO_HIT
from searcher.cli.messages import tell
from searcher.cli.printable import printable
from searcher.language import say

if TYPE_CHECKING:
    from searcher import Index
    from searcher.cli.opening import Target
    from searcher.cli.screen import Screen


def print_paths(index: "Index", query: str, asked: dict[str, Any], *, null: bool) -> int:
    """Print the files that have hits, once each, the best first; returns the exit status."""
    from searcher.api.locating import locator
    from searcher.cli.spelling import tell_corrected

    results = index.search(query, **asked, snippet_width=0)
    tell_corrected(results)
    locate = locator(index)
    seen: set[Path] = set()
    without = 0
    here = Path.cwd()
    is_terminal = sys.stdout.isatty()
    output: list[bytes] = []
    for path in dict.fromkeys(hit.path for hit in results):
        location = locate(path)
        if location is None:
            without += 1
        elif location.file not in seen:
            seen.add(location.file)
            name = openable(location.file, here)
            # Programs get the name as it is, and people nothing that their terminal would obey.
            output.append(printable(name).encode() if is_terminal else os.fsencode(name))
    end = b"\0" if null else b"\n"
    stream = getattr(sys.stdout, "buffer", None)
    if stream is not None:  # it is None where stdout is closed
        sys.stdout.flush()
        stream.write(b"".join([name + end for name in output]))
        stream.flush()
    if without:
        tell(say("some hits were read from no file", "有的结果不是从文件读入的"))
    return 0 if output else NO_HIT


def openable(file: Path, here: Path) -> str:
    """A path by which a file can be opened from a folder: relative if it is below the folder."""
    if not file.is_relative_to(here):
        return str(file)
    name = str(file.relative_to(here))
    return f"./{name}" if name.startswith("-") else name  # not to be taken for an option


def print_count(index: "Index", query: str, asked: dict[str, Any]) -> int:
    """Print how many documents match; returns the exit status."""
    total = index.search(query, **asked).total
    sys.stdout.write(f"{total}\n")
    return 0 if total else NO_HIT


def open_hit(index: "Index", query: str, asked: dict[str, Any], rank: int, screen: "Screen") -> int:
    """Open the file of a hit in the user's editor, at the match; returns the exit status.

    What no editor can open is shown here.
    """
    from searcher.api.locating import locator
    from searcher.cli.opening import target_of
    from searcher.cli.spelling import tell_corrected
    from searcher.cli.views.document import document_lines

    results = index.search(query, **asked | {"limit": 1, "offset": rank - 1})
    tell_corrected(results)
    if not results.hits:
        total = results.total
        tell(
            say(
                f"there is no hit {rank}; how many documents match: {total}",
                f"没有第 {rank} 篇：共 {total} 篇",
            )
        )
        return NO_HIT
    hit = results[0]
    if open_target(target_of(locator(index), hit)):
        return 0
    document = index.get(hit.id)
    if document is not None:
        typed = results.suggestion if results.is_corrected else query
        syntax = asked["syntax"]
        title_spans, body_spans = (
            index.highlight(typed or query, text, syntax=syntax)
            for text in (document.title, document.body)
        )
        screen.show(document_lines(document, screen, title_spans, body_spans))
    return 0


def open_target(target: "Target") -> bool:
    """Open a file in the user's editor; returns False where none can, and says why."""
    from searcher.cli.opening import open_in_editor

    if target.path is None:
        tell(say(f"shown here, for {target.reason}", f"在此显示，因为{target.reason}"))
        return False
    open_in_editor(target)
    return True
