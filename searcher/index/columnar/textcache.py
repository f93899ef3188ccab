"""Texts that are kept decoded, since they are likely to be read again soon.

A query looks closely at its best documents and then shows some of them; the next page, or the query
with one more character, has many of the same.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from functools import cache
from threading import RLock
from types import ModuleType
from typing import Any, cast

KEPT = 16 << 20
"""Bytes of texts that are kept decoded, for all indexes that a process has open."""

_OBJECTS = 256  # bytes of a document's entry beside its characters, and a little more
_WIDTH = 2  # bytes of most characters
_NUMBER_BITS = 32  # of a document, below the number of its segment
_PART = 16  # what takes more than this part of all is not kept


class TextCache:
    """What the kernel's ``Cache`` is for its ``Records``.

    All threads of a process share it, each with an index of its own perhaps, so it has a lock. The
    kernel needs none: nothing else runs while it looks something up or keeps it.
    """

    def __init__(self, limit: int) -> None:
        """Keep at most so many bytes."""
        self._limit = limit
        self._size = 0
        self._lock = RLock()  # while texts are read, the handler of a signal may search
        # The number of a document alone is no key: each segment has its own.
        self._kept: OrderedDict[int, tuple[str, str]] = OrderedDict()

    def texts(
        self, owner: int, documents: Iterable[int], read: Callable[[int], tuple[str, str]]
    ) -> list[tuple[str, str]]:
        """The titles and bodies of documents of a segment.

        Args:
            owner: The number of the segment's texts.
            documents: The documents.
            read: What reads a title and a body that are not kept.
        """
        kept, first = self._kept, owner << _NUMBER_BITS
        keys = [first + document for document in documents]
        with self._lock:
            found = list(map(kept.get, keys))
            if None in found:
                return [self._read(key, key - first, read) for key in keys]
            deque(map(kept.move_to_end, keys), 0)  # in one call
        return cast(list[tuple[str, str]], found)

    def _read(
        self, key: int, document: int, read: Callable[[int], tuple[str, str]]
    ) -> tuple[str, str]:
        texts = self._kept.get(key)
        if texts is None:
            texts = read(document)
            if key not in self._kept:
                self._keep(key, texts)
        else:
            self._kept.move_to_end(key)
        return texts

    def _keep(self, key: int, texts: tuple[str, str]) -> None:
        """Keep texts; those that were asked for longest ago give way."""
        size = _size(*texts)
        if size > self._limit // _PART:
            return
        self._size += size
        while self._size > self._limit:
            self._size -= _size(*self._kept.popitem(last=False)[1])
        self._kept[key] = texts

    def size(self) -> int:
        """About how many bytes are kept."""
        return self._size


@cache
def shared(native: ModuleType | None) -> Any:
    """The cache of this process, of the kernel where there is one."""
    return TextCache(KEPT) if native is None else native.Cache(KEPT)


def _size(title: str, body: str) -> int:
    return _WIDTH * (len(title) + len(body)) + _OBJECTS
