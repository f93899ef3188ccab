"""Pinyin: how characters are read, and what typed letters may stand for.

The readings are those of single characters in pypinyin's table, without tones. A character has
all of its readings wherever it stands, so 重庆 is found by ``chongqing``, and by ``zhongqing`` too.
That needs no list of phrases, which is most of what pypinyin takes long to import.

A syllable is written in small letters, with ``v`` for ü where it is told from u: ``nv``, ``lve``.
"""

import importlib.util
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path

LONGEST_SYLLABLE = 6  # letters: zhuang

# What letters of pinyin a text may have, folded: with tone marks, with an apostrophe or a colon.
_LETTERS = re.compile(r"[a-zü]+(?:'[a-zü]+)*")
_VOWEL = re.compile("[aeiouv]")

_MARKS = "\u0300\u0301\u0304\u030c"  # of the tones
# From letters with a tone, and marks that no letter has taken up, to letters without one.
_TONELESS = str.maketrans(
    {
        toned: letter
        for letter in "aeiouümn"
        for mark in _MARKS
        if len(toned := unicodedata.normalize("NFC", letter + mark)) == 1
    }
    | dict.fromkeys(_MARKS)
)

# What many readers do not tell apart, initials and finals.
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"))
_FINALS = (("ang", "an"), ("eng", "en"), ("ing", "in"))


class Pinyin:
    """The readings of characters, and the syllables that they are made of."""

    def __init__(self, table: Mapping[int, str]) -> None:
        """Take the readings of each code point, with tones, separated by commas."""
        self._table = table
        self._readings: dict[str, tuple[str, ...]] = {}

    def readings(self, char: str) -> tuple[str, ...]:
        """The syllables that a character may be read as; empty for what is no Han character."""
        found = self._readings.get(char)
        if found is None:
            marked = self._table.get(ord(char), "")
            found = tuple(dict.fromkeys(_syllables(marked)))
            self._readings[char] = found
        return found

    def sound_alike(self, char: str, other: str) -> bool:
        """Whether two characters are mostly read the same way, tone included."""
        first, second = (self._table.get(ord(one), "").split(",")[0] for one in (char, other))
        return first == second != ""

    @cached_property
    def syllables(self) -> frozenset[str]:
        """All syllables there are."""
        return frozenset(_syllables(",".join(self._table.values())))

    @cached_property
    def typed(self) -> Mapping[str, tuple[str, ...]]:
        """What can be typed for a syllable, and the syllables that it may mean."""
        return _by_form(
            (form, syllable) for syllable in self.syllables for form in _forms(syllable)
        )

    @cached_property
    def mistyped(self) -> Mapping[str, tuple[str, ...]]:
        """The same with what is typed by readers who do not tell ``zi`` from ``zhi``."""
        return _by_form(
            (form, syllable)
            for syllable in self.syllables
            for similar in _similar(syllable)
            for form in _forms(similar)
        )

    @cached_property
    def beginnings(self) -> Mapping[str, tuple[str, ...]]:
        """What can be typed on the way to a syllable, and the syllables that begin so."""
        return _by_form(
            (form[:end], syllable)
            for form, syllables in self.typed.items()
            for syllable in syllables
            for end in range(1, len(form) + 1)
        )

    def syllables_at(
        self, letters: str, at: int, *, blurred: bool = False
    ) -> list[tuple[int, tuple[str, ...]]]:
        """The syllables that begin at an offset: where each ends, and what it may mean.

        Args:
            letters: What was typed.
            at: The offset.
            blurred: Whether it may also mean what sounds similar.
        """
        table = self.mistyped if blurred else self.typed
        found = []
        for end in range(at + 1, min(at + LONGEST_SYLLABLE, len(letters)) + 1):
            meant = table.get(letters[at:end])
            if meant is not None:
                found.append((end, meant))
        return found

    def similar(self, syllables: Iterable[str]) -> frozenset[str]:
        """Syllables, and those that many readers do not tell from them: ``zi`` and ``zhi``."""
        return frozenset(one for syllable in syllables for one in _similar(syllable))


def letters_of(text: str) -> str | None:
    """Folded text as letters of pinyin: tones are left out, ``u:`` is ü; None if it is no pinyin.

    An apostrophe, which parts syllables, stays.
    """
    plain = text.lower().translate(_TONELESS).replace("u:", "ü").replace("’", "'")
    return plain if _LETTERS.fullmatch(plain) else None


@lru_cache(maxsize=1)
def pinyin() -> Pinyin:
    """The readings of pypinyin's table."""
    return Pinyin(_table())


def _table() -> Mapping[int, str]:
    """The table alone: pypinyin as a whole takes three times as long to import."""
    name = "pypinyin.pinyin_dict"
    module = sys.modules.get(name)
    if module is None:
        package = importlib.util.find_spec("pypinyin")
        path = Path(package.origin if package and package.origin else "").with_name(
            "pinyin_dict.py"
        )
        spec = importlib.util.spec_from_file_location("searcher.text._pinyin_dict", path)
        if path.is_file() and spec is not None and spec.loader is not None:
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
        else:
            module = importlib.import_module(name)
    table: Mapping[int, str] = module.pinyin_dict
    return table


def _syllables(readings: str) -> list[str]:
    """The syllables of readings with tones; interjections without a vowel are left out."""
    plain = readings.translate(_TONELESS).replace("ü", "v").replace("ê", "e").split(",")
    return [syllable for syllable in plain if _VOWEL.search(syllable)]


def _forms(syllable: str) -> Iterable[str]:
    """What people type for a syllable."""
    yield syllable
    if "v" in syllable:  # lv, nv, lve, nve
        yield from (syllable.replace("v", typed) for typed in ("ü", "u", "yu"))
    elif syllable[0] in "jqxy" and "u" in syllable:
        yield from (syllable.replace("u", typed, 1) for typed in ("ü", "v"))


def _by_form(pairs: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    meant: dict[str, set[str]] = {}
    for form, syllable in pairs:
        meant.setdefault(form, set()).add(syllable)
    return {form: tuple(sorted(syllables)) for form, syllables in meant.items()}


def _similar(syllable: str) -> set[str]:
    """A syllable and what sounds similar, whether or not it is a syllable."""
    starts = [syllable]
    for one, other in (*_INITIALS, *((short, long) for long, short in _INITIALS)):
        if syllable.startswith(one):
            starts.append(other + syllable[len(one) :])
            break
    similar = set(starts)
    for start in starts:
        for long, short in _FINALS:
            if start.endswith(long):
                similar.add(start[: -len(long)] + short)
            elif start.endswith(short):
                similar.add(start[: -len(short)] + long)
    return similar
