"""Bytes → text: which encoding a text is in, found by its content.

Valid UTF-8 is UTF-8. Everything else is weighed by what it would say: under the right encoding
Chinese text is made of common characters, under a wrong one of rare ones, or of none at all.
"""

import codecs
import re
from collections.abc import Iterator

from searcher.documents.characters import COMMON, everyday
from searcher.errors import DocumentError
from searcher.language import say

_SAMPLE = 1 << 16  # bytes
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark begins the same way
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_MAGIC = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Word, Excel, PowerPoint (97-2003)"),
    (b"{\\rtf", "RTF"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"\xfd7zXZ\x00", "XZ"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"\x1f\x8b", "gzip"),
    (b"\x7fELF", "ELF"),
    (b"SQLite format 3\x00", "SQLite"),
)
_HINT = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z][\w.:-]{1,30})", re.IGNORECASE)
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_HAN_SIZED = re.compile("[\u0800-\ufffc\U00010000-\U0010ffff]")  # three bytes or more in UTF-8
_STRANGE_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_GB, _BIG5 = "gb18030", "big5hkscs"
# Hints that say nothing new: weighed already, ruled out, or what programs put in by themselves.
_NO_EVIDENCE = ("", _GB, _BIG5, "iso8859-1")
# Of the other encodings that are named or guessed, those that could be right.
_OTHER = re.compile(r"cp125\d|cp8\d\d|cp932|cp949|iso8859|latin|koi8|mac|shift_jis|euc_|johab|tis")
# Scores of real text in the right encoding lie above .6, in a wrong one below .3.
_SURE = 0.4
_PLAIN = 0.55
_SHORT = 60  # bytes
_HINTED = 0.15


def decode(data: bytes) -> str:
    """The text of a file, without a byte order mark.

    In text that is UTF-8 as a whole, a broken line is decoded by itself and what cannot be is
    replaced by U+FFFD.

    Raises:
        DocumentError: The data is not text, or in none of the encodings that are looked for.
    """
    codec = detect(data)
    for mark, marked in _BYTE_ORDER_MARKS:
        if codec == marked and data.startswith(mark):
            data = data[len(mark) :]
            break
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        if codec != "utf-8":
            return data.decode(codec, "replace")
        return "".join(_decoded_parts(data))


