"""Did you mean: what is suggested for a query, and what is answered in its place."""

import copy
import os
import pickle
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from searcher import Document, Index, IndexCorrupt
from searcher.query.grammar import parse
from searcher.query.spelling.rewriting import Edit, rewritten, texts_of
from searcher.query.tree import Words

CORPUS = Path(__file__).resolve().parents[2] / "corpus"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The sample documents; not to be changed."""
    with Index.open(tmp_path_factory.mktemp("corpus") / "index", create=True) as index:
        index.sync([CORPUS])
        yield index


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("和酸", "核酸"),
        ("理陪", "理赔"),
        ("和酸筛查 上海", "核酸筛查 上海"),
        ("绿色通到", "绿色通道"),
        ("酸核", "核酸"),
        ("志愿愿者服务热线 志原者", None),
        ("数据心", "数据中心"),
        ("绿色通首", "绿色通道"),
        ("helth", "health"),
        ("iphnoe", "iphone"),
        ("hesuang", "核酸"),
        ("上海 hesuan", "上海 核酸"),
    ],
)
def test_a_suggestion_is_what_was_meant(corpus: Index, typed: str, meant: str | None) -> None:
    results = corpus.search(typed)
    assert not results.is_corrected
    if meant is None:
        assert results.suggestion != typed
        return
    assert results.suggestion == meant
    assert corpus.search(meant).total > 0


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hesuan", "核酸"),
        ("HeSuan", "核酸"),
        ("ｈｅｓｕａｎ", "核酸"),
        ("hésuān", "核酸"),
        ("liPei", "理赔"),
        ("he suan", "核酸"),
        ("he'suan", "核酸"),
        ("lipei luse tongdao", "理赔 绿色通道"),
        ("lipei lvsetongdao", "理赔 绿色通道"),
        ("hesuan, lipei", "核酸, 理赔"),
        ("yinhang", "银行"),
    ],
)
def test_pinyin_without_hits_is_answered(corpus: Index, typed: str, meant: str) -> None:
    results = corpus.search(typed)
    assert results.is_corrected
    assert results.query == typed
    assert results.suggestion == meant
    answer = corpus.search(meant)
    assert results.hits == answer.hits
    assert (results.total, results.reading) == (answer.total, answer.reading)
    assert not answer.is_corrected


def test_pages_limits_and_filters_of_pinyin_are_those_of_what_is_answered(corpus: Index) -> None:
    whole = corpus.search("核酸", limit=None)
    page = corpus.search("hesuan", limit=3, offset=2)
    assert page.is_corrected
    assert page.hits == whole.hits[2:5]
    assert corpus.search("hesuan", limit=0).total == whole.total
    assert corpus.search("hesuan", facets=["source"]).facets
    newest = corpus.search("hesuan", sort="date", limit=3)
    assert newest.hits == corpus.search("核酸", sort="date", limit=3).hits
    before = corpus.search("hesuan", until="1990")
    assert (before.hits, before.is_corrected, before.suggestion) == ((), False, None)


@pytest.mark.parametrize(
    "typed",
    ["“hesuan”", '"he suan"', "标题：hesuan", "hesuan -上海", "hesuan OR lipei", "和酸"],
)
def test_nothing_but_plain_pinyin_is_answered_for_something_else(corpus: Index, typed: str) -> None:
    results = corpus.search(typed)
    assert (results.hits, results.is_corrected) == ((), False)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("“和酸”", "“核酸”"),
        ("“hesuan”", "“核酸”"),
        ("「和酸筛查」 上海", "「核酸筛查」 上海"),
        ("+和酸 -上海", "+核酸 -上海"),
        ("-上海 和酸", "-上海 核酸"),
        ("(和酸 OR 理陪)", "(核酸 OR 理陪)"),
        ("和酸^2", "核酸^2"),
        ("和酸，理陪", "核酸，理赔"),
        ("標題:和酸", None),
        ("-和酸 上海", None),
        ("和酸* 上海", None),
        ("日期:2022 和酸", "日期:2022 核酸"),
    ],
)
def test_a_suggestion_leaves_operators_as_they_were_typed(
    corpus: Index, typed: str, meant: str | None
) -> None:
    assert corpus.search(typed).suggestion == meant


def test_plain_syntax_reads_operators_as_text(corpus: Index) -> None:
    assert corpus.search("和酸", syntax="plain").suggestion == "核酸"
    assert corpus.search("hesuan", syntax="plain").suggestion == "核酸"


@pytest.mark.parametrize(
    "typed",
    [
        "核酸",
        "核酸筛查 上海",
        "理赔",
        "“核酸”",
        "",
        "   ",
        "。",
        "*",
        "😀",
        "\ud800",
        "12345",
        "的",
    ],
)
def test_what_is_right_or_no_word_has_no_suggestion(corpus: Index, typed: str) -> None:
    assert corpus.search(typed).suggestion is None


def test_letters_that_documents_have_stay_as_they_were_typed(index: Index) -> None:
    index.add([Document(id="a", body="hebei 新闻"), Document(id="b", body="河北")])
    results = index.search("hebei")
    assert [hit.id for hit in results] == ["a"]
    assert (results.is_corrected, results.suggestion) == (False, "河北")


def test_all_readings_of_a_character_are_known(index: Index) -> None:
    index.add([Document(id="a", body="重庆 银行 西安")])
    for typed, meant in (
        ("chongqing", "重庆"),
        ("zhongqing", "重庆"),
        ("yinhang", "银行"),
        ("xian", "西安"),
        ("xi'an", "西安"),
    ):
        assert index.search(typed).suggestion == meant


def test_an_apostrophe_parts_syllables(index: Index) -> None:
    index.add(Document(id=f"{n}", body="反感") for n in range(5))
    index.add([Document(id="a", body="方案")])
    assert index.search("fangan").suggestion == "反感"
    assert index.search("fan'gan").suggestion == "反感"
    assert index.search("fang'an").suggestion == "方案"


def test_neighbours_that_few_documents_have_are_doubtful(index: Index) -> None:
    index.add(Document(id=f"{n}", body="理赔") for n in range(20))
    index.add(Document(id=f"x{n}", body="道理陪伴") for n in range(3))
    results = index.search("理陪")
    assert results.total == 3
    assert results.suggestion == "理赔"


def test_a_pair_that_is_no_word_is_found_by_pinyin(index: Index) -> None:
    index.add([Document(id="a", body="奥密克戎与新冠"), Document(id="b", body="新冠")])
    assert index.analyze("新冠").words == ("新", "冠")
    assert index.search("xinguan").suggestion == "新冠"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("甲乙", None), ("天气", None), ("李斯", None), ("章敏", "张敏"), ("公元", "公园")],
)
def test_in_a_small_index_neighbours_are_not_taken_for_words(
    index: Index, typed: str, meant: str | None
) -> None:
    """甲乙 was taken for 家一, 天气 for 天其, 李斯 for 里是: they stand side by side somewhere."""
    index.add(
        [
            Document(id="a", body="我们一家一共三个人，张敏今天其实在公园里是最高兴的。"),
            Document(id="b", body="大家一起吃饭，张敏也来了。"),
        ]
    )
    assert index.search(typed).suggestion == meant


def test_the_likelier_correction_is_the_one_that_more_documents_have(index: Index) -> None:
    index.add(Document(id=f"a{n}", body="权利") for n in range(5))
    index.add([Document(id="b", body="权力")])
    assert index.search("quanli").suggestion == "权利"
    # But a character that was typed right stays.
    index.add(Document(id=f"c{n}", body="核算") for n in range(9))
    index.add([Document(id="d", body="核酸")])
    assert index.search("和酸").suggestion == "核酸"


def test_deleted_documents_are_not_suggested(index: Index) -> None:
    index.add([Document(id="a", body="核酸"), *(Document(id=f"{n}", body="无") for n in range(9))])
    assert index.search("和酸").suggestion == "核酸"
    index.delete(["a"])
    assert index.search("和酸").suggestion is None
    assert not index.search("hesuan").is_corrected


def test_words_of_all_segments_are_suggested(index: Index) -> None:
    index.add([Document(id="a", body="核酸")])
    index.add([Document(id="b", body="理赔")])
    assert index.status().segments == 2
    assert index.search("和酸 理陪").suggestion == "核酸 理赔"


def test_long_texts_were_pasted_and_not_typed(corpus: Index) -> None:
    assert corpus.search("和酸" * 5000).suggestion is None
    assert not corpus.search("hesuan" * 2000).is_corrected


def test_an_empty_index_suggests_nothing(index: Index) -> None:
    for typed in ("和酸", "hesuan", "helth", "“和酸”"):
        assert index.search(typed).suggestion is None


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (10, 1)])
def test_a_hit_that_is_not_shown_is_one(corpus: Index, limit: int, offset: int) -> None:
    """So nothing is suggested that would only be for a query without any."""
    results = corpus.search("第十四", limit=limit, offset=offset)
    assert (results.hits, results.total) == ((), 1)
    assert results.suggestion is None


def test_any_text_has_a_suggestion_or_none(corpus: Index) -> None:
    rng = random.Random(3)
    letters = "核酸理赔和陪上海hesuanlip  \"'“”()*?~^:-+\ud800\x00😀ü，。123"
    for _ in range(150):
        query = "".join(rng.choice(letters) for _ in range(rng.randrange(1, 15)))
        results = corpus.search(query)
        if results.suggestion is not None:
            assert corpus.search(results.suggestion).total > 0


def test_results_can_be_copied_with_their_suggestion(corpus: Index) -> None:
    results = corpus.search("和酸")
    assert pickle.loads(pickle.dumps(results)).suggestion == "核酸"
    assert copy.deepcopy(results).suggestion == "核酸"


def test_nothing_is_written_and_a_read_only_folder_is_enough(corpus: Index, tmp_path: Path) -> None:
    copied = tmp_path / "index"
    shutil.copytree(corpus.path, copied)
    before = {path: path.stat().st_mtime_ns for path in copied.rglob("*")}
    with Index.open(copied) as index:
        assert index.search("hesuan").suggestion == index.search("和酸").suggestion == "核酸"
    assert before == {path: path.stat().st_mtime_ns for path in copied.rglob("*")}


def test_damage_is_an_error_of_ours_when_the_suggestion_is_asked_for(
    corpus: Index, tmp_path: Path
) -> None:
    copied = tmp_path / "index"
    shutil.copytree(corpus.path, copied)
    (path,) = copied.glob("g*/*.columns")
    data = path.read_bytes()
    index = Index.open(copied)
    with index:
        from searcher.index.columnar.container import Container

        keys = Container(path).section("words.keys")
        at = data.index(bytes(keys))
        path.write_bytes(data[:at] + b"\xfe" * len(keys) + data[at + len(keys) :])
    with index, pytest.raises(IndexCorrupt):
        assert index.search("“和酸”").suggestion


def test_the_kernel_changes_nothing(corpus: Index) -> None:
    queries = ["和酸", "hesuan", "绿色通到", "helth", "上海 理陪", "“和酸”", "核酸"]
    program = (
        "import sys; from searcher import Index\n"
        "index = Index.open(sys.argv[1])\n"
        "print([(r.suggestion, r.is_corrected, [h.id for h in r]) "
        "for r in map(index.search, sys.argv[2:])], index.suggest('理'), index.suggest('hes'))"
    )
    command = [sys.executable, "-c", program, str(corpus.path), *queries]
    outputs = [
        subprocess.run(
            command, capture_output=True, check=True, env={**os.environ, "SEARCHER_KERNEL": kernel}
        ).stdout
        for kernel in ("on", "off")
    ]
    assert outputs[0] == outputs[1] != b""


def test_a_query_with_hits_and_without_doubt_loads_nothing_slow(corpus: Index) -> None:
    program = (
        "import sys; from searcher import Index; from searcher.kernel import is_built\n"
        "results = Index.open(sys.argv[1]).search('核酸筛查 上海')\n"
        "assert results.hits and results.suggestion is None\n"
        "slow = {'pypinyin', 'searcher.text._pinyin_dict', 'searcher.index.vocabulary'}\n"
        "slow |= {'numpy'} if is_built() else set()\n"
        "assert not slow & set(sys.modules), slow & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(corpus.path)], check=True)


class TestRewriting:
    """A query with another text, as it was typed but for that."""

    @pytest.mark.parametrize(
        ("query", "edits", "expected"),
        [
            ("和酸 上海", [Edit(0, 2, "核酸")], "核酸 上海"),
            ("  和酸，上海 ", [Edit(0, 2, "核酸")], "  核酸，上海 "),
            ("he，suan", [Edit(0, 7, "核酸")], "核酸"),
            ("-和酸 和酸", [Edit(0, 2, "核酸")], "-和酸 核酸"),
            ("标题:和酸 和酸", [Edit(0, 2, "核酸")], "标题:和酸 核酸"),
            ("和酸 理陪", [Edit(0, 2, "核酸"), Edit(3, 5, "理赔")], "核酸 理赔"),
            ("和酸 和酸", [Edit(3, 5, "核酸")], "和酸 核酸"),
            ("和酸 上海", [Edit(0, 2, "NOT")], None),
            ("和酸 上海", [Edit(0, 2, "“核酸”")], None),
        ],
    )
    def test_only_the_text_changes(
        self, query: str, edits: list[Edit], expected: str | None
    ) -> None:
        text = next(iter(texts_of(parse(query))))
        assert rewritten(query, parse, text, tuple(edits)) == expected

    def test_texts_are_what_is_looked_for_everywhere(self) -> None:
        tree = parse("核酸 “理赔” -上海 标题:北京 (甲 OR 乙^2) NOT 丙 来源:报 保*")
        assert [text.text for text in texts_of(tree)] == ["理赔", "核酸", "甲", "乙"]
        assert list(texts_of(Words("甲", "title"))) == []
