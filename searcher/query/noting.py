"""What to mark in the hits of plain words."""

from collections.abc import Callable

from searcher.index.fields import GRAMS, WORDS
from searcher.kernel import load
from searcher.query.analysis import AnalyzedText, forms
from searcher.query.bm25f import idf
from searcher.query.collection import Frequencies
from searcher.query.highlights import PLAIN, WORD, Highlight
from searcher.query.sought import Sought, sought
from searcher.text.questions import QUESTION_WORDS

_PAIR = 2  # characters
ASKING = 0.2  # how much a question word says, of what another word as rare as it says

# Enters a highlight for each string, unless there is one of its name: into a dictionary by name, a
# class of highlights, what names begin with, the strings, their weights or None for 1, whether
# they are fallbacks, and whether they are whole words.
Note = Callable[
    [dict[str, Highlight], type[Highlight], str, tuple[str, ...], list[float] | None, bool, bool],
    object,
]


def note(
    highlights: dict[str, Highlight],
    kind: type[Highlight],
    prefix: str,
    strings: tuple[str, ...],
    weights: list[float] | None,
    is_fallback: bool,
    whole_words: bool,
) -> None:
    """What the kernel does where it is there."""
    for number, string in enumerate(strings):
        weight = 1.0 if weights is None else weights[number]
        name = prefix + string
        highlights.setdefault(name, kind(name, None, weight, is_fallback, string, whole_words))


class Noter:
    """Notes what to mark, by how much it says that a text has it."""

    def __init__(self, ranker: Frequencies, count: int) -> None:
        """Take the index, and how many documents it has."""
        self._frequencies = ranker.document_frequencies
        self._count = count
        native = load("snippets")
        self._note: Note = note if native is None else native.note

    def note_words(self, analyzed: AnalyzedText, highlights: dict[str, Highlight]) -> None:
        """Note the words of a text, and pairs of characters for documents without any of them."""
        marks, native = analyzed.marks, forms()
        if native is None:
            weights = mark_weights(marks, self._frequencies(marked(marks)), self._count)
        else:
            known = self._frequencies(native.marked(marks))
            weights = native.mark_weights(marks, known, self._count, QUESTION_WORDS, ASKING)
        self._note(highlights, Highlight, WORD, marks, weights, False, True)
        self._note(highlights, Highlight, PLAIN, analyzed.pairs, None, True, False)


def marked(marks: tuple[str, ...]) -> list[Sought]:
    """The terms that tell how rare each mark is, in their order, and single characters as grams."""
    # What has a word of two characters has them as a pair; no pair is longer.
    terms = [sought(mark, GRAMS if len(mark) == _PAIR else WORDS) for mark in marks]
    return terms + [sought(mark, GRAMS) for mark in marks if len(mark) < _PAIR]


def mark_weights(marks: tuple[str, ...], known: list[int], count: int) -> list[float]:
    """What each mark says, given in how many documents the terms of ``marked`` are.

    Args:
        marks: The marks.
        known: The frequencies.
        count: How many documents there are.
    """
    as_grams = iter(known[len(marks) :])
    weights = []
    for mark, frequency in zip(marks, known[: len(marks)], strict=True):
        most = max(frequency, next(as_grams)) if len(mark) < _PAIR else frequency
        weight = idf(max(count, most), most)
        # Formal texts seldom ask, which makes these words rare there, but tells of no answer.
        weights.append(ASKING * weight if mark in QUESTION_WORDS else weight)
    return weights
