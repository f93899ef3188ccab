"""How results look: widths, colours, and what a document must not do to a terminal."""

import os
import re
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from rich.cells import cell_len

from searcher import Document, Index
from tests.cli.conftest import Outcome, Runner, command_line, environment, run_process

STYLE = re.compile(r"\x1b\[[0-9;]*m")
CHINA = timezone(timedelta(hours=8))


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of documents that are hard to lay out."""
    home = tmp_path_factory.mktemp("crowded")
    long_title = "核酸筛查期间，上海各家险企如何保障线上服务不断、理赔不停：一份很长很长的调查报告"
    with Index.open(home / "index", create=True) as index:
        index.add(
            [
                Document(
                    id=f"很深/的文件夹/news/2022-03-29-{number:03}-核酸筛查期间谁在看护机房.md",
                    title=f"{long_title}（{number}）",
                    body=f"{number}、核酸筛查要求大家尽量待在家里，"
                    "请用ＡＰＰ或https://example.com/a/very/long/address/that/cannot/be/broken办理；"
                    "👨‍👩‍👧 e\u0301 各家机构照常服务。" * 3,
                    date=datetime(2022, 3, 29, 8, 30, tzinfo=CHINA),
                    source="一家名字非常非常长的国际金融报社",
                    tags=tuple(f"标签{tag}" for tag in range(12)),
                )
                for number in range(12)
            ]
        )
        index.add(
            [
                Document(
                    id="evil\x1b]0;owned\x07\x9b31m",
                    title="坏\x1b[31m标题\u202e倒着",
                    body="危险\x1b[2J内容\x07\u2066一句。\n第二行\x9b5A。",
                    source="来\x1b源",
                    tags=("标\x1b[0m签",),
                    extra={"键\x1b": "值\x1b[1m"},
                )
            ]
        )
    return home


def on_terminal(
    *arguments: str, cwd: Path, columns: int, env: dict[str, str] | None = None
) -> Outcome:
    """Run a command whose stdout is a terminal of a width."""
    pty = pytest.importorskip("pty")
    termios = pytest.importorskip("termios")
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, columns))
    with subprocess.Popen(
        command_line(arguments),
        cwd=cwd,
        env=environment(**(env or {})),
        stdout=slave,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        os.close(slave)
        chunks = []
        while True:
            try:
                chunk = os.read(master, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not chunk:
                break
            chunks.append(chunk)
        os.close(master)
        assert process.stderr is not None
        err = process.stderr.read()
    out = b"".join(chunks).decode().replace("\r\n", "\n")
    return Outcome(process.returncode, out, err)


@pytest.mark.parametrize("columns", [20, 40, 80, 120])
@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "核酸筛查", "上海", "-n", "11", "--facet", "tag", "--facet", "source"],
        ["search", "核酸筛查", "上海", "--explain", "-n", "2"],
        ["show", "很深/的文件夹/news/2022-03-29-003-核酸筛查期间谁在看护机房.md"],
    ],
)
def test_no_line_is_wider_than_the_terminal(
    crowded: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    columns: int,
) -> None:
    monkeypatch.chdir(crowded)
    monkeypatch.setenv("COLUMNS", str(columns))
    outcome = Runner(crowded, capsys)(*arguments, "--color", "always")
    assert (outcome.status, outcome.err) == (0, "")
    assert "\x1b[" in outcome.out
    plain = STYLE.sub("", outcome.out)
    assert max(map(cell_len, plain.splitlines())) <= columns
    # Lines are filled: wide characters are counted as two cells, not as three or four.
    assert max(map(cell_len, plain.splitlines())) > columns - 12


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_a_real_terminal_gets_its_width_and_colours(crowded: Path, columns: int) -> None:
    outcome = on_terminal("search", "核酸筛查", "-n", "3", cwd=crowded, columns=columns)
    assert (outcome.status, outcome.err) == (0, "")
    assert "\x1b[1;31m核酸筛查\x1b[0m" in outcome.out
    plain = STYLE.sub("", outcome.out)
    assert "12 documents, 1–3 shown" in plain
    assert "9 more: --page 2" in plain
    assert max(map(cell_len, plain.splitlines())) <= columns


def test_a_snippet_takes_about_two_lines(crowded: Path) -> None:
    for columns in (40, 80, 120):
        outcome = on_terminal(
            "search", "核酸筛查", "-n", "1", cwd=crowded, columns=columns, env={"NO_COLOR": "1"}
        )
        hit = outcome.out.split("\n\n")[1].splitlines()
        tags = max(number for number, line in enumerate(hit) if "#" in line)
        assert 1 <= len(hit) - tags - 1 <= 3


def test_width_can_be_given(crowded: Path) -> None:
    outcome = run_process("search", "核酸筛查", "--width", "40", cwd=crowded)
    assert "\x1b" not in outcome.out
    assert max(map(cell_len, outcome.out.splitlines())) <= 40


@pytest.mark.parametrize(
    ("env", "arguments", "has_color"),
    [
        ({}, [], True),
        ({"NO_COLOR": "1"}, [], False),
        ({"NO_COLOR": ""}, [], True),
        ({"TERM": "dumb"}, [], False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, [], True),
        ({"NO_COLOR": "1"}, ["--color", "always"], True),
        ({}, ["--color", "never"], False),
    ],
)
def test_colours_on_a_terminal(
    home: Path, env: dict[str, str], arguments: list[str], has_color: bool
) -> None:
    outcome = on_terminal("search", "绿色通道", *arguments, cwd=home, columns=80, env=env)
    assert outcome.status == 0
    assert ("\x1b" in outcome.out) is has_color


@pytest.mark.parametrize(
    ("env", "arguments", "has_color"),
    [
        ({}, [], False),
        ({"FORCE_COLOR": "1"}, [], True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
        ({"FORCE_COLOR": "1"}, ["--color", "never"], False),
        ({}, ["--color", "always"], True),
    ],
)
def test_colours_in_a_pipe(
    run_home: Runner,
    monkeypatch: pytest.MonkeyPatch,
    env: dict[str, str],
    arguments: list[str],
    has_color: bool,
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b" in run_home("search", "绿色通道", *arguments).out) is has_color


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "危险"],
        ["search", "危险", "--json"],
        ["search", "危险", "--facet", "tag", "--explain"],
        ["show", "evil\x1b]0;owned\x07\x9b31m"],
        ["show", "evil\x1b]0;owned\x07\x9b31m", "--json"],
        ["show", "missing\x1b[31m\u202e"],
        ["search", "绝无\x1b[31m\u202e", "--all"],
        ["analyze", "文字\x1b[31m\u202e"],
        ["\x1b[31m\u202e"],
        ["search", "x", "--index", "\x1b[31m\u202e"],
    ],
)
def test_control_characters_never_reach_the_terminal(crowded: Path, arguments: list[str]) -> None:
    outcome = run_process(*arguments, cwd=crowded)
    for char in outcome.out + outcome.err:
        assert char == "\n" or (char >= " " and not 0x7F <= ord(char) < 0xA0)
        assert char not in "\u202e\u2066"
    assert outcome.out + outcome.err


def test_what_json_escapes_is_still_there(crowded: Path) -> None:
    import json

    record = json.loads(run_process("search", "危险", "--json", cwd=crowded).out)
    assert record["id"] == "evil\x1b]0;owned\x07\x9b31m"


def test_an_encoding_without_chinese_ends_no_program(home: Path) -> None:
    outcome = run_process("search", "绿色通道", cwd=home, env={"PYTHONIOENCODING": "ascii"})
    assert outcome.status == 0
    assert r"\u7eff" in outcome.out
    outcome = run_process(
        "search", "绿色通道", "--json", cwd=home, env={"PYTHONIOENCODING": "latin-1"}
    )
    assert r"\u7eff" in outcome.out
