"""Words of the best documents, added to a query: pseudo-relevance feedback.

What the first documents have in common says what the query is about in the words of the collection
(Rocchio 1971; Lavrenko and Croft, *Relevance-Based Language Models*, 2001). It finds documents
that say the same otherwise, and may lead away from what was meant: ``tests/relevance/README.md``
has what it gives, so it is asked for and not the default.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from searcher.index.fields import WORDS
from searcher.query.similar import telling_terms
from searcher.query.tree import Boost, Clauses, Expanded, Node, Words
from searcher.text import Analyzer

DOCUMENTS = 5  # that are taken to be what was meant
_TERMS = 10
_LEAST_SHARED = 2  # of the documents have a term that is added
_WEIGHT = 0.5  # of all terms that are added, together, in words of the query


class Texts(Protocol):
    """A document, as far as words are taken from it."""

    @property
    def title(self) -> str:
        """Its title."""

    @property
    def body(self) -> str:
        """Its text."""


def expanded(
    tree: Node,
    best: Sequence[Texts],
    analyzer: Analyzer,
    frequency: Callable[[str, str], int],
    count: int,
) -> Node:
    """A query with words that its best documents share; as it is where there are none.

    Args:
        tree: The query. Only plain words at its top are added to.
        best: Its best documents, from the best on.
        analyzer: What cuts texts.
        frequency: Says in how many documents a term of a channel is.
        count: How many documents there are.
    """
    typed = typed_texts(tree)
    if not typed:
        return tree
    worths: dict[str, float] = {}
    shared: Counter[str] = Counter()
    for rank, record in enumerate(best, start=1):
        for term in telling_terms(analyzer, record.title, record.body, frequency, count):
            if term.channel == WORDS:
                worths[term.term] = worths.get(term.term, 0.0) + term.worth / rank
                shared[term.term] += 1
    words = {token.term for text in typed for token in analyzer.words(analyzer.folding.fold(text))}
    found = [
        (worth, term)
        for term, worth in worths.items()
        if shared[term] >= _LEAST_SHARED and term not in words
    ]
    found.sort(key=lambda row: (-row[0], row[1]))
    found = found[:_TERMS]
    total = sum(worth for worth, _ in found)
    added = [Boost(Words(term), round(_WEIGHT * worth / total, 3)) for worth, term in found]
    return _with(tree, added) if added else tree


def typed_texts(tree: Node) -> list[str]:
    """The plain words at the top of a query, which is what can be added to."""
    match tree:
        case Words(text, None) | Expanded(Words(text, None)):
            return [text]
        case Clauses(_, should, _):
            return [text for child in should for text in typed_texts(child)]
        case _:
            return []


def _with(tree: Node, added: Iterable[Node]) -> Node:
    if isinstance(tree, Clauses):
        # What must not be there stays out.
        return replace(tree, should=(*tree.should, *added))
    return Clauses(should=(tree, *added))
