"""Links, brackets and plain output: for terminals, and for whom colour does not help."""

import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from rich.cells import cell_len

from searcher import Document, Index
from searcher.cli.links import knows_links
from tests.cli.conftest import Runner
from tests.cli.test_terminal import STYLE

See = Callable[..., str]
LINK = re.compile(r"\x1b\]8;[^;]*;([^\x1b]+)\x1b\\(.*?)\x1b\]8;;\x1b\\")


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> See:
    """Runs a command with stdout a terminal that knows links; gives what it shows."""
    for name in ("TMUX", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SEARCHER_PAGER", "")
    monkeypatch.setenv("TERM", "xterm-kitty")
    monkeypatch.setenv("COLUMNS", "80")

    def see(run: Runner, *arguments: str) -> str:
        with monkeypatch.context() as patch:
            patch.setattr(sys.stdout, "isatty", lambda: True)
            return run(*arguments).out

    return see


@pytest.mark.parametrize(
    ("environment", "knows"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "6800"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4205"}, False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "x"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"TERM": "screen", "VTE_VERSION": "6800"}, False),
        ({"TERM": "tmux", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4"}, True),
        ({"TERM": "tmux", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"}, False),
        ({"TERM": "dumb", "VTE_VERSION": "6800"}, False),
        ({}, False),
    ],
)
def test_terminals_that_know_links(environment: dict[str, str], knows: bool) -> None:
    assert knows_links(environment) is knows


@pytest.mark.parametrize("color", ["always", "never"])
def test_a_path_links_to_its_file(run_home: Runner, home: Path, seen: See, color: str) -> None:
    out = seen(run_home, "search", "保单系统", "--color", color)
    [(address, text)] = LINK.findall(out)
    assert STYLE.sub("", text) == "news/2022-03-29-机房.md"
    assert re.match(r"file://[\w.-]*/", address)
    assert unquote(address).endswith(f"{home}/corpus/news/2022-03-29-机房.md")
    assert address.isascii()


def test_formats_of_links(run_home: Runner, home: Path, seen: See) -> None:
    def address(form: str) -> str:
        [(found, _)] = LINK.findall(
            seen(run_home, "search", "绿色通道", "--hyperlink-format", form)
        )
        return unquote(str(found))

    path = f"{home}/corpus/records/问答.jsonl"
    assert address("vscode") == f"vscode://file{path}:2"
    assert address("x://open?f={path}&l={line}") == f"x://open?f={path}&l=2"
    assert not LINK.search(seen(run_home, "search", "绿色通道", "--hyperlink-format", "none"))


def test_nothing_in_a_name_ends_a_link(run: Runner, tmp_path: Path, seen: See) -> None:
    files = tmp_path / "a b;#?%"
    files.mkdir()
    (files / "换\n行\x1b]8;;\x1b\\\x07.txt").write_text("理赔须知。")
    with zipfile.ZipFile(files / "包.zip", "w") as archive:
        archive.writestr("里.txt", "续保须知。")
    with Index.open(tmp_path / "index", create=True) as index:
        index.sync([files])
        index.add([Document(id="none", body="退保须知。")])
    [(address, _)] = LINK.findall(seen(run, "search", "理赔"))
    assert "%0A" in address
    assert "%1B" in address
    assert "/a%20b%3B%23%3F%25/" in address
    [(address, text)] = LINK.findall(seen(run, "search", "续保"))
    assert unquote(address).endswith("/包.zip")
    assert STYLE.sub("", text) == "包.zip/里.txt"
    assert not LINK.search(seen(run, "search", "退保"))


def test_a_pipe_has_no_links(run_home: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-kitty")
    out = run_home("search", "核酸", "--hyperlink-format", "file", "--color", "always").out
    assert "\x1b]8" not in out


def test_similar_documents_are_links_too(run_home: Runner, seen: See) -> None:
    assert LINK.search(seen(run_home, "similar", "notes/排班.txt"))


def test_matches_in_brackets(run_home: Runner) -> None:
    out = run_home("search", "核酸筛查", "机房", "-n", "1", "--mark").out
    assert "[核酸筛查]期间，谁在看护[机房]" in out
    assert "\x1b" not in out
    out = run_home("search", "核酸", "筛查", "机房", "-n", "1", "--mark", "--color", "always").out
    assert "\x1b[1;31m[核酸筛查]\x1b[0m" in out
    assert "[绿色通道]当天" in run_home("show", "faq-02", "--query", "绿色通道", "--mark").out


def test_brackets_do_not_make_lines_too_wide(run_home: Runner) -> None:
    out = run_home("search", "核酸筛查", "理赔", "上海", "--mark", "--width", "30").out
    assert "[" in out
    assert max(map(cell_len, out.splitlines())) <= 30


def test_plain_output_says_what_everything_is(
    run_home: Runner, seen: See, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    out = seen(run_home, "search", "绿色通道", "--plain", "--facet", "tag")
    score = re.search(r"Score: ([\d.]+)", out)
    assert score is not None
    assert out == (
        "1 document\n"
        "\n"
        "Hit 1\n"
        "Title: 理赔要多久？\n"
        f"Score: {score[1]}\n"
        "Source: 客服知识库\n"
        "ID: faq-02\n"
        "Path: records/问答.jsonl\n"
        "Tags: 车险, 理赔\n"
        "Text: [绿色通道]当天赔付。\n"
        "\n"
        "tags: 理赔 1, 车险 1\n"
    )


def test_plain_output_of_other_commands_has_no_columns(run_home: Runner) -> None:
    assert "\nid: faq-02\n" in run_home("show", "faq-02", "--plain").out
    assert "\ndocuments: 7\n" in run_home("status", "--plain").out
    assert "folded: 理赔\n" in run_home("analyze", "理赔", "--plain").out
    out = run_home("search", "绿色通道", "--plain", "--explain").out
    assert "read as: " in out
    assert re.search(r"^Term: 绿色.*, (words|pairs), [\d.]+ of the score$", out, re.MULTILINE)


def test_a_dumb_terminal_gets_text(
    run_home: Runner, seen: See, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" in seen(run_home, "search", "核酸")
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in seen(run_home, "search", "核酸")
