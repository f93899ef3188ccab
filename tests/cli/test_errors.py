"""Every error ends with what to type: the command that mends it, or that tells more."""

import re
import shlex
from pathlib import Path

import pytest

from searcher import Document, Index, IndexLocked
from searcher.cli.remedies import remedy
from tests.cli.conftest import Runner

LAST = re.compile(r"(?:: |：)((?:searcher|ls|df|chmod|iconv|vi|SEARCHER_DEBUG=1) ?[^:：]*)$")


def last_command(err: str) -> str:
    match = LAST.search(err.rstrip("\n"))
    assert match, err
    return match[1]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["search"], "searcher search --help"),
        (["seach", "核酸 筛查"], "searcher search '核酸 筛查'"),
        (["核酸", "筛查"], "searcher search 核酸 筛查"),
        (["search", "核酸", "--limt=3"], "searcher search 核酸 --limit=3"),
        (["search", "核酸", "-iPhone"], "searcher search … -- -iPhone"),
        (["search", "核酸", "-n", "x"], "searcher search --help"),
        (["search", "核酸", "--mode", "x"], "searcher search --help"),
        (["search", "核酸", "--since", "x"], "searcher search --help"),
        (["search", "核酸", "--synonyms", "gone/s.txt"], "ls ."),
        (["search", "核酸", "--synonyms", "bad.txt"], "iconv -f GB18030 -t UTF-8 bad.txt >"),
        (["search", "核酸", "--synonyms", "wrong.txt"], "vi wrong.txt"),
        (["search", "核酸", "--dict", "gone"], "ls ."),
        (["search", "核酸", "--dict", "words.txt"], "searcher reindex --index index"),
        (["search", "核酸", "--index", "no where"], "searcher index --index 'no where'"),
        (["search", "核酸", "-i", "nobody"], "searcher indexes --add nobody"),
        (["show"], "searcher show --help"),
        (["show", "a", "b"], "searcher show --help"),
        (["status", "--index", "bad.txt"], "searcher index --index bad.txt"),
        (["index", "gone"], "ls ."),
        (["index", ""], "searcher index ."),
        (["index", "--memory", "3", "."], "searcher index --help"),
        (["index", "--watch", "--strict"], "searcher index --help"),
        (["index", "--errors", "gone/e", "."], "ls ."),
        (["evaluate", "--queries", "gone", "--qrels", "gone"], "ls ."),
        (["evaluate", "--queries", "wrong.txt", "--qrels", "wrong.txt"], "vi wrong.txt"),
        (["completion"], "searcher completion --help"),
        (["completion", "tcsh"], "searcher completion --help"),
        (["check", "--index", "gone"], "searcher index --index gone"),
    ],
)
def test_an_error_ends_with_a_command(
    run: Runner,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    arguments: list[str],
    command: str,
) -> None:
    monkeypatch.setenv("LANGUAGE", language)
    monkeypatch.setenv("EDITOR", "vi")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("SEARCHER_CONFIG", "")
    with Index.open("index", create=True) as index:
        index.add([Document(id="a", body="核酸")])
    Path("bad.txt").write_bytes("电脑,计算机".encode("gb18030"))
    Path("wrong.txt").write_text("a =>\n", encoding="utf-8")
    Path("words.txt").write_text("核酸筛查\n", encoding="utf-8")
    outcome = run(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert last_command(outcome.err).startswith(command)


def test_a_damaged_index_ends_with_what_builds_it_anew(run: Runner) -> None:
    Index.open("index", create=True).close()
    Path("index/searcher.json").write_bytes(b"{}")
    for command in (["search", "核酸"], ["status"], ["index"]):
        assert last_command(run(*command).err).startswith("searcher reindex --index index")


def test_an_error_of_the_system_ends_with_a_look_at_its_place(tmp_path: Path) -> None:
    def typed(error: Exception) -> str:
        return remedy(error, ["index", "a b"], str(error))

    gone = tmp_path / "there" / "gone"
    gone.parent.mkdir()
    there = shlex.quote(str(gone.parent))
    assert typed(FileNotFoundError(2, "", str(gone))) == f"ls {there}"
    assert typed(OSError(28, "", str(gone))) == f"df -h {there}"
    assert typed(PermissionError(13, "", str(gone))).endswith(there)
    assert typed(ModuleNotFoundError("no", name="rich.text")).endswith(" -m pip install rich")
    assert typed(IndexLocked("who")) == "searcher index 'a b' --wait 600"
    assert typed(ZeroDivisionError("x")) == "SEARCHER_DEBUG=1 searcher index 'a b'"


def test_what_the_system_says_is_told_in_chinese(
    run_home: Runner, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "zh_CN")
    told = run_home("search", "核酸", "--synonyms", str(tmp_path))
    assert told.status == 2 and "是文件夹，不是文件" in told.err
    config = tmp_path / "config.toml"
    monkeypatch.setenv("SEARCHER_CONFIG", str(config))
    config.write_text("color = ", encoding="utf-8")
    assert "值写得不对（在末尾）" in run_home("search", "核酸").err
    config.write_text("color = 3\nlimit = = 4", encoding="utf-8")
    assert "第 2 行第 9 列：值写得不对" in run_home("search", "核酸").err
