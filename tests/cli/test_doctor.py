"""``searcher doctor``: whatever is broken, it says so and what to type, and it goes on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from searcher import Document, Index
from tests.cli.conftest import Runner, environment, run_process


def found(out: str) -> dict[str, dict[str, str]]:
    return {one["name"]: one for one in json.loads(out)["findings"]}


@pytest.fixture
def made(run: Runner, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an index of its own, and no configuration file."""
    monkeypatch.setenv("SEARCHER_CONFIG", "")
    with Index.open(run.folder / "index", create=True) as index:
        index.add([Document(id="a", body="核酸")])
    return run.folder


def test_it_tells_of_everything(run: Runner, made: Path) -> None:
    outcome = run("doctor")
    assert (outcome.status, outcome.err) == (0, "")
    for name in ("searcher", "Python", "packages", "kernel", "index", "language", "terminal"):
        assert f"\n{name}" in f"\n{outcome.out}"
    assert "./index: 1 document, " in outcome.out
    assert outcome.out.endswith("\nNothing is wrong.\n")
    report = found(run("doctor", "--json").out)
    assert report["index"]["state"] == "ok"
    assert report["Python"]["value"].startswith(f"{sys.version_info.major}.")


def test_without_an_index_it_says_how_to_make_one(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEARCHER_CONFIG", "")
    outcome = run("doctor")
    assert outcome.status == 0
    assert "note: none at ./index" in outcome.out
    assert "\nsearcher index FOLDER\n" in outcome.out
    outcome = run("doctor", "--index", "a b")
    assert outcome.status == 1
    assert "WRONG: none at a b" in outcome.out
    assert "\nsearcher index --index 'a b' FOLDER\n" in outcome.out


def test_a_damaged_index_is_told_with_what_mends_it(run: Runner, made: Path) -> None:
    for file in (made / "index").rglob("*.columns"):
        file.write_bytes(b"nothing")
    outcome = run("doctor")
    assert (outcome.status, outcome.err) == (1, "")
    assert "\nsearcher reindex --index index FOLDER\n" in outcome.out
    (made / "index" / "searcher.json").write_bytes(b"\0")
    assert run("doctor").status == 1
    (made / "index" / "searcher.json").unlink()
    (made / "index" / "searcher.json").mkdir()
    assert run("doctor").status == 1


@pytest.mark.parametrize("text", [b"no TOML", b"\xff\xfe", b"[serach]\n", b"[search]\nlimt = 1\n"])
def test_a_configuration_file_that_is_not_understood_is_told(
    run: Runner, made: Path, monkeypatch: pytest.MonkeyPatch, text: bytes
) -> None:
    file = made / "config.toml"
    file.write_bytes(text)
    monkeypatch.setenv("SEARCHER_CONFIG", str(file))
    monkeypatch.setenv("EDITOR", "nano")
    outcome = run("doctor")
    assert (outcome.status, outcome.err) == (1, "")
    assert f"WRONG: {file}: " in outcome.out
    assert f"\nnano {file}\n" in outcome.out
    assert "./index: 1 document" in outcome.out
    file.unlink()
    file.mkdir()
    assert run("doctor").status == 1


def test_named_indexes_are_looked_at_too(
    run: Runner, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = made / "config.toml"
    file.write_text("[indexes]\nhere = 'index'\ngone = 'gone'\n", encoding="utf-8")
    monkeypatch.setenv("SEARCHER_CONFIG", str(file))
    outcome = run("doctor")
    assert outcome.status == 1
    report = found(run("doctor", "--json").out)
    assert report["index here"]["state"] == "ok"
    assert report["index gone"]["advice"] == "searcher index -i gone FOLDER"


@pytest.mark.parametrize("missing", ["rich", "numpy", "whoosh", "textual"])
def test_a_package_that_is_missing_is_named(made: Path, missing: str) -> None:
    program = (
        "import sys\n"
        "class Nothing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.partition('.')[0] == {missing!r}: raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Nothing())\n"
        "from searcher.cli import main\n"
        "sys.exit(main(['doctor', '--json']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=made,
        env=environment(SEARCHER_CONFIG=""),
        capture_output=True,
        encoding="utf-8",
    )
    assert done.stderr == ""
    advice = [one["advice"] for one in found(done.stdout).values()]
    wanted = {"textual": "'textual>=8.0,<9'", "whoosh": "whoosh3"}.get(missing, missing)
    assert any(one.endswith(f"-m pip install {wanted}") for one in advice)


def test_without_a_locale_a_home_or_a_folder_it_works(tmp_path: Path) -> None:
    bare = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TERM": ""}
    outcome = run_process("doctor", cwd=tmp_path, env={**bare, "HOME": "", "SHELL": ""})
    assert (outcome.status, outcome.err) == (1, "")
    assert "\nexport LC_ALL=C.UTF-8\n" in outcome.out
    program = (
        "import os, sys; from searcher.cli import main; "
        "os.rmdir(os.getcwd()); sys.exit(main(['doctor']))"
    )
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=gone, env=environment(), capture_output=True, text=True
    )
    assert done.stderr == ""
    assert done.returncode in (0, 1)
