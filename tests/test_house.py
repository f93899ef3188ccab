"""The rules of the house: imports run one way, and nothing slow is loaded before it is needed."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "searcher"

# What each room may import from, itself apart. errors and language are everybody's.
MAY_IMPORT = {
    "documents": set(),
    "text": set(),
    "index": {"documents", "text"},
    "query": {"documents", "text", "index"},
    "cluster": {"documents", "text", "index", "query"},
    "api": {"documents", "text", "index", "query", "cluster"},
    "assistant": {"searcher"},
    "cli": {"documents", "text", "query", "api", "searcher", "assistant"},
}
EVERYBODYS = {"extras", "reasons", "errors", "kernel", "language", "lazy"}


def imported_modules(path: Path) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module)
    return modules


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_from_rooms_before_it(room: str) -> None:
    files = (
        (PACKAGE / room).rglob("*.py") if (PACKAGE / room).is_dir() else [PACKAGE / f"{room}.py"]
    )
    for path in files:
        for module in imported_modules(path):
            if module.split(".")[0] != "searcher":
                continue
            other = module.split(".")[1] if "." in module else "searcher"
            allowed = MAY_IMPORT[room] | {room} | EVERYBODYS
            assert other in allowed, f"{path.name} imports {module}"


def test_the_query_tree_knows_no_engine() -> None:
    assert imported_modules(PACKAGE / "query" / "tree.py") == {"dataclasses", "datetime"}
    for name in ("grammar", "dates"):
        for module in imported_modules(PACKAGE / "query" / f"{name}.py"):
            assert not module.startswith(("whoosh", "searcher.index")), module


def loaded_by(statement: str) -> set[str]:
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return set(json.loads(done.stdout))


SLOW = {"numpy", "whoosh", "jieba", "opencc", "rich", "yaml", "selectolax", "mcp", "pydantic"}


def test_importing_the_library_loads_nothing_slow_and_warns_of_nothing() -> None:
    assert not loaded_by("import searcher") & SLOW


def test_searching_loads_neither_jieba_nor_opencc(tmp_path: Path) -> None:
    path = str(tmp_path / "index")
    add = "index.add([searcher.Document(id='a', body='核酸')])"
    loaded_by(f"import searcher\nwith searcher.Index.open({path!r}, create=True) as index: {add}")
    search = f"import searcher\nwith searcher.Index.open({path!r}) as index: index.search('核酸')"
    assert not loaded_by(search) & {"jieba", "opencc", "yaml", "selectolax"}


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_readmes_have_the_commands_that_ci_runs(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for command in ("install", "test"):
        assert re.search(rf"<!-- command: {command} -->\n```sh\n.+\n```", text), command


def test_both_readmes_have_the_same_commands() -> None:
    def commands(name: str) -> list[str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        return re.findall(r"<!-- command: \w+ -->\n```sh\n(.+)\n```", text)

    assert commands("README.md") == commands("README.zh.md")
