"""The dictionary that texts are cut by: jieba's words, folded, and the user's own.

A dictionary is compiled once into a table, which is mapped into memory rather than loaded, so a
process that cuts one query starts at once. An index keeps the compiled dictionary beside its
segments: a query is always cut by the dictionary that cut the text.
"""

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, Any

from searcher.errors import DictionaryError
from searcher.extras import installing
from searcher.language import say
from searcher.reasons import system_reason
from searcher.text.characters import CJK_CHARACTER
from searcher.text.cutting import KernelCutter, kernel_cutter
from searcher.text.folding import Folding
from searcher.text.segmenter import Segmenter, block_pattern
from searcher.text.words import Words, make_table

if TYPE_CHECKING:
    from mmap import mmap

TABLE, DESCRIPTION = "words.table", "dictionary.json"

# Parts of speech that jieba's dictionaries use; anything else at the end of a line is a word.
_PARTS_OF_SPEECH = frozenset(
    """a ad ag an b c d df dg e eng f g h i j k l m mg mq n ng nr nrfg nrt ns nt nz o p q r rg rr
    rz s t tg u ud ug uj ul uv uz v vd vg vi vn vq vshi vyou x y z zg""".split()
)
_COMPILER = 1  # to be raised when the same files are compiled into something else
_LARGEST_FREQUENCY = 2**32 - 1


@dataclass(frozen=True, slots=True)
class UserWord:
    """One line of a user dictionary: a word and how frequent it is, None for frequent enough."""

    word: str
    frequency: int | None = None


