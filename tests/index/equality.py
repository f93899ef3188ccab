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


def assert_same(one: Index, other: Index, queries: Iterable[str]) -> None:
    """Compare two indexes."""
    assert documents_of(one) == documents_of(other)
    first, second = (State(index._store).reader for index in (one, other))
    assert first.count == second.count
    for field in CHANNELS:
        assert postings_of(first, field) == postings_of(second, field)
    every = [reader.all_numbers() for reader in (first, second)]
    for field in VALUE_FIELDS:
        counts = []
        for reader, numbers in zip((first, second), every, strict=True):
            mask = reader.live.copy()
            assert numbers.size == mask.sum()
            counts.append(reader.values(field, str).counts(mask))
        assert counts[0] == counts[1], field
    for query in queries:
        hits = [
            [(hit.id, hit.score, hit.path) for hit in index.search(query, limit=None)]
            for index in (one, other)
        ]
        assert hits[0] == hits[1], query
