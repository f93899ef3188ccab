"""Word, OpenDocument text and EPUB: what a reader reads in them."""

import io
from datetime import UTC, datetime
from pathlib import Path

import docx
import pytest
from docx.oxml import OxmlElement

from searcher.documents import Skipped, limits
from searcher.documents.dates import CHINA
from searcher.errors import DocumentError
from tests.documents.archives import epub, odt, zipped
from tests.documents.helpers import documents, read_all, read_one, skipped

PAGE = (
    '<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml">'
    "<head><title>{title}</title></head><body>{body}</body></html>"
)


def saved(document: "docx.document.Document") -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def word() -> "docx.document.Document":
    document = docx.Document()
    document.core_properties.title = ""
    document.core_properties.comments = ""
    document.core_properties.created = datetime(2023, 5, 6, 7, 8, tzinfo=UTC)
    return document


def test_word_is_read_paragraph_by_paragraph(tmp_path: Path) -> None:
    document = word()
    document.add_heading("关于理赔绿色通道的通知", 0)
    paragraph = document.add_paragraph("各分公司：")
    paragraph.add_run().add_break()
    paragraph.add_run("现将有关")
    paragraph.add_run("事项通知如下。").bold = True
    table = document.add_table(2, 2)
    for number in range(4):
        table.cell(number // 2, number % 2).text = f"格{number}"
    document.add_paragraph("理赔部")
    found = read_one(tmp_path, "a.docx", saved(document))
    assert found.title == "关于理赔绿色通道的通知"
    assert found.body == (
        "关于理赔绿色通道的通知\n各分公司：\n现将有关事项通知如下。\n格0\t格1\n格2\t格3\n理赔部"
    )
    assert found.date == datetime(2023, 5, 6, 7, 8, tzinfo=UTC)
    assert found.id == found.path == "a.docx"


def test_what_word_says_about_a_text(tmp_path: Path) -> None:
    document = word()
    properties = document.core_properties
    properties.title, properties.author = "年度报告", "王五"
    properties.keywords, properties.comments = "保险，理赔", "摘要"
    document.add_paragraph("发布日期：2022年3月28日\n来源：新华社\n正文在此。")
    found = read_one(tmp_path, "a.docx", saved(document))
    assert (found.title, found.tags, found.source) == ("年度报告", ("保险", "理赔"), "新华社")
    assert found.date == datetime(2022, 3, 28, tzinfo=CHINA)  # what the text says is the date
    assert found.extra == {"author": "王五", "description": "摘要"}


@pytest.mark.parametrize("title", ["Word Document", "Microsoft Word - 1.doc", "无标题"])
def test_a_title_that_a_program_put_in_is_none(tmp_path: Path, title: str) -> None:
    document = word()
    document.core_properties.title = title
    document.add_paragraph("真正的标题")
    document.add_paragraph("正文在此，有一句话。")
    assert read_one(tmp_path, "a.docx", saved(document)).title == "真正的标题"


def test_what_is_deleted_or_said_twice_in_word_is_left_out(tmp_path: Path) -> None:
    document = word()
    run = document.add_paragraph("留下的").add_run()
    for name, inner in (("w:delText", None), ("w:instrText", None), ("w:pict", "w:t")):
        element = OxmlElement(name)
        child = element
        if inner:
            child = OxmlElement(inner)
            element.append(child)
        child.text = "域" if name != "w:pict" else "框中的"
        run._r.append(element)
    assert read_one(tmp_path, "a.docx", saved(document)).body == "留下的框中的"


def test_opendocument_text(tmp_path: Path) -> None:
    data = odt(
        "<text:tracked-changes><text:p>删除的</text:p></text:tracked-changes>"
        '<text:h text:outline-level="1">会议纪要</text:h>'
        '<text:p>第一<text:s text:c="2"/>段<text:line-break/>换行'
        "<office:annotation><text:p>批注</text:p></office:annotation>。</text:p>"
        "<table:table-row><table:table-cell><text:p>甲</text:p></table:table-cell>"
        "<table:table-cell><text:p>乙</text:p></table:table-cell></table:table-row>"
        "<text:p>末段</text:p>",
        "<meta:initial-creator>李四</meta:initial-creator><meta:keyword>会议</meta:keyword>"
        "<meta:keyword>纪要</meta:keyword>"
        "<meta:creation-date>2022-03-28T10:00:00</meta:creation-date>",
    )
    found = read_one(tmp_path, "a.odt", data)
    assert found.title == "会议纪要"
    assert found.body == "会议纪要\n第一  段\n换行。\n甲\t乙\n末段"
    assert (found.tags, found.extra) == (("会议", "纪要"), {"author": "李四"})
    assert found.date == datetime(2022, 3, 28, 10, tzinfo=CHINA)


def test_each_chapter_of_a_book_is_a_document(tmp_path: Path) -> None:
    data = epub(
        {
            "cover.xhtml": PAGE.format(title="", body='<img src="a.png"/>'),
            "1.xhtml": PAGE.format(title="一", body="<h1>狗·猫·鼠</h1><p>从去年起，仿佛听得。</p>"),
            "2.xhtml": PAGE.format(title="", body="<p>没有题目的一章。</p>"),
        },
        "<dc:title>朝花夕拾</dc:title><dc:creator>鲁迅</dc:creator><dc:date>1928-09-01</dc:date>"
        "<dc:publisher>未名社</dc:publisher><dc:subject>散文</dc:subject>",
    )
    first, second = documents(read_all(tmp_path, "a.epub", data))
    assert (first.id, first.path, first.title) == ("a.epub#1", "a.epub", "狗·猫·鼠 - 朝花夕拾")
    assert first.body.endswith("从去年起，仿佛听得。")
    assert (second.id, second.title) == ("a.epub#2", "part 2 - 朝花夕拾")
    for chapter in (first, second):
        assert chapter.date == datetime(1928, 9, 1, tzinfo=CHINA)
        assert (chapter.source, chapter.tags) == ("未名社", ("散文",))
        assert chapter.extra == {"author": "鲁迅", "book": "朝花夕拾"}


def test_a_chapter_that_is_missing_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    data = epub({"1.xhtml": PAGE.format(title="一", body="<p>内容。</p>"), "2.xhtml": "x"})
    found = read_all(tmp_path, "a.epub", data.replace(b"OEBPS/2.xhtml", b"OEBPS/3.xhtml"))
    assert len(documents(found)) == 1
    (fault,) = skipped(found)
    assert (fault.name, fault.format) == ("a.epub#2", "epub")
    assert "missing" in fault.reason


def test_office_files_are_known_by_their_content_and_read_in_archives(tmp_path: Path) -> None:
    document = word()
    document.add_paragraph("正文。")
    data = saved(document)
    assert read_one(tmp_path, "没有结尾", data).body == "正文。"
    assert read_one(tmp_path, "a.zip", zipped({"b/c.docx": data})).path == "a.zip/b/c.docx"


def test_other_office_files_are_named_as_what_they_are(tmp_path: Path) -> None:
    table = zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"})
    with pytest.raises(DocumentError, match="not a text: Excel") as error:
        read_all(tmp_path, "a.xlsx", table)
    assert error.value.format == "xlsx"
    slides = zipped({"mimetype": "application/vnd.oasis.opendocument.presentation"})
    with pytest.raises(DocumentError, match="not a text: OpenDocument"):
        read_all(tmp_path, "a.odp", slides)


def docx_of(xml: str | bytes) -> bytes:
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": xml})


LAUGHS = (
    '<!DOCTYPE a [<!ENTITY a "哈"><!ENTITY b "&a;&a;&a;">]>'
    '<w:document xmlns:w="w"><w:p><w:t>&b;</w:t></w:p></w:document>'
)


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (LAUGHS, "defines entities"),
        ("<!DOCTYPE a [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><a>&a;</a>", "defines entities"),
        ("<a>" * 5_000, "nested too deeply"),
        ("<a " + " " * (3 << 20) + "/>", "a tag that is too long"),
        ("<a><b></a>", "broken XML"),
        ("<a/>", "no text"),
        ("<w:p xmlns:w='w'><w:t>" + "a" * (5 << 20) + "</w:t></w:p>", "larger than 8 MB"),
    ],
)
def test_hostile_xml_is_an_error_and_expands_to_nothing(
    tmp_path: Path, xml: str, reason: str
) -> None:
    with pytest.raises(DocumentError, match=reason) as error:
        read_all(tmp_path, "a.docx", docx_of(xml))
    assert error.value.format == "docx"


