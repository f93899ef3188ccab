"""Another query for one that has no hits, or few.

What is doubtful in a query is told from the index alone (see ``parts``): words that no document
has and characters that were never neighbours; where the whole query has few hits, words that few
documents have as well. Quoted strings are looked at like any other text, fields, conditions and
what is excluded are not. What was meant is looked for by sound, by pinyin and by small changes
among the words of the index, and a suggestion is made only if it has more hits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple, Protocol

from searcher.query.spelling.parts import Frequencies, HanRun, doubtful_parts, may_have_letters
from searcher.query.spelling.rewriting import Edit, Text, rewritten, texts_of
from searcher.query.tree import Node, Words
from searcher.text import Analyzer, FoldedText

if TYPE_CHECKING:
    from searcher.query.spelling.han import HanSpeller
    from searcher.query.spelling.lattice import Way
    from searcher.query.spelling.letters import LetterSpeller
    from searcher.query.spelling.sounds import Sounds

_LONGEST = 100  # characters; longer texts were pasted, not typed
_TRIES = 4  # queries that are tried
_LONGEST_DOUBT = 6  # characters of a run that may be wrong if the whole run is to be right
# What one of so many documents has is rare, and what no more than so many have.
_ONE_OF, _RARE = 5000, 20

Parse = Callable[[str], Node]
Occurs = Callable[[str], bool]


class Counted(Protocol):
    """An index, as far as spelling looks at all of it."""

    @property
    def count(self) -> int:
        """How many documents there are."""


class _Choice(NamedTuple):
    """What a part of a text may have been meant for."""

    cost: float
    edits: tuple[Edit, ...]


class Speller:
    """Finds what queries on one state of an index may have been meant for."""

    def __init__(
        self,
        reader: Counted,
        analyzer: Analyzer,
        count: Callable[[str, str], int],
        sounds: Callable[[], Sounds],
    ) -> None:
        """Take the index.

        Args:
            reader: The index.
            analyzer: What it was made with.
            count: Tells in how many documents a term of a field is.
            sounds: Gives the sounds of its characters, when something is doubtful.
        """
        self._reader = reader
        self._analyzer = analyzer
        self._count = count
        self._get_sounds = sounds

    @property
    def rare(self) -> int:
        """So many documents, or fewer, have what is rare in an index of this size."""
        return min(self._reader.count // _ONE_OF, _RARE)

    def corrections(
        self, query: str, parse: Parse, occurs: Occurs, *, few: int, is_strict: bool
    ) -> Iterator[str]:
        """Other queries, the most likely first; whether they have hits is not known.

        Args:
            query: The query.
            parse: Reads it.
            occurs: Tells whether a document has a string.
            few: A word that so many documents have, or fewer, may be a mistake.
            is_strict: Whether only to look for what is most likely.
        """
        frequencies = self._frequencies(few, is_strict=is_strict)
        seen = {query}
        for text, choices in self._choices(query, parse, occurs, frequencies):
            for edits in _combined(choices):
                found = rewritten(query, parse, text, edits)
                if found is not None and found not in seen:
                    seen.add(found)
                    yield found
                if len(seen) > _TRIES:
                    return

    def spelt_out(self, query: str, parse: Parse) -> str | None:
        """The query with words of the index for pinyin, if it is plain words and all are read."""
        tree = parse(query)
        if not isinstance(tree, Words) or tree.field is not None:
            return None
        if len(tree.text) > _LONGEST:
            return None
        if not may_have_letters(self._analyzer.folding.fold(tree.text)):
            return None
        folded = self._analyzer.folding.fold_with_offsets(tree.text)
        frequencies = self._frequencies(0, is_strict=False)
        edits: list[Edit] = []
        for part in doubtful_parts(self._analyzer, folded.text, frequencies):
            if isinstance(part, HanRun):
                return None
            ways = self._letters.ways(part, frequencies)
            if not ways or not all(edge.is_certain for edge in ways[0].edges):
                return None
            edits += _edits(ways[0], folded)
        return rewritten(query, parse, tree, tuple(edits)) if edits else None

    def _frequencies(self, few: int, *, is_strict: bool) -> Frequencies:
        rare = max(few, self.rare)
        return Frequencies(self._count, self._reader.count, few=few, rare=rare, is_strict=is_strict)

    def _choices(
        self, query: str, parse: Parse, occurs: Occurs, frequencies: Frequencies
    ) -> Iterator[tuple[Text, list[list[_Choice]]]]:
        """The texts of a query with something doubtful, and what each such part may be."""
        for text in texts_of(parse(query)):
            if len(text.text) > _LONGEST:
                continue
            folded = self._analyzer.folding.fold_with_offsets(text.text)
            choices: list[list[_Choice]] = []
            for part in doubtful_parts(self._analyzer, folded.text, frequencies):
                if isinstance(part, HanRun):
                    ways = self._han_ways(part, occurs)
                else:
                    ways = self._letters.ways(part, frequencies)
                made = (_Choice(way.cost, _edits(way, folded)) for way in ways)
                # What is less likely than what was typed is no suggestion.
                choices.append(list(takewhile(lambda choice: choice.edits, made)))
            yield text, choices

    def _han_ways(self, run: HanRun, occurs: Occurs) -> list[Way]:
        """What a run may have been meant for.

        Where the query has hits, it is meant for something that only sounds similar, or looks
        similar, if the whole run then is in a document, and as it was typed it is in none.
        """
        if not run.frequencies.is_strict:
            return self._han.ways(run, is_strict=False)
        if run.doubtful_size <= _LONGEST_DOUBT and not occurs(run.text):
            for way in self._han.ways(run, is_strict=False):
                if not way.is_change:
                    break
                if occurs("".join(edge.text for edge in way.edges)):
                    return [way]
        return self._han.ways(run, is_strict=True)

    @cached_property
    def _han(self) -> HanSpeller:
        from searcher.query.spelling.han import HanSpeller

        sounds = self._get_sounds()
        return HanSpeller(sounds.vocabulary, sounds)

    @cached_property
    def _letters(self) -> LetterSpeller:
        from searcher.query.spelling.letters import LetterSpeller

        sounds = self._get_sounds()
        return LetterSpeller(sounds.vocabulary, sounds)


def _edits(way: Way, folded: FoldedText) -> tuple[Edit, ...]:
    return tuple(
        Edit(*folded.original_span(edge.start, edge.end), edge.text)
        for edge in way.edges
        if edge.is_change
    )


def _combined(choices: list[list[_Choice]]) -> Iterator[tuple[Edit, ...]]:
    """Edits of all parts: the best of each, then with the second of one of them, and so on."""
    best = [options[0] if options else None for options in choices]
    candidates: list[tuple[float, int, list[_Choice | None]]] = [(0.0, 0, best)]
    for at, options in enumerate(choices):
        for other in options[1:]:
            more = other.cost - options[0].cost
            candidates.append((more, len(candidates), [*best[:at], other, *best[at + 1 :]]))
    for _, _, chosen in sorted(candidates, key=lambda one: one[:2]):
        edits = [edit for one in chosen if one is not None for edit in one.edits]
        if edits:
            yield tuple(sorted(edits, key=lambda edit: edit.start))