@dataclass(frozen=True, slots=True)
class UserDictionary:
    """A user dictionary and a stop list as they were read.

    Attributes:
        words: The user's words, folded.
        stop_words: The words that are not indexed as words, folded.
        words_name: The name of the file the words were read from; empty for none.
        stop_words_name: The name of the file the stop words were read from; empty for none.
    """

    words: tuple[UserWord, ...] = ()
    stop_words: frozenset[str] = frozenset()
    words_name: str = ""
    stop_words_name: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files it was read from."""
        return tuple(name for name in (self.words_name, self.stop_words_name) if name)

    def to_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {
            "words": [[entry.word, entry.frequency] for entry in self.words],
            "stop_words": sorted(self.stop_words),
            "words_name": self.words_name,
            "stop_words_name": self.stop_words_name,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "UserDictionary":
        """What ``to_json`` gave.

        Raises:
            ValueError: It is damaged.
        """
        match data:
            case {
                "words": list(words),
                "stop_words": list(stop_words),
                "words_name": str(words_name),
                "stop_words_name": str(stop_words_name),
            } if all(isinstance(word, str) for word in stop_words):
                entries = tuple(map(_user_word, words))
                return cls(entries, frozenset(stop_words), words_name, stop_words_name)
            case _:
                raise ValueError(
                    say(
                        f"the user's words in {DESCRIPTION} are damaged",
                        f"{DESCRIPTION} 中用户的词已损坏",
                    )
                )

    @classmethod
    def read(
        cls, folding: Folding, words: Path | None = None, stop_words: Path | None = None
    ) -> "UserDictionary":
        """Read a dictionary in jieba's format and a stop list with one word a line.

        Raises:
            DictionaryError: A file cannot be read, or a line of it is not understood.
        """
        user_words: dict[str, UserWord] = {}
        for number, line in _lines(words):
            entry = parse_user_word(folding.fold(line))
            if entry.frequency is not None and entry.frequency > _LARGEST_FREQUENCY:
                raise DictionaryError(
                    say(
                        f"{words}, line {number}: the frequency {entry.frequency} is too large",
                        f"{words} 第 {number} 行：词频 {entry.frequency} 过大",
                    )
                )
            user_words[entry.word] = entry
        stops = frozenset(folding.fold(line) for _, line in _lines(stop_words))
        return cls(
            tuple(user_words.values()),
            stops,
            words.name if words else "",
            stop_words.name if stop_words else "",
        )


def _user_word(entry: Any) -> UserWord:
    match entry:
        case [str(word), int() | None as frequency]:
            return UserWord(word, frequency)
        case _:
            raise ValueError(
                say(
                    f"the user's words in {DESCRIPTION} are damaged",
                    f"{DESCRIPTION} 中用户的词已损坏",
                )
            )


class Dictionary:
    """A compiled dictionary."""

    def __init__(self, table: "bytes | mmap", description: Mapping[str, Any]) -> None:
        """Take the table of its words, and what there is beside.

        Raises:
            ValueError: They are damaged.
        """
        match description:
            case {
                "total": int(total),
                "phrases": list(phrases),
                "user": dict(user),
                "fingerprint": str(fingerprint),
            } if total > 0 and all(isinstance(one, str) and one.split() for one in phrases):
                self.total = total
                self.phrases: tuple[str, ...] = tuple(phrases)
                self.user = UserDictionary.from_json(user)
                self.fingerprint = fingerprint
            case _:
                raise ValueError(
                    say(f"{DESCRIPTION} has another form", f"{DESCRIPTION} 的形式不同")
                )
        self.stop_words = self.user.stop_words
        self._table = table
        self._description = dict(description)
        try:
            self._words = Words(memoryview(table), fingerprint)
            self._cutter = kernel_cutter(table, fingerprint, log(total), self.stop_words)
        except ValueError as error:
            raise ValueError(f"{TABLE}: {error}") from error

    @classmethod
    def compile(
        cls,
        folding: Folding,
        user: UserDictionary | None = None,
        known: "Dictionary | None" = None,
    ) -> "Dictionary":
        """Compile jieba's dictionary together with a user's, which takes seconds.

        Args:
            folding: How words are folded.
            user: The user's words and stop words.
            known: A dictionary that is taken instead if it was compiled from just that.

        Raises:
            DictionaryError: jieba is not installed.
        """
        user = user or UserDictionary()
        if known is not None and known.user == user and known.source == _source(folding):
            return known
        default = _compile_default(folding)
        if user == UserDictionary():
            return default
        words = dict(default.items())
        total = default.total
        default_segmenter = Segmenter(default)
        for entry in user.words:
            if not _is_cut_by_trie(entry.word):
                continue
            frequency = entry.frequency
            if frequency is None:
                frequency = _sufficient_frequency(entry.word, default, default_segmenter)
            words[entry.word] = frequency
            total += frequency
        phrases = [entry.word for entry in user.words if _is_phrase(entry.word)]
        return _compile(words, total, (*default.phrases, *phrases), user, default.source)

    @property
    def source(self) -> str:
        """A fingerprint of what it was compiled from beside the user's words; empty if unknown."""
        source = self._description.get("source")
        return source if isinstance(source, str) else ""

    def items(self) -> Iterator[tuple[str, int]]:
        """All words and their frequencies."""
        return self._words.items()

    def frequency(self, word: str) -> int:
        """How frequent the word is; 0 where the dictionary does not have it."""
        return self._words.frequency(word)

    def prefixes(self, text: str) -> Iterator[tuple[int, int]]:
        """The words that ``text`` begins with, shortest first, as (length, frequency)."""
        return self._words.prefixes(text)

    def kernel_cutter(self) -> KernelCutter | None:
        """What cuts texts fast; None without the kernel."""
        return self._cutter

    def save(self, folder: Path) -> None:
        """Write the dictionary's files into an existing folder.

        Raises:
            OSError: They cannot be written.
        """
        (folder / TABLE).write_bytes(self._table)
        (folder / DESCRIPTION).write_text(
            json.dumps(
                {**self._description, "table": [len(self._table), zlib.crc32(self._table)]},
                ensure_ascii=False,
            ),
            encoding="utf-8",
        )

    def check(self) -> None:
        """Look at all of a dictionary that was loaded, before documents are cut by it.

        Raises:
            ValueError: It is not as it was saved.
        """
        if [len(self._table), zlib.crc32(self._table)] != self._description.get("table"):
            raise ValueError(say(f"{TABLE} is damaged", f"{TABLE} 已损坏"))

    @staticmethod
    def load_user(folder: Path) -> UserDictionary:
        """What of the dictionary in a folder is the user's.

        Raises:
            OSError: The file is missing or cannot be read.
            ValueError: The file is damaged.
        """
        match _read_description(folder):
            case {"user": dict(user)}:
                return UserDictionary.from_json(user)
            case _:
                raise ValueError(
                    say(f"{DESCRIPTION} has another form", f"{DESCRIPTION} 的形式不同")
                )

    @classmethod
    def load(cls, folder: Path, *, mapped: bool = True) -> "Dictionary":
        """Map the files that ``save`` wrote into memory, or read them.

        The table is not gone through, which would take longer than a query: where it is damaged,
        texts are cut into other words than before, and no harm is done (see ``check``).

        Raises:
            OSError: A file is missing or cannot be read.
            ValueError: A file is damaged.
        """
        from mmap import ACCESS_READ, mmap

        description = _read_description(folder)
        if not mapped:
            return cls((folder / TABLE).read_bytes(), description)
        with (folder / TABLE).open("rb") as file:
            return cls(mmap(file.fileno(), 0, access=ACCESS_READ), description)


def _read_description(folder: Path) -> dict[str, Any]:
    text = (folder / DESCRIPTION).read_text(encoding="utf-8")
    try:
        description = json.loads(text)
    except RecursionError as error:
        raise ValueError(f"{DESCRIPTION}: {error}") from error
    if not isinstance(description, dict):
        raise ValueError(say(f"{DESCRIPTION} has another form", f"{DESCRIPTION} 的形式不同"))
    return description


