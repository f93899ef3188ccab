"""All documents that match, where the ranker gives only the best of them."""

from __future__ import annotations

from collections.abc import Iterable

from searcher.index.columnar.arrays import Ids, Mask
from searcher.index.reader import IndexReader
from searcher.lazy import np
from searcher.query.ranking import Candidates
from searcher.query.sought import CHANNELS, Sought


def with_any(reader: IndexReader, terms: Iterable[Sought], mask: Mask | None) -> Ids:
    """The documents that have a strong term and are allowed, ascending.

    Args:
        reader: The index.
        terms: The terms.
        mask: Which documents are allowed, deleted ones left out; None for all that are there.
    """
    found = np.zeros(reader.capacity, np.bool_)
    for channel, term, _, is_strong in terms:
        if is_strong:
            found[reader.documents_with(CHANNELS[channel], term)] = True
    return np.flatnonzero(found & (reader.live if mask is None else mask))


def as_candidates(reader: IndexReader, documents: Ids) -> Candidates:
    """Documents as the ranker takes them.

    Args:
        reader: The index.
        documents: Their numbers, ascending.
    """
    candidates: Candidates = []
    for at, one in enumerate(reader.segments):
        bounds = (one.first, one.first + one.segment.capacity)
        begin, end = np.searchsorted(documents, bounds).tolist()
        if begin < end:
            candidates.append((at, (documents[begin:end] - one.first).tobytes()))
    return candidates
