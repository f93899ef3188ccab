"""The closer look without the kernel: what characters are worth in all texts of a block at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from searcher.index.columnar.arrays import Bytes, Floats, Ids, Mask
from searcher.lazy import np

_SENTENCE_ENDS = "。！？；!?;\n"
_END = 255  # what ends a sentence, in the table of characters; a query has fewer of them
_CODES = 1 << 16  # characters beyond are not looked at
_TOGETHER = 1 << 20  # characters that are looked at at once, unless one text has more


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
        self._weights: Floats = np.array(weights)
        self._average = average
        self._characters, self._sentence, self._k = characters, sentence, k
        # The number and 1 of each character, 0 for most; the last one stands for all beyond.
        self._table: Bytes = np.zeros(_CODES + 1, np.uint8)
        self._table[[ord(char) for form in forms for char in form]] = [
            number for number, form in enumerate(forms, 1) for _ in form
        ]
        self._table[[ord(char) for char in _SENTENCE_ENDS]] = _END

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
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        numbers = self._table.take(codes, mode="clip")
        places = (numbers != 0).nonzero()[0]
        met = numbers[places]
        is_end = met == _END
        is_char = ~is_end
        chars = met[is_char].astype(np.int64)
        chars -= 1
        lengths = np.array(characters)
        stops = (lengths + 2).cumsum()
        ends = places[is_end]
        sentences = is_end.cumsum()[is_char]
        worth = self._of_sentences(chars, sentences, ends.size)
        best = np.maximum.reduceat(worth, ends.searchsorted(stops - lengths - 2))
        total = self._anywhere(chars, stops.searchsorted(places[is_char], "right"), lengths)
        scores: list[float] = (self._characters * total + self._sentence * best).tolist()
        return scores

    def _of_sentences(self, chars: Ids, sentences: Ids, count: int) -> Floats:
        """What the characters of each of so many sentences weigh, each once."""
        is_first = _is_first(sentences * self._weights.size + chars, count * self._weights.size)
        weights = self._weights[chars[is_first]]
        return cast(Floats, np.bincount(sentences[is_first], weights=weights, minlength=count))

    def _anywhere(self, chars: Ids, documents: Ids, lengths: Ids) -> Floats:
        """What the characters of documents are worth, wherever they stand."""
        shape = self._weights.size, lengths.size
        places = chars * lengths.size + documents
        counts = np.bincount(places, minlength=shape[0] * shape[1]).reshape(shape)
        norms = self._k * lengths / self._average
        parts = np.zeros(shape)
        np.divide(counts, counts + norms, out=parts, where=counts > 0)
        parts *= self._weights[:, None]
        return cast(Floats, np.add.accumulate(parts, axis=0)[-1])


def _is_first(keys: Ids, count: int) -> Mask:
    """Which of some numbers below a limit occur for the first time."""
    order = np.arange(keys.size)
    first = np.empty(count, np.int64)
    first[keys[::-1]] = order[::-1]  # of equal ones the last that is written stays
    is_first: Mask = first[keys] == order
    return is_first
