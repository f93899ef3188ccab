"""What a document is, wherever it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document, as a reader sees it.

    Example:
        >>> searcher.Document(id="a", title="理赔须知", body="理赔走绿色通道。").tags
        ()

    Attributes:
        id: Unique in an index: the document's own id where it has one, else its path below the
            folder that it was found under, with ``#n`` for the n-th record of a file.
        title: One line of text.
        body: What a reader reads: no markup, one paragraph a line where the format knows
            paragraphs.
        date: When it was published, always with a zone. A date that names no zone is taken to be
            in China Standard Time (UTC+8), a date without a time to be midnight.
        source: Who published it, such as the name of a newspaper.
        tags: Its keywords, in the order given.
        url: Where it can be read on the web.
        path: The file it was read from, below the folder it was found under, ``/`` between the
            parts on every system; None for a document that was not read from a file.
        extra: Fields that the format had and this class does not, as JSON values.
    """

    id: str
    title: str = ""
    body: str = ""
    date: datetime | None = None
    source: str | None = None
    tags: tuple[str, ...] = ()
    url: str | None = None
    path: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


class SourceFile(NamedTuple):
    """A file that was found below a folder.

    There may be many: a tuple is made in a quarter of the time that a dataclass takes.

    Attributes:
        path: Where it is on this machine. It is a string, for there may be many files of which
            nothing else is ever asked.
        name: Its path below the folder it was found under, ``/`` between the parts.
        size: Its size in bytes.
        changed_ns: When it was last changed, in nanoseconds since 1970: its content or, where the
            system tells that, anything about it. The time of its content can be set at will, and is
            by whoever unpacks or copies files; that of its status cannot.
    """

    path: str
    name: str
    size: int
    changed_ns: int

    @property
    def location(self) -> Path:
        """Where it is on this machine."""
        return Path(self.path)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or a record that could not be read, and why.

    Attributes:
        name: The file's path below its folder, with ``#n`` for its n-th record.
        reason: One line in the reader's language: what is wrong, and where.
        format: What it was read as, in a short word (``pdf``, ``zip``, ``jsonl``, ``text``);
            empty where it was not looked into, such as a pipe.
    """

    name: str
    reason: str
    format: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable(Skipped):
    """A file or a folder that cannot be looked at now. It may be there as it was before.

    Attributes:
        location: Where it is on this machine, as an absolute path.
    """

    location: str = ""
