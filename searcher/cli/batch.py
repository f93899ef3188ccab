"""Many queries at once: one a line on stdin, one JSON object a line for each on stdout."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from searcher.cli.messages import tell
from searcher.cli.printable import print_json
from searcher.cli.views.results import counts_of, record_of
from searcher.language import say

if TYPE_CHECKING:
    from searcher import Index

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def answer_all(index: "Index", lines: Iterable[bytes], asked: dict[str, Any]) -> bool:
    """Answer queries in their order, each as soon as it is there; returns whether any has hits.

    The n-th line of the output is for the n-th line of the input, so a line with nothing in it
    has an answer too, without hits.

    Args:
        index: The index.
        lines: The queries, in UTF-8.
        asked: How to search, as ``Index.search`` takes it.
    """
    has_hits = False
    jobs = None if _is_whole() else 1
    for results in index.search_many(_queries(lines), jobs=jobs, totals=True, **asked):
        total = results.total
        has_hits = has_hits or total > 0
        record: dict[str, object] = {"query": results.query, "total": total}
        if results.is_corrected:
            record["corrected"] = results.suggestion
        if asked.get("limit") != 0:
            record["hits"] = [record_of(hit) for hit in results]
        if results.facets:
            record["facets"] = counts_of(results)
        print_json(record)
        # Whoever writes one query after the other waits for its answer.
        sys.stdout.flush()
    return has_hits


def standard_input() -> Iterable[bytes]:
    """The lines on stdin; someone who has to type them is told so."""
    if sys.stdin is None:
        return ()
    if sys.stdin.isatty():
        tell(
            say(
                "reading queries from the keyboard, one a line; Ctrl-D ends",
                "从键盘读取查询，每行一个；按 Ctrl-D 结束",
            )
        )
    return sys.stdin.buffer


def _is_whole() -> bool:
    """Whether all queries are there already, so that several processes may take them ahead."""
    try:
        return stat.S_ISREG(os.fstat(sys.stdin.fileno()).st_mode)
    except (AttributeError, OSError, ValueError):  # there is none
        return False


def _queries(lines: Iterable[bytes]) -> Iterator[str]:
    has_told = False
    for number, line in enumerate(lines, 1):
        if number == 1:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        try:
            query = line.decode()
        except UnicodeDecodeError:
            query = line.decode("utf-8", "replace")
            if not has_told:
                tell(
                    say(
                        f"line {number} is not UTF-8, and maybe others. To convert: "
                        "iconv -f GB18030 -t UTF-8",
                        f"第 {number} 行不是 UTF-8，后面可能还有。转换编码："
                        "iconv -f GB18030 -t UTF-8",
                    )
                )
                has_told = True
        yield query.rstrip("\r\n")
