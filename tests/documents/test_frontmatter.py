"""The block of fields at the head of a post: YAML, TOML and JSON, whole and broken."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from tests.documents.helpers import read_one

YAML = """---
title: "险企员工：“成功”上班好感动"
date: 2022-06-02 05:56:09 +0800
source: 证券时报网
tags: [复工, 保险]
link: https://example.com/a
layout: post
draft: false
weight: 3
ratio: 0.5
nothing:
nested:
  at: 12:30
  list: [1, 二]
---
正文。
"""


def test_yaml_gives_the_fields_and_the_rest_is_extra(tmp_path: Path) -> None:
    document = read_one(tmp_path, "post.md", YAML)
    assert document.title == "险企员工：“成功”上班好感动"
    assert document.date is not None
    assert document.date.isoformat() == "2022-06-02T05:56:09+08:00"
    assert document.source == "证券时报网"
    assert document.tags == ("复工", "保险")
    assert document.url == "https://example.com/a"
    assert document.body == "正文。"
    assert document.extra == {
        "layout": "post",
        "draft": False,
        "weight": 3,
        "ratio": 0.5,
        "nested": {"at": "12:30", "list": [1, "二"]},
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\ufeff", ""),
        ("\n\n", ""),
    ],
)
def test_a_byte_order_mark_or_empty_lines_may_stand_before_it(
    tmp_path: Path, before: str, after: str
) -> None:
    assert read_one(tmp_path, "a.md", f"{before}{YAML}{after}").body == "正文。"


def test_dots_may_close_it_and_lines_may_end_as_on_windows(tmp_path: Path) -> None:
    text = "---\r\ntitle: 标题\r\n...\r\n正文。\r\n"
    document = read_one(tmp_path, "a.md", text)
    assert (document.title, document.body) == ("标题", "正文。")


def test_it_is_found_under_any_name(tmp_path: Path) -> None:
    for name in ("a.txt", "a.text", "a", "a.markdown", "a.htm"):
        document = read_one(tmp_path, name, "---\ntitle: 标题\n---\n<p>正文</p>\n")
        assert (document.title, document.body) == ("标题", "正文"), name


def test_toml_of_hugo(tmp_path: Path) -> None:
    text = '+++\ntitle = "标题"\ndate = 2022-03-28T10:00:00+08:00\ntags = ["甲", "乙"]\n'
    text += "day = 2022-03-29\n[params]\nx = 1\n+++\n\n正文。"
    document = read_one(tmp_path, "a.md", text)
    assert (document.title, document.body, document.tags) == ("标题", "正文。", ("甲", "乙"))
    assert document.date is not None
    assert document.date.isoformat() == "2022-03-28T10:00:00+08:00"
    assert document.extra == {"day": "2022-03-29", "params": {"x": 1}}


def test_json_of_hugo(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.md", '{\n"title": "标题",\n"tags": ["甲"]\n}\n\n正文。')
    assert (document.title, document.body, document.tags) == ("标题", "正文。", ("甲",))


def test_yaml_of_hexo_without_an_opening_line(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.md", "title: 标题\ntags:\n- 甲\n- 乙\n---\n正文。")
    assert (document.title, document.body, document.tags) == ("标题", "正文。", ("甲", "乙"))


@pytest.mark.parametrize(
    ("line", "tags"),
    [
        ("tags: 证券时报网新闻", ("证券时报网新闻",)),
        ("tags: 甲 乙 丙", ("甲", "乙", "丙")),
        ("tags: 甲，乙、丙; 丁", ("甲", "乙", "丙", "丁")),
        ("tags: [甲, 乙, 甲, '']", ("甲", "乙")),
        ("tags:\n  - 甲\n  - 乙 丙", ("甲", "乙 丙")),
        ("keywords: 甲,乙", ("甲", "乙")),
        ("tags: 2022", ("2022",)),
        ("tags:", ()),
    ],
)
def test_tags_are_lists_or_texts(tmp_path: Path, line: str, tags: tuple[str, ...]) -> None:
    assert read_one(tmp_path, "a.md", f"---\n{line}\n---\n正文").tags == tags


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("title: 1984", "1984"),
        ("title: 010", "010"),
        ("title: 12:30", "12:30"),
        ("title: no", "no"),
        ("title: 2022-03-28", "2022-03-28"),
        ("title: 'It''s &amp; more'", "It's &amp; more"),
        ("title: |\n  两行\n  标题", "两行 标题"),
        ("Title: 大写", "大写"),
        ("标题: 中文名", "中文名"),
    ],
)
def test_a_title_is_what_is_written(tmp_path: Path, line: str, title: str) -> None:
    assert read_one(tmp_path, "a.md", f"---\n{line}\n---\n正文").title == title


def test_a_post_has_its_own_id_where_it_says_so(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.md", "---\nid: 42\n---\n正文")
    assert (document.id, document.path) == ("42", "a.md")


def test_only_an_absolute_address_is_a_url(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.md", "---\npermalink: /a/b\n---\n正文")
    assert document.url is None
    assert document.extra == {"permalink": "/a/b"}


@pytest.mark.parametrize(
    "text", ["---\n正文在两条线之间。\n---\n后文。", "---\n\n正文。", "+++\n正文。"]
)
def test_lines_that_set_off_text_are_no_front_matter(tmp_path: Path, text: str) -> None:
    document = read_one(tmp_path, "a.txt", text)
    assert "正文" in document.body
    assert document.extra == {}


def test_a_post_without_text_is_its_title(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.md", "---\ntitle: 标题\n---\n")
    assert (document.title, document.body) == ("标题", "")


@pytest.mark.parametrize(
    ("block", "title", "extra"),
    [
        ("title: 标题: 副标题\nlayout: post", "标题: 副标题", {"layout": "post"}),
        ('title: "没有闭合\nlayout: post', "没有闭合", {"layout": "post"}),
        ("title: [置顶] 标题", "[置顶] 标题", {}),
        ("title: @标题\ncategories:\n- 甲\n- 乙", "@标题", {"categories": ["甲", "乙"]}),
        ("title:\t'标题'", "标题", {}),
    ],
)
def test_fields_that_are_not_quite_yaml_are_read_line_by_line(
    tmp_path: Path, block: str, title: str, extra: dict[str, object]
) -> None:
    document = read_one(tmp_path, "a.md", f"---\n{block}\n---\n正文。")
    assert (document.title, document.body) == (title, "正文。")
    assert document.extra["front_matter_error"]
    assert {k: v for k, v in document.extra.items() if k != "front_matter_error"} == extra


def test_what_cannot_be_read_stays_in_the_body_and_is_reported(tmp_path: Path) -> None:
    text = "---\ntitle: : : [\n这一行不是字段\n---\n正文。"
    document = read_one(tmp_path, "坏的.md", text)
    assert document.title == "坏的"
    assert "这一行不是字段" in document.body
    assert document.body.endswith("正文。")
    assert "line 2" in str(document.extra["front_matter_error"])


# Each alias doubles what the one before it stands for.
BOMB = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [*{before}, *{before}]\n"
    for before, name in pairwise("abcdefghijklmnopqrstuv")
)


@pytest.mark.parametrize(
    "block",
    [
        BOMB,
        "a: &a [*a]",
        "a: " + "[" * 5_000,
        "a: " + "{x: " * 5_000,
        "a:\n" + "".join(f"{' ' * depth}- a:\n" for depth in range(1, 200)),
        "a: !!python/object/apply:os.system ['true']",
    ],
    ids=["bomb", "in itself", "deep lists", "deep mappings", "deep lines", "code"],
)
def test_traps_do_no_harm(tmp_path: Path, block: str) -> None:
    document = read_one(tmp_path, "a.md", f"---\n{block}\n---\n正文。")
    assert document.body.endswith("正文。")
    assert len(json.dumps(dict(document.extra))) < 100_000


@pytest.mark.parametrize(
    "text",
    [
        "---\nQ: 什么是核酸筛查?\nA: 是一种检测。\n---\n后文。",
        "---\n张三: 早上好\n李四: 核酸做了吗\n张三: 做了\n---\n后文。",
        "---\n作者: 早上好\n编辑: 稿子呢\n作者: 写了\n---\n后文。",
    ],
)
def test_a_dialogue_between_two_rules_is_text(tmp_path: Path, text: str) -> None:
    document = read_one(tmp_path, "a.txt", text)
    assert document.body == text
    assert document.extra == {}


@pytest.mark.parametrize("name", ["title", "标题", "layout", "categories", "作者"])
def test_one_known_name_tells_fields_in_a_text(tmp_path: Path, name: str) -> None:
    document = read_one(tmp_path, "a.txt", f"---\nmood: 好\n{name}: 值\n---\n正文。")
    assert document.body == "正文。"
    assert document.extra["mood"] == "好"


def test_in_markdown_names_need_not_be_known(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.md", "---\nmood: 好\n---\n正文。")
    assert (document.body, document.extra) == ("正文。", {"mood": "好"})


def test_a_colon_in_a_title_leaves_the_other_fields_what_they_are(tmp_path: Path) -> None:
    block = "title: 险企: 服务不断线\ntags: [保险,\n  上海]\nweight: 3\nnote: |\n  两行\n  文字"
    document = read_one(tmp_path, "a.md", f"---\n{block}\n---\n正文。")
    assert (document.title, document.tags) == ("险企: 服务不断线", ("保险", "上海"))
    assert (document.extra["weight"], document.extra["note"]) == (3, "两行 文字")


@pytest.mark.parametrize(
    "block", ["title:险企", "title:险企\ntags: [保险]", "layout: post\ntitle:险企"]
)
def test_the_space_behind_a_known_name_may_be_missing(tmp_path: Path, block: str) -> None:
    document = read_one(tmp_path, "a.md", f"---\n{block}\n---\n正文。")
    assert (document.title, document.body) == ("险企", "正文。")
