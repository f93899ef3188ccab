"""Markdown, as a reader sees it."""

from pathlib import Path

import pytest

from tests.documents.helpers import read_one


def body(folder: Path, text: str) -> str:
    return read_one(folder, "a.md", text).body


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("*强调*和**加粗**，~~删去~~，`代码`。", "强调和加粗，删去，代码。"),
        ("[链接](https://example.com/a)和![图](a.png)。", "链接和。"),
        ("<https://example.com/a>", "https://example.com/a"),
        ("[链接][1]。\n\n[1]: https://example.com", "链接。"),
        ("- 甲\n- 乙\n  1. 丙\n", "甲\n乙\n丙"),
        ("> 引文\n> 接着\n\n后文", "引文接着\n后文"),
        ("| 甲 | 乙 |\n| --- | :-: |\n| 丙 | `丁` |", "甲 乙\n丙 丁"),
        ("```python\nx = 1\n\ny = 2\n```", "x = 1\n\ny = 2"),
        ("一段\n\n    缩进的代码\n", "一段\n缩进的代码"),
        ("一段  \n换行\\\n再换", "一段\n换行\n再换"),
        ("&ldquo;话&rdquo;&nbsp;&amp;nbsp;后", "“话” 后"),
        ("甲\u200b乙\ufeff丙\u00ad丁\u200e", "甲乙丙丁"),
        ("<div class='x'>\n\n块里的*字*\n\n</div>", "块里的字"),
        ("行内<span style='color:red'>红</span><br>换行", "行内红\n换行"),
        ("前<!-- 注释 -->后\n\n<!--\n多行注释\n-->\n\n段", "前后\n段"),
        ("<details><summary>摘要</summary>\n\n详情\n\n</details>", "摘要\n详情"),
        ("---\n\n段\n\n***\n\n段", "段\n段"),
        ("甲[^1]乙[^x]。\n\n[^1]: 脚注的内容\n", "甲乙[^x]。\n脚注的内容"),
        ("标题\n===\n\n段", "段"),
    ],
)
def test_markup_goes_and_what_it_marks_stays(tmp_path: Path, text: str, seen: str) -> None:
    assert body(tmp_path, text) == seen


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("前文。**注意：**请看。", "前文。注意：请看。"),
        ("这是**“引号”**后文。", "这是“引号”后文。"),
        ("**甲。**Then **乙**，**丙（丁）**戊", "甲。Then 乙，丙（丁）戊"),
        ("*强调，*也是", "强调，也是"),
        ("2 ** 3 和 a ** b", "2 ** 3 和 a ** b"),
        ("snake_case_name 和 `__init__.py`", "snake_case_name 和 __init__.py"),
    ],
)
def test_emphasis_works_in_text_without_spaces(tmp_path: Path, text: str, seen: str) -> None:
    assert body(tmp_path, text) == seen


def test_broken_lines_are_joined_without_a_space_between_han_characters(tmp_path: Path) -> None:
    text = "第一行的汉字，\n第二行的汉字\nEnglish words\nmore words\n（括号）"
    assert body(tmp_path, text) == "第一行的汉字，第二行的汉字 English words more words （括号）"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("{{< copyable \"sql\" >}}\n\n```sql\nSELECT 1;\n```", "SELECT 1;"),
        ("{% note info %}\n提示的*内容*\n{% endnote %}\n\n后文", "提示的内容\n后文"),
        ("见 {% post_url 2022-01-01-a %} 和 {{% ref %}} 后", "见 和 后"),
        ("[链接]({% link a.md %})和[另一个]({{ site.baseurl }}/a b)后", "链接和另一个后"),
        ("{% highlight python %}\n# 不是标题\nx = 1\n{% endhighlight %}", "# 不是标题\nx = 1"),
        ("段{: .class}\n{: #id}", "段"),
        ("甲\n\n{% comment %}\n看不见\n{% endcomment %}\n\n乙", "甲\n乙"),
        ("行内{% comment %}看不见{% endcomment %}后", "行内后"),
        ("代码 `{% raw %}` 里的留下", "代码 {% raw %} 里的留下"),
        ("```\n{% if x %}\n```", "{% if x %}"),
        ("值是 {{ page.title }}", "值是 {{ page.title }}"),
    ],
)  # fmt: skip
def test_template_tags_go_and_their_content_stays(tmp_path: Path, text: str, seen: str) -> None:
    assert body(tmp_path, text) == seen


def test_the_first_heading_is_the_title_and_is_not_said_twice(tmp_path: Path) -> None:
    document = read_one(
        tmp_path, "a.md", "# 险企*有序*复工 {#id}\n\n正文。\n\n## 线下服务\n\n后文。"
    )
    assert document.title == "险企有序复工"
    assert document.body == "正文。\n线下服务\n后文。"


def test_a_heading_that_is_not_the_title_stays(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.md", "---\ntitle: 标题\n---\n# 另一个\n\n正文。")
    assert (document.title, document.body) == ("标题", "另一个\n正文。")
    same = read_one(tmp_path, "b.md", "---\ntitle: 标题\n---\n# 标题\n\n正文。")
    assert (same.title, same.body) == ("标题", "正文。")


def test_the_highest_heading_is_taken_or_else_the_name(tmp_path: Path) -> None:
    assert read_one(tmp_path, "a.md", "前言\n\n## 二级\n\n# 一级\n\n正文").title == "一级"
    assert read_one(tmp_path, "a.md", "前言\n\n### 三级\n\n正文").title == "三级"
    assert read_one(tmp_path, "名字.md", "前言").title == "名字"


def test_markdown_is_known_by_its_look_too(tmp_path: Path) -> None:
    document = read_one(tmp_path, "README", "# 说明\n\n请看[这里](a.md)。\n")
    assert (document.title, document.body) == ("说明", "请看这里。")
    text = read_one(tmp_path, "a.txt", "#话题 今天的保险\n没有别的记号。\n")
    assert text.body == "#话题 今天的保险\n没有别的记号。"


@pytest.mark.parametrize(
    "text",
    [
        "见 <script> 标签，后文在这里",
        "见 <title> 标签，后文在这里",
        "甲 <textarea>，后文在这里",
        "甲 <!-- 没有闭合，后文在这里",
        "<style>\n没有闭合，后文在这里",
    ],
)
def test_nothing_is_swallowed_by_what_is_never_closed(tmp_path: Path, text: str) -> None:
    assert "后文在这里" in body(tmp_path, text)


def test_a_page_with_front_matter_is_a_page(tmp_path: Path) -> None:
    text = (
        "---\ntitle: 标题\n---\n<html><body><nav>导航</nav>\n    <p>缩进不是代码</p></body></html>"
    )
    document = read_one(tmp_path, "a.html", text)
    assert (document.title, document.body) == ("标题", "缩进不是代码")


def test_what_is_too_large_to_render_is_read_as_text(tmp_path: Path) -> None:
    text = "# 标题\n\n" + "很长的一段，很长。\n" * 250_000
    document = read_one(tmp_path, "a.md", text)
    assert document.body.count("很长的一段，") == 250_000
