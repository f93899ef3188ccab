"""The fields of an index in a cluster, and its settings.

A document is kept as it is in ``_source``. Beside it are fields that are only searched, made of
tokens that are cut here; the cluster splits them at blanks and does nothing else.

===================  ===============================================================================
``words`` ``grams``  What is ranked by. Each term of title and body once, with how much it counts in
                     place of how often it is there (see ``encoding``), so that the cluster's BM25
                     without lengths is BM25F over both fields.
``title_words`` …    The words of a field, parts of a word at its position: for ``title:``.
``title_grams`` …    The pairs of characters at each character, white space among them: a phrase of
                     them is a string as it stands.
``vocabulary``       The distinct words, for patterns and completions.
===================  ===============================================================================
"""

from typing import Any

from searcher.index.columnar.similarity import SIMILARITY
from searcher.index.fields import BODY, CHANNELS, GRAMS, TITLE, WORDS

# Raise it when the fields or what is in them change.
FORMAT_VERSION = 1

SCALE = 512
"""What the length-normalised frequency of a term is multiplied with, to be a whole number."""

# No folded text has them: NFKC makes other characters of them.
FREQUENCY_MARK, PART_MARK = "\uff5c", "\uff0b"
EVERY = "\uff0a"
"""A term of each document, so that the cluster counts those without a text too."""

_LONGEST_TOKEN = 2048  # UTF-16 units
_LONGEST_PATH = 8000  # the same, of a path that documents are found by
SHARDS, REPLICAS = 1, 1
RETRIES = {"allocation.max_retries": 30}
"""After so many failures the cluster makes no copy of a shard any more until a person asks it to.
After the usual 5, five seconds each, a node that has hung is not yet done with closing the old one.
"""

FIRST = "_primary_first"
"""Whom to ask what was written last. A node that cannot keep the state of the cluster, because its
disk is full, still takes its own copy for one that counts, though it misses what was written.
"""

# What hits and exports show; all else can be made again from it.
KEPT = ("id", "title", "body", "date", "source", "tags", "url", "path", "extra")
SEARCHED = (
    *CHANNELS,
    *(f"{field}_{channel}" for field in (TITLE, BODY) for channel in CHANNELS),
    "vocabulary",
)
# A column of lengths for each text field and channel.
LENGTHS = {
    (field, channel): f"{field}_{channel}_length" for field in (TITLE, BODY) for channel in CHANNELS
}


def field_of(channel: str, only: str | None) -> str:
    """The field of terms of a channel, in one text field or in both."""
    return channel if only is None else f"{only}_{channel}"


def settings(shards: int, replicas: int) -> dict[str, Any]:
    """The settings of a new index."""
    return {
        "index": {"number_of_shards": shards, "number_of_replicas": replicas, **RETRIES},
        # What is written is to be seen when it is whole, so it is said when.
        "refresh_interval": "-1",
        "max_result_window": 10_000,
        "max_regex_length": 100_000,
        "similarity": {
            "impacts": {"type": "BM25", "k1": SIMILARITY.k1 * SCALE, "b": 0.0},
            "lengths": {"type": "BM25", "k1": SIMILARITY.k1, "b": SIMILARITY.b},
        },
        "analysis": {
            "tokenizer": {"blanks": {"type": "whitespace", "max_token_length": _LONGEST_TOKEN}},
            "filter": {
                "frequencies": {"type": "delimited_term_freq", "delimiter": FREQUENCY_MARK},
                "parts": {
                    "type": "pattern_capture",
                    "preserve_original": False,
                    "patterns": [f"([^{PART_MARK}]+)"],
                },
            },
            "analyzer": {
                "tokens": {"type": "custom", "tokenizer": "blanks"},
                "weighed": {"type": "custom", "tokenizer": "blanks", "filter": ["frequencies"]},
                "parted": {"type": "custom", "tokenizer": "blanks", "filter": ["parts"]},
            },
        },
    }


def mappings(meta: dict[str, Any]) -> dict[str, Any]:
    """The fields of a new index.

    Args:
        meta: What is to be known of it.
    """
    only_kept: dict[str, Any] = {"type": "keyword", "index": False, "doc_values": False}
    value: dict[str, Any] = {"type": "keyword"}
    number: dict[str, Any] = {"type": "double"}
    length: dict[str, Any] = {"type": "integer", "index": False}
    weighed: dict[str, Any] = {
        "type": "text",
        "analyzer": "weighed",
        "search_analyzer": "parted",
        "index_options": "freqs",
        "norms": False,
        "similarity": "impacts",
    }
    properties: dict[str, Any] = {
        "id": value,
        **dict.fromkeys(("title", "body", "date", "source", "tags", "url"), only_kept),
        "path": {**value, "ignore_above": _LONGEST_PATH},
        "extra": {"type": "object", "enabled": False},
        "mark": only_kept,
        "part": value,
        "run": value,
        "path_folded": value,
        "source_folded": value,
        "tag_folded": value,
        "source_value": value,
        "tag_value": value,
        "instant": number,
        "local": number,
        "year": {"type": "integer"},
        "month": value,
        "format": value,
        "vocabulary": {"type": "keyword", "index": False},
        **dict.fromkeys(CHANNELS, weighed),
        **dict.fromkeys(LENGTHS.values(), length),
    }
    for field in (TITLE, BODY):
        for channel, analyzer in ((WORDS, "parted"), (GRAMS, "tokens")):
            properties[field_of(channel, field)] = {
                "type": "text",
                "analyzer": analyzer,
                "search_analyzer": analyzer,
                "similarity": "lengths",
            }
    return {
        "dynamic": "strict",
        "_meta": {"searcher": meta},
        "_source": {"excludes": [*SEARCHED, *LENGTHS.values()]},
        "properties": properties,
    }
