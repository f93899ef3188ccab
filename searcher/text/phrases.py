"""Words of a dictionary that segmentation cannot cut: with spaces, hyphens and other signs."""

import re
from collections.abc import Iterable, Iterator

_LATIN = "a-z0-9"
_KEY_LENGTH = 2


class PhraseFinder:
    """Finds phrases in folded text, the longest first where several begin."""

    def __init__(self, phrases: Iterable[str]) -> None:
        """Take the folded phrases; how much white space is between their parts does not matter."""
        # By how they begin, so that a dictionary of thousands does not slow every text down.
        self._by_key: dict[str, list[re.Pattern[str]]] = {}
        for phrase in sorted(phrases, key=len, reverse=True):
            key = phrase.split()[0][:_KEY_LENGTH]
            self._by_key.setdefault(key, []).append(_pattern(phrase))
        first = "".join(re.escape(char) for char in sorted({key[0] for key in self._by_key}))
        # A phrase of Latin letters does not begin inside a word: "c++" is not in "abc++".
        self._begin = re.compile(f"(?:(?<![{_LATIN}])|(?![{_LATIN}]))[{first}]") if first else None

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """The phrases in a text, in order and without overlap."""
        begin = self._begin.search(text) if self._begin else None
        while begin is not None and self._begin is not None:
            match = self._match_at(text, begin.start())
            if match is not None:
                yield match
            end = begin.end() if match is None else match.end()
            begin = self._begin.search(text, end)

    def _match_at(self, text: str, at: int) -> re.Match[str] | None:
        for length in range(_KEY_LENGTH, 0, -1):
            for pattern in self._by_key.get(text[at : at + length], ()):
                match = pattern.match(text, at)
                if match is not None:
                    return match
        return None


def _pattern(phrase: str) -> re.Pattern[str]:
    pattern = r"\s+".join(re.escape(part) for part in phrase.split())
    is_latin_end = phrase[-1].isascii() and phrase[-1].isalnum()
    return re.compile(pattern + (f"(?![{_LATIN}])" if is_latin_end else ""))
