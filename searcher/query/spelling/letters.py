"""Letters that no document has: pinyin for words of the index, or a word with a letter wrong."""

from __future__ import annotations

from collections.abc import Iterator

from searcher.index.columnar.arrays import Mask
from searcher.query.spelling import costs
from searcher.query.spelling.lattice import Edge, Way, cheapest
from searcher.query.spelling.parts import Frequencies, LetterRuns, Piece
from searcher.query.spelling.sounds import Sounds
from searcher.query.spelling.wordlist import WordList
from searcher.text.pinyin import letters_of

_LONGEST = 60  # letters that are read as pinyin
_CHOICES = 3  # words to choose from for the same syllables
_SHORTEST, _SHORTEST_STRICT = 4, 6  # letters of a word that may have a wrong one
_USUAL = 6  # letters of a word

_Syllables = tuple[str, ...]


class LetterSpeller:
    """Finds what words of letters may have been meant for."""

    def __init__(self, vocabulary: WordList, sounds: Sounds) -> None:
        """Take the words of the index."""
        self._vocabulary = vocabulary
        self._sounds = sounds

    def ways(self, runs: LetterRuns, frequencies: Frequencies) -> list[Way]:
        """What the runs may have been meant for, the most likely first, in offsets of the text."""
        letters = _Letters(runs.pieces)
        edges = [*_as_typed(letters), *self._misspelt(letters, frequencies)]
        edges += self._read(letters, frequencies, blurred=False)

        def joint(one: Edge, other: Edge) -> float:
            if not one.is_change or not other.is_change or one.end in letters.gaps:
                return 0.0
            return 0.0 if frequencies.pair(one.text[-1] + other.text[0]) else costs.NEW_NEIGHBOURS

        ways = cheapest(0, letters.size, edges, joint)
        if not frequencies.is_strict and (not ways or ways[0].cost >= costs.DUBIOUS):
            edges += self._read(letters, frequencies, blurred=True)
            ways = cheapest(0, letters.size, edges, joint)
        return [letters.in_text(way) for way in ways if _says_something(way, letters)]

    def _misspelt(self, letters: _Letters, frequencies: Frequencies) -> Iterator[Edge]:
        """Words of the index that differ from a typed one in one letter."""
        shortest = _SHORTEST_STRICT if frequencies.is_strict else _SHORTEST
        for piece, start, end in letters.runs():
            if piece.is_known or len(piece.text) < shortest:
                continue
            for one in self._vocabulary.near(piece.text)[:_CHOICES]:
                cost = costs.LOOKS_LETTERS[one.change] + costs.rarity(
                    one.count, frequencies.documents
                )
                cost += costs.SHORT_WORD * max(0, _USUAL - len(piece.text))
                yield Edge(start, end, one.word, cost, is_change=True)

    def _read(
        self, letters: _Letters, frequencies: Frequencies, *, blurred: bool
    ) -> Iterator[Edge]:
        """Words of the index for syllables, from every place where syllables may lead to."""
        reached, seen = [*letters.bounds], set(letters.bounds)
        while reached:
            start = reached.pop()
            for end, _ in self._syllables(letters, start, blurred):
                if end not in seen:
                    seen.add(end)
                    reached.append(end)
            yield from self._words(letters, frequencies, start, start, [], [], blurred)

    def _words(
        self,
        letters: _Letters,
        frequencies: Frequencies,
        start: int,
        at: int,
        meant: list[_Syllables],
        sets: list[Mask],
        blurred: bool,
    ) -> Iterator[Edge]:
        """The words from a place on that begin with syllables which are already read."""
        for end, syllables in self._syllables(letters, at, blurred):
            all_meant, all_sets = [*meant, syllables], [*sets, self._sounds.of(syllables)]
            known = costs.READ_KNOWN * letters.known_between(start, end)
            with_pairs = not blurred and not frequencies.is_strict
            for word, count, cost in self._sounding(all_meant, all_sets, blurred, with_pairs):
                cost += known + costs.rarity(count, frequencies.documents)
                is_certain = not blurred and len(word) > 1 and count > frequencies.rare
                yield Edge(start, end, word, cost, is_change=True, is_certain=is_certain)
            # Two characters may be neighbours and no word.
            if len(all_sets) == 1 or self._vocabulary.has_longer(all_sets):
                yield from self._words(
                    letters, frequencies, start, end, all_meant, all_sets, blurred
                )

    def _sounding(
        self, meant: list[_Syllables], sets: list[Mask], blurred: bool, with_pairs: bool
    ) -> Iterator[tuple[str, int, float]]:
        """Words for some syllables, each with its number of documents and what it costs."""
        base = costs.SIMILAR_PINYIN if blurred else costs.PINYIN
        base += costs.ONE_CHARACTER if len(sets) == 1 else 0.0
        for word, count in list(self._vocabulary.sounding(sets).items())[:_CHOICES]:
            yield word, count, base + costs.UNUSUAL_READING * self._sounds.unusual(word, meant)
        if len(sets) == 2 and with_pairs:
            for pair, count in self._vocabulary.pairs(*sets).items():
                if not self._sounds.unusual(pair, meant):
                    yield pair, count, base + costs.NO_WORD

    def _syllables(
        self, letters: _Letters, at: int, blurred: bool
    ) -> list[tuple[int, tuple[str, ...]]]:
        """The syllables at a place that no gap or apostrophe parts."""
        found = self._sounds.pinyin.syllables_at(letters.text, at, blurred=blurred)
        limit = letters.limit(at)
        return [(end, meant) for end, meant in found if end <= limit]


