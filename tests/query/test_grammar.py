"""How queries are read."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher import Document, Index
from searcher.query.dates import parse_date_range
from searcher.query.grammar import parse, parse_whole
from searcher.query.tree import (
    And,
    Boost,
    Clauses,
    DateRange,
    Everything,
    Exact,
    Fuzzy,
    Node,
    Not,
    Or,
    Pattern,
    Value,
    Words,
    describe,
)

Mode = Literal["any", "all"]


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("核酸筛查", Words("核酸筛查")),
        ("理赔 绿色通道", Words("理赔 绿色通道")),
        ('"绿色通道"', Exact("绿色通道")),
        ("title:理赔", Words("理赔", "title")),
        ('title:"理赔"', Exact("理赔", "title")),
        ("source:国际金融报", Value("source", "国际金融报")),
        ("tag:理赔", Value("tag", "理赔")),
        ("path:news/2022", Value("path", "news/2022")),
        ("保险*", Pattern("保险*")),
        ("wild?card", Pattern("wild?card")),
        ("fuzzy~", Fuzzy("fuzzy")),
        ("fuzzy~1", Fuzzy("fuzzy", 1)),
        ("理赔^2", Boost(Words("理赔"), 2.0)),
        ('"理赔"^1.5', Boost(Exact("理赔"), 1.5)),
        ("a AND b", And((Words("a"), Words("b")))),
        ("a OR b", Or((Words("a"), Words("b")))),
        ("a b OR c d", Or((Words("a b"), Words("c d")))),
        ("a AND b OR c", Or((And((Words("a"), Words("b"))), Words("c")))),
        ("a NOT b", Clauses((), (Words("a"),), (Words("b"),))),
        ("a AND NOT b", And((Words("a"), Not(Words("b"))))),
        ("+a b -c", Clauses((Words("a"),), (Words("b"),), (Words("c"),))),
        ("-a", Clauses((), (), (Words("a"),))),
        ("(a OR b) AND c", And((Or((Words("a"), Words("b"))), Words("c")))),
        ("title:(a b)", Words("a b", "title")),
        ("(a b)^2", Boost(Words("a b"), 2.0)),
        ("*", Everything()),
        ('"a" b', Clauses((Exact("a"),), (Words("b"),))),
        ("“a”-“b”", Clauses((Exact("a"),), (), (Exact("b"),))),
        ("-“a”-“b”", Clauses((), (), (Exact("a"), Exact("b")))),
        ("“a”？", Exact("a")),
        ("\u200b“a”\ufeff", Exact("a")),
    ],
)
def test_operators(query: str, tree: Node) -> None:
    assert parse(query) == tree


@pytest.mark.parametrize(
    ("full", "half"),
    [
        ("“理赔”", '"理赔"'),
        ("「理赔」", '"理赔"'),
        ("『理赔』", '"理赔"'),
        ("标题：理赔", "title:理赔"),
        ("標題：理赔", "title:理赔"),
        ("正文：理赔", "body:理赔"),
        ("来源：新华社", "source:新华社"),
        ("來源：新华社", "source:新华社"),
        ("标签：理赔", "tag:理赔"),
        ("路径：news", "path:news"),
        ("日期：２０２２", "date:2022"),
        ("理赔，通道、服务\u3000热线", "理赔 通道 服务 热线"),
        ("＋理赔 －通道", "+理赔 -通道"),
        ("（理赔｜通道） AND 服务", "(理赔 | 通道) AND 服务"),
        ("理赔 ＯＲ 通道", "理赔 OR 通道"),
        ("标题：“理赔”", 'title:"理赔"'),
        ("保险＊", "保险*"),
        ("保险～", "保险~"),
        ("保险＾２", "保险^2"),
    ],
)
def test_what_an_input_method_types_is_the_same_in_half_width(full: str, half: str) -> None:
    assert parse(full) == parse(half)


@pytest.mark.parametrize(
    "text",
    [
        "贷款逾期了怎么办？",
        "贷款逾期了怎么办?",
        "22：30左右",
        "http://example.com/a?b=c",
        "C++",
        "TF-IDF",
        "上海-北京",
        "title:",
        "标题：",
        "未知：字段",
        "date:someday",
        "**重点**",
        "~",
        "^2",
        "OR",
        "AND a",
        "a OR",
        "NOT",
        "(",
        "”",
        '""',
        "-",
        "a*b*c*d*e",
    ],
)
def test_what_cannot_be_an_operator_is_text(text: str) -> None:
    assert parse(text) == Words(text)


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("险企员工：“成功”上班好感动", "险企员工： 成功 上班好感动"),
        ("燕子(化名)早早来到了职场", "燕子 化名 早早来到了职场"),
        ("早上好！欢迎回来。", "早上好！欢迎回来。"),
        ("(未闭合 的括号", "未闭合 的括号"),
        ("未打开) 的括号", "未打开 的括号"),
        ('27" 显示器', "27 显示器"),
    ],
)
def test_a_pasted_sentence_is_text_whatever_marks_it_has(pasted: str, words: str) -> None:
    assert parse(pasted) == Words(words)


def test_a_backslash_takes_the_meaning_of_a_quotation_mark() -> None:
    assert parse(r'"a\"b"') == Exact('a"b')
    assert parse(r'"a\\"') == Exact("a\\")
    assert parse(r'"a\nb"') == Exact(r"a\nb")


def test_other_quotation_marks_inside_a_quotation_are_its_text() -> None:
    assert parse("「他说“好”」") == Exact("他说“好”")
    assert parse('"他说“好”"') == Exact("他说“好”")


def test_thousands_of_opening_marks_do_no_harm() -> None:
    assert isinstance(describe(parse("「" * 100_000)), str)
    assert isinstance(describe(parse("“a「" * 30_000 + "」”x")), str)


def test_deep_parentheses_do_no_harm() -> None:
    assert parse("(" * 5000 + "a" + ")" * 5000) == Words("a")


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2022", datetime(2022, 1, 1), datetime(2023, 1, 1)),
        ("2022-03", datetime(2022, 3, 1), datetime(2022, 4, 1)),
        ("2022-12", datetime(2022, 12, 1), datetime(2023, 1, 1)),
        ("2022-03-28", datetime(2022, 3, 28), datetime(2022, 3, 29)),
        ("20220328", datetime(2022, 3, 28), datetime(2022, 3, 29)),
        ("2022/3/28", datetime(2022, 3, 28), datetime(2022, 3, 29)),
        ("2022年3月", datetime(2022, 3, 1), datetime(2022, 4, 1)),
        ("2022年3月28日", datetime(2022, 3, 28), datetime(2022, 3, 29)),
        ("2022-03..2022-06", datetime(2022, 3, 1), datetime(2022, 7, 1)),
        ("2022-06..2022-03", datetime(2022, 3, 1), datetime(2022, 7, 1)),
        ("2022-03..", datetime(2022, 3, 1), None),
        ("..2022-06", None, datetime(2022, 7, 1)),
        (">=2022-03", datetime(2022, 3, 1), None),
        (">2022-03", datetime(2022, 4, 1), None),
        ("<2022-03", None, datetime(2022, 3, 1)),
        ("<=2022-03", None, datetime(2022, 4, 1)),
        ("9999", datetime(9999, 1, 1), None),
    ],
)
def test_dates(text: str, since: datetime | None, until: datetime | None) -> None:
    assert parse_date_range(text) == DateRange(since, until)


@pytest.mark.parametrize(
    "text", ["", "..", "2022-13", "2022-02-30", "0000", "yesterday", "1..2..3"]
)
def test_what_is_no_date(text: str) -> None:
    assert parse_date_range(text) is None


QUERY_CHARACTERS = st.one_of(
    st.sampled_from('“”"「」『』：:（）()，、 ＋－+-｜|*?～~^\\…..<>= \n\t\u3000'),
    st.sampled_from(["AND", "OR", "NOT", "title:", "date:", "2022-03", "核酸", "a", "1", "\ud800"]),
    st.characters(),
)
QUERIES = st.lists(QUERY_CHARACTERS, max_size=25).map("".join)


@settings(max_examples=2000)
@given(QUERIES)
def test_any_text_is_a_query_that_can_be_described(query: str) -> None:
    assert isinstance(describe(parse(query)), str)


@settings(max_examples=1000, deadline=None)
@given(
    query=QUERIES,
    mode=st.sampled_from(get_args(Mode)),
    syntax=st.sampled_from(("query", "plain")),
)
def test_any_text_can_be_searched_for(
    searched: Index, query: str, mode: Mode, syntax: Literal["query", "plain"]
) -> None:
    results = searched.search(query, mode=mode, syntax=syntax, facets=("source",))
    assert results.total == len(searched.search(query, mode=mode, syntax=syntax, limit=None))
    for hit in results:
        for start, end in hit.snippet.spans:
            assert 0 <= start < end <= len(hit.snippet.text)


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("searched"), create=True) as index:
        index.add(
            [
                Document(
                    id="a", title="核酸", body="核酸筛查a1\n（title）", source="甲报", tags=("a",)
                ),
                Document(id="b", body="AND OR NOT 2022-03 “核酸”*?~^\\"),
            ]
        )
        yield index


def search(index: Index, query: str, mode: Mode = "any") -> list[str]:
    return sorted(hit.id for hit in index.search(query, mode=mode, limit=None))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("library"), create=True) as index:
        index.add(
            [
                Document(id="1", title="理赔", body="绿色通道", date=datetime(2022, 3, 28)),
                Document(id="2", title="服务", body="理赔热线wildcard", date=datetime(2022, 6, 2)),
                Document(id="3", title="核酸", body="抗原检测wildcat", source="国际金融报"),
                Document(id="4", title="其他", body="核酸抗原检测", tags=("保险", "理赔")),
                Document(id="5", title="", body="安装简单", path="news/a.txt"),
            ]
        )
        yield index


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("理赔", "12"),
        ("理赔 核酸", "1234"),
        ("理赔 AND 热线", "2"),
        ("理赔 OR 抗原", "1234"),
        ("理赔 -热线", "1"),
        ("理赔 NOT 热线", "1"),
        ("+理赔 绿色", "12"),
        ("-理赔", "345"),
        ("NOT 理赔", "345"),
        ("标题：理赔", "1"),
        ("body:理赔", "2"),
        ("标题：理赔 核酸", "1"),
        ("(理赔 OR 核酸) AND 抗原", "34"),
        ("(理赔|核酸) -(绿色|热线)", "34"),
        ("title:(理赔 核酸)", "13"),
        ("wildc*", "23"),
        ("wildca?d", "2"),
        ("wild*t", "3"),
        ("wildcarf~", "23"),
        ("wildcarf~1", "2"),
        ("抗?检测", "34"),
        ("抗*测", "34"),
        ("简*", "5"),
        ("source:金融", "3"),
        ("tag:理赔", "4"),
        ("tag:理", ""),
        ("tag:理*", "4"),
        ("path:news", "5"),
        ("date:2022-03", "1"),
        ("日期：2022-03..2022-06", "12"),
        ("date:>2022-03", "2"),
        ("date:2022 理赔", "12"),
        ("*", "12345"),
        ("* -理赔", "345"),
        ("“理赔热线” OR “绿色通道”", "12"),
        ("NOT (理赔 OR 核酸)", "5"),
        ("-理赔 -核酸", "5"),
        ("NOT NOT 理赔", "12"),
    ],
)
def test_what_each_operator_finds(library: Index, query: str, ids: str) -> None:
    assert search(library, query) == list(ids)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("理赔 绿色", "1"),
        ("理赔热线", "2"),
        ("核酸检测", "34"),
        ("理赔 简单", ""),
        ("检测 OR 简单", "345"),
    ],
)
def test_with_mode_all_every_word_must_be_there(library: Index, query: str, ids: str) -> None:
    assert search(library, query, "all") == list(ids)


def test_in_plain_syntax_there_are_no_operators(library: Index) -> None:
    results = library.search("理赔 -热线", syntax="plain")
    assert {hit.id for hit in results} == {"1", "2"}


USUAL = st.lists(
    st.sampled_from(
        [*"核酸aZ1 \u3000,，、。？！《%", "AND", " OR ", " NOT ", "ＡＮＤ", "ᴬND", "²", "ﾞ"]
    )
).map("".join)


@settings(max_examples=1000)
@given(USUAL | st.text(max_size=12))
def test_plain_text_is_read_the_same_by_the_short_way(query: str) -> None:
    assert parse(query) == parse_whole(query)


@settings(max_examples=1000)
@given(st.sampled_from('"“„「『”'), USUAL | st.text(max_size=8), st.sampled_from('"”」』、“'))
def test_a_quotation_is_read_the_same_by_the_short_way(
    opening: str, quoted: str, closing: str
) -> None:
    query = opening + quoted + closing
    assert parse(query) == parse_whole(query)


@settings(max_examples=2000)
@given(QUERIES)
def test_any_text_is_read_the_same_by_the_short_way(query: str) -> None:
    assert parse(query) == parse_whole(query)


def test_a_word_of_any_letters_is_read_the_same_by_the_short_way() -> None:
    for char in filter(str.isalnum, map(chr, range(0x110000))):
        if "\u4e01" <= char <= "\u9fff" or "\uac01" <= char <= "\ud7a3" or char > "\U00020000":
            continue  # ideographs and syllables, all alike
        for query in (char, f"a{char}", f"{char}b"):
            assert parse(query) == parse_whole(query) == Words(query)
