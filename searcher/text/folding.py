"""Folding: texts that a reader takes for the same become the same string.

A character is folded by NFKC (full-width to half-width, compatibility forms to plain ones), by
case, and from traditional to simplified. What is found in the folded text is shown in the
original, so every folded character knows the original characters that it came from.
"""

import json
import unicodedata
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

# Raise it when the same text folds to another string than before: an index holds folded text.
FOLDING_VERSION = 1

_HAN_RANGES = ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A folded text and the way back to the original.

    Attributes:
        text: The folded text.
        starts: For each folded character, where the original characters that it came from
            begin; None where folded and original offsets are the same.
        ends: For each folded character, where those original characters end; None likewise.
    """

    text: str
    starts: "array[int] | None" = None
    ends: "array[int] | None" = None

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text behind ``text[start:end]``.

        A span that begins or ends inside an expansion (``…`` folds to three dots) takes the
        whole original character.
        """
        if self.starts is None or self.ends is None or start >= end:
            return start, end
        return self.starts[start], self.ends[end - 1]


class _Characters(dict[int, str]):
    """What each single character folds to, worked out when it is first met."""

    def __init__(self, simplified: Mapping[str, str]) -> None:
        super().__init__()
        self._simplified = simplified

    def __missing__(self, code: int) -> str:
        folded = chr(code)
        if 0xD800 <= code <= 0xDFFF:  # half a surrogate pair, which cannot be stored
            folded = "\ufffd"
        while True:
            normal = unicodedata.normalize("NFKC", folded).casefold()
            normal = unicodedata.normalize("NFKC", normal)
            again = "".join(self._simplified.get(char, char) for char in normal)
            if again == folded:
                break
            folded = again
        self[code] = folded
        return folded


class Folding:
    """One way of folding, fixed by its table of traditional and simplified characters."""

    def __init__(self, simplified: Mapping[str, str]) -> None:
        """Take a table that gives for a traditional character its simplified form."""
        self._simplified = dict(simplified)
        self._characters = _Characters(self._simplified)

    @classmethod
    def from_opencc(cls) -> "Folding":
        """The folding that new indexes get, by OpenCC's table of single characters."""
        return _from_opencc()

    def to_json(self) -> str:
        """The table as JSON, for an index to keep: two strings of equal length."""
        return json.dumps(
            {"from": "".join(self._simplified), "to": "".join(self._simplified.values())},
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> "Folding":
        """The folding that ``to_json`` wrote.

        Raises:
            ValueError: The text is not of that form.
        """
        table = json.loads(text)
        try:
            return cls(dict(zip(table["from"], table["to"], strict=True)))
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a folding table: {error!r}") from error

    def fold(self, text: str) -> str:
        """The folded text."""
        folded = text.translate(self._characters)
        if unicodedata.is_normalized("NFKC", folded):
            return folded
        return unicodedata.normalize("NFKC", folded)

    def fold_with_offsets(self, text: str) -> FoldedText:
        """The folded text, with the way back to ``text``."""
        characters = self._characters
        folded = text.translate(characters)
        if unicodedata.is_normalized("NFKC", folded):
            # No character folds to nothing, so equal lengths mean one for one.
            if len(folded) == len(text):
                return FoldedText(folded)
            pieces: Iterator[tuple[str, int]] = ((characters[ord(char)], 1) for char in text)
        else:
            pieces = self._sequences(text)
            folded = unicodedata.normalize("NFKC", folded)
        starts, ends = array("I"), array("I")
        position = 0
        for piece, length in pieces:
            for _ in piece:
                starts.append(position)
                ends.append(position + length)
            position += length
        return FoldedText(folded, starts, ends)

    def _sequences(self, text: str) -> Iterator[tuple[str, int]]:
        """Folded pieces that do not change each other, with the number of characters behind each.

        A letter and the marks that combine with it are one piece.
        """
        piece, length = "", 0
        for char in text:
            folded = self._characters[ord(char)]
            joined = piece + folded
            normal = unicodedata.normalize("NFKC", joined)
            if not piece or normal != joined or _is_mark(folded[0]):
                piece, length = normal, length + 1
            else:
                yield piece, length
                piece, length = folded, 1
        if piece:
            yield piece, length


def _is_mark(char: str) -> bool:
    return unicodedata.combining(unicodedata.normalize("NFKD", char)[0]) != 0


@lru_cache(maxsize=1)
def _from_opencc() -> Folding:
    import opencc

    traditional = [chr(code) for first, last in _HAN_RANGES for code in range(first, last + 1)]
    # One character a line: OpenCC converts phrases where it can, and a line holds none.
    simplified = opencc.OpenCC("t2s").convert("\n".join(traditional)).split("\n")
    table = {
        old: new
        for old, new in zip(traditional, simplified, strict=True)
        if old != new and len(new) == 1
    }
    return Folding(table)
