"""Which characters of an index sound like something typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from searcher.index.columnar.arrays import Integers, Mask
from searcher.index.vocabulary.words import CODES
from searcher.lazy import np
from searcher.query.spelling.wordlist import WordList

if TYPE_CHECKING:
    from searcher.text.pinyin import Pinyin


class Sounds:
    """The sounds of the characters of an index."""

    def __init__(self, vocabulary: WordList) -> None:
        """Take the words of the index."""
        self.vocabulary = vocabulary

    @cached_property
    def pinyin(self) -> Pinyin:
        """How characters are read, which takes a tenth of a second to load."""
        from searcher.text.pinyin import pinyin

        return pinyin()

    @cached_property
    def _codes(self) -> dict[str, Integers]:
        """The characters that may be read as each syllable."""
        found: dict[str, list[int]] = {}
        for code in np.flatnonzero(self.vocabulary.characters).tolist():
            for syllable in self.pinyin.readings(chr(code)):
                found.setdefault(syllable, []).append(code)
        return {syllable: np.array(codes) for syllable, codes in found.items()}

    def of(self, syllables: Iterable[str]) -> Mask:
        """For each code whether it may be read as one of several syllables."""
        mask = np.zeros(CODES, np.bool_)
        for syllable in syllables:
            codes = self._codes.get(syllable)
            if codes is not None:
                mask[codes] = True
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
