"""The page of results that ``searcher search --html`` writes."""

import re
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from searcher import Document, Index
from tests.cli.conftest import Runner

HOSTILE = '<script>alert(1)</script> & "核酸" <img src=x onerror=alert(2)>\u202e核酸\x1b[31m'


def page_of(path: Path) -> LexborHTMLParser:
    return LexborHTMLParser(path.read_text(encoding="utf-8"))


def texts(page: LexborHTMLParser, selector: str) -> list[str]:
    return [node.text() for node in page.css(selector)]


def test_a_page_has_the_hits_with_their_matches_marked(run_home: Runner, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    outcome = run_home("search", "核酸筛查", "--html", str(file), "--facet", "source")
    assert (outcome.status, outcome.out) == (0, "")
    page = page_of(file)
    hits = run_home("search", "核酸筛查").out
    titles = texts(page, "h2")
    assert titles and all(title in hits for title in titles)
    assert texts(page, ".number") == [str(n + 1) for n in range(len(titles))]
    assert "核酸筛查" in texts(page, "mark") and "核酸篩查" in texts(page, "mark")
    assert texts(page, "dt") == ["sources"]
    assert texts(page, "h1") == ["核酸筛查"]


def test_it_is_one_file_that_runs_nothing_and_asks_nobody(run_home: Runner, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    run_home("search", "核酸", "--html", str(file))
    page = page_of(file)
    assert not page.css("script, link, img, iframe, object, embed, form, base, svg")
    assert not [node for node in page.css("*") if "src" in node.attributes]
    style = "".join(texts(page, "style"))
    assert "prefers-color-scheme: dark" in style
    assert not re.search(r"url\(|@import", style)
    (policy,) = page.css("meta[http-equiv='Content-Security-Policy']")
    assert str(policy.attributes["content"]).startswith("default-src 'none'")


def test_what_a_document_holds_is_text_and_nothing_else(run: Runner, tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.add(
            [
                Document(
                    id="<b>1", title=HOSTILE, body=HOSTILE, source=HOSTILE, tags=(HOSTILE,),
                    url="javascript:alert(3)",
                ),
                Document(id="2", title="核酸", body="核酸", url='https://example.com/?a=1&b="><b>'),
            ]
        )  # fmt: skip
    file = tmp_path / "page.html"
    run("search", "核酸", "--html", str(file), "--explain", "--facet", "tag")
    text = file.read_text(encoding="utf-8")
    assert "\x1b" not in text and "\u202e" not in text
    page = page_of(file)
    assert not page.css("script, img, b")
    assert texts(page, "h2")[1].startswith('<script>alert(1)</script> & "核酸" <img src=x')
    # Only an address of the web becomes a link.
    assert [node.attributes["href"] for node in page.css("a")] == [
        'https://example.com/?a=1&b="><b>'
    ]
    assert page.css("table")


def test_the_query_is_text_as_well(run_home: Runner, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    run_home("search", "<i>核酸</i>", "--html", str(file))
    assert texts(page_of(file), "h1") == ["<i>核酸</i>"]


def test_a_page_on_stdout_in_chinese(run_home: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "zh_CN")
    outcome = run_home("search", "核酸", "--html", "-")
    assert outcome.status == 0
    page = LexborHTMLParser(outcome.out)
    assert [node.attributes["lang"] for node in page.css("html")] == ["zh"]
    assert "篇" in texts(page, ".about")[0]


def test_a_page_of_no_hits_says_so(run_home: Runner, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    outcome = run_home("search", "龘", "--html", str(file))
    assert outcome.status == 1
    assert outcome.err.startswith("no hit\n")
    assert "no hit" in texts(page_of(file), ".about")[0]


def test_a_page_that_cannot_be_written_is_an_error(run_home: Runner, tmp_path: Path) -> None:
    outcome = run_home("search", "核酸", "--html", str(tmp_path / "none" / "page.html"))
    assert outcome.status == 2
    assert "no such file or folder" in outcome.err
    assert run_home("search", "核酸", "--json", "--html", "-").status == 2