def test_entities_in_the_pages_of_a_book_are_never_expanded(tmp_path: Path) -> None:
    entities = '<!DOCTYPE html [<!ENTITY a "哈哈"><!ENTITY b "&a;&a;">]>'
    bomb = f"{entities}<html><body><p>&b;文</p></body></html>"
    (one,) = documents(read_all(tmp_path, "a.epub", epub({"1.xhtml": bomb})))
    assert "哈哈哈哈" not in one.body
    metadata = '<!DOCTYPE a [<!ENTITY a "x">]><dc:title>&a;</dc:title>'
    with pytest.raises(DocumentError, match=r"broken XML|defines entities"):
        read_all(tmp_path, "b.epub", epub({"1.xhtml": bomb}, metadata))


def test_a_part_that_expands_too_far_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "EXPANSION", 1 << 20)
    monkeypatch.setattr(limits, "RATIO", 1)
    with pytest.raises(DocumentError, match="expands to more than 1 MB"):
        read_all(tmp_path, "a.docx", docx_of("<a>" + " " * (2 << 20) + "</a>"))
    data = zipped({"a.docx": docx_of("<a>" + " " * (2 << 20) + "</a>"), "b.txt": "不会读到"})
    with pytest.raises(DocumentError, match="expands") as error:
        read_all(tmp_path, "a.zip", data)
    assert error.value.format == "zip"


