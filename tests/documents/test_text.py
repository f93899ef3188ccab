"""Plain text files."""

import time
from pathlib import Path

import pytest

from tests.documents.helpers import read_one

WRAPPED = """险企有序复工复产

　　多家保险公司及分支机构正有序推动复工复产，随着越来越多的员工
回到职场，保险机构正常的经营节奏正在逐步恢复。不少保险公司在疫情
期间已安排人员驻守，疫情缓解后，保险公司近两日已开始对驻守人员进
行轮换，同时推动更多有条件的员工复工。
　　据了解，保险公司积极推动保险服务流程线上化，有效缓解了线下网
点的服务压力。

全文完
"""


def test_the_first_line_is_the_title_where_it_looks_like_one(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.txt", "上海险企复工\n\n正文第一段。\n正文第二段。\n")
    assert document.title == "上海险企复工"
    assert document.body == "上海险企复工\n\n正文第一段。\n正文第二段。"
    assert (document.id, document.path) == ("a.txt", "a.txt")


@pytest.mark.parametrize(
    "text",
    [
        "只有一行，没有别的。",
        "这一行是一句话。\n后面还有一句。",
        "这一行太长" * 10 + "\n后面还有一句。",
        "- 一项\n- 又一项",
        "1. 一项\n2. 又一项",
        "https://example.com/a\n正文",
        "--------\n正文",
    ],
)
def test_else_the_title_is_the_name_without_its_ending(tmp_path: Path, text: str) -> None:
    document = read_one(tmp_path, "报告/关于v1.2的说明.txt", text)
    assert document.title == "关于v1.2的说明"
    assert document.body == text


def test_lines_about_the_text_are_passed_over_for_the_title(tmp_path: Path) -> None:
    text = "2022-03-28 09:15\n来源：新华社\n\n上海险企复工\n正文。\n"
    assert read_one(tmp_path, "a.txt", text).title == "上海险企复工"


@pytest.mark.parametrize("label", ["标题", "標題", "原标题", "题目", "主题"])
def test_a_label_is_no_part_of_the_title(tmp_path: Path, label: str) -> None:
    text = f"{label}：上海险企复工\n来源：新华社\n正文。\n"
    assert read_one(tmp_path, "a.txt", text).title == "上海险企复工"


@pytest.mark.parametrize(
    "header",
    [
        "作者：张三\n栏目：保险\n",
        "作者：张三\n来源：新华社\n时间：2022-03-28\n关键词：复工\n标题：",
        "Author: Zhang San\nURL: https://example.com/\n\n",
    ],
)
def test_a_header_above_the_title_is_passed_over(tmp_path: Path, header: str) -> None:
    assert read_one(tmp_path, "a.txt", f"{header}上海险企复工\n正文。\n").title == "上海险企复工"


def test_a_title_with_a_colon_is_no_header(tmp_path: Path) -> None:
    for title in ("疫情防控：险企行动", "保险从业者：我们在行动"):
        text = f"{title}\n作者：张三\n正文一段。\n"
        assert read_one(tmp_path, "a.txt", text).title == title


def test_a_name_without_an_ending_is_a_title_as_it_is(tmp_path: Path) -> None:
    assert read_one(tmp_path, "2022.3.28通知", "正文。").title == "2022.3.28通知"
    assert read_one(tmp_path, "b.tar", "正文。").title == "b"


def test_paragraphs_stay_as_they_are(tmp_path: Path) -> None:
    text = "标题\r\n\r\n　　第一段。  \r\n\r\n\r\n　　第二段。\t\r\n\r\n"
    assert read_one(tmp_path, "a.txt", text).body == "标题\n\n　　第一段。\n\n\n　　第二段。"


@pytest.mark.parametrize("line_end", ["\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\r\n"])
def test_every_kind_of_line_end_is_one(tmp_path: Path, line_end: str) -> None:
    assert read_one(tmp_path, "a.txt", f"甲{line_end}乙").body == "甲\n乙"


def test_control_characters_go(tmp_path: Path) -> None:
    text = "标题\x07行\n\x1b[1;31m红\x1b[0m字\x08和\t制表符\x7f\x9f"
    document = read_one(tmp_path, "a.txt", text)
    assert document.title == "标题行"
    assert document.body == "标题行\n红字和\t制表符"


def test_lines_broken_at_a_fixed_width_are_joined(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.txt", WRAPPED)
    assert document.title == "险企有序复工复产"
    assert document.body == (
        "险企有序复工复产\n\n"
        "　　多家保险公司及分支机构正有序推动复工复产，随着越来越多的员工回到职场，"
        "保险机构正常的经营节奏正在逐步恢复。不少保险公司在疫情期间已安排人员驻守，"
        "疫情缓解后，保险公司近两日已开始对驻守人员进行轮换，同时推动更多有条件的员工复工。\n"
        "　　据了解，保险公司积极推动保险服务流程线上化，有效缓解了线下网点的服务压力。\n\n"
        "全文完"
    )


def test_between_other_words_a_joined_line_gets_a_space(tmp_path: Path) -> None:
    lines = [
        "保险公司在疫情期间推出的服务名称叫做 Insurance",
        "Online，客户可以在手机上办理各项保险业务的手续",
        "而不必前往柜面，这样可以有效缓解线下网点的压力",
        "并且还提高了办理业务的效率，受到广大客户的欢迎",
        "和好评。",
    ]
    body = read_one(tmp_path, "a.txt", "\n".join(lines)).body
    assert "Insurance Online，客户" in body
    assert "手续而不必" in body
    assert "\n" not in body


@pytest.mark.parametrize(
    "text",
    [
        "床前明月光，\n疑是地上霜。\n举头望明月，\n低头思故乡。",
        "上海险企有序推动复工复产\n证券时报记者走访多家公司\n中国太保表示各部门负责人带头到岗\n平安资管首批驻守员工轮换",
        "姓名　　电话\n张三　　95505\n李四　　95589\n王五　　95500\n赵六　　95511",
        "2022-03-28 10:00:01 INFO 服务启动\n2022-03-28 10:00:02 INFO 服务启动\n" * 5,
        "这一行正好是二十五个汉字宽的一句话现在它结束了。\n" * 6,
        "-rw-r--r-- 1 root root 12345 Mar 28 10:00 some-file-name.txt\n" * 6,
    ],
)
def test_other_lines_are_left_alone(tmp_path: Path, text: str) -> None:
    assert read_one(tmp_path, "a.txt", text).body == text.strip()


def test_tags_in_a_text_go(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.txt", "<p>第一段&ldquo;话&rdquo;。</p> <p>第二段。</p>")
    assert document.body == "第一段“话”。\n第二段。"


def test_lines_of_a_text_with_a_few_tags_stay_lines(tmp_path: Path) -> None:
    text = "标题\n第一段<b>重点</b>。\n第二段<br>换行，&nbsp;见 <https://example.com/a>。\n"
    body = read_one(tmp_path, "a.txt", text).body
    assert body == "标题\n第一段重点。\n第二段\n换行， 见 https://example.com/a。"


@pytest.mark.parametrize(
    "text",
    [
        "甲<乙 且 丙>丁",
        "if (a < b && c > d)",
        "用 <cluster_name> 代替",
        "A&B 和 &copy=1",
        "&lt;p&gt;",
    ],
)
def test_what_only_looks_like_markup_stays(tmp_path: Path, text: str) -> None:
    assert read_one(tmp_path, "a.txt", f"标题\n{text}").body == f"标题\n{text}"


def test_source_code_is_left_alone(tmp_path: Path) -> None:
    text = "# 注释\nprint('<p>段</p>&nbsp;')"
    document = read_one(tmp_path, "a.py", text)
    assert document.body == text
    assert document.title == "a"


def test_seven_megabytes_on_one_line_are_read_in_seconds(tmp_path: Path) -> None:
    text = "上海保险业各机构来源：2022-03-28，" * 160_000
    assert len(text.encode()) > 7_000_000
    began = time.monotonic()
    document = read_one(tmp_path, "a.txt", text)
    assert time.monotonic() - began < 20  # two seconds where nothing else is running
    assert document.body == text
    assert document.title == "a"
