"""Names and texts that are written to command a terminal never do, whatever they come from."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import command_line, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")

# What sets colours and moves the cursor for the bar is ours; all of it begins with ESC and [.
OURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
OBEYED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)
EVIL = "\x1b]0;owned\x07\x9b2J\u202e倒\u2066过\u061c来\x08\u200f"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every name and every text is hostile."""
    home = tmp_path_factory.mktemp("hostile")
    folder = home / "folder"
    folder.mkdir()
    record = {
        "id": f"id{EVIL}",
        "title": f"标题{EVIL}",
        "body": f"核酸{EVIL}检测。",
        "source": f"来源{EVIL}",
        "tags": [f"标签{EVIL}"],
        "url": f"https://example.com/{EVIL}",
        f"键{EVIL}": f"值{EVIL}",
    }
    lines = [json.dumps(record, ensure_ascii=False), f'{{"{EVIL}', json.dumps({"title": EVIL})]
    (folder / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    evil_name = EVIL.replace("/", "")
    (folder / f"{evil_name}.txt").write_text(f"核酸{EVIL}\n\n正文。", encoding="utf-8")
    (folder / f"{evil_name}\n.md").write_text(
        f"---\ntitle: [{EVIL}\n---\n# 核酸{EVIL}\n\n正文{EVIL}。", encoding="utf-8"
    )
    (folder / f"empty{evil_name}.txt").write_bytes(b"")
    (folder / f"broken{evil_name}.json").write_text(f'{{"{EVIL}": {EVIL}', encoding="utf-8")
    os.mkfifo(folder / f"pipe{evil_name}")
    (folder / f"link{evil_name}").symlink_to(f"/nothing{EVIL}")
    with zipfile.ZipFile(folder / f"z{evil_name}.zip", "w") as archive:
        archive.writestr(f"核酸{evil_name}.txt", f"核酸{EVIL}在压缩包里。")
        archive.writestr(f"p{evil_name}.png", b"\x89PNG")
        archive.writestr("b.docx", "PK\x03\x04")
    return home


def on_terminal(*arguments: str, cwd: Path) -> str:
    """All that a command writes to a terminal, on stdout and stderr."""
    import pty
    import termios

    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 100))
    with subprocess.Popen(
        command_line(arguments), cwd=cwd, env=environment(), stdout=slave, stderr=slave
    ) as process:
        os.close(slave)
        chunks: list[bytes] = []
        while True:
            try:
                chunk = os.read(master, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not chunk:
                break
            chunks.append(chunk)
        process.wait(timeout=60)
    os.close(master)
    return b"".join(chunks).decode()


COMMANDS = [
    ("index", "--verbose", "folder"),
    ("search", "核酸"),
    ("search", "核酸", "--explain", "--facet", "source"),
    ("search", "核酸", "--json"),
    ("search", f"nothing{EVIL}"),
    ("search", "核酸", "--source", EVIL),
    ("show", f"missing{EVIL}"),
    ("analyze", f"核酸{EVIL}"),
    ("status",),
    ("index", f"missing{EVIL}"),
    (f"command{EVIL}",),
    ("search", f"--option{EVIL}"),
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=range(len(COMMANDS)))
def test_no_command_lets_a_name_or_a_text_command_the_terminal(
    home: Path, arguments: tuple[str, ...]
) -> None:
    if not (home / "index").exists():
        on_terminal("index", "folder", cwd=home)
    shown = OURS.sub("", on_terminal(*arguments, cwd=home))
    assert shown.strip()
    assert not OBEYED.search(shown), ascii(shown)


def test_every_document_is_shown_without_what_a_terminal_obeys(home: Path) -> None:
    if not (home / "index").exists():
        on_terminal("index", "folder", cwd=home)
    done = subprocess.run(
        command_line(("search", "核酸", "--json", "-n", "all")),
        cwd=home,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert not OBEYED.search(done.stdout)
    ids = [json.loads(line)["id"] for line in done.stdout.splitlines()]
    assert len(ids) == 3  # the Markdown file has too many control bytes to be a text
    for id in ids:
        for options in ((), ("--json",)):
            shown = OURS.sub("", on_terminal("show", id, *options, cwd=home))
            assert "核酸" in shown
            assert not OBEYED.search(shown), ascii(shown)
