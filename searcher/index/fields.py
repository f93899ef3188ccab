"""The names of the index's fields. This module loads nothing, so any other may use it."""

# Text fields, whose terms are counted apart ...
TITLE, BODY = "title", "body"
TEXT_FIELDS = (TITLE, BODY)
# ... in two channels. A posting of a channel has the count in both fields together and, of that,
# the count in the title.
WORDS, GRAMS = "words", "grams"
CHANNELS = (WORDS, GRAMS)

# Fields with whole values as terms, just as the document has them.
PATH, SOURCE, TAG = "path", "source", "tag"
VALUE_FIELDS = (PATH, SOURCE, TAG)

# Columns.
ID, DOCUMENT = "id", "document"


def length_column(field: str, channel: str) -> str:
    """The name of the column with the lengths of a text field in terms of a channel."""
    return f"{field}_{channel}"
