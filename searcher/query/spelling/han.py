"""Han characters typed wrong: another of the same sound, one too many, too few, in another order.

A wrong character leaves a trace: the word falls apart when it is cut, and its characters are
neighbours that no document has, or it is a word that hardly any document has. Only such places are
looked at, and what stands there is replaced by a word of the index as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise

from searcher.index.columnar.arrays import Mask
from searcher.index.vocabulary import Change, Vocabulary
from searcher.query.spelling import costs
from searcher.query.spelling.lattice import Edge, Way, cheapest
from searcher.query.spelling.parts import HanRun
from searcher.query.spelling.sounds import Sounds

_LONGEST = 6  # characters that are replaced at once
_CHOICES = 4  # words to choose from for each stretch and kind of change
_MANY_TIMES = 5  # as many documents must have a word as have what it is to replace

# They stand between words, so that the words beside them are no word with a character wrong.
_PARTICLES = frozenset("的了着过吗呢吧啊是在我你他她它们这那个有就都也不没要会能很")


class HanSpeller:
    """Finds what runs of Han characters may have been meant for."""

    def __init__(self, vocabulary: Vocabulary, sounds: Sounds) -> None:
        """Take the words of the index."""
        self._vocabulary = vocabulary
        self._sounds = sounds

    def ways(self, run: HanRun) -> list[Way]:
        """What the run may have been meant for, the most likely first, in offsets of the text."""
        edges: list[Edge] = []
        for piece in run.pieces:
            cost = 0.0 if piece.is_known else costs.STRANGE
            edges.append(Edge(piece.start, piece.end, piece.text, cost))
        for first, last in _stretches(run):
            edges += self._replacements(run, first, last)
        strange = {run.pieces[at].end for at in run.strange}

        def joint(one: Edge, other: Edge) -> float:
            if not one.is_change and not other.is_change:
                return costs.STRANGE if one.end in strange else 0.0
            if run.frequencies.pair(one.text[-1] + other.text[0]) > run.frequencies.rare:
                return 0.0
            kept = other if one.is_change else one
            is_odd = not kept.is_change and len(kept.text) == 1
            return costs.STRANGE if is_odd else costs.NEW_NEIGHBOURS

        return cheapest(run.start, run.start + len(run.text), edges, joint)

    def _replacements(self, run: HanRun, first: int, last: int) -> Iterator[Edge]:
        """The words of the index that may stand for some pieces, given by number."""
        pieces = run.pieces[first : last + 1]
        text = "".join(piece.text for piece in pieces)
        least = _least_count(run, first, last)
        found: dict[str, float] = {}

        def note(words: Mapping[str, int], cost: Callable[[str], float]) -> None:
            chosen = [word for word, count in words.items() if count >= least and word != text]
            for word in chosen[:_CHOICES]:
                likely = cost(word) + costs.rarity(words[word], run.frequencies.documents)
                found[word] = min(found.get(word, likely), likely)

        sounds = self._sounds
        meant = [sounds.pinyin.readings(char) for char in text]

        def same(word: str) -> float:
            return costs.UNUSUAL_READING * sounds.unusual(word, meant) + _changes(
                text, word, costs.SAME_SOUND
            )

        sets = self._sets(text, meant)
        sounding = self._vocabulary.sounding(sets)
        if run.frequencies.is_strict:
            note({word: sounding[word] for word in sounding if self._is_slip(text, word)}, same)
        else:
            note(sounding, same)
            if len(text) == 2:
                note(self._vocabulary.pairs(*sets), lambda pair: costs.NO_WORD + 2 * same(pair))
            similar = self._sets(text, [sounds.pinyin.similar(syllables) for syllables in meant])
            note(
                self._vocabulary.sounding(similar),
                lambda word: _changes(text, word, costs.SIMILAR_SOUND),
            )
        for change, words in self._near(text, run, first, last):
            note(words, partial(_looks, change))
        start, end = pieces[0].start, pieces[-1].end
        for word, likely in found.items():
            yield Edge(start, end, word, likely, is_change=True)

    def _is_slip(self, text: str, word: str) -> bool:
        """Whether one character is another one that sounds just the same."""
        changed = [pair for pair in zip(text, word, strict=True) if pair[0] != pair[1]]
        return len(changed) == 1 and self._sounds.pinyin.sound_alike(*changed[0])

    def _near(
        self, text: str, run: HanRun, first: int, last: int
    ) -> Iterator[tuple[Change, dict[str, int]]]:
        """Words that a text differs from in one character, however that sounds."""
        if first < last and not _PARTICLES.isdisjoint(text):
            return
        found: dict[Change, dict[str, int]] = {}
        for one in self._vocabulary.near(text):
            found.setdefault(one.change, {})[one.word] = one.count
        is_long = len(text) > 2 and not run.frequencies.is_strict
        for change, words in found.items():
            if is_long or change == Change.SWAPPED or (change == Change.EXTRA and _stutters(text)):
                yield change, words

    def _sets(self, text: str, meant: Sequence[Iterable[str]]) -> list[Mask]:
        """For each character those that are read like it, itself among them."""
        sets = []
        for char, syllables in zip(text, meant, strict=True):
            mask = self._sounds.of(syllables)
            mask[ord(char)] = True
            sets.append(mask)
        return sets


def _looks(change: Change, _: str) -> float:
    return costs.LOOKS_HAN[change]


def _changes(text: str, word: str, each: float) -> float:
    """What it costs that each character that differs is another one."""
    changed = sum(one != other for one, other in zip(text, word, strict=True))
    return costs.REPLACED + each * changed


def _stutters(text: str) -> bool:
    return any(one == other for one, other in pairwise(text))


def _stretches(run: HanRun) -> Iterator[tuple[int, int]]:
    """Where something may be replaced: the numbers of the first and the last piece."""
    pieces = run.pieces
    for first in range(len(pieces)):
        size = 0
        for last in range(first, len(pieces)):
            size += len(pieces[last].text)
            if size > _LONGEST:
                break
            if size > 1 and _is_doubtful(run, first, last):
                yield first, last


def _is_doubtful(run: HanRun, first: int, last: int) -> bool:
    """Whether pieces, given by number, may be something else as a whole."""
    pieces = run.pieces[first : last + 1]
    if not all(piece.is_known for piece in pieces):
        return True
    # Of known words side by side each is what it is, unless both together sound like a longer one.
    return any(at in run.strange for at in range(first, last))


def _least_count(run: HanRun, first: int, last: int) -> int:
    """How many documents must have a word that pieces are replaced by."""
    counts = [run.strange[at] for at in range(first, last) if at in run.strange]
    counts += [
        run.frequencies.word(piece.text)
        for piece in run.pieces[first : last + 1]
        if not piece.is_known
    ]
    return max(1, _MANY_TIMES * min(counts))
