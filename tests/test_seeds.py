"""The two real files beside the project, from bytes to marked hits."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from searcher import Index
from searcher.text import Folding
from tests.conftest import shared_path

SCRAPED, POST = "000_83fae9edebe7b291.txt", "004_5e76e32ec2182ff7.txt"
BOTH = {SCRAPED, POST}


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("seeds")
    for name in BOTH:
        shutil.copy(shared_path("seeds") / name, folder)
    with Index.open(tmp_path_factory.mktemp("index"), create=True) as index:
        report = index.sync([folder])
        assert (report.added, report.skipped) == (2, ())
        yield index


def test_the_scraped_text_is_read(seeds: Index) -> None:
    document = seeds.get(SCRAPED)
    assert document is not None
    assert document.title == "000_83fae9edebe7b291"
    assert document.date is None
    assert document.source == "国际金融报"
    assert "31名运营中心驻场人员" in document.body


def test_the_post_is_read(seeds: Index) -> None:
    document = seeds.get(POST)
    assert document is not None
    assert document.title == "险企员工：“成功”上班好感动"
    assert document.date == datetime(2022, 6, 2, 5, 56, 9, tzinfo=timezone(timedelta(hours=8)))
    assert document.date.isoformat() == "2022-06-02T05:56:09+08:00"
    assert document.source == "证券时报网"
    assert document.tags == ("证券时报网新闻",)
    assert dict(document.extra) == {"layout": "post", "categories": "zhengquanshibaowang"}
    for markup in ("<p>", "</p>", "<strong>", "&nbsp;", "---", "layout:", "em_media", "]("):
        assert markup not in document.body
    assert document.body.startswith("“早上好！欢迎回来。咋突然好感动！”6月1日早上不到8点")
    assert len(document.body.splitlines()) > 15  # a paragraph a line


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("95505", {SCRAPED}),
        ('"非接触式"', {SCRAPED}),
        ("“空中客服”", {POST}),
        ("標題：險企", {POST}),
        ("ＡＰＰ", BOTH),
        ("核酸", {SCRAPED}),
        ("沪", {SCRAPED}),
    ],
)
def test_queries_find_exactly_the_right_ones(seeds: Index, query: str, found: set[str]) -> None:
    folding = Folding.from_opencc()
    results = seeds.search(query)
    assert {hit.id for hit in results} == found
    assert results.total == len(found)
    wanted = folding.fold(query.split("：")[-1].strip('"“”'))
    for hit in results:
        marked = [hit.snippet.text[start:end] for start, end in hit.snippet.spans]
        marked += [hit.title[start:end] for start, end in hit.title_spans]
        assert marked
        assert {folding.fold(text) for text in marked} == {wanted}


def test_what_the_folders_hold_is_what_grep_finds(seeds: Index) -> None:
    """The oracle itself: the words are in those files and in no others."""
    texts = {name: Path(shared_path("seeds") / name).read_text("utf-8") for name in BOTH}
    for word, found in (("95505", {SCRAPED}), ("核酸", {SCRAPED}), ("沪", {SCRAPED})):
        assert {name for name, text in texts.items() if word in text} == found
