"""Which file has a document is known of all of them, however few ids are kept as they are."""

import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.index.owners import Owners

ids = st.text("ab#1甲", min_size=1, max_size=4)
files = st.sampled_from(["a.jsonl", "b.jsonl", "c.jsonl"])
steps = st.one_of(
    st.tuples(st.just("take"), st.lists(ids, unique=True, max_size=12), files),
    st.tuples(st.just("take one"), st.lists(ids, min_size=1, max_size=1), files),
    st.tuples(st.just("look up"), st.lists(ids, max_size=12), files),
)


@settings(deadline=None)
@given(st.integers(1, 8), st.lists(steps, max_size=40), st.lists(ids, max_size=12))
def test_it_answers_as_a_dictionary_of_all_ids_does(
    recent: int, history: list[tuple[str, list[str], str]], asked: list[str]
) -> None:
    owners, expected = Owners(recent), dict[str, str]()
    for kind, documents, file in history:
        if kind == "look up":
            owners.look_up(documents)
        elif owners.are_new(documents):  # what has a file keeps it
            if kind == "take":
                owners.update(documents, file)
            else:
                owners[documents[0]] = file
            expected.update(dict.fromkeys(documents, file))
        every = [*documents, *asked]
        assert [owners.get(one) for one in every] == [expected.get(one) for one in every]
        assert [one in owners for one in every] == [one in expected for one in every]
        assert owners.without(every) == [one for one in every if one not in expected]
        is_new = len(set(every)) == len(every) and expected.keys().isdisjoint(every)
        assert owners.are_new(every) == is_new


def test_documents_with_one_hash_in_common_are_told_apart() -> None:
    class Same(str):
        """An id whose first hash is that of all others, as the second one is not."""

        def __hash__(self) -> int:
            return 1

    owners = Owners(1)
    owners.update([Same("a"), Same("b"), Same("c")], "file")
    owners.look_up([])
    assert [owners.get(Same(one)) for one in "abcd"] == ["file", "file", "file", None]


def test_a_document_takes_some_dozen_bytes() -> None:
    owners = Owners(1000)
    tracemalloc.start()
    try:
        for first in range(0, 200_000, 1000):
            owners.update([f"folder/file.jsonl#{first + at}" for at in range(1000)], "file")
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 40 * 200_000
