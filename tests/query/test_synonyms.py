"""Synonyms: how a file of them is read, and what they do to a query."""

import random
from pathlib import Path
from typing import Any

import pytest

from searcher import ArgumentError, Document, Index, Synonyms, SynonymsError


def fill(index: Index, bodies: dict[str, str]) -> None:
    index.add(Document(id=id, body=body) for id, body in bodies.items())


def found(index: Index, query: str, lines: str, **arguments: Any) -> list[str]:
    synonyms = Synonyms.parse(lines)
    return [hit.id for hit in index.search(query, limit=None, synonyms=synonyms, **arguments)]


@pytest.mark.parametrize(
    ("line", "typed", "added"),
    [
        ("电脑,计算机,PC", ("电脑", "计算机", "PC"), None),
        ("电脑，计算机、PC", ("电脑", "计算机", "PC"), None),
        ("电脑\t计算机\tPC", ("电脑", "计算机", "PC"), None),
        ("电脑 计算机  PC", ("电脑", "计算机", "PC"), None),
        ("核酸 检测, PCR test", ("核酸 检测", "PCR test"), None),
        ("PCR test => 核酸检测", ("PCR test",), ("核酸检测",)),
        ("a, b => c, d", ("a", "b"), ("c", "d")),
        ("甲，乙＝＞丙", ("甲", "乙"), ("丙",)),
        ("c#, csharp", ("c#", "csharp"), None),
        ("ＡＰＰ, 应用", ("APP", "应用"), None),
        ("“核酸 检测”, \"PCR  test\", 'x'", ("核酸 检测", "PCR test", "x"), None),
        (" 甲,, 乙,", ("甲", "乙"), None),
    ],
)
def test_a_line_of_a_file(line: str, typed: tuple[str, ...], added: tuple[str, ...] | None) -> None:
    (rule,) = Synonyms.parse(line).rules
    assert rule == (typed, added or typed)


def test_comments_empty_lines_and_a_byte_order_mark_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "synonyms.txt"
    path.write_bytes("\ufeff# 电脑\r\n\r\n  # x\r\n甲,乙\r\n".encode())
    assert [rule.typed for rule in Synonyms.load(path).rules] == [("甲", "乙")]
    assert Synonyms.parse("").rules == Synonyms.parse("#a\n\n").rules == ()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("电脑", "line 2: '电脑' is alone"),
        ("电脑,", "line 2: '电脑,' is alone"),
        ("电脑 => ", "line 2: nothing after =>"),
        ("=> 电脑", "line 2: nothing before =>"),
        ("a => b => c", "line 2: more than one =>"),
        ("电脑, ——", "line 2: '——' has no letter and no digit"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "synonyms.txt"
    path.write_text(f"甲,乙\n{line}\n丙,丁\n", encoding="utf-8")
    with pytest.raises(SynonymsError) as caught:
        Synonyms.load(path)
    assert str(caught.value).startswith(f"{path}, {says}")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SynonymsError, match="cannot read"):
        Synonyms.load(tmp_path / "there")
    (tmp_path / "big5").write_bytes("甲,乙\n電腦,計算機".encode("big5"))
    with pytest.raises(SynonymsError, match="big5, line 1: not UTF-8"):
        Synonyms.load(tmp_path / "big5")


def test_a_path_is_not_taken_for_synonyms(index: Index) -> None:
    path: Any = "synonyms.txt"
    with pytest.raises(ArgumentError, match=r"Synonyms\.load"):
        index.search("核酸", synonyms=path)


def test_each_word_of_a_group_finds_the_others(index: Index) -> None:
    fill(index, {"a": "新的电脑", "b": "新的计算机", "c": "a new PC", "d": "别的"})
    for query in ("电脑", "计算机", "pc", "電腦", "ＰＣ"):
        assert sorted(found(index, query, "電腦, 计算机, PC")) == ["a", "b", "c"]
    assert found(index, "电脑", "# none") == ["a"]


def test_an_arrow_points_one_way(index: Index) -> None:
    fill(index, {"a": "甲鱼上市", "b": "王八上市"})
    assert found(index, "甲鱼", "甲鱼 => 王八") == ["a", "b"]
    assert found(index, "王八", "甲鱼 => 王八") == ["b"]


def test_what_is_added_is_not_looked_up_again(index: Index) -> None:
    fill(index, {"a": "电脑", "b": "计算机", "c": "微机"})
    assert found(index, "电脑", "电脑 => 计算机\n计算机 => 微机") == ["a", "b"]
    assert found(index, "电脑", "电脑 => 计算机\n计算机 => 电脑") == ["a", "b"]


