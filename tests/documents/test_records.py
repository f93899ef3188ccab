"""Records: JSON Lines, JSON, CSV and TSV."""

import csv
import io
import json
from pathlib import Path

import pytest

from searcher.errors import DocumentError
from tests.documents.helpers import documents, read_all, read_one, skipped

RECORDS: list[dict[str, object]] = [
    {
        "id": "a-1",
        "title": "标题甲",
        "body": "正文甲",
        "date": "2022-03-28 09:15:00",
        "source": "新华社",
        "tags": ["保险", "理赔"],
        "url": "https://example.com/1",
        "author": "张三",
        "views": 95505,
    },
    {"title": "标题乙", "body": "正文乙"},
]


BODY = '他说："好；行，a|b"\n第二行'


def lines(*records: object) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def table(*rows: list[str], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.jsonl", lines(*RECORDS)),
        ("r.ndjson", "\ufeff" + lines(*RECORDS)),
        ("r.json", lines(*RECORDS)),
        ("r.txt", lines(*RECORDS)),
        ("r.json", json.dumps(RECORDS, ensure_ascii=False)),
        ("r.json", json.dumps(RECORDS, ensure_ascii=True, indent=2)),
        ("r.txt", json.dumps(RECORDS, ensure_ascii=False, indent=2)),
        ("r.json", json.dumps({"total": 2, "items": RECORDS}, ensure_ascii=False)),
        ("r.json", "\n".join(json.dumps(record, indent=1) for record in RECORDS)),
    ],
)
def test_json_in_all_its_shapes_gives_the_same_records(
    tmp_path: Path, name: str, content: str
) -> None:
    first, second = documents(read_all(tmp_path, name, content))
    assert (first.id, first.title, first.body) == ("a-1", "标题甲", "正文甲")
    assert first.date is not None
    assert first.date.isoformat() == "2022-03-28T09:15:00+08:00"
    assert (first.source, first.tags) == ("新华社", ("保险", "理赔"))
    assert (first.url, first.path) == ("https://example.com/1", name)
    assert first.extra == {"author": "张三", "views": 95505}
    assert (second.id, second.title, second.body) == (f"{name}#2", "标题乙", "正文乙")
    assert (second.date, second.source, second.tags) == (None, None, ())


def test_the_only_record_of_a_json_file_has_the_name_of_the_file(tmp_path: Path) -> None:
    assert (
        read_one(tmp_path, "a/倡议.json", '{"title": "标题", "text": "正文"}').id == "a/倡议.json"
    )
    assert read_one(tmp_path, "a.jsonl", '{"title": "标题"}').id == "a.jsonl#1"


@pytest.mark.parametrize(
    ("name", "delimiter"),
    [
        ("t.csv", ","),
        ("t.csv", ";"),
        ("t.csv", "\t"),
        ("t.tsv", "\t"),
        ("t.csv", "|"),
        ("t.txt", ","),
    ],
)
def test_tables_have_a_header_and_some_delimiter(tmp_path: Path, name: str, delimiter: str) -> None:
    content = table(
        ["编号", "标题", "正文", "日期", "来源", "标签", "链接", "作者"],
        ["7", "标题甲", BODY, "2022/3/28", "新华社", "保险、理赔", "https://a.cn", "张三"],
        ["", "标题乙", "正文乙", "", "", "", "", ""],
        delimiter=delimiter,
    )
    first, second = documents(read_all(tmp_path, name, content))
    assert (first.id, first.title, first.body) == ("7", "标题甲", BODY)
    assert first.date is not None
    assert first.date.isoformat() == "2022-03-28T00:00:00+08:00"
    assert (first.source, first.tags, first.url) == ("新华社", ("保险", "理赔"), "https://a.cn")
    assert first.extra == {"作者": "张三"}
    assert (second.id, second.title, second.extra) == (f"{name}#2", "标题乙", {})


def test_a_table_of_excel(tmp_path: Path) -> None:
    rows = "标题\t正文\r\n标题甲\t正文甲\r\n"
    (document,) = documents(read_all(tmp_path, "unicode.csv", rows.encode("utf-16")))
    assert document.title == "标题甲"
    told = "sep=;\r\n标题;正文\r\n标题甲;正文甲\r\n"
    (document,) = documents(read_all(tmp_path, "sep.csv", told.encode("gb18030")))
    assert (document.title, document.body) == ("标题甲", "正文甲")


