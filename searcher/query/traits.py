"""What snippets look at in a character, as bits that the compiled kernel reads."""

from functools import lru_cache
from types import ModuleType

from searcher.query.width import JOINS_PREVIOUS, cell_width
from searcher.text.characters import CJK_CHARACTER

SENTENCE_ENDS = "。！？!?；;"
# Marks that close what a sentence stands in; they belong to it.
CLOSING_MARKS = '”’」』）)"'
# What ends a line here, and what has no width and does no harm.
_INVISIBLE = "\n\u200b\u200c\u200d\u2060\ufeff"
# What changes the width of its neighbours: it joins emoji, or makes one of a sign.
_SPECIAL = "\u200d\ufe0f"

WIDTH = 0x0003  # in cells
HIDDEN = 0x0004  # shown as a space; the other bits are those of a space
SPACE = 0x0008
ENDS = 0x0010
CLOSES = 0x0020
NEWLINE = 0x0040
BLANK = 0x0080
JOINS = 0x0100
LETTER = 0x0200  # not CJK
DIGIT = 0x0400  # not CJK
ASCII = 0x0800
SPECIAL = 0x1000

# Ideographs, all of the same traits.
UNIFORM = (0x4E00, 0x9FFF)


def is_hidden(char: str) -> bool:
    """Whether a space is shown for it: it controls the terminal or the direction of the text."""
    return not (char.isprintable() or char in _INVISIBLE)


def traits(code: int) -> int:
    """The traits of a code point."""
    char = chr(code)
    if is_hidden(char):
        return HIDDEN | traits(ord(" "))
    cjk = CJK_CHARACTER.match(char) is not None
    return (
        (0 if char in _SPECIAL or char == "\n" else cell_width(char))
        | SPACE * char.isspace()
        | ENDS * (char in SENTENCE_ENDS)
        | CLOSES * (char in CLOSING_MARKS)
        | NEWLINE * (char == "\n")
        | BLANK * (char in " \t")
        | JOINS * JOINS_PREVIOUS[char]
        | LETTER * (char.isalpha() and not cjk)
        | DIGIT * (char.isdigit() and not cjk)
        | ASCII * char.isascii()
        | SPECIAL * (char in _SPECIAL)
    )


@lru_cache(maxsize=1)
def kernel_characters(native: ModuleType) -> object:
    """The traits as the compiled kernel keeps them."""
    characters: object = native.Characters(traits, *UNIFORM)
    return characters
