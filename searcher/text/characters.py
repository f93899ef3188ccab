"""Kinds of characters, for telling the words of a text apart."""

import re
from typing import Any, cast

# Written without spaces between words: Han with its extensions, 々〇, kana, Hangul, bopomofo.
HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
HANGUL = "\u1100-\u11ff\ua960-\ua97f\uac00-\ud7af\ud7b0-\ud7ff"
BOPOMOFO = "\u3105-\u312f\u31a0-\u31bf"
CJK = HAN + KANA + HANGUL + BOPOMOFO


class _LazyPattern:
    """A pattern that is compiled when it is first used, which takes some milliseconds."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def __getattr__(self, name: str) -> Any:
        method = getattr(re.compile(self._pattern), name)
        setattr(self, name, method)
        return method


CJK_CHARACTER = cast("re.Pattern[str]", _LazyPattern(f"[{CJK}]"))
HAN_TEXT = cast("re.Pattern[str]", _LazyPattern(f"[{HAN}]+"))


def is_word_character(char: str) -> bool:
    """Whether the character can be part of a word: a letter, a digit or a CJK character."""
    return char.isalnum() or CJK_CHARACTER.match(char) is not None
