"""Tar archives, packed or not, read from the beginning to the end."""

import tarfile
import zlib
from collections.abc import Iterator

from searcher.documents import limits
from searcher.documents.formats.archive import (
    Counted,
    ReadMember,
    damaged,
    member_name,
    nothing_in_it,
    refuse_deep,
)
from searcher.documents.model import Document, Skipped
from searcher.documents.packed import File
from searcher.documents.walking import not_a_file
from searcher.errors import DocumentError
from searcher.language import say

_FAULTS = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError)
_ABOUT_ANOTHER = frozenset(
    (
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
    )
)


class _Member(tarfile.TarInfo):
    """A member of which the headers are no larger than headers are."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Member":
        """Read a header.

        Raises:
            DocumentError: It would take too much memory to go on.
        """
        member = super().frombuf(buf, encoding, errors)
        if member.type in _ABOUT_ANOTHER and member.size > limits.LARGEST_HEADER:
            raise DocumentError(say("a header that is too large", "文件头过大"))
        if member.type == tarfile.GNUTYPE_SPARSE:
            raise _sparse()
        return member

    def _proc_gnusparse_1_0(self, *arguments: object) -> None:
        raise _sparse()


def documents(file: File, read_member: ReadMember) -> Iterator[Document | Skipped]:
    """The documents of each member.

    Raises:
        DocumentError: It is damaged, or expands too far; what comes before is given.
    """
    refuse_deep(file)
    found = False
    stream = file.forward()
    try:
        with tarfile.open(
            fileobj=stream,
            mode="r|",
            tarinfo=_Member,
            encoding="utf-8",
            errors="surrogateescape",
        ) as archive:
            members: list[tarfile.TarInfo] = vars(archive)["members"]
            while (member := archive.next()) is not None:
                members.clear()  # which would grow with the archive
                if len(archive.pax_headers) > limits.MOST_COLUMNS:
                    raise DocumentError(say("a header that is too large", "文件头过大"))
                name = None if member.isdir() else member_name(file.name, member.name)
                if name is None:
                    continue
                found = True
                content = archive.extractfile(member) if member.isreg() else None
                if content is None:
                    yield Skipped(name, _unreadable(member), "tar")
                    continue
                counted = Counted(content, None, _FAULTS).buffered()
                yield from read_member(counted, name, member.size, file)
    except _FAULTS as error:
        raise DocumentError(damaged(error)) from error
    if not found:
        raise nothing_in_it()


def _unreadable(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return say("a link in an archive", "压缩包中的链接")
    return not_a_file()


def _sparse() -> DocumentError:
    return DocumentError(say("a sparse file in a tar archive", "tar 中含有稀疏文件"))
