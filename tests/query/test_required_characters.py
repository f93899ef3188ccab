"""Single characters that must be there are found by lists or in texts, whatever takes less time."""

import random
import re
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from searcher import Document, Index
from searcher.index.columnar import textcache
from searcher.query import topk
from searcher.text import Folding
from searcher.text.characters import HAN
from tests.index.columnar_tools import ENGINES, using
from tests.index.test_columnar_texts import texts_of

HAN_CHARACTER = re.compile(f"[{HAN}]")

# The characters of texts: also forms that fold to others, and to several.
CHARACTERS = "人⼈该該准备準備蚊㈱株式保险險Ａa ，。\n"
QUERIES = (
    "准备 蚊",
    "人 该",
    "保险 人 该",
    "准备 保险 蚊 人",
    "株 人",
    "蚊 該 準備",
    "准备 人 该 蚊 保 险 准 备 株",
)

# How single characters are looked for: in the texts of so few documents at once; else lists of so
# many bytes are decoded at once, so many texts of the best documents are looked at, and in place
# of a text so many bytes of lists are decoded.
WAYS = {
    "in few texts": (1 << 30, -1, 1 << 30, 256),
    "in few texts of the best, then in all": (1 << 30, -1, 2, 0),
    "in lists": (-1, 1 << 30, 128, 256),
    "in texts of the best, then in lists": (-1, -1, 2, 1 << 30),
    "in texts of the best, then in all texts": (-1, -1, 2, 0),
    "in texts of the best alone": (-1, -1, 1 << 30, 256),
}
LIMITS = ("_FEW_CANDIDATES", "_SHORT_LISTS", "_FEW_TEXTS", "_TEXT")


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    chance = random.Random(5)
    made = []
    for number in range(700):
        title, body = (
            "".join(chance.choices(CHARACTERS, k=chance.randrange(most))) for most in (4, 40)
        )
        made.append(Document(id=f"{number:03}", title=title, body=body + "准备保险" * (number % 2)))
    return made


@pytest.fixture(scope="module")
def index(documents: list[Document], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("required") / "index", create=True) as index:
        index.add(documents[:500])
        index.add(documents[500:])
        index.delete([document.id for document in documents[::7]])
        yield index


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("query", QUERIES)
def test_all_ways_find_what_the_folded_text_has(
    way: str,
    query: str,
    index: Index,
    documents: list[Document],
    folding: Folding,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fold = folding.fold
    wanted = {
        document.id
        for number, document in enumerate(documents)
        if number % 7
        and all(
            fold(word) in fold(document.title) or fold(word) in fold(document.body)
            for word in query.split()
        )
    }
    in_order = [hit.id for hit in index.search(query, mode="all", limit=None)]
    for name, value in zip(LIMITS, WAYS[way], strict=True):
        monkeypatch.setattr(topk, name, value)
    assert wanted
    for limit in (1, 5, None):
        results = index.search(query, mode="all", limit=limit)
        assert [hit.id for hit in results] == in_order[:limit]
        assert results.total == len(wanted)
    assert set(in_order) == wanted


def test_a_folded_character_that_folds_to_another_is_not_looked_for_in_unfolded_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that somebody made may go in a circle: here 甲 folds to 丙, and 丙 to 乙."""
    monkeypatch.setattr(topk, "_SHORT_LISTS", -1)
    with using("numpy"):
        circle = Folding("甲乙丙", "乙丙甲")
        monkeypatch.setattr(Folding, "from_opencc", lambda: circle)
        with Index.open(tmp_path / "index", create=True) as index:
            index.add([Document(id=char, body=f"准备{char}") for char in "甲乙丙"])
            for char in "甲乙丙":
                assert [hit.id for hit in index.search(f"准备 {char}", mode="all")] == [char]


@pytest.mark.parametrize("engine", ENGINES)
def test_characters_that_fold_in_several_steps_are_found(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the table 甲 becomes 乙, 乙 becomes 丙, and 丁 a sign that stands for 株式会社."""
    with using(engine):
        steps = Folding("甲乙丁", "乙丙㍿")
        monkeypatch.setattr(Folding, "from_opencc", lambda: steps)
        with Index.open(tmp_path / "index", create=True) as index:
            index.add([Document(id=char, body=f"准备{char}。") for char in "甲乙丙丁㍿株戊"])
            for query, found in (("丙", "甲乙丙"), ("株", "丁㍿株"), ("社", "丁㍿"), ("戊", "戊")):
                results = index.search(f"准备 {query}", mode="all")
                assert {hit.id for hit in results} == set(found)


@pytest.mark.parametrize("engine", ENGINES)
def test_letters_that_fold_to_han_characters_are_found(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Letters that the table does not have are folded to one that it has."""
    monkeypatch.setattr(topk, "_SHORT_LISTS", -1)
    with using(engine):
        letters = Folding("甲q", "乙中")
        monkeypatch.setattr(Folding, "from_opencc", lambda: letters)
        with Index.open(tmp_path / "index", create=True) as index:
            index.add([Document(id=char, body=f"准备{char}。") for char in "甲qQｑＱ中丙"])
            results = index.search("准备 中", mode="all")
            assert {hit.id for hit in results} == set("qQｑＱ中")


def test_not_all_texts_are_in_memory_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where many documents have to be looked at, of which few have the character."""
    monkeypatch.setattr(textcache, "shared", lambda native: native.Cache(0))
    for name, value in zip(LIMITS, WAYS["in few texts of the best, then in all"], strict=True):
        monkeypatch.setattr(topk, name, value)
    monkeypatch.setattr(topk, "_FEW_CANDIDATES", -1)
    body, count = "准备保险理赔。" * 1500, 500
    with using("kernel"), Index.open(tmp_path / "index", create=True) as index:
        index.add([Document(id=str(n), body=body + "蚊" * (n == 7)) for n in range(count)])
        index.search("准备 险", mode="all")
        tracemalloc.start()
        try:
            assert [hit.id for hit in index.search("准备 蚊", mode="all")] == ["7"]
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 2 * len(body) * count / 2


def test_what_the_kernel_takes_for_plain_folds_to_no_other_han_character(
    tmp_path: Path, folding: Folding
) -> None:
    """It says "no" only where the folded text need not be read: every character is tried."""
    codes = [code for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    with using("kernel"):
        texts = texts_of(tmp_path / "texts", [("", chr(code), "") for code in codes])
        found = texts.having(range(len(codes)), ("丂",))
    assert found is not None
    for code, known in zip(codes, found, strict=True):
        char = chr(code)
        others = set(HAN_CHARACTER.findall(folding.fold(char))) - {char}
        if known == 0 and others:
            (other,) = others
            assert char in folding.written_as(other)
    assert found.count(0) > 0x5000