def test_several_lines_for_a_word_count_together_and_repetition_changes_nothing(
    index: Index,
) -> None:
    fill(index, {"a": "电脑", "b": "计算机", "c": "微机"})
    once = Synonyms.parse("电脑, 计算机\n电脑, 微机")
    twice = Synonyms.parse("电脑, 计算机\n电脑, 微机, 微机\n微机, 電腦\n电脑, 计算机")
    expected = index.search("电脑", synonyms=once)
    assert len(expected) == 3
    assert index.search("电脑", synonyms=twice).hits == expected.hits


def test_what_was_typed_ranks_above_its_synonyms_however_rare_they_are(index: Index) -> None:
    bodies = {f"{number:02}": "买了台电脑回家" for number in range(60)}
    fill(index, {**bodies, "rare": "买了台微机回家", "long": "买了台笔记本电子计算机回家"})
    lines = "电脑, 微机, 笔记本电子计算机"
    ids = found(index, "电脑", lines)
    assert ids[:60] == list(bodies)
    assert set(ids[60:]) == {"rare", "long"}
    # The other way round a common synonym counts half.
    assert found(index, "微机", lines)[0] == "rare"


def test_a_synonym_that_has_what_was_typed_in_it_adds_to_it(index: Index) -> None:
    fill(index, {"short": "做核酸", "long": "核酸检测", "other": "检测一下"})
    assert found(index, "核酸", "核酸, 核酸检测") == ["long", "short"]


def test_a_synonym_counts_no_more_than_half(index: Index) -> None:
    fill(index, {"a": "新电脑", "b": "新微机", "c": "别的"})
    typed, other = index.search("电脑", synonyms=Synonyms.parse("电脑, 微机"))
    assert (typed.id, other.id) == ("a", "b")
    assert other.score == pytest.approx(typed.score / 2)


def test_a_synonym_of_several_words_is_there_as_a_whole(index: Index) -> None:
    fill(index, {"a": "PCR", "b": "核酸检测", "c": "检测", "d": "核酸"})
    fill(index, {"e": "lateral flow", "f": "flow"})
    lines = "PCR, 核酸检测, lateral flow"
    for mode in ("any", "all"):
        assert sorted(found(index, "PCR", lines, mode=mode)) == ["a", "b", "e"]
    assert found(index, "PCR", "PCR, rapid flow") == ["a"]


def test_words_side_by_side_may_have_a_synonym_together(index: Index) -> None:
    fill(index, {"a": "rapid test", "b": "抗原"})
    assert found(index, "Rapid  TEST", "rapid test => 抗原") == ["a", "b"]
    assert found(index, "test", "rapid test => 抗原") == ["a"]


def test_the_longest_piece_with_synonyms_is_taken(index: Index) -> None:
    fill(index, {"a": "核酸检测", "b": "抗原", "c": "基因"})
    lines = "核酸 => 基因\n核酸检测 => 抗原"
    assert found(index, "核酸检测", lines) == ["a", "b"]
    assert sorted(found(index, "核酸 检测", lines)) == ["a", "c"]


@pytest.mark.parametrize("query", ["保险企业", "pcrs", "apcr", "pcr2"])
def test_a_piece_begins_and_ends_where_words_do(index: Index, query: str) -> None:
    fill(index, {"a": "抗原"})
    assert found(index, query, "险企 => 抗原\npcr => 抗原") == []
    assert found(index, "险企的pcr", "险企 => 抗原\npcr => 抗原") == ["a"]


def test_with_mode_all_a_word_or_one_of_its_synonyms_must_be_there(index: Index) -> None:
    fill(
        index,
        {
            "typed": "电脑 价格",
            "synonym": "计算机 价格",
            "without": "计算机",
            "other": "价格",
            "both": "电脑 计算机",
        },
    )
    lines = "电脑, 计算机"
    assert found(index, "电脑 价格", lines, mode="all") == ["typed", "synonym"]
    assert found(index, "电脑 价格 计算机", lines, mode="all") == ["typed", "synonym"]
    assert found(index, "电脑 AND 价格", lines) == ["typed", "synonym"]
    required = found(index, "+电脑 价格", lines)
    assert sorted(required) == ["both", "synonym", "typed", "without"]


