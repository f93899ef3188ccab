"""Files that people have: two news items, a manual of 1,238 pages, collections of records."""

import gzip
import json
import re
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from searcher.documents import Document, Selection, SourceFile, read, read_bytes, walk
from tests.conftest import shared_path

COLLECTIONS = ["cmrc2018", "drcd", "dureader_mrc", "finna", "qbqtc", "stard", "crud_news"]
BLOCK = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


def read_shared(name: str) -> Iterator[Document]:
    (file,) = walk([shared_path(name)])
    assert isinstance(file, SourceFile)
    for item in read(file):
        assert isinstance(item, Document)
        yield item


def test_a_scraped_text_on_one_line() -> None:
    (document,) = read_shared("seeds/000_83fae9edebe7b291.txt")
    text = shared_path("seeds/000_83fae9edebe7b291.txt").read_text("utf-8")
    assert document.title == "000_83fae9edebe7b291"
    assert document.source == "国际金融报"
    assert (document.date, document.tags, document.url, document.extra) == (None, (), None, {})
    assert document.body == text


def test_a_post_with_a_page_for_a_body_under_the_name_of_a_text() -> None:
    (document,) = read_shared("seeds/004_5e76e32ec2182ff7.txt")
    assert document.title == "险企员工：“成功”上班好感动"
    assert document.date is not None
    assert document.date.isoformat() == "2022-06-02T05:56:09+08:00"
    assert document.source == "证券时报网"
    assert document.tags == ("证券时报网新闻",)
    assert document.extra == {"layout": "post", "categories": "zhengquanshibaowang"}
    assert not re.search(r"</?\w+>|&\w+;|^---|layout|\]\(", document.body, re.MULTILINE)
    assert document.body.startswith("“早上好！欢迎回来。咋突然好感动！”")
    assert "\n险企有序推动复工\n" in document.body
    assert "（文章来源：证券时报网）\n" in document.body


@pytest.fixture(scope="module")
def manual() -> list[tuple[str, Document]]:
    """The text of each page and what was read in it."""
    pages: list[tuple[str, Document]] = []
    with tarfile.open(shared_path("data/tidb_docs_cn.tar.xz")) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is not None:
                data = file.read()
                (document,) = read_bytes(data, member.name)
                assert isinstance(document, Document)
                pages.append((data.decode(), document))
    return pages


def test_every_page_of_the_manual_is_read(manual: list[tuple[str, Document]]) -> None:
    assert len(manual) == 1_238
    assert all(document.title and document.body for _, document in manual)
    assert not [document.id for _, document in manual if "front_matter_error" in document.extra]


def test_no_front_matter_is_left_in_a_body(manual: list[tuple[str, Document]]) -> None:
    with_block = 0
    for text, document in manual:
        block = BLOCK.match(text)
        if block:
            with_block += 1
            first = block[1].split("\n")[0]
            assert not document.body.startswith("---"), document.id
            assert first not in document.body[:1_000], document.id
    assert with_block > 1_200


def test_each_page_has_the_title_of_its_front_matter(manual: list[tuple[str, Document]]) -> None:
    with_title = 0
    for text, document in manual:
        block = BLOCK.match(text)
        fields = yaml.safe_load(block[1]) if block else None
        if fields and fields.get("title"):
            with_title += 1
            assert document.title == " ".join(str(fields["title"]).split())
            assert "summary" not in fields or document.extra["summary"]
    assert with_title > 1_200


@pytest.mark.parametrize(
    "left_over",
    [
        r"<CustomContent", r"\{\{< ", r"\| --- \|", r"</?(?:SimpleTab|div|span|br|li|ul|kbd)\b",
        r"^#{2,6} ", r"\[[^\[\]\n]{2,40}\]\(/[\w/-]+\.md", r"\*\*[\u4e00-\u9fff]", r"&nbsp;|&lt;",
        r"^\s*```",
    ],
)  # fmt: skip
def test_no_markup_is_left_outside_of_code(
    manual: list[tuple[str, Document]], left_over: str
) -> None:
    pattern = re.compile(left_over, re.MULTILINE)
    for text, document in manual:
        found = {match[0] for match in pattern.finditer(document.body)}
        # What a page shows as code it shows as it is, markup or not.
        shown = "\n".join(re.findall(r"```.*?```|~~~.*?~~~|`[^`\n]+`", text, re.DOTALL))
        assert not {markup for markup in found if markup not in shown}, document.id


def visible(text: str) -> str:
    """Text without what cannot be seen: spaces, controls, zero-width characters."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]", "", text)


@pytest.mark.parametrize("name", COLLECTIONS)
def test_records_are_read_as_they_are(name: str) -> None:
    path = shared_path(f"data/{name}/docs.jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line, document in zip(lines, read_shared(f"data/{name}/docs.jsonl.gz"), strict=True):
            record = json.loads(line)
            assert document.id == record["id"]
            for seen, text in ((document.title, record["title"]), (document.body, record["body"])):
                if not re.search(r"</?\w+|&", text):
                    assert visible(seen) == visible(text)
            date = record.get("date", "")
            if re.match(r"\d{4}", date):
                assert document.date is not None
                year, month, day = map(int, re.findall(r"\d+", date)[:3])
                assert document.date.timetuple()[:3] == (year, month, day)
            elif date:  # a month and a day, of whatever year
                assert document.extra["date"] == date


def test_sixty_eight_thousand_records_are_read_in_seconds() -> None:
    began = time.monotonic()
    count = sum(1 for _ in read_shared("data/crud_news/docs.jsonl.gz"))
    assert count == 68_152
    assert time.monotonic() - began < 15  # three seconds where nothing else is running


def test_a_folder_of_real_files_is_walked(tmp_path: Path) -> None:
    with tarfile.open(shared_path("data/tidb_docs_cn.tar.xz")) as archive:
        archive.extractall(tmp_path, filter="data")
    for hidden, count in ((True, 1_238), (False, 1_222)):
        files = list(walk([tmp_path], Selection(hidden=hidden)))
        assert all(isinstance(file, SourceFile) for file in files)
        names = [file.name for file in files]
        assert names == sorted(names)
        assert len(names) == count
