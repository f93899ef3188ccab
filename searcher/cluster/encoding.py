"""A document → what an index in a cluster keeps of it, in tokens that are cut here.

BM25F adds the length-normalised frequencies of a term in title and body, and then saturates the
sum ``x`` as ``x / (k1 + x)``. The cluster would keep lengths in one byte and saturate fields one by
one. So ``x`` is worked out here, and a term is sent with it in place of its frequency, as a whole
number of ``1 / SCALE``: the cluster's BM25 with ``b = 0`` then gives the score of BM25F.

``x`` takes the average lengths, which are those of the first documents (``Averages``) and stay as
they are until the index is built anew.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import MAXYEAR
from hashlib import sha256
from typing import Any, NamedTuple

from searcher.cluster.schema import EVERY, FREQUENCY_MARK, LENGTHS, PART_MARK, SCALE, field_of
from searcher.documents.endings import format_of
from searcher.documents.model import Document
from searcher.index.columnar.similarity import SIMILARITY
from searcher.index.dates import date_numbers
from searcher.index.fields import BODY, GRAMS, TITLE, WORDS
from searcher.text import Analyzer, Token, gram_counts

_LONGEST_ID = 512  # bytes
_HASHED = "sha256:"  # what a hash begins with
_HALF = re.compile("[\ud800-\udfff]")  # of a surrogate pair: no document has it
_STEPS = (".", "..")  # ids that would be steps of a path, in what is asked of one document
_LONGEST_VALUE = 3500  # characters of a value that is looked for as a whole
# White space that is left of all when a text is folded, as tokens have it.
_SPACES = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\u1680\u2028\u2029"
_VISIBLE = {ord(space): chr(0xFF11 + number) for number, space in enumerate(_SPACES)}
_LEAST = 1e-9  # of a norm


@dataclass(frozen=True, slots=True)
class Averages:
    """The average lengths that documents are weighed by, of documents that have the field."""

    title_words: float = 1.0
    body_words: float = 1.0
    title_grams: float = 1.0
    body_grams: float = 1.0

    def of(self, field: str, channel: str) -> float:
        """The average length of a field in terms of a channel."""
        average: float = getattr(self, field_of(channel, field))
        return average

    def to_json(self) -> dict[str, float]:
        """The same as JSON values."""
        return asdict(self)


class CutText(NamedTuple):
    """A text field in terms.

    Attributes:
        folded: The text, folded.
        words: How often each word is there.
        grams: How often each pair of characters is there.
        tokens: The words where they stand.
    """

    folded: str
    words: Counter[str]
    grams: Counter[str]
    tokens: list[Token]

    def length(self, channel: str) -> int:
        """How long it is in words, or in pairs of characters."""
        if channel == WORDS:
            return self.words.total()
        return sum([count for gram, count in self.grams.items() if len(gram) > 1])


class CutDocument(NamedTuple):
    """A document and its texts in terms."""

    document: Document
    mark: bytes
    title: CutText
    body: CutText


def cut(document: Document, mark: bytes, analyzer: Analyzer) -> CutDocument:
    """Cut the texts of a checked document."""
    return CutDocument(
        document, mark, _cut(document.title, analyzer), _cut(document.body, analyzer)
    )


class LengthSums:
    """Sums of the lengths of documents, of which averages are made."""

    def __init__(self) -> None:
        """Begin without a document."""
        self._sums: Counter[str] = Counter()
        self._filled: Counter[str] = Counter()

    def add(self, one: CutDocument) -> None:
        """Take a document."""
        lengths = _lengths(one)
        self._sums.update(lengths)
        self._filled.update(lengths.keys())

    def averages(self) -> Averages:
        """The average lengths of all that were taken."""
        sums, filled = self._sums, self._filled
        return Averages(
            **{
                field_of(channel, field): sums[name] / filled[name] if filled[name] else 1.0
                for (field, channel), name in LENGTHS.items()
            }
        )


def key_of(document_id: str) -> str:
    """What the cluster calls a document: its id, or a hash where that cannot be."""
    data = document_id.encode("utf-8", "surrogatepass")
    is_possible = len(data) <= _LONGEST_ID and document_id not in _STEPS
    if is_possible and not document_id.startswith(_HASHED) and not _HALF.search(document_id):
        return document_id
    return f"{_HASHED}{sha256(data).hexdigest()}"


def kept_fields(document: Document, mark: bytes) -> dict[str, Any]:
    """What is kept of a document as it is."""
    kept: dict[str, Any] = {
        "id": document.id,
        "title": document.title,
        "body": document.body,
        "mark": mark.hex(),
    }
    if document.date is not None:
        kept["date"] = document.date.isoformat()
    for name in ("source", "url", "path"):
        value = getattr(document, name)
        if value is not None:
            kept[name] = value
    if document.tags:
        kept["tags"] = list(document.tags)
    if document.extra:
        kept["extra"] = dict(document.extra)
    return kept


def encoded(one: CutDocument, averages: Averages, analyzer: Analyzer) -> dict[str, Any]:
    """All fields of a document, as JSON values."""
    document = one.document
    values = kept_fields(document, one.mark)
    values |= _values(document, analyzer)
    values |= _lengths(one)
    for channel in (WORDS, GRAMS):
        values[channel] = _weighed(one, channel, averages)
    for field, text in ((TITLE, one.title), (BODY, one.body)):
        values[field_of(WORDS, field)] = _word_tokens(text.tokens)
        values[field_of(GRAMS, field)] = gram_tokens(text.folded)
    values["vocabulary"] = sorted({*one.title.words, *one.body.words})
    return values


def to_line(values: dict[str, Any]) -> str:
    """Fields as a line of JSON."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def gram_tokens(folded: str) -> str:
    """A folded text as pairs of characters: one at each character, white space among them.

    A phrase of them is found where the text has the string.
    """
    text = folded.translate(_VISIBLE)
    return " ".join(map(str.__add__, text, [*text[1:], ""]))


