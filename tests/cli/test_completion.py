"""Completion, as the shells do it: keys are typed, and what the program gets is looked at.

Where zsh or fish is not there, their answers are still looked at, by the tests further down.
"""

import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from searcher import Document, Index
from searcher.cli.completing.shells import SCRIPTS, answer
from tests.cli.conftest import Runner, environment

COMMANDS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
SHELLS = [name for name in SCRIPTS if shutil.which(name)]
BREAKS = " \t\n\"'><=;|&(:"
SOURCES = [
    "国际 金融报",
    "环球:时报",
    'it\'s "so"',
    "价$HOME`x`",
    "a\\b",
    "~家",
    "b&c;d|e",
    "星*号?[x]",
    "（全角）\u3000空格",
]
TIMEOUT = 40


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index whose names are hard to type, and a program that says what it got."""
    home = tmp_path_factory.mktemp("odd")
    with Index.open(home / "index", create=True) as index:
        index.add(
            Document(
                id=f"docs/{number}/某 文.txt", body="核酸", source=source, tags=(f"标{source}",)
            )
            for number, source in enumerate([*SOURCES, "tab\there", "line\nfeed"])
        )
    program = home / "bin" / "searcher"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, os, sys\n"
        "from pathlib import Path\n"
        "if os.environ.get('_SEARCHER_COMPLETE'):\n"
        "    from searcher.cli import main\n"
        "    sys.exit(main())\n"
        f"with Path({str(home / 'got')!r}).open('a') as file:\n"
        "    print(json.dumps(sys.argv[1:]), file=file)\n"
    )
    program.chmod(0o755)
    (home / "一个 文件.txt").touch()
    (home / "一个 目录").mkdir()
    return home


_ON_A_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execvp(sys.argv[1], sys.argv[1:])"
)


class Shell:
    """A shell at a terminal."""

    def __init__(self, name: str, home: Path) -> None:
        pty = pytest.importorskip("pty")
        self._home = home
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            # Its own terminal, as fish wants it.
            [sys.executable, "-c", _ON_A_TERMINAL, *COMMANDS[name]],
            cwd=home,
            env=environment(
                PATH=f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}",
                HOME=str(home),
                XDG_CONFIG_HOME=str(home),
                PS1="$ ",
            ),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.screen = ""
        script = home / f"script.{name}"
        script.write_text(SCRIPTS[name], encoding="utf-8")
        if name == "zsh":
            self.type("autoload -Uz compinit; compinit -u -D; unsetopt beep\n")
        self.type(f"source {script}; echo rea''dy\n")
        self._until("ready")

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def completed(self, line: str) -> list[str]:
        """What the program gets when a line is typed with the tab key pressed at its end."""
        got = self._home / "got"
        got.unlink(missing_ok=True)
        # What is typed too early is read when the completion has been inserted.
        self.type(line + "\t\n")
        end = time.monotonic() + TIMEOUT
        while not (got.exists() and got.read_text().endswith("\n")):
            self._read(0.02)
            assert time.monotonic() < end, self.screen
        arguments: list[str] = json.loads(got.read_text())
        return arguments

    def _until(self, text: str) -> None:
        end = time.monotonic() + TIMEOUT
        while text not in self.screen:
            self._read(0.2)
            assert time.monotonic() < end, self.screen

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        self.screen += os.read(self._master, 65536).decode(errors="replace")
        return True

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_completes_names_that_are_hard_to_type(name: str, odd: Path) -> None:
    shell = Shell(name, odd)
    try:
        for line, arguments in [
            ("searcher search --sor", ["search", "--sort"]),
            ("searcher search --sort=da", ["search", "--sort=date"]),
            ('searcher search --source "国际 ', ["search", "--source", SOURCES[0]]),
            ("searcher search --source 环球:", ["search", "--source", SOURCES[1]]),
            ("searcher search --source it", ["search", "--source", SOURCES[2]]),
            ("searcher search 来源：国", ["search", "来源：“国际 金融报”"]),
            ("searcher index 一个\\ 文", ["index", "一个 文件.txt"]),
        ]:
            got = shell.completed(line)
            assert [one.rstrip() for one in got] == arguments, (line, got, shell.screen[-2000:])
    finally:
        shell.close()


def in_bash(line: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[str]:
    monkeypatch.chdir(folder)
    return answer("bash", [line, BREAKS]).split("\n")


@pytest.mark.parametrize(
    ("line", "replies"),
    [
        ("searcher an", ["analyze"]),
        ("searcher -i x sim", ["similar"]),
        ("searcher search --mode ", ["any", "all"]),
        ("searcher search --limi", ["--limit"]),
        ("searcher search --limit 3 --limi", []),
        ("searcher search --facet tag --face", ["--facet"]),
        ("searcher search -- --limi", []),
        ("searcher search --source 国际", ["国际\\ 金融报"]),
        ("searcher search --source '国际 ", ["国际 金融报"]),
        ('searcher search --source "国际 ', ["国际 金融报"]),
        ("searcher search --source it", ['it\\\'s\\ \\"so\\"']),
        ('searcher search --source "it', ['it\'s \\"so\\"']),
        ("searcher search --source 'it", ["it'\\''s \"so\""]),
        ('searcher search --source "价', ["价\\$HOME\\`x\\`"]),
        ("searcher search --source a", ["a\\\\b"]),
        ("searcher search --source 环球:", ["时报"]),
        ("searcher search --source ~", ["\\~家"]),
        ("searcher search --source \\~", ["\\~家"]),
        ("searcher search --source 星", ["星\\*号\\?\\[x\\]"]),
        ("searcher search --source tab", ["$'tab\\u0009here'"]),
        ("searcher search --source line", ["$'line\\u000afeed'"]),
        ('searcher search --source "line', []),  # there is no way to write it in these quotes
        ("searcher search --tag 标国", ["标国际\\ 金融报"]),
        ("searcher similar docs/0", ["docs/0/某\\ 文.txt"]),
        ("searcher search --index nowhere --tag ", []),
    ],
)
def test_bash_gets_what_it_is_to_insert(
    odd: Path, monkeypatch: pytest.MonkeyPatch, line: str, replies: list[str]
) -> None:
    assert in_bash(line, monkeypatch, odd) == ["values", *replies]


def test_zsh_and_fish_get_what_each_name_means(odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(odd)
    assert answer("zsh", ["check", "--al"]) == (
        "described\n\n--all\t--all:Cut all documents again, not 200"
    )
    assert answer("zsh", ["search", "--source", "line"]) == (
        "values\n\n$'line\\u000afeed'\tline feed"
    )
    assert answer("zsh", ["search", "--source=环"]) == "values\n--source=\n'环球:时报'\t环球:时报"
    assert answer("fish", ["check", "--al"]) == ("values\n--all\tCut all documents again, not 200")
    assert answer("fish", ["search", "--source", "line"]) == "values"
    assert answer("fish", ["search", "--sort=d"]) == "values\n--sort=date\t"
    assert answer("fish", ["status", "--index", ""]) == "folders"
    assert answer("zsh", ["index", "a"]) == "files\n"


def test_names_of_indexes_are_completed_and_no_complaint_is_in_the_way(
    odd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(odd)
    file = odd / "config.toml"
    monkeypatch.setenv("SEARCHER_CONFIG", str(file))
    file.write_text("[indexes]\nnews = 'index'\n", encoding="utf-8")
    assert answer("fish", ["-i", "n"]) == f"values\nnews\t{odd}/index"
    assert answer("fish", ["-i", "news", "show", "docs/1/"]) == "values\ndocs/1/某 文.txt\t"
    assert answer("fish", ["-i", "gone", "show", "docs/1/"]) == "values"
    file.write_text("no TOML", encoding="utf-8")
    assert answer("fish", ["search", "--source", "环"]) == "values\n环球:时报\t"
    assert answer("fish", ["-i", "n"]) == answer("fish", ["nothing", "x"]) == "values"


def test_completing_imports_nothing_slow(odd: Path) -> None:
    program = (
        "import sys\n"
        "from searcher.cli.completing.shells import answer\n"
        "assert answer('fish', ['search', '--source', '国']) == 'values\\n国际 金融报\\t'\n"
        "slow = {'numpy', 'rich', 'whoosh', 'jieba', 'opencc', 'yaml'} & {*sys.modules}\n"
        "assert not slow, slow"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=odd, env=environment(), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_each_script_says_how_to_keep_it(run: Runner) -> None:
    for shell in SCRIPTS:
        outcome = run("completion", shell)
        assert outcome.status == 0
        assert f"searcher completion {shell}" in outcome.out
    assert "is not one of: bash, zsh, fish" in run("completion", "tcsh").err
