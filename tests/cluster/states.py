"""A folder in one state after another, and what an index of it must then have.

Every document has the word of `EVERY`. From one state to the next some documents change, some come
and some go, and most stay as they are; a title says in which state a document was last changed, so
a mixture of two states is told from each of them.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path

from searcher import Document, Index

EVERY = "理赔"
Picture = frozenset[tuple[str, str]]
"""The ids and titles of all documents of a state."""

_WORDS = (
    "核酸检测",
    "贷款",
    "银行",
    "北京",
    "ABC公司",
    "2022年",
    "绿色通道",
    "股份有限公司",
    "天气",
)
_RECORDS = 25  # of a file
_PARTS = 10


def write(folder: Path, state: int, documents: int = 300) -> None:
    """Let a folder be in a state; files that do not change are left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    contents: dict[str, str] = {}
    lines: dict[str, list[str]] = {}
    for number in range(documents):
        if (number + state) % 11 == 0:  # not there in this state
            continue
        title = f"公告{number} 第{changed_in(number, state)}版"
        chance = random.Random(title)
        body = EVERY + "".join(chance.choices(_WORDS, k=40))
        if number % 5 == 0:
            contents[f"{number % _PARTS}/{number}.txt"] = f"{title}\n\n{body}\n"
        else:
            name = f"{number % _PARTS}/{number // (_RECORDS * _PARTS)}.jsonl"
            record = {"id": f"r{number}", "title": title, "body": body, "source": "公告栏"}
            lines.setdefault(name, []).append(json.dumps(record, ensure_ascii=False) + "\n")
    contents |= {name: "".join(some) for name, some in lines.items()}
    for path in list(folder.rglob("*.*")):
        if path.relative_to(folder).as_posix() not in contents:
            path.unlink()
    for name, content in contents.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")


def changed_in(number: int, state: int) -> int:
    """The last state in which a document was changed."""
    return state - (number + state) % 4


def parts(folder: Path) -> Iterator[Path]:
    """The folder in parts, each with documents of its own."""
    yield from sorted(path for path in folder.iterdir() if path.is_dir())


class Expected:
    """What the local engine has of a folder; worked out once for each content.

    Args:
        scratch: Where its indexes are put.
    """

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._known: dict[frozenset[tuple[str, bytes]], dict[str, Document]] = {}

    def of(self, folder: Path) -> dict[str, Document]:
        """The documents by id."""
        content = frozenset(
            (path.relative_to(folder).as_posix(), path.read_bytes()) for path in folder.rglob("*.*")
        )
        if content not in self._known:
            index = self._scratch / f"local-{len(self._known)}"
            with Index.open(index, create=True) as local:
                local.sync([folder])
                self._known[content] = {one.id: one for one in local.documents()}
        return self._known[content]


def picture(documents: dict[str, Document]) -> Picture:
    """Ids and titles."""
    return frozenset((document.id, document.title) for document in documents.values())
