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
from searcher.index.vocabulary import Change
from searcher.query.spelling import costs
from searcher.query.spelling.lattice import Edge, Way, cheapest
from searcher.query.spelling.parts import HanRun
from searcher.query.spelling.sounds import Sounds
from searcher.query.spelling.wordlist import WordList

_LONGEST = 6  # characters that are replaced at once
_CHOICES = 4  # words to choose from for each stretch and kind of change
# So many times as many documents must have a word as have what it is to replace, if that is rare,
# and if it is not.
_MANY_TIMES, _VASTLY = 5, 100

# They stand between words, so that the words beside them are no word with a character wrong.
_PARTICLES = frozenset("的了着过吗呢吧啊是在我你他她它们这那个有就都也不没要会能很")


class HanSpeller:
    """Finds what runs of Han characters may have been meant for."""

    def __init__(self, vocabulary: WordList, sounds: Sounds) -> None:
        """Take the words of the index."""
        self._vocabulary = vocabulary
        self._sounds = sounds

    def ways(self, run: HanRun, *, is_strict: bool) -> list[Way]:
        """What the run may have been meant for, the most likely first, in offsets of the text.

        Args:
            run: The run.
            is_strict: Whether a character can only be meant for one that sounds just the same.
        """
        edges: list[Edge] = []
        for piece in run.pieces:
            cost = 0.0 if piece.is_known else costs.STRANGE
            edges.append(Edge(piece.start, piece.end, piece.text, cost))
        for first, last in _stretches(run):
            edges += self._replacements(run, first, last, is_strict)
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

    def _replacements(self, run: HanRun, first: int, last: int, is_strict: bool) -> Iterator[Edge]:
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
            changed = costs.SAME_SOUND * _changed(text, word)
            unusual = costs.UNUSUAL_READING * sounds.unusual(word, meant)
            return costs.REPLACED + changed + unusual

        sets = self._sets(text, meant)
        sounding = self._vocabulary.sounding(sets)
        if is_strict:
            slips = {
                word: count
                for word, count in sounding.items()
                if self._is_slip(text, word, is_vast=count >= least * _VASTLY // _MANY_TIMES)
            }
            note(slips, same)
        else:
            note(sounding, same)
            if len(pieces) == 2 == len(text):
                note(self._names(text, sets), lambda pair: costs.NO_WORD + 2 * same(pair))
            similar = self._sets(text, [sounds.pinyin.similar(syllables) for syllables in meant])
            near = {
                word: count
                for word, count in self._vocabulary.sounding(similar).items()
                if _changed(text, word) <= (len(text) + 1) // 2
            }
            note(near, lambda word: costs.REPLACED + costs.SIMILAR_SOUND * _changed(text, word))
        for change, words in self._near(text, len(pieces), is_strict):
            note(words, partial(_looks, change))
        start, end = pieces[0].start, pieces[-1].end
        for word, likely in found.items():
            yield Edge(start, end, word, likely, is_change=True)

    def _names(self, text: str, sets: Sequence[Mask]) -> dict[str, int]:
        """Pairs of characters that are no word, as names are, which the text may be meant for.

        One of the two is right, and none of them stands between words: ``天其`` and ``里是`` are
        no names, only what stands side by side in some sentence.
        """
        return {
            pair: count
            for pair, count in self._vocabulary.pairs(*sets).items()
            if _changed(text, pair) == 1 and _PARTICLES.isdisjoint(pair)
        }

    def _is_slip(self, text: str, word: str, *, is_vast: bool) -> bool:
        """Whether one character is another one that sounds just the same.

        The tone may be another one if vastly more documents have the word than the text.
        """
        if _changed(text, word) != 1 or is_vast:
            return _changed(text, word) == 1
        pairs = zip(text, word, strict=True)
        return all(
            one == other or self._sounds.pinyin.sound_alike(one, other) for one, other in pairs
        )

    def _near(
        self, text: str, pieces: int, is_strict: bool
    ) -> Iterator[tuple[Change, dict[str, int]]]:
        """Words that a text differs from in one character, however that sounds."""
        if pieces > 1 and not _PARTICLES.isdisjoint(text):
            return
        found: dict[Change, dict[str, int]] = {}
        stutters = _stutters(text)
        for one in self._vocabulary.near(text):
            # What merely stands beside a word is no mistake.
            if stutters or one.word not in text:
                found.setdefault(one.change, {})[one.word] = one.count
        is_long = len(text) > 2 and not is_strict
        for change, words in found.items():
            if is_long or change == Change.SWAPPED or (change == Change.EXTRA and stutters):
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


def _changed(text: str, word: str) -> int:
    """How many characters differ."""
    return sum(one != other for one, other in zip(text, word, strict=True))


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
    times = _MANY_TIMES if min(counts) <= run.frequencies.rare else _VASTLY
    return max(1, times * min(counts))
