"""What to mark in the hits of plain words."""

from searcher.index.fields import GRAMS, WORDS
from searcher.query.analysis import AnalyzedText
from searcher.query.bm25f import idf
from searcher.query.highlights import Highlight
from searcher.query.ranking import Ranker


class Noter:
    """Notes what to mark, by how much it says that a text has it."""

    def __init__(self, ranker: Ranker, count: int) -> None:
        """Take the index, and how many documents it has."""
        self._ranker = ranker
        self._count = count

    def note_words(self, analyzed: AnalyzedText, highlights: dict[str, Highlight]) -> None:
        """Note the words of a text, and pairs of characters for documents without any of them."""
        for mark in analyzed.marks:
            highlight = Highlight.word(mark, self._weight(mark))
            highlights.setdefault(highlight.name, highlight)
        for term in analyzed.terms:
            if term.channel != WORDS and not term.is_weak:
                highlight = Highlight.string(term.term, is_fallback=True)
                highlights.setdefault(highlight.name, highlight)

    def _weight(self, mark: str) -> float:
        frequency = max(self._ranker.document_frequency(mark, name) for name in (WORDS, GRAMS))
        return idf(max(self._count, frequency), frequency)
