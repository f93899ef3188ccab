"""What grep finds: the documents whose folded text contains a string."""

from collections import OrderedDict
from collections.abc import Callable, Iterable

import numpy as np

from searcher.index.reader import Ids, IndexReader
from searcher.index.schema import BODY, GRAMS, TEXT_FIELDS, TITLE, channel_field
from searcher.query.patterns import TextPattern
from searcher.text import Folding

_CACHED_TEXTS = 256
_FEW = 64  # candidates; reading their texts is cheaper than reading more postings


class TextMatcher:
    """Finds strings and patterns in the folded texts of one state of an index.

    Grams narrow the documents down; where they do not decide, the stored text does.
    """

    def __init__(self, reader: IndexReader, folding: Folding) -> None:
        """Take the index and the folding that it was made with."""
        self._reader = reader
        self._folding = folding
        self._texts: OrderedDict[int, dict[str, str]] = OrderedDict()

    def containing(self, folded: str, field: str | None = None) -> Ids:
        """The documents with a folded string in a text field, or in any of them."""
        return self._union(lambda name: self._containing_in(name, folded), field)

    def matching(self, pattern: TextPattern, field: str | None = None) -> Ids:
        """The documents in which a pattern is found."""

        def is_in(text: str) -> bool:
            return next(pattern.spans(text), None) is not None

        def find(name: str) -> Ids:
            return self._filter(self._candidates(name, pattern.literals), is_in, name)

        return self._union(find, field)

    def folded_text(self, number: int, field: str) -> str:
        """A text field of a document, folded."""
        texts = self._texts.get(number)
        if texts is None:
            document = self._reader.document(number)
            fold = self._folding.fold
            texts = {TITLE: fold(document.title), BODY: fold(document.body)}
            self._texts[number] = texts
            if len(self._texts) > _CACHED_TEXTS:
                self._texts.popitem(last=False)
        else:
            self._texts.move_to_end(number)
        return texts[field]

    def _union(self, find: Callable[[str], Ids], field: str | None) -> Ids:
        found = [find(name) for name in TEXT_FIELDS if field in (None, name)]
        return np.unique(np.concatenate(found)) if len(found) > 1 else found[0]

    def _containing_in(self, name: str, folded: str) -> Ids:
        candidates = self._candidates(name, [folded])
        if len(folded) <= 2 and not any(char.isspace() for char in folded):
            return candidates  # the string is a gram itself
        return self._filter(candidates, lambda text: folded in text, name)

    def _candidates(self, name: str, strings: Iterable[str]) -> Ids:
        """The documents that have the grams of all strings, or more where that is cheap."""
        indexed = channel_field(name, GRAMS)
        frequencies = {
            gram: self._reader.document_frequency(indexed, gram)
            for string in strings
            for gram in _covering_grams(string)
        }
        candidates: Ids | None = None
        for gram in sorted(frequencies, key=frequencies.__getitem__):
            found = self._reader.postings(indexed, gram).documents
            candidates = (
                found
                if candidates is None
                else np.intersect1d(candidates, found, assume_unique=True)
            )
            if len(candidates) <= _FEW and len(frequencies) > 1:
                break
        return self._reader.all_numbers() if candidates is None else candidates

    def _filter(self, candidates: Ids, accept: Callable[[str], bool], name: str) -> Ids:
        kept = [number for number in candidates.tolist() if accept(self.folded_text(number, name))]
        return np.array(kept, np.int64)


def _covering_grams(string: str) -> set[str]:
    """Grams that any text with the string has: its pairs, and characters that have no pair."""
    grams: set[str] = set()
    for part in string.split():
        grams.update(map(str.__add__, part, part[1:]) if len(part) > 1 else part)
    return grams
