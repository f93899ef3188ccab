"""Texts as codes of 16 bits, each of which stands for a string of up to seven characters.

::

    number of symbols                4 bytes
    size of each, 1 to 7             1 byte each
    the symbols, in UTF-16           2 bytes a character

Code 0 says that the next code is a UTF-16 unit as it is, so every text can be written; code n is
symbol n - 1. A text is cut into the longest symbols from left to right. All segments of an index
have the table in common, in a file of its own, so that a small commit does not write it again.
Without a table texts are in UTF-8.
"""

from __future__ import annotations

import re
import struct
from array import array
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from searcher.index.columnar.container import Container, ContainerWriter, DamagedFile
from searcher.index.columnar.training import LONGEST, MOST_SYMBOLS
from searcher.kernel import load
from searcher.language import say

_COUNT = struct.Struct("<I")
_ESCAPE = 0
_SECTION = "symbols"
_PREFIX, _EXTENSION = "texts-", ".symbols"
_NAME = re.compile("[0-9a-f]{16}")


class Symbols:
    """A table of symbols, or none."""

    def __init__(self, data: bytes = b"") -> None:
        """Take a table as ``table_of`` makes it; empty for none.

        Raises:
            DamagedFile: It makes no sense.
        """
        self.data = data
        native = load("texts")
        self._strings: Sequence[str] = [] if native is not None or not data else _read(data)
        try:
            self.native: Any = None if native is None else native.Table(data)
        except ValueError as error:
            raise DamagedFile(str(error)) from error

    @classmethod
    def of(cls, data: bytes) -> Symbols:
        """The same, which is made only once."""
        return _symbols(data, load("texts") is not None)

    @cached_property
    def name(self) -> str:
        """What the table is called after; empty for none."""
        if not self.data:
            return ""
        import hashlib

        return hashlib.sha256(self.data).hexdigest()[:16]

    @property
    def unit(self) -> int:
        """The size of a code, in bytes."""
        return 2 if self.data else 1

    def encode(self, text: str) -> bytes:
        """The codes of a text."""
        if self.native is not None:
            codes: bytes = self.native.encode(text)
            return codes
        return self._codes(text) if self.data else text.encode("utf-8")

    def decode(self, codes: bytes | memoryview) -> str:
        """The text of codes.

        Raises:
            ValueError: No text has these.
        """
        if self.native is not None:
            text: str = self.native.decode(codes)
            return text
        if not self.data:
            return str(codes, "utf-8")
        if len(codes) % 2:
            raise DamagedFile(say("a stored text is damaged", "保存的文本已损坏"))
        numbers = memoryview(codes).cast("H").tolist()
        try:
            if _ESCAPE in numbers:
                return self._with_escapes(numbers)
            return "".join(map(self._strings.__getitem__, numbers))
        except IndexError as error:
            raise DamagedFile(say("a stored text is damaged", "保存的文本已损坏")) from error

    def _with_escapes(self, numbers: Sequence[int]) -> str:
        parts: list[str] = []
        rest = iter(numbers)
        for number in rest:
            if number == _ESCAPE:
                unit = next(rest, None)
                if unit is None:
                    raise DamagedFile(say("a stored text is damaged", "保存的文本已损坏"))
                parts.append(chr(unit))
            else:
                parts.append(self._strings[number])
        # Two halves of a character become one.
        return "".join(parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le")

    @cached_property
    def _numbers(self) -> dict[str, int]:
        numbers = {string: code for code, string in enumerate(self._strings) if code}
        if len(numbers) + 1 != len(self._strings):
            raise DamagedFile(
                say("a table of symbols has one of them twice", "符号表中有一个符号出现两次")
            )
        return numbers

    @cached_property
    def _longest(self) -> dict[str, int]:
        """The size of the longest symbol that begins with a character."""
        longest: dict[str, int] = {}
        for string in self._numbers:
            longest[string[0]] = max(longest.get(string[0], 0), len(string))
        return longest

    def _codes(self, text: str) -> bytes:
        codes = array("H")
        get, longest = self._numbers.get, self._longest
        at, end = 0, len(text)
        while at < end:
            for stop in range(min(at + longest.get(text[at], 0), end), at, -1):
                code = get(text[at:stop])
                if code is not None:
                    codes.append(code)
                    at = stop
                    break
            else:
                for unit in memoryview(text[at].encode("utf-16-le")).cast("H"):
                    codes.extend((_ESCAPE, unit))
                at += 1
        return codes.tobytes()

    def save(self, folder: Path) -> None:
        """Write the table into a folder, if it is not there yet."""
        path = folder / file_of(self.name)
        if not self.data or path.exists():
            return
        import secrets

        # Several processes may do so at once.
        new = path.with_suffix(f".{secrets.token_hex(8)}")
        try:
            with ContainerWriter(new) as writer:
                writer.add(_SECTION, [self.data])
                writer.finish({"name": self.name})
            new.replace(path)
        except OSError:
            if not path.exists():  # on Windows nothing replaces a file that is mapped
                raise
        finally:
            new.unlink(missing_ok=True)

    @classmethod
    def load(cls, folder: Path, name: str) -> Symbols:
        """The table of this name in a folder; no table for an empty name.

        Raises:
            OSError: It cannot be read.
            DamagedFile: It is damaged.
        """
        if not name:
            return cls.of(b"")
        if not _NAME.fullmatch(name):
            raise DamagedFile(
                say(
                    f"no table of symbols is called {name!r:.40}", f"没有名为 {name!r:.40} 的符号表"
                )
            )
        path = folder / file_of(name)
        state = path.stat()
        return _loaded(path, name, state.st_mtime_ns, state.st_ino, load("texts") is not None)


def table_of(strings: Iterable[str]) -> bytes:
    """A table of different strings of 1 to 7 characters, without any beyond U+FFFF."""
    strings = list(strings)
    sizes = bytes(map(len, strings))
    return b"".join((_COUNT.pack(len(strings)), sizes, "".join(strings).encode("utf-16-le")))


def file_of(name: str) -> str:
    """The name of the file of a table; empty for none."""
    return f"{_PREFIX}{name}{_EXTENSION}" if name else ""


@lru_cache(maxsize=4)
def _symbols(data: bytes, is_native: bool) -> Symbols:
    return Symbols(data)


@lru_cache(maxsize=4)
def _loaded(path: Path, name: str, mtime: int, inode: int, is_native: bool) -> Symbols:
    container = Container(path)
    container.check()
    # The name is a hash of the table. It is written down as well, since looking is sooner than
    # hashing, and a table in the place of another one makes other texts of all codes.
    if container.meta.get("name") != name:
        raise DamagedFile(
            say(f"{path.name} is another table of symbols", f"{path.name} 是另一张符号表")
        )
    return Symbols(bytes(container.section(_SECTION)))


def _read(data: bytes) -> list[str]:
    """The strings of a table by their codes."""
    if len(data) < _COUNT.size:
        raise DamagedFile(say("a table of symbols is damaged", "符号表已损坏"))
    (count,) = _COUNT.unpack_from(data)
    sizes = data[_COUNT.size : _COUNT.size + count]
    units = data[_COUNT.size + count :]
    if (
        count > MOST_SYMBOLS
        or len(sizes) != count
        or not all(0 < size <= LONGEST for size in sizes)
        or len(units) != 2 * sum(sizes)
    ):
        raise DamagedFile(say("a table of symbols is damaged", "符号表已损坏"))
    try:
        text = units.decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise DamagedFile(say("a table of symbols is damaged", "符号表已损坏")) from error
    if len(text) != sum(sizes):  # half a character and the other half
        raise DamagedFile(say("a table of symbols is damaged", "符号表已损坏"))
    ends = accumulate(sizes)
    return ["", *(text[end - size : end] for end, size in zip(ends, sizes, strict=True))]
