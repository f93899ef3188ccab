"""The live search as a process in a terminal: what it writes there, opens, and leaves behind."""

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from searcher import Document, Index
from searcher.cli.live_terminal import obstacle
from tests.cli.conftest import ROOT, Runner

pytest.importorskip("pty")  # not on Windows

from tests.cli.screens import Terminal

_ENTERS, _LEAVES = "\x1b[?1049h", "\x1b[?1049l"  # the screen of its own
_ERASES = ("\x1b[2J", "\x1b[J", "\x1b[0J", "\x1b[K", "\x1b[2K")


def test_typing_paints_over_what_was_there_and_erases_nothing(home: Path) -> None:
    with Terminal([], (160, 50), cwd=home) as terminal:
        began = terminal.read_until("1/7")
        assert _ENTERS in began
        terminal.read_until("faq-01", since=0)  # the preview
        terminal.type("核")
        terminal.read_until("1/5")
        before = len(terminal.raw)
        for key in "酸筛查":
            terminal.type(key)
            terminal.read_for(0.05)
        terminal.read_until("核酸筛查", since=before)
        terminal.read_for(0.5)
        typed = terminal.raw[before:]
        assert not [code for code in _ERASES if code in typed]
        # What stays is not written again: the sources, the years and the keys.
        assert "Enter" not in typed
        terminal.type("\x1b")
        assert terminal.wait() == 0
        assert terminal.raw.rstrip().count(_LEAVES) == 1
        assert "北京来信" not in terminal.raw.rpartition(_LEAVES)[2]


def test_enter_opens_the_file_at_the_line_of_the_match(home: Path, tmp_path: Path) -> None:
    editor, noted = tmp_path / "vim", tmp_path / "noted"
    editor.write_text(
        f'#!/bin/sh\necho EDITING "$NO_COLOR" "$LESSCHARSET"\nprintf "%s\\n" "$@" > {noted}\n'
    )
    editor.chmod(0o755)
    env = {"VISUAL": str(editor), "NO_COLOR": "1"}
    with Terminal(["live", "客服 在线定损"], cwd=home, env=env) as terminal:
        terminal.read_until("1/")
        terminal.read_until("问答.jsonl", since=0)
        terminal.type("\r")
        terminal.read_until("EDITING 1 utf-8")
        terminal.read_until("Esc", since=terminal.raw.index("EDITING"))  # it is back
        terminal.type("\x03")
        assert terminal.wait() == 130
        # There are no colours in it, but what was asked for by name in the test.
        assert not [code for code in ("\x1b[31m", "\x1b[32m", "\x1b[36m") if code in terminal.raw]
    line, path = noted.read_text(encoding="utf-8").splitlines()
    assert line == "+1"
    assert Path(path) == home / "corpus" / "records" / "问答.jsonl"


def test_what_has_no_file_is_shown_in_the_pager(tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.add([Document(id="a", title="便条", body="没有文件的便条\x1b[2J")])
    env = {"SEARCHER_PAGER": "sed s/^/PAGED/ | cat; sleep 0.2; false"}
    with Terminal(["live", "便条"], cwd=tmp_path, env=env) as terminal:
        terminal.read_until("1/1")
        terminal.type("\r")
        terminal.read_until("PAGED")
        paged = terminal.raw.index("PAGED")
        # What the pager ended with is told in the live search.
        shown = terminal.read_until("status 1", since=paged)
        assert "␛[2J" in shown and "\x1b[2J" not in shown
        terminal.type("\x1b")
        assert terminal.wait() == 0


def test_print_gives_the_chosen_path_to_a_pipe(home: Path) -> None:
    reading, writing = os.pipe()
    arguments = ["live", "--print", "北京的同事"]
    with Terminal(arguments, cwd=home, stdout=writing) as terminal:
        os.close(writing)
        terminal.read_until("1/1")
        terminal.type("\r")
        assert terminal.wait() == 0
    with os.fdopen(reading, encoding="utf-8") as pipe:
        assert pipe.read() == f"{home / 'corpus' / 'notes' / '北京.txt'}\n"


def test_a_document_commands_nothing_and_sigterm_gives_the_terminal_back(tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        hostile = "\x1b]0;owned\x07\x1b[2J\x9b2J\u202e"
        index.add([Document(id="a", title="标题" + hostile, body="正文" + hostile, source=hostile)])
    with Terminal(["live", "正文"], cwd=tmp_path) as terminal:
        terminal.read_until("owned")
        terminal.read_for(0.3)
        for code in ("\x1b]0;", "\x9b", "\u202e", *_ERASES):
            assert code not in terminal.raw
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.wait() == -signal.SIGTERM
        assert _LEAVES in terminal.raw


def test_the_sample_documents_are_indexed_first_where_there_is_no_index(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "corpus").symlink_to(home / "corpus")
    with Terminal([], cwd=tmp_path) as terminal:
        terminal.read_until("building ./index from ./corpus")
        terminal.read_until("1/7", since=0)
        terminal.type("\x1b")
        assert terminal.wait() == 0


def test_without_a_terminal_it_says_what_to_type(run_home: Runner) -> None:
    done = run_home()
    assert (done.status, done.out) == (2, "")
    for command in ("searcher index FOLDER", "searcher search WORDS", "searcher --help"):
        assert command in done.err
    done = run_home("live", "核酸")
    assert (done.status, done.out) == (2, "")
    assert "needs a terminal" in done.err


def test_what_is_in_the_way_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Tty:
        def isatty(self) -> bool:
            return True

    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, Tty())
    monkeypatch.setenv("TERM", "xterm")
    assert obstacle() == ""
    monkeypatch.setenv("TERM", "dumb")
    assert "move the cursor" in obstacle()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setitem(sys.modules, "textual", None)
    assert "pip install 'searcher[live]'" in obstacle()


def test_only_the_live_search_imports_textual() -> None:
    users = {
        path.parent.name
        for path in (ROOT / "searcher").rglob("*.py")
        if re.search(r"^\s*(import|from) textual", path.read_text("utf-8"), re.MULTILINE)
    }
    assert users == {"live"}
