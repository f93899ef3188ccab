"""Where an index lies on disk, and which of its parts is in force.

::

    index/
      searcher.json     which generation folder is in force, and what it was made with
      WRITELOCK         held by the process that writes
      WRITER            which one that is
      g000001/          one whole index: Whoosh's files, the manifest, dictionary, folding table

A rebuild writes a new folder beside the old one and then replaces ``searcher.json``, in one step:
a reader finds the old index or the new one, never something between.
"""

import errno
import json
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from searcher.documents.selection import Selection
from searcher.errors import IndexCorrupt, IndexLocked, IndexMismatch, IndexNotFound, SearcherError
from searcher.index.commits import (
    Checksum,
    checked_line,
    checksums,
    replace_file,
    sync_folder,
    with_checksum,
)
from searcher.index.locking import HOLDER, LOCK, held, holder
from searcher.index.sweeping import is_of_a_commit, remove_generation
from searcher.language import say
from searcher.reasons import system_reason
from searcher.text import (
    ANALYZER_VERSION,
    FOLDING_VERSION,
    Analyzer,
    Dictionary,
    Folding,
    UserDictionary,
)
from searcher.text.dictionary import DESCRIPTION

if TYPE_CHECKING:
    from searcher.index.manifest import Manifest

# Raise it when the files of an index change their form.
FORMAT_VERSION = 7

POINTER = "searcher.json"
_FOLDING = "folding.json"
_GENERATION = re.compile(r"g\d{6,}")
WHOOSH_LOCK = "MAIN_WRITELOCK"
MARKER = ".searcher"  # in a generation folder: it is ours, and may be deleted


@dataclass(frozen=True, slots=True)
class Description:
    """What ``searcher.json`` says of the index in force.

    Attributes:
        folder: The name of its generation folder.
        format_version: The form of its files.
        folding_version: How its texts were folded.
        analyzer_version: How its texts were made into terms.
        dictionary: The fingerprint of the dictionary that cut its texts.
        dictionary_files: The names of the user's dictionary and stop list, if any.
        created: When it was built, in ISO 8601.
        build: A random name for the build, to tell it from any other.
        files: The checksums of the files of its generation folder that no commit changes.
    """

    folder: str
    format_version: int
    folding_version: int
    analyzer_version: int
    dictionary: str
    dictionary_files: tuple[str, ...]
    created: str
    build: str
    files: dict[str, Checksum] = field(default_factory=dict)


