"""BM25F: one score for a term over several fields.

The simple BM25F of Robertson and Zaragoza, *The Probabilistic Relevance Framework: BM25 and
Beyond* (2009), section 3.6: the frequencies of a term in the fields are normalised by the fields'
lengths, weighted, added up, and only then saturated::

    tf'   = Σ_f  weight_f · tf_f / (1 - b + b · length_f / average length_f)
    score = idf · tf' / (k1 + tf')

with the idf of Lucene, ``log(1 + (N - n + 0.5) / (n + 0.5))``, which is never negative.
"""

from dataclasses import dataclass, field
from math import log

import numpy as np

from searcher.index.reader import Floats, Ids, IndexReader, Postings
from searcher.index.schema import BODY, GRAMS, TITLE, WORDS, channel_field


@dataclass(frozen=True, slots=True)
class Parameters:
    """What can be set in BM25F.

    Attributes:
        k1: How soon repeated terms stop counting.
        b: How much long fields are held back, 0 to 1.
        fields: The weight of each text field.
        channels: The weight of each channel.
    """

    k1: float = 1.2
    b: float = 0.75
    fields: dict[str, float] = field(default_factory=lambda: {TITLE: 1.0, BODY: 1.0})
    channels: dict[str, float] = field(default_factory=lambda: {WORDS: 1.0, GRAMS: 1.0})


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
    """Scores terms over one state of an index."""

    def __init__(self, reader: IndexReader, parameters: Parameters) -> None:
        """Take the index; the lengths of its fields are read when they are first needed."""
        self._reader = reader
        self._parameters = parameters
        self._norms: dict[str, Floats] = {}

    def score(self, terms: list[str], channel: str, only: str | None = None) -> TermScores:
        """The scores of a term, or of several taken for one, such as those of a prefix.

        Args:
            terms: The terms that count as one.
            channel: The channel to look in.
            only: The text field to look in; None for all.
        """
        parameters = self._parameters
        frequencies = np.zeros(self._reader.capacity)
        for name, weight in parameters.fields.items():
            if only is not None and name != only:
                continue
            indexed = channel_field(name, channel)
            for term in terms:
                postings: Postings = self._reader.postings(indexed, term)
                if postings.documents.size:
                    norms = self._norm(indexed)[postings.documents]
                    frequencies[postings.documents] += weight * postings.counts / norms
        documents = np.flatnonzero(frequencies).astype(np.int64)
        values = frequencies[documents]
        term_idf = idf(self._reader.count, documents.size)
        scores = parameters.channels[channel] * term_idf * values / (parameters.k1 + values)
        return TermScores(documents, scores, term_idf)

    def _norm(self, indexed: str) -> Floats:
        """What the frequencies in a field are divided by, for each document."""
        if indexed not in self._norms:
            b = self._parameters.b
            average = self._reader.average_length(indexed) or 1.0
            self._norms[indexed] = 1 - b + b * self._reader.lengths(indexed) / average
        return self._norms[indexed]
