"""Copying the documents of one index into another, wherever each of them is."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from searcher.api.arguments import check_callable
from searcher.api.index import Index
from searcher.cluster.address import is_address, parse
from searcher.documents.model import Document
from searcher.errors import ArgumentError, IndexNotFound
from searcher.index.report import Progress
from searcher.language import say

if TYPE_CHECKING:
    from searcher.api.dictionary_files import AnyPath
    from searcher.index.report import ProgressCallback
    from searcher.text import UserDictionary

_LOT = 16 << 20  # characters of documents that are added at once
_MOST = 50_000  # documents, the same


def copy(source: Index, target: Index, *, progress: "ProgressCallback | None" = None) -> int:
    """Add all documents of one state of an index to another one; returns how many.

    What the target has under the same ids is replaced, what it has beside stays. Where this is
    interrupted, what was added is kept, and doing it again goes through all once more.

    Example:
        >>> with searcher.Index.open("second", create=True) as second:
        ...     searcher.copy(index, second)
        44

    Args:
        source: Where the documents are.
        target: Where they are added. It cuts texts by its own dictionary.
        progress: Is called from time to time with how many documents are done, of how many.

    Raises:
        ArgumentError: It is the same index.
        IndexLocked: Another process is writing to the target.
    """
    check_callable("progress", progress)
    for one in (source, target):
        if not isinstance(one, Index):
            raise ArgumentError(say(f"not an index: {one!r:.80}", f"不是索引：{one!r:.80}"))
    total, where = source.status().documents, target.status().path
    if _are_one(source.status().path, where):
        raise ArgumentError(
            say(f"an index is not copied into itself: {where}", f"不能把索引复制到它自己：{where}")
        )
    done = 0
    for lot in _lots(source.documents()):
        done += target.add(lot)
        if progress is not None:
            progress(Progress(done, max(total, done), lot[-1].id, done))
    return done


@contextmanager
def target_of_copy(
    source: Index,
    path: "AnyPath",
    *,
    wait: float = 0.0,
    shards: int | None = None,
    replicas: int | None = None,
) -> Iterator[Index]:
    """Open the index that another one is copied to; a new one is made with the same user's words.

    Raises:
        IndexMismatch: The index that is there cannot be used.
        IndexLocked: It is to be made while another process writes.
    """
    try:
        index = Index.open(path, wait=wait)
    except IndexNotFound:
        with TemporaryDirectory() as folder:
            words, stop_words = _written(source._user_dictionary(), Path(folder))
            index = Index.open(
                path,
                create=True,
                dictionary=words,
                stop_words=stop_words,
                wait=wait,
                shards=shards,
                replicas=replicas,
            )
    with index:
        yield index


def _are_one(path: str, other: str) -> bool:
    """Whether two paths or addresses are those of one index, written in whatever way."""
    if is_address(path) and is_address(other):
        here, there = parse(path), parse(other)
        return here.name == there.name and not {*here.hosts}.isdisjoint(there.hosts)
    return not is_address(path) and Path(path).resolve() == Path(other).resolve()


def _lots(documents: Iterable[Document]) -> Iterator[list[Document]]:
    lot: list[Document] = []
    size = 0
    for document in documents:
        lot.append(document)
        size += len(document.title) + len(document.body)
        if size >= _LOT or len(lot) >= _MOST:
            yield lot
            lot, size = [], 0
    if lot:
        yield lot


def _written(user: "UserDictionary", folder: Path) -> tuple[Path | None, Path | None]:
    """The user's words and stop words as files of the names that they had."""
    words = stop_words = None
    if user.words:
        words = folder / "words" / (user.words_name or "dictionary.txt")
        # Tabs leave no doubt about what belongs to a word.
        lines = [
            f"{one.word}\t{'' if one.frequency is None else one.frequency}" for one in user.words
        ]
        _write(words, lines)
    if user.stop_words:
        stop_words = folder / "stop-words" / (user.stop_words_name or "stop-words.txt")
        _write(stop_words, sorted(user.stop_words))
    return words, stop_words


def _write(path: Path, lines: Iterable[str]) -> None:
    path.parent.mkdir()
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
