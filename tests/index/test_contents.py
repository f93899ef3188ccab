"""The documents of a file are packed as they come, and come back as they were."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.index.contents import UNKNOWN_MARK, CollectedDocuments, Documents

FILE = "文件.jsonl"

ids = st.one_of(st.just(FILE), st.text("ab#1甲\udcff", min_size=1, max_size=5))
batches = st.lists(st.lists(ids, max_size=6), max_size=6)


def marks(documents: list[str], with_line: bool) -> list[bytes]:
    return [
        f"{len(one)}{one!r:x<16.16}".encode()[:8] + b"line mar" * with_line for one in documents
    ]


@settings(deadline=None)
@given(batches, batches, st.booleans())
def test_ids_and_marks_come_back_in_their_order(
    first: list[list[str]], others: list[list[str]], with_line: bool
) -> None:
    collected = CollectedDocuments(FILE)
    for batch in first:
        collected.extend(batch, marks(batch, with_line))
    every = [one for batch in first for one in batch]
    assert len(collected) == len(every)
    found = collected.packed()
    assert found.ids(FILE) == every
    assert found == Documents.of(every, marks(every, with_line), FILE)
    more = [one for batch in others for one in batch]
    together = collected.with_others(more, marks(more, with_line))
    assert together.ids(FILE) == [*every, *more]
    assert together.size == len(every) + len(more)
    assert collected.packed() == found  # they were not taken


def test_the_mark_of_a_line_is_kept_in_the_place_of_that_of_its_document() -> None:
    found = Documents.of(["a", "b"], [b"document" + b"the line", b"document" + b"the next"], FILE)
    assert found.is_by_line
    assert found.by_id(FILE) == {"a": UNKNOWN_MARK + b"the line", "b": UNKNOWN_MARK + b"the next"}


def test_where_only_some_lines_have_marks_documents_have_theirs() -> None:
    found = Documents.of(["a", "b"], [b"document" + b"the line", b"another "], FILE)
    assert not found.is_by_line
    assert found.by_id(FILE) == {"a": b"document", "b": b"another "}


def test_a_mark_for_each_is_needed() -> None:
    with pytest.raises(ValueError, match=r"标记与 id 的个数须相同|as many marks as ids"):
        Documents.of(["a", "b"], [b"document"], FILE)


def test_a_document_takes_some_dozen_bytes_while_its_file_is_read() -> None:
    collected = CollectedDocuments("folder/file.jsonl")
    tracemalloc.start()
    try:
        for first in range(0, 200_000, 1000):
            some = [f"folder/file.jsonl#{first + at}" for at in range(1000)]
            collected.extend(some, [b"document" + b"the line"] * 1000)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 40 * 200_000
