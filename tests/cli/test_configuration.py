"""The configuration file and named indexes."""

import re
from pathlib import Path

import pytest

from searcher.cli import configuration
from searcher.cli.root import root
from tests.cli.conftest import ROOT, Runner


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Write":
    """Writes the configuration file."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("SEARCHER_PAGER", raising=False)
    return Write(tmp_path / "config" / "searcher" / "config.toml")


class Write:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, text: str) -> Path:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(text, encoding="utf-8")
        return self.path


def hits(out: str) -> int:
    return len(out.splitlines())


def test_options_of_a_command_have_the_values_of_the_file(run_home: Runner, write: Write) -> None:
    write('[search]\nlimit = 2\njson = true\ntag = ["核酸筛查", "车险"]\n')
    assert hits(run_home("search", "核酸").out) == 2
    assert hits(run_home("search", "核酸", "-n", "1").out) == 1
    assert run_home("search", "上海").status == 1  # the documents with 上海 have no such tag
    assert run_home("similar", "faq-01").out.startswith("5 documents")


def test_options_of_all_commands_stand_at_the_top(
    run_home: Runner, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write('color = "always"\n')
    assert "\x1b[" in run_home("search", "核酸").out
    assert "\x1b[" in run_home("show", "faq-01").out
    assert run_home("status").status == 0  # it has no such option
    assert "\x1b[" not in run_home("search", "核酸", "--color", "never").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in run_home("search", "核酸").out


def test_no_config_reads_no_file(
    run_home: Runner, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("no TOML")
    assert run_home("search", "核酸").status == 2
    assert run_home("--no-config", "search", "核酸").status == 0
    assert run_home("search", "--help").status == 0
    monkeypatch.setenv("SEARCHER_CONFIG", "")
    assert run_home("search", "核酸").status == 0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("limit =", "it is no TOML: Invalid value (at end of document)"),
        ("[serach]\nlimit = 3", "[serach]: there is no such command (did you mean [search]?)"),
        ("[search]\nlimt = 3", "[search] limt: there is no such option of searcher search (did"),
        ("colour = 'never'", "colour: there is no such option (did you mean color?)"),
        ("[indexes]\n新闻 = 'a'", "it is no TOML: Invalid statement (at line 2, column 1); put Ch"),
        ("[search]\nlimit = 'x'", "--limit: 'x' is not a whole number from 0 on"),
        ("[search]\nlimit = [1]", "[search] limit: write a text or a number"),
        ("[search]\nexpand = 1", "[search] expand: write true or false"),
        ("[search]\ntag = [['a']]", "[search] tag: write a list of texts"),
        ("[search]\nindex = 'a'", "[search] index: there is no such option"),
        ("index = 'a'", "index: there is no such option (did you mean default-index?)"),
        ("default-index = 3", 'default-index: write a text: "…"'),
        ("indexes = 3", "indexes: write it as a table: [indexes]"),
        ("[indexes]\n'a/b' = 'c'", "[indexes] 'a/b': this is no name"),
        ("[indexes]\na = 3", "[indexes] a: write the folder of the index"),
    ],
)
def test_what_is_not_understood_names_the_file_the_key_and_what_to_type(
    run_home: Runner, write: Write, monkeypatch: pytest.MonkeyPatch, text: str, complaint: str
) -> None:
    monkeypatch.setenv("EDITOR", "nano")
    monkeypatch.delenv("VISUAL", raising=False)
    path = write(text)
    outcome = run_home("search", "核酸")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith(f"error: {path}: {complaint}")
    assert outcome.err.endswith(f"Correct it: nano {path}\n")


def test_a_named_index_is_named_before_or_behind_the_command(
    home: Path, run: Runner, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(f"[indexes]\n\"新闻\" = '{home}/index'\nhere = '../../here'\n")
    assert run("-i", "新闻", "search", "核酸").status == 0
    assert run("search", "-i", "新闻", "核酸").status == 0
    assert run("--index", f"{home}/index", "search", "核酸").status == 0
    assert run("-i", "here", "search", "--index", f"{home}/index", "核酸").status == 0
    missing = run("search", "核酸", "-i", "here")
    # What is not absolute lies beside the file.
    assert missing.err == (
        f"error: there is no index at here ({write.path.parent}/../../here). "
        "Make one: searcher index -i here FOLDER\n"
    )
    both = run("search", "-i", "here", "--index", "x", "核酸")
    assert "name one index: --index DIR or -i NAME" in both.err
    assert run("-i", "heer", "search", "核酸").err == (
        "error: no index is called 'heer'. Did you mean: searcher -i here …\n"
    )
    assert run("-i", "xyz", "search", "核酸").err == (
        "error: no index is called 'xyz'. To name one: searcher indexes --add xyz DIR\n"
    )
    # --index is always a directory; the variable is either.
    assert "no index at 新闻." in run("search", "--index", "新闻", "核酸").err
    monkeypatch.setenv("SEARCHER_INDEX", "新闻")
    assert run("search", "核酸").status == 0
    monkeypatch.setenv("SEARCHER_INDEX", "./新闻")
    assert "no index at 新闻." in run("search", "核酸").err


def test_the_index_of_the_file_is_taken_when_none_is_named(
    home: Path, run: Runner, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(f"default-index = 'news'\n[indexes]\nnews = '{home}/index'\n")
    assert run("search", "核酸").status == 0
    monkeypatch.setenv("SEARCHER_INDEX", "other")
    assert "there is no index at other" in run("search", "核酸").err
    monkeypatch.delenv("SEARCHER_INDEX")
    write("default-index = 'away'\n")
    assert f"there is no index at {write.path.parent}/away" in run("search", "核酸").err


def test_indexes_lists_names_and_adds_one(home: Path, run: Runner, write: Write) -> None:
    assert run("indexes").err == (
        "no index has a name. To name one: searcher indexes --add NAME DIR\n"
    )
    assert run("indexes", "--add", "新 闻", str(home / "index")).status == 0
    write(write.path.read_text(encoding="utf-8") + "# mine\n[search]\nlimit = 1\n")
    assert run("indexes", "--add", "b", "b").status == 0
    assert "# mine" in write.path.read_text(encoding="utf-8")
    listed = run("indexes")
    assert (listed.status, listed.err) == (0, "")
    assert f"新 闻  7 documents, {home}/index" in listed.out
    assert "b      there is no index at" in listed.out
    assert '"name": "b"' in run("indexes", "--json").out
    assert "is there already" in run("indexes", "--add", "b", "c").err
    write("indexes = {a = 'b'}\n")
    assert "it has no [indexes] of its own" in run("indexes", "--add", "b", "c").err


def test_the_command_index_has_a_table_too(run: Runner, write: Write) -> None:
    (run.folder / "corpus").mkdir()
    (run.folder / "corpus" / ".a.txt").write_text("核酸", encoding="utf-8")
    write("[index]\nhidden = true\n")
    assert run("index", "corpus").err.startswith("added 1;")


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_the_file_of_the_readme_is_understood(run: Runner, write: Write, readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    [example] = re.findall(r"```toml\n(default-index .*?)```", text, re.DOTALL)
    write(example)
    configuration.read().check(root, root.make_context("searcher", []))
