"""Dates in fields, in names of files and on lines of text."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher.documents.datelines import date_in_name, find_date
from searcher.documents.dates import parse
from tests.documents.helpers import read_one


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2022-06-02 05:56:09 +0800", "2022-06-02T05:56:09+08:00"),
        ("2022-06-02T05:56:09+08:00", "2022-06-02T05:56:09+08:00"),
        ("2022-06-02T05:56:09Z", "2022-06-02T05:56:09+00:00"),
        ("2022-06-02T05:56:09.250-03:30", "2022-06-02T05:56:09.250000-03:30"),
        ("2022-06-02 05:56:09", "2022-06-02T05:56:09+08:00"),
        ("2022-06-02 05:56", "2022-06-02T05:56:00+08:00"),
        ("2022-06-02", "2022-06-02T00:00:00+08:00"),
        ("2022/6/2", "2022-06-02T00:00:00+08:00"),
        ("2022.06.02 5:06", "2022-06-02T05:06:00+08:00"),
        ("20220602", "2022-06-02T00:00:00+08:00"),
        ("20220602055609", "2022-06-02T05:56:09+08:00"),
        ("2022年6月2日", "2022-06-02T00:00:00+08:00"),
        ("2022年06月02日05:56", "2022-06-02T05:56:00+08:00"),
        ("2022 年 6 月 2 日 星期四 下午3点05分", "2022-06-02T15:05:00+08:00"),
        ("二〇二二年六月二日", "2022-06-02T00:00:00+08:00"),
        ("二○二二年十二月三十一日", "2022-12-31T00:00:00+08:00"),
        ("民國111年6月2日", "2022-06-02T00:00:00+08:00"),
        ("中華民國一百一十一年六月廿二日", "2022-06-22T00:00:00+08:00"),
        ("Thu, 02 Jun 2022 05:56:09 +0800", "2022-06-02T05:56:09+08:00"),
        ("Thu, 02 Jun 2022 05:56:09 GMT", "2022-06-02T05:56:09+00:00"),
        ("June 2, 2022", "2022-06-02T00:00:00+08:00"),
        ("2022-06-02 05:56 CST", "2022-06-02T05:56:00+08:00"),
        ("Thu Jun 02 2022 05:56:09 GMT+0800 (中国标准时间)", "2022-06-02T05:56:09+08:00"),
        ("Thu Jun 02 2022 05:56:09 GMT-0300", "2022-06-02T05:56:09-03:00"),
        ("Jun 2, 2022 5:56:09 PM", "2022-06-02T17:56:09+08:00"),
        ("Jun 2, 2022 12:56 am", "2022-06-02T00:56:00+08:00"),
        ("2022-06-02 05:56:09.000000 +0800 CST", "2022-06-02T05:56:09+08:00"),
        ("2022-06-02 05:56:09.5 +0000 UTC m=+0.1", "2022-06-02T05:56:09.500000+00:00"),
        ("2022-06-02 05:56发布", "2022-06-02T05:56:00+08:00"),
        ("发布时间：2022-06-02 05:56", "2022-06-02T05:56:00+08:00"),
        ("2022年6月2日（星期四）14:00-16:00", "2022-06-02T14:00:00+08:00"),
        ("2022-06-02 14:00-16:00", "2022-06-02T14:00:00+08:00"),
        ("2022-06-02T14:00-03:00", "2022-06-02T14:00:00-03:00"),
        ("2022-06-02 14:00:00-03:00", "2022-06-02T14:00:00-03:00"),
        ("2022-06-01 24:00", "2022-06-02T00:00:00+08:00"),
        ("2022-06", "2022-06-01T00:00:00+08:00"),
        ("2022年", "2022-01-01T00:00:00+08:00"),
        (1654120569, "2022-06-02T05:56:09+08:00"),
        (1654120569000, "2022-06-02T05:56:09+08:00"),
        ("1654120569", "2022-06-02T05:56:09+08:00"),
        (1654120569.5, "2022-06-02T05:56:09.500000+08:00"),
        (20220602, "2022-06-02T00:00:00+08:00"),
        (date(2022, 6, 2), "2022-06-02T00:00:00+08:00"),
        (datetime(2022, 6, 2, 5, 56, 9), "2022-06-02T05:56:09+08:00"),
        (datetime(2022, 6, 2, 5, 56, 9, tzinfo=UTC), "2022-06-02T05:56:09+00:00"),
    ],
)
def test_a_field_is_read_with_its_zone(value: object, expected: str) -> None:
    found = parse(value)
    assert found is not None
    assert found.isoformat() == expected


@pytest.mark.parametrize(
    "value",
    [
        "2022-13-45",
        "2022-02-30",
        "2022年13月1日",
        "2022-06-02 25:61",
        "2022-06-02 05:56 +9900",
        "2022-06-02 05:56:09 -1600",
        "2022-06-02T05:56:09+14:30",
        "Thu, 02 Jun 2022 05:56:09 -1300",
        "0001-01-01",
        "9999-12-31T23:59:59-10:00",
        "昨天",
        "",
        "12345",
        3,
        -1654120569,
        10**30,
        float("nan"),
        float("inf"),
        True,
        None,
        ["2022-06-02"],
    ],
)
def test_what_is_no_date_or_an_impossible_one_is_none(value: object) -> None:
    assert parse(value) is None


@given(st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.datetimes(), st.dates()))
def test_whatever_is_given_the_result_can_be_used(value: object) -> None:
    found = parse(value)
    if found is not None:
        offset = found.utcoffset()
        assert offset is not None
        assert abs(offset) < timedelta(days=1)
        found.astimezone(UTC)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), st.integers(-12 * 4, 14 * 4))
def test_iso_dates_come_back_as_they_were(moment: datetime, quarters: int) -> None:
    zone = timezone(timedelta(minutes=15 * quarters))
    assert parse(moment.replace(tzinfo=zone).isoformat()) == moment.replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2022-03-28-foo.md", "2022-03-28 00:00"),
        ("_posts/2022_3_8 foo.md", "2022-03-08 00:00"),
        ("20220328_foo.txt", "2022-03-28 00:00"),
        ("20220328.txt", "2022-03-28 00:00"),
        ("202203280915.txt", "2022-03-28 09:15"),
        ("2022年3月28日上海.txt", "2022-03-28 00:00"),
        ("2022.03.28.txt", "2022-03-28 00:00"),
        ("2022-03-28.d/foo.md", None),
        ("2022-13-45-foo.md", None),
        ("20229999_foo.txt", None),
        ("2022-03-281.txt", None),
        ("12345678901.txt", None),
        ("000_83fae9edebe7b291.txt", None),
        ("foo-2022-03-28.md", None),
    ],
)
def test_a_leading_date_of_a_name_counts(name: str, expected: str | None) -> None:
    found = date_in_name(name)
    assert (found and found.strftime("%Y-%m-%d %H:%M")) == expected


@pytest.mark.parametrize(
    "line",
    [
        "2022年3月28日 09:15",
        "　　2022年3月28日09:15",
        "（2022年3月28日 09:15）",
        "【2022-03-28 09:15】",
        "2022-03-28 09:15:00　来源：国际金融报",
        "2022-03-28 09:15 来源：国际金融报当前，上海正以黄浦江为界，开展新一轮核酸筛查。",
        "2022-03-28 09:15 国际金融报",
        "国际金融报 2022-03-28 09:15",
        "来源：国际金融报　2022-03-28 09:15",
        "2022/03/28 09:15 | 作者：张三 | 阅读 1234",
        "发布时间：2022-03-28 09:15",
        "發佈時間：2022-03-28 09:15",
        "日期：2022-03-28 09:15",
        "時間：2022-03-28 09:15",
        "来源：新华社　发布时间：2022-03-28 09:15　字号",
        "发布于 2022-03-28 09:15",
        "2022年3月28日 星期一 上午9:15",
    ],
)
def test_a_date_line_is_found_at_the_head_and_at_the_tail(line: str) -> None:
    text = "\n".join(f"第{number}段正文，讲保险服务不间断。" for number in range(30))
    for document in (f"标题\n{line}\n{text}", f"标题\n{text}\n{line}"):
        found = find_date(document)
        assert found is not None
        assert found.isoformat() == "2022-03-28T09:15:00+08:00"


@pytest.mark.parametrize(
    "line",
    [
        "2022年3月28日，上海启动新一轮核酸筛查。",
        "2022年3月28日至4月1日",
        "截至2022年3月28日 09:15",
        "会议于2022年3月28日 09:15召开",
        "会议时间：2022-03-28",
        "自2022年3月28日起施行",
        "# Time: 2022-03-28T09:15:00",
        "2022-13-45",
        "发布时间：2022-13-45",
        "浦东浦西3月28日分批筛查",
    ],
)
def test_a_date_in_a_sentence_is_about_something_else(line: str) -> None:
    assert find_date(f"标题\n{line}\n正文第一段。\n正文第二段。") is None


def test_a_date_in_brackets_may_stand_before_the_first_sentence() -> None:
    sentence = "【2022-03-28】上海保险业各机构发挥所长，贡献力量。"
    found = find_date(f"标题\n{sentence}\n正文")
    assert found is not None
    assert found.day == 28
    assert find_date("正文一段。\n" * 20 + sentence) is None


def test_a_date_line_in_the_middle_of_a_long_text_does_not_count() -> None:
    text = "\n".join(["正文的一段，讲理赔绿色通道。"] * 500)
    assert find_date(f"{text}\n2022-03-28\n{text}") is None


def test_what_says_it_most_plainly_wins(tmp_path: Path) -> None:
    body = "发布时间：2022-03-04\n\n正文。\n"
    in_all = read_one(tmp_path, "2022-03-03-a.md", f"---\ndate: 2022-03-01\n---\n{body}")
    assert in_all.date is not None
    assert in_all.date.day == 1
    page = (
        '<html><head><meta name="pubdate" content="2022-03-02"></head><p>发布时间：2022-03-04</p>'
    )
    in_meta = read_one(tmp_path, "2022-03-03-b.html", page)
    assert in_meta.date is not None
    assert in_meta.date.day == 2
    in_name = read_one(tmp_path, "2022-03-03-c.txt", f"标题\n{body}")
    assert in_name.date is not None
    assert in_name.date.day == 3
    in_text = read_one(tmp_path, "d.txt", f"标题\n{body}")
    assert in_text.date is not None
    assert in_text.date.day == 4


def test_when_it_was_changed_counts_only_where_nothing_else_is_known(tmp_path: Path) -> None:
    named = read_one(tmp_path, "2022-03-03-a.md", "---\nlastmod: 2022-03-09\n---\n正文")
    assert named.date is not None
    assert named.date.day == 3
    unnamed = read_one(tmp_path, "a.md", "---\nlastmod: 2022-03-09\n---\n正文")
    assert unnamed.date is not None
    assert unnamed.date.day == 9


def test_an_impossible_date_is_kept_as_extra_data(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.md", "---\ntitle: 标题\ndate: 2022-13-45\n---\n正文")
    assert document.date is None
    assert document.extra == {"date": "2022-13-45"}


def test_a_range_of_times_is_no_zone() -> None:
    found = find_date("标题\n时间：2022年3月28日（星期一）14:00-16:00\n正文")
    assert found is not None
    assert found.isoformat() == "2022-03-28T14:00:00+08:00"
