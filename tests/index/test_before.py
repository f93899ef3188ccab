"""What a file held before is known by its ids, however many there are."""

from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.index.before import Before
from searcher.index.contents import Documents, Ids

FILE = "文件.jsonl"

ids = st.text("ab#1甲\udcff", min_size=1, max_size=4)


@settings(deadline=None)
@given(
    st.lists(ids, unique=True, max_size=20),
    st.lists(ids, max_size=20),
    st.integers(0, 30),
    st.data(),
)
def test_it_answers_as_a_dictionary_of_all_marks_does(
    documents: list[str], asked: list[str], few: int, data: st.DataObject
) -> None:
    marks = [f"{number:08}".encode() for number in range(len(documents))]
    expected = dict(zip(documents, marks, strict=True))
    before = Before(Documents.of(documents, marks, FILE), FILE, few)
    assert [one for part in before.ids() for one in part] == documents
    if data.draw(st.booleans()):
        before.look_up(asked)
    for one in [*asked, *documents]:
        assert before.mark(one) == expected.get(one, b"")
        assert (one in before) == (one in expected)


@settings(deadline=None)
@given(st.lists(ids, unique=True, max_size=20), st.integers(0, 20), st.integers(0, 20), ids)
def test_ids_are_found_by_their_numbers(
    documents: list[str], first: int, end: int, prefix: str
) -> None:
    found = Ids(Documents.of(documents, [b"document"] * len(documents), FILE), FILE)
    assert len(found) == len(documents)
    end = min(end, len(documents))
    assert found.between(first, end) == documents[first:end]
    assert [one for part in found.parts() for one in part] == documents
    assert found.may_begin(prefix) == any(one.startswith(prefix) for one in documents)


@settings(deadline=None)
@given(st.lists(st.binary(min_size=8, max_size=8), min_size=1, max_size=40), st.data())
def test_marks_come_back_as_they_were_given(lines: list[bytes], data: st.DataObject) -> None:
    names = [f"{number}" for number in range(len(lines))]
    is_by_line = data.draw(st.booleans())
    marks = [b"document" + line if is_by_line else line for line in lines]
    documents = Documents.of(names, marks, FILE)
    expected = [bytes(8) + line if is_by_line else line for line in lines]
    first, end = sorted((data.draw(st.integers(0, len(lines))), len(lines)))
    assert documents.is_by_line == is_by_line
    assert documents.marks_between(first, end) == expected[first:end]
    assert documents.marks_of(range(first, end)) == expected[first:end]


def test_a_file_that_is_a_document_has_its_name_as_id() -> None:
    documents = Documents.of([FILE], [b"document"], FILE)
    assert Ids(documents, FILE).between(0, 1) == [FILE]
    assert Before(documents, FILE, 0).mark(FILE) == b"document"
    assert len(Ids(Documents(), FILE)) == 0
