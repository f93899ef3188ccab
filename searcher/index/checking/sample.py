"""Documents cut again: whether their terms are those by which they are found."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from searcher.documents.model import Document
from searcher.index.checking.segments import Seen
from searcher.index.checking.terms import stretches
from searcher.index.columnar.segment import EXTENSION, ColumnarSegment
from searcher.index.fields import CHANNELS, PATH, VALUE_FIELDS
from searcher.index.prepare import storable
from searcher.index.worker import build_segment
from searcher.lazy import np
from searcher.text import Analyzer

_AT_ONCE = 1000  # documents


def differing(
    segment: ColumnarSegment, numbers: Sequence[int], seen: Seen, analyzer: Analyzer
) -> list[str]:
    """The ids of documents of a segment that have other terms than are found for them.

    Args:
        segment: The segment.
        numbers: The documents.
        seen: What is found for them.
        analyzer: What has cut them.

    Raises:
        ValueError: They cannot be read.
    """
    found: list[str] = []
    for first in range(0, len(numbers), _AT_ONCE):
        some = numbers[first : first + _AT_ONCE]
        documents = [segment.record(number).document() for number in some]
        again = _cut(documents, analyzer)
        for at, (number, document) in enumerate(zip(some, documents, strict=True)):
            # Postings have the path that a document had when its segment was written.
            names = [*CHANNELS, *VALUE_FIELDS]
            if number in segment.moved:
                names.remove(PATH)
            if any(
                seen.terms.get((name, number), {}) != again.terms.get((name, at), {})
                for name in names
            ):
                found.append(document.id)
    return found


def _cut(documents: list[Document], analyzer: Analyzer) -> Seen:
    """What would be found for these documents, by their places, if they were indexed now."""
    seen = Seen(np.ones(len(documents), np.bool_))
    with tempfile.TemporaryDirectory(prefix="searcher-check-") as scratch:
        path = Path(scratch) / f"again{EXTENSION}"
        build_segment([storable(document) for document in documents], analyzer, b"", path)
        segment = ColumnarSegment(path)
        for name in (*CHANNELS, *VALUE_FIELDS):
            for terms, lists, _ in stretches(segment, name):
                seen.take(name, terms, lists)
    return seen
