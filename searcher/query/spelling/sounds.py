"""Which characters of an index sound like something typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from searcher.index.columnar.arrays import Mask
from searcher.index.vocabulary import Vocabulary
from searcher.lazy import np
from searcher.text.pinyin import Pinyin


class Sounds:
    """The sounds of the characters of an index."""

    def __init__(self, vocabulary: Vocabulary, pinyin: Pinyin) -> None:
        """Take the words of the index, and how characters are read."""
        self.vocabulary = vocabulary
        self.pinyin = pinyin

    @cached_property
    def _codes(self) -> dict[str, list[int]]:
        """The characters that may be read as each syllable."""
        found: dict[str, list[int]] = {}
        for code in np.flatnonzero(self.vocabulary.characters).tolist():
            for syllable in self.pinyin.readings(chr(code)):
                found.setdefault(syllable, []).append(code)
        return found

    def of(self, syllables: Iterable[str]) -> Mask:
        """For each code whether it may be read as one of several syllables."""
        mask = np.zeros_like(self.vocabulary.characters)
        for syllable in syllables:
            mask[self._codes.get(syllable, [])] = True
        return mask

    def unusual(self, word: str, meant: Sequence[Iterable[str]]) -> int:
        """How many characters of a word are not read as they mostly are.

        Args:
            word: The word.
            meant: For each of its characters what it is to be read as.
        """
        return sum(
            self.pinyin.readings(char)[:1] != () and self.pinyin.readings(char)[0] not in syllables
            for char, syllables in zip(word, meant, strict=True)
        )
