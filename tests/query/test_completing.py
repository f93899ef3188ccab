"""``Index.suggest``: how a text that was begun can go on."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from searcher import ArgumentError, Document, Index, Suggestion
from searcher.api.state import State
from searcher.index.fields import WORDS
from searcher.index.store import Store


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """A few documents in several segments, some deleted."""
    index = Index.open(tmp_path_factory.mktemp("completing") / "index", create=True)
    index.add(
        [
            *(Document(id=f"h{n}", title="热线值班", body="值班") for n in range(300)),
            Document(id="gone", title="理赔旧闻", body="理科 理赔"),
        ]
    )
    bodies = ["上海 理赔 核酸", "上海 理赔 重庆", "北京 理财 核酸", "理想 iPhone"]
    index.add(Document(id=f"b{number}", body=body) for number, body in enumerate(bodies))
    index.add(
        [
            Document(id="t1", title="理赔须知", body="一"),
            Document(id="t2", title="理赔，须知", body="二"),
            Document(id="t3", title="「理賠」指南", body="三"),
        ]
    )
    index.delete(["gone", "h0"])
    assert index.status().segments == 3
    return index


def texts(index: Index, text: str, limit: int = 10) -> list[str]:
    return [one.text for one in index.suggest(text, limit=limit)]


def test_words_and_titles_by_how_many_documents_have_them(claims: Index) -> None:
    assert claims.suggest("理") == (
        Suggestion("理赔", 5),
        Suggestion("理赔须知", 2),
        Suggestion("理想", 1),
        Suggestion("理财", 1),
        Suggestion("「理賠」指南", 1),
    )


def test_titles_are_shown_as_written_and_found_without_punctuation(claims: Index) -> None:
    assert texts(claims, "理赔指") == ["「理賠」指南"]
    assert "「理賠」指南" in texts(claims, "理賠 指")
    assert "理赔须知" in texts(claims, "理赔须")


def test_deleted_documents_do_not_count(claims: Index) -> None:
    assert claims.suggest("热线") == (Suggestion("热线", 299), Suggestion("热线值班", 299))
    assert texts(claims, "理科") == texts(claims, "理赔旧") == []


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("hes", "核酸"),
        ("hesuan", "核酸"),
        ("he'su", "核酸"),
        ("HeS", "核酸"),
        ("lip", "理赔"),
        ("chongq", "重庆"),
        ("sh", "上海"),
    ],
)
def test_pinyin_is_completed(claims: Index, typed: str, completed: str) -> None:
    assert completed in texts(claims, typed)


def test_one_letter_is_no_pinyin(claims: Index) -> None:
    assert texts(claims, "i") == ["iphone"]
    assert texts(claims, "h") == []


def test_the_last_word_is_completed_if_documents_have_it_with_what_stands_before(
    claims: Index,
) -> None:
    assert claims.suggest("上海 理") == (Suggestion("上海 理赔", 2),)
    assert claims.suggest("上海 核酸 理") == (Suggestion("上海 核酸 理赔", 1),)
    assert claims.suggest("北京 lic") == (Suggestion("北京 理财", 1),)
    assert claims.suggest("北京 上海") == ()


def test_words_without_a_space_go_on_where_they_are_neighbours(index: Index) -> None:
    index.add([Document(id="a", body="上海理赔"), Document(id="b", body="上海，理财")])
    assert index.suggest("上海理") == (Suggestion("上海理赔", 1),)


@pytest.mark.parametrize(
    "text",
    ["", "  ", "😀", "\ud800", "。", "\x00", "a" * 10_000, "核酸" * 5000, "'", "u:", "''''", "<"],
)
def test_what_begins_nothing_has_no_completion(claims: Index, text: str) -> None:
    assert claims.suggest(text) == ()


def test_a_limit_that_is_none_is_an_error(claims: Index) -> None:
    assert len(claims.suggest("理", limit=2)) == 2
    assert claims.suggest("理", limit=0) == ()
    wrong: list[tuple[Any, Any]] = [("理", -1), ("理", None), (None, 3), ("理", "3")]
    for text, limit in wrong:
        with pytest.raises(ArgumentError):
            claims.suggest(text, limit=limit)


def test_an_empty_index_completes_nothing(index: Index) -> None:
    assert index.suggest("理") == index.suggest("li") == ()


def test_what_is_committed_is_completed(index: Index) -> None:
    assert index.suggest("核") == ()
    index.add([Document(id="a", body="核酸")])
    assert index.suggest("核") == (Suggestion("核酸", 1),)


def test_a_folder_that_cannot_be_written_is_enough(claims: Index, tmp_path: Path) -> None:
    before = sorted(claims.path.rglob("*"))
    claims.suggest("理")
    claims.suggest("hes")
    assert sorted(claims.path.rglob("*")) == before


def test_the_most_frequent_of_all_segments_are_found(tmp_path: Path) -> None:
    """As many as when all words of all segments are counted together."""
    rng = random.Random(8)
    words = ["理赔", "理财", "理想", "理论", "理解", "理由", "理念", "理性", "理事", "理科"]
    with Index.open(tmp_path / "index", create=True) as index:
        for size in (2000, 300, 40):
            some = [
                Document(id=f"{size}-{n}", body=" ".join(rng.choices(words, range(1, 11), k=2)))
                for n in range(size)
            ]
            index.add(some)
        reader = State(Store(index.path)).reader
        assert len(reader.segments) > 1
        counts = Counter({word: reader.document_frequency(WORDS, word) for word in words})
        best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        for limit in (1, 2, 5):
            found = [(one.text, one.documents) for one in index.suggest("理", limit=limit)]
            assert found == best[:limit]


def test_a_word_that_is_second_in_each_segment_may_be_the_first_of_all(index: Index) -> None:
    def documents(words: str) -> list[Document]:
        return [
            Document(id=f"{words[:2]}{word}{n}", body=word)
            for word, count in zip(words.split(), (10, 9), strict=True)
            for n in range(count)
        ]

    index.add(documents("理财 理赔"))
    index.add(documents("理想 理赔"))
    assert index.status().segments == 2
    assert index.suggest("理", limit=1) == (Suggestion("理赔", 18),)
