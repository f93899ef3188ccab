"""The form of the file with the terms and postings of a segment.

Each field has a number, its place in the list ``fields`` of the table of contents, and these
sections, here for number 0::

    0.keys 0.starts 0.tail_starts 0.tails   the terms (see ``columnar.terms``)
    0.postings        posting lists (see ``columnar.postings``); the third column is the size of
                      the posting's value, if that is kept
    0.infos           a record for each term, INFO_DTYPE
    0.weights         the weight of each posting, 4 bytes; left out where all weights are positive
                      whole numbers, which are then the frequencies
    0.values          values (see ``codec.values``), where there are any
    0.value_starts    where those of each term begin, and where the last ones end
"""

from typing import TypedDict

import numpy as np

# What Whoosh wants to know of a term before it reads its postings. Lengths are 0 for none.
INFO_DTYPE = np.dtype(
    [
        ("count", "<u4"),
        ("weight", "<f4"),
        ("max_weight", "<f4"),
        ("min_length", "<u4"),
        ("max_length", "<u4"),
        ("min_id", "<u4"),
        ("max_id", "<u4"),
    ]
)


class FieldMeta(TypedDict):
    """What the table of contents says of a field.

    Attributes:
        name: The field's name.
        capacity: What the document numbers are coded for: the number of documents or more.
        repeats: Whether a document may stand in a list several times. Numbers in a list must
            ascend, so the place in the list is then added to each.
        values: How values are kept.
        size: The bytes of each value, where that is always the same.
        counted: Whether the size of each value is the posting's frequency, and is not kept.
    """

    name: str
    capacity: int
    repeats: bool
    values: str
    size: int
    counted: bool


def prefix(number: int) -> str:
    """What the names of the sections of a field begin with, but for a dot."""
    return str(number)
