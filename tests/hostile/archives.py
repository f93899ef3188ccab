"""Archives that hold more than they seem to, and office files and books that do."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from tests.documents.archives import epub, odt, tarred, zipped
from tests.hostile.texts import MEGABYTE, SENTENCE, chance_text

ZEROS = bytes(MEGABYTE)
_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a0 "哈哈">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)
_WORD = '<w:document xmlns:w="w"><w:body>'
_DOCX = {"[Content_Types].xml": "<Types/>"}


def _text(size: int) -> Iterator[bytes]:
    """So many bytes of text in lines."""
    block = (f"{SENTENCE}\n" * (MEGABYTE // 80)).encode()
    for _ in range(max(size // len(block), 1)):
        yield block


def write_packed(folder: Path, size: int) -> None:
    """Packed files that expand to so many bytes and more."""
    packer = zlib.compressobj(9, wbits=31)
    with (folder / "zeros.txt.gz").open("wb") as file:
        file.writelines(packer.compress(ZEROS) for _ in range(size // MEGABYTE))
        file.write(packer.flush())
    with gzip.open(folder / "text.txt.gz", "wb", compresslevel=1) as packed:
        packed.writelines(_text(size))
    block = bz2.compress(b"".join(_text(8 * MEGABYTE)))
    (folder / "text.txt.bz2").write_bytes(block * max(size // (8 * MEGABYTE), 1))
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 30}]
    part = lzma.LZMACompressor(lzma.FORMAT_XZ, filters=filters)
    greedy = part.compress(SENTENCE.encode()) + part.flush()
    (folder / "dictionary.txt.xz").write_bytes(greedy)
    large = [{"id": lzma.FILTER_LZMA2, "preset": 1, "dict_size": 64 * MEGABYTE}]
    with lzma.open(folder / "text.txt.xz", "wb", format=lzma.FORMAT_XZ, filters=large) as xz:
        xz.writelines(_text(size // 2))


def write_zips(folder: Path, size: int, members: int) -> None:
    """ZIP archives of so many bytes, or of so many members."""
    with zipfile.ZipFile(folder / "huge.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("先.txt", SENTENCE)
        with archive.open("huge.txt", "w", force_zip64=True) as member:
            for _ in range(size // MEGABYTE):
                member.write(ZEROS)
        archive.writestr("后.txt", SENTENCE)
    nested = zipped({"a.txt": b"a" * MEGABYTE})
    for _ in range(6):
        nested = zipped({f"{n}.zip": nested for n in range(8)})
    (folder / "nested.zip").write_bytes(nested)
    inner = zipped({"a.txt": SENTENCE, "zeros.txt": bytes(32 * MEGABYTE)})
    (folder / "twice.zip").write_bytes(zipped({f"{n}.zip": inner for n in range(40)}))
    (folder / "overlapping.zip").write_bytes(_overlapping(200, MEGABYTE))
    for name, count in (("many.zip", members), ("more.zip", 8 * members)):
        with zipfile.ZipFile(folder / name, "w") as archive:
            for number in range(count):
                archive.writestr(f"{number}.txt", "很小")
    (folder / "large-member.zip").write_bytes(
        zipped({"a.pdf": b"%PDF-1.7\n" + bytes(64 * MEGABYTE), "b.docx": ZEROS})
    )
    (folder / "names.zip").write_bytes(
        zipped({"../../out.txt": SENTENCE, "/etc/a.txt": SENTENCE, "a\n\u202eb.txt": SENTENCE})
    )


def _overlapping(members: int, size: int) -> bytes:
    """A ZIP archive of which every member is the same packed bytes."""
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(bytes(size)) + packer.flush()
    checksum = zlib.crc32(bytes(size))
    data, table = b"", b""
    for number in range(members):
        name = f"{number}.txt".encode()
        sizes = struct.pack("<III", checksum, len(packed), size)
        if not number:
            data = b"PK\3\4" + struct.pack("<5H", 20, 0, 8, 0, 0) + sizes
            data += struct.pack("<HH", len(name), 0) + name + packed
        table += b"PK\1\2" + struct.pack("<6H", 20, 20, 0, 8, 0, 0) + sizes
        table += struct.pack("<5H2I", len(name), 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<4H2IH", 0, 0, members, members, len(table), len(data), 0)
    return data + table + b"PK\5\6" + end


def write_tars(folder: Path, size: int, members: int) -> None:
    """Tar archives of so many bytes, or of so many members."""
    with tarfile.open(folder / "huge.tar.gz", "w:gz", compresslevel=1) as archive:
        member = tarfile.TarInfo("huge.txt")
        member.size = size
        archive.addfile(member, _Zeros(size))
    block = tarred({f"{n}.txt": "很小" for n in range(1000)})[:-10240]
    with gzip.open(folder / "many.tar.gz", "wb", compresslevel=1) as packed:
        packed.writelines(block for _ in range(members // 1000 + 1))
    with gzip.open(folder / "empty.tar.gz", "wb", compresslevel=1) as packed:
        header = tarfile.TarInfo("a" * 90).tobuf()
        packed.writelines(header * 1000 for _ in range(members // 1000 + 1))
    pax = tarfile.TarInfo("pax")
    pax.type, pax.size = tarfile.XHDTYPE, size
    (folder / "pax.tar").write_bytes(pax.tobuf() + ZEROS)
    (folder / "nested.tar.gz").write_bytes(
        tarred({"a.tar": tarred({"b.tar.gz": tarred({"c.txt": SENTENCE}, "gz")})}, "gz")
    )
    link = tarfile.TarInfo("link.txt")
    link.type, link.linkname = tarfile.SYMTYPE, "../../../etc/hostname"
    (folder / "link.tar").write_bytes(link.tobuf() + bytes(1024))


class _Zeros(io.RawIOBase):
    """So many zeros."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1) -> bytes:
        count = min(size, self._left) if size >= 0 else self._left
        self._left -= count
        return bytes(count)


