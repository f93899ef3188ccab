"""The closer look without the kernel: what characters are worth in all texts of a block at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from searcher.index.columnar.arrays import Bytes, Floats, Ids, Mask, Unsigned
from searcher.lazy import np

_SENTENCE_ENDS = "。！？；!?;\n"
_CODES = 1 << 16  # characters beyond are not looked at
_TOGETHER = 1 << 20  # characters that are looked at at once, unless one text has more
_BETWEEN = 2  # characters that stand behind the title and the body of a document


class NumpyCharacters:
    """The same as the kernel's ``Characters``, to the last bit: sums are made in the same order."""

    def __init__(
        self,
        forms: tuple[str, ...],
        weights: tuple[float, ...],
        average: float,
        characters: float,
        sentence: float,
        k: float,
    ) -> None:
        """Take what is in ``Weighed``."""
        # By the numbers below; adding 0 changes no sum.
        self._weights: Floats = np.array([0.0, *weights, 0.0])
        self._average = average
        self._characters, self._sentence, self._k = characters, sentence, k
        # The number and 1 of each character, 0 for most; the last one stands for all beyond. What
        # ends a sentence has the next number.
        table = bytearray(_CODES + 1)
        for number, form in enumerate([*forms, _SENTENCE_ENDS], 1):
            for char in form:
                table[ord(char)] = number
        self._table: Bytes = np.frombuffer(table, np.uint8)
        self._end = len(forms) + 1

    def scores(self, documents: Sequence[tuple[str, str]], /) -> list[float]:
        """What is added to the score of each document."""
        lengths = [len(title) + len(body) for title, body in documents]
        half = len(documents) // 2
        if not half or sum(lengths) <= _TOGETHER:
            return self._scores(documents, lengths) if documents else []
        return self.scores(documents[:half]) + self.scores(documents[half:])

    def _scores(
        self, documents: Sequence[tuple[str, str]], characters: Sequence[int]
    ) -> list[float]:
        # A line ends each text, and so its last sentence.
        text = "\n".join([part for document in documents for part in document]) + "\n"
        numbers = self._table.take(_codes(text), mode="clip")
        places = (numbers != 0).nonzero()[0]
        chars = numbers[places]
        is_end = chars == self._end
        sentences = is_end.cumsum()
        sentences -= is_end
        lengths = np.array(characters)
        stops = places.searchsorted((lengths + _BETWEEN).cumsum())
        firsts = np.zeros_like(stops)
        firsts[1:] = stops[:-1]
        worth = self._of_sentences(chars, sentences)
        best = np.maximum.reduceat(worth, sentences[firsts])
        total = self._anywhere(chars, stops - firsts, lengths)
        scores: list[float] = (self._characters * total + self._sentence * best).tolist()
        return scores

    def _of_sentences(self, chars: Bytes, sentences: Ids) -> Floats:
        """What the characters of each sentence weigh, each once."""
        keys = sentences * self._weights.size
        keys += chars
        weights = self._weights.take(chars)
        weights *= _is_first(keys, (int(sentences[-1]) + 1) * self._weights.size)
        return cast(Floats, np.bincount(sentences, weights=weights))

    def _anywhere(self, chars: Bytes, of_documents: Ids, lengths: Ids) -> Floats:
        """What the characters of documents are worth, wherever they stand.

        Args:
            chars: The characters.
            of_documents: How many of them each document has.
            lengths: The lengths of documents.
        """
        shape = self._weights.size, lengths.size
        places = np.arange(lengths.size).repeat(of_documents)
        places += chars * np.int64(lengths.size)
        counts = np.bincount(places, minlength=shape[0] * shape[1]).reshape(shape)
        # An empty document has no character that its length would matter to.
        norms = self._k * np.maximum(lengths, 1) / self._average
        parts = counts / (counts + norms)
        parts *= self._weights[:, None]
        total: Floats = np.add.accumulate(parts, axis=0)[-1]
        return total


def _codes(text: str) -> Unsigned:
    """The code of each character."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    if len(encoded) == 2 * len(text):
        return np.frombuffer(encoded, np.uint16)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _is_first(keys: Ids, count: int) -> Mask:
    """Which of some numbers below a limit occur for the first time."""
    order = np.arange(keys.size)
    first = np.empty(count, np.int64)
    first[keys[::-1]] = order[::-1]  # of equal ones the last that is written stays
    is_first: Mask = first[keys] == order
    return is_first
