"""A short form of what ``python -m tests.hostile`` does."""

import sys
from pathlib import Path

import pytest

from searcher.index.building import DEFAULT_MEMORY
from tests.hostile.indexing import index_folder
from tests.hostile.making import SMALL, make

# Small enough that all of them take some seconds.
TINY = SMALL._replace(size=2 << 20, depth=2_000, members=100, values=5_000, share=0.05)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="no such names, no such memory")
@pytest.mark.parametrize(
    ("kinds", "options", "status"),
    [("[dlnv]*", (), 0), ("[poptz]*", ("--strict",), 1)],
    ids=["texts and names", "archives and PDFs"],
)
def test_hostile_documents_are_read_or_named_within_the_memory(
    tmp_path: Path, kinds: str, options: tuple[str, ...], status: int
) -> None:
    folder = tmp_path / "documents"
    words = make(folder, TINY, kinds)
    outcome = index_folder(folder, tmp_path / "index", words, *options, status=status)
    assert not outcome.defects
    assert outcome.skipped  # much of it is not to be read
    assert 0 < outcome.peak <= DEFAULT_MEMORY << 20
