"""ZIP archives, and the office files that are ZIP archives themselves."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from stat import S_ISLNK

from searcher.documents import limits
from searcher.documents.encoding import detect
from searcher.documents.formats import office
from searcher.documents.formats.archive import (
    Counted,
    ReadMember,
    damaged,
    member_name,
    nothing_in_it,
    refuse_deep,
)
from searcher.documents.guarding import guarded
from searcher.documents.model import Document, Skipped
from searcher.documents.packed import File
from searcher.errors import DocumentError
from searcher.language import say

# The methods that can be unpacked bit by bit; the library unpacks the others all at once.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED, _UTF8 = 0x1, 0x800
FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)
_END = 22 + (1 << 16)  # bytes: how far from the end the table of contents may be spoken of


def documents(file: File, read_member: ReadMember) -> Iterator[Document | Skipped]:
    """The documents of each member, or those of an office file.

    Raises:
        DocumentError: It is damaged as a whole, or expands too far.
    """
    stream = file.seekable()
    _refuse_large_directory(stream)
    try:
        archive = zipfile.ZipFile(stream)
    except (*FAULTS, NotImplementedError, struct.error, UnicodeError, MemoryError) as error:
        raise DocumentError(damaged(error)) from error
    with archive:
        reader = office.reader_of(archive, file)
        if reader is not None:
            yield from guarded(reader.documents(), reader.format)
            return
        refuse_deep(file)
        names = _names(archive.infolist())
        found = False
        for info, raw in zip(archive.infolist(), names, strict=True):
            name = None if info.is_dir() else member_name(file.name, raw)
            if name is None:
                continue
            found = True
            reason = _unreadable(info)
            if reason:
                yield Skipped(name, reason, "zip")
                continue
            try:
                member = archive.open(info)
            except (*FAULTS, NotImplementedError) as error:
                yield Skipped(name, damaged(error), "zip")
                continue
            with member, Counted(member, file.allowance, FAULTS).buffered() as content:
                yield from read_member(content, name, info.compress_size, file)
        if not found:
            raise nothing_in_it()


def _unreadable(info: zipfile.ZipInfo) -> str:
    """Why a member cannot be read; empty if it can."""
    if info.flag_bits & _ENCRYPTED:
        return say("encrypted", "已加密")
    if S_ISLNK(info.external_attr >> 16):
        return say("a symlink in an archive", "压缩包中的符号链接")
    if info.compress_type not in _METHODS:
        return say(
            f"packed by a method that is not read: {info.compress_type}",
            f"压缩方式不受支持：{info.compress_type}",
        )
    return ""


def _names(infos: list[zipfile.ZipInfo]) -> list[str]:
    """The names of the members.

    What is not marked as UTF-8 the library takes for code page 437, but it is in whatever the
    machine spoke on which it was packed: in China GB18030, on a Mac UTF-8 without the mark.
    """
    raw = [
        b"" if info.flag_bits & _UTF8 else info.orig_filename.encode("cp437", "replace")
        for info in infos
    ]
    joined = b"\n".join(name for name in raw if not name.isascii())[: 1 << 16]
    codec = ""
    if joined:
        try:
            codec = detect(joined)
        except DocumentError:
            codec = ""
    candidates = ("utf-8", "big5hkscs" if codec == "big5hkscs" else "gb18030")
    names: list[str] = []
    for info, name in zip(infos, raw, strict=True):
        text = info.filename
        if not name.isascii():
            for candidate in candidates:
                try:
                    text = name.decode(candidate)
                except UnicodeDecodeError:
                    continue
                break
        if "/" not in text:
            text = text.replace("\\", "/")
        names.append(text)
    return names


def _refuse_large_directory(stream: io.BufferedIOBase) -> None:
    """See that the table of contents is not so large that it fills the memory.

    Raises:
        DocumentError: It is.
    """
    size = stream.seek(0, 2)
    stream.seek(max(size - _END, 0))
    tail = stream.read()
    stream.seek(0)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        return  # no archive: the library says so
    (length,) = struct.unpack_from("<I", tail, end + 12)
    wide = tail.rfind(b"PK\x06\x06", 0, end)
    if wide >= 0 and len(tail) >= wide + 48:
        length = max(
            length if length != 0xFFFFFFFF else 0, *struct.unpack_from("<Q", tail, wide + 40)
        )
    if min(length, size) > limits.LARGEST_DIRECTORY:
        raise DocumentError(say("too many files in one archive", "压缩包中的文件过多"))
