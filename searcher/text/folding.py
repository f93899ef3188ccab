"""Folding: texts that a reader takes for the same become the same string.

A character is folded by NFKC (full-width to half-width, compatibility forms to plain ones), by
case, and from traditional to simplified. What is found in the folded text is shown in the
original, so every folded character knows the original characters that it came from.
"""

import json
import unicodedata
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

from searcher.kernel import load
from searcher.language import say
from searcher.text.characters import HAN_TEXT

# Raise it when the same text folds to another string than before: an index holds folded text.
FOLDING_VERSION = 1

# Of what a character becomes a part may become something else again. No table of ours needs more
# than three rounds; one that somebody else made may go in a circle, or make more of it each time.
_ROUNDS = 8
_LONGEST = 18  # characters that Unicode makes of one

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


# Here are letters that join the one before them without being marks (scripts of India, Hangul
# jamo, and what is like them beyond the first 65,536 code points).
_JOINING_RANGES = ((0x0900, 0x1D00), (0x10000, 0x1D000))


class KernelTable(Protocol):
    """The same folding in the compiled kernel, for texts whose characters fold one by one."""

    def fold(self, text: str, /) -> str | None:
        """The folded text; None where the characters do not fold one by one."""
        ...

    def fold_with_offsets(self, text: str, /) -> str | tuple[str, bytes, bytes] | None:
        """The same, with starts and ends as native uint32 where a character becomes several."""
        ...


class _Characters(dict[int, str]):
    """What each single character folds to, worked out when it is first met."""

    def __init__(self, old: str, new: str) -> None:
        super().__init__()
        self._old, self._new = old, new

    def __missing__(self, code: int) -> str:
        folded = chr(code)
        if 0xD800 <= code <= 0xDFFF:  # half a surrogate pair, which cannot be stored
            folded = "\ufffd"
        for _ in range(_ROUNDS):
            normal = unicodedata.normalize("NFKC", folded).casefold()
            normal = unicodedata.normalize("NFKC", normal)
            again = "".join(map(self._simplified, normal))
            if again == folded or len(again) > _LONGEST:
                break
            folded = again
        self[code] = folded
        return folded

    def _simplified(self, char: str) -> str:
        # Few characters are looked up, each once: a dictionary would take longer to make.
        at = self._old.rfind(char)
        return char if at < 0 else self._new[at]

    def alone(self, code: int) -> str | None:
        """What a character folds to whatever stands beside it; None if that may change it."""
        folded = self[code]
        return folded if all(map(_stands_alone, folded)) else None


class Folding:
    """One way of folding, fixed by its table of traditional and simplified characters."""

    def __init__(self, old: str, new: str) -> None:
        """Take traditional characters and, at the same places, their simplified forms.

        Raises:
            ValueError: They differ in number.
        """
        if len(old) != len(new):
            raise ValueError(
                say(
                    f"{len(old)} characters cannot become {len(new)}",
                    f"{len(old)} 个字符不能变成 {len(new)} 个",
                )
            )
        self._old, self._new = old, new
        self._characters = _Characters(old, new)
        native = load("folding")
        self.kernel: KernelTable | None = (
            None if native is None else native.Table(self._characters.alone, old, new)
        )

    def __reduce__(self) -> tuple[object, ...]:
        return Folding, (self._old, self._new)

    @classmethod
    def from_opencc(cls) -> "Folding":
        """The folding that new indexes get, by OpenCC's table of single characters."""
        return _from_opencc()

    def to_json(self) -> str:
        """The table as JSON, for an index to keep: two strings of equal length."""
        return json.dumps({"from": self._old, "to": self._new}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Folding":
        """The folding that ``to_json`` wrote.

        Raises:
            ValueError: The text is not of that form.
        """
        try:
            table = json.loads(text)
        except RecursionError as error:
            raise ValueError(say("not a folding table", "不是折叠表")) from error
        match table:
            case {"from": str(old), "to": str(new)}:
                new.encode("utf-8")  # no halves of surrogate pairs, or ValueError
                return cls(old, new)
            case _:
                raise ValueError(say("not a folding table", "不是折叠表"))

    def fold(self, text: str) -> str:
        """The folded text."""
        if self.kernel is not None:
            done = self.kernel.fold(text)
            if done is not None:
                return done
        folded = text.translate(self._characters)
        if unicodedata.is_normalized("NFKC", folded):
            return folded
        return unicodedata.normalize("NFKC", folded)

    def forms(self, char: str) -> str:
        """A folded Han character, and the traditional ones that fold to it."""
        return char + self._traditional.get(char, "")

    @cached_property
    def _traditional(self) -> dict[str, str]:
        forms: dict[str, str] = {}
        for old, new in zip(self._old, self._new, strict=True):
            forms[new] = forms.get(new, "") + old
        return forms

    def written_as(self, char: str) -> str:
        """A folded Han character and all characters of the table whose folded text has it."""
        return char + self._written_as.get(char, "")

    @cached_property
    def _written_as(self) -> dict[str, str]:
        forms: dict[str, str] = {}
        table = dict(zip(self._old, self._new, strict=True))
        is_normalized = unicodedata.is_normalized
        for old, new in table.items():
            # Folding each takes long, and says the same of most.
            pair = old + new
            is_new = new not in table and is_normalized("NFKC", pair) and pair.casefold() == pair
            for folded in new if is_new else dict.fromkeys(self.fold(old)):
                forms[folded] = forms.get(folded, "") + old
        return forms

    @cached_property
    def is_of_han(self) -> bool:
        """Whether the table changes Han characters alone, as OpenCC's does."""
        return not self._old or HAN_TEXT.fullmatch(self._old) is not None

    def fold_with_offsets(self, text: str) -> FoldedText:
        """The folded text, with the way back to ``text``."""
        if self.kernel is not None:
            done = self.kernel.fold_with_offsets(text)
            if isinstance(done, str):
                return FoldedText(done)
            if done is not None:
                return FoldedText(done[0], _numbers(done[1]), _numbers(done[2]))
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


def _stands_alone(char: str) -> bool:
    """Whether a folded character neither combines with the one before it nor changes places."""
    code = ord(char)
    if any(first <= code < after for first, after in _JOINING_RANGES):
        return False
    return unicodedata.combining(char) == 0


def _numbers(data: bytes) -> "array[int]":
    numbers = array("I")
    numbers.frombytes(data)
    return numbers


def _is_mark(char: str) -> bool:
    return unicodedata.combining(unicodedata.normalize("NFKD", char)[0]) != 0


@lru_cache(maxsize=1)
def _from_opencc() -> Folding:
    import opencc

    traditional = [chr(code) for first, last in _HAN_RANGES for code in range(first, last + 1)]
    # One character a line: OpenCC converts phrases where it can, and a line holds none.
    simplified = opencc.OpenCC("t2s").convert("\n".join(traditional)).split("\n")
    changed = [
        (old, new)
        for old, new in zip(traditional, simplified, strict=True)
        if old != new and len(new) == 1
    ]
    return Folding("".join(old for old, _ in changed), "".join(new for _, new in changed))
