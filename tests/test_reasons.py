"""What the system and other libraries complain of is told in the reader's language."""

import bz2
import errno
import gzip
import io
import json
import lzma
import os
import tomllib
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from searcher import Index
from searcher.reasons import library_reason, system_reason


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "zh_CN")


def zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a", data)
    return file.getvalue()


def raised(call: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as caught:
        call()
    assert isinstance(caught.value, Exception)
    return caught.value


PACKED = zlib.compress(b"abc" * 1000)
TEXTS = ['{"a" 1}', "[1 2]", "{a: 1}", "1 2", '{"a": "b', '["\x01"]', '["\\x"]', '["\\u12"]', "{"]
FAULTS: list[Callable[[], object]] = [
    *(lambda text=text: json.loads(text) for text in TEXTS),
    lambda: zlib.decompress(PACKED[:-5]),
    lambda: zlib.decompress(PACKED[:-4] + b"abcd"),
    lambda: zlib.decompress(b"no such data"),
    lambda: gzip.decompress(b"no gzip"),
    lambda: gzip.decompress(gzip.compress(b"a" * 99)[:-4]),
    lambda: gzip.decompress(gzip.compress(b"a")[:-8] + b"12345678"),
    lambda: bz2.decompress(b"no bzip2 at all"),
    lambda: bz2.decompress(bz2.compress(b"a" * 99)[:-4]),
    lambda: lzma.decompress(b"no such data at all"),
    lambda: lzma.decompress(lzma.compress(b"a" * 99)[:-4]),
    lambda: zipfile.ZipFile(io.BytesIO(b"no zip")),
    lambda: zipfile.ZipFile(io.BytesIO(zipped(b"abc").replace(b"abc", b"abd"))).read("a"),
    *(lambda text=text: tomllib.loads(text) for text in ("a", "a =", '"b', "[a", "a = 1\na = 2")),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_libraries_speak_the_language_of_the_reader(
    fault: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    error = raised(fault)
    said = library_reason(error)
    assert said != str(error) and any("\u4e00" <= char <= "\u9fff" for char in said), said
    monkeypatch.setenv("LANGUAGE", "en")
    assert library_reason(error) == " ".join(str(error).split())


def test_the_system_speaks_the_language_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert system_reason(full) == "磁盘空间已满"
    assert library_reason(full) == "磁盘空间已满"
    monkeypatch.setenv("LANGUAGE", "en")
    assert system_reason(full) == os.strerror(errno.ENOSPC)
    assert system_reason(OSError(errno.ENOENT, "x")) == "no such file or folder"
    # What is not common is told as the system tells it, and what has no number as it is.
    assert system_reason(OSError(errno.ENOTTY, "not a typewriter")) == "not a typewriter"
    assert system_reason(OSError("of a library")) == "of a library"


def test_a_broken_line_and_a_broken_archive_are_told_in_chinese(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "1", "body": "核酸"}\n{"id" "2"}\n', encoding="utf-8")
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(b"abc" * 99)[:-4])
    (tmp_path / "c.zip").write_bytes(zipped(b"abc").replace(b"abc", b"abd"))
    with Index.open(tmp_path / "index", create=True) as index:
        reasons = {one.reason for one in index.sync([tmp_path]).skipped}
    assert len(reasons) == 3
    assert any("JSON 有误，第 7 列：此处应有冒号" in reason for reason in reasons)
    for reason in reasons:
        rest = reason
        for name in ("JSON", "gzip", "zip"):
            rest = rest.replace(name, "")
        assert not [char for char in rest if char.isascii() and char.isalpha()], reason
