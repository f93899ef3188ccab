"""An example of a package that teaches searcher a format: subtitles, a document for each minute."""

import re
from collections.abc import Iterator

from searcher import Document, DocumentError, RawFile, Reader

_CUE = re.compile(r"(\d+):(\d\d):\d\d[,.]\d+ --> .*\n((?:.+\n?)+)")


def read(file: RawFile) -> Iterator[Document]:
    """The documents of a file; text() has found out its encoding."""
    minutes: dict[int, list[str]] = {}
    for hours, minute, words in _CUE.findall(file.text()):
        minutes.setdefault(60 * int(hours) + int(minute), []).append(" ".join(words.split()))
    if not minutes:
        raise DocumentError("there are no subtitles in it")
    for minute, lines in minutes.items():
        yield Document(
            id=f"{file.name}#{minute}", title=f"{file.name}, {minute}′", body="\n".join(lines)
        )


READER = Reader(endings=(".srt", ".vtt"), read=read)
