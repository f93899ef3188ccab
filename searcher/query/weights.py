"""How much each term of a query counts, beside its inverse document frequency.

A term counts as often as the query has it, with three exceptions, all measured in
``tests/relevance/README.md``.

*Question words* (怎么 什么 请问 吗) say little, whatever their frequency in the collection.

*Long words* count as their parts as well, by the pairs of characters in them, so as words they
count less.

*Pairs across two words* (``保险理赔`` has ``险理``) tell that two words stand side by side. Each
of the words has told already that it is there, and text that has them apart is as good.
"""

from __future__ import annotations

from searcher.index.fields import WORDS
from searcher.query.analysis import AnalyzedText
from searcher.query.bm25f import Parameters
from searcher.text.characters import CJK_CHARACTER
from searcher.text.questions import without_questions

_PAIR = 2  # characters


def term_weights(text: AnalyzedText, parameters: Parameters) -> list[float]:
    """What the scores of each term of a text are multiplied with, in the terms' order."""
    questions, across = parameters.questions, parameters.across
    weights = [float(term.count) for term in text.terms]
    folded = text.folded
    rest = folded if questions == 1.0 else without_questions(folded)
    words = [term.term for term in text.terms if term.channel == WORDS]
    singles = {word for word in words if len(word) == 1}
    joined = " ".join([word for word in words if len(word) > 1])
    for number, term in enumerate(text.terms):
        string = term.term
        if rest is not folded and string not in rest and string in folded:
            weights[number] *= questions
        elif term.channel == WORDS:
            if len(string) > _PAIR and CJK_CHARACTER.search(string):
                weights[number] *= parameters.longer
        elif (
            len(string) == _PAIR
            and across != 1.0
            and string not in joined
            and string[0] not in singles
            and string[1] not in singles
            and CJK_CHARACTER.search(string)
        ):
            weights[number] *= across
    return weights
