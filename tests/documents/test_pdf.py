"""PDF files: text in the order in which it is read, and files that are made to do harm."""

import io
import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from searcher.documents import Skipped, SourceFile, limits, read, walk
from searcher.documents.dates import CHINA
from searcher.documents.formats import pdf
from searcher.errors import DocumentError
from tests.documents.archives import zipped
from tests.documents.helpers import documents, read_all, read_one

SENTENCE = "为进一步做好疫情防控工作，经研究决定，在全市范围内开展核酸检测，现将有关事项通告如下。"


@pytest.fixture(autouse=True)
def process() -> Iterator[None]:
    """No process is left behind."""
    yield
    pdf._process.stop()


def made(pages: Sequence[Sequence[str]], secret: str = "", **about: str) -> bytes:
    """A PDF of some pages of lines, in a Chinese font that is not embedded."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    stream = io.BytesIO()
    encryption = StandardEncryption(secret) if secret else None
    page = canvas.Canvas(stream, encrypt=encryption, invariant=1)
    for name, value in about.items():
        getattr(page, f"set{name.title()}")(value)
    for lines in pages:
        page.setFont("STSong-Light", 12)
        for number, line in enumerate(lines):
            page.drawString(50, 800 - 18 * number, line)
        page.showPage()
    page.save()
    return stream.getvalue()


def broken_at(text: str, width: int) -> list[str]:
    """A paragraph as it is set: in lines of one width."""
    return [text[start : start + width] for start in range(0, len(text), width)]


def raw(*objects: bytes) -> bytes:
    """A PDF of objects as they are, the first of which is its root."""
    data, places = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        data
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\n"
        % (
            len(objects) + 1,
            table,
            len(objects) + 1,
        )
        + b"startxref\n%d\n%%%%EOF" % len(data)
    )


def test_chinese_text_is_read_with_its_lines_joined_across_pages(tmp_path: Path) -> None:
    lines = broken_at(SENTENCE * 8, 30)
    first, second = lines[:7], lines[7:]
    data = made([["关于核酸检测的通告", *first, "- 1 -"], [*second, "第 2 页 共 2 页"]])
    document = read_one(tmp_path, "通告.pdf", data)
    assert document.title == "关于核酸检测的通告"
    assert document.body == "关于核酸检测的通告\n" + SENTENCE * 8
    assert document.id == document.path == "通告.pdf"


def test_what_a_file_says_about_itself(tmp_path: Path) -> None:
    data = made(
        [["标题在此", SENTENCE]],
        title="年度报告",
        author="保监会",
        keywords="保险, 理赔",
        subject="摘要",
    )
    document = read_one(tmp_path, "a.pdf", data)
    assert (document.title, document.tags) == ("年度报告", ("保险", "理赔"))
    assert document.extra == {"author": "保监会", "description": "摘要"}
    assert document.date is not None  # when it was made


def test_a_date_in_the_text_counts_for_more_than_when_the_file_was_made(tmp_path: Path) -> None:
    data = made([["标题在此", "发布时间：2022年3月28日", SENTENCE]])
    assert read_one(tmp_path, "a.pdf", data).date == datetime(2022, 3, 28, tzinfo=CHINA)


def test_a_title_that_is_the_name_of_a_file_is_none(tmp_path: Path) -> None:
    data = made([["真正的标题", SENTENCE]], title="Microsoft Word - 1.doc")
    assert read_one(tmp_path, "a.pdf", data).title == "真正的标题"
    data = made([["真正的标题", SENTENCE]], title="通知（定稿）.docx")
    assert read_one(tmp_path, "b.pdf", data).title == "真正的标题"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (made([[SENTENCE]], secret="秘密"), "encrypted: it needs a password"),
        (made([[]]), "scanned pictures"),
        (b"%PDF-1.7\n...", "damaged"),
        (made([[SENTENCE]])[:300], "damaged"),
    ],
    ids=["encrypted", "scanned", "broken", "cut off"],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason) as error:
        read_all(tmp_path, "a.pdf", data)
    assert error.value.format == "pdf"


def test_a_pdf_in_an_archive_is_read(tmp_path: Path) -> None:
    data = zipped({"b/a.pdf": made([[SENTENCE]]), "broken.pdf": b"%PDF-1.7"})
    found = read_all(tmp_path, "a.zip", data)
    assert [one.path for one in documents(found)] == ["a.zip/b/a.pdf"]
    assert Skipped("a.zip/broken.pdf", "damaged, or no PDF", "pdf") in found


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are Unicode there")
def test_a_name_that_is_not_utf8_is_no_hindrance(tmp_path: Path) -> None:
    name = os.fsdecode("通告.pdf".encode("gb18030"))
    (tmp_path / name).write_bytes(made([[SENTENCE]]))
    (file,) = walk([tmp_path])
    assert isinstance(file, SourceFile)
    (one,) = documents(list(read(file)))
    assert (one.path, one.body) == ("通告.pdf", SENTENCE)


PAGES = b"<</Type/Catalog/Pages 2 0 R>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"


def bomb() -> bytes:
    """A page that is some kilobytes in the file and a gigabyte when it is unpacked."""
    packer = zlib.compressobj(9)
    line = b"BT /F 9 Tf (aaaaaaaaaaaaaaaa) Tj ET\n" * (1 << 15)
    packed = b"".join(packer.compress(line) for _ in range(900)) + packer.flush()
    content = b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)
    return raw(PAGES, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", PAGE + FONT, content)


def forms() -> bytes:
    """A page that shows a form ten times, which shows another ten times, and so on."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 6 8]/Contents 4 0 R/Resources<</XObject<</X"
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>"
    form += b"/Length 60>>stream\n" + b"/X Do " * 10 + b"\nendstream"
    return raw(
        PAGES,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page + b" 5 0 R>>>>>>",
        b"<</Length 5>>stream\n/X Do\nendstream",
        *(
            form % (6 + n) + b"/Length 60>>stream\n" + b"/X Do " * 10 + b"\nendstream"
            for n in range(9)
        ),
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 2>>stream\n  \nendstream",
    )


