"""Which files are found below folders."""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from searcher.documents import Siblings, Skipped, SourceFile, walk, walk_siblings
from searcher.documents.selection import Selection
from searcher.errors import DocumentError
from tests.index.columnar_tools import ENGINES, using


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name} 的内容", encoding="utf-8")


def names(*roots: Path) -> list[str]:
    return [found.name for found in walk(roots) if isinstance(found, SourceFile)]


def reasons(*roots: Path) -> dict[str, str]:
    return {found.name: found.reason for found in walk(roots) if isinstance(found, Skipped)}


def test_files_come_sorted_by_their_full_names(tmp_path: Path) -> None:
    make(tmp_path, "b.txt", "a/z.txt", "a/b/c.txt", "a-b.txt", "a.txt", "中文/报告.txt", "B.txt")
    found = names(tmp_path)
    assert found == sorted(found)
    assert found == [
        "B.txt",
        "a-b.txt",
        "a.txt",
        "a/b/c.txt",
        "a/z.txt",
        "b.txt",
        "中文/报告.txt",
    ]


def test_a_file_is_known_by_place_size_and_time(tmp_path: Path) -> None:
    make(tmp_path, "a/报告.txt")
    (found,) = walk([tmp_path])
    status = (tmp_path / "a/报告.txt").stat()
    assert found == SourceFile(
        str(tmp_path / "a/报告.txt"), "a/报告.txt", status.st_size, status.st_ctime_ns
    )


def test_hidden_files_are_left_out_and_not_named(tmp_path: Path) -> None:
    make(tmp_path, ".git/config", ".notes/c.txt", "a/.hidden.txt", "a/b.txt", ".DS_Store")
    assert names(tmp_path) == ["a/b.txt"]
    assert reasons(tmp_path) == {}


def test_a_root_is_read_even_when_it_is_hidden(tmp_path: Path) -> None:
    make(tmp_path, ".notes/c.txt")
    assert names(tmp_path / ".notes") == ["c.txt"]
    assert names(tmp_path / ".notes/c.txt") == ["c.txt"]


def test_a_root_may_be_a_file(tmp_path: Path) -> None:
    make(tmp_path, "a/b.txt")
    assert names(tmp_path / "a/b.txt") == ["b.txt"]


def test_roots_are_walked_in_the_order_given_and_equal_names_both_come(tmp_path: Path) -> None:
    make(tmp_path, "x/a.txt", "y/a.txt", "y/b.txt")
    assert names(tmp_path / "y", tmp_path / "x") == ["a.txt", "b.txt", "a.txt"]


@pytest.mark.parametrize(
    ("roots", "expected"),
    [
        (["x", "x"], [".h/c.txt", "a.txt", "y/b.txt"]),
        (["x", "x/y/.."], [".h/c.txt", "a.txt", "y/b.txt"]),
        (["x", "x/y"], [".h/c.txt", "a.txt", "y/b.txt"]),
        (["x/y", "x"], ["b.txt", ".h/c.txt", "a.txt"]),
        (["x", "link"], [".h/c.txt", "a.txt", "y/b.txt"]),
        (["x/a.txt", "x", "x/a.txt"], ["a.txt", ".h/c.txt", "y/b.txt"]),
    ],
)
def test_a_file_below_several_roots_is_given_once_by_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, roots: list[str], expected: list[str]
) -> None:
    make(tmp_path, "x/a.txt", "x/y/b.txt", "x/.h/c.txt", "xy/d.txt")
    (tmp_path / "link").symlink_to("x/y")
    monkeypatch.chdir(tmp_path)
    everything = Selection(hidden=True)
    for absolute in (Path(), tmp_path):
        found = walk([absolute / root for root in roots], everything)
        assert [one.name for one in found] == expected


