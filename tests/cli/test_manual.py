"""The manual page: it has everything, and is what man reads."""

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from searcher.cli.configuration import long_name
from searcher.cli.manual import manual
from searcher.cli.root import root
from tests.cli.conftest import ROOT, Runner, run_process

# What each checks a page with, and complains of on stdout or stderr.
CHECKS = {
    "groff": ["groff", "-ww", "-z", "-k", "-man", "-Tutf8"],
    "mandoc": ["mandoc", "-T", "lint", "-W", "warning"],
}


def test_the_page_has_every_command_and_every_option(run: Runner) -> None:
    page = run("man").out.replace("\\:", "").replace("\\-", "-")
    context = root.make_context("searcher", [])
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        assert command is not None
        section = page.partition(f'.SS "searcher {name}"\n')[2].partition("\n.SS ")[0]
        for param in command.params:
            if isinstance(param, click.Option):
                name = "-i" if param.name == "index_name" else f"--{long_name(param)}"
                assert re.search(rf"^\\fB.*{name}\b", section, re.MULTILINE), (command, name)


def test_the_page_has_every_variable_of_the_environment() -> None:
    page = manual()
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "searcher").rglob("*.py"))
    for name in {*re.findall(r'"(SEARCHER_[A-Z]+)"', source), "NO_COLOR", "PAGER", "EDITOR"}:
        assert name in page, name


@pytest.mark.parametrize("language", ["en_US", "zh_CN"])
def test_the_page_is_what_man_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    outcome = run_process("man", cwd=tmp_path, env={"LANG": f"{language}.UTF-8"})
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith(".TH SEARCHER 1 ")
    file = tmp_path / "searcher.1"
    file.write_text(outcome.out, encoding="utf-8")
    for line in outcome.out.splitlines():
        assert re.match(r"\.(TH|SH|SS|TP|PP|nf|fi|nh|ad)\b|[^.']", line), line
    for program, command in CHECKS.items():
        if shutil.which(program):
            done = subprocess.run([*command, file], capture_output=True, text=True)
            assert (done.stdout, done.stderr) == ("", "")
