"""What documents must have that have all of a query.

The compiled kernel does the same where it is there: a change here is also one to make in
``searcher/kernel/text/seeking.h``.
"""

from __future__ import annotations

from typing import NamedTuple

from searcher.index.fields import GRAMS, WORDS
from searcher.query.analysis import forms
from searcher.query.sought import Sought, sought

_PAIR = 2  # characters


class Required(NamedTuple):
    """What must be there.

    Attributes:
        terms: Terms.
        singles: Single characters.
        undecided: Strings, of which terms cannot tell.
    """

    terms: list[Sought]
    singles: list[str]
    undecided: list[str]


def required(words: list[str], strings: list[str]) -> Required:
    """What must be there where words must be there as terms, and folded strings as they stand."""
    native = forms()
    if native is None:
        return required_in_python(words, strings)
    return Required(*native.required(words, strings))


def required_in_python(words: list[str], strings: list[str]) -> Required:
    """The same without the kernel."""
    terms = dict.fromkeys([(word, WORDS) for word in words])
    found = Required([], [], [])
    for string in dict.fromkeys(strings):
        if len(string) == 1:
            found.singles.append(string)
            continue
        if not is_gram(string):
            found.undecided.append(string)
        terms.update(
            dict.fromkeys([(one, GRAMS) for one in covering_grams(string) if len(one) > 1])
        )
    found.terms.extend([sought(*term) for term in terms])
    return found


def is_gram(string: str) -> bool:
    """Whether grams alone tell which documents contain a string."""
    return len(string) <= _PAIR and string.split() == [string]


def covering_grams(string: str) -> list[str]:
    """Grams that any text with the string has: its pairs, and characters that have no pair."""
    grams: dict[str, None] = {}
    for part in string.split():
        if len(part) <= _PAIR:
            grams[part] = None
        else:
            grams.update(dict.fromkeys([part[at : at + _PAIR] for at in range(len(part) - 1)]))
    return list(grams)