def phrase_tokens(folded: str) -> str:
    """What ``gram_tokens`` has for each text that contains a string of two characters or more."""
    text = folded.translate(_VISIBLE)
    return " ".join(map(str.__add__, text, text[1:]))


def token_of(term: str) -> str:
    """A term as a token: without the blanks that a phrase of the user's dictionary may have."""
    return term.translate(_VISIBLE) if " " in term else term


def value_of(value: str) -> str:
    """A value as far as it is looked for."""
    return value[:_LONGEST_VALUE]


def _cut(text: str, analyzer: Analyzer) -> CutText:
    folded = analyzer.folding.fold(text)
    tokens = list(analyzer.words(folded)) if folded else []
    words = Counter([token.term for token in tokens])
    return CutText(folded, words, gram_counts(folded) if folded else Counter(), tokens)


def _lengths(one: CutDocument) -> dict[str, int]:
    texts = {TITLE: one.title, BODY: one.body}
    lengths = {name: texts[field].length(channel) for (field, channel), name in LENGTHS.items()}
    # Averages are those of documents that have the field.
    return {name: length for name, length in lengths.items() if length}


def _weighed(one: CutDocument, channel: str, averages: Averages) -> str:
    """The terms of a channel, each with how much it counts."""
    sums: dict[str, float] = {}
    for field, text in ((TITLE, one.title), (BODY, one.body)):
        counts = text.words if channel == WORDS else text.grams
        relative = text.length(channel) / averages.of(field, channel)
        norm = max(1.0 - SIMILARITY.b + SIMILARITY.b * relative, _LEAST)
        weight = (SIMILARITY.title if field == TITLE else SIMILARITY.body) * SCALE / norm
        for term, count in counts.items():
            sums[term] = sums.get(term, 0.0) + weight * count
    if channel == GRAMS:
        # A single character is looked for as the sum of all pairs that begin with it.
        singles: dict[str, float] = {}
        for gram, worth in sums.items():
            singles[gram[0]] = singles.get(gram[0], 0.0) + worth
        sums |= singles
    parts = [
        f"{term if ' ' not in term else token_of(term)}{FREQUENCY_MARK}{int(worth + 0.5) or 1}"
        for term, worth in sums.items()
    ]
    parts.append(EVERY)
    return " ".join(parts)


def _word_tokens(tokens: Iterable[Token]) -> str:
    """Words at their positions, those of one position as the parts of one token."""
    groups: dict[int, list[str]] = {}
    for token in tokens:
        term, _, _, position = token
        groups.setdefault(position, []).append(term if " " not in term else token_of(term))
    return " ".join(map(PART_MARK.join, groups.values()))


def _values(document: Document, analyzer: Analyzer) -> dict[str, Any]:
    """What is filtered and counted by."""
    fold = analyzer.folding.fold
    values: dict[str, Any] = {}
    if document.path is not None:
        values["path_folded"] = value_of(fold(document.path))
        values["format"] = format_of(document.path)
    if document.source:
        folded = value_of(fold(document.source))
        values["source_folded"] = folded
        values["source_value"] = f"{folded}\x00{value_of(document.source)}"
    if document.tags:
        tags: dict[str, str] = {}
        for tag in document.tags:
            tags.setdefault(value_of(fold(tag)), tag)
        values["tag_folded"] = list(tags)
        values["tag_value"] = [f"{one}\x00{value_of(tag)}" for one, tag in tags.items()]
    if document.date is not None:
        instant, local = date_numbers(document.date)
        year = min(document.date.year, MAXYEAR)
        values |= {"instant": instant, "local": local, "year": year}
        values["month"] = f"{document.date.year:04}-{document.date.month:02}"
    return values
