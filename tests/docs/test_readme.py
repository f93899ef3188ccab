"""The READMEs: the same in both languages, and every block of code in them does what it says."""

import ast
import configparser
import importlib.util
import io
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from searcher import Index, Synonyms
from searcher.cli import main
from tests.cli.conftest import ROOT, environment
from tests.docs import markdown

HAN = re.compile("[\u3400-\u9fff]")
# What a shell does more than to split a line into words.
SHELL = re.compile(r"[|<>&;$`*?]|^\w+=")
# Folders that the examples name, and what stands for them.
FOLDERS = (
    "/srv/index",
    "/srv/news",
    "/srv/notes",
    "/srv/docs",
    "/var/lib/searcher",
    "/opt/searcher",
)
PROGRAM = re.compile(r"(?:\.venv/bin/|/opt/searcher/bin/)?searcher\b")

FILES = {
    "synonyms.txt": "电脑, 计算机\n",
    "words.txt": "绿色通道 100 n\n",
    "stop.txt": "的\n",
    "q.jsonl": '{"id": "1", "text": "核酸筛查"}\n',
    "qrels.tsv": "1 0 faq-01 1\n",
    "queries.txt": "核酸筛查\n理赔\n",
}


_FULL_SCREEN = b"\x1b[?1049h"
_CTRL_C = b"\x03"


def test_both_have_the_same_headings() -> None:
    english, chinese = (markdown.headings(markdown.read(language)) for language in ("en", "zh"))
    assert [level for level, _ in english] == [level for level, _ in chinese]
    for (_, one), (_, other) in zip(english, chinese, strict=True):
        assert one == other or HAN.search(other), f"{other} is not Chinese"


def test_both_have_the_same_blocks_of_code() -> None:
    english, chinese = (markdown.blocks(markdown.read(language)) for language in ("en", "zh"))
    assert [(one.language, one.name) for one in english] == [
        (one.language, one.name) for one in chinese
    ]
    for one, other in zip(english, chinese, strict=True):
        if one.language != "text":  # what is printed is in the language of the page
            assert one.code == other.code


def test_both_have_the_same_figures() -> None:
    english, chinese = (markdown.sections(markdown.read(language)) for language in ("en", "zh"))
    for one, other in zip(english, chinese, strict=True):
        tables, twins = markdown.tables(one), markdown.tables(other)
        assert [len(table) for table in tables] == [len(table) for table in twins]
        for table, twin in zip(tables, twins, strict=True):
            for row, same in zip(table, twin, strict=True):
                assert sorted(markdown.numbers(" ".join(row))) == sorted(
                    markdown.numbers(" ".join(same))
                )
        assert set(markdown.decimals(one)) == set(markdown.decimals(other))


def test_links_within_the_project_lead_somewhere() -> None:
    pages = [*markdown.PAGES.values(), *markdown.REFERENCES.values()]
    for path, page in ((path, path.read_text(encoding="utf-8")) for path in pages):
        anchors = {
            re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            for _, text in markdown.headings(page)
        }
        for target in re.findall(r"\]\(([^)\s]+)\)", page):
            if target.startswith("#"):
                assert target[1:] in anchors, target
            elif "://" not in target:
                assert (path.parent / target.partition("#")[0]).exists(), target


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clone as the examples have it: ``corpus/``, its index, and the files that they name."""
    place = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "corpus", place / "corpus")
    shutil.copytree(ROOT / "corpus", place / "home" / "文档")
    for folder in ("news", "notes", "docs"):
        shutil.copytree(ROOT / "corpus" / "notes", place / "srv" / folder)
    (place / "var/lib/searcher").mkdir(parents=True)
    for name, text in FILES.items():
        (place / name).write_text(text, encoding="utf-8")
    Index.build(place / "index", [place / "corpus"])
    named = place / "home" / "indexes" / "news"
    named.parent.mkdir()
    shutil.copytree(place / "index", named)
    for folder in (".config/searcher", ".config/fish/completions"):
        (place / "home" / folder).mkdir(parents=True)
    configuration = place / "home" / ".config" / "searcher" / "config.toml"
    configuration.write_text(f'[indexes]\nnews = "{named}"\n', encoding="utf-8")
    programs = place / "bin"
    programs.mkdir()
    program = programs / "searcher"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m searcher "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    yield place


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which nothing was done but to build the index."""
    place = tmp_path_factory.mktemp("untouched")
    shutil.copytree(ROOT / "corpus", place / "corpus")
    Index.build(place / "index", [place / "corpus"])
    return place


