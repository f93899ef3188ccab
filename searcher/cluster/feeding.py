"""What a sync puts its changes into: an index in a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, NamedTuple, Self

from searcher.cluster.encoding import Averages
from searcher.cluster.engine import Build, Engine, document_of
from searcher.cluster.parts import Part
from searcher.cluster.schema import KEPT
from searcher.cluster.sending import Sender
from searcher.index import stored
from searcher.index.building import Decide, Resources
from searcher.index.columnar.arrays import Ids
from searcher.index.columnar.moved import Moved, renamed_id
from searcher.index.manifest import Manifest
from searcher.index.pieces import Piece, read_piece
from searcher.index.prepare import StorableDocument
from searcher.index.writer import Change
from searcher.lazy import np

_SOURCE = (*KEPT, "mark")


class _Known(NamedTuple):
    """What is there of an id."""

    path: str | None
    mark: bytes


class _Committed:
    """The documents that were there, by numbers that are given when they are met.

    One of another part is never as it should be: it is to be written again, as one of this part.
    """

    def __init__(self, engine: Engine, build: Build, part: str) -> None:
        self._engine, self._build = engine, build
        self._part = part
        self._ids: list[str] = []
        self._numbers: dict[str, int] = {}
        self._known: dict[str, _Known | None] = {}

    def record(self, number: int) -> _Known:
        known = self._known[self._ids[number]]
        assert known is not None
        return known

    def document_id(self, number: int) -> str:
        return self._ids[number]

    def mark(self, number: int) -> bytes:
        return self.record(number).mark

    def look_up(self, ids: Iterable[str]) -> None:
        """Have it known of several ids at once what is there."""
        missing = [one for one in dict.fromkeys(ids) if one not in self._known]
        if missing:
            self._known |= dict.fromkeys(missing)
            for one, kept in self._engine.look_up(self._build, missing, ("path", "mark", "part")):
                self._known[one] = self._as_known(kept)

    def find(self, document_id: str) -> int | None:
        self.look_up([document_id])
        return None if self._known[document_id] is None else self._number(document_id)

    def known_number(self, document_id: str) -> int | None:
        """The number of a document that was met."""
        return self._numbers.get(document_id)

    def matching(self, query: dict[str, Any]) -> list[int]:
        """The numbers of the documents of this part that match."""
        numbers: list[int] = []
        ours = {"bool": {"filter": [query, {"term": {"part": self._part}}]}}
        for kept in self._engine.scan(self._build, ours, ("id", "path", "mark", "part")):
            self._known[kept["id"]] = self._as_known(kept)
            numbers.append(self._number(kept["id"]))
        return numbers

    def _as_known(self, kept: dict[str, Any]) -> _Known:
        mark = bytes.fromhex(kept["mark"]) if kept["part"] == self._part else b""
        return _Known(kept.get("path"), mark)

    def _number(self, document_id: str) -> int:
        number = self._numbers.setdefault(document_id, len(self._ids))
        if number == len(self._ids):
            self._ids.append(document_id)
        return number


class Feeder:
    """Takes the changes of one sync; see ``searcher.index.target``.

    Documents are written when they are read and are seen when it is committed. As a context manager
    it waits until what was sent is taken.
    """

    def __init__(
        self,
        engine: Engine,
        build: Build,
        part: Part,
        run: str,
        resources: Resources,
        *,
        averages: Averages | None = None,
        is_dry: bool = False,
    ) -> None:
        """Begin.

        Args:
            engine: The index.
            build: The build that is written to.
            part: Its part that is written to.
            run: What tells the run from others.
            resources: What may be used.
            averages: What documents are to be weighed by, where the build has no averages yet.
            is_dry: Whether only to find out what would be done.
        """
        self._engine, self._build = engine, build
        self._part, self._run = part, run
        self._batch = resources.batch
        self._is_dry = is_dry
        self._sender = Sender(engine, build, part.name, run, resources, averages)
        self._committed = _Committed(engine, build, part.name)
        self._is_new = engine.counts(build, [{"match_all": {}}])[0] == 0
        self._decide: Decide = lambda piece, outcome: set()
        self._claimed: set[int] = set()
        self._moved: dict[int, Moved] = {}
        self._removed: dict[int, None] = {}
        self._sources: dict[int, dict[str, Any]] = {}  # of what is moved, before it is replaced
        self._written: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._sender.__exit__(kind, error, traceback)

    @property
    def reader(self) -> _Committed:
        """What was committed."""
        return self._committed

    @property
    def is_new(self) -> bool:
        """Whether there was no document at the beginning."""
        return self._is_new

    @property
    def batch(self) -> int:
        """How many bytes of documents are read at once."""
        return self._batch

    def begin_reading(self, size: int, decide: Decide) -> None:
        """Get ready to read files of so many bytes."""
        self._decide = decide

    def read(self, piece: Piece) -> None:
        """Insert the documents of a piece that are decided to be wanted."""
        for documents, outcome in read_piece(piece, self._batch):
            if not self._is_new:
                self._committed.look_up(outcome.ids)
            unwanted = self._decide(piece, outcome)
            numbers = range(len(documents)) if outcome.new is None else outcome.new
            for number, document in zip(numbers, documents, strict=True):
                if number not in unwanted:
                    self.put(document)

    def finish_reading(self) -> None:
        """It is decided about every piece already."""

    def find(self, document_id: str) -> int | None:
        """The number of a document that was there, and is not claimed, moved or deleted."""
        number = self._committed.find(document_id)
        if number is None or number in self._moved or number in self._claimed:
            return None
        return None if number in self._removed else number

    def documents_at(self, path: str) -> Ids:
        """The numbers of the documents that were in a file, ascending."""
        return np.array(sorted(self._committed.matching({"term": {"path": path}})), np.int64)

    def beginning(self, prefix: str) -> Iterator[tuple[int, str]]:
        """The documents that were there with ids that begin with a prefix, and these."""
        for number in self._committed.matching({"prefix": {"id": prefix}}):
            yield number, self._committed.document_id(number)

    def claim(self, number: int) -> None:
        """Have a document not be found any more, until it is moved or removed."""
        self._claimed.add(number)

    def release(self, number: int) -> None:
        """Have a claimed document be found again."""
        self._claimed.discard(number)

    def overwrite(self, document_id: str) -> Change:
        """Say what putting a document does that is another one than before."""
        return Change.ADDED if self.find(document_id) is None else Change.UPDATED

    def replace(self, document_id: str, new: bytes, path: str | None) -> Change:
        """Say what putting a document does; where only its path is another, give it that."""
        number = self.find(document_id)
        if number is None:
            return Change.ADDED
        known = self._committed.record(number)
        if known.mark != new:
            return Change.UPDATED
        if known.path == path:
            return Change.NONE
        self.move(number, Moved(document_id, path))
        return Change.MOVED

    def move(self, number: int, moved: Moved) -> None:
        """Give a document another id or path."""
        self._claimed.discard(number)
        self._moved[number] = moved

    def rename(self, was: str, name: str, documents: Ids) -> None:
        """Give a file another name, by which all its documents are moved."""
        for number in documents.tolist():
            new = renamed_id(self._committed.document_id(number), was, name)
            self.move(number, Moved(new, name))

    def remove(self, number: int) -> None:
        """Delete a document by its number."""
        self._claimed.discard(number)
        self._moved.pop(number, None)
        self._removed[number] = None

    def put(self, document: StorableDocument) -> None:
        """Insert or replace a document."""
        if not self._is_dry:
            self._put(document.id, document.record, document.mark)

    def flush(self) -> None:
        """Wait until all that was put is written; it is not seen yet."""
        self._sender.flush()

    def checkpoint(self, manifest: Manifest) -> None:
        """Make what was done so far visible, and go on."""
        if not self._is_dry:
            self._commit(manifest, self._run)
            self._committed = _Committed(self._engine, self._build, self._part.name)
            self._claimed, self._moved, self._removed = set(), {}, {}
            self._sources = {}
            self._written = set()

    def commit(self, manifest: Manifest) -> None:
        """Make everything visible."""
        self._commit(manifest, None)

    def _commit(self, manifest: Manifest, run: str | None) -> None:
        self._move_all()
        self.flush()
        ids = (self._committed.document_id(number) for number in self._removed)
        self._part.save(manifest, [one for one in ids if one not in self._written], run)
        self._engine.refresh(self._build)

    def _put(self, document_id: str, record: bytes, its_mark: bytes) -> None:
        self._written.add(document_id)
        self._keep_source(document_id)
        self._sender.put(document_id, record, its_mark)

    def _move_all(self) -> None:
        """Write the documents that are given other ids or paths."""
        ids = {self._committed.document_id(number): number for number in self._moved}
        news = {one: self._moved[number].id for one, number in ids.items()}
        taken = {new for one, new in news.items() if new != one}
        missing = [one for one, number in ids.items() if number not in self._sources]
        # Those first whose ids others get, as names may have been exchanged. Of all others, which
        # may be all that there are, no more texts are held than are looked up at once.
        exchanged = [one for one in missing if one in taken]
        for document_id, kept in self._engine.look_up(self._build, exchanged, _SOURCE):
            self._sources[ids[document_id]] = kept
        for number, kept in list(self._sources.items()):
            if number in self._moved:
                self._move_one(number, kept)
        others = [one for one in missing if one not in taken]
        for document_id, kept in self._engine.look_up(self._build, others, _SOURCE):
            self._move_one(ids[document_id], kept)

    def _move_one(self, number: int, kept: dict[str, Any]) -> None:
        new = self._moved.pop(number)
        document = document_of({**kept, "id": new.id, "path": new.path})
        self._put(new.id, stored.to_bytes(document), bytes.fromhex(kept["mark"]))
        if new.id != self._committed.document_id(number):
            self._removed[number] = None

    def _keep_source(self, document_id: str) -> None:
        """See to it that a document that may yet be moved can be, when its id is taken."""
        number = self._committed.known_number(document_id)
        if number is None or number in self._sources:
            return
        if number in self._claimed or number in self._moved:
            for _, kept in self._engine.look_up(self._build, [document_id], _SOURCE):
                self._sources[number] = kept
