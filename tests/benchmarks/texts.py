"""The documents of a run: news as they are, and cut into passages, as files that engines read."""

import gzip
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

TITLE_LENGTH = 12  # characters
LONGEST = 64  # characters: a sentence that is longer is cut behind its next comma
_CLAUSE = re.compile(
    r"[^。！？!?；;\n，,]*[。！？!?；;\n，,]+[”’」』）)】》\"]*|[^。！？!?；;\n，,]+"
)
_SENTENCE_END = re.compile(r"[。！？!?；;\n]")
_LETTER = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Record:
    """A document as the news come: a line of a file of JSON Lines."""

    id: str
    title: str
    body: str
    date: str

    @classmethod
    def read(cls, line: str) -> "Record":
        values = json.loads(line)
        return cls(values["id"], values["title"], values["body"], values["date"])

    def line(self) -> str:
        """The line, with its end."""
        values = {"id": self.id, "title": self.title, "body": self.body, "date": self.date}
        return json.dumps(values, ensure_ascii=False) + "\n"

    @property
    def text(self) -> str:
        """What there is to find, title and body in one."""
        return f"{self.title}\n{self.body}" if self.title else self.body


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents in a file of their own: ``texts/documents.jsonl`` in the collection's folder.

    Attributes:
        name: What it is called in tables.
        folder: Where the file is, and where the indexes of it are put.
        documents: How many there are.
        text_bytes: Their titles and bodies in UTF-8.
    """

    name: str
    folder: Path
    documents: int
    text_bytes: int

    @property
    def texts(self) -> Path:
        """The folder with nothing but the file."""
        return self.folder / "texts"

    @property
    def file(self) -> Path:
        return self.texts / "documents.jsonl"

    def records(self) -> Iterator[Record]:
        with self.file.open(encoding="utf-8") as lines:
            yield from map(Record.read, lines)

    @classmethod
    def write(cls, name: str, folder: Path, records: Iterable[Record]) -> "Collection":
        """Write records as a collection."""
        count = text_bytes = 0
        (folder / "texts").mkdir(parents=True)
        with (folder / "texts" / "documents.jsonl").open("w", encoding="utf-8") as file:
            for record in records:
                file.write(record.line())
                count += 1
                text_bytes += len(record.title.encode()) + len(record.body.encode())
        described = {"name": name, "documents": count, "text_bytes": text_bytes}
        (folder / "collection.json").write_text(json.dumps(described), encoding="utf-8")
        return cls(name, folder, count, text_bytes)

    @classmethod
    def read(cls, folder: Path) -> "Collection | None":
        """A collection that was written before; None if it was not, or not to its end."""
        try:
            described = json.loads((folder / "collection.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return cls(described["name"], folder, described["documents"], described["text_bytes"])


def read_news(path: Path, limit: int | None) -> Iterator[Record]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(Record.read, islice(lines, limit))


def passages(body: str) -> Iterator[str]:
    """Cut a text behind its sentences, and sentences that are too long behind a comma."""
    passage = ""
    for match in _CLAUSE.finditer(body):
        passage += match.group()
        ends = _SENTENCE_END.search(match.group()) is not None or len(passage) >= LONGEST
        if ends and _LETTER.search(passage):
            yield passage.strip()
            passage = ""
    if _LETTER.search(passage):
        yield passage.strip()


def cut(records: Iterable[Record], seed: int) -> list[Record]:
    """The passages of documents, each a document of its own, shuffled.

    The n-th passage of a document has its id with ``#n`` behind it, its date, and its own first
    characters as title. Neighbours are torn apart, so that no engine profits from documents that
    happen to come sorted by what they are about.
    """
    pieces = [
        Record(f"{record.id}#{number}", passage[:TITLE_LENGTH], passage, record.date)
        for record in records
        for number, passage in enumerate(passages(record.body), start=1)
    ]
    random.Random(seed).shuffle(pieces)
    return pieces


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many documents the collections of a run have at most.

    Attributes:
        news: The news that everything is made from; None for all there are.
        sample: The first of them that the slowest peer gets.
        small: The passages that are set against ten times as many.
    """

    news: int | None = None
    sample: int = 5_000
    small: int = 68_152


def prepare(work: Path, news: Iterable[Record], sizes: Sizes, seed: int) -> dict[str, Collection]:
    """The collections of a run by name, written where they are not there yet."""
    names = ("news", "sample", "passages", "few passages", "ten times as many")
    folders = {name: work / name.replace(" ", "-") for name in names}
    found = {name: Collection.read(folder) for name, folder in folders.items()}
    ready = {name: collection for name, collection in found.items() if collection is not None}
    if len(ready) == len(names):
        return ready
    documents = list(news)
    pieces = cut(documents, seed)
    contents: dict[str, Sequence[Record]] = {
        "news": documents,
        "sample": documents[: sizes.sample],
        "passages": pieces,
        "few passages": pieces[: sizes.small],
        "ten times as many": pieces[: 10 * sizes.small],
    }
    for name in names:
        if name not in ready:
            ready[name] = Collection.write(name, folders[name], contents[name])
    return ready
