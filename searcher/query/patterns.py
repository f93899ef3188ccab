"""Patterns with ``*`` and ``?``, in time that grows with the text and not with what fits."""

import fnmatch
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator

from searcher.query.results import Span

LONGEST_GAP = 32  # letters that a star may stand for inside a text

_NO_LETTER = re.compile(r"\W")


class TextPattern:
    """A pattern to look for in running text.

    A star at an end adds nothing, and elsewhere it stands for up to 32 letters; a question mark
    stands for one letter.
    """

    def __init__(self, pattern: str) -> None:
        """Take a folded pattern with at least one letter."""
        parts = [part for part in pattern.split("*") if part]
        self._parts = [re.compile(_overlapping(part)) for part in parts]
        self._lengths = [len(part) for part in parts]
        self.literals = [literal for part in parts for literal in part.split("?") if literal]

    def spans(self, text: str) -> Iterator[Span]:
        """Where the pattern is found: for each place where it can end, the nearest beginning."""
        first, length = self._parts[0], self._lengths[0]
        found = [(match.start(), match.start() + length) for match in first.finditer(text)]
        for part, length in zip(self._parts[1:], self._lengths[1:], strict=True):
            ends = [end for _, end in found]
            longer: list[Span] = []
            for match in part.finditer(text):
                # The nearest of the ends before it leaves the least between.
                at = bisect_right(ends, match.start()) - 1
                if at < 0 or match.start() - ends[at] > LONGEST_GAP:
                    continue
                if not _NO_LETTER.search(text, ends[at], match.start()):
                    longer.append((found[at][0], match.start() + length))
            found = longer
        yield from found


def glob(pattern: str) -> Callable[[str], bool]:
    """A folded pattern as a test of whole strings."""
    match = re.compile(fnmatch.translate(pattern.replace("[", "[[]"))).match
    return lambda string: match(string) is not None


def _overlapping(part: str) -> str:
    """A regular expression that finds a part wherever it begins, inside of itself too."""
    return "(?=" + "".join(r"\w" if char == "?" else re.escape(char) for char in part) + ")"
