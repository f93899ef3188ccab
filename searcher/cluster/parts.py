"""The manifest of a part of an index, kept in the cluster, and what a killed sync has left.

A sync first writes documents, then the manifest together with what is to be deleted, then deletes.
Whoever comes next, on whichever machine, finds by the head of the part how far it had come:

- a run that is still open was killed before its manifest. Its documents that no manifest has are
  deleted, and files whose documents it has changed are read again;
- what was to be deleted is deleted;
- pieces of manifests that no head names are removed.

Whoever has lost the right to write, because the cluster or the machine stood still for longer than
it holds, finds that the head is not as it was left, and changes it no more.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from searcher.cluster.bulk import Bulk, to_delete
from searcher.cluster.engine import Build, Engine, corrupt
from searcher.cluster.keeping import Held
from searcher.cluster.locking import holder, locked_by
from searcher.errors import DocumentError, IndexLocked
from searcher.index import manifest as manifests
from searcher.index.contents import Documents
from searcher.index.manifest import Manifest
from searcher.index.planning import READ_AGAIN
from searcher.index.prepare import MARK_SIZE
from searcher.index.recorded import FileEntry
from searcher.language import say

_NAME = "manifest.files"


class Part:
    """A part of a build. The right to write to it must be held for all that changes it."""

    def __init__(self, engine: Engine, build: Build, name: str) -> None:
        """Take its name; the whole of an index without parts is that of the empty name."""
        self._engine = engine
        self._build = build
        self.name = name
        self._key = f"part/{build.name}/{name}"
        self._is_known = False
        self._head: dict[str, Any] | None = None  # as it was left, once that is known

    def manifest(self) -> Manifest:
        """What its documents were read from.

        Raises:
            IndexCorrupt: It is damaged.
        """
        head = self._engine.keeping.get(self._key)
        return Manifest() if head is None else self._read(head)

    def begin(self) -> str:
        """Begin to write; returns what tells this run from others.

        Raises:
            IndexLocked: Another process has written meanwhile.
        """
        run = secrets.token_hex(8)
        head = self._still()
        names = [] if head is None else head["manifest"]
        self._put({"manifest": names, "run": run, "delete": []}, head)
        return run

    def save(self, manifest: Manifest, deleted: Iterable[str], run: str | None) -> None:
        """Keep a manifest, and then delete what it says is gone.

        Args:
            manifest: The manifest.
            deleted: The ids of documents to delete.
            run: The run that goes on; None if it is over.

        Raises:
            IndexLocked: Another process has written meanwhile, because this one could not renew
                its right for too long.
        """
        keeping, of = self._engine.keeping, self._build.name
        before = self._still()
        version = secrets.token_hex(8)
        ids = list(deleted)
        head: dict[str, Any] = {
            "manifest": keeping.put_blob(f"{self._key}/{version}", of, _to_bytes(manifest)),
            "run": run,
            "delete": [],
        }
        if ids:
            data = json.dumps(ids).encode("ascii")
            head["delete"] = keeping.put_blob(f"{self._key}/{version}/delete", of, data)
        self._put(head, before)
        if ids:
            self._delete(ids)
            self._put({**head, "delete": []}, self._still())
        for name in [] if before is None else [*before["manifest"], *before["delete"]]:
            keeping.remove(name)
        for name in head["delete"]:
            keeping.remove(name)

    def recover(self) -> Manifest:
        """Put right what a killed run has left; returns the manifest.

        Raises:
            IndexCorrupt: The manifest is damaged.
        """
        head = self._engine.keeping.get(self._key)
        self._is_known, self._head = True, head
        if head is None:
            return Manifest()
        manifest = self._read(head)
        self._sweep(head)
        run = head.get("run")
        if head["delete"]:
            self._delete(json.loads(self._engine.keeping.get_blob(head["delete"])))
        if run is not None:
            manifest = self._without_run(manifest, run)
        if run is not None or head["delete"]:
            self.save(manifest, (), None)
        return manifest

    def mended(self, manifest: Manifest) -> Manifest:
        """The manifest without documents that are not there, whose files are to be read again.

        Another part had taken them over and deleted them: files were moved there and back.
        """
        files: dict[str, FileEntry] = {}
        for name, found in self._not_ours(manifest):
            gone = {one for one, part in found.items() if part is None}
            if gone:
                files[name] = _without(manifest.files[name], name, gone)
        return replace(manifest, files={**manifest.files, **files}) if files else manifest

    def check_ours(self, manifest: Manifest) -> None:
        """See that no other part has written documents that are in a manifest.

        Raises:
            DocumentError: One has.
        """
        for _, found in self._not_ours(manifest):
            for one, part in found.items():
                if part is not None:
                    raise _shared(one, part)

    def _not_ours(self, manifest: Manifest) -> Iterator[tuple[str, dict[str, str | None]]]:
        """The documents of each file that are not this part's any more, and whose they are."""
        ours: dict[str, Any] = {"bool": {"filter": [{"term": {"part": self.name}}]}}
        ours["bool"]["must_not"] = [{"term": {"run": ""}}]  # not of a sync
        known = sum(entry.documents.size for entry in manifest.files.values())
        missing = known - self._engine.counts(self._build, [ours])[0]
        for name, entry in manifest.files.items():
            if missing <= 0:
                return
            found: dict[str, str | None] = dict.fromkeys(entry.documents.ids(name))
            for one, kept in self._engine.look_up(self._build, list(found), ("part",)):
                if kept["part"] == self.name:
                    del found[one]
                else:
                    found[one] = kept["part"]
            missing -= len(found)
            if found:
                yield name, found

    def _without_run(self, manifest: Manifest, run: str) -> Manifest:
        """Undo what a run has written that no manifest knows of."""
        self._engine.refresh(self._build)
        written = {
            one["id"]: bytes.fromhex(one["mark"])
            for one in self._engine.scan(self._build, {"term": {"run": run}}, ("id", "mark"))
        }
        if not written:
            return manifest
        files: dict[str, FileEntry] = {}
        orphans = set(written)
        for name, entry in manifest.files.items():
            known = entry.documents.by_id(name)
            orphans -= known.keys()
            others = [
                one
                for one in known.keys() & written.keys()
                if known[one][:MARK_SIZE] != written[one][:MARK_SIZE]
            ]
            if others:
                files[name] = _without(entry, name, set(others))
        # A file of which nothing is known is read as a new one; what is there of it is found then.
        self._delete(sorted(orphans))
        return replace(manifest, files={**manifest.files, **files})

    def _sweep(self, head: dict[str, Any]) -> None:
        """Remove the pieces that a run was killed with before it named them, or after."""
        keeping = self._engine.keeping
        named = {*head["manifest"], *head["delete"]}
        # Nothing else is called so, unless another part is, on purpose: its head is no piece.
        is_piece = re.compile(re.escape(self._key) + r"/[0-9a-f]{16}(/delete)?/\d+").fullmatch
        for key in keeping.keys_of(self._build.name):
            if key not in named and is_piece(key) and "piece" in (keeping.get(key) or ()):
                keeping.remove(key)

    def _delete(self, ids: Sequence[str]) -> None:
        """Delete documents, but those that another part has taken over with their files."""
        with Bulk(self._engine.connection, self._build.name) as bulk:
            for one, kept in self._engine.look_up(self._build, ids, ("part",)):
                if kept["part"] == self.name:
                    bulk.add(to_delete(one))
        self._engine.refresh(self._build)

    def _still(self) -> Held | None:
        """The head, which is as it was left."""
        head = self._engine.keeping.get(self._key)
        if self._is_known and head != self._head:
            raise self._lost()
        return head

    def _put(self, head: dict[str, Any], before: Held | None) -> None:
        is_first = before is None
        if not self._engine.keeping.put(
            self._key, self._build.name, head, over=before, new=is_first, patient=True
        ):
            raise self._lost()
        self._is_known, self._head = True, head

    def _lost(self) -> IndexLocked:
        keeping = self._engine.keeping
        return locked_by(keeping, holder(keeping, f"part/{self.name}"))

    def _read(self, head: dict[str, Any]) -> Manifest:
        if not head["manifest"]:
            return Manifest()
        folder = Path(mkdtemp(prefix="searcher-"))
        try:
            (folder / _NAME).write_bytes(self._engine.keeping.get_blob(head["manifest"]))
            return manifests.read(folder, _NAME)
        except ValueError as error:
            raise corrupt(self._engine.address, error) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _without(entry: FileEntry, name: str, ids: set[str]) -> FileEntry:
    """The state of a file of this name without some documents, for which it is read again."""
    left = {one: mark for one, mark in entry.documents.by_id(name).items() if one not in ids}
    kept = Documents.of(list(left), left.values(), name)
    return entry._replace(documents=kept, changed_ns=READ_AGAIN)


def _shared(document_id: str, part: str) -> DocumentError:
    whose = say(f"the part {part!r}", f"分部 {part!r}") if part else say("no part", "无分部者")
    return DocumentError(
        say(
            f"{document_id!r:.200} is there as written by {whose}, and not from here: files of two "
            "parts have the same ids, and only one of them is shown. Have each part sync folders "
            "of names of its own, or give the records ids of their own",
            f"{document_id!r:.200} 现为{whose}所写，而非此处所写：两个分部的文件 id 相同，"
            "只显示其中之一。请让各分部同步名称不同的文件夹，或者给记录各自的 id",
        )
    )


def _to_bytes(manifest: Manifest) -> bytes:
    folder = Path(mkdtemp(prefix="searcher-"))
    try:
        manifests.write(folder, _NAME, manifest)
        return (folder / _NAME).read_bytes()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
