"""The files of a user dictionary and a stop list that were asked for."""

import shlex
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from searcher.api.arguments import path_of
from searcher.errors import IndexMismatch
from searcher.language import say

if TYPE_CHECKING:
    from searcher.index.store import Description, Store
    from searcher.text import Analyzer, Folding, UserDictionary

AnyPath = str | PathLike[str]


@dataclass(frozen=True, slots=True)
class DictionaryFiles:
    """A user dictionary and a stop list that were asked for."""

    dictionary: Path | None = None
    stop_words: Path | None = None

    @classmethod
    def of(cls, dictionary: AnyPath | None, stop_words: AnyPath | None) -> "DictionaryFiles":
        return cls(
            None if dictionary is None else path_of(dictionary),
            None if stop_words is None else path_of(stop_words),
        )

    @property
    def given(self) -> bool:
        return self.dictionary is not None or self.stop_words is not None

    def names(self) -> list[str]:
        return [path.name for path in (self.dictionary, self.stop_words) if path is not None]

    def options(self) -> list[str]:
        """The options of the terminal tool that name them."""
        return [
            f"{option} {shlex.quote(str(path))}"
            for option, path in (("--dict", self.dictionary), ("--stop-words", self.stop_words))
            if path is not None
        ]

    def read(self, folding: "Folding", kept: "UserDictionary | None" = None) -> "UserDictionary":
        """Read what was asked for; the rest is kept as it was."""
        from searcher.text import UserDictionary

        kept = kept or UserDictionary()
        words, stop_words = kept.words, kept.stop_words
        given = UserDictionary.read(folding, self.dictionary, self.stop_words)
        words_name, stop_words_name = kept.words_name, kept.stop_words_name
        if self.dictionary is not None:
            words, words_name = given.words, given.words_name
        if self.stop_words is not None:
            stop_words, stop_words_name = given.stop_words, given.stop_words_name
        return UserDictionary(words, stop_words, words_name, stop_words_name)


def check_dictionary(
    store: "Store", analyzer: "Analyzer", description: "Description", files: DictionaryFiles
) -> None:
    """Look that an index was made with these files.

    Raises:
        IndexMismatch: It was not, or they have changed since.
        DictionaryError: One cannot be read.
    """
    theirs = analyzer.dictionary.user
    ours = files.read(analyzer.folding, theirs)
    if set(ours.words) == set(theirs.words) and ours.stop_words == theirs.stop_words:
        return
    names = ", ".join(description.dictionary_files)
    options = " ".join(files.options())
    if set(files.names()) <= set(description.dictionary_files):
        raise IndexMismatch(
            say(
                f"{', '.join(files.names())} has changed since the index {store.path} was "
                f"made with it. Build it anew: {store.command('reindex')} {options}",
                f"{'、'.join(files.names())} 与建立索引 {store.path} 时不同了。"
                f"请重建：{store.command('reindex')} {options}",
            )
        )
    raise IndexMismatch(
        say(
            f"the index {store.path} was made with "
            f"{names or 'no user dictionary'}, not with {', '.join(files.names())}. "
            f"Build it anew: {store.command('reindex')} {options}",
            f"索引 {store.path} 建立时使用的是{names or '默认词典（无用户词典）'}，"
            f"而不是 {'、'.join(files.names())}。"
            f"请重建：{store.command('reindex')} {options}",
        )
    )
