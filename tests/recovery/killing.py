"""Killing what indexes, and looking at what is left."""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from searcher import Document, Index, IndexNotFound
from searcher.index import commits
from searcher.index.store import MARKER, POINTER, WHOOSH_LOCK, Store
from tests.index.equality import assert_like, documents_of, picture_of
from tests.recovery.child import Case, Outcome
from tests.recovery.folders import QUERIES, replace_content, write_folders

KINDS = ("build", "rebuild", "sync")
_PATIENCE = 60.0  # seconds until a process that lost its main one must be gone


class Killer:
    """The process that starts the others."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.recovery.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[2],
            encoding="utf-8",
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def run(self, case: Case) -> Outcome:
        """Have a case run, and be killed if it is to be."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(case)) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the process that starts the others has died"
        return Outcome(**json.loads(answer))


class Trial:
    """Processes that are killed, in a scratch folder."""

    def __init__(self, scratch: Path, killer: Killer, seed: int) -> None:
        """Make the folders, and what is to come of them."""
        self.counts: Counter[str] = Counter()
        self._killer = killer
        self._chance = random.Random(seed)
        self._old, self._new = write_folders(scratch / "folders")
        self._folder = scratch / "folder"
        self._folder.mkdir()
        self._index = scratch / "index"
        self._made = scratch / "made"
        replace_content(self._folder, self._old)
        Index.build(self._made, [self._folder], jobs=1)
        with Index.open(self._made) as index:
            self._before = documents_of(index)
            self._old_picture = picture_of(index, QUERIES)
        replace_content(self._folder, self._new)
        clean = scratch / "clean"
        Index.build(clean, [self._folder], jobs=1)
        with Index.open(clean) as index:
            self._after = documents_of(index)
            self._new_picture = picture_of(index, QUERIES)
        self._lengths: dict[Case, Outcome] = {}

    def run(self, kind: str) -> None:
        """Kill one process and look at what is left.

        Args:
            kind: ``build`` where there is no index yet, ``rebuild`` or ``sync`` where there is.
        """
        case = self._case(kind)
        while True:
            self._prepare(kind)
            one = self._moment(case, kind)
            outcome = self._killer.run(one)
            assert not outcome.failure, outcome.failure
            if outcome.killed:
                break
            # It was quicker than the first time.
            self.counts["too late"] += 1
            self._lengths[replace(case, alone=False)] = outcome
        try:
            self._look(one, kind, outcome.group)
        except BaseException as error:
            error.add_note(f"{kind}: {one}")
            raise
        self.counts[kind] += 1

    def _case(self, kind: str) -> Case:
        chance = self._chance
        job = chance.choice(["sync", "sync", "build"]) if kind == "build" else kind
        return Case(
            job,
            str(self._index),
            str(self._folder),
            chance.choice([0.0, 0.02, None]) if job == "sync" else None,
            chance.choice([1, 1, 2]),
            alone=chance.random() < 0.5,
        )

    def _prepare(self, kind: str) -> None:
        shutil.rmtree(self._index, ignore_errors=True)
        replace_content(self._folder, self._old)
        if kind != "build":
            shutil.copytree(self._made, self._index)
        replace_content(self._folder, self._new)

    def _moment(self, case: Case, kind: str) -> Case:
        """When it is killed: how long it takes, and what it does, is found out first."""
        key = replace(case, alone=False)
        if key not in self._lengths:
            self._lengths[key] = self._killer.run(key)
            self._prepare(kind)
        length = self._lengths[key]
        assert not length.failure, length.failure
        if self._chance.random() < 0.5:
            return replace(case, seconds=self._chance.uniform(0.001, length.seconds))
        return replace(case, event=self._chance.randint(1, length.events))

    def _look(self, case: Case, kind: str, group: int) -> None:
        found = self._documents()
        if found is None:
            assert kind == "build"
            self.counts["no index yet"] += 1
            with suppress(IndexNotFound):
                assert_no_damage(self._index)
        else:
            self._assert_committed(case, kind, found)
            assert_no_damage(self._index)
        self._recover(found or {})
        _wait_for(group)
        self._recover(self._after)
        report = Index.check(self._index)
        assert report.ok, report.problems
        assert_no_leftovers(self._index)
        with Index.open(self._index) as index:
            assert_like(index, self._new_picture, QUERIES)

    def _documents(self) -> dict[str, Document] | None:
        """What the next open sees; None for no index."""
        try:
            with Index.open(self._index) as index:
                return documents_of(index)
        except IndexNotFound:
            return None

    def _assert_committed(self, case: Case, kind: str, found: dict[str, Document]) -> None:
        before = {} if kind == "build" else self._before
        if found == self._after:
            self.counts["all committed"] += 1
        elif found == before:
            self.counts["nothing committed"] += 1
        else:
            # A part is there: only a sync that commits now and then gives that.
            assert case.job == "sync"
            assert case.commit_every is not None
            self.counts["some committed"] += 1
        for document in found.values():
            assert document in (before.get(document.id), self._after.get(document.id))
        for name, document in before.items():
            if self._after.get(name) == document:
                assert found.get(name) == document, f"{name} is lost"

    def _recover(self, found: dict[str, Document]) -> None:
        """Sync: what is there is not indexed once more."""
        with Index.open(self._index, create=True) as index:
            report = index.sync([self._folder], jobs=1)
        same = sum(self._after.get(name) == document for name, document in found.items())
        assert report.unchanged >= same, (report, same)
        assert report.total == len(self._after)


def assert_no_damage(index: Path) -> None:
    """Look that a check names nothing but what was left behind, and that it can be left there."""
    needed = _needed(index)
    for problem in Index.check(index).problems:
        assert "removes it" in problem.advice, problem
        assert problem.file not in needed, problem


def _needed(index: Path) -> set[str]:
    """All files of an index, and the folder of them."""
    store = Store(index)
    description = store.describe()
    folder = store.folder(description)
    commit = commits.read(folder)
    names = {*commit.files, *description.files, MARKER, WHOOSH_LOCK}
    names.add(commits.path_of(folder, commit.generation).name)
    return {POINTER, "WRITELOCK", folder.name, *(f"{folder.name}/{name}" for name in names)}


def assert_no_leftovers(index: Path) -> None:
    """Look that nothing is there but what belongs to the index."""
    there = {path.relative_to(index).as_posix() for path in index.rglob("*")}
    assert there == _needed(index)


def _wait_for(group: int) -> None:
    """Wait until the workers of a process that was killed have seen that it is gone."""
    until = time.monotonic() + _PATIENCE
    while any(_members(group)):
        assert time.monotonic() < until, "the workers of a process that was killed live on"
        time.sleep(0.01)


def _members(group: int) -> Iterator[int]:
    with suppress(ProcessLookupError):
        os.killpg(group, 0)
        yield group
