"""How unlikely each kind of mistake is: the lower the cost, the likelier.

The costs are those of a noisy channel, in round numbers: what a word costs because few documents
have it, and what it costs that it was typed like that. They were not fitted to any set of queries.
"""

from math import log

from searcher.index.vocabulary import Change

STRANGE = 5.0  # neighbours that hardly any document has side by side, or a word that it has
UNKNOWN_LETTERS = 8.0  # a word of letters that hardly any document has

DUBIOUS = 3.5  # something else may be meant than what is read letter by letter

PINYIN = 1.0  # that letters are pinyin
SIMILAR_PINYIN = 2.5  # that they are pinyin for what sounds similar
SAME_SOUND = 0.6  # that a character was meant which sounds the same, each
SIMILAR_SOUND = 1.5
REPLACED = 0.6  # that Han characters are not what was meant
NO_WORD = 1.0  # two characters side by side that are no word of the dictionary
UNUSUAL_READING = 0.6  # of a character
READ_KNOWN = 1.0  # letters that some documents have, read as pinyin
ONE_CHARACTER = 4.0  # a word of one character among those that pinyin is read as
NEW_NEIGHBOURS = 1.0  # something replaced stands beside something for the first time

LOOKS_HAN = {
    Change.SWAPPED: 1.5,
    Change.EXTRA: 3.0,
    Change.MISSING: 2.0,
    Change.OTHER: 2.5,
}
LOOKS_LETTERS = {
    Change.SWAPPED: 1.5,
    Change.EXTRA: 1.5,
    Change.MISSING: 1.5,
    Change.OTHER: 2.0,
}
SHORT_WORD = 0.5  # each letter that a word of letters is shorter than six

_RARE = 0.25


def rarity(count: int, documents: int) -> float:
    """What a word costs that so many of all documents have."""
    return _RARE * log((documents + 1) / count)
