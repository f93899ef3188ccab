"""What archives have in common: the names of their members, and reading one of them."""

import io
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING

from searcher.documents.limits import Allowance
from searcher.documents.model import Document, Skipped
from searcher.documents.packed import File
from searcher.documents.walking import printable_name
from searcher.errors import DocumentError
from searcher.language import say
from searcher.reasons import library_reason

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ReadMember = Callable[[io.BufferedIOBase, str, int, File], Iterator[Document | Skipped]]
"""Reads a member: its content, its name, its size, and the archive that it is in."""

_BUFFER = 1 << 16  # bytes
_DEEPEST = 1  # in how many archives an archive may be
_FROM_MACS = "__MACOSX"


def refuse_deep(file: File) -> None:
    """See that an archive is not in too many others.

    Raises:
        DocumentError: It is.
    """
    if file.depth > _DEEPEST:
        raise DocumentError(
            say("an archive in an archive in an archive", "压缩包嵌套超过两层"), format="zip"
        )


def member_name(archive: str, raw: str) -> str | None:
    """What a member is called, below its archive; None for a hidden one.

    Nothing is ever written, so names that lead out of the archive do no harm; the parts of them
    that do are left out.
    """
    parts = [part for part in raw.split("/") if part not in ("", ".", "..")]
    if not parts or any(part.startswith(".") or part == _FROM_MACS for part in parts):
        return None
    return f"{archive}/{printable_name('/'.join(parts))}"


class Counted(io.RawIOBase):
    """The content of a member, of which every byte counts for how far the archive expands."""

    def __init__(
        self, stream: IO[bytes], allowance: Allowance | None, faults: tuple[type[Exception], ...]
    ) -> None:
        """Take a stream.

        Args:
            stream: What the archive gives.
            allowance: What is counted down; None for what was counted before.
            faults: The errors that reading raises where the archive is damaged.
        """
        self._stream, self._allowance, self._faults = stream, allowance, faults

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill a buffer.

        Raises:
            DocumentError: It is damaged, or the archive expands too far.
        """
        view = memoryview(buffer).cast("B")
        try:
            data = self._stream.read(len(view))
        except self._faults as error:
            raise DocumentError(damaged(error)) from error
        if self._allowance is not None:
            self._allowance.take(len(data))
        view[: len(data)] = data
        return len(data)

    def buffered(self) -> io.BufferedReader:
        """The same, to be read in pieces of any size."""
        return io.BufferedReader(self, _BUFFER)


def damaged(error: Exception) -> str:
    """The reason for leaving out what is damaged, on one line."""
    detail = library_reason(error)[:200]
    return say(f"damaged: {detail}", f"已损坏：{detail}") if detail else say("damaged", "已损坏")


def nothing_in_it() -> DocumentError:
    """The error for an archive that holds nothing."""
    return DocumentError(say("there is nothing in it", "其中没有文件"))
