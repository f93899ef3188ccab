"""Lines have hashes, by which they are known again: those of hashlib, whoever makes them."""

import os
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher.documents import limits
from searcher.documents.linemarks import NO_MARK, lines_of
from searcher.kernel import load
from tests.index.columnar_tools import ENGINES, using

# SHA-256 takes 64 bytes at once, and needs 9 behind a line.
SIZES = [0, 1, 54, 55, 56, 63, 64, 65, 118, 119, 120, 127, 128, 129, 1000, 5000]


@pytest.mark.parametrize("engine", ENGINES)
@given(sizes=st.lists(st.sampled_from(SIZES), max_size=9), is_ended=st.booleans())
def test_each_line_has_its_end_and_its_hash(engine: str, sizes: list[int], is_ended: bool) -> None:
    lines = [os.urandom(size).replace(b"\n", b"\r") for size in sizes]
    data = b"\n".join(lines) + b"\n" * is_ended
    expected = data.removesuffix(b"\n").split(b"\n") if data else []
    with using(engine):
        found = lines_of(data)
    starts = [0, *(end + 1 for end in found.ends.tolist())]
    assert [data[a:b] for a, b in zip(starts, found.ends, strict=False)] == expected
    assert found.hashes == b"".join(sha256(line).digest() for line in expected)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_line_that_is_too_long_has_no_mark(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LARGEST_DOCUMENT", 100)
    with using(engine):
        marks = lines_of(b"a" * 99 + b"\n" + b"b" * 100 + b"\nc").marks()
    assert [mark == NO_MARK for mark in marks.tolist()] == [False, True, False]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_byte_order_mark_is_no_part_of_the_first_line(engine: str) -> None:
    data = b"\xef\xbb\xbf{}\n{}"
    with using(engine):
        first, second = lines_of(data).marks(data).tolist()
        other, _ = lines_of(data).marks().tolist()
    assert first == second != other


def test_the_kernel_hashes_where_the_processor_can() -> None:
    """Else nobody would notice that it does not."""
    kernel = load("lines")
    if kernel is None or "sha_ni" not in _processor():
        pytest.skip("no kernel, or a processor without instructions for it")
    lines = [b"a" * size for size in SIZES]
    _, hashes = kernel.hashes(b"\n".join(lines), 10_000)
    assert hashes == b"".join(sha256(line).digest() for line in lines)


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    return about.read_text(encoding="utf-8") if about.exists() else ""