HOSTILE: dict[str, Callable[[], bytes]] = {
    "bomb.pdf": bomb,
    "forms.pdf": forms,
    "pages.pdf": lambda: raw(PAGES, b"<</Type/Pages/Kids[2 0 R]/Count 2000000000>>"),
    "loop.pdf": lambda: raw(PAGES, b"<</Type/Pages/Kids[" + b"2 0 R " * 99 + b"]/Count 99999>>"),
}


@pytest.mark.skipif(sys.platform != "linux", reason="only there a process has a limit of memory")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_at_most_its_reader_and_the_next_one_is_read(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(DocumentError):
        read_all(tmp_path, name, HOSTILE[name]())
    assert read_one(tmp_path, "good.pdf", made([[SENTENCE]])).body == SENTENCE


def test_a_reader_that_takes_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_one(tmp_path, "good.pdf", made([[SENTENCE]]))
    monkeypatch.setattr(pdf, "_SECONDS", 0.0)
    monkeypatch.setattr(pdf, "_PROGRAM", "import time; time.sleep(1000)")
    pdf._process.stop()
    with pytest.raises(DocumentError, match="takes too long"):
        read_all(tmp_path, "a.pdf", made([[SENTENCE]]))


def test_a_text_that_is_too_large_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LARGEST_DOCUMENT", 1_000)
    with pytest.raises(DocumentError, match="larger than"):
        read_all(tmp_path, "a.pdf", made([[SENTENCE]] * 20))


def test_without_the_package_it_is_said_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(made([[SENTENCE]]))
    code = (
        "import sys; sys.modules['pypdfium2'] = None\n"
        "from searcher.documents import read_bytes\n"
        "from searcher.errors import DocumentError\n"
        "try: list(read_bytes(open(sys.argv[1], 'rb').read(), 'a.pdf'))\n"
        "except DocumentError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.pdf")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "-m pip install 'pypdfium2>=5.1'" in done.stdout
