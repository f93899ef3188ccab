"""BM25F: one score for a term over several fields.

The simple BM25F of Robertson and Zaragoza, *The Probabilistic Relevance Framework: BM25 and
Beyond* (2009), section 3.6: the frequencies of a term in the fields are normalised by the fields'
lengths, weighted, added up, and only then saturated::

    tf'   = Σ_f  weight_f · tf_f / (1 - b + b · length_f / average length_f)
    score = idf · tf' / (k1 + tf')

with the idf of Lucene, ``log(1 + (N - n + 0.5) / (n + 0.5))``, which is never negative.
A term found in both channels counts in both. The factor ``k1 + 1`` that some write in front
changes no order and is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log

from searcher.index.columnar.arrays import Floats, Ids
from searcher.index.columnar.similarity import SIMILARITY, FieldLengths, Similarity, norms
from searcher.index.fields import BODY, GRAMS, TITLE, WORDS, length_column
from searcher.index.reader import IndexReader
from searcher.lazy import np


@dataclass(frozen=True, slots=True)
class Parameters:
    """What can be set in the ranking. The defaults are measured: ``tests/relevance/README.md``.

    Attributes:
        k1: How soon repeated terms stop counting.
        b: How much long fields are held back, 0 to 1.
        fields: The weight of each text field.
        channels: The weight of each channel.
        questions: The weight of question words.
        longer: The weight of words of three Han characters and more, as words.
        across: The weight of pairs of characters that two words share.
        characters: The weight of single characters in the closer look at the best documents.
        sentence: The weight of the sentence that has most of them.
    """

    k1: float = SIMILARITY.k1
    b: float = SIMILARITY.b
    fields: dict[str, float] = field(default_factory=lambda: {TITLE: 1.0, BODY: 1.0})
    channels: dict[str, float] = field(default_factory=lambda: {WORDS: 1.0, GRAMS: 1.0})
    questions: float = 0.1
    longer: float = 0.5
    across: float = 0.5
    characters: float = 0.5
    sentence: float = 0.2

    @classmethod
    def plain(cls) -> Parameters:
        """BM25F as textbooks have it, over both channels, and nothing else."""
        return cls(k1=1.2, questions=1.0, longer=1.0, across=1.0, characters=0.0, sentence=0.0)

    @property
    def similarity(self) -> Similarity:
        """What of them does not depend on the channel."""
        return Similarity(self.k1, self.b, self.fields[TITLE], self.fields[BODY])


@dataclass(frozen=True, slots=True)
class TermScores:
    """The scores of one term.

    Attributes:
        documents: The numbers of the documents that have it, ascending.
        scores: Their scores, of the same shape.
        idf: The term's inverse document frequency.
    """

    documents: Ids
    scores: Floats
    idf: float


def idf(count: int, document_frequency: int) -> float:
    """Lucene's inverse document frequency, from the number of documents and of those with it."""
    return log(1 + (count - document_frequency + 0.5) / (document_frequency + 0.5))


class Scorer:
    """Scores all documents that have a term, over one state of an index."""

    def __init__(self, reader: IndexReader, parameters: Parameters) -> None:
        """Take the index; the lengths of its fields are read when they are first needed."""
        self._reader = reader
        self.parameters = parameters
        self._similarity = parameters.similarity
        self._lengths: dict[str, FieldLengths] = {}

    def score(
        self, terms: Sequence[str], channel: str, only: str | None = None, weight: float = 1.0
    ) -> TermScores:
        """The scores of a term, or of several taken for one, such as those of a prefix.

        Args:
            terms: The terms that count as one.
            channel: The channel to look in.
            only: The text field to look in; None for all.
            weight: What the scores are multiplied with.
        """
        found = [self._counts(term, channel) for term in terms]
        if len(found) == 1:
            documents, titles, bodies = found[0]
        else:
            documents, titles, bodies = self._united(found)
        if only is not None:
            kept = (titles if only == TITLE else bodies) > 0
            documents, titles, bodies = documents[kept], titles[kept], bodies[kept]
        x = np.zeros(documents.size)
        for name, counts in ((TITLE, titles), (BODY, bodies)):
            if only in (None, name) and counts.any():
                field_norms = norms(self._similarity, self._field(name, channel), documents)
                x += self.parameters.fields[name] * counts * field_norms
        term_idf = idf(self._reader.count, documents.size)
        weight = weight * self.parameters.channels[channel] * term_idf
        return TermScores(documents, weight * (x / (self.parameters.k1 + x)), term_idf)

    def _counts(self, term: str, channel: str) -> tuple[Ids, Ids, Ids]:
        if channel == GRAMS and len(term) == 1:
            postings = self._reader.postings_with_prefix(channel, term)
        else:
            postings = self._reader.postings(channel, term)
        return postings.documents, postings.titles, postings.frequencies - postings.titles

    def _united(self, found: Sequence[tuple[Ids, Ids, Ids]]) -> tuple[Ids, Ids, Ids]:
        titles, bodies = (np.zeros(self._reader.capacity, np.int64) for _ in range(2))
        for documents, in_title, in_body in found:
            titles[documents] += in_title
            bodies[documents] += in_body
        united = np.flatnonzero(titles + bodies)
        return united, titles[united], bodies[united]

    def _field(self, name: str, channel: str) -> FieldLengths:
        column = length_column(name, channel)
        if column not in self._lengths:
            average = self._reader.average_length(column)
            self._lengths[column] = FieldLengths(self._reader.lengths(column), average)
        return self._lengths[column]
