"""From the terms of texts, in the order in which they stand there, to sorted posting lists.

Every occurrence of a term is one integer: term, document and field side by side. Sorting the
integers is all there is to inverting a collection.
"""

from __future__ import annotations

from searcher.index.columnar.arrays import Bytes, Integers, Keys, Mask, Unsigned
from searcher.index.columnar.postings import PostingLists
from searcher.kernel import load
from searcher.lazy import np

# An occurrence: the term, 21 bits for the document, one for the field (0: title, 1: body).
_DOCUMENT_BITS = 21
OWNER_BITS = _DOCUMENT_BITS + 1
MOST_DOCUMENTS = 1 << _DOCUMENT_BITS
# A gram: two characters of 21 bits each, the second one plus 1, or 0 for none.
_CHARACTER_BITS = 21
_CODE_POINTS = 0x110000
_PLANE = 0x10000
_BLOCK = 1 << 17  # grams to look at at once
_CHARACTERS = 1 << 20  # to look at at once


def grams(texts: list[str]) -> tuple[Keys, Integers]:
    """The grams of texts, and how many pairs of characters each text has.

    Args:
        texts: Folded texts; the title and the body of each document in turn.
    """
    kernel = load("postings")
    if kernel is not None:
        found, pairs = kernel.grams(texts, OWNER_BITS)
        return np.frombuffer(found, np.uint64), np.frombuffer(pairs, np.int64)
    joined = "\n".join(texts) + "\n"
    characters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4")
    lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
    owners = np.repeat(np.arange(len(texts), dtype=np.uint32), lengths)
    is_space = _spaces()[characters]
    kept = ~is_space  # never the last one, which is a separator
    occurrences = np.empty(np.count_nonzero(kept), np.uint64)
    pairs = np.zeros(len(texts), np.int64)
    end = 0
    for first in range(0, kept.size - 1, _CHARACTERS):
        places = np.flatnonzero(kept[first : first + _CHARACTERS]) + first
        some = characters[places].astype(np.uint64)
        some <<= np.uint64(_CHARACTER_BITS)
        followers = characters[places + 1] + np.uint32(1)
        followers[is_space[places + 1]] = 0
        some |= followers
        some <<= np.uint64(OWNER_BITS)
        some |= owners[places]
        occurrences[end : end + places.size] = some
        end += places.size
        pairs += np.bincount(owners[places[followers > 0]], minlength=len(texts))
    return occurrences, pairs


def group(occurrences: Keys) -> tuple[Keys, PostingLists]:
    """Sort occurrences into posting lists: the terms, ascending, and their postings.

    Args:
        occurrences: In the order of the texts; in another order, or other ones, afterwards.
    """
    occurrences.sort()
    firsts = _changes(occurrences)
    distinct = occurrences[firsts]
    counts = np.diff(np.append(firsts, occurrences.size))
    # Of hostile text all are as long as the text: what is not needed any more goes at once.
    del firsts
    posting = distinct >> np.uint64(1)
    starts = _changes(posting)
    frequencies = _sums(counts, starts)
    titles = _sums(np.where(distinct & np.uint64(1), 0, counts), starts)
    del distinct, counts
    posting = posting[starts]
    del starts
    documents = (posting & np.uint64(MOST_DOCUMENTS - 1)).astype(np.int64)
    terms = posting >> np.uint64(_DOCUMENT_BITS)
    del posting
    lists = _changes(terms)
    return terms[lists], PostingLists(np.append(lists, terms.size), documents, frequencies, titles)


def gram_keys(codes: Keys) -> Keys:
    """The keys (see ``terms``) of grams."""
    kernel = load("postings")
    if kernel is not None:
        return np.frombuffer(kernel.gram_keys(codes), np.uint64)
    keys = np.empty(codes.size, np.uint64)
    for begin in range(0, codes.size, _BLOCK):  # of hostile text all are different
        some = slice(begin, begin + _BLOCK)
        keys[some] = _gram_keys(codes[some])
    return keys


def _gram_keys(codes: Keys) -> Keys:
    first = codes >> np.uint64(_CHARACTER_BITS)
    second = codes & np.uint64((1 << _CHARACTER_BITS) - 1)
    bytes_of, sizes = _utf8()
    bits = 64 - 8 * sizes[first].astype(np.uint64)
    keys: Keys = bytes_of[first].astype(np.uint64) << bits
    paired = second > 0
    follower = second[paired] - np.uint64(1)
    bits = bits[paired] - 8 * sizes[follower].astype(np.uint64)
    keys[paired] |= bytes_of[follower].astype(np.uint64) << bits
    return keys


def _changes(values: Keys) -> Integers:
    """Where a sorted array has another value than before; 0 first, if there is any."""
    if not values.size:
        return np.zeros(0, np.int64)
    return np.concatenate([[0], np.flatnonzero(values[1:] != values[:-1]) + 1])


def _sums(values: Integers, starts: Integers) -> Integers:
    return np.add.reduceat(values, starts) if starts.size else np.zeros(0, np.int64)


_tables: dict[str, tuple[Unsigned, Bytes]] = {}
_space_table: list[Mask] = []


def _spaces() -> Mask:
    """For each code point whether it is white space."""
    if not _space_table:
        table = np.zeros(_CODE_POINTS, np.bool_)
        table[[code for code in range(0x3001) if chr(code).isspace()]] = True
        _space_table.append(table)
    return _space_table[0]


def _utf8() -> tuple[Unsigned, Bytes]:
    """For each code point its bytes as a big-endian number, and how many they are."""
    if "utf8" not in _tables:
        planes = [_utf8_of(first) for first in range(0, _CODE_POINTS, _PLANE)]
        values, sizes = (np.concatenate(column) for column in zip(*planes, strict=True))
        # As in ``terms.escape``.
        values[0], values[1] = 0x0101, 0x0102
        sizes[:2] = 2
        _tables["utf8"] = values, sizes
    return _tables["utf8"]


def _utf8_of(first: int) -> tuple[Unsigned, Bytes]:
    """The same for one plane of code points."""
    code = np.arange(first, first + _PLANE, dtype=np.uint32)
    last, third, second = code & 63, (code >> 6) & 63, (code >> 12) & 63
    two = 0xC080 | (code >> 6) << 8 | last
    three = 0xE08080 | (code >> 12) << 16 | third << 8 | last
    four = np.uint32(0xF0808080) | (code >> 18) << 24 | second << 16 | third << 8 | last
    limits = [code < 0x80, code < 0x800, code < 0x10000]
    values = np.select(limits, [code, two, three], four).astype(np.uint32)
    return values, np.select(limits, [1, 2, 3], 4).astype(np.uint8)