def _decoded_parts(data: bytes) -> Iterator[str]:
    """UTF-8 text of which some lines are broken, in parts: the lines would take too much memory."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + _SAMPLE) + 1 or len(data)
        part = data[start:end]
        try:
            yield part.decode()
        except UnicodeDecodeError:
            for line in part.splitlines(keepends=True):
                yield decode_line(line, "utf-8")
        start = end


def decode_line(line: bytes, codec: str) -> str:
    """One line of a file that is in an encoding as a whole."""
    try:
        return line.decode(codec)
    except UnicodeDecodeError:
        pass
    if codec == "utf-8":
        # Files that were put together from several have lines in another encoding.
        found, score = _best(_sample(line), "", (_GB, _BIG5, "utf-8"))
        if score >= _SURE and not _mostly_utf8(line):
            codec = found
    return line.decode(codec, "replace")


def detect(data: bytes) -> str:
    """The name of Python's codec for the data; a byte order mark is not part of its text.

    Args:
        data: A whole file, or the beginning of one.

    Raises:
        DocumentError: The data is not text, or in none of the encodings that are looked for.
    """
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            word = kind.partition(" ")[0].lower().rstrip(",")
            raise DocumentError(say(f"not text: {kind}", f"不是文本：{kind}"), format=word)
    for mark, codec in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return codec
    is_strange = _STRANGE_CONTROLS.search(data, 0, _SAMPLE) is not None
    if not is_strange and _mostly_utf8(data):
        return "utf-8"
    wide, wide_score = _best(data[:_SAMPLE], "", ("utf-16-le", "utf-16-be"))
    if is_strange:
        if wide_score >= _SURE:
            return wide
        if b"\x00" in data:
            raise DocumentError(say("not text (it has NUL bytes)", "不是文本（含有 NUL 字节）"))
        if _mostly_utf8(data):
            _refuse_binary(data)
            return "utf-8"
    sample = _sample(data)
    hint = _hint(data)
    codec, score = _best(sample, hint, (_GB, _BIG5))
    if wide_score >= _SURE and wide_score > score:
        return wide
    _refuse_binary(data)
    if score < _PLAIN and hint not in _NO_EVIDENCE and _decodes(sample, hint):
        return hint
    return codec if score >= _SURE else _second_opinion(sample, codec)


def _mostly_utf8(data: bytes) -> bool:
    """Whether the data is UTF-8, or would be but for a few broken bytes."""
    if data.isascii():
        return True
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start >= len(data) - 3:
            data = data[: error.start]  # it was cut off, perhaps by us
            if data.isascii():
                return True
        text = _sample(data).decode("utf-8", "replace")
    # In another encoding some pairs look like UTF-8 by chance, but far more do not.
    broken = text.count("\ufffd")
    if broken and sum(char >= "\x80" for char in text) < 5 * broken:
        return False
    if broken and len(data) <= _SHORT:
        return _score(data, "utf-8") > max(_score(data, _GB), _score(data, _BIG5))
    if len(data) > _SHORT or _HAN_SIZED.search(text, 0, _SAMPLE):
        return True
    # A few bytes may all look like pairs in UTF-8, which stand for letters of Greek, Cyrillic,
    # Hebrew, Arabic..., and yet be three words in GB18030.
    return not any(char >= "\u0250" for char in text) or _score(data, _GB) < _PLAIN


def _sample(data: bytes) -> bytes:
    """A part of the data that is not ASCII, from the beginning of a line on."""
    if len(data) <= _SAMPLE:
        return data
    match = _NOT_ASCII.search(data)
    first = match.start() if match else 0
    start = data.rfind(b"\n", max(first - _SAMPLE // 4, 0), first) + 1 or first
    return data[start : start + _SAMPLE]


def _best(sample: bytes, hint: str, candidates: tuple[str, ...]) -> tuple[str, float]:
    """The likeliest of some encodings and its score. The less text, the more a hint counts."""
    weight = _HINTED + 4 / max(len(_NOT_ASCII.findall(sample)), 1) if hint else 0
    scores = [_score(sample, codec) + (weight if codec == hint else 0) for codec in candidates]
    best = max(scores)
    return candidates[scores.index(best)], best


def _score(sample: bytes, codec: str) -> float:
    """How much like Chinese the sample reads in an encoding: 1 for common characters only.

    ASCII counts for nothing, but in UTF-16, where it is evidence like the rest.
    """
    is_wide = codec.startswith("utf-16")
    if is_wide:
        sample = sample[: len(sample) & ~1]
    level = everyday(codec)
    count, points = 0, 0.0
    for char in sample.decode(codec, "replace"):
        if char < "\x80":
            if is_wide:
                count += 1
                points += 0.6 if char.isprintable() or char in "\t\r\n" else -2
            continue
        count += 1
        if char in COMMON:
            points += 1
        elif char in level:
            points += 0.4
        elif "\u4e00" <= char <= "\u9fff":
            points -= 0.3
        elif char == "\ufffd" or char < "\xa0" or "\ue000" <= char <= "\uf8ff":
            points -= 2
        else:
            points -= 0.2
    return points / count if count else 0.0


def _refuse_binary(data: bytes) -> None:
    sample = data[:_SAMPLE]
    if len(_STRANGE_CONTROLS.findall(sample)) > 2 + len(sample) // 100:
        raise DocumentError(say("not text (it has control bytes)", "不是文本（含有控制字节）"))


def _hint(data: bytes) -> str:
    """The encoding that an HTML or XML file says it is in, as the name of a codec, or nothing."""
    head = data[:4096]
    match = _HINT.search(head) if b"<" in head else None
    if not match:
        return ""
    name = match[1].decode("ascii").lower()
    if name.startswith(("gb", "x-gb", "cp936")):
        return _GB
    if name.startswith(("big5", "cp950", "x-x-big5")):
        return _BIG5
    try:
        name = codecs.lookup(name).name
    except LookupError:
        return ""
    return name if _OTHER.match(name) else ""


def _second_opinion(sample: bytes, codec: str) -> str:
    """The encoding of a sample that does not read like Chinese, or not much.

    Raises:
        DocumentError: It is in none that is known.
    """
    if _is_patchwork(sample):
        return "utf-8"
    from charset_normalizer import from_bytes

    match = from_bytes(sample).best()
    # Its guess counts where nothing speaks for Chinese, or where Chinese is impossible.
    if (
        match is not None
        and _OTHER.match(match.encoding)
        and (
            not _decodes(sample, codec)
            or (_score(sample, codec) < 0.1 and _is_of_letters(sample, match.encoding))
        )
    ):
        return match.encoding
    for possible in (codec, _GB, _BIG5):
        if _decodes(sample, possible):
            return possible
    raise DocumentError(say("not text in an encoding that is known", "不是文本，或编码未知"))


def _is_of_letters(sample: bytes, codec: str) -> bool:
    """Whether most of what is not ASCII is letters: Chinese in another encoding is not."""
    others = [char for char in sample.decode(codec, "replace") if char > "\x7f"]
    return 3 * sum(map(str.isalpha, others)) >= 2 * len(others)


def _is_patchwork(sample: bytes) -> bool:
    """Whether half of the lines or more are valid UTF-8 while others are not."""
    lines = [line for line in sample.split(b"\n") if not line.isascii()]
    valid = sum(_mostly_utf8(line) for line in lines)
    return valid * 2 >= len(lines) > 1


def _decodes(sample: bytes, codec: str) -> bool:
    try:
        codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        return False
    return True
