"""More like this: the documents that share what tells most of one."""

import random
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from searcher import ArgumentError, Document, Index, Results
from tests.conftest import shared_documents
from tests.index.columnar_tools import ENGINES, using

TOPICS = {
    "车": "这辆汽车发动机的马力很大，司机踩下油门，轮胎在公路上打滑，刹车也失灵了。",
    "饭": "厨师把豆腐和辣椒放进炒锅，酱油的香味飘满厨房，米饭也煮好了。",
    "病": "医生给病人做了手术，护士换了绷带，药房配了抗生素，病房很安静。",
}


def similar(index: Index, id: str, **arguments: Any) -> Results:
    results = index.similar(id, **arguments)
    assert results is not None
    return results


@pytest.fixture(scope="module")
def topics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """Twelve documents of each topic, each with some of its sentence's clauses and words."""
    chance = random.Random(7)
    documents = []
    for topic, text in TOPICS.items():
        clauses = text.rstrip("。").split("，")
        for number in range(12):
            body = "，".join(chance.sample(clauses, 3)) + "。今天我们说了很多。"
            documents.append(
                Document(
                    id=f"{topic}{number:02}",
                    body=body,
                    source=f"{topic}报",
                    tags=("偶数",) if number % 2 == 0 else (),
                    date=datetime(2020 + number % 3, 1, 1),
                )
            )
    with Index.open(tmp_path_factory.mktemp("topics"), create=True) as index:
        index.add(documents)
        yield index


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_similar_is_of_the_same_topic(topics: Index, topic: str) -> None:
    for number in range(12):
        results = similar(topics, f"{topic}{number:02}", limit=5)
        assert [hit.id[0] for hit in results] == [topic] * 5


def test_the_document_itself_is_left_out_but_its_copies_are_not(index: Index) -> None:
    index.add(Document(id=id, title="核酸筛查", body="保险公司的服务") for id in ("a", "b", "c"))
    index.add([Document(id="d", body="保险公司")])
    results = similar(index, "a")
    assert [hit.id for hit in results] == ["b", "c", "d"]
    assert results.total == 3
    assert [hit.rank for hit in results] == [1, 2, 3]
    assert [hit.id for hit in similar(index, "a", limit=1, offset=1)] == ["c"]
    assert similar(index, "a", limit=0).total == 3


def test_the_results_say_what_was_asked_and_mark_it(topics: Index) -> None:
    results = similar(topics, "饭00")
    document = topics.get("饭00")
    assert document is not None
    words = results.query.split()
    assert words
    assert all(word in document.body for word in words)
    assert results.reading.startswith(f"like(饭00): {words[0]}^")
    hit = results[0]
    marked = {hit.snippet.text[start:end] for start, end in hit.snippet.spans}
    assert marked
    assert all(any(word in mark for word in words) for mark in marked)


def test_single_characters_and_numbers_tell_nothing(index: Index) -> None:
    index.add(
        [
            Document(id="a", body="2022 15 我 的 车，上海"),
            Document(id="b", body="2022 15 我 的 车"),
            Document(id="c", body="上海"),
        ]
    )
    results = similar(index, "a")
    assert results.query == "上海"
    assert [hit.id for hit in results] == ["c"]


def test_a_name_that_the_dictionary_lacks_tells_something(index: Index) -> None:
    bodies = {"a": "魑魍说，魑魍不来。", "b": "等魑魍的消息", "c": "魑和魍", "d": "消息说不来"}
    index.add(Document(id=id, body=body) for id, body in bodies.items())
    assert similar(index, "a")[0].id == "b"
    assert "魑魍" in similar(index, "a").query.split()


def test_words_of_the_title_count_more(index: Index) -> None:
    index.add(
        [
            Document(id="a", title="汽车", body="医生"),
            Document(id="b", body="汽车"),
            Document(id="c", body="医生"),
        ]
    )
    assert [hit.id for hit in similar(index, "a")] == ["b", "c"]


@pytest.mark.parametrize(
    "filters",
    [
        {"source": "饭报"},
        {"tag": ["偶数"]},
        {"since": "2021"},
        {"until": "2020", "tag": "偶数"},
        {"source": ["车报", "病报"]},
    ],
)
def test_filters_leave_scores_as_they_are(topics: Index, filters: dict[str, Any]) -> None:
    everything = similar(topics, "饭03", limit=None)
    allowed = {hit.id for hit in topics.search("*", limit=None, **filters)}
    filtered = similar(topics, "饭03", limit=None, **filters)
    assert [(hit.id, hit.score) for hit in filtered] == [
        (hit.id, hit.score) for hit in everything if hit.id in allowed
    ]
    assert filtered.total == len(filtered)
    assert 0 < len(filtered) < len(everything)


def test_an_unknown_id_gives_none(topics: Index) -> None:
    assert topics.similar("饭") is None
    assert topics.similar("") is None
    assert topics.similar("\ud800") is None


@pytest.mark.parametrize("body", ["", "！？", "的 我 1 2", "龘靐齉"])
def test_a_document_that_says_nothing_is_like_no_other(index: Index, body: str) -> None:
    index.add([Document(id="it\n", body=body), Document(id="b", body="别的 1 2 的")])
    results = similar(index, "it\n")
    assert (len(results), results.total, results.query) == (0, 0, "")
    assert results.reading == "like(it\n):"


def test_a_value_that_makes_no_sense_is_named(topics: Index) -> None:
    with pytest.raises(ArgumentError, match="limit"):
        topics.similar("饭03", limit=-1)
    with pytest.raises(ArgumentError, match="since"):
        topics.similar("饭03", since="the other day")


def test_of_several_segments_without_the_deleted_with_and_without_the_kernel(
    index: Index,
) -> None:
    documents = list(shared_documents("cmrc2018", 60))
    for start in range(0, 60, 20):
        index.add(documents[start : start + 20])
    index.add([Document(id="copy", title=documents[5].title, body=documents[5].body)])
    index.delete([documents[7].id])
    found = []
    for engine in ENGINES:
        with using(engine), Index.open(index.path) as opened:
            found.append([opened.similar(one.id) for one in documents])
    assert found[0] == found[1]
    assert found[0][7] is None
    assert found[0][5] is not None
    assert found[0][5][0].id == "copy"
    assert documents[7].id not in {hit.id for one in found[0] if one for hit in one}