def test_what_is_quoted_excluded_or_misspelt_is_left_as_it_was_typed(index: Index) -> None:
    fill(index, {"a": "电脑 新", "b": "计算机 新", "c": "computer 新"})
    lines = "电脑, 计算机, computer"
    assert found(index, "“电脑”", lines) == ["a"]
    assert sorted(found(index, "新 -电脑", lines)) == ["b", "c"]
    assert sorted(found(index, "新 NOT 电脑", lines)) == ["b", "c"]
    assert found(index, "compu*", lines) == ["c"]
    assert found(index, "computer~", lines) == ["c"]


def test_words_with_a_field_or_a_boost_have_synonyms_there(index: Index) -> None:
    index.add([Document(id="a", title="计算机", body="x"), Document(id="b", body="计算机")])
    lines = "电脑, 计算机"
    assert found(index, "标题：电脑", lines) == ["a"]
    assert sorted(found(index, "电脑^2", lines)) == ["a", "b"]
    synonyms = Synonyms.parse(lines)
    once, twice = (index.search(query, synonyms=synonyms)[0] for query in ("电脑", "电脑^2"))
    assert twice.score == pytest.approx(2 * once.score)


def test_nothing_in_a_word_is_an_operator(index: Index) -> None:
    fill(index, {"a": "title page", "b": "c lang", "c": "甲 OR 乙", "d": "xc"})
    assert found(index, "一", "一, title:page") == ["a"]
    assert found(index, "一", "一, c*") == ["b"]
    assert found(index, "一", '一, "甲 OR 乙"') == ["c"]


def test_a_single_character_may_be_a_synonym(index: Index) -> None:
    fill(index, {"a": "汽车站", "b": "坐车去", "c": "火车头", "d": "走路"})
    assert found(index, "汽车", "汽车, 车")[0] == "a"
    assert sorted(found(index, "汽车", "汽车, 车")) == ["a", "b", "c"]
    assert sorted(found(index, "汽车", "汽车, 车", mode="all")) == ["a", "b", "c"]


def test_synonyms_are_marked_as_a_whole(index: Index) -> None:
    fill(index, {"a": "上周做了核酸检测，没有检测仪"})
    (hit,) = index.search("PCR", synonyms=Synonyms.parse("PCR, 核酸检测"))
    marked = [hit.snippet.text[start:end] for start, end in hit.snippet.spans]
    assert marked == ["核酸检测"]


def test_explain_says_what_a_term_stands_for(index: Index) -> None:
    fill(index, {"a": "计算机价格"})
    synonyms = Synonyms.parse("电脑, 计算机")
    explanation = index.explain("电脑价格", "a", synonyms=synonyms)
    assert explanation is not None
    assert explanation.reading == "words(电脑价格){电脑: 计算机}"
    origins = {term.term: term.origin for term in explanation.terms}
    assert origins["计算机"] == "电脑 → 计算机"
    assert origins["价格"] is None
    assert all(term.weight <= 0.5 for term in explanation.terms if term.origin)
    (hit,) = index.search("电脑价格", synonyms=synonyms)
    assert explanation.score == hit.score
    assert sum(term.score for term in explanation.terms) == pytest.approx(hit.score)


def test_a_file_of_100_000_groups_and_one_of_50_000_words(index: Index) -> None:
    fill(index, {"a": "词50001", "b": "word7"})
    many = "\n".join(f"词{number}, 语{number}, term {number}" for number in range(100_000))
    assert found(index, "term 50001", many)[0] == "a"
    # Only the first hundred of a group are looked for.
    large = ", ".join(f"word{number}" for number in range(50_000))
    assert found(index, "word40000", large) == ["b"]


def test_what_was_typed_is_above_each_synonym_in_the_same_place(index: Index) -> None:
    """Of documents that differ in one word, whatever else was asked and however rare words are."""
    chance = random.Random(9)
    words = "银行 贷款 利率 核酸 理赔 保险 汽车 电脑 医生 厨房 天气 足球".split()
    weights = [2.0**-number for number in range(len(words))]
    texts = ["，".join(chance.choices(words, weights, k=chance.randint(1, 6))) for _ in range(300)]
    fill(index, {f"other{number}": text for number, text in enumerate(texts)})
    for _ in range(30):
        typed, *others, beside = chance.sample(words, 5)
        frame = f"昨天{beside}和{{}}都很好"
        bodies = {"typed": frame.format(typed)}
        bodies |= {other: frame.format(other) for other in others}
        fill(index, bodies)
        for query in (typed, f"{typed} {beside}", f"{beside}的{typed}"):
            groups = ", ".join([typed, *others])
            ids = [id for id in found(index, query, groups) if id in bodies]
            assert ids[0] == "typed"
            assert set(ids) == set(bodies)
        index.delete(bodies)