class Store:
    """One index directory."""

    def __init__(self, path: Path) -> None:
        """Take the directory; it need not exist yet."""
        self.path = path
        self.pointer = path / POINTER

    def exists(self) -> bool:
        """Whether there is an index."""
        return (self.path / POINTER).is_file()

    def describe(self) -> Description:
        """What is in force.

        Raises:
            IndexNotFound: There is no index here.
            IndexCorrupt: ``searcher.json`` is damaged.
            IndexMismatch: The index is of another format, folding or analyzer version.
        """
        description = self._read_description()
        for name, theirs, ours in (
            (say("format", "格式"), description.format_version, FORMAT_VERSION),
            (say("folding", "字形折叠"), description.folding_version, FOLDING_VERSION),
            (say("analyzer", "分词"), description.analyzer_version, ANALYZER_VERSION),
        ):
            if theirs != ours:
                raise IndexMismatch(
                    say(
                        f"the index {self.path} has {name} version {theirs}, this searcher "
                        f"has {ours}. Build it anew: {self.command('reindex')}",
                        f"索引 {self.path} 的{name}版本是 {theirs}，本程序是 {ours}。"
                        f"请重建：{self.command('reindex')}",
                    )
                )
        return description

    def _read_description(self) -> Description:
        try:
            description = _description((self.path / POINTER).read_bytes())
        except (FileNotFoundError, NotADirectoryError) as error:
            raise self.not_found() from error
        except OSError as error:
            raise SearcherError(
                say(
                    f"cannot read {error.filename}: {system_reason(error)}",
                    f"无法读取 {error.filename}：{system_reason(error)}",
                )
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise self.corrupt(f"{POINTER}: {error!r:.200}") from error
        if not _GENERATION.fullmatch(str(description.folder)):
            raise self.corrupt(
                say(
                    f"{POINTER}: folder {description.folder!r:.40}",
                    f"{POINTER}：文件夹 {description.folder!r:.40}",
                )
            )
        return description

    def not_found(self) -> IndexNotFound:
        """The error to raise when there is no index."""
        return IndexNotFound(
            say(
                f"there is no index at {self.path}. Make one: {self.command('index')} FOLDER",
                f"{self.path} 没有索引。请先建立：{self.command('index')} 文件夹",
            )
        )

    def generations(self) -> list[Path]:
        """The generation folders there are, the newest last; which one counts, describe tells."""
        return sorted(filter(_is_generation, self.path.iterdir())) if self.path.is_dir() else []

    def corrupt(self, what: object) -> IndexCorrupt:
        """The error to raise when a file of the index is damaged."""
        from searcher.kernel.messages import in_words

        found = in_words(what)
        return IndexCorrupt(
            say(
                f"the index {self.path} is damaged: {found}. "
                f"Build it anew: {self.rebuild_command()}",
                f"索引 {self.path} 已损坏：{found}。请重建：{self.rebuild_command()}",
            )
        )

    def command(self, name: str) -> str:
        """What to type to run a command of the terminal tool on this index."""
        import shlex

        return f"searcher {name} --index {shlex.quote(str(self.path))}"

    def rebuild_command(self) -> str:
        """What to type to build the index anew."""
        known = "" if self.recorded_folders() else say(" FOLDER", " 文件夹")
        return self.command("reindex") + known

    def folder(self, description: Description) -> Path:
        """The generation folder in force."""
        return self.path / description.folder

    def analyzer(self, description: Description) -> Analyzer:
        """The analyzer that the index in force was made with.

        Raises:
            IndexCorrupt: Its files are damaged.
        """
        folder = self.folder(description)
        try:
            # The table of words is so large that it is looked at by whoever writes, and by a check.
            folding, _ = (
                _as_committed(folder, name, description.files) for name in (_FOLDING, DESCRIPTION)
            )
            return Analyzer(Folding.from_json(folding), Dictionary.load(folder))
        except (OSError, ValueError) as error:
            raise self.corrupt(error) from error

    def owns(self, path: str) -> bool:
        """Whether a file is one of the index itself, which may lie below an indexed folder."""
        start = path.rfind(os.sep) + 1
        owned = self.owned_in(path[:start])
        return owned is not None and owned(path[start:])

    def owned_in(self, folder: str) -> Callable[[str], bool] | None:
        """What says by their names which files of a folder are of the index; None for no file."""
        try:
            parts = Path(folder).resolve().relative_to(self._home).parts
        except (ValueError, OSError):
            return None  # it is not below the index

        def owned(name: str) -> bool:
            first = parts[0] if parts else name
            ours = (POINTER, LOCK, HOLDER, f"{POINTER}.new")
            return first in ours or _is_generation(self.path / first)

        return owned

    @cached_property
    def _home(self) -> Path:
        """Where it really is."""
        return self.path.resolve()

    def recorded_folders(self) -> tuple[str, ...]:
        """The folders that the index was last made equal to, as far as that can be read."""
        try:
            return tuple(self._recorded().roots)
        except (OSError, ValueError):
            return ()

    def recorded_selection(self) -> Selection:
        """Which files of these folders were to be read, as far as that can be read."""
        from searcher.index.manifest import to_selection

        try:
            return to_selection(self._recorded().selection)
        except (OSError, ValueError):
            return Selection()

    def _recorded(self) -> "Manifest":
        from searcher.index import commits, manifest

        for folder in reversed(self.generations()):
            # A folder that is being built, or was left behind, may have no commit yet.
            with suppress(OSError, ValueError):
                name = commits.read(folder).manifest
                return manifest.read_without_files(folder, name) if name else manifest.Manifest()
        raise ValueError(say("no manifest can be read", "读不到文件清单"))

    def user_dictionary(self) -> UserDictionary:
        """The user's words and stop words of the index there is, whatever its version.

        Raises:
            IndexMismatch: It has some, and they cannot be read.
        """
        try:
            description = self._read_description()
        except (IndexNotFound, IndexCorrupt):
            return UserDictionary()
        try:
            return Dictionary.load_user(self.folder(description))
        except (OSError, ValueError) as error:
            if not description.dictionary_files:
                return UserDictionary()
            names = ", ".join(description.dictionary_files)
            raise IndexMismatch(
                say(
                    f"the dictionary ({names}) kept in the index {self.path} cannot be read: "
                    f"{error}. Give it again: {self.command('reindex')} --dict FILE",
                    f"无法读取索引 {self.path} 中保存的词典（{names}）：{error}。"
                    f"请重新指定：{self.command('reindex')} --dict 文件",
                )
            ) from error

    def dictionary(self) -> Dictionary | None:
        """The dictionary of the index in force, whole and in memory; None if it has none."""
        with suppress(SearcherError, OSError, ValueError):
            description = self.describe()
            folder = self.folder(description)
            _as_committed(folder, DESCRIPTION, description.files)
            dictionary = Dictionary.load(folder, mapped=False)
            dictionary.check()
            return dictionary
        return None

    @contextmanager
    def locked(self, wait: float = 0.0) -> Iterator[None]:
        """Hold the right to write.

        Args:
            wait: How many seconds to wait for another process that holds it.

        Raises:
            IndexLocked: Another process or thread holds it.
            SearcherError: The system does not let us write: the disk is full, say.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with held(self.path, wait) as is_held:
                if not is_held:
                    raise self._is_locked()
                yield
        except OSError as error:
            raise self._not_written(error) from error

    def _not_written(self, error: OSError) -> SearcherError:
        if error.filename is None:  # of a file that was open already nothing more is known
            error.filename = str(self.path)
        where = error.filename
        match error.errno:
            case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
                advice = say("make room and try again", "请腾出空间后重试")
            case errno.EROFS | errno.EACCES | errno.EPERM:
                advice = say(
                    "make it writable for this user, or keep the index elsewhere (--index DIR)",
                    "请为当前用户开放写权限，或将索引放在别处（--index 目录）",
                )
            case _:
                advice = say("try again when it is put right", "请排除故障后重试")
        why = system_reason(error)
        return SearcherError(
            say(
                f"cannot write the index: {where}: {why}. What was committed before "
                f"is kept; {advice}",
                f"无法写入索引：{where}：{why}。此前提交的内容不受影响；{advice}",
            )
        )

    def _is_locked(self) -> IndexLocked:
        advice = say(
            "; try again when it is done, or wait for it (--wait SECONDS)",
            "，请等它结束后再试，或者等待它结束（--wait 秒数）",
        )
        who = holder(self.path)
        if who is None:
            return IndexLocked(
                say(
                    f"another process is writing to the index {self.path}",
                    f"另一个进程正在写入索引 {self.path}",
                ),
                advice,
            )
        return IndexLocked(
            say(
                f"process {who.pid} on {who.host} ({who.command}) has been writing to the index "
                f"{self.path} since {who.since}",
                f"{who.host} 上的进程 {who.pid}（{who.command}）自 {who.since} 起正在写入索引 "
                f"{self.path}",
            ),
            advice,
        )

    def new_folder(self) -> Path:
        """An empty folder for the next generation. The lock must be held."""
        numbers = [
            int(path.name[1:]) for path in self.path.iterdir() if _GENERATION.fullmatch(path.name)
        ]
        folder = self.path / f"g{max(numbers, default=0) + 1:06}"
        folder.mkdir()
        (folder / MARKER).touch()
        return folder

    def save_analyzer(self, folder: Path, analyzer: Analyzer) -> None:
        """Write the folding table and the dictionary into a generation folder."""
        (folder / _FOLDING).write_text(analyzer.folding.to_json(), encoding="utf-8")
        analyzer.dictionary.save(folder)

    def activate(self, folder: Path, analyzer: Analyzer, created: str) -> Description:
        """Put a finished generation folder in force. The lock must be held."""
        import secrets

        description = Description(
            folder=folder.name,
            format_version=FORMAT_VERSION,
            folding_version=FOLDING_VERSION,
            analyzer_version=ANALYZER_VERSION,
            dictionary=analyzer.fingerprint,
            dictionary_files=analyzer.dictionary.user.names,
            created=created,
            build=secrets.token_hex(8),
            files=_kept_files(folder),
        )
        text = json.dumps(asdict(description), ensure_ascii=False)
        replace_file(self.path / POINTER, with_checksum(text))
        return description

    def discard(self, folder: Path) -> None:
        """Delete a generation folder that was not put in force."""
        remove_generation(folder, MARKER)

    def sweep(self, keep: str) -> None:
        """Delete what is not in force: of builds that are over or were killed.

        The lock must be held.
        """
        for path in self.path.iterdir():
            if path.name == keep or not _GENERATION.fullmatch(path.name):
                continue
            if (path / MARKER).is_file():
                remove_generation(path, MARKER)
            else:
                # It is the user's, unless it is empty: of a build that was killed as it began.
                with suppress(OSError):
                    path.rmdir()
        with suppress(OSError):
            self.pointer.with_name(f"{POINTER}.new").unlink(missing_ok=True)


def _as_committed(folder: Path, name: str, files: Mapping[str, Checksum]) -> str:
    """The text of a file that is not to have changed.

    Raises:
        OSError: It cannot be read.
        ValueError: It is damaged.
    """
    data = (folder / name).read_bytes()
    if (len(data), zlib.crc32(data)) != files.get(name):
        raise ValueError(say(f"{name} is not as it was written", f"{name} 与写入时不同"))
    return data.decode("utf-8")


def _kept_files(folder: Path) -> dict[str, Checksum]:
    """The checksums of the files that no commit changes, when they are on the disk."""
    paths = [path for path in folder.iterdir() if path.name != WHOOSH_LOCK]
    paths = [path for path in paths if not is_of_a_commit(path.name)]
    for path in paths:
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    sync_folder(folder)
    return checksums(folder, [path.name for path in paths])


def _description(data: bytes) -> Description:
    try:
        values = json.loads(checked_line(data))
    except ValueError:
        values = json.loads(data)  # of an older version, which had no checksum
        if values["format_version"] == FORMAT_VERSION:
            raise
    values["dictionary_files"] = tuple(values["dictionary_files"])
    values["files"] = {
        name: Checksum(*checksum) for name, checksum in values.get("files", {}).items()
    }
    return Description(**values)


def _is_generation(path: Path) -> bool:
    """Whether a folder is a generation that this package made, and not the user's own."""
    return _GENERATION.fullmatch(path.name) is not None and (path / MARKER).is_file()
