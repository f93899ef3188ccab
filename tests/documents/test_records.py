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


ITEMS = [{"title": "甲", "content": "正文甲"}, {"title": "乙", "content": "正文乙"}]


@pytest.mark.parametrize(
    "envelope",
    [
        {"code": 200, "message": "成功", "data": {"records": ITEMS}},
        {"code": 200, "data": {"page": {"total": 2, "list": ITEMS}}},
        {"status": "ok", "result": ITEMS, "facets": [{"name": "x"}, {"name": "y"}]},
        {"title": "专题", "items": ITEMS},
        {"title": "订阅", "description": "每日新闻", "items": ITEMS},
        {"hits": {"total": {"value": 2}, "hits": [{"_source": item} for item in ITEMS]}},
        {"1": ITEMS[0], "2": ITEMS[1]},
        {"data": {"1": ITEMS[0], "2": ITEMS[1]}},
        {"国内": ITEMS[:1], "国际": ITEMS[1:]},
        {"content": ITEMS, "totalPages": 1},
        {"facets": [{"name": "x"}], "data": {"list": ITEMS}},
        {"site": {"title": "网站", "description": "说明"}, "data": {"list": ITEMS}},
    ],
)
def test_records_are_found_in_whatever_envelope_a_service_puts_them(
    tmp_path: Path, envelope: dict[str, object]
) -> None:
    found = documents(read_all(tmp_path, "a.json", json.dumps(envelope, ensure_ascii=False)))
    assert [(item.id, item.title, item.body) for item in found] == [
        ("a.json#1", "甲", "正文甲"),
        ("a.json#2", "乙", "正文乙"),
    ]


def test_some_records_in_an_envelope_may_lack_a_body(tmp_path: Path) -> None:
    content = json.dumps({"title": "专题", "items": [*ITEMS, {"title": "丙", "content": ""}]})
    found = documents(read_all(tmp_path, "a.json", content))
    assert [item.title for item in found] == ["甲", "乙", "丙"]


def test_the_only_record_in_an_envelope_has_the_name_of_the_file(tmp_path: Path) -> None:
    content = json.dumps({"code": 200, "message": "成功", "data": ITEMS[0]})
    document = read_one(tmp_path, "a.json", content)
    assert (document.id, document.title, document.body) == ("a.json", "甲", "正文甲")


@pytest.mark.parametrize(
    "record",
    [
        {"title": "标题", "content": "正文", "comments": [{"content": "一"}, {"content": "二"}]},
        {"title": "标题", "summary": "正文", "comments": [{"content": "一"}, {"content": "二"}]},
        {"title": "标题", "content": "正文", "related": ITEMS},
        {"title": "标题", "content": {"text": "正文"}, "author": {"name": "张三"}},
        {"title": "标题", "summary": "正文", "tags": [{"name": "甲"}, {"name": "乙"}]},
    ],
)
def test_a_record_with_lists_of_its_own_is_no_envelope(
    tmp_path: Path, record: dict[str, object]
) -> None:
    document = read_one(tmp_path, "a.json", json.dumps(record))
    assert (document.id, document.title, document.body) == ("a.json", "标题", "正文")


def test_what_elasticsearch_exports_is_the_record_in_it(tmp_path: Path) -> None:
    content = lines({"_index": "news", "_id": "7", "_score": 1.5, "_source": ITEMS[0]})
    document = read_one(tmp_path, "a.jsonl", content)
    assert (document.id, document.title, document.body) == ("7", "甲", "正文甲")


@pytest.mark.parametrize(
    ("record", "body"),
    [
        ({"category": "健康", "desc": "", "answer": "不需要空腹。"}, "不需要空腹。"),
        ({"desc": "明天去做。", "answer": "不需要空腹。"}, "明天去做。\n不需要空腹。"),
        ({"answers": ["不需要。", {"text": "要看项目。", "score": 3}]}, "不需要。\n要看项目。"),
        ({"paragraphs": [{"id": "x", "context": "第一段。"}]}, "第一段。"),
        ({"content": {"html": "<p>正文。</p>", "text": "正文。"}}, "正文。"),
        ({"content": [{"type": 1, "text": "一。"}, {"text": "二。"}]}, "一。\n二。"),
        ({"回答": "不需要。"}, "不需要。"),
        ({"没见过的": "不需要。", "picture": "https://a.cn/1.png"}, "不需要。"),
    ],
)
def test_a_title_never_stands_alone_where_the_record_holds_texts(
    tmp_path: Path, record: dict[str, object], body: str
) -> None:
    document = read_one(tmp_path, "a.json", json.dumps({"title": "要空腹吗？", **record}))
    assert (document.title, document.body) == ("要空腹吗？", body)


def test_values_that_mongo_wraps_are_unwrapped(tmp_path: Path) -> None:
    record = {
        "_id": {"$oid": "62411f3e"},
        "title": {"rendered": "标题"},
        "body": "正文",
        "date": {"$date": "2022-03-28T01:15:00Z"},
        "source": {"id": 3, "name": "国际金融报"},
        "views": {"$numberLong": "95505"},
    }
    document = read_one(tmp_path, "a.json", json.dumps(record))
    assert (document.id, document.title, document.source) == ("62411f3e", "标题", "国际金融报")
    assert document.date is not None
    assert document.date.timestamp() == 1648430100
    assert document.extra == {"views": 95505}


@pytest.mark.parametrize(
    "first",
    [
        "天安财险,客服电话95505保持畅通,2022-03-28",
        "天安财险,客服电话保持畅通。",
        "天安财险,客服电话保持畅通并且所有的网点都已经恢复营业欢迎光临",
        "95505,天安财险",
        "天安财险,2022年3月28日",
    ],
)
def test_a_table_without_a_header_keeps_its_first_row(tmp_path: Path, first: str) -> None:
    found = documents(read_all(tmp_path, "t.csv", f"{first}\n三井住友海上,正常营业\n"))
    assert found[0].body == first.replace(",", "\n")
    assert [item.id for item in found] == ["t.csv#1", "t.csv#2"]
    assert found[1].extra == {"column 1": "三井住友海上", "column 2": "正常营业"}


def test_names_that_nobody_knows_are_a_header_still(tmp_path: Path) -> None:
    rows = "公司,客服电话,Number of branches open today\n天安财险,95505,3\n"
    (document,) = documents(read_all(tmp_path, "t.csv", rows))
    assert document.extra["公司"] == "天安财险"


def test_a_space_may_stand_before_a_quote_in_a_table(tmp_path: Path) -> None:
    rows = 'title, body, source\n"甲", "正文，有 a, b", "新华社"\n'
    (document,) = documents(read_all(tmp_path, "t.csv", rows))
    assert (document.title, document.body, document.source) == ("甲", "正文，有 a, b", "新华社")


def test_less_than_signs_beside_real_tags_stay_in_a_body(tmp_path: Path) -> None:
    body = "<p>用 vector<int> 或 Map<String, List>，a<b 的用户。</p>"
    document = read_one(tmp_path, "a.json", json.dumps({"title": "标题", "body": body}))
    assert document.body == "用 vector<int> 或 Map<String, List>，a<b 的用户。"