def test_the_files_of_a_folder_come_together(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", "b.txt", "m/c.txt", "m/d.txt", "x.txt")
    (tmp_path / "y.txt").symlink_to("x.txt")
    found = [one for one in walk_siblings([tmp_path]) if isinstance(one, Siblings)]
    together = [[file.name for file in one.files] for one in found]
    assert together == [["a.txt", "b.txt"], ["m/c.txt", "m/d.txt"], ["x.txt"], ["y.txt"]]
    for one in found:
        assert {f"{Path(file.path).parent}{os.sep}" for file in one.files} == {one.folder}


def test_a_file_that_is_a_root_is_alone_in_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a.txt", "b.txt")
    monkeypatch.chdir(tmp_path)
    for root, folder in ((Path("a.txt"), ""), (tmp_path / "a.txt", f"{tmp_path}{os.sep}")):
        (found,) = walk_siblings([root])
        assert isinstance(found, Siblings)
        assert (found.folder, [file.name for file in found.files]) == (folder, ["a.txt"])


def test_a_hidden_folder_in_another_root_is_read_when_it_is_named(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", ".h/c.txt")
    assert names(tmp_path, tmp_path / ".h") == ["a.txt", "c.txt"]


def test_a_root_that_does_not_exist_is_an_error_before_the_first_file(tmp_path: Path) -> None:
    make(tmp_path, "a.txt")
    with pytest.raises(DocumentError, match=r"missing"):
        next(walk([tmp_path, tmp_path / "missing"]))


def test_links_to_files_are_followed_below_the_root_only(tmp_path: Path) -> None:
    root = tmp_path / "root"
    make(root, "a.txt")
    make(tmp_path, "outside.txt")
    (root / "inside_link.txt").symlink_to(root / "a.txt")
    (root / "outside_link.txt").symlink_to(tmp_path / "outside.txt")
    (root / "broken_link.txt").symlink_to(root / "nothing.txt")
    assert names(root) == ["a.txt", "inside_link.txt"]
    found = reasons(root)
    assert set(found) == {"outside_link.txt", "broken_link.txt"}
    assert "outside the folder" in found["outside_link.txt"]


def test_a_loop_of_links_ends_and_is_named(tmp_path: Path) -> None:
    make(tmp_path, "a/b/c.txt")
    (tmp_path / "a/b/up").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    assert names(tmp_path) == ["a/b/c.txt"]
    found = reasons(tmp_path)
    assert set(found) == {"a/b/up", "self"}
    assert "loop" in found["a/b/up"]


def test_links_to_folders_are_not_followed_and_named_where_something_is_left_out(
    tmp_path: Path,
) -> None:
    root = tmp_path / "root"
    make(root, "a/x.txt", ".hidden/y.txt")
    make(tmp_path, "other/z.txt")
    (root / "again").symlink_to(root / "a", target_is_directory=True)
    (root / "hidden").symlink_to(root / ".hidden", target_is_directory=True)
    (root / "other").symlink_to(tmp_path / "other", target_is_directory=True)
    assert names(root) == ["a/x.txt"]
    assert set(reasons(root)) == {"hidden", "other"}


def test_a_root_that_is_a_link_to_a_folder_is_walked(tmp_path: Path) -> None:
    make(tmp_path, "real/a.txt")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert names(tmp_path / "link") == ["a.txt"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_pipes_and_sockets_are_named_and_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.txt")
        assert names(tmp_path) == ["a.txt"]
        assert set(reasons(tmp_path)) == {"pipe.txt", "socket.txt"}


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are Unicode on this system")
def test_names_that_are_not_utf8_can_be_shown_and_stored(tmp_path: Path) -> None:
    right_to_left = "a\u202etxt.exe".encode()
    for raw in (
        "保险.txt".encode("gb18030"),
        b"\xff\xfe\x80.txt",
        b"new\nline.txt",
        right_to_left,
    ):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + raw)).write_text("内容", encoding="utf-8")
    found = names(tmp_path)
    expected = ["保险.txt", "\\xff\\xfe\\x80.txt", "new\\x0aline.txt", "a\\u202etxt.exe"]
    assert sorted(found) == sorted(expected)
    assert all(name.encode("utf-8").decode("utf-8") == name for name in found)


def test_a_very_deep_folder_is_walked(tmp_path: Path) -> None:
    place = tmp_path
    for _ in range(300):
        place = place / "深"
    place.mkdir(parents=True)
    (place / "a.txt").write_text("内容", encoding="utf-8")
    assert names(tmp_path) == ["深/" * 300 + "a.txt"]


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="no users as POSIX has them")
def test_what_may_not_be_read_is_named() -> None:
    # Root may read everything, so the walk is done by a user who is nobody, outside of tmp_path,
    # which is closed to others.
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        make(root, "open/a.txt", "closed/b.txt", "closed.txt")
        (root / "closed").chmod(0)
        (root / "closed.txt").chmod(0)
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, folder],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"},
            check=False,
        )
        (root / "closed").chmod(0o755)
    assert done.stdout.splitlines() == [
        "closed.txt: no permission to read it",
        "closed/: no permission to read it",
        "open/a.txt: read",
    ], done.stderr


AS_NOBODY = """
import os, sys
from pathlib import Path
from searcher.documents import Skipped, read, read_bytes, walk
from searcher.errors import DocumentError

list(read_bytes("内容".encode(), "a.txt"))  # what is imported late may be closed to nobody
if os.getuid() == 0:
    os.setuid(65534)
for found in walk([Path(sys.argv[1])]):
    if isinstance(found, Skipped):
        print(f"{found.name}: {found.reason}")
        continue
    try:
        print(f"{found.name}: {'read' if list(read(found)) else 'nothing'}")
    except DocumentError as error:
        print(f"{found.name}: {error}")
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_whatever_is_in_a_folder_is_seen_with_the_kernel_and_without(
    tmp_path: Path, engine: str
) -> None:
    for name in ("b.txt", ".hidden.txt", "名字.md", os.fsdecode(b"\xff\xfe.txt"), "a\nb.txt"):
        (tmp_path / name).write_text(name.encode(errors="replace").decode())
    os.utime(tmp_path / "b.txt", ns=(5, 5_234_567_890_123_456_789))  # in a hundred years
    os.utime(tmp_path / "名字.md", ns=(5, -1_500_000_001))  # before 1970
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.txt").touch()
    (tmp_path / ".git").mkdir()
    (tmp_path / "link.txt").symlink_to("b.txt")
    (tmp_path / "broken.txt").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    with using(engine):
        found = list(walk([tmp_path]))
    later = 5_234_567_890_123_456_789

    def changed(name: str) -> int:
        return (tmp_path / name).stat().st_ctime_ns

    files = [one for one in found if isinstance(one, SourceFile)]
    assert [(one.name, one.size, one.changed_ns) for one in files] == [
        ("a\\x0ab.txt", 7, changed("a\nb.txt")),
        ("b.txt", 5, later),
        ("b/c.txt", 0, changed("b/c.txt")),
        ("link.txt", 5, later),
        ("名字.md", 9, changed("名字.md")),
        ("\\xff\\xfe.txt", 6, changed(os.fsdecode(b"\xff\xfe.txt"))),
    ]
    assert [one.name for one in found if isinstance(one, Skipped)] == ["broken.txt", "pipe"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_folder_that_cannot_be_read_is_named_with_the_kernel_and_without(
    tmp_path: Path, engine: str
) -> None:
    with using(engine):
        (tmp_path / "a.txt").touch()
        folder = tmp_path / "folder"
        folder.mkdir()
        folders = walk([tmp_path])
        assert isinstance(next(folders), SourceFile)
        folder.rmdir()
        (gone,) = folders
    assert isinstance(gone, Skipped) and gone.name == "folder/"