def test_a_broken_office_file_in_an_archive_is_named(tmp_path: Path) -> None:
    data = zipped({"a.docx": docx_of("<a><b></a>"), "b.txt": "还会读到"})
    found = read_all(tmp_path, "a.zip", data)
    assert [one.path for one in documents(found)] == ["a.zip/b.txt"]
    (fault,) = skipped(found)
    assert isinstance(fault, Skipped)
    assert (fault.name, fault.format) == ("a.zip/a.docx", "docx")


def test_notes_of_opendocument_stand_behind_the_text(tmp_path: Path) -> None:
    note = (
        '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>'
        "<text:note-body><text:p>{}</text:p></text:note-body></text:note>"
    )
    data = odt(
        f'<text:h text:outline-level="1">会议{note.format("题注。")}纪要</text:h>'
        f"<text:p>客户可拨打热线报案，随时受理{note.format('节假日不休。')}。</text:p>"
    )
    found = read_one(tmp_path, "a.odt", data)
    assert found.title == "会议纪要"
    assert found.body == ("会议纪要\n客户可拨打热线报案，随时受理。\n题注。\n节假日不休。")


def test_a_chapter_is_not_called_by_the_name_of_its_file(tmp_path: Path) -> None:
    body = "<h1>狗·猫·鼠</h1><p>从去年起，仿佛听得有人说我是仇猫的。</p>"
    other = "<p>没有题目的一章。</p>"
    data = epub(
        {
            "1.xhtml": PAGE.format(title="1.xhtml", body=f"<section>{body}</section>"),
            "2.xhtml": PAGE.format(title="2.xhtml", body=other),
        }
    )
    first, second = documents(read_all(tmp_path, "a.epub", data))
    assert (first.title, second.title) == ("狗·猫·鼠 - 朝花夕拾", "part 2 - 朝花夕拾")
    assert "仇猫" in first.body
