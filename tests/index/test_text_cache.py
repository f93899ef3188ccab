"""Texts that are kept decoded: the same as in the file, within a limit, each segment's its own."""

import random
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest

from searcher.index.columnar import textcache
from searcher.index.columnar.texts import Texts
from searcher.kernel import load
from tests.index.columnar_tools import ENGINES, using
from tests.index.test_columnar_texts import texts_of

LIMIT = 64 << 10  # bytes
Part = tuple[str, str, str]


@pytest.fixture(params=ENGINES)
def cache(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A small cache, which all texts that are opened share."""
    with using(request.param):
        native = load("texts")
        small = textcache.TextCache(LIMIT) if native is None else native.Cache(LIMIT)

        def shared(_: ModuleType | None) -> Any:
            return small

        monkeypatch.setattr(textcache, "shared", shared)
        yield small


def parts_of(name: str, count: int) -> list[Part]:
    return [
        (f"{name}{number}", f"{name}第{number}篇" * (number % 40), "") for number in range(count)
    ]


def read(texts: Texts, numbers: list[int]) -> list[tuple[str, str]]:
    """What ``both`` gives, looked for in the records as well."""
    found = texts.both(numbers)
    assert [(title, body) for _, title, body, _ in texts.records(numbers)] == found
    return found


def test_what_is_kept_is_what_the_file_has_and_stays_within_the_limit(
    tmp_path: Path, cache: Any
) -> None:
    chance = random.Random(1)
    files = {name: parts_of(name, 300) for name in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"}
    opened = {name: texts_of(tmp_path / name, parts) for name, parts in files.items()}
    sizes = []
    for _ in range(1000):
        name = chance.choice(list(files))
        numbers = [int(300 * chance.random() ** 2) for _ in range(chance.randint(0, 32))]
        assert read(opened[name], numbers) == [files[name][number][:2] for number in numbers]
        sizes.append(cache.size())
    assert LIMIT // 2 < max(sizes) <= LIMIT


def test_a_text_that_is_read_again_is_not_decoded_again(tmp_path: Path, cache: Any) -> None:
    texts = texts_of(tmp_path / "texts", parts_of("甲", 50))
    first = texts.both(range(50))
    again = texts.both(range(50))
    assert all(one[1] is other[1] for one, other in zip(first, again, strict=True) if one[1])


def test_what_was_read_longest_ago_gives_way(tmp_path: Path, cache: Any) -> None:
    texts = texts_of(tmp_path / "texts", [("题", f"{number}文" * 200, "") for number in range(400)])
    (often,) = texts.both([0])
    for number in range(1, 400):
        texts.both([number])
        texts.both([0])
    (still,) = texts.both([0])
    assert still[1] is often[1]


def test_a_long_text_pushes_nothing_out(tmp_path: Path, cache: Any) -> None:
    texts = texts_of(tmp_path / "texts", [("题", "短文" * 10, ""), ("题", "长文" * LIMIT, "")])
    (short,) = texts.both([0])
    size = cache.size()
    texts.both([1])
    assert cache.size() == size
    assert texts.both([0])[0][1] is short[1]


def test_single_records_are_read_from_the_file(tmp_path: Path, cache: Any) -> None:
    """They tell whether it is damaged, and those who read all one by one do not read them again."""
    texts = texts_of(tmp_path / "texts", parts_of("甲", 50))
    for number in range(50):
        texts.record(number)
        texts.parts(number)
        texts.title(number)
    assert cache.size() == 0


def test_texts_that_are_closed_are_forgotten(tmp_path: Path) -> None:
    native = load("texts")
    if native is None:
        pytest.skip("Python's cache has no way to know")
    small = native.Cache(LIMIT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textcache, "shared", lambda _: small)
        texts = texts_of(tmp_path / "texts", parts_of("甲", 50))
    texts.both(range(50))
    assert small.size() > 0
    del texts
    assert small.size() == 0


def test_nothing_is_kept_where_nothing_may_be(tmp_path: Path, monkeypatch: Any) -> None:
    parts = parts_of("甲", 50)
    for engine in ENGINES:
        with using(engine):
            native = load("texts")
            none = textcache.TextCache(0) if native is None else native.Cache(0)
            monkeypatch.setattr(textcache, "shared", lambda _, none=none: none)
            texts = texts_of(tmp_path / engine, parts)
            for _ in range(2):
                assert read(texts, [3, 4, 3]) == [parts[number][:2] for number in (3, 4, 3)]
            assert none.size() == 0


def test_threads_that_read_the_same_at_the_same_time_keep_it_once() -> None:
    """All threads of a process share Python's cache. What two have decoded counts once."""
    cache = textcache.TextCache(LIMIT)
    text = "题", "文" * 500

    def read_at_random(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(20_000):
            cache.texts(0, [chance.randrange(80)], lambda _: text)

    def is_kept(number: int) -> bool:
        asked: list[int] = []

        def read(document: int) -> tuple[str, str]:
            asked.append(document)
            return text

        cache.texts(0, [number], read)
        return not asked

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(read_at_random, range(8)))
    finally:
        sys.setswitchinterval(interval)
    assert 0 < cache.size() <= LIMIT
    # All are equally large, and those of the last turn are kept.
    one = textcache.TextCache(LIMIT)
    one.texts(0, [0], lambda _: text)
    room = LIMIT // one.size()
    assert cache.size() == room * one.size()
    for number in range(room):
        is_kept(number)
    assert all(map(is_kept, range(room)))
    assert cache.size() == room * one.size()


def test_who_reads_while_a_text_is_read_does_not_wait_for_himself() -> None:
    """As the handler of a signal does that searches. What both have read is kept once."""
    cache, once = textcache.TextCache(LIMIT), textcache.TextCache(LIMIT)
    text = "题", "文" * 500
    once.texts(0, [5], lambda _: text)

    def read_again(number: int) -> tuple[str, str]:
        return cache.texts(0, [number], lambda _: text)[0]

    reading = Thread(target=cache.texts, args=(0, [5], read_again), daemon=True)
    reading.start()
    reading.join(10)
    assert not reading.is_alive()
    assert cache.size() == once.size()
