"""What packages with readers of their own formats are given, and what they give.

It is imported with the library, so it loads nothing that takes time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from searcher.documents.model import Document, Skipped
from searcher.errors import ArgumentError
from searcher.language import say

if TYPE_CHECKING:
    from searcher.documents.packed import File


class RawFile:
    """A file that a reader is to read, or a member of an archive.

    It is unpacked already where its name ends in ``.gz``, ``.bz2`` or ``.xz``. What it holds can be
    had once, in one of three ways.

    Attributes:
        name: Its path below the folder it was found under, ``/`` between the parts. It is the id
            of its document, with ``#n`` for the n-th of several, unless documents have their own.
        ending: The ending of its name, in lower case with its dot.
    """

    def __init__(self, file: "File") -> None:
        """Not to be called."""
        self.name, self.ending = file.name, file.ending
        self._file = file

    def bytes(self) -> "bytes":
        """All of it.

        Raises:
            DocumentError: It is larger than 32 MB.
        """
        from searcher.documents.limits import LARGEST_MEMBER

        return self._file.whole(LARGEST_MEMBER)

    def text(self) -> str:
        """All of it as text, in whichever encoding it is: UTF-8, UTF-16, GB18030, Big5.

        Raises:
            DocumentError: It is no text, empty, or larger than 8 MB.
        """
        from searcher.documents.content import Content

        return Content(self._file).text()

    def stream(self) -> BinaryIO:
        """A stream of its bytes, which can be read once."""
        return cast(BinaryIO, self._file.forward())


@dataclass(frozen=True, slots=True)
class Reader:
    """What reads files of a format.

    Example:
        >>> def read(file):
        ...     yield searcher.Document(id=file.name, body=file.text())
        >>> READER = searcher.Reader(endings=(".log",), read=read)

    Attributes:
        endings: How their names end, in lower case with the dot: ``(".org",)``.
        read: Takes a file and gives its documents. What it raises makes the file a skipped one;
            ``DocumentError`` says why in words of its own. A ``Skipped`` among the documents is
            a record that cannot be read.
    """

    endings: tuple[str, ...]
    read: Callable[[RawFile], Iterable[Document | Skipped]]

    def __post_init__(self) -> None:
        endings: object = self.endings
        is_right = isinstance(endings, tuple | list | set | frozenset) and all(
            isinstance(one, str) and len(one) > 1 and one.startswith(".") for one in endings
        )
        if not is_right or not callable(self.read):
            raise ArgumentError(
                say(
                    f"a Reader has endings such as ('.org',) and a function: {endings!r:.80}",
                    f"Reader 需要 ('.org',) 这样的后缀和一个函数：{endings!r:.80}",
                )
            )