def test_short_rows_are_filled_and_empty_ones_do_not_count(tmp_path: Path) -> None:
    found = read_all(tmp_path, "t.csv", "title,body,date\n甲,文\n\n,,\n乙,字,,,\n")
    assert [document.id for document in documents(found)] == ["t.csv#1", "t.csv#2"]
    assert skipped(found) == []


def test_a_line_of_prose_with_commas_is_no_table(tmp_path: Path) -> None:
    text = "标题,来源和日期,都要写清楚\n正文,第二行,还是正文\n"
    assert read_one(tmp_path, "a.txt", text).body == text.strip()


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("ID", "id"),
        ("编号", "id"),
        ("Headline", "title"),
        ("標題", "title"),
        ("Content", "body"),
        ("內容", "body"),
        ("正文", "body"),
        ("pubDate", "date"),
        ("created_at", "date"),
        ("发布时间", "date"),
        ("Publisher", "source"),
        ("來源", "source"),
        ("Keywords", "tags"),
        ("關鍵詞", "tags"),
        ("Link", "url"),
        ("連結", "url"),
    ],
)
def test_fields_go_by_their_usual_names(tmp_path: Path, name: str, field: str) -> None:
    value = {"date": "2022-03-28", "url": "https://example.com"}.get(field, "值")
    record = {name: value, "summary" if field != "body" else "title": "另外的文字"}
    document = read_one(tmp_path, "a.json", json.dumps(record))
    assert getattr(document, field)
    assert getattr(document, field) != "a.json"
    assert document.extra == {}


def test_of_two_names_for_a_field_the_plainer_is_taken(tmp_path: Path) -> None:
    record = {"summary": "摘要", "content": "正文", "text": ""}
    record |= {"created": "2022-01-01", "date": "2022-03-28"}
    document = read_one(tmp_path, "a.json", json.dumps(record))
    assert document.body == "正文"
    assert document.date is not None
    assert document.date.month == 3
    assert document.extra == {"summary": "摘要", "created": "2022-01-01"}


def test_what_does_not_fit_its_field_is_extra(tmp_path: Path) -> None:
    record = {"title": {"zh": "标题"}, "body": "正文", "date": "不详", "url": "/a", "id": True}
    document = read_one(tmp_path, "a.json", json.dumps(record))
    assert document.extra == {"title": {"zh": "标题"}, "date": "不详", "url": "/a", "id": True}
    assert document.id == "a.json"


def test_a_record_with_other_texts_only_has_them_as_its_body(tmp_path: Path) -> None:
    document = read_one(
        tmp_path, "a.json", '{"question": "怎么办？", "answer": ["办法一", "办法二"], "n": 1}'
    )
    assert document.body == "怎么办？\n办法一\n办法二"
    assert document.extra == {"question": "怎么办？", "answer": ["办法一", "办法二"], "n": 1}


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("<p>第一段</p><p>第二段<br/>换行</p>", "第一段\n第二段\n换行"),
        ("&lt;p&gt;第一段&lt;/p&gt;&lt;p&gt;第二段&lt;/p&gt;", "第一段\n第二段"),
        ("空格&nbsp;和&ldquo;引号&rdquo;", "空格 和“引号”"),
        ("a < b && c > d，<cluster_name>，A&B", "a < b && c > d，<cluster_name>，A&B"),
        ("第一段\r\n第二段\u0007", "第一段\n第二段"),
        ("半个\ud800字", "半个\ufffd字"),
        (["第一段", "第二段"], "第一段\n第二段"),
    ],
)
def test_the_body_of_a_record_is_what_a_reader_reads(
    tmp_path: Path, body: object, seen: str
) -> None:
    assert read_one(tmp_path, "a.json", json.dumps({"title": "标题", "body": body})).body == seen


def test_a_title_is_one_line_without_markup(tmp_path: Path) -> None:
    record = {"title": " <em>险企</em>&amp;复工\n第二行 ", "body": "正文"}
    assert read_one(tmp_path, "a.json", json.dumps(record)).title == "险企&复工 第二行"


def test_no_date_or_source_is_searched_for_in_a_record(tmp_path: Path) -> None:
    document = read_one(tmp_path, "2022-03-28.json", '{"body": "来源：新华社\\n2022-03-28\\n正文"}')
    assert (document.title, document.date, document.source) == ("", None, None)


