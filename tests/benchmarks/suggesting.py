"""How long it takes to complete a text, for every key that is pressed on the way to a word.

    python -m tests.benchmarks.suggesting --index DIR

asks an index for the completions of each beginning of words and titles drawn by lot from it, of
their pinyin, and of two words, and prints the median, the 99th percentile and the slowest.
"""

import argparse
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path

from searcher import Index
from searcher.text.pinyin import pinyin
from tests.benchmarks.statistics import percentile

GOAL = 5.0  # milliseconds, the 99th percentile
_LONGEST = 20  # characters of a beginning


def beginnings(texts: Iterable[str]) -> list[str]:
    """All beginnings of texts, each once: what is in the box after each key."""
    found: dict[str, None] = {}
    for text in texts:
        for end in range(1, min(len(text), _LONGEST) + 1):
            found[text[:end]] = None
    return list(found)


def spelt(words: Iterable[str]) -> Iterator[str]:
    """Words in pinyin, as their characters are mostly read."""
    for word in words:
        readings = [pinyin().readings(char)[:1] for char in word]
        if all(readings):
            yield "".join(syllable for reading in readings for syllable in reading)


def words_of(index: Index, rng: random.Random, count: int) -> list[str]:
    """Words drawn by lot from texts of the index, so that frequent ones are drawn more often."""
    words: list[str] = []
    for document in islice(index.documents(), 0, None, 97):
        words += [word for word in index.analyze(document.body[:500]).words if len(word) > 1][:20]
    return rng.sample(words, min(count, len(words)))


def titles_of(index: Index, rng: random.Random, count: int) -> list[str]:
    """Titles drawn by lot."""
    titles = [document.title for document in index.documents() if document.title]
    return rng.sample(titles, min(count, len(titles)))


def measure(index: Index, texts: Sequence[str]) -> tuple[list[float], list[float]]:
    """Milliseconds that each text takes, after the index was asked once.

    Returns:
        Those that go by, and those that the processor works, which other processes do not make
        more.
    """
    for warm in ("中", "zh"):
        index.suggest(warm)
    passed: list[float] = []
    worked: list[float] = []
    for text in texts:
        began, began_work = time.perf_counter(), time.thread_time()
        index.suggest(text)
        passed.append((time.perf_counter() - began) * 1000)
        worked.append((time.thread_time() - began_work) * 1000)
    return passed, worked


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--words", type=int, default=1000, help="and titles (default: 1000)")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    with Index.open(given.index) as index:
        words = words_of(index, rng, given.words)
        pairs = [f"{one} {other}" for one, other in pairwise(words)]
        kinds = {
            "words": beginnings(words),
            "titles": beginnings(titles_of(index, rng, given.words)),
            "pinyin": beginnings(spelt(words)),
            "two words": [text for text in beginnings(pairs) if " " in text],
        }
        began = time.perf_counter()
        index.suggest("中")
        print(f"first call: {(time.perf_counter() - began) * 1000:.0f} ms")
        passed: list[float] = []
        worked: list[float] = []
        for kind, texts in kinds.items():
            if texts:
                some = measure(index, texts)
                print(line(kind, *some))
                passed += some[0]
                worked += some[1]
    print(line("all", passed, worked), f"(wanted: p99 under {GOAL:g} ms)")


def line(kind: str, passed: Sequence[float], worked: Sequence[float]) -> str:
    """The figures of one kind of beginnings."""
    p50, p99 = percentile(passed, 50), percentile(passed, 99)
    return (
        f"{kind}: {len(passed)} beginnings, p50 {p50:.2f} ms, p99 {p99:.2f} ms, "
        f"slowest {max(passed):.2f} ms; of the processor p99 {percentile(worked, 99):.2f} ms"
    )


if __name__ == "__main__":
    main()