def parse_user_word(line: str) -> UserWord:
    """Read one line of a user dictionary: ``word``, ``word 5``, ``word n`` or ``word 5 n``.

    A word may hold spaces and digits itself. A number is the word's frequency unless what stands
    before it is a single Latin word, which is a word without any dictionary: ``iphone 15`` is a
    word of two parts. Tabs between the columns leave no doubt.
    """
    if "\t" in line:
        columns = [" ".join(column.split()) for column in line.split("\t")]
        parts = [column for column in columns if column]
    else:
        parts = line.split()
    frequency = None
    if len(parts) > 1 and parts[-1] in _PARTS_OF_SPEECH:
        parts = parts[:-1]
    if len(parts) > 1 and re.fullmatch("[0-9]{1,20}", parts[-1]):
        rest = " ".join(parts[:-1])
        if "\t" in line or not rest.isalnum() or CJK_CHARACTER.search(rest):
            parts, frequency = parts[:-1], int(parts[-1])
    return UserWord(" ".join(parts), frequency)


def _lines(path: Path | None) -> Iterator[tuple[int, str]]:
    """The lines of a text file that are not empty, with their numbers."""
    if path is None:
        return
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        why = system_reason(error)
        raise DictionaryError(
            say(f"cannot read {path}: {why}", f"无法读取 {path}：{why}")
        ) from error
    except UnicodeDecodeError as error:
        raise DictionaryError(
            say(
                f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8",
                f"{path} 不是 UTF-8 编码（第 {error.start} 字节），请另存为 UTF-8",
            )
        ) from error
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, line.strip(" \r\n")


def _is_cut_by_trie(word: str) -> bool:
    """Whether jieba's algorithm can find the word."""
    return block_pattern().fullmatch(word) is not None and CJK_CHARACTER.search(word) is not None


def _is_phrase(word: str) -> bool:
    """Whether the word must be looked for by itself: it has a space or a sign in it.

    A word of Latin letters and digits alone needs no dictionary.
    """
    return not word.isalnum() and not _is_cut_by_trie(word)


def _sufficient_frequency(word: str, dictionary: Dictionary, segmenter: Segmenter) -> int:
    """The frequency at which the word is not cut any more, as jieba's ``suggest_freq`` has it."""
    share = 1.0
    for part in segmenter.cut(word):
        share *= (dictionary.frequency(part) or 1) / dictionary.total
    return max(int(share * dictionary.total) + 1, dictionary.frequency(word) or 1)


@lru_cache(maxsize=2)
def _compile_default(folding: Folding) -> Dictionary:
    words: dict[str, int] = {}
    total = 0
    for line in folding.fold(_jieba_dictionary().read_text(encoding="utf-8")).splitlines():
        fields = line.split(" ")
        word, frequency = fields[0], int(fields[1])
        # Folding makes one word of several, such as 乾坤 and 干坤.
        words[word] = words.get(word, 0) + frequency
        total += frequency
    others = [word for word in words if not word.isalnum()]
    phrases = [word for word in others if _is_phrase(word) and block_pattern().fullmatch(word)]
    return _compile(words, total, phrases, UserDictionary(), _source(folding))


def _source(folding: Folding) -> str:
    """What tells jieba's dictionary, the folding of it and this way of compiling from others."""
    import hashlib

    digest = hashlib.sha256(b"%d\n" % _COMPILER)
    digest.update(folding.to_json().encode())
    digest.update(_jieba_dictionary().read_bytes())
    return digest.hexdigest()[:16]


def _jieba_dictionary() -> Path:
    """Where jieba keeps its dictionary; found without importing jieba, which takes its time."""
    import importlib.util

    spec = importlib.util.find_spec("jieba")
    if spec is None or spec.origin is None:
        line = installing("jieba")
        raise DictionaryError(say(f"jieba is not installed: {line}", f"未安装 jieba：{line}"))
    return Path(spec.origin).with_name("dict.txt")


def _compile(
    words: Mapping[str, int],
    total: int,
    phrases: Iterable[str],
    user: UserDictionary,
    source: str,
) -> Dictionary:
    import hashlib

    description: dict[str, Any] = {
        "total": total,
        "phrases": sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase)),
        "user": user.to_json(),
        "source": source,
    }
    ordered = sorted(words.items())
    digest = hashlib.sha256(json.dumps(ordered).encode())
    digest.update(json.dumps([total, description["phrases"], sorted(user.stop_words)]).encode())
    fingerprint = description["fingerprint"] = digest.hexdigest()[:16]
    return Dictionary(make_table(ordered, fingerprint), description)