def test_what_json_has_and_others_do_not_is_made_plain(tmp_path: Path) -> None:
    document = read_one(tmp_path, "a.json", '{"body": "文", "a": NaN, "b": 1e999, "c": "\\ud800"}')
    assert document.extra == {"b": "inf", "c": "\ufffd"}
    assert json.loads(json.dumps(dict(document.extra), allow_nan=False)) == document.extra


def test_a_broken_line_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    content = '{"title": "甲"}\n\n{"title": "乙"\n[1, 2]\n{}\n{"n": 9}\n{"title": "丙"}\n'
    found = read_all(tmp_path, "a/r.jsonl", content)
    assert [(document.id, document.title) for document in documents(found)] == [
        ("a/r.jsonl#1", "甲"),
        ("a/r.jsonl#6", "丙"),
    ]
    names = [item.name for item in skipped(found)]
    assert names == ["a/r.jsonl#2", "a/r.jsonl#3", "a/r.jsonl#4", "a/r.jsonl#5"]
    reasons = [item.reason for item in skipped(found)]
    assert reasons[0].startswith("line 3: broken JSON at column")
    assert reasons[1] == "line 4: not a record with named fields"
    assert reasons[2] == "line 5: a record without text"
    assert all("\n" not in reason for reason in reasons)


@pytest.mark.parametrize("value", ["[" * 100_000, '{"a":' * 100_000, "9" * 5_000])
def test_a_line_that_goes_too_far_is_named_and_the_rest_is_read(tmp_path: Path, value: str) -> None:
    found = read_all(tmp_path, "r.jsonl", f'{{"title": "甲", "a": {value}}}\n{{"title": "乙"}}\n')
    assert [document.title for document in documents(found)] == ["乙"]
    assert len(skipped(found)) == 1


def test_of_a_broken_array_the_rest_is_read(tmp_path: Path) -> None:
    content = '[\n  {"title": "甲"},\n  {"title": "乙",,},\n  {"title": "丙"}\n]'
    found = read_all(tmp_path, "r.json", content)
    assert [document.id for document in documents(found)] == ["r.json#1", "r.json#3"]
    (fault,) = skipped(found)
    assert fault.name == "r.json#2"
    assert fault.reason.startswith("line 3: broken JSON")


def test_of_an_array_that_was_cut_off_what_is_whole_is_read(tmp_path: Path) -> None:
    found = read_all(tmp_path, "r.json", '[{"title": "甲"}, {"title": "乙"}, {"tit')
    assert [document.title for document in documents(found)] == ["甲", "乙"]
    assert [fault.name for fault in skipped(found)] == ["r.json#3"]


def test_a_row_with_too_many_cells_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    found = read_all(tmp_path, "t.csv", 'title,body\n甲,"两\n行"\n乙,文,多,余\n丙,字\n')
    assert [document.id for document in documents(found)] == ["t.csv#1", "t.csv#3"]
    (fault,) = skipped(found)
    assert (fault.name, fault.reason) == ("t.csv#2", "line 4: 4 columns where the header has 2")


def test_a_quote_that_is_never_closed_does_not_take_the_rest(tmp_path: Path) -> None:
    rows = "".join(f"标题{number},正文\n" for number in range(100))
    found = read_all(tmp_path, "t.csv", f'title,body\n甲,"没有闭合\n{rows}')
    assert len(documents(found)) == 100
    (fault,) = skipped(found)
    assert (fault.name, fault.reason) == ("t.csv#1", "line 2: a quote is not closed")


def test_a_cell_may_be_longer_than_python_likes(tmp_path: Path) -> None:
    long = "很长的正文" * 100_000
    (document,) = documents(read_all(tmp_path, "t.csv", table(["title", "body"], ["甲", long])))
    assert document.body == long


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.json", '{"title": "甲"', "line 1: broken JSON at column"),
        ("a.json", "[]", "no records"),
        ("a.json", "42", "no records"),
        ("a.jsonl", "\n \n", "an empty file"),
        ("a.csv", "title,body\n", "no records"),
        ("a.csv", "title,body\n,\n", "no records"),
    ],
)
def test_a_file_without_a_record_is_an_error(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    with pytest.raises(DocumentError, match=reason):
        read_all(tmp_path, name, content)
