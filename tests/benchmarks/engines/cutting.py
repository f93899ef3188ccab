"""What the peers that want text cut beforehand have in common."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from multiprocessing.pool import AsyncResult
from pathlib import Path

from tests.benchmarks.engines.engine import SNIPPET, file_of
from tests.benchmarks.texts import Record

SEPARATOR = "\f"  # ends a word as a blank does, but is in no text, so the original comes back
_LINES = 500  # lines that a process is given at once
_HAN = re.compile(r"[\u3400-\u9fff]+")
_LETTER = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class CutRecord:
    """A document whose text is cut; ``words`` joined by nothing are the text."""

    id: str
    title: str
    words: list[str]
    bigrams: list[str]


def words(text: str) -> list[str]:
    """A text in words, which together are the text."""
    import rjieba

    return list(rjieba.cut(text))


def query_words(text: str) -> list[str]:
    """The words of a query, each once, punctuation left out."""
    return [word for word in dict.fromkeys(words(text)) if _LETTER.search(word)]


def bigrams(text: str) -> list[str]:
    """Overlapping pairs of Chinese characters; a character that stands alone stays alone."""
    return [
        run[start : start + 2]
        for run in _HAN.findall(text)
        for start in range(max(len(run) - 1, 1))
    ]


def cut_records(texts: Path, jobs: int, *, with_bigrams: bool = False) -> Iterator[CutRecord]:
    """The documents of a file in order, cut by several processes."""
    with (
        file_of(texts).open(encoding="utf-8") as lines,
        get_context().Pool(jobs) as pool,
    ):
        # A pool reads ahead without end; only so many chunks may be under way.
        under_way: deque[AsyncResult[list[CutRecord]]] = deque()
        while True:
            while len(under_way) < 2 * jobs and (chunk := list(islice(lines, _LINES))):
                under_way.append(pool.apply_async(_cut, (chunk, with_bigrams)))
            if not under_way:
                return
            yield from under_way.popleft().get()


def window(text: str, terms: list[str]) -> str:
    """A snippet where an engine has none of its own: what stands around the first match."""
    at = next((place for term in terms if (place := text.find(term)) >= 0), 0)
    start = max(at - SNIPPET // 4, 0)
    return text[start : start + SNIPPET]


def _cut(lines: list[str], with_bigrams: bool) -> list[CutRecord]:
    return [
        CutRecord(
            record.id,
            record.title,
            words(record.text),
            bigrams(record.text) if with_bigrams else [],
        )
        for record in map(Record.read, lines)
    ]
