"""Which strings of characters are to be symbols: frequent pairs, joined again and again.

Every character of the sample is a token at first. In each round the most frequent pairs of
neighbouring tokens become tokens of their own and take the place of the pairs. (Gage, *A new
algorithm for data compression*, 1994, with many pairs a round.)
"""

from __future__ import annotations

from collections.abc import Iterable

from searcher.index.columnar.arrays import Integers
from searcher.lazy import np

LONGEST = 7  # UTF-16 units of a symbol
MOST_SYMBOLS = (1 << 16) - 1  # and code 0

_ROUNDS = 8
_BLOCK = 1 << 18  # pairs to look at at once
_SEPARATOR = "\uffff"  # between texts; no symbol has it
_ASCII = range(0x20, 0x7F)  # always symbols: they may well be in later texts


def frequent_strings(texts: Iterable[str], least: int) -> list[str]:
    """The strings that serve best as symbols for texts like these, the most frequent first.

    Args:
        texts: A sample, of about a million characters.
        least: How often a string must occur at least.
    """
    units = np.frombuffer(_SEPARATOR.join(texts).encode("utf-16-le"), "<u2")
    counts = np.bincount(units, minlength=1 << 16)
    counts[ord(_SEPARATOR)] = counts[0xD800:0xE000] = 0  # no halves of characters
    alone = counts >= least
    alone[_ASCII.start : _ASCII.stop] = True
    characters = np.flatnonzero(alone)
    # Token 0 is whatever is no symbol.
    numbers = np.zeros(1 << 16, np.uint16)
    numbers[characters] = np.arange(1, characters.size + 1)
    tokens = numbers[units]
    strings = ["", *map(chr, characters.tolist())]
    sizes = np.zeros(MOST_SYMBOLS + 1, np.uint8)
    sizes[1 : len(strings)] = 1
    for done in range(_ROUNDS):
        free = (MOST_SYMBOLS + 1 - len(strings)) // (_ROUNDS - done)
        left, right = tokens[:-1], tokens[1:]
        pairs = left.astype(np.uint32) << 16 | right
        joined = sizes[left] + sizes[right]
        usable = (left != 0) & (right != 0) & (joined <= LONGEST)
        chosen = _most_frequent(pairs[usable], free, least)
        if not chosen.size:
            break
        at, which = _places(pairs, usable, chosen)
        tokens[at] = which + len(strings)
        tokens = np.delete(tokens, at + 1)
        first, second = (chosen >> 16).tolist(), (chosen & 0xFFFF).tolist()
        sizes[len(strings) : len(strings) + chosen.size] = sizes[first] + sizes[second]
        strings += [strings[a] + strings[b] for a, b in zip(first, second, strict=True)]
    frequencies = np.bincount(tokens, minlength=len(strings))
    order = np.argsort(-frequencies[1:], kind="stable") + 1
    # The same string may have come about in several ways.
    return list(dict.fromkeys(strings[number] for number in order.tolist()))


def _most_frequent(pairs: Integers, most: int, least: int) -> Integers:
    """At most so many of these numbers, those that occur most often, in ascending order."""
    ordered = np.sort(pairs)
    bounds = np.flatnonzero(np.diff(ordered, prepend=~ordered[:1]))
    counts = np.diff(bounds, append=ordered.size)
    frequent = np.flatnonzero(counts >= least)
    best = frequent[np.argsort(-counts[frequent], kind="stable")[:most]]
    return ordered[bounds[np.sort(best)]]


def _places(pairs: Integers, usable: Integers, chosen: Integers) -> tuple[Integers, Integers]:
    """Where chosen pairs are to be joined, from left to right, and which of them it is there."""
    # Most pairs are not chosen, and can be told by some bits of a product.
    marks = np.zeros(1 << 22, np.bool_)
    marks[_mixed(chosen)] = True
    found: list[tuple[Integers, Integers]] = []
    for first in range(0, pairs.size, _BLOCK):  # of text that repeats itself all are chosen
        places = np.flatnonzero(usable[first : first + _BLOCK]) + first
        places = places[marks[_mixed(pairs[places])]]
        numbers = np.minimum(np.searchsorted(chosen, pairs[places]), chosen.size - 1)
        same = chosen[numbers] == pairs[places]
        found.append((places[same].astype(np.int32), numbers[same].astype(np.int32)))
    at, which = (np.concatenate(column) for column in zip(*found, strict=True))
    del found
    # Of pairs that overlap, every other one.
    begins = np.append(True, at[1:] - at[:-1] != 1)
    count = np.arange(at.size, dtype=np.int32)
    count -= np.maximum.accumulate(np.where(begins, count, np.int32(0)))
    taken = count % 2 == 0
    return at[taken], which[taken]


def _mixed(pairs: Integers) -> Integers:
    return (pairs * np.uint32(0x9E3779B1)) >> np.uint32(10)
