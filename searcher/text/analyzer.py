"""The analyzer: a text becomes terms of two channels.

*Words* are what jieba cuts, and each run of Latin letters and digits, and the letters and the
digits of a mixed run: ``iPhone15`` is ``iphone15``, ``iphone`` and ``15``. *Grams* are pairs of
neighbouring characters and the characters that begin no pair; they find what the words were cut
away from.
"""

from collections import Counter
from collections.abc import Iterator

from searcher.text.cutting import (
    Cutter,
    PythonCutter,
    PythonVocabulary,
    Token,
    Vocabulary,
)
from searcher.text.dictionary import Dictionary
from searcher.text.folding import Folding
from searcher.text.phrases import PhraseFinder

# Raise it when the same text gives other terms than before.
ANALYZER_VERSION = 2


class Analyzer:
    """Turns text into terms, by one folding and one dictionary."""

    def __init__(self, folding: Folding, dictionary: Dictionary) -> None:
        """Take what the index was made with."""
        self.folding = folding
        self.dictionary = dictionary
        self._phrases = PhraseFinder(dictionary.phrases)
        self._python = PythonCutter(dictionary)
        self._kernel = dictionary.kernel_cutter()
        self._cutter: Cutter = self._kernel or self._python

    @property
    def fingerprint(self) -> str:
        """What tells this analyzer from one that gives other terms for the same text."""
        return self.dictionary.fingerprint

    def prepare(self) -> None:
        """Take the time and the memory to be faster with much text that follows.

        That is a second and 100 MB without the kernel, and nothing with it.
        """
        if self._kernel is None:
            self._python.prepare()

    def words(self, folded: str) -> Iterator[Token]:
        """The word terms of a folded text, in order of position."""
        return iter(self._cutter.words(folded, self._phrases.find(folded)))

    def terms(self, folded: str) -> list[str]:
        """The same as ``words`` without their places, which is faster."""
        return self._cutter.terms(folded, self._phrases.find(folded))

    def vocabulary(self) -> Vocabulary:
        """Numbers for terms, none of which has been met yet."""
        kernel = self._kernel
        return PythonVocabulary(self._python) if kernel is None else kernel.vocabulary()

    def numbers(self, folded: str, vocabulary: Vocabulary) -> bytes:
        """The same as ``terms`` by their numbers, 4 bytes each as the machine has them.

        Args:
            folded: The text.
            vocabulary: One of this analyzer. A term that it does not have gets the next number.
        """
        return vocabulary.numbers(folded, self._phrases.find(folded))

    def word_counts(self, folded: str) -> Counter[str]:
        """How often each word term occurs in a folded text."""
        return Counter(self.terms(folded))

    def query(self, folded: str, forms: object) -> object | None:
        """What a folded text asks for as a query, by the kernel; None without it.

        Args:
            folded: The text.
            forms: The kernel's ``Forms``: the classes of what is made.
        """
        kernel = self._kernel
        return None if kernel is None else kernel.analyze(folded, self._phrases.find(folded), forms)


def gram_counts(folded: str) -> Counter[str]:
    """How often each gram occurs in a folded text.

    Grams are the pairs of neighbouring characters without white space in them, and single
    characters where white space or the end of the text follows. So every character that is not
    white space begins exactly one gram: its occurrences are those of all grams that begin with it,
    and an index need not hold every single character beside the pairs.
    """
    counts = Counter(map(str.__add__, folded, folded[1:] + " "))
    for pair in [pair for pair in counts if pair.strip() != pair]:
        count = counts.pop(pair)
        if not pair[0].isspace():
            counts[pair[0]] += count
    return counts
