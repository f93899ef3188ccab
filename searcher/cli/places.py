"""Which index is meant, and which folders go with it."""

import os
import shlex
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from searcher.api.folders import place_of_index
from searcher.errors import IndexNotFound, SearcherError
from searcher.language import say

if TYPE_CHECKING:
    import click

    from searcher import Index, Selection
    from searcher.cli.configuration import Configuration

VARIABLE = "SEARCHER_INDEX"
_DEFAULT = Path("index")
_CORPUS = Path("corpus")
_BEFORE = "searcher.index.before"  # what was typed before the name of the command
_BEHIND = "searcher.index.behind"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an index is, or is to be.

    Attributes:
        path: Its directory, or its address in a cluster.
        is_named: Whether the user named it, or ``./index`` was taken.
        name: Its name in the configuration file, if it was named by that.
    """

    path: Path | str
    is_named: bool
    name: str | None = None

    def __str__(self) -> str:
        """The directory as the user knows it."""
        if self.name is not None:
            return f"{self.name} ({self.path})"
        return str(self.path) if self.is_named else f"./{self.path}"

    @property
    def arguments(self) -> tuple[str, ...]:
        """What to type for a command to take this index."""
        from searcher.cli.usage import quoted

        if self.name is not None:
            return ("-i", quoted(self.name))
        return ("--index", quoted(str(self.path))) if self.is_named else ()

    def command(self, name: str, *arguments: str) -> str:
        """What to type to run a command on this index; arguments are as a shell takes them."""
        return " ".join(("searcher", name, *self.arguments, *arguments))


@dataclass(frozen=True, slots=True)
class _Choice:
    """An index as it was typed: by its name or by its directory."""

    name: str | None = None
    folder: str | None = None


def keep_choice(
    context: "click.Context", *, name: str | None = None, folder: str | None = None
) -> None:
    """Remember which index was named by an option that the command itself does not get."""
    key = _BEFORE if context.parent is None else _BEHIND
    if key in context.meta:
        raise _two_named(context)
    context.meta[key] = _Choice(name, folder)


def place_of(option: str | None) -> Place:
    """The index that is meant.

    It is the one of ``--index`` or ``-i`` behind the name of the command, else of those before
    it, else of ``$SEARCHER_INDEX``, else of ``default-index`` in the
    configuration file, else ``./index``.
    The last two but one may be a name or a directory, see ``place_by_either``.

    Raises:
        SearcherError: There is no index of such a name, or the configuration file is not right.
    """
    import click

    from searcher.cli.configuration import Configuration, of

    context = click.get_current_context(silent=True)
    meta = {} if context is None else context.meta
    behind = meta.get(_BEHIND)
    if option is not None and behind is not None:
        assert context is not None
        raise _two_named(context)
    choice = behind or meta.get(_BEFORE)
    if option:
        return Place(place_of_index(option), True)
    if isinstance(choice, _Choice) and choice.folder is not None:
        return Place(place_of_index(choice.folder), True)
    configuration = Configuration() if context is None else of(context)
    if isinstance(choice, _Choice) and choice.name is not None:
        return place_by_name(choice.name, configuration)
    return place_by_default(configuration)


def place_by_default(configuration: "Configuration") -> Place:
    """The index when none was typed."""
    named = os.environ.get(VARIABLE)
    if named:
        return place_by_either(named, configuration)
    if configuration.index:
        assert configuration.path is not None
        place = place_by_either(configuration.index, configuration)
        beside = configuration.path.absolute().parent
        if place.name or isinstance(place.path, str):
            return place
        return Place(beside / place.path.expanduser(), True)
    return Place(_DEFAULT, False)


def place_by_either(text: str, configuration: "Configuration") -> Place:
    """The index of a name if there is one, else the one in a directory.

    A name has no ``/`` in it: ``./news`` is a directory even if an index is called ``news``.
    """
    if text in configuration.indexes:
        return Place(configuration.indexes[text], True, text)
    return Place(place_of_index(text), True)


def place_by_name(name: str, configuration: "Configuration") -> Place:
    """The index of a name.

    Raises:
        SearcherError: There is none; the message says what to type.
    """
    if name in configuration.indexes:
        return Place(configuration.indexes[name], True, name)
    if "/" in name or name in (".", ".."):
        raise SearcherError(
            say(
                f"-i takes a name, not a directory. For a directory: --index {shlex.quote(name)}",
                f"-i 后面是名称，不是目录。要用目录：--index {shlex.quote(name)}",
            )
        )
    close = get_close_matches(name, configuration.indexes, n=1)
    if close:
        like = f"searcher -i {shlex.quote(close[0])} …"
        hint = say(f"Did you mean: {like}", f"是不是：{like}")
    else:
        hint = say(
            f"To name one: searcher indexes --add {shlex.quote(name)} DIR",
            f"给索引命名：searcher indexes --add {shlex.quote(name)} 目录",
        )
    raise SearcherError(
        say(f"no index is called '{name}'. {hint}", f"没有名为“{name}”的索引。{hint}")
    )


def _two_named(context: "click.Context") -> Exception:
    import click

    return click.UsageError(
        say("name one index: --index DIR or -i NAME", "只能指定一个索引：--index 目录 或 -i 名称"),
        context,
    )


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
            this = place.command(command, ".")
            raise SearcherError(
                say(
                    f"a PATH is empty. For this folder: {this}",
                    f"有一个路径为空。要用当前文件夹：{this}",
                )
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
