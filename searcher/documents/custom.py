"""Readers of formats that this package does not know, from other packages.

A package says that it has one by an entry point of the group ``searcher.documents``. Its name is
the word for the format, what it names is a ``Reader``::

    [project.entry-points."searcher.documents"]
    org = "searcher_org:READER"

A file with one of its endings is read by it, before anything else is found out about the file. Of
two readers for the same ending the one whose name comes first is taken. What goes wrong in a reader
concerns the file at hand: it is skipped and named. A reader that cannot even be loaded has the
files that end in its name skipped.

Packages are looked through when the first file is read in a process, and once: it takes time.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from searcher.documents.fields import jsonable
from searcher.documents.model import Document, Skipped
from searcher.documents.packed import File
from searcher.documents.rawfile import RawFile, Reader
from searcher.errors import DocumentError
from searcher.language import say

GROUP = "searcher.documents"
_LONGEST_REASON = 200  # characters


class Custom(NamedTuple):
    """A reader that is installed.

    Attributes:
        name: The word for its format.
        read: What reads; None for one that cannot be loaded.
        problem: Why it cannot be loaded.
    """

    name: str
    read: Callable[[RawFile], Iterable[Document | Skipped]] | None
    problem: str = ""

    def documents(self, file: File) -> Iterator[Document | Skipped]:
        """Read the documents of a file.

        Raises:
            DocumentError: It cannot be read, or not any further.
        """
        if self.read is None:
            raise DocumentError(self.problem)
        count = 0
        try:
            for item in self.read(RawFile(file)):
                count += 1
                yield _checked(item, file.name, count)
        except (DocumentError, MemoryError, RecursionError):
            raise
        except (Exception, SystemExit) as error:
            raise DocumentError(
                say(
                    f"the reader {self.name} failed: {_words(error)}",
                    f"读取器 {self.name} 出错：{_words(error)}",
                )
            ) from error


def reader_for(ending: str) -> Custom | None:
    """The reader for files whose names end so; None if no other package has one."""
    return installed().get(ending) if ending else None


@lru_cache(maxsize=1)
def installed() -> dict[str, Custom]:
    """All readers by the endings that they read."""
    from importlib.metadata import entry_points

    found: dict[str, Custom] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            reader = point.load()
            if not isinstance(reader, Reader):
                raise TypeError(f"{point.value} is not a searcher.Reader")
        except (Exception, SystemExit) as error:
            problem = say(
                f"the reader {point.name} cannot be loaded: {_words(error)}",
                f"读取器 {point.name} 无法加载：{_words(error)}",
            )
            found.setdefault(f".{point.name.lower()}", Custom(point.name, None, problem))
            continue
        for ending in reader.endings:
            found.setdefault(ending.lower(), Custom(point.name, reader.read))
    return found


def _checked(item: object, name: str, number: int) -> Document | Skipped:
    """What a reader gave, if it can be used; a record that is skipped otherwise.

    Args:
        item: What it gave.
        name: The file.
        number: Which one it is of its file, from 1 on.
    """
    if isinstance(item, Skipped):
        return item
    if not isinstance(item, Document):
        return _unusable(name, number, f"{item!r:.60}")
    tags: object = item.tags
    for field, value, types in (
        ("id", item.id, str),
        ("title", item.title, str),
        ("body", item.body, str),
        ("date", item.date, datetime | None),
        ("source", item.source, str | None),
        ("url", item.url, str | None),
        ("tags", tags, tuple | list),
    ):
        if not isinstance(value, types):
            return _unusable(name, number, f"{field}={value!r:.60}")
    if not all(isinstance(tag, str) for tag in item.tags):
        return _unusable(name, number, f"tags={tags!r:.60}")
    try:
        extra = jsonable(item.extra)
    except ValueError:
        return _unusable(name, number, say("extra is nested too deeply", "extra 嵌套过深"))
    if not isinstance(extra, dict):
        return _unusable(name, number, f"extra={item.extra!r:.60}")
    own = item.id or (name if number == 1 else f"{name}#{number}")
    # By its path it is known which file a document is from.
    return replace(item, id=own, path=name, tags=tuple(item.tags), extra=extra)


def _unusable(name: str, number: int, what: str) -> Skipped:
    reason = say(f"not a document that can be kept: {what}", f"不是可以保存的文档：{what}")
    return Skipped(f"{name}#{number}", reason)


def _words(error: BaseException) -> str:
    """An error on one line."""
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return " ".join(words.split())[:_LONGEST_REASON]
