"""One bad file never stops a batch: it is skipped or read, counted and named."""

import os
from pathlib import Path

import pytest

from searcher import Index, Progress, Report

NOBODY = 65534
LONG_LINE = 50_000_000  # bytes
SECTIONS = LONG_LINE // 1_048_000 + 1  # documents; each ends behind a word


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    folder = tmp_path / "messy"
    (folder / "sub").mkdir(parents=True)
    (folder / "a_good.txt").write_text("核酸筛查的好文档。", encoding="utf-8")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (folder / "broken_utf8.txt").write_bytes(
        "核酸筛查在社区进行，秩序很好。".encode() + b"\xff" + "居民排队，志愿者帮忙。".encode()
    )
    (folder / "broken_front_matter.md").write_text(
        "---\ntitle: [未闭合\n---\n核酸筛查的正文。\n", encoding="utf-8"
    )
    (folder / "empty.txt").write_bytes(b"")
    (folder / "one_line.txt").write_bytes(
        (b"x" * 999 + b" ") * (LONG_LINE // 1000) + "行尾的核酸筛查".encode()
    )
    (folder / "records.jsonl").write_text(
        '{"body": "核酸筛查一"}\n{"body": "核酸筛查二"}\n{"body": 坏\n{"body": "核酸筛查四"}\n',
        encoding="utf-8",
    )
    (folder / "secret.txt").write_text("核酸筛查的秘密。", encoding="utf-8")
    (folder / "sub" / "loop").symlink_to(folder, target_is_directory=True)
    os.mkfifo(folder / "pipe")
    (folder / "vanishing.txt").write_text("核酸筛查，转眼不见。", encoding="utf-8")
    (folder / "z_good.txt").write_text("核酸筛查，最后一篇。", encoding="utf-8")
    (folder / "secret.txt").chmod(0)
    return folder


def sync(index: Index, folder: Path) -> Report:
    """Sync, while one file vanishes and another is read without the superuser's rights."""
    is_superuser = os.geteuid() == 0

    def interfere(progress: Progress) -> None:
        if progress.name == "a_good.txt":
            (folder / "vanishing.txt").unlink(missing_ok=True)
        if is_superuser:
            os.seteuid(NOBODY if progress.name == "secret.txt" else 0)

    return index.sync([folder], progress=interfere, jobs=1)  # all in this process


def test_a_messy_folder(messy: Path, tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        report = sync(index, messy)
        reasons = {skipped.name: skipped.reason for skipped in report.skipped}
        assert set(reasons) == {
            "binary.txt",
            "empty.txt",
            "pipe",
            "records.jsonl#3",
            "secret.txt",
            "sub/loop",
            "vanishing.txt",
        }
        assert "NUL" in reasons["binary.txt"]
        assert "empty" in reasons["empty.txt"]
        assert "line 3" in reasons["records.jsonl#3"]
        assert "permission" in reasons["secret.txt"]
        assert "loop" in reasons["sub/loop"]
        assert "not there" in reasons["vanishing.txt"]
        found = {hit.id for hit in index.search('"核酸筛查"', limit=None)}
        assert found == {
            "a_good.txt",
            "broken_front_matter.md",
            "broken_utf8.txt",
            f"one_line.txt#{SECTIONS}",  # it is too large for one document
            "records.jsonl#1",
            "records.jsonl#2",
            "records.jsonl#4",
            "z_good.txt",
        }
        assert (report.added, report.total) == (7 + SECTIONS, 7 + SECTIONS)
        again = sync(index, messy)
        assert (again.added, again.updated, again.unchanged) == (0, 0, 7 + SECTIONS)
        assert {skipped.name for skipped in again.skipped} == set(reasons) - {"vanishing.txt"}
