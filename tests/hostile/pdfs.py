"""PDFs that unpack to gigabytes, never end, or have as much text as a document may have."""

import zlib
from collections.abc import Callable
from functools import partial

from tests.hostile.texts import MEGABYTE, chance_text

_ROOT = b"<</Type/Catalog/Pages 2 0 R>>"
_PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
_PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F"
_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
_HAN_FONT = (
    b"<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/UniGB-UCS2-H/DescendantFonts[<</Type/Font"
    b"/Subtype/CIDFontType0/BaseFont/A/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4"
    b">>>>]>>>>>>>>"
)
_LINE = b"BT /F 9 Tf (aaaaaaaaaaaaaaaa) Tj ET\n"


def raw(*objects: bytes) -> bytes:
    """A PDF of objects as they are, the first of which is its root."""
    parts, size, places = [b"%PDF-1.7\n"], 9, []
    for number, text in enumerate(objects, 1):
        places.append(size)
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, text))
        size += len(parts[-1])
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return b"".join(
        (
            *parts,
            b"xref\n0 %d\n0000000000 65535 f \n" % count,
            table,
            b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (count, size),
        )
    )


def stream(block: bytes, count: int = 1, about: bytes = b"") -> bytes:
    """A packed stream in which a block stands so many times."""
    packer = zlib.compressobj(6)
    packed = b"".join(packer.compress(block) for _ in range(count)) + packer.flush()
    return b"<<%s/Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (
        about,
        len(packed),
        packed,
    )


def bomb(size: int = 1 << 30) -> bytes:
    """A page that unpacks to so many bytes of operators."""
    block = _LINE * (MEGABYTE // len(_LINE))
    return raw(_ROOT, _PAGES, _PAGE + _FONT, stream(block, size // len(block)))


def forms() -> bytes:
    """A page that shows a form ten times, which shows another ten times, and so on."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 6 8]/Contents 4 0 R/Resources<</XObject<</X"
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>"
    form += b"/Length 60>>stream\n" + b"/X Do " * 10 + b"\nendstream"
    return raw(
        _ROOT,
        _PAGES,
        page + b" 5 0 R>>>>>>",
        b"<</Length 5>>stream\n/X Do\nendstream",
        *(form % (6 + number) for number in range(9)),
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 2>>stream\n  \nendstream",
    )


def endless_pages() -> bytes:
    """It says that it has two thousand million pages."""
    return raw(_ROOT, b"<</Type/Pages/Kids[2 0 R]/Count 2000000000>>")


def loop() -> bytes:
    """Its pages are its pages."""
    return raw(_ROOT, b"<</Type/Pages/Kids[" + b"2 0 R " * 99 + b"]/Count 99999>>")


def object_stream(size: int) -> bytes:
    """Its objects are in a stream that unpacks to so many bytes."""
    about = b"/Type/ObjStm/N 2/First 16"
    objects = stream(b"1 0 2 40        " + _ROOT + b" " * 40 + bytes(MEGABYTE), 1, about)
    spaces = stream(b" " * MEGABYTE, size // MEGABYTE, b"/Type/ObjStm/N 9/First 100")
    table = stream(b"\2" + bytes(2) + b"\1", 1000, b"/Type/XRef/W[1 2 1]/Size 4000/Root 1 0 R")
    data = b"%PDF-1.7\n"
    for number, one in enumerate((objects, spaces, table), 3):
        place = len(data)
        data += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    return data + b"startxref\n%d\n%%%%EOF" % place


def many_pages(count: int) -> bytes:
    """So many pages, all of one content."""
    kids = b" ".join(b"%d 0 R" % (number + 5) for number in range(count))
    page = _PAGE + _FONT
    return raw(
        _ROOT,
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count),
        page,
        stream(_LINE),
        *([page] * count),
    )


def deep_objects(depth: int) -> bytes:
    """An array so deep, and a tree of pages."""
    return raw(_ROOT, _PAGES, _PAGE + _FONT, b"[" * depth + b"]" * depth)


def large_font(size: int) -> bytes:
    """Its font unpacks to so many bytes."""
    font = b"<</Type/Font/Subtype/TrueType/BaseFont/A/FontDescriptor<</Type/FontDescriptor"
    font += b"/FontName/A/FontFile2 5 0 R>>>>>>>>>>"
    data = stream(bytes(MEGABYTE), size // MEGABYTE, b"/Length1 %d" % size)
    return raw(_ROOT, _PAGES, _PAGE + font, stream(_LINE), data)


def large_text(characters: int, seed: int = 1) -> bytes:
    """Pages of Chinese characters by chance, so many in all."""
    text = chance_text(characters, seed)
    contents = []
    for start in range(0, characters, 3000):
        lines = [text[at : at + 40] for at in range(start, min(start + 3000, characters), 40)]
        shown = b"".join(
            b"0 -10 Td <%s> Tj " % line.encode("utf-16-be").hex().encode() for line in lines
        )
        contents.append(stream(b"BT /F 9 Tf 20 790 Td " + shown + b"ET"))
    count = len(contents)
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents %d 0 R/Resources<</Font<</F"
    return raw(
        _ROOT,
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count),
        *(page % (3 + count + number) + _HAN_FONT for number in range(count)),
        *contents,
    )


def padded(size: int) -> bytes:
    """A plain file with so many bytes that mean nothing."""
    return raw(_ROOT, _PAGES, _PAGE + _FONT, stream(_LINE), b"(" + b"a" * size + b")")


def hostile(size: int) -> dict[str, Callable[[], bytes]]:
    """All of them by name, those that expand to about so many bytes."""
    return {
        **{f"bomb{n}.pdf": lambda: bomb(size) for n in range(4)},
        "forms.pdf": forms,
        "endless.pdf": endless_pages,
        "loop.pdf": loop,
        "objects.pdf": lambda: object_stream(size),
        "pages.pdf": lambda: many_pages(min(size // 8192, 60_000)),
        "deep.pdf": lambda: deep_objects(size // 512),
        "font.pdf": lambda: large_font(size // 4),
        **{f"text{n}.pdf": partial(large_text, size // 512, n) for n in range(3)},
        "padded.pdf": lambda: padded(size // 8),
    }
