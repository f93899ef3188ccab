"""Which files a selection reads: hidden ones, globs, ignore files as git has them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from searcher.documents import Selection, Skipped, walk
from searcher.errors import ArgumentError


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("内容", encoding="utf-8")


def ignore(folder: Path, *lines: str, name: str = ".gitignore") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def names(root: Path, selection: Selection | None = None) -> list[str]:
    """What is read; nothing may be named as skipped."""
    found = list(walk([root], selection or Selection()))
    assert not any(isinstance(one, Skipped) for one in found)
    return [one.name for one in found]


@pytest.mark.parametrize(
    ("lines", "read"),
    [
        (["*.log"], ["a.txt", "b/a.txt", "b/c/a.txt"]),
        (["/a.txt"], ["a.log", "b/a.log", "b/a.txt", "b/c/a.txt"]),
        (["c/"], ["a.log", "a.txt", "b/a.log", "b/a.txt"]),
        (["a.txt/"], ["a.log", "a.txt", "b/a.log", "b/a.txt", "b/c/a.txt"]),
        (["b/*", "!b/c"], ["a.log", "a.txt", "b/c/a.txt"]),
        (["b", "!b/a.txt"], ["a.log", "a.txt"]),
        (["*", "!*/", "!*.log"], ["a.log", "b/a.log"]),
        (["b/**/a.txt"], ["a.log", "a.txt", "b/a.log"]),
        (["# a.txt", "", "\\#", "[!t]*", "!a*"], ["a.log", "a.txt"]),
        (["?.log", "  ", "a.tx[a-t]"], []),
    ],
)
def test_an_ignore_file_leaves_out_what_git_would(
    tmp_path: Path, lines: list[str], read: list[str]
) -> None:
    make(tmp_path, "a.txt", "a.log", "b/a.txt", "b/a.log", "b/c/a.txt")
    ignore(tmp_path, *lines)
    assert names(tmp_path) == read
    assert names(tmp_path) == by_git(tmp_path)


def test_nested_ignore_files_speak_of_their_folder_and_the_nearest_wins(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", "b/a.txt", "b/d.txt", "b/c/a.txt", "b/c/d.txt")
    ignore(tmp_path, "a.txt", "/d.txt")
    ignore(tmp_path / "b", "!a.txt", "/d.txt")
    ignore(tmp_path / "b/c", "a.*")
    assert names(tmp_path) == ["b/a.txt", "b/c/d.txt"] == by_git(tmp_path)


def test_names_in_chinese_and_windows_line_ends_are_understood(tmp_path: Path) -> None:
    make(tmp_path, "草稿/a.txt", "报告.txt", "终稿.txt")
    (tmp_path / ".gitignore").write_bytes("\ufeff草稿/\r\n报*\r\n".encode())
    assert names(tmp_path) == ["终稿.txt"]


def test_what_searcherignore_says_wins_over_gitignore(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", "b.txt", "c/a.txt")
    ignore(tmp_path / "c", "a.txt")
    ignore(tmp_path, "b.txt")
    ignore(tmp_path, "!b.txt", "!a.txt", "/a.txt", name=".searcherignore")
    assert names(tmp_path) == ["b.txt", "c/a.txt"]


def test_ignore_files_can_be_disregarded(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", "b.txt")
    ignore(tmp_path, "*")
    assert names(tmp_path) == []
    assert names(tmp_path, Selection(ignore_files=False)) == ["a.txt", "b.txt"]


def test_hidden_files_are_read_where_they_are_asked_for_but_never_what_git_keeps(
    tmp_path: Path,
) -> None:
    make(tmp_path, ".git/config", ".DS_Store", ".notes/.a.txt", "b.txt")
    assert names(tmp_path) == ["b.txt"]
    assert names(tmp_path, Selection(hidden=True)) == [".notes/.a.txt", "b.txt"]


def test_globs_include_and_exclude_relative_to_the_root(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "a.txt", "docs/b.md", "docs/old/c.md", "docs/d.txt", "x/docs/e.txt")
    assert names(tmp_path, Selection(include=("*.md",))) == ["a.md", "docs/b.md", "docs/old/c.md"]
    assert names(tmp_path, Selection(include=("/docs/",))) == [
        "docs/b.md",
        "docs/d.txt",
        "docs/old/c.md",
    ]
    assert names(tmp_path, Selection(include=("docs/",), exclude=("old/", "*.txt"))) == [
        "docs/b.md"
    ]
    assert names(tmp_path, Selection(include=("*.md", "!/a.md"))) == ["docs/b.md", "docs/old/c.md"]
    assert names(tmp_path, Selection(exclude=("docs", "*.md"))) == ["a.txt"]


def test_a_glob_that_includes_does_not_bring_back_what_an_ignore_file_leaves_out(
    tmp_path: Path,
) -> None:
    make(tmp_path, "a.md", "b.md")
    ignore(tmp_path, "a.md")
    assert names(tmp_path, Selection(include=("*.md",))) == ["b.md"]


@pytest.mark.parametrize("glob", ["", "  ", "!", "# comment", "a\x00b", "*a" * 20])
def test_what_is_no_glob_is_an_error_at_once(glob: str) -> None:
    with pytest.raises(ArgumentError, match="not a glob"):
        Selection(exclude=(glob,))


def test_a_hostile_ignore_file_neither_hangs_nor_stops_the_walk(tmp_path: Path) -> None:
    make(tmp_path, "a" * 200 + ".txt", "b.txt")
    (tmp_path / ".gitignore").write_bytes(
        b"*a" * 100
        + b"c\n"
        + b"[\n\xff\xfe\x00\n[z-a]\n"
        + b"(" * 1_000
        + b"\n**/" * 50
        + b"\nb.txt\n"
    )
    assert names(tmp_path) == ["a" * 200 + ".txt"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_an_ignore_file_that_is_a_pipe_or_a_link_is_none(tmp_path: Path) -> None:
    make(tmp_path, "root/a.txt", "root/b/a.txt")
    ignore(tmp_path, "a.txt", name="elsewhere")
    os.mkfifo(tmp_path / "root/.gitignore")
    (tmp_path / "root/b/.gitignore").symlink_to(tmp_path / "elsewhere")
    assert names(tmp_path / "root") == ["a.txt", "b/a.txt"]


def test_the_library_for_globs_is_loaded_only_where_there_is_one(tmp_path: Path) -> None:
    make(tmp_path, "a.txt")
    code = (
        "import sys; from pathlib import Path; from searcher.documents import walk\n"
        "list(walk([Path(sys.argv[1])])); print('pathspec' in sys.modules)"
    )
    for expected in ("False", "True"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert done.stdout.strip() == expected
        ignore(tmp_path, "b.txt")


def by_git(root: Path) -> list[str]:
    """What git would take of a folder."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", "init", "-q", str(root)], check=True, env=environment)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "-z"],
        cwd=root,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        env=environment,
    )
    return sorted(name for name in listed.stdout.split("\0") if name and ".gitignore" not in name)
