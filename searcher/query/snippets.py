"""Snippets: the passage of a document that answers, and what to mark in it.

The compiled kernel does the same where it is there, but for rare texts, which it leaves to what
is here: a change here is also one to make in ``searcher/kernel/_snippets.c``.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

from searcher.kernel import load
from searcher.query.highlights import Highlight
from searcher.query.results import Snippet, Span
from searcher.query.traits import CLOSING_MARKS, SENTENCE_ENDS, is_hidden, kernel_characters
from searcher.query.width import cell_width, fitting_end, fitting_start
from searcher.text import FoldedText, Folding

ELLIPSIS = "…"
# A sentence ends with a mark and the closing ones that follow, or with the line.
_SENTENCE = re.compile(
    f"[^{SENTENCE_ENDS}\n]*(?:[{SENTENCE_ENDS}]+[{re.escape(CLOSING_MARKS)}]*|\n|$)"
)
_MOST_MARKS = 2_000  # of one kind in one text; a page of nothing else is not worth more
_REPEATED = 0.1  # how much finding a word again says, of what finding it once says
_PART_LENGTH = 1 << 20  # characters; a longer text is looked through part by part
_WORTH_FILLING = 24  # cells
_NEARBY = 16  # marks that may overlap each other
_MOST_GROUPS = 500  # of marks, to choose a window from


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

    def snippet(self, text: str, width: int, /) -> Snippet | None:
        """The snippet of a text."""
        ...

    def passage(
        self, title: str, body: str, width: int, /
    ) -> tuple[Snippet, tuple[Span, ...]] | None:
        """The snippet of a body without its title, and the spans of the title."""
        ...


class _Mark(NamedTuple):
    start: int
    end: int
    word: int  # which of the highlights


class _Sentence(NamedTuple):
    start: int
    end: int
    marks: tuple[_Mark, ...] = ()
    score: float = 0.0


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
        return self.snippet(_without_title(title, body), width), self.spans(title)

    def spans(self, text: str) -> tuple[Span, ...]:
        """The spans of a text to mark, in order, merged where they touch."""
        if self._kernel is not None:
            spans = self._kernel.spans(text)
            if spans is not None:
                return spans
        return _merged(self._marks(self._folding.fold_with_offsets(text)))

    def snippet(self, text: str, width: int) -> Snippet:
        """The best one or two sentences of a text, at most ``width`` terminal cells wide."""
        if len(text) > _PART_LENGTH:
            text = self._part(text)
        if self._kernel is not None:
            snippet = self._kernel.snippet(text, width)
            if snippet is not None:
                return snippet
        return self._snippet(text.translate(_SHOWN), width)

    def _part(self, text: str) -> str:
        """The first part of a long text that has something to mark, else the first of all."""
        for start in range(0, len(text), _PART_LENGTH):
            part = text[start : start + _PART_LENGTH]
            if self.spans(part.translate(_SHOWN)):
                return part
        return text[:_PART_LENGTH]

    def _snippet(self, part: str, width: int) -> Snippet:
        marks = self._marks(self._folding.fold_with_offsets(part))
        sentences = list(self._sentences(part, marks))
        if not sentences:
            return Snippet("")
        best = max(sentences, key=lambda sentence: sentence.score)
        room = width - cell_width(part[best.start : best.end], width)
        if room < 0:
            return _joined(part, [_window(part, best, width, self._highlights)])
        second = self._second(sentences, best)
        if second is None:
            return _joined(part, [best])
        if cell_width(part[second.start : second.end], width) <= room:
            both = _joined(part, [best, second])
            if cell_width(both.text) <= width:
                return both
        if room >= _WORTH_FILLING:
            return _joined(part, [best, _window(part, second, room - 1, self._highlights)])
        return _joined(part, [best])

    def _second(self, sentences: Sequence[_Sentence], best: _Sentence) -> _Sentence | None:
        """The sentence that adds most to the best one: new words, else the one that follows."""
        seen = {mark.word for mark in best.marks}

        def gain(sentence: _Sentence) -> float:
            return _weight({mark.word for mark in sentence.marks} - seen, self._highlights)

        at = sentences.index(best)
        others = [*sentences[:at], *sentences[at + 1 :]]
        other = max(others, key=gain, default=None)
        if other is not None and gain(other) > 0:
            return other
        return sentences[at + 1] if at + 1 < len(sentences) else None

    def _marks(self, folded: FoldedText) -> list[_Mark]:
        main = [n for n, highlight in enumerate(self._highlights) if not highlight.is_fallback]
        rest = [n for n, highlight in enumerate(self._highlights) if highlight.is_fallback]
        return self._find(main, folded) or self._find(rest, folded)

    def _find(self, numbers: Iterable[int], folded: FoldedText) -> list[_Mark]:
        marks: list[_Mark] = []
        text = folded.text
        for number in numbers:
            for start, end in islice(self._highlights[number].spans(text), _MOST_MARKS):
                marks.append(_Mark(*folded.original_span(start, end), number))
        marks.sort(key=lambda mark: (mark.start, -mark.end))
        return marks

    def _sentences(self, text: str, marks: Sequence[_Mark]) -> Iterator[_Sentence]:
        at = 0
        for start, end in _sentence_spans(text, marks):
            inside: list[_Mark] = []
            while at < len(marks) and marks[at].end <= start:
                at += 1
            for number in range(at, len(marks)):
                mark = marks[number]
                if mark.start >= end:
                    break
                if mark.end > start:
                    # Only white space around a sentence is cut off here.
                    inside.append(_Mark(max(mark.start, start), min(mark.end, end), mark.word))
            yield _Sentence(start, end, tuple(inside), _score(inside, self._highlights))


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


def _sentence_spans(text: str, marks: Sequence[_Mark]) -> Iterator[Span]:
    """The sentences of a text. One that ends inside a mark goes on to the end of the mark."""
    at, pending = 0, -1
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
        start, end = _trimmed(text, start, end)
        if start < end:
            yield start, end


def _score(marks: Sequence[_Mark], highlights: Sequence[Highlight]) -> float:
    """How much a passage says: its different words, and a little for finding them again."""
    if not marks:
        return 0.0
    distinct = {mark.word for mark in marks}
    score = _weight(distinct, highlights)
    if len(marks) > len(distinct):
        again = 0.0
        for mark in marks:
            again += highlights[mark.word].weight
        score += _REPEATED * (again - score) / len(marks)
    return score


def _weight(words: Iterable[int], highlights: Sequence[Highlight]) -> float:
    # Always added up in the same order and way, so that what is equal stays equal; newer
    # versions of ``sum`` round differently.
    weight = 0.0
    for word in sorted(words):
        weight += highlights[word].weight
    return weight


def _window(
    text: str, sentence: _Sentence, width: int, highlights: Sequence[Highlight]
) -> _Sentence:
    """The best part of a sentence that is too wide, with room for an ellipsis at both ends."""
    width = max(width - 2 * len(ELLIPSIS), 2)
    start, end = _best_group(text, sentence, width, highlights)
    spare = width - cell_width(text[start:end], width)
    if spare < 0:  # one match wider than the window
        end = fitting_end(text, start, end, width)
    else:
        # A third of what is left goes before the matches, the rest behind.
        new_start = fitting_start(text, sentence.start, start, spare // 3)
        spare -= cell_width(text[new_start:start], width)
        new_end = fitting_end(text, end, sentence.end, spare)
        spare -= cell_width(text[end:new_end], width)
        start = fitting_start(
            text, sentence.start, new_start, spare if new_end == sentence.end else 0
        )
        end = new_end
        start, end = _between_marks(start, end, sentence.marks)
    inside = tuple(
        _Mark(max(mark.start, start), min(mark.end, end), mark.word)
        for mark in sentence.marks
        if mark.start < end and mark.end > start
    )
    return _Sentence(start, end, inside, sentence.score)


def _best_group(
    text: str, sentence: _Sentence, width: int, highlights: Sequence[Highlight]
) -> Span:
    """The marks that say most of all that fit together into a window."""
    best, best_score = (sentence.start, sentence.start), 0.0
    for first, mark in enumerate(sentence.marks[:_MOST_GROUPS]):
        end, group = mark.end, [mark]
        for other in sentence.marks[first + 1 :]:
            if cell_width(text[mark.start : max(end, other.end)], width) > width:
                break
            end = max(end, other.end)
            group.append(other)
        score = _score(group, highlights)
        if score > best_score:
            best, best_score = (mark.start, end), score
        if len(group) == len(sentence.marks) - first:
            break  # later groups are part of this one
    return best


def _between_marks(start: int, end: int, marks: Sequence[_Mark]) -> Span:
    """The span without the parts of marks that its ends cut in two."""
    for mark in marks:
        if mark.start < start < mark.end <= end:
            start = mark.end
        if start <= mark.start < end < mark.end:
            end = mark.start
    return start, end


def _joined(text: str, parts: Sequence[_Sentence]) -> Snippet:
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


def _merged(marks: Iterable[_Mark]) -> tuple[Span, ...]:
    """The spans of marks in order, those that overlap or touch as one."""
    merged: list[Span] = []
    for mark in marks:
        if merged and mark.start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], mark.end))
        else:
            merged.append((mark.start, mark.end))
    return tuple(merged)


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
