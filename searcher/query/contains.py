"""What grep finds: the documents whose folded text contains a string."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from itertools import compress

from searcher.index.columnar.arrays import Ids, Mask
from searcher.index.fields import BODY, GRAMS, TEXT_FIELDS, TITLE
from searcher.index.reader import IndexReader, Postings
from searcher.lazy import np
from searcher.query.patterns import TextPattern
from searcher.query.ranking import Ranker
from searcher.query.required import covering_grams, is_gram
from searcher.query.sought import Sought, sought
from searcher.text import Folding
from searcher.text.characters import HAN_TEXT

_CACHED_TEXTS = 256
_KNOWN_STRINGS = 1024  # of which it is known what they are made of
_MOST_CHARACTERS = 7  # that the kernel looks for at once
_HAS, _UNKNOWN = 1, 2  # what the kernel says of a document
_TOGETHER = 64  # texts that are read at once


class TextMatcher:
    """Finds strings and patterns in the folded texts of one state of an index.

    Grams narrow the documents down; where they do not decide, the stored text does.
    """

    def __init__(self, reader: IndexReader, ranker: Ranker, folding: Folding) -> None:
        """Take the index and the folding that it was made with."""
        self._reader = reader
        self._ranker = ranker
        self._folding = folding
        self._texts: OrderedDict[int, dict[str, str]] = OrderedDict()
        self._is_han = lru_cache(maxsize=_KNOWN_STRINGS)(partial(_is_han, folding))

    def containing(self, folded: str, field: str | None = None, among: Mask | None = None) -> Ids:
        """The documents with a folded string in a text field, or in any of them.

        Args:
            folded: The string.
            field: The text field; None for any.
            among: The documents that are asked for; None for all. Others may be found as well.
        """
        if is_gram(folded):
            return _with_gram(self._gram(folded), field)
        candidates = self._candidates([folded])
        if among is not None:
            candidates = candidates[among[candidates]]
        return self._filter(candidates, lambda text: folded in text, field)

    def matching(self, pattern: TextPattern, field: str | None = None) -> Ids:
        """The documents in which a pattern is found."""

        def is_in(text: str) -> bool:
            return next(pattern.spans(text), None) is not None

        return self._filter(self._candidates(pattern.literals), is_in, field)

    def having(self, numbers: Sequence[int], strings: Sequence[str]) -> list[int]:
        """Of some documents those that have each of several folded strings in a text field."""
        singles = [one for one in strings if len(one) == 1]
        if singles:
            # Of other signs the kernel believes that they may become others, or the table is odd.
            is_plain = self._folding.is_of_han
            singles = [one for one in singles if self._is_han(one)] if is_plain else []
        if len(numbers) <= _TOGETHER:
            return self._having_few(numbers, strings, singles)
        having: list[int] = []
        for at in range(0, len(numbers), _TOGETHER):  # all texts at once may be more than memory
            having += self._having_few(numbers[at : at + _TOGETHER], strings, singles)
        return having

    def _having_few(
        self, numbers: Sequence[int], strings: Sequence[str], singles: list[str]
    ) -> list[int]:
        """The same of documents whose texts are all read at once; some strings are single Han."""
        if not singles:
            return self._having_strings(numbers, strings)
        decided: set[str] = set()
        for at in range(0, len(singles), _MOST_CHARACTERS):
            some = singles[at : at + _MOST_CHARACTERS]
            found = self._reader.having(numbers, tuple(map(self._folding.written_as, some)))
            if found is None:
                break
            numbers = self._decided(numbers, found, some)
            decided.update(some)
        rest = [one for one in strings if one not in decided]
        return self._having_strings(numbers, rest) if rest else list(numbers)

    def _decided(self, numbers: Sequence[int], found: bytes, strings: Sequence[str]) -> list[int]:
        """Those of which the kernel says that they have them, or leaves it open and they do."""
        if _UNKNOWN not in found:
            return list(compress(numbers, found))
        pairs = list(zip(numbers, found, strict=True))
        unknown = [number for number, known in pairs if known == _UNKNOWN]
        having = set(self._having_strings(unknown, strings)) if unknown else ()
        return [number for number, known in pairs if known == _HAS or number in having]

    def _having_strings(self, numbers: Sequence[int], strings: Sequence[str]) -> list[int]:
        """Of some documents those that have each of several folded strings in a text field."""
        fold, having = self._folding.fold, []
        are_han = all(map(self._is_han, strings))
        for number, (title, body) in zip(numbers, self._reader.texts(numbers), strict=True):
            if (are_han and _has_each(title, body, strings)) or _has_each(
                fold(title), fold(body), strings
            ):
                having.append(number)
        return having

    def folded_text(self, number: int, field: str) -> str:
        """A text field of a document, folded."""
        return self._folded_texts(number)[field]

    def _folded_texts(self, number: int) -> dict[str, str]:
        texts = self._texts.get(number)
        if texts is None:
            record = self._reader.record(number)
            fold = self._folding.fold
            texts = {TITLE: fold(record.title), BODY: fold(record.body)}
            self._texts[number] = texts
            if len(self._texts) > _CACHED_TEXTS:
                self._texts.popitem(last=False)
        return texts

    def _gram(self, gram: str) -> Postings:
        if len(gram) == 1:
            return self._reader.postings_with_prefix(GRAMS, gram)
        return self._reader.postings(GRAMS, gram)

    def _candidates(self, strings: Iterable[str]) -> Ids:
        """The documents that have the grams of all strings, in whichever field."""
        singles: set[str] = set()
        terms: list[Sought] = []
        for gram in {gram for string in strings for gram in covering_grams(string)}:
            if len(gram) == 1:
                singles.add(gram)
                continue
            terms.append(sought(gram, GRAMS))
        if terms:
            return self._ranker.intersect(terms)
        candidates = self._reader.all_numbers()
        for gram in singles:
            candidates = np.intersect1d(candidates, self._gram(gram).documents, assume_unique=True)
        return candidates

    def _filter(self, candidates: Ids, accept: Callable[[str], bool], field: str | None) -> Ids:
        names = TEXT_FIELDS if field is None else (field,)
        kept = [
            number
            for number in candidates.tolist()
            if any(accept(self.folded_text(number, name)) for name in names)
        ]
        return np.array(kept, np.int64)


def _is_han(folding: Folding, string: str) -> bool:
    """Whether a string is of Han characters, and is what it is folded to itself.

    A Han character folds to the same whatever stands beside it, and a folded one to itself; but not
    in a table that goes in a circle.
    """
    return HAN_TEXT.fullmatch(string) is not None and folding.fold(string) == string


def _has_each(title: str, body: str, strings: Sequence[str]) -> bool:
    return all(string in body or string in title for string in strings)


def _with_gram(postings: Postings, field: str | None) -> Ids:
    if field is None:
        return postings.documents
    counts = postings.titles if field == TITLE else postings.frequencies - postings.titles
    return postings.documents[counts > 0]
