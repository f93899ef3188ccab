"""What the run of completions asks and prints, which needs no clock."""

import random

from searcher import Document, Index
from tests.benchmarks.suggesting import beginnings, line, measure, spelt, titles_of, words_of


def test_all_beginnings_are_asked_once_each() -> None:
    assert beginnings(["理赔", "理财", "a"]) == ["理", "理赔", "理财", "a"]


def test_words_are_spelt_as_they_are_mostly_read() -> None:
    assert list(spelt(["核酸", "iPhone", "理赔"])) == ["hesuan", "lipei"]


def test_each_beginning_is_measured(index: Index) -> None:
    index.add([Document(id="a", title="理赔须知", body="核酸检测 理赔")])
    rng = random.Random(1)
    assert titles_of(index, rng, 5) == ["理赔须知"]
    texts = beginnings(words_of(index, rng, 9))
    assert {"核", "核酸", "理赔"} <= set(texts)
    passed, worked = measure(index, texts)
    assert len(passed) == len(worked) == len(texts)
    figures = line("words", [1.0, 3.0], [1.0, 2.0])
    assert figures.startswith("words: 2 beginnings, p50 1.00 ms, p99 3.00 ms, slowest 3.00 ms")
    assert figures.endswith("of the processor p99 2.00 ms")
