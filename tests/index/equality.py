"""Whether two indexes are the same: every document, every term, every score."""

from collections.abc import Iterable

from searcher import Document, Index
from searcher.api.state import State
from searcher.index.fields import CHANNELS, VALUE_FIELDS
from searcher.index.reader import IndexReader

Postings = dict[str, tuple[tuple[str, int, int], ...]]


def documents_of(index: Index) -> dict[str, Document]:
    """All documents by their ids."""
    documents = list(index.documents())
    by_id = {document.id: document for document in documents}
    assert len(by_id) == len(documents), "an id is there twice"
    return by_id


def postings_of(reader: IndexReader, field: str) -> Postings:
    """For each term the ids of the documents that have it, with the frequencies."""
    found: Postings = {}
    for term in reader.terms(field):
        postings = reader.postings(field, term)
        rows = zip(
            map(reader.document_id, postings.documents.tolist()),
            postings.frequencies.tolist(),
            postings.titles.tolist(),
            strict=True,
        )
        if postings.documents.size:
            found[term] = tuple(sorted(rows))
    return found


def picture_of(index: Index, queries: Iterable[str]) -> dict[str, object]:
    """All that an index has and finds, in an order that does not depend on how it was made."""
    reader = State(index._store).reader
    every = reader.all_numbers()
    mask = reader.live.copy()
    assert every.size == mask.sum() == reader.count
    return {
        "documents": documents_of(index),
        **{field: postings_of(reader, field) for field in CHANNELS},
        **{field: reader.values(field, str).counts(mask) for field in VALUE_FIELDS},
        "hits": {
            query: [(hit.id, hit.score, hit.path) for hit in index.search(query, limit=None)]
            for query in queries
        },
    }


def assert_same(one: Index, other: Index, queries: Iterable[str]) -> None:
    """Compare two indexes."""
    assert_like(one, picture_of(other, queries), queries)


def assert_like(index: Index, picture: dict[str, object], queries: Iterable[str]) -> None:
    """Compare an index with the picture of one."""
    found = picture_of(index, queries)
    for name, expected in picture.items():
        assert found[name] == expected, name
