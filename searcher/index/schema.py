"""The Whoosh schema: which fields the index has."""

from collections.abc import Generator, Mapping
from typing import Any

from whoosh.analysis.analyzers import CompositeAnalyzer
from whoosh.analysis.tokenizers import IDTokenizer
from whoosh.columns import VarBytesColumn
from whoosh.fields import COLUMN, FieldType, Schema
from whoosh.formats import Existence

from searcher.index.fields import CHANNELS, DOCUMENT, ID, VALUE_FIELDS


class TermCounts(FieldType):
    """A field whose terms have been counted before: its value is a mapping term → count.

    The count is kept as the posting's weight, so a posting needs no value of its own.
    """

    def __init__(self) -> None:
        """Take nothing: the field is indexed, not stored. Its analyzer is never asked."""
        super().__init__(format=Existence(), analyzer=CompositeAnalyzer(IDTokenizer()))

    def index(
        self, value: Mapping[str, int], **_: Any
    ) -> Generator[tuple[bytes, int, float, bytes], Any, None]:
        """The field's terms as Whoosh wants them: (term, frequency, weight, value)."""
        for term, count in value.items():
            yield term.encode("utf-8"), count, float(count), b""


def make_schema() -> Schema:
    """The schema of a new index."""
    fields: dict[str, FieldType] = {name: TermCounts() for name in (*CHANNELS, *VALUE_FIELDS)}
    fields[DOCUMENT] = COLUMN(VarBytesColumn())
    fields[ID] = COLUMN(VarBytesColumn())
    return Schema(**fields)
