"""The pager: when there is one, which, and what becomes of what it is given."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from searcher.cli import paging
from tests.cli.conftest import Runner
from tests.cli.test_terminal import on_terminal

LONG = "".join(f"第 {number} 行\n" for number in range(50))
VARIABLES = ("SEARCHER_PAGER", "PAGER", "LESS", "LESSCHARSET")


@pytest.fixture(autouse=True)
def small_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LINES", "20")
    monkeypatch.setenv("COLUMNS", "40")


def shown(capfd: pytest.CaptureFixture[str], text: str = LONG) -> tuple[str, str]:
    paging.show(text)
    sys.stdout.flush()
    return capfd.readouterr()


def test_only_what_is_too_long_goes_through_the_pager(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PAGER", "cat -n")
    for text, is_paged in (
        ("一行\n" * 19, False),
        ("一行\n" * 20, True),
        ("字" * 20 * 19 + "\n", False),  # as many cells as 19 lines have
        ("字" * 20 * 20 + "\n", True),
        ("\x1b[1m字\x1b[0m" * 20 * 19 + "\n", False),
    ):
        out, _ = shown(capfd, text)
        assert (out != text) is is_paged


def test_the_pager_may_have_arguments_variables_and_pipes(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NUMBER", "2")
    for command in ("head -n 2", 'head -n "$NUMBER"', "cat | head -n 2; cat > /dev/null"):
        monkeypatch.setenv("PAGER", command)
        assert shown(capfd) == ("第 0 行\n第 1 行\n", "")


def test_our_own_variable_comes_first(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PAGER", "false")
    monkeypatch.setenv("SEARCHER_PAGER", "head -n 1")
    assert shown(capfd) == ("第 0 行\n", "")


@pytest.mark.parametrize("none", ["", " ", "cat"])
def test_without_a_pager_all_is_written(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], none: str
) -> None:
    monkeypatch.setenv("PAGER", "head -n 1")
    monkeypatch.setenv("SEARCHER_PAGER", none)
    assert shown(capfd) == (LONG, "")


@pytest.mark.parametrize("missing", ["no-such-pager -x", "no-such-pager; exit 127"])
def test_nothing_is_lost_where_the_pager_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], missing: str
) -> None:
    monkeypatch.setenv("PAGER", missing)
    out, err = shown(capfd)
    assert out == LONG
    assert f"there is no pager {missing!r}" in err
    assert "--no-pager" in err


def test_less_is_the_usual_one_if_it_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert paging.pager() is None
    for name, command in (("more", "more"), ("less", "less -FRX")):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
        assert paging.pager() == command
    # Options of the user's own stay in force; less must still let colours through.
    monkeypatch.setenv("LESS", "-S")
    assert paging.pager() == "less -R"


def test_a_pager_is_told_what_it_gets(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PAGER", 'cat >/dev/null; echo "$LESS $LESSCHARSET"')
    assert shown(capfd)[0] == "FRX utf-8\n"
    monkeypatch.setenv("LESS", "-S")
    assert shown(capfd)[0] == "-S utf-8\n"


def test_leaving_early_and_ctrl_c_are_the_pagers_business(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PAGER", f"head -n 1; kill -INT {os.getpid()}; exit 2")
    assert shown(capfd, LONG * 20_000) == ("第 0 行\n", "")


def test_a_pipe_has_no_pager(run_home: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "touch paged")
    assert run_home("search", "核酸", "--color", "always").status == 0
    assert not Path("paged").exists()


@pytest.mark.parametrize(
    ("arguments", "env", "is_paged"),
    [
        ([], {}, True),
        (["--no-pager"], {}, False),
        (["--plain"], {}, False),
        (["--json"], {}, False),
        ([], {"TERM": "dumb"}, False),
    ],
)
def test_a_terminal_has_one(
    home: Path, arguments: list[str], env: dict[str, str], is_paged: bool
) -> None:
    pager = "head -n 1"
    outcome = on_terminal(
        "search", "核酸", *arguments, cwd=home, columns=40, env={"SEARCHER_PAGER": pager, **env}
    )
    assert outcome.status == 0
    assert (outcome.out.count("\n") == 1) is is_paged


@pytest.mark.skipif(not shutil.which("less"), reason="less is not installed")
def test_less_leaves_at_once_what_fits_after_all(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shown(capfd) == (LONG, "")  # its output is no terminal here, so it copies all
