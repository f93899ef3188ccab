"""The sentences of a text, and how well each answers what was asked for.

What is shown of a document is a few of its sentences, so they are ranked much as documents are:
by the different words that they have, the rare ones before all. Three things are different in a
single text. A word that most of its sentences have, or that its title has, does not tell them
apart. Words that stand close together belong together. And what a sentence speaks of is often
named in the one before it: the company, the question, the heading.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from searcher.query.results import Span
from searcher.query.traits import CLOSING_MARKS, SENTENCE_ENDS
from searcher.query.width import cell_width

# A sentence ends with a mark and the closing ones that follow, or with the line, but not with a
# mark inside an address or an expression, such as ``search?q=1``.
_LATIN = "[0-9A-Za-z]"
_SENTENCE = re.compile(
    f"[^{SENTENCE_ENDS}\n]*(?:(?<={_LATIN})[!?;](?={_LATIN})[^{SENTENCE_ENDS}\n]*)*"
    f"(?:[{SENTENCE_ENDS}]+[{re.escape(CLOSING_MARKS)}]*|\n|$)"
)
_ENDS_AND_CLOSING = SENTENCE_ENDS + CLOSING_MARKS
_NEARBY = 16  # marks that may overlap each other

_IN_TITLE = 0.5  # how much a word says of what it would say if the title did not have it
_COMMON = 2.0  # a word of very many sentences says a third of what that of a single one says
_COMMON_SENTENCES = 6  # further ones with which half of that is taken off
_CLOSE = 0.3  # how much more words say side by side
_CLOSE_CHARACTERS = 10  # between two words that say half as much more
_REPEATED = 0.1  # how much finding a word again says, of what finding it once says
_BEFORE = 0.5  # how much a word of the sentence before says
_LEADING = 0.8  # the same where it is a question or a heading
_HEADING = 0.7  # how much a heading says of what a sentence with its words would say
_LONGEST_HEADING = 48  # cells

_NO_WORDS: frozenset[int] = frozenset()


class Mark(NamedTuple):
    """Something to mark.

    Attributes:
        start: Where it begins in the text.
        end: Where it ends.
        word: Which of the highlights it is.
    """

    start: int
    end: int
    word: int


class Sentence(NamedTuple):
    """A sentence, or a part of one.

    Attributes:
        start: Where it begins in the text.
        end: Where it ends.
        marks: What is marked in it, in order.
        words: Which of the highlights it has.
        is_lead: Whether it has marks and leads to the next one: a question, a heading, what ends
            with a colon.
        score: How well it answers; 0 without marks.
    """

    start: int
    end: int
    marks: Sequence[Mark]
    words: frozenset[int]
    is_lead: bool
    score: float


def marks_between(marks: Iterable[Mark], start: int, end: int) -> list[Mark]:
    """The marks of a span, as far as they are inside it."""
    return [
        mark
        if start <= mark.start and mark.end <= end
        else Mark(max(mark.start, start), min(mark.end, end), mark.word)
        for mark in marks
        if mark.start < end and mark.end > start
    ]


def rank_sentences(
    text: str, title: str, marks: Sequence[Mark], weights: Sequence[float], in_title: Iterable[int]
) -> tuple[list[Sentence], list[float]]:
    """The sentences of a text in their order, with their scores, and the weights in this text.

    Args:
        text: The text.
        title: Its title; lines that only repeat it are left out, if there are any others.
        marks: What is marked in the text, in order.
        weights: How much finding each of the highlights says in any text.
        in_title: The highlights that the title has.
    """
    spans = list(_sentence_spans(text, marks, title)) or list(_sentence_spans(text, marks, ""))
    inside = list(_inside(spans, marks))
    words = [frozenset([mark.word for mark in each]) if each else _NO_WORDS for each in inside]
    weights = list(weights)
    for word in in_title:
        weights[word] *= _IN_TITLE
    counts: Counter[int] = Counter()
    for each in words:
        counts.update(each)
    for word, count in counts.items():
        further = count - 1
        weights[word] /= 1.0 + _COMMON * further / (further + _COMMON_SENTENCES)
    ranked: list[Sentence] = []
    words_before, lead_before = _NO_WORDS, False
    for (start, end), its_marks, its_words in zip(spans, inside, words, strict=True):
        is_lead, score = False, 0.0
        if its_marks:  # of other sentences nobody asks what they lead to
            is_heading = _is_heading(text, start, end)
            is_lead = is_heading or _leads(text, start, end)
            score = group_score(its_marks, weights)
            others = words_before - its_words
            if others:
                score += (_LEADING if lead_before else _BEFORE) * weigh(others, weights)
            if is_heading:
                score *= _HEADING
        ranked.append(Sentence(start, end, its_marks, its_words, is_lead, score))
        words_before, lead_before = its_words, is_lead
    return ranked, weights


def best_sentence(text: str, sentences: Sequence[Sentence]) -> int:
    """The number of the sentence that answers best, or of the first that is no heading."""
    best = max(range(len(sentences)), key=lambda number: sentences[number].score)
    if sentences[best].score > 0:
        return best
    # Above the first paragraph often stand a date, a source, a form of address.
    texts = (n for n, each in enumerate(sentences) if not _is_heading(text, each.start, each.end))
    return next(texts, 0)


def group_score(marks: Sequence[Mark], weights: Sequence[float]) -> float:
    """How much marks say together: their different words, more if these are close together.

    A word that is found again adds a little.
    """
    if len(marks) == 1:
        return weights[marks[0].word]
    close = {mark.word: 0.0 for mark in marks}
    for mark, following in pairwise(marks):
        if mark.word != following.word:
            gap = max(following.start - mark.end, 0)
            closeness = _CLOSE * _CLOSE_CHARACTERS / (_CLOSE_CHARACTERS + gap)
            close[mark.word] = max(close[mark.word], closeness)
            close[following.word] = max(close[following.word], closeness)
    score = 0.0
    for word in sorted(close):
        score += weights[word] * (1.0 + close[word])
    if len(marks) > len(close):
        again = 0.0
        for mark in marks:
            again += weights[mark.word]
        score += _REPEATED * (again - weigh(close, weights)) / len(marks)
    return score


def weigh(words: Iterable[int], weights: Sequence[float]) -> float:
    """The weights of different words, added up."""
    # Always in the same order and way, so that what is equal stays equal; newer versions of
    # ``sum`` round differently.
    weight = 0.0
    for word in sorted(words):
        weight += weights[word]
    return weight


def _sentence_spans(text: str, marks: Sequence[Mark], title: str) -> Iterator[Span]:
    """The sentences of a text. One that ends inside a mark goes on to the end of the mark."""
    at, pending, title_end = 0, -1, -1
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        if pending >= 0:
            start = pending
        while at < len(marks) and marks[at].end <= end:
            at += 1
        if any(mark.start < end < mark.end for mark in marks[at : at + _NEARBY]):
            pending = start
            continue
        pending = -1
        is_line = bool(title) and (start == 0 or text[start - 1] == "\n")
        if text[start : start + 1].isspace() or text[end - 1 : end].isspace():
            start, end = _trimmed(text, start, end)
        if is_line and _is_line(text, start, title):
            title_end = start + len(title)
        if start < end and end > title_end:
            yield start, end


def _is_line(text: str, start: int, title: str) -> bool:
    """Whether a line goes on from an offset with a title and nothing else."""
    return text.startswith(title, start) and _ends_line(text, start + len(title))


def _ends_line(text: str, end: int) -> bool:
    """Whether nothing but white space follows in a line."""
    while end < len(text) and text[end].isspace() and text[end] != "\n":
        end += 1
    return end == len(text) or text[end] == "\n"


def _inside(spans: Iterable[Span], marks: Sequence[Mark]) -> Iterator[list[Mark]]:
    at = 0
    for start, end in spans:
        while at < len(marks) and marks[at].end <= start:
            at += 1
        last = at
        while last < len(marks) and marks[last].start < end:
            last += 1
        # Only white space around a sentence is cut off here.
        yield marks_between(marks[at:last], start, end)


def _is_heading(text: str, start: int, end: int) -> bool:
    """Whether a sentence is a short line that does not end like a sentence."""
    if text[end - 1] in _ENDS_AND_CLOSING or not _ends_line(text, end):
        return False
    if cell_width(text[start:end], _LONGEST_HEADING) > _LONGEST_HEADING:
        return False
    while start > 0 and text[start - 1].isspace() and text[start - 1] != "\n":
        start -= 1
    return start == 0 or text[start - 1] == "\n"


def _leads(text: str, start: int, end: int) -> bool:
    """Whether a sentence asks, or announces what follows."""
    while end > start and text[end - 1] in CLOSING_MARKS:
        end -= 1
    return end > start and text[end - 1] in "？?：:"


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
