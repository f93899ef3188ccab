"""Which index is meant, and which folders go with it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from searcher.errors import IndexNotFound, SearcherError
from searcher.language import say

if TYPE_CHECKING:
    from searcher import Index, Selection

VARIABLE = "SEARCHER_INDEX"
_DEFAULT = Path("index")
_CORPUS = Path("corpus")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an index is, or is to be.

    Attributes:
        path: Its directory.
        is_named: Whether the user named it, or ``./index`` was taken.
    """

    path: Path
    is_named: bool

    def __str__(self) -> str:
        """The directory as the user knows it."""
        return str(self.path) if self.is_named else f"./{self.path}"

    def command(self, name: str, *arguments: str) -> str:
        """What to type to run a command on this index."""
        named = ("--index", str(self.path)) if self.is_named else ()
        return " ".join(("searcher", name, *named, *arguments))


def place_of(option: str | None) -> Place:
    """The index of ``--index``, else of ``$SEARCHER_INDEX``, else ``./index``."""
    named = option or os.environ.get(VARIABLE)
    return Place(Path(named), True) if named else Place(_DEFAULT, False)


def open_index(
    place: Place, dictionary: str | None = None, stop_words: str | None = None
) -> "Index":
    """Open an index that must be there.

    Raises:
        IndexNotFound: There is none; the message says what to type.
    """
    from searcher import Index

    try:
        return Index.open(place.path, dictionary=dictionary, stop_words=stop_words)
    except IndexNotFound as error:
        make = place.command("index", say("FOLDER", "文件夹"))
        raise IndexNotFound(
            say(
                f"there is no index at {place}. Make one: {make}",
                f"{place} 没有索引。请先建立：{make}",
            )
        ) from error


def tell_unknown(document_id: str, place: Place) -> None:
    """Say that no document has an id, and how to find ids."""
    from searcher.cli.messages import tell

    search = place.command("search", say("WORDS", "词语"))
    tell(
        say(
            f"no document has the id '{document_id}'. To find ids: {search}",
            f"没有 id 为“{document_id}”的文档。查找 id：{search}",
        )
    )


def corpus() -> list[Path]:
    """The folder that is indexed when nothing is said, if it is there."""
    return [_CORPUS] if _CORPUS.is_dir() else []


def selection_for(
    place: Place,
    paths: tuple[str, ...],
    *,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    hidden: bool,
    no_ignore: bool,
) -> "Selection":
    """Which files are read: as the options say, or as before where neither they nor paths do."""
    from searcher import Index, Selection

    if not (paths or include or exclude or hidden or no_ignore):
        return Index.recorded_selection(place.path)
    return Selection(include, exclude, hidden=hidden, ignore_files=not no_ignore)


def folders_for(command: str, place: Place, given: tuple[str, ...]) -> list[Path]:
    """The folders to index: those given, else those of the index, else ``./corpus``.

    Raises:
        SearcherError: None is known; the message says what to type.
    """
    if given:
        if "" in given:
            # As of a variable that is not set. It would be the folder that one is in.
            raise SearcherError(
                say("a PATH is empty; for this folder: .", "有一个路径为空；当前文件夹请写作 .")
            )
        return [Path(folder) for folder in given]
    from searcher import Index, IndexCorrupt, IndexMismatch

    trouble: SearcherError | None = None
    try:
        Index.open(place.path).close()
    except IndexNotFound:
        pass
    except (IndexCorrupt, IndexMismatch) as error:
        if command == "index":
            raise  # it says to rebuild
        trouble = error
    folders = Index.recorded_folders(place.path)
    if folders:
        return [Path(folder) for folder in folders]
    # An index of the user's own whose folders cannot be read is not to be replaced by ./corpus.
    if not (trouble and place.is_named) and corpus():
        return corpus()
    type_this = place.command(command, say("FOLDER", "文件夹"))
    if trouble:
        message = say(
            f"the folders of the index {place} are not known any more. Name them: {type_this}",
            f"索引 {place} 原来的文件夹已无从得知，请写明：{type_this}",
        )
    else:
        message = say(
            f"what is to be indexed? There is no ./corpus here. Name a folder: {type_this}",
            f"要索引什么？这里没有 ./corpus。请写明文件夹：{type_this}",
        )
    raise SearcherError(message)
