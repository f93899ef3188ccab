"""Help pages and complaints, in both languages, and what they must not import."""

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import click
import pytest

from searcher.cli.wrapping import plain_width
from tests.cli.conftest import Runner, environment, run_process

COMMANDS = ["search", "similar", "show", "index", "reindex", "status", "analyze", "evaluate"]
CHINESE = {"LANG": "zh_CN.UTF-8"}
SLOW = ["rich", "numpy", "whoosh", "jieba", "opencc", "yaml", "selectolax"]


def has_chinese(text: str) -> bool:
    return any("CJK UNIFIED" in unicodedata.name(char, "") for char in text)


def run_together(runs: list[list[str]], cwd: Path, env: dict[str, str]) -> list[str]:
    """Run commands one after the other in one process, none of which may import what is slow."""
    program = (
        "import contextlib, io, json, sys\n"
        "from searcher.cli import main\n"
        "pages = []\n"
        f"for arguments in {runs!r}:\n"
        "    with contextlib.redirect_stdout(io.StringIO()) as page:\n"
        "        main(arguments)\n"
        "    pages.append(page.getvalue())\n"
        f"    slow = [name for name in {SLOW!r} if name in sys.modules]\n"
        "    assert not slow, (arguments, slow)\n"
        "print(json.dumps(pages))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=cwd,
        env=environment(**env),
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    pages: list[str] = json.loads(done.stdout)
    return pages


def test_help_lists_every_command_with_an_example(run: Runner) -> None:
    outcome = run("--help")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out == run("-h").out
    assert outcome.out.startswith("Usage: searcher [OPTIONS] COMMAND …\n")
    for command in COMMANDS:
        assert f"\n  {command} " in outcome.out
    assert "searcher search 理赔 绿色通道" in outcome.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_every_command_has_help(run: Runner, command: str) -> None:
    from searcher.cli.root import root

    outcome = run(command, "--help")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith(f"Usage: searcher {command} [OPTIONS]")
    module = root.get_command(root.make_context("searcher", []), command)
    assert module is not None
    options = [param for param in module.params if isinstance(param, click.Option)]
    assert "--index" in [name for option in options for name in option.opts]
    assert all(option.help for option in options)


def test_version(run: Runner) -> None:
    outcome = run("--version")
    assert outcome.status == 0
    assert outcome.out.startswith("searcher ")


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_help_in_chinese_fits_the_terminal(tmp_path: Path, columns: int) -> None:
    env = {**CHINESE, "COLUMNS": str(columns)}
    pages = run_together(
        [["--help"], *([command, "--help"] for command in COMMANDS)], tmp_path, env
    )
    for page in pages:
        assert page.startswith("用法：searcher")
        assert "选项：\n" in page
        for word in ("Usage", "Options", "Commands", "Show this", "required", "default"):
            assert word not in page
        # Examples are not broken.
        if columns > 40:
            assert max(map(plain_width, page.splitlines())) <= min(columns, 80)


def test_complaints_are_in_the_language_of_the_locale(tmp_path: Path) -> None:
    for arguments, english, chinese in [
        (["search"], "error: QUERY is missing", "错误：缺少 查询"),
        (["seach"], "error: no such command: seach; did you mean search?", "没有这个命令：seach"),
        (["search", "-n", "x", "y"], "error: --limit: 'x' is not", "错误：--limit：'x' 不是"),
        (["search", "y", "--limt"], "error: no such option: --limt", "错误：没有这个选项：--limt"),
        (["show"], "error: ID is missing", "错误：缺少 ID"),
        (["show", "a", "b"], "error: nothing more was expected: b", "错误：多余的参数：b"),
        (
            ["status"],
            "error: there is no index",
            "错误：./index 没有索引。请先建立：searcher index",
        ),
    ]:
        in_english = run_process(*arguments, cwd=tmp_path)
        assert in_english.err.startswith(english)
        assert not has_chinese(in_english.err)
        in_chinese = run_process(*arguments, cwd=tmp_path, env=CHINESE)
        assert chinese in in_chinese.err
        assert in_english.status == in_chinese.status == 2
        assert in_english.out == in_chinese.out == ""


def test_results_are_in_the_language_of_the_locale(home: Path) -> None:
    outcome = run_process("search", "核酸", "-n", "2", "--explain", cwd=home, env=CHINESE)
    assert outcome.out.startswith("共 5 篇，显示第 1–2 篇\n查询被理解为：words(核酸)\n")
    assert run_process("search", "龘", cwd=home, env=CHINESE).err.startswith("没有找到\n")


def test_a_command_that_was_forgotten_is_named(run: Runner) -> None:
    outcome = run("核酸", "筛查")
    assert outcome.status == 2
    assert "to search: searcher search 核酸 筛查" in outcome.err


def test_help_and_complaints_import_nothing_slow(tmp_path: Path) -> None:
    run_together(
        [
            [],
            ["--version"],
            ["seach"],
            ["search"],
            ["search", "x", "--limt"],
            ["search", "x", "-n", "y"],
            ["evaluate"],
            *([command, "--help"] for command in COMMANDS),
        ],
        tmp_path,
        {},
    )


def test_plain_results_do_not_wait_for_the_whole_of_rich(home: Path) -> None:
    program = (
        "import sys\n"
        "from searcher.cli import main\n"
        "status = main(['search', '核酸'])\n"
        "sys.exit('rich.console' in sys.modules or status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=home, env=environment(), capture_output=True
    )
    assert done.returncode == 0
