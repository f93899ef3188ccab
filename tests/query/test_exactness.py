"""What grep finds, it finds: a quoted query is ``in`` on the folded text."""

import random
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from searcher import Document, Index
from searcher.text import Folding
from tests.conftest import REAL_COLLECTIONS, shared_documents

FOLDING = Folding.from_opencc()


def quoted(text: str) -> str:
    """A string as a quoted query: marks and backslashes inside lose their meaning."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@cache
def folded_collection() -> dict[str, tuple[str, str]]:
    return {
        document.id: (FOLDING.fold(document.title), FOLDING.fold(document.body))
        for name, limit in REAL_COLLECTIONS.items()
        for document in shared_documents(name, limit)
    }


def grep(text: str) -> set[str]:
    wanted = FOLDING.fold(text)
    return {
        id for id, (title, body) in folded_collection().items() if wanted in title or wanted in body
    }


def found(index: Index, query: str) -> set[str]:
    return {hit.id for hit in index.search(query, limit=None, snippet_width=20)}


def test_2000_random_substrings_of_real_documents(real_index: Index) -> None:
    chance = random.Random(20220328)
    documents = [d for name, n in REAL_COLLECTIONS.items() for d in shared_documents(name, n)]
    for _ in range(2000):
        text = chance.choice(documents).body
        start = chance.randrange(len(text))
        wanted = text[start : start + chance.randint(1, 12)]
        expected = grep(wanted)
        assert expected
        results = real_index.search(quoted(wanted), limit=1)
        assert results.total == len(expected), wanted
        if len(expected) <= 40:  # to build snippets for thousands of hits takes its time
            assert found(real_index, quoted(wanted)) == expected, wanted


def test_strings_that_are_in_no_document_are_not_found(real_index: Index) -> None:
    chance = random.Random(95505)
    letters = sorted({char for _, body in folded_collection().values() for char in body})
    for _ in range(300):
        wanted = "".join(chance.choices(letters, k=chance.randint(2, 5)))
        assert real_index.search(quoted(wanted), limit=1).total == len(grep(wanted)), wanted


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=st.text("核酸筛查ab1 ，。\n", min_size=1, max_size=40), data=st.data())
def test_any_part_of_a_random_text(index: Index, text: str, data: st.DataObject) -> None:
    index.add([Document(id="it", body=text)])
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert found(index, quoted(text[start:end])) == {"it"}
    other = data.draw(st.text("核酸筛查ab1 ，。\n", min_size=1, max_size=4))
    expected = FOLDING.fold(other) in FOLDING.fold(text)
    assert found(index, quoted(other)) == ({"it"} if expected else set())


@pytest.mark.parametrize(
    "query",
    [
        "“空中客服”",
        '"空中客服"',
        "「空中客服」",
        "『空中客服』",
        "＂空中客服＂",
        "”空中客服“",
        "〝空中客服〞",
    ],
)
def test_all_quotation_marks_quote(index: Index, query: str) -> None:
    index.add([Document(id="a", body="推出“空中客服”等举措"), Document(id="b", body="空中有客服")])
    assert found(index, query) == {"a"}


def test_traditional_and_full_width_are_the_same(index: Index) -> None:
    index.add(
        [Document(id="a", title="險企員工", body="ＡＰＰ上操作"), Document(id="b", body="APP")]
    )
    assert found(index, '"险企员工"') == found(index, "“險企員工”") == {"a"}
    assert found(index, '"app上"') == {"a"}


def test_a_quoted_string_is_found_inside_latin_words(index: Index) -> None:
    index.add([Document(id="a", body="Teladoc Health"), Document(id="b", body="tela doc")])
    assert found(index, '"lado"') == {"a"}
    assert found(index, '"c h"') == {"a"}
    assert found(index, '"a d"') == {"b"}


def test_a_quoted_string_does_not_reach_from_the_title_into_the_body(index: Index) -> None:
    index.add([Document(id="a", title="核酸", body="筛查")])
    assert found(index, '"核酸筛查"') == set()


def test_a_quoted_string_with_a_field_is_looked_for_there_only(index: Index) -> None:
    index.add([Document(id="a", title="核酸", body="筛查"), Document(id="b", body="核酸")])
    assert found(index, '标题："核酸"') == {"a"}
    assert found(index, "body:「核酸」") == {"b"}


def test_without_the_deleted_and_with_the_replaced(index: Index) -> None:
    index.add([Document(id="a", body="空中客服"), Document(id="b", body="空中客服")])
    index.add([Document(id="a", body="换了内容")])
    assert found(index, "“空中客服”") == {"b"}
    index.delete(["b"])
    assert found(index, "“空中客服”") == set()


@pytest.mark.parametrize("query", ["！", "（）", "——", "😀"])
def test_punctuation_alone_is_looked_for_as_it_is(index: Index, query: str) -> None:
    index.add([Document(id="a", body="好！（）——😀"), Document(id="b", body="不好")])
    assert found(index, query) == {"a"}


def test_a_string_is_not_found_where_only_its_pairs_are(index: Index) -> None:
    index.add(
        [
            Document(id="string", body="理赔款已经到账"),
            Document(id="pairs", body="先理赔，赔款后到"),
            Document(id="parted", title="理赔", body="赔款"),
        ]
    )
    for limit in (1, 10, None):
        results = index.search('"理赔款"', limit=limit)
        assert [hit.id for hit in results] == ["string"]
        assert results.total == 1


def test_the_first_hits_for_a_string_are_those_of_all(index: Index) -> None:
    """With two characters every text has most pairs, and few have the longer strings."""
    chance = random.Random(5)
    bodies = {str(n): "".join(chance.choices("甲乙", k=chance.randint(2, 14))) for n in range(300)}
    index.add(Document(id=id, body=body) for id, body in bodies.items())
    for _ in range(60):
        string = "".join(chance.choices("甲乙", k=chance.randint(3, 7)))
        having = {id for id, body in bodies.items() if string in body}
        everything = [hit.id for hit in index.search(f'"{string}"', limit=None)]
        first = index.search(f'"{string}"', limit=5)
        assert set(everything) == having
        assert [hit.id for hit in first] == everything[:5]
        assert first.total == len(having)
