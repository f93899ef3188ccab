"""What another name of a file changes of its documents."""

import io
import json
import re
import stat
from pathlib import Path
from typing import NamedTuple

from searcher.documents.content import Content
from searcher.documents.formats import json as json_format
from searcher.documents.formats import jsonl, table
from searcher.documents.model import SourceFile
from searcher.documents.packed import File
from searcher.documents.registry import is_text, reader_of
from searcher.errors import DocumentError

# Of these a document has the name of the file in its path, and in its id if it has none of its own.
# All else takes titles and dates from names.
_RECORDS = (jsonl.documents, json_format.documents, table.documents)
_CHUNK = 1 << 20  # bytes
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})")


class Records(NamedTuple):
    """A file of records.

    Attributes:
        location: Where it is.
        codec: Its encoding; empty where its bytes are not those of its text.
    """

    location: Path
    codec: str

    def mention(self, name: str) -> bool:
        """Whether an id of its own in one of the records may begin with a name and ``#``.

        JSON can write characters in several ways; those are looked for that programs use.

        Raises:
            OSError: The file cannot be read.
        """
        if not self.codec:
            return True
        ascii_only = json.dumps(name)[1:-1]
        ways = {name, json.dumps(name, ensure_ascii=False)[1:-1], ascii_only}
        ways |= {way.replace("/", "\\/") for way in ways} | {_with_capitals(ascii_only)}
        try:
            sought = [f"{way}#".encode(self.codec) for way in ways]
        except UnicodeEncodeError:
            sought = [f"{way}#".encode(self.codec) for way in ways if way.isascii()]
        overlap = max(map(len, sought)) - 1
        with self.location.open("rb") as file:
            data = b""
            while more := file.read(_CHUNK):
                data = data[-overlap:] + more
                if any(one in data for one in sought):
                    return True
        return False


def as_records(file: SourceFile, was: str) -> Records | None:
    """A file whose documents have its name in their paths and ids, and nowhere else.

    Args:
        file: The file as it is called now.
        was: What it was called before; its content is the same.

    Returns:
        None for any other file, and one that has to be read to know.
    """
    try:
        if not stat.S_ISREG(file.location.stat().st_mode):
            return None
        with file.location.open("rb") as stream:
            opened = File(stream, file.name, file.size)
            if opened.ending != _ending(was) or not is_text(opened):
                return None
            content = Content(opened)
            if reader_of(content) not in _RECORDS:
                return None
            return Records(file.location, content.codec if content.is_cut_by_lines else "")
    except (DocumentError, OSError, RecursionError, MemoryError):
        return None  # reading it will say why


def _ending(name: str) -> str:
    """The ending of the inner name of a file with this name."""
    return File(io.BytesIO(), name, 0).ending


def _with_capitals(escaped: str) -> str:
    r"""JSON with ``\u4F60`` instead of ``\u4f60``."""
    return _ESCAPED.sub(lambda match: "\\u" + match[1].upper(), escaped)
