"""Which encoding a text is in, found by its content."""

import codecs
import gzip
import json
import random
import re
from pathlib import Path

import pytest

from searcher.documents.encoding import decode, decode_line, detect
from searcher.errors import DocumentError
from tests.conftest import shared_path
from tests.documents.helpers import read_one

SIMPLIFIED = "随着上海全面恢复正常生产生活秩序，保险机构经营也及时迈出了自己的节奏。"
TRADITIONAL = "隨著上海全面恢復正常生產生活秩序，保險機構經營也及時邁出了自己的節奏。"
ENCODINGS = [
    (SIMPLIFIED, "utf-8", b""),
    (SIMPLIFIED, "utf-8", codecs.BOM_UTF8),
    (SIMPLIFIED, "utf-16-le", codecs.BOM_UTF16_LE),
    (SIMPLIFIED, "utf-16-be", codecs.BOM_UTF16_BE),
    (SIMPLIFIED, "utf-16-le", b""),
    (SIMPLIFIED, "utf-16-be", b""),
    (SIMPLIFIED, "utf-32-le", codecs.BOM_UTF32_LE),
    (SIMPLIFIED, "utf-32-be", codecs.BOM_UTF32_BE),
    (SIMPLIFIED, "gbk", b""),
    (SIMPLIFIED, "gb18030", b""),
    (SIMPLIFIED, "gb18030", b"\x84\x31\x95\x33"),
    (TRADITIONAL, "big5", b""),
    (TRADITIONAL, "gb18030", b""),
    (TRADITIONAL, "utf-8", b""),
    (TRADITIONAL, "utf-16-le", b""),
]


@pytest.mark.parametrize(("text", "encoding", "mark"), ENCODINGS)
def test_every_encoding_is_found(tmp_path: Path, text: str, encoding: str, mark: bytes) -> None:
    document = read_one(tmp_path, "a.txt", mark + f"上海\n\n{text}\n".encode(encoding))
    assert document.body == f"上海\n\n{text}"
    assert document.title == "上海"


@pytest.mark.parametrize(("text", "encoding", "mark"), ENCODINGS)
def test_long_files_are_decoded_to_their_end(text: str, encoding: str, mark: bytes) -> None:
    long = "ASCII only\n" * 20_000 + text * 2_000
    assert decode(mark + long.encode(encoding)) == long


def sentences(name: str, length: int, count: int) -> list[str]:
    """Pieces of real sentences, so many characters long."""
    choose = random.Random(length)
    found: list[str] = []
    with gzip.open(shared_path(f"data/{name}/docs.jsonl.gz"), "rt", encoding="utf-8") as lines:
        for line in lines:
            for sentence in re.split(r"[。！？；\n]", json.loads(line)["body"]):
                if len(sentence) >= length:
                    start = choose.randrange(len(sentence) - length + 1)
                    found.append(sentence[start : start + length])
            if len(found) > 3 * count:
                break
    # What can be said of an encoding is said by what is not ASCII.
    found = [text for text in found if sum(char > "\x7f" for char in text) >= 0.8 * length]
    return choose.sample(found, count)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("drcd", "big5"),
        ("drcd", "utf-8"),
        ("drcd", "utf-16-le"),
        ("crud_news", "gb18030"),
        ("crud_news", "utf-8"),
        ("crud_news", "utf-16-be"),
        ("finna", "gb18030"),
        ("cmrc2018", "gb18030"),
    ],
)
@pytest.mark.parametrize(("length", "wrong"), [(10, 3), (20, 0)])
def test_a_short_sentence_is_enough(name: str, encoding: str, length: int, wrong: int) -> None:
    """Of 2,000 real pieces of text nearly all, or all, are read as they were written."""
    pieces = [text.encode(encoding, "ignore") for text in sentences(name, length, 2_000)]
    failed = []
    for piece in pieces:
        try:
            if decode(piece) != piece.decode(encoding):
                failed.append(piece.decode(encoding))
        except DocumentError:
            failed.append(piece.decode(encoding))
    assert len(failed) <= wrong, failed


