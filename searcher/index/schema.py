"""The Whoosh schema: which fields the index has and how they are kept."""

from collections.abc import Generator, Mapping
from typing import Any

import numpy as np
from whoosh.analysis.analyzers import CompositeAnalyzer
from whoosh.analysis.tokenizers import IDTokenizer
from whoosh.columns import CompressedBytesColumn, FixedBytesColumn, VarBytesColumn
from whoosh.fields import COLUMN, FieldType, Schema
from whoosh.formats import Existence

# Text fields, each in two channels.
TITLE, BODY = "title", "body"
TEXT_FIELDS = (TITLE, BODY)
WORDS, GRAMS = "words", "grams"
CHANNELS = (WORDS, GRAMS)

# Fields with whole values as terms, just as the document has them.
ID, PATH, SOURCE, TAG = "id", "path", "source", "tag"

# Columns.
DOCUMENT, NUMBERS, ID_COLUMN = "document", "numbers", "id_column"

# What ranking, filters and sorting need of each document, in one column to be read at one go.
NUMBERS_DTYPE = np.dtype(
    [
        ("title_words", "<u4"),  # field lengths in terms
        ("title_grams", "<u4"),
        ("body_words", "<u4"),
        ("body_grams", "<u4"),
        ("instant", "<f8"),  # seconds since 1970; NaN for a document without a date
        ("local", "<f8"),  # the same as the clock showed it where it was written
        ("mark", "<u4"),  # NUMBERS_MARK, since Whoosh fills a column that is cut off with zeros
    ]
)
NUMBERS_MARK = 0x5EA2C4E2


def channel_field(field: str, channel: str) -> str:
    """The name under which one channel of a text field is indexed, such as ``body_grams``."""
    return f"{field}_{channel}"


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
    fields: dict[str, FieldType] = {
        channel_field(field, channel): TermCounts() for field in TEXT_FIELDS for channel in CHANNELS
    }
    for name in (ID, PATH, SOURCE, TAG):
        fields[name] = TermCounts()
    fields[DOCUMENT] = COLUMN(CompressedBytesColumn(level=6))
    fields[NUMBERS] = COLUMN(FixedBytesColumn(NUMBERS_DTYPE.itemsize))
    fields[ID_COLUMN] = COLUMN(VarBytesColumn())
    return Schema(**fields)