@pytest.fixture
def inside(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, with the process in it."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("HOME", str(place / "home"))
    for name, value in {"VISUAL": "true", "EDITOR": "true", "PAGER": "cat"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    return place


def placed(text: str, place: Path) -> str:
    """An example with our folders in the place of the system's."""
    for folder in FOLDERS:
        text = text.replace(folder, f"{place}{folder}")
    return text


def lines_of(*languages: str) -> list[str]:
    """All lines of all blocks for a shell, each once, those to install from the clone apart."""
    found = [
        line.strip()
        for language in ("en", "zh")
        for block in markdown.blocks(markdown.read(language))
        if block.language in languages and not block.name
        for line in block.code.replace("\\\n", " ").splitlines()
        if line.strip()
    ]
    return list(dict.fromkeys(found))


COMMANDS = lines_of("sh")


@pytest.mark.parametrize("line", COMMANDS)
def test_a_line_for_the_shell_runs(
    line: str, inside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if "pip install" in line:
        # Tools of ours that run for minutes: they are there, and say how they are used.
        for module in re.findall(r"python -m (tests[\w.]*)", line):
            assert importlib.util.find_spec(module), module
        return
    command = placed(line, inside)
    words = [re.sub("^~(?=/)", os.environ["HOME"], word) for word in shlex.split(command)]
    if words in (["searcher"], ["searcher", "live"]):
        assert_it_opens(words[1:], inside)
    elif "--watch" in words:
        assert_it_watches(words[1:], inside)
    elif SHELL.search(line) or not PROGRAM.fullmatch(words[0]):
        env = environment(
            PATH=f"{inside / 'bin'}{os.pathsep}{os.environ['PATH']}", HOME=os.environ["HOME"]
        )
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=inside, env=env, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
            timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    else:
        assert main(words[1:]) == 0, capsys.readouterr().err


def tools() -> list[tuple[str, str]]:
    """Each tool of ours that the pages name, with all options that they name of it."""
    found: dict[str, set[str]] = {}
    for language in ("en", "zh"):
        for line in re.findall(r"python -m (tests[^`\n]*(?:\n[^`\n]+)?)`", markdown.read(language)):
            module, *words = line.split()
            options = {word for word in words if word.startswith("--")}
            found.setdefault(module, set()).update(options)
    return [(module, option) for module, options in found.items() for option in sorted(options)]


@pytest.mark.parametrize(("module", "option"), tools())
def test_a_tool_of_ours_has_the_options_that_are_named(module: str, option: str) -> None:
    """They run for minutes or hours: here they only say how they are used."""
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        cwd=ROOT, env=environment(), capture_output=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(rf"{re.escape(option)}\b", done.stdout), done.stdout


def assert_it_watches(arguments: list[str], folder: Path) -> None:
    """It indexes, goes on, and ends when it is interrupted."""
    with subprocess.Popen(
        [sys.executable, "-m", "searcher", *arguments, "--index", str(folder / "watched")],
        cwd=folder, env=environment(), stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        deadline = time.monotonic() + 60
        while not (folder / "watched" / "searcher.json").exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode in (0, 130, -signal.SIGINT)


def assert_it_opens(arguments: list[str], folder: Path) -> None:
    """It takes the whole of a terminal, and gives it back when it is left."""
    terminal, inner = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "searcher", *arguments],
        cwd=folder, env=environment(), stdin=inner, stdout=inner, stderr=inner,
    ) as process:  # fmt: skip
        os.close(inner)
        seen = b""
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            ready, _, _ = select.select([terminal], [], [], 0.5)
            try:
                seen += os.read(terminal, 1 << 16) if ready else b""
            except OSError:  # it has gone
                break
            if _FULL_SCREEN in seen:
                os.write(terminal, _CTRL_C)
        assert process.wait(10) in (0, 1, 130), seen
        assert _FULL_SCREEN in seen
    os.close(terminal)


def python_blocks(language: str) -> list[str]:
    found = markdown.blocks(markdown.read(language))
    return [block.text for block in found if block.language == "python"]


def same_code(one: str, other: str) -> bool:
    return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_blocks_of_python_run(
    language: str, inside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = {name: python_blocks(name) for name in ("en", "zh")}
    assert pages[language]
    for program in pages[language]:
        if language != "en" and any(same_code(program, other) for other in pages["en"]):
            continue  # it was run; only its comments are in another language
        exec(compile(program, f"README ({language})", "exec"), {"__name__": "example"})
        capsys.readouterr()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_the_examples_print_is_what_is_printed(
    language: str,
    untouched: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(untouched)
    monkeypatch.setenv("LANGUAGE", language)
    shown = [
        block.text
        for block in markdown.blocks(markdown.read(language))
        if block.language == "text" and block.text.startswith("$ ")
    ]
    assert shown
    for text in shown:
        command, _, printed = text.partition("\n")
        words = shlex.split(command.removeprefix("$ "))
        assert PROGRAM.fullmatch(words[0])
        status = main(words[1:])
        seen = capsys.readouterr()
        # What is found is on stdout; why nothing is, on stderr.
        assert (seen.out if status == 0 else seen.err).strip() == printed.strip()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_other_texts_are_files_of_synonyms(language: str) -> None:
    for block in markdown.blocks(markdown.read(language)):
        # What begins with a prompt of the live search is what that looks like.
        if block.language == "text" and not block.text.startswith(("$ ", "> ")):
            assert repr(Synonyms.parse(block.text)) != repr(Synonyms.parse(""))


class Unit(configparser.ConfigParser):
    """A unit of systemd, whose names have capitals."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def test_what_cron_and_systemd_start_runs(inside: Path) -> None:
    commands = []
    for block in markdown.blocks(markdown.read("en")):
        if block.language == "ini":
            unit = Unit(interpolation=None)
            unit.read_string(block.text)
            found = (section.get("ExecStart") for section in unit.values())
            commands += [command for command in found if command]
        elif not block.language:
            commands += [line.split(maxsplit=5)[5] for line in block.text.splitlines()]
    assert commands
    for command in commands:
        words = shlex.split(placed(command, inside))
        while not words[0].endswith("searcher"):  # nice and the like
            words.pop(0)
        assert main(words[1:]) == 0
