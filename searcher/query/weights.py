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
from searcher.query.analysis import AnalyzedText, forms
from searcher.query.bm25f import Parameters
from searcher.query.sought import Sought, sought
from searcher.text.characters import CJK_CHARACTER
from searcher.text.questions import without_questions

_PAIR = 2  # characters


def weighed_terms(text: AnalyzedText, parameters: Parameters, *, has_strong: bool) -> list[Sought]:
    """The terms of a text to look for, in their order.

    Args:
        text: The text.
        parameters: Says how much terms count.
        has_strong: Whether a term of it makes a hit by itself; if none does, all do.
    """
    native = forms()
    if native is None:
        weights = term_weights(text, parameters)
        return [
            sought(term.term, term.channel, weight, not (has_strong and term.is_weak))
            for term, weight in zip(text.terms, weights, strict=True)
        ]
    found: list[Sought] = native.weighed(
        text,
        _rest(text.folded, parameters),
        parameters.questions,
        parameters.longer,
        parameters.across,
        not has_strong,
    )
    return found


def _rest(folded: str, parameters: Parameters) -> str:
    """A text without what only asks, if that counts less."""
    return folded if parameters.questions == 1.0 else without_questions(folded)


def term_weights(text: AnalyzedText, parameters: Parameters) -> list[float]:
    """What the scores of each term of a text are multiplied with, in the terms' order."""
    questions, across = parameters.questions, parameters.across
    weights = [float(term.count) for term in text.terms]
    folded = text.folded
    rest = _rest(folded, parameters)
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
