"""How a text that was begun can go on: by words and titles of the index, most frequent first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import accumulate, islice
from typing import NamedTuple

from searcher.index.columnar.arrays import Integers
from searcher.index.columnar.terms import to_bytes
from searcher.index.fields import GRAMS, WORDS
from searcher.index.reader import IndexReader
from searcher.index.vocabulary import Vocabulary
from searcher.index.vocabulary.lookup import most_frequent
from searcher.index.vocabulary.titles import SegmentTitles, key_of
from searcher.query.analysis import analyze
from searcher.query.ranking import Ranker
from searcher.query.sought import Sought, sought
from searcher.query.spelling.sounds import Sounds
from searcher.text import Analyzer
from searcher.text.characters import CJK_CHARACTER
from searcher.text.pinyin import letters_of

_LONGEST = 100  # characters of a text; longer ones go on in no word or title worth giving
_SHORTEST_PINYIN = 2  # letters
_MOST_READINGS = 8  # of letters as syllables
_UNUSUAL = 20  # times less likely is each character that is mostly read otherwise
_MORE = 4  # times as many are looked at where several segments have some each
_TOGETHER = 2  # times as many words are looked at where not all may be given
_NUMBER = 8  # bytes of the number of a document


class Completion(NamedTuple):
    """How a text can go on.

    Attributes:
        text: The whole text.
        documents: How many documents have it.
        weight: What it is ordered by: fewer, where it is hardly what is meant.
    """

    text: str
    documents: int
    weight: int


class Completer:
    """Completes texts by one state of an index."""

    def __init__(
        self,
        reader: IndexReader,
        analyzer: Analyzer,
        ranker: Ranker,
        vocabulary: Vocabulary,
        sounds: Sounds,
    ) -> None:
        """Take the index. All methods raise ValueError where it proves damaged."""
        self._reader = reader
        self._analyzer = analyzer
        self._ranker = ranker
        self._vocabulary = vocabulary
        self._sounds = sounds

    def complete(self, text: str, limit: int) -> list[Completion]:
        """How a text can go on, what most documents have first, the shorter one of equal ones.

        The last word is completed and what stands before it is kept; a word is one that some
        document has together with what stands before. The whole is also the beginning of titles.
        """
        text = " ".join(text.split())
        if not text or limit < 1 or len(text) > _LONGEST:
            return []
        head, space, last = text.rpartition(" ")
        head += space
        words = self._words(last, limit) if not head else self._together(head, last, limit)
        if len(words) < limit and CJK_CHARACTER.search(last):
            words += self._after_cut(head, last, limit)
        found = {key_of(one.text): one for one in reversed(words)}
        # The documents that have a word have the title that it is.
        for key, completion in self._titles(key_of(self._analyzer.folding.fold(text)), limit):
            found.setdefault(key, completion)
        return _ordered(found.values())[:limit]

    def _words(self, beginning: str, limit: int) -> list[Completion]:
        """Words that begin with a text, or with what it is pinyin for."""
        folded = self._analyzer.folding.fold(beginning)
        try:
            prefix = to_bytes(folded)
        except UnicodeEncodeError:  # half a surrogate pair
            return []
        segments = self._vocabulary.segments

        def best(most: int) -> Iterator[tuple[list[str], int]]:
            for segment in segments:
                numbers = segment.with_prefix(prefix)
                chosen = most_frequent(numbers, segment.counts[numbers], most)
                left = _left(numbers, segment.counts, chosen)
                yield list(map(segment.word, chosen.tolist())), left

        def count(word: str) -> int:
            return self._ranker.document_frequency(word, WORDS)

        found = [Completion(*one, one[1]) for one in _best_of_all(best, count, limit)]
        letters = letters_of(folded)
        if letters is not None and len(letters) >= _SHORTEST_PINYIN:
            found = _ordered([*found, *self._sounding(letters, limit)])
        return found[:limit]

    def _sounding(self, letters: str, limit: int) -> Iterable[Completion]:
        """Words that begin with what letters are pinyin for."""
        sounds = self._sounds
        found: dict[str, Completion] = {}
        for meant in self._readings(letters):
            sets = [sounds.of(syllables) for syllables in meant]
            for word, count in sounds.vocabulary.beginning(sets, limit * _TOGETHER).items():
                # What is mostly read otherwise is meant only if nothing else is.
                weight = count // _UNUSUAL ** sounds.unusual(word[: len(meant)], meant)
                if word not in found or found[word].weight < weight:
                    found[word] = Completion(word, count, weight)
        return found.values()

    def _readings(self, letters: str) -> Iterator[list[tuple[str, ...]]]:
        """The syllables that letters may be, the last one perhaps unfinished."""
        pinyin = self._sounds.pinyin
        parts = letters.split("'")
        plain = "".join(parts)
        barriers = list(accumulate(map(len, parts)))
        ways: list[tuple[int, list[tuple[str, ...]]]] = [(0, [])]
        given = 0
        while ways and given < _MOST_READINGS:
            at, meant = ways.pop()
            limit = next(barrier for barrier in barriers if barrier > at)
            if limit == len(plain) and plain[at:] in pinyin.beginnings:
                given += 1
                yield [*meant, pinyin.beginnings[plain[at:]]]
            for end, syllables in pinyin.syllables_at(plain, at):
                if end <= limit and end < len(plain):
                    ways.append((end, [*meant, syllables]))

    def _together(self, head: str, last: str, limit: int) -> list[Completion]:
        """Words behind other words, with the number of documents that have them all."""
        words = self._words(last, limit * _TOGETHER)
        before = self._terms(head)
        return _ordered(islice(self._with(head, before, words), limit))

    def _after_cut(self, head: str, text: str, limit: int) -> list[Completion]:
        """The same for words without a space between them."""
        folded = self._analyzer.folding.fold(text)
        tokens = list(self._analyzer.words(folded))
        if len(tokens) < 2 or tokens[-1].end != len(folded) or not tokens[-1].start:
            return []
        start = tokens[-1].start
        before = [*self._terms(head + folded[:start]), sought(folded[start - 1 : start + 1], GRAMS)]
        words = self._words(folded[start:], limit * _TOGETHER)
        return _ordered(islice(self._with(head + folded[:start], before, words), limit))

    def _terms(self, text: str) -> list[Sought]:
        """What documents must have that have all words of a text."""
        terms = analyze(self._analyzer, text).terms
        return [sought(term.term, term.channel) for term in terms if term.channel == WORDS]

    def _with(
        self, head: str, before: list[Sought], words: list[Completion]
    ) -> Iterator[Completion]:
        for word in words:
            found = self._ranker.with_all([*before, sought(word.text, WORDS)])
            count = sum(len(documents) for _, documents in found) // _NUMBER
            if count:
                yield Completion(head + word.text, count, count)

    @cached_property
    def _segment_titles(self) -> list[SegmentTitles]:
        fold = self._analyzer.folding.fold
        return [SegmentTitles(one, fold) for one in self._reader.segments]

    def _titles(self, prefix: str, limit: int) -> Iterator[tuple[str, Completion]]:
        """Titles whose keys begin with another one: their keys, and they with their documents."""
        if not prefix:
            return

        def best(most: int) -> Iterator[tuple[list[str], int]]:
            for titles in self._segment_titles:
                numbers = titles.with_prefix(prefix)
                chosen = most_frequent(numbers, titles.counts[numbers], most)
                left = _left(numbers, titles.counts, chosen)
                yield list(map(titles.key, chosen.tolist())), left

        written: dict[str, str] = {}

        def count(key: str) -> int:
            total = 0
            for titles in self._segment_titles:
                number = titles.number(key)
                documents = [] if number is None else titles.documents(number)
                if documents and key not in written:
                    written[key] = titles.title(documents[0])
                total += len(documents)
            return total

        for key, documents in _best_of_all(best, count, limit):
            yield key, Completion(written[key], documents, documents)


def _best_of_all(
    best: Callable[[int], Iterable[tuple[list[str], int]]], count: Callable[[str], int], limit: int
) -> list[tuple[str, int]]:
    """The texts that most documents have, over all segments (Fagin's threshold algorithm).

    Args:
        best: Gives of each segment so many texts with the largest counts, and the largest count
            that any other text of it has.
        count: Counts the documents with a text in all segments.
        limit: How many texts are wanted.
    """
    most = limit
    while True:
        texts: dict[str, None] = {}
        unseen = 0
        for some, left in best(most):
            texts.update(dict.fromkeys(some))
            unseen += left
        counted = ((text, count(text)) for text in texts)
        found = sorted((one for one in counted if one[1]), key=_order)[:limit]
        # No text that was not seen can have more documents than that.
        if not unseen or (len(found) == limit and found[-1][1] >= unseen):
            return found
        most *= _MORE


def _left(numbers: Integers, counts: Integers, chosen: Integers) -> int:
    """The largest count that any of some numbers has that was not chosen, or more."""
    return 0 if chosen.size == numbers.size else int(counts[chosen].min())


def _order(counted: tuple[str, int]) -> tuple[int, int, str]:
    return -counted[1], len(counted[0]), counted[0]


def _ordered(completions: Iterable[Completion]) -> list[Completion]:
    return sorted(completions, key=lambda one: _order((one.text, one.weight)))
