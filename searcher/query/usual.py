"""Usual queries, which need no grammar: words without operators, and one quotation.

They are read as the grammar reads them.
"""

import re

from searcher.query.tree import Exact, Node, Words

# Queries of nothing but these have no operator in them, but for words such as ``AND``.
_LETTERS = "[0-9A-Za-z\u3400-\u4dbf\u4e00-\u9fff \u3000,，、。？！；《》.%％/_·—]+"
_PLAIN = re.compile(_LETTERS)
_PAIRS = (('"', '"'), ("“", "”"), ("「", "」"), ("『", "』"))  # what most people quote with
_OPENING = frozenset(opening for opening, _ in _PAIRS)
_QUOTED = re.compile("|".join(f"{opening}({_LETTERS}){closing}" for opening, closing in _PAIRS))
_OPERATORS = frozenset(["AND", "OR", "NOT"])


def parse_usual(query: str) -> Node | None:
    """Read a query; None if it takes the grammar."""
    if query.isalnum():
        return Words(query)
    quoted = _QUOTED.fullmatch(query) if query[:1] in _OPENING else None
    if quoted is not None:
        return Exact(quoted.group(quoted.lastindex or 0))
    words = query.split()
    if "".join(words).isalnum() and not any(map(_may_be_operator, words)):
        return Words(" ".join(words))
    if _PLAIN.fullmatch(query):
        words = query.replace(",", " ").replace("，", " ").replace("、", " ").split()
        if words and _OPERATORS.isdisjoint(words):
            return Words(" ".join(words))
    return None


def _may_be_operator(word: str) -> bool:
    """Whether a word of letters and digits may be an operator, perhaps in full width."""
    if "\u3400" <= word <= "\ua000":
        return False
    return word in _OPERATORS or not word.isascii()
