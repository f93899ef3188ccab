"""Snippets: whole sentences that answer, within a width, with exact marks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from searcher import Document, Index, Snippet
from searcher.query.highlights import Highlight
from searcher.query.snippets import Highlighter
from searcher.text import Folding
from tests.conftest import REAL_COLLECTIONS, shared_documents

FOLDING = Folding.from_opencc()


def marked(snippet: Snippet) -> list[str]:
    return [snippet.text[start:end] for start, end in snippet.spans]


def snippet_of(body: str, *words: str, width: int = 160, title: str = "") -> Snippet:
    highlights = [Highlight.string(FOLDING.fold(word)) for word in words if word]
    return Highlighter(FOLDING, highlights).snippet(body, width, title)


def test_the_sentence_with_most_of_the_words_is_chosen() -> None:
    body = "上海天气晴。市民排队做核酸。社区组织核酸筛查。大家都在家。" + "别的事情。" * 50
    assert snippet_of(body, "核酸", "筛查", width=20).text == "社区组织核酸筛查。"


def weighted_snippet_of(body: str, weights: dict[str, float], width: int) -> Snippet:
    highlights = [Highlight.word(word, weight) for word, weight in weights.items()]
    return Highlighter(FOLDING, highlights).snippet(body, width)


def test_rare_words_come_before_many_common_ones() -> None:
    body = "市民排队做核酸。小区的道闸坏了。"
    snippet = weighted_snippet_of(body, {"市民": 0.5, "核酸": 0.5, "道闸": 3.0}, 16)
    assert snippet.text == "小区的道闸坏了。"


def test_of_sentences_with_the_same_words_the_one_with_these_close_together_is_chosen() -> None:
    body = "理赔的事情说来话长，还有人问起通道。理赔通道开了。"
    assert snippet_of(body, "理赔", "通道", width=36).text == "理赔通道开了。"


def test_words_that_most_sentences_have_say_less_than_one_that_few_have() -> None:
    body = "核酸筛查开始了。核酸筛查排队。核酸筛查很快。核酸筛查没有银行卡。带上保险和银行卡。"
    snippet = snippet_of(body, "核酸", "筛查", "保险", "银行卡", width=22)
    assert snippet.text == "带上保险和银行卡。"


def test_words_of_the_title_say_less_than_others() -> None:
    body = "绿色通道开了。别的事情。单证交齐就行。"
    assert snippet_of(body, "通道", "单证", width=14).text == "绿色通道开了。"
    snippet = snippet_of(body, "通道", "单证", width=14, title="走绿色通道")
    assert snippet.text == "单证交齐就行。"


def test_what_the_sentence_before_names_counts_for_the_one_behind_it() -> None:
    body = "别家理赔要等。别的事情也多。华安保险改了流程。理赔不必再等。"
    assert snippet_of(body, "理赔", width=14).text == "别家理赔要等。"
    assert snippet_of(body, "华安", "理赔", width=14).text == "理赔不必再等。"


def test_what_a_question_names_counts_for_more() -> None:
    weights = {"保费": 1.0, "客服": 1.0, "老师": 0.35}
    rest = "请找客服。别的事情。客服和老师都在。"
    assert weighted_snippet_of("保费怎么交？" + rest, weights, 16).text == "请找客服。"
    assert weighted_snippet_of("保费交过了。" + rest, weights, 16).text == "客服和老师都在。"


def test_a_sentence_comes_before_a_heading_with_the_same_words() -> None:
    body = "理赔的材料\n别的事情说了很多。\n理赔要交的材料只有两样。"
    assert snippet_of(body, "理赔", "材料", width=24).text == "理赔要交的材料只有两样。"


@pytest.mark.parametrize(
    ("question", "width"),
    [
        ("不会用手机怎么办？", 32),
        ("“不会用手机怎么办？”", 34),
        ("不会用手机\n", 24),
        ("不会：\n", 20),
    ],
)
def test_what_a_question_or_a_heading_leads_to_is_shown_with_it(question: str, width: int) -> None:
    body = f"手机是好东西。{question}业务员来教。用手机拍照。说到手机。"
    shown = snippet_of(body, "不会", "手机", width=width).text
    assert shown.replace(" ", "") == f"{question.strip()}业务员来教。"


def test_a_paragraph_is_not_begun_to_fill_the_room_of_two_sentences() -> None:
    body = "天气晴。社区组织核酸筛查。大家都在家。\n明天有雨。"
    assert snippet_of(body, "筛查").text == "社区组织核酸筛查。大家都在家。"


def test_a_second_sentence_fills_the_room() -> None:
    body = "天气晴。社区组织核酸筛查。大家都在家。明天有雨。"
    assert snippet_of(body, "筛查", width=34).text == "社区组织核酸筛查。大家都在家。"


def test_short_sentences_do_so_up_to_four() -> None:
    body = "社区组织核酸筛查。大家都在家。明天有雨。后天晴。" + "别的事情。" * 9
    assert snippet_of(body, "筛查").text == "社区组织核酸筛查。大家都在家。明天有雨。后天晴。"


def test_a_second_sentence_with_another_word_comes_before_the_one_that_follows() -> None:
    body = "热线是95505。今天的天气非常晴朗。社区组织核酸筛查。大家都在家。"
    snippet = snippet_of(body, "筛查", "95505", width=38)
    assert snippet.text == "热线是95505。…社区组织核酸筛查。"
    assert marked(snippet) == ["95505", "筛查"]


def test_of_two_sentences_with_another_word_the_one_beside_the_best_is_shown() -> None:
    body = "热线很忙。别的事情。社区组织核酸筛查。热线是95505。"
    snippet = weighted_snippet_of(body, {"核酸": 1.0, "筛查": 1.0, "热线": 1.5}, 32)
    assert snippet.text == "社区组织核酸筛查。热线是95505。"


def test_a_word_that_says_little_is_not_worth_leaving_the_best_sentence() -> None:
    body = "今天晴。别的事情。社区组织核酸筛查。大家都在家。"
    words = {"核酸": 1.0, "筛查": 1.0}
    shown = weighted_snippet_of(body, {**words, "今天": 0.1}, 32).text
    assert shown == "社区组织核酸筛查。大家都在家。"
    shown = weighted_snippet_of(body, {**words, "今天": 2.0}, 32).text
    assert shown == "今天晴。…社区组织核酸筛查。"


def test_sentences_end_at_marks_and_at_line_ends() -> None:
    assert snippet_of("标题\n核酸！后来？再后来；完", "核酸", width=8).text == "核酸！"


def test_marks_inside_an_address_do_not_end_a_sentence() -> None:
    body = "见example.org/s?q=1;r=2那一页，别忘了!带证件?3天以内;办好"
    assert snippet_of(body, "那一页", width=44).text == "见example.org/s?q=1;r=2那一页，别忘了!"
    assert snippet_of(body, "3天", width=10).text == "3天以内;"


def test_closing_marks_belong_to_the_sentence() -> None:
    assert snippet_of("他说：“做核酸！”她走了。", "核酸", width=18).text == "他说：“做核酸！”"


def test_a_long_sentence_is_cut_around_the_match() -> None:
    body = "很长" * 100 + "核酸筛查" + "也长" * 100 + "。"
    snippet = snippet_of(body, "核酸筛查", width=40)
    assert snippet.text.startswith("…")
    assert snippet.text.endswith("…")
    assert marked(snippet) == ["核酸筛查"]
    assert 36 <= cell_len(snippet.text) <= 40


def test_a_part_of_a_sentence_begins_with_a_clause_or_a_word() -> None:
    for mark in "，：、":
        chinese = "很长的话" * 20 + f"{mark}做核酸筛查，" + "也很长的话" * 20 + "。"
        assert snippet_of(chinese, "筛查", width=40).text.startswith("…做核酸筛查，")
    latin = "many words " * 20 + "about insurance " + "and others " * 20
    assert snippet_of(latin, "insurance", width=40).text.startswith("…about insurance ")


def test_marks_that_touch_or_overlap_are_one() -> None:
    assert marked(snippet_of("做核酸筛查了", "核酸", "筛查")) == ["核酸筛查"]
    assert marked(snippet_of("做核酸筛查了", "核酸筛", "酸筛查")) == ["核酸筛查"]


def test_marks_cover_the_original_characters() -> None:
    body = "空中……「空中客服」與ＡＰＰ，e\u0301tude"
    assert marked(snippet_of(body, "空中客服", "APP", "étude", "與")) == [
        "空中客服",
        "與ＡＰＰ",
        "e\u0301tude",
    ]


def test_words_are_not_marked_inside_longer_latin_words(index: Index) -> None:
    index.add([Document(id="a", body="an app, many apps, 15 and 2015, iPhone15")])
    assert marked(index.search("app")[0].snippet) == ["app"]
    assert marked(index.search("15")[0].snippet) == ["15", "15"]
    assert marked(index.search('"app"')[0].snippet) == ["app", "app"]


def test_the_title_is_marked_too(index: Index) -> None:
    index.add([Document(id="a", title="險企員工：“成功”上班", body="無")])
    (hit,) = index.search("险企 成功")
    assert [hit.title[start:end] for start, end in hit.title_spans] == ["險企", "成功"]


def test_a_document_found_by_parts_of_words_only_is_marked_where_they_are(index: Index) -> None:
    index.add([Document(id="a", body="海里的鱼。上海岛的海风。")])
    (hit,) = index.search("海岛的")
    assert "海岛" in "".join(marked(hit.snippet))


def test_a_title_at_the_head_of_the_body_is_not_repeated(index: Index) -> None:
    index.add([Document(id="a", title="核酸筛查", body="核酸筛查\n今天做核酸筛查。")])
    assert index.search("核酸筛查")[0].snippet.text == "今天做核酸筛查。"


@pytest.mark.parametrize("line", ["核酸筛查\n", "　　核酸筛查 \n", "今天\n核酸筛查\n"])
def test_a_title_further_down_is_not_repeated_either(index: Index, line: str) -> None:
    index.add([Document(id="a", title="核酸筛查", body=f"首页\n{line}大家都做了筛查。")])
    assert "核酸筛查" not in index.search("核酸筛查")[0].snippet.text


def test_a_sentence_that_only_begins_with_the_title_is_shown(index: Index) -> None:
    index.add([Document(id="a", title="核酸筛查", body="首页\n核酸筛查开始了。\n没有别的。")])
    assert "核酸筛查开始了。" in index.search("核酸筛查")[0].snippet.text


@pytest.mark.parametrize("body", ["核酸筛查", "核酸筛查\n核酸筛查\n"])
def test_a_body_of_nothing_but_the_title_is_shown(index: Index, body: str) -> None:
    index.add([Document(id="a", title="核酸筛查", body=body)])
    assert index.search("核酸筛查")[0].snippet.text.startswith("核酸筛查")


def test_a_word_that_asks_does_not_choose_the_sentence(index: Index) -> None:
    body = "今天吃什么，说了半天。" + "别的事情。" * 20 + "领取保险金要带证件。"
    others = [Document(id=str(number), body="保险金" * (number < 3)) for number in range(9)]
    index.add([Document(id="a", body=body), *others])
    (hit,) = (hit for hit in index.search("保险金 什么", snippet_width=24) if hit.id == "a")
    assert hit.snippet.text == "领取保险金要带证件。"


def test_what_is_excluded_is_not_marked(index: Index) -> None:
    index.add([Document(id="a", body="核酸与抗原")])
    assert marked(index.search("核酸 -抗原检测")[0].snippet) == ["核酸"]


def test_without_a_match_in_the_body_the_beginning_is_shown(index: Index) -> None:
    index.add([Document(id="a", title="核酸", body="第一句。第二句。第三句。")])
    assert index.search("核酸", snippet_width=16)[0].snippet == Snippet("第一句。第二句。")


def test_the_beginning_is_the_first_sentence_not_what_stands_above_it() -> None:
    body = "发布日期：2022-03-30\n来源：公司公众号\n各位保户：\n近日排队。请带证件。\n"
    assert snippet_of(body, "核酸", width=30).text == "近日排队。请带证件。"
    assert snippet_of("青菜\n萝卜\n", "核酸").text == "青菜 萝卜"


@pytest.mark.parametrize("body", ["", "\n\n", " \u3000 "])
def test_an_empty_body_has_an_empty_snippet(body: str) -> None:
    assert snippet_of(body, "核酸") == Snippet("")


def test_a_snippet_is_one_line_without_control_characters() -> None:
    assert snippet_of("核酸\t筛查\x1b[31m\u202e红", "核酸").text == "核酸 筛查 [31m 红"


def test_a_match_far_into_a_long_line_is_found() -> None:
    snippet = snippet_of("很长的话" * 600_000 + "核酸" + "很长的话" * 10, "核酸", width=60)
    assert marked(snippet) == ["核酸"]


def test_of_a_long_text_all_sentences_are_looked_at() -> None:
    body = "有人做核酸。" + "很长的话。" * 500_000 + "社区组织核酸筛查。"
    assert snippet_of(body, "核酸", "筛查", width=18).text == "社区组织核酸筛查。"


def test_a_long_text_is_not_cut_inside_a_sentence_to_look_at_it() -> None:
    body = "你好啊。" + "很长的话。" * 209_713 + "社区组织核酸筛查。" + "很长的话。" * 10
    assert (1 << 20) - body.index("筛查") == 1
    assert snippet_of(body, "核酸", "筛查", width=18).text == "社区组织核酸筛查。"


@settings(max_examples=500)
@given(
    body=st.text("核酸筛查a1é\u0301，。！\n “”😀ｶﾞ", max_size=120),
    words=st.lists(st.text("核酸筛查a1", min_size=1, max_size=3), max_size=3),
    width=st.integers(2, 60),
)
def test_a_snippet_keeps_its_width_and_its_marks_are_what_was_asked_for(
    body: str, words: list[str], width: int
) -> None:
    snippet = snippet_of(body, *words, width=width)
    assert cell_len(snippet.text) <= max(width, 6)
    previous = -1
    for start, end in snippet.spans:
        assert previous < start < end <= len(snippet.text)
        previous = end
    if width >= 20:
        for text in marked(snippet):
            letters = FOLDING.fold(text)
            assert any(FOLDING.fold(word) in letters for word in words)


def test_in_real_documents_the_marks_of_a_quoted_query_are_the_query(real_index: Index) -> None:
    for name in REAL_COLLECTIONS:
        for document in list(shared_documents(name, 40)):
            wanted = document.body[10:16]
            if '"' in wanted or "\\" in wanted or not wanted.strip() or "\n" in wanted:
                continue
            for hit in real_index.search(f'"{wanted}"', limit=3):
                in_title = [hit.title[start:end] for start, end in hit.title_spans]
                for text in marked(hit.snippet) + in_title:
                    assert FOLDING.fold(wanted) in FOLDING.fold(text)
                assert hit.snippet.spans or in_title


@pytest.mark.parametrize(
    ("query", "body"),
    [("a*a*a*z", "核酸" + "a" * 2_000), ("哈*哈*哈*国", "哈" * 20_000), ("校*", "校" * 50_000)],
)
def test_patterns_take_time_that_grows_with_the_text_only(
    index: Index, query: str, body: str
) -> None:
    """With backtracking any of these would not end; the test would."""
    index.add([Document(id="a", body=body), Document(id="b", body="校验" + body)])
    index.search(f"{query} OR 校验")


def test_joined_emoji_stay_whole_within_the_width(index: Index) -> None:
    index.add([Document(id="a", body="核酸👨\u200d👩\u200d👧 " * 30)])
    (hit,) = index.search("核酸", snippet_width=40)
    assert "👨\u200d👩\u200d👧" in hit.snippet.text
    assert cell_len(hit.snippet.text) <= 40
