"""Names that a terminal would obey, links that lead out, and what is no file."""

import os
import socket
from contextlib import suppress
from pathlib import Path

TEXT = "名称不同寻常的文件，内容是普通的。"
_NAMES = (
    "new\nline.txt",
    "escape\x1b[2J\x1b]0;title\x07.txt",
    "bidi\u202etxt.exe",
    "isolate\u2067\u2069.txt",
    "-rf",
    "--memory=1.txt",
    "*?[a].txt",
    "#1.txt",
    " spaces .txt",
    "%s{0}$HOME`id`.txt",
    "'quotes\".txt",
    "𠮷野家😀.txt",
    "e\u0301" * 40 + ".txt",
    "长" * 80 + ".txt",
)


def write_names(folder: Path) -> None:
    """Files of such names, and links, a pipe and a socket."""
    for name in _NAMES:
        with suppress(OSError):  # a system that does not take it is not harmed by it
            (folder / name).write_text(TEXT, encoding="utf-8")
    with suppress(OSError):
        (folder / os.fsdecode(b"not-utf8-\xff\xfe.txt")).write_text(TEXT, encoding="utf-8")
    deep = folder
    for _ in range(60):
        deep /= "深" * 5
    deep.mkdir(parents=True)
    (deep / "a.txt").write_text(TEXT, encoding="utf-8")
    outside = folder.parent.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "secret.txt").write_text("文件夹之外的秘密", encoding="utf-8")
    for name, target in {
        "out": outside,
        "secret.txt": outside / "secret.txt",
        "passwd.txt": Path("/etc/passwd"),
        "zero.txt": Path("/dev/zero"),
        "process.txt": Path("/proc/self/mem"),
        "root": Path("/"),
        "self": Path("self"),
        "above": folder,
        "nowhere.txt": Path("nowhere"),
    }.items():
        (folder / f"link-{name}").symlink_to(target)
    os.mkfifo(folder / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as bound, suppress(OSError):
        here = Path.cwd()
        try:
            os.chdir(folder)  # a path of a socket is short
            bound.bind("socket.txt")
        finally:
            os.chdir(here)
