"""A closer look at the best documents: how much of what was typed they have, and how close by.

BM25F over words and pairs misses what was said in other words: of ``赔偿`` a text with ``赔付`` has
half. So the documents that it puts first are looked at again, by their single characters::

    Σ_c weight_c · tf_c / (tf_c + k · length / average length)          times ``characters``
    + max over sentences s of Σ_{c in s} weight_c                       times ``sentence``

The weight of a character is the inverse document frequency of the most frequent pair of the query
that it is in, which is a bound of its own and costs nothing to look up.

A text of one word, or of fewer than three characters, is left as it is.

What is added depends on the query and the document alone, so filters and limits change no score.
Documents are looked at in blocks of ``BLOCK``, in the order that BM25F gives, and are put in order
within their block: the next page goes on where the last one ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from searcher.index.columnar.segment import Fields
from searcher.index.fields import BODY, GRAMS, TITLE, WORDS, length_column
from searcher.index.reader import IndexReader
from searcher.kernel import load
from searcher.query.analysis import AnalyzedText
from searcher.query.bm25f import Parameters, idf
from searcher.query.collection import Collection, Frequencies
from searcher.query.numpy_characters import NumpyCharacters
from searcher.query.ranking import Row
from searcher.query.results import TermContribution
from searcher.query.sought import CHANNELS, Sought
from searcher.query.tree import Boost, Clauses, Expanded, Node, Words
from searcher.text import Folding
from searcher.text.characters import CJK_CHARACTER
from searcher.text.questions import without_questions

BLOCK = 32  # documents that are put in order among themselves
# Instead of a channel, in explanations.
CHARACTERS, SENTENCE = "characters", "sentence"

_LEAST_WORDS = 2  # what has a word has its characters
_LEAST = 3  # characters; of fewer a document has all
_MOST = 64  # characters; of more those that weigh most
_K = 0.9  # how soon a repeated character stops counting
_LONGEST_CHARACTER = 4  # bytes
_WORDS = CHANNELS.index(WORDS)
_LAST_CHARACTER = "\uffff"  # characters beyond are too rare to matter

# Plain texts of a query, their terms as the ranker looks for them, and their boosts.
Texts = Sequence[tuple[AnalyzedText, list[Sought], float]]


def whole_blocks(k: int) -> int:
    """How many documents the blocks have that the first k are in."""
    return -(-k // BLOCK) * BLOCK


def plain_texts(node: Node, need_all: bool, factor: float = 1.0) -> list[tuple[str, float]]:
    """The plain texts of a query of which any word is enough, and their boosts.

    Only at its top: what stands under an operator is scored with what it stands beside.
    """
    match node:
        case Words(text, None) if not need_all:
            return [(text, factor)]
        case Expanded(words, _):
            return plain_texts(words, need_all, factor)
        case Boost(child, times):
            return plain_texts(child, need_all, factor * times)
        case Clauses(_, should, _) if not need_all:
            return [text for child in should for text in plain_texts(child, need_all, factor)]
        case _:
            return []


def in_order(
    reader: IndexReader, rows: list[Row], reranking: Reranking, first: int, last: int | None
) -> Iterator[Row]:
    """The scores and numbers of documents, put in order within their blocks.

    Args:
        reader: Where they are.
        rows: Their scores so far, and their numbers; of whole blocks.
        reranking: What is added.
        first: How many of the best are left out.
        last: After how many to stop; None for all.
    """
    if len(rows) > BLOCK:  # else all are in one block, whatever their order
        reader.sort_rows(rows)
    end = len(rows) if last is None else min(last, len(rows))
    native = load("reranking")
    for at in range(first // BLOCK * BLOCK, end, BLOCK):
        block = rows[at : at + BLOCK]
        added = reranking.scores(reader.texts([number for _, number in block]))
        begin, end_of_block = max(first - at, 0), end - at
        if native is None:
            found = [(row[0] + more, row[1]) for row, more in zip(block, added, strict=True)]
            reader.sort_rows(found, begin, end_of_block)  # the rest of the block is not asked for
        else:
            found, are_equal = native.best(block, added, end_of_block)
            if are_equal:
                reader.sort_equal_rows(found, begin, end_of_block)
        yield from found[begin:end_of_block]


class Characters(Protocol):
    """What the characters of a text are worth in documents, given as titles and bodies."""

    def scores(self, documents: Sequence[tuple[str, str]], /) -> list[float]:
        """What is added to the score of each document."""


class Weighed(NamedTuple):
    """The characters of a text.

    Attributes:
        forms: Each with all characters that fold to it.
        weights: Their weights.
        average: The average length of a document, in pairs of characters, which the index counts.
        characters: What is multiplied with, for characters anywhere.
        sentence: The same for those of one sentence.
    """

    forms: tuple[str, ...]
    weights: tuple[float, ...]
    average: float
    characters: float
    sentence: float


def _weights(
    chars: str,
    rest: str,
    terms: list[Sought],
    known: list[int],
    count: int,
    questions: float,
) -> list[float]:
    """The same as the kernel's: what each of some characters weighs.

    Args:
        chars: The characters, each once.
        rest: The text without words that only ask.
        terms: The terms of the text.
        known: In how many documents each of them is.
        count: How many documents there are.
        questions: What characters count that are in no other words than these.
    """
    frequencies = dict.fromkeys(chars, 0)
    for (channel, raw, _, _), frequency in zip(terms, known, strict=True):
        is_word = channel == _WORDS
        if is_word and len(raw) > _LONGEST_CHARACTER:
            continue
        term = raw.decode("utf-8", "replace")
        if is_word and len(term) > 1:
            continue
        for char in term:
            if frequency > frequencies.get(char, frequency):
                frequencies[char] = frequency
    return [
        idf(max(count, frequency), frequency) * (1.0 if char in rest else questions)
        for char, frequency in frequencies.items()
    ]


class Reranking:
    """What to add to the scores of the documents that a query finds."""

    def __init__(self, weighed: list[tuple[Weighed, float]]) -> None:
        """Take the characters of each plain text, and its boost."""
        self._weighed = weighed
        native = load("reranking")
        make: Callable[..., Characters] = NumpyCharacters if native is None else native.Characters
        self._parts = [(make(*each, _K), factor) for each, factor in weighed]

    def scores(self, documents: Sequence[tuple[str, str]]) -> list[float]:
        """What is added to the score of each document, given by its title and body."""
        (characters, factor), *others = self._parts
        if factor == 1.0 and not others:
            return characters.scores(documents)
        sums = [0.0] * len(documents)
        for characters, factor in self._parts:
            for number, score in enumerate(characters.scores(documents)):
                sums[number] += factor * score
        return sums

    def added_to(self, found: Iterable[tuple[float, Fields]]) -> Iterator[tuple[float, Fields]]:
        """The documents with what is added to their scores."""
        for score, fields in found:
            yield score + self.scores([fields[1:3]])[0], fields

    def contributions(self, document: tuple[str, str]) -> list[TermContribution]:
        """What the characters that a document has add to its score, and those of one sentence.

        Args:
            document: Its title and body.
        """
        found: list[TermContribution] = []
        for weighed, factor in self._weighed:
            chars = "".join([form[0] for form in weighed.forms])
            for channel, only in (
                (CHARACTERS, weighed._replace(sentence=0.0)),
                (SENTENCE, weighed._replace(characters=0.0)),
            ):
                score = NumpyCharacters(*only, _K).scores([document])[0] * factor
                if score:
                    found.append(TermContribution(chars, channel, 0.0, 0, factor, score))
        return found


class Reranker:
    """Prepares the closer look, over one state of an index."""

    def __init__(
        self, reader: Collection, ranker: Frequencies, folding: Folding, parameters: Parameters
    ) -> None:
        """Take the index and how it was made."""
        self._reader = reader
        self._ranker = ranker
        self._folding = folding
        self._parameters = parameters
        self._average: float | None = None
        self._known_forms: dict[str, str] = {}

    def prepared(self, texts: Texts) -> Reranking | None:
        """The look at the documents for plain texts; None where it would change nothing."""
        parts: list[tuple[Weighed, float]] = []
        for text, terms, factor in texts:
            weighed = self._weigh(text, terms)
            if weighed is not None:
                parts.append((weighed, factor))
        return Reranking(parts) if parts else None

    def _weigh(self, text: AnalyzedText, terms: list[Sought]) -> Weighed | None:
        """The characters of a text that count; None if they are too few."""
        parameters = self._parameters
        if not (parameters.characters or parameters.sentence) or len(text.units) < _LEAST_WORDS:
            return None
        chars = list(dict.fromkeys(CJK_CHARACTER.findall(text.folded)))
        if chars and max(chars) > _LAST_CHARACTER:
            chars = [char for char in chars if char <= _LAST_CHARACTER]
        if len(chars) < _LEAST:
            return None
        native = load("reranking")
        weigh: Callable[..., list[float]] = _weights if native is None else native.weights
        weights = weigh(
            "".join(chars),
            without_questions(text.folded),
            terms,
            self._ranker.document_frequencies(terms),
            self._reader.count,
            parameters.questions,
        )
        if len(chars) > _MOST:
            order = sorted(range(len(chars)), key=lambda number: -weights[number])[:_MOST]
            order.sort()
            chars, weights = [chars[at] for at in order], [weights[at] for at in order]
        return Weighed(
            self._forms(chars),
            tuple(weights),
            self._average_length(),
            parameters.characters,
            parameters.sentence,
        )

    def _forms(self, chars: list[str]) -> tuple[str, ...]:
        known = self._known_forms
        try:
            return tuple([known[char] for char in chars])
        except KeyError:
            for char in chars:
                found = self._folding.forms(char)
                known[char] = "".join([form for form in found if form <= _LAST_CHARACTER])
            return self._forms(chars)

    def _average_length(self) -> float:
        if self._average is None:
            columns = (length_column(TITLE, GRAMS), length_column(BODY, GRAMS))
            total = sum(self._reader.total_length(column) for column in columns)
            self._average = total / self._reader.count if total else 1.0
        return self._average