def write_offices(folder: Path, size: int) -> None:
    """Word and OpenDocument texts, and books, that expand to so many bytes."""
    half = min(3 * MEGABYTE, size // 4)  # characters; not more than a document may have
    for name, body in {
        "laughs": f"{_LAUGHS}{_WORD}<w:p><w:r><w:t>&a9;</w:t></w:r></w:p></w:body></w:document>",
        "deep": _WORD + "<w:p>" * (size // 256),
        "tag": f'{_WORD}<w:p w:a="' + "a" * (size // 8),
        "attributes": f"{_WORD}<w:p " + " ".join(f'w:a{n}="1"' for n in range(size // 2048)),
        "paragraphs": _WORD + "<w:p/>" * (size // 8),
        "text": f"{_WORD}<w:p><w:r><w:t>{chance_text(half // 2)}</w:t></w:r></w:p></w:body>"
        "</w:document>",
        "large": f"{_WORD}<w:p><w:r><w:t>" + SENTENCE * (size // 80),
    }.items():
        (folder / f"{name}.docx").write_bytes(zipped({**_DOCX, "word/document.xml": body}))
    laughs = zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"{_LAUGHS}<a>&a9;</a>",
        }
    )
    (folder / "laughs.odt").write_bytes(laughs)
    (folder / "spaces.odt").write_bytes(odt('<text:p><text:s text:c="999999999"/>字</text:p>'))
    (folder / "deep.odt").write_bytes(odt("<text:p>" * (size // 512)))
    page = "<html><body><p>{}</p></body></html>"
    (folder / "laughs.epub").write_bytes(
        epub({"a.xhtml": f"{_LAUGHS}<html><body>&a9;</body></html>"})
    )
    chapters = {f"{n}.xhtml": page.format(SENTENCE) for n in range(min(size // 16384, 20_000))}
    (folder / "chapters.epub").write_bytes(epub(chapters))
    large = {f"{n}.xhtml": page.format(SENTENCE * (size // 160)) for n in range(6)}
    (folder / "large.epub").write_bytes(epub(large))
    chance = {f"{n}.xhtml": page.format(chance_text(half // 2, n)) for n in range(2)}
    (folder / "chance.epub").write_bytes(epub(chance))
    same = epub({"a.xhtml": page.format(SENTENCE * 10_000)})
    (folder / "metadata.epub").write_bytes(
        epub({"a.xhtml": page.format(SENTENCE)}, "<dc:title>" + "题" * (size // 8) + "</dc:title>")
    )
    (folder / "cut-off.epub").write_bytes(same[: len(same) // 2])
