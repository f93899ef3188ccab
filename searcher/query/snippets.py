"""Snippets: the passage of a document that answers, and what to mark in it.

The compiled kernel does the same where it is there, but for rare texts, which it leaves to what
is here: a change here is also one to make in ``searcher/kernel/_snippets.c``.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Protocol

from searcher.kernel import load
from searcher.query.highlights import Highlight
from searcher.query.results import Snippet, Span
from searcher.query.sentences import (
    Mark,
    Sentence,
    best_sentence,
    group_score,
    marks_between,
    rank_sentences,
    weigh,
)
from searcher.query.traits import is_hidden, kernel_characters
from searcher.query.width import cell_width, fitting_end, fitting_start
from searcher.text import FoldedText, Folding

ELLIPSIS = "…"
_MOST_MARKS = 2_000  # of one kind in one text; a page of nothing else is not worth more
_PART_LENGTH = 1 << 20  # characters; a longer text is looked through part by part
_MOST_SENTENCES = 4
_WORTH_ADDING = 0.3  # new words, of what the best sentence says
_ADJACENT = 1.5  # how much more new words say right beside what is shown
_WORTH_FILLING = 24  # cells
_MOST_GROUPS = 500  # of marks, to choose a window from
_CLAUSE_ENDS = "，：、"


class _Shown(dict[int, str]):
    """Each character as it is shown: a space for what controls the terminal or the direction."""

    def __missing__(self, code: int) -> str:
        shown = " " if is_hidden(chr(code)) else chr(code)
        self[code] = shown
        return shown


_SHOWN = _Shown()


class KernelHighlights(Protocol):
    """The same marks and snippets by the compiled kernel; None for what it leaves to Python."""

    def spans(self, text: str, /) -> tuple[Span, ...] | None:
        """The spans of a text to mark."""
        ...

    def snippet(self, text: str, width: int, title: str, /) -> tuple[float, Snippet] | None:
        """How well a text answers, and its snippet."""
        ...

    def passage(
        self, title: str, body: str, width: int, /
    ) -> tuple[Snippet, tuple[Span, ...]] | None:
        """The snippet of a body without its title, and the spans of the title."""
        ...


class Highlighter:
    """Marks what a query asked for."""

    def __init__(self, folding: Folding, highlights: Iterable[Highlight]) -> None:
        """Take what to mark."""
        self._folding = folding
        self._highlights = tuple(highlights)
        self._kernel = _in_kernel(folding, self._highlights)

    def passage(self, title: str, body: str, width: int) -> tuple[Snippet, tuple[Span, ...]]:
        """The snippet of a document and the spans of its title to mark.

        The snippet is at most ``width`` terminal cells wide, and of the body without its title.
        """
        if self._kernel is not None:
            passage = self._kernel.passage(title, body, width)
            if passage is not None:
                return passage
        in_title = self._marks(title)
        text = _without_title(title, body)
        return self._best(text, width, title, in_title), _merged(in_title)

    def spans(self, text: str) -> tuple[Span, ...]:
        """The spans of a text to mark, in order, merged where they touch."""
        if self._kernel is not None:
            spans = self._kernel.spans(text)
            if spans is not None:
                return spans
        return _merged(self._marks(text))

    def snippet(self, text: str, width: int, title: str = "") -> Snippet:
        """The sentences of a text that answer best, at most ``width`` terminal cells wide.

        Args:
            text: The text.
            width: The most cells.
            title: Its title, which the reader sees anyway.
        """
        return self._best(text, width, title, self._marks(title))

    def _best(self, text: str, width: int, title: str, in_title: Sequence[Mark]) -> Snippet:
        """The snippet of the part of a text that answers best."""
        best_score, best = -1.0, Snippet("")
        for part in _parts(text):
            score, snippet = self._scored(part, width, title, in_title)
            if score > best_score:
                best_score, best = score, snippet
        return best

    def _scored(
        self, part: str, width: int, title: str, in_title: Sequence[Mark]
    ) -> tuple[float, Snippet]:
        """How well a part of a text answers, and its snippet."""
        if self._kernel is not None:
            scored = self._kernel.snippet(part, width, title)
            if scored is not None:
                return scored
        text = part.translate(_SHOWN)
        sentences, weights = rank_sentences(
            text,
            title.translate(_SHOWN).strip(),
            self._marks(text),
            [highlight.weight for highlight in self._highlights],
            {mark.word for mark in in_title},
        )
        if not sentences:
            return 0.0, Snippet("")
        best = best_sentence(text, sentences)
        return sentences[best].score, _snippet(text, sentences, best, weights, width)

    def _marks(self, text: str) -> list[Mark]:
        if not text:
            return []
        folded = self._folding.fold_with_offsets(text)
        main, fallbacks = self._groups
        return self._find(main, folded) or self._find(fallbacks, folded)

    @cached_property
    def _groups(self) -> tuple[list[int], list[int]]:
        """The numbers of the highlights that are no fallbacks, and of those that are."""
        groups: tuple[list[int], list[int]] = ([], [])
        for number, highlight in enumerate(self._highlights):
            groups[highlight.is_fallback].append(number)
        return groups

    def _find(self, numbers: Iterable[int], folded: FoldedText) -> list[Mark]:
        marks: list[Mark] = []
        text = folded.text
        for number in numbers:
            for start, end in islice(self._highlights[number].spans(text), _MOST_MARKS):
                marks.append(Mark(*folded.original_span(start, end), number))
        marks.sort(key=lambda mark: (mark.start, -mark.end))
        return marks


def _in_kernel(folding: Folding, highlights: tuple[Highlight, ...]) -> KernelHighlights | None:
    native = load("snippets")
    if native is None or folding.kernel is None:
        return None
    made: KernelHighlights = native.Highlights(
        kernel_characters(native), folding.kernel.fold_with_offsets, Snippet, highlights
    )
    return made


def _without_title(title: str, body: str) -> str:
    """The body without its title, if it begins with it and goes on."""
    body = body.lstrip()
    rest = body.removeprefix(title)
    return rest if rest.startswith("\n") and rest.strip() else body


def _parts(text: str) -> Iterator[str]:
    """A text in parts that are not too long, cut behind a line or a sentence if it has any."""
    start = 0
    while len(text) - start > _PART_LENGTH:
        last = start + _PART_LENGTH
        end = max(text.rfind("\n", start, last), text.rfind("。", start, last)) + 1 or last
        yield text[start:end]
        start = end
    yield text[start:]


def _snippet(
    text: str, sentences: Sequence[Sentence], best: int, weights: Sequence[float], width: int
) -> Snippet:
    """The best sentence, and others as long as there is room."""
    sentence = sentences[best]
    room = width - cell_width(text[sentence.start : sentence.end], width)
    if room < 0:
        return _joined(text, [_window(text, sentence, width, weights)])
    chosen, shown = [best], [sentence]
    snippet = _joined(text, shown)
    while len(chosen) < _MOST_SENTENCES:
        number = _next(text, sentences, chosen, weights)
        if number is None:
            break
        sentence = sentences[number]
        if cell_width(text[sentence.start : sentence.end], width) <= room:
            longer = _joined(text, [*shown, sentence])
            left = width - cell_width(longer.text)
            if left >= 0:
                chosen.append(number)
                shown.append(sentence)
                snippet, room = longer, left
                continue
        if room >= _WORTH_FILLING:
            return _joined(text, [*shown, _window(text, sentence, room - 1, weights)])
        break
    return snippet


def _next(
    text: str, sentences: Sequence[Sentence], chosen: Sequence[int], weights: Sequence[float]
) -> int | None:
    """The sentence to show beside others, the first of which is the best one.

    What a question or a heading leads to comes first, then the one with the most new words, best
    beside what is shown already. If none has enough of them, it is the one that follows the best;
    a paragraph is not begun, though, if there are two sentences.
    """
    best = chosen[0]
    following = best + 1
    if len(chosen) == 1 and sentences[best].is_lead and following < len(sentences):
        return following
    seen = sentences[best].words.union(*[sentences[number].words for number in chosen])
    most, other = _WORTH_ADDING * sentences[best].score, None
    for number, sentence in enumerate(sentences):
        if sentence.marks and number not in chosen:
            gain = weigh(sentence.words - seen, weights)
            if number - 1 in chosen or number + 1 in chosen:
                gain *= _ADJACENT
            if gain > most:
                most, other = gain, number
    if other is not None:
        return other
    while following in chosen:
        following += 1
    if following == len(sentences):
        return None
    between = text[sentences[following - 1].end : sentences[following].start]
    return following if len(chosen) == 1 or "\n" not in between else None


def _window(text: str, sentence: Sentence, width: int, weights: Sequence[float]) -> Sentence:
    """The best part of a sentence that is too wide, with room for an ellipsis at both ends."""
    width = max(width - 2 * len(ELLIPSIS), 2)
    start, end = _best_group(text, sentence, width, weights)
    spare = width - cell_width(text[start:end], width)
    if spare < 0:  # one match wider than the window
        end = fitting_end(text, start, end, width)
    else:
        # A third of what is left goes before the matches, the rest behind.
        new_start = fitting_start(text, sentence.start, start, spare // 3)
        new_start = _clause_start(text, sentence.start, new_start, start)
        spare -= cell_width(text[new_start:start], width)
        new_end = fitting_end(text, end, sentence.end, spare)
        spare -= cell_width(text[end:new_end], width)
        start, end = new_start, new_end
        if end == sentence.end:
            new_start = fitting_start(text, sentence.start, start, spare)
            start = _clause_start(text, sentence.start, new_start, start)
        start, end = _between_marks(start, end, sentence.marks)
    return sentence._replace(start=start, end=end, marks=marks_between(sentence.marks, start, end))


def _clause_start(text: str, sentence_start: int, start: int, end: int) -> int:
    """The first clause or word that begins in a span inside a sentence, else where it begins."""
    if start == sentence_start:
        return start
    for at in range(start, end + 1):
        if text[at - 1] in _CLAUSE_ENDS or text[at - 1].isspace():
            return at
    return start


def _best_group(text: str, sentence: Sentence, width: int, weights: Sequence[float]) -> Span:
    """The marks that say most of all that fit together into a window."""
    best, best_score = (sentence.start, sentence.start), 0.0
    for first, mark in enumerate(sentence.marks[:_MOST_GROUPS]):
        end, group = mark.end, [mark]
        for other in sentence.marks[first + 1 :]:
            if cell_width(text[mark.start : max(end, other.end)], width) > width:
                break
            end = max(end, other.end)
            group.append(other)
        score = group_score(group, weights)
        if score > best_score:
            best, best_score = (mark.start, end), score
        if len(group) == len(sentence.marks) - first:
            break  # later groups are part of this one
    return best


def _between_marks(start: int, end: int, marks: Sequence[Mark]) -> Span:
    """The span without the parts of marks that its ends cut in two."""
    for mark in marks:
        if mark.start < start < mark.end <= end:
            start = mark.end
        if start <= mark.start < end < mark.end:
            end = mark.start
    return start, end


def _joined(text: str, parts: Sequence[Sentence]) -> Snippet:
    """Passages as one line, with an ellipsis where something of a sentence is left out."""
    pieces: list[str] = []
    spans: list[Span] = []
    length, previous = 0, -1
    for part in sorted(parts, key=lambda part: part.start):
        gap = ""
        if previous < 0:
            gap = ELLIPSIS if _begins_inside(text, part.start) else ""
        elif text[previous : part.start].strip():
            gap = ELLIPSIS
        elif text[previous : part.start] or text[previous - 1].isascii():
            gap = " "
        passage = text[part.start : part.end].replace("\n", " ")
        shift = length + len(gap) - part.start
        spans += [(start + shift, end + shift) for start, end in _merged(part.marks)]
        pieces += [gap, passage]
        length += len(gap) + len(passage)
        previous = part.end
    if _ends_inside(text, previous):
        pieces.append(ELLIPSIS)
    return Snippet("".join(pieces), tuple(spans))


def _begins_inside(text: str, start: int) -> bool:
    """Whether a passage begins in the middle of a sentence."""
    before = text[:start][-64:].rstrip(" \t")
    return bool(before) and before[-1] not in '。！？!?；;\n”’」』）)"'


def _ends_inside(text: str, end: int) -> bool:
    """Whether a passage ends in the middle of a sentence."""
    after = text[end : end + 64].lstrip(" \t")
    return bool(after) and after[0] != "\n" and text[end - 1] not in '。！？!?；;”’」』）)"'


def _merged(marks: Iterable[Mark]) -> tuple[Span, ...]:
    """The spans of marks in order, those that overlap or touch as one."""
    merged: list[Span] = []
    for mark in marks:
        if merged and mark.start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], mark.end))
        else:
            merged.append((mark.start, mark.end))
    return tuple(merged)