class _Letters:
    """The letters of several runs, one run after the other.

    Attributes:
        text: The letters; a blank where a run is no pinyin.
        bounds: Where the runs begin, and where the last one ends.
        gaps: The same as a set.
    """

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        self._pieces = pieces
        self.text = ""
        self.bounds = [0]
        barriers: list[int] = []
        for piece in pieces:
            letters = letters_of(piece.text)
            if letters is None or len(self.text) + len(letters) > _LONGEST:
                letters = " "
            for part in letters.split("'"):
                self.text += part
                barriers.append(len(self.text))
            self.bounds.append(len(self.text))
        self.gaps = frozenset(self.bounds)
        self._barriers = barriers

    def runs(self) -> Iterator[tuple[Piece, int, int]]:
        """The runs, with where each begins and ends among the letters."""
        return zip(self._pieces, self.bounds, self.bounds[1:], strict=False)

    @property
    def size(self) -> int:
        """The number of letters."""
        return len(self.text)

    def limit(self, at: int) -> int:
        """Where a syllable that begins at a place must have ended."""
        return next((barrier for barrier in self._barriers if barrier > at), self.size)

    def known_between(self, start: int, end: int) -> int:
        """How many runs that some documents have lie between two places, if only in part."""
        return sum(
            piece.is_known and first < end and start < after for piece, first, after in self.runs()
        )

    def in_text(self, way: Way) -> Way:
        """The same way with whole runs as edges, in offsets of the text."""
        edges: list[Edge] = []
        start, text, is_change, is_certain = 0, "", False, True
        for edge in way.edges:
            text += edge.text
            is_change |= edge.is_change
            is_certain &= edge.is_certain
            if edge.end not in self.gaps:
                continue
            first, last = self.bounds.index(start), self.bounds.index(edge.end) - 1
            bounds = self._pieces[first].start, self._pieces[last].end
            edges.append(Edge(*bounds, text, 0.0, is_change, is_certain))
            start, text, is_change, is_certain = edge.end, "", False, True
        return Way(way.cost, tuple(edges))


def _as_typed(letters: _Letters) -> Iterator[Edge]:
    for piece, start, end in letters.runs():
        cost = 0.0 if piece.is_known else costs.UNKNOWN_LETTERS
        yield Edge(start, end, piece.text, cost, is_certain=piece.is_known)


def _says_something(way: Way, letters: _Letters) -> bool:
    """Whether no run has become single characters and nothing else."""
    longest = 0
    for edge in way.edges:
        longest = max(longest, len(edge.text))
        if edge.end in letters.gaps:
            if longest < 2 and edge.is_change:
                return False
            longest = 0
    return True