@pytest.mark.parametrize("text", ["联通", "简体", "①②③", "饕餮魑魅魍魉", "国务院", "摇一摇"])
def test_words_are_enough_where_they_can_be_nothing_else(text: str) -> None:
    assert decode(text.encode("gb18030")) == text


@pytest.mark.parametrize("text", ["привет", "Ελληνικά", "café", "עברית", "naïve ½ ±"])
def test_other_scripts_in_utf8_stay_utf8(text: str) -> None:
    assert decode(text.encode()) == text


@pytest.mark.parametrize("hint", ["hex", "zlib", "undefined", "unicode_escape", "no-such-thing"])
def test_a_hint_that_is_no_encoding_is_no_hint(hint: str) -> None:
    page = f'<meta charset="{hint}"><p>\\d 饕餮魑魅魍魉</p>'
    assert decode(page.encode("gb18030")) == page


def test_other_encodings_get_a_second_opinion() -> None:
    cyrillic = "Обязательное страхование было введено в городе весной, и его продлили."
    assert decode(cyrillic.encode("cp1251")) == cyrillic
    japanese = "日本語のテキストです。これはテストです。"
    assert decode(japanese.encode("shift_jis")) == japanese


@pytest.mark.parametrize("encoding", ["gbk", "big5", "gb2312", "iso-8859-1", "utf-16"])
def test_a_wrong_hint_does_not_win_over_valid_utf8(tmp_path: Path, encoding: str) -> None:
    page = f'<html><head><meta charset="{encoding}"></head><body><p>{SIMPLIFIED}</p></body></html>'
    assert read_one(tmp_path, "a.html", page).body == SIMPLIFIED


@pytest.mark.parametrize(
    ("text", "encoding"), [(SIMPLIFIED, "gbk"), (TRADITIONAL, "big5"), (TRADITIONAL, "gbk")]
)
def test_a_wrong_hint_does_not_win_over_what_reads_well(
    tmp_path: Path, text: str, encoding: str
) -> None:
    for hint in ("utf-8", "gbk", "big5", "shift_jis"):
        page = f'<html><head><meta charset="{hint}"></head><body><p>{text}</p></body></html>'
        assert read_one(tmp_path, "a.html", page.encode(encoding)).body == text


def test_a_hint_decides_where_the_content_does_not() -> None:
    page = '<meta charset="{}"><p>顶顶顶</p>'
    assert "顶顶顶" in decode(page.format("gb2312").encode("gb2312"))
    korean = '<meta charset="euc-kr"><p>한국어 문서입니다. 보험 회사의 안내문.</p>'
    assert decode(korean.encode("euc-kr")) == korean


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("保险理赔服务".encode() + b"\xff" + "不间断".encode(), "保险理赔服务\ufffd不间断"),
        (SIMPLIFIED.encode()[:-1], SIMPLIFIED[:-1] + "\ufffd"),
        ("abc 中".encode()[:-1], "abc \ufffd"),
        (SIMPLIFIED.encode() * 2_000 + b"\x80", SIMPLIFIED * 2_000 + "\ufffd"),
    ],
)
def test_broken_utf8_is_read_with_marks_where_it_is_broken(data: bytes, text: str) -> None:
    assert decode(data) == text


def test_a_file_put_together_from_two_encodings_is_read_line_by_line() -> None:
    lines = [SIMPLIFIED, "第二行来自另一个系统的导出文件", SIMPLIFIED]
    data = b"\n".join(
        line.encode("gb18030" if number == 1 else "utf-8") for number, line in enumerate(lines)
    )
    assert decode(data) == "\n".join(lines)
    assert decode_line(lines[1].encode("gb18030"), "utf-8") == lines[1]


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
        b"PK\x03\x04\x14\x00\x06\x00",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
        b"{\\rtf1\\ansi text}",
        b"\x7fELF\x02\x01\x01" + bytes(9),
        bytes(range(256)) * 10,
        random.Random(1).randbytes(5_000),
        b"text with a \x00 byte in it, and more text",
        bytes(range(1, 9)) * 100,
    ],
)
def test_what_is_not_text_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(DocumentError, match="not text"):
        detect(data)
