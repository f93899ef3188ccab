"""An index in a cluster, with the methods of one in a directory."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from searcher.api.arguments import check_id, check_seconds
from searcher.api.dictionary_files import AnyPath, DictionaryFiles
from searcher.api.folders import roots_of
from searcher.api.remote_reading import ReadClusterIndex
from searcher.cluster.address import Address, parse
from searcher.documents.model import Document
from searcher.documents.selection import Selection
from searcher.errors import ArgumentError, IndexMismatch, IndexNotFound
from searcher.language import say

if TYPE_CHECKING:
    from searcher.cluster.engine import Build
    from searcher.cluster.feeding import Feeder
    from searcher.cluster.parts import Part
    from searcher.index.building import Resources
    from searcher.index.report import ProgressCallback, Report
    from searcher.index.sync import Settings
    from searcher.text import Analyzer

_REBUILD = "rebuild"


class ClusterIndex(ReadClusterIndex):
    """An index in a cluster; see ``Index``, of which it is one."""

    @classmethod
    def at(
        cls,
        address: str,
        *,
        create: bool,
        files: DictionaryFiles,
        wait: float,
        shards: int | None,
        replicas: int | None,
    ) -> "ClusterIndex":
        """Open the index of an address; for the arguments see ``Index.open``."""
        index = cls(parse(address), wait)
        try:
            build = index._engine.build
        except IndexNotFound:
            if not create:
                index.close()
                raise
            from searcher.cluster.locking import held

            index._engine.keeping.make()
            with held(index._engine.keeping, _REBUILD, wait):
                if not index._engine.exists():
                    analyzer = _new_analyzer(files)
                    index._engine.make(analyzer, shards=shards, replicas=replicas, in_force=True)
        else:
            if files.given:
                _check_dictionary(index._address, build.analyzer, files)
        return index

    @classmethod
    def build_at(
        cls,
        address: str,
        folders: Iterable[AnyPath],
        files: DictionaryFiles,
        settings: "Settings",
        resources: "Resources",
        wait: float,
        shards: int | None,
        replicas: int | None,
    ) -> "Report":
        """Build the index of an address from nothing; for the arguments see ``Index.build``."""
        with cls(parse(address), wait) as index:
            return index._rebuilt(roots_of(folders), files, settings, resources, shards, replicas)

    def sync(
        self,
        folders: Iterable[AnyPath],
        *,
        selection: Selection | None = None,
        dry_run: bool = False,
        commit_every: float | None = 60.0,
        progress: "ProgressCallback | None" = None,
        jobs: int | None = None,
        memory: int | None = None,
    ) -> "Report":
        """Make the part of the index that the address names equal to folders; see ``Index.sync``.

        What came by other parts stays. What is written is seen at each commit.
        """
        from searcher.index.building import Resources
        from searcher.index.planning import tells_more
        from searcher.index.sync import look, sync

        roots = roots_of(folders)
        resources = Resources.of(jobs, memory)
        settings = self._settings(progress, selection, commit_every)
        began = time.monotonic()
        if dry_run:
            return self._previewed(roots, settings, resources, began)
        with self._write_turn, self._locked_part() as (build, part):
            kept = part.recover()
            old = part.mended(kept)
            planned = look(old, roots, settings)
            with self._feeder(build, part, resources) as feeder:
                report, manifest, changed = sync(feeder, old, roots, planned, settings)
                if changed or old is not kept or tells_more(manifest, old):
                    feeder.commit(manifest)
                else:
                    part.save(old, (), None)
            part.check_ours(manifest)
        return self._finished(report, began)

    def rebuild(
        self,
        folders: Iterable[AnyPath],
        *,
        selection: Selection | None = None,
        progress: "ProgressCallback | None" = None,
        jobs: int | None = None,
        memory: int | None = None,
    ) -> "Report":
        """The same from nothing, put in force at once; see ``Index.rebuild``."""
        from searcher.index.building import Resources

        resources = Resources.of(jobs, memory)
        settings = self._settings(progress, selection)
        roots = roots_of(folders)
        return self._rebuilt(roots, DictionaryFiles(), settings, resources, None, None)

    def add(self, documents: Iterable[Document]) -> int:
        """Insert documents, or replace those with the same ids; see ``Index.add``.

        Several processes may do so at the same time. They are seen when all are written.
        """
        from searcher.index.building import Resources
        from searcher.index.prepare import checked, storable

        if isinstance(documents, Document):
            raise ArgumentError(
                say("add takes a list of documents, not one", "add 需要文档的列表，而非单篇文档")
            )
        latest: dict[str, Document] = {}
        given = 0
        for document in documents:
            document = checked(document)
            latest.pop(document.id, None)
            latest[document.id] = document
            given += 1
        if not latest:
            return given
        with self._write_turn:
            build = self._writable()
            self._forget(build, latest)
            part = self._part(build)
            with self._feeder(build, part, Resources.of(), run="") as feeder:
                for document in latest.values():
                    feeder.put(storable(document))
                feeder.flush()
            self._seen(build)
        return given

    def delete(self, ids: Iterable[str]) -> int:
        """Delete documents by their ids; returns how many of them there were."""
        from searcher.cluster.bulk import Bulk, to_delete

        if isinstance(ids, str):
            raise ArgumentError(
                say("delete takes a list of ids, not a string", "delete 需要 id 的列表，而非字符串")
            )
        wanted = list(ids)
        for one in wanted:
            check_id(one)
        with self._write_turn:
            build = self._writable()
            found = [one for one, _ in self._engine.look_up(build, dict.fromkeys(wanted), ("id",))]
            if found:
                self._forget(build, found)
                with Bulk(self._engine.connection, build.name) as bulk:
                    for one in found:
                        bulk.add(to_delete(one))
                self._seen(build)
        return len(found)

    def _writable(self) -> "Build":
        """The build in force, which must not be about to be replaced."""
        self._check_no_rebuild()
        self._engine.renew()
        return self._engine.build

    def _check_no_rebuild(self) -> None:
        from searcher.cluster.locking import holder, locked_by

        end = time.monotonic() + self._wait
        while record := holder(self._engine.keeping, _REBUILD):
            if time.monotonic() >= end:
                raise locked_by(self._engine.keeping, record)
            time.sleep(0.2)

    @contextmanager
    def _locked_part(self) -> "Iterator[tuple[Build, Part]]":
        """The right to write to the part, and the build in force."""
        from searcher.cluster.locking import held

        with held(self._engine.keeping, f"part/{self._address.part}", self._wait):
            build = self._writable()
            yield build, self._part(build)

    @contextmanager
    def _feeder(
        self, build: "Build", part: "Part", resources: "Resources", run: str | None = None
    ) -> "Iterator[Feeder]":
        from searcher.cluster.feeding import Feeder

        if run is None:
            run = part.begin()
        with Feeder(self._engine, build, part, run, resources) as feeder:
            yield feeder

    def _forget(self, build: "Build", ids: Iterable[str]) -> None:
        """Have manifests not know any more of documents that are replaced or deleted."""
        from searcher.cluster.locking import held
        from searcher.cluster.parts import Part
        from searcher.index.manifest import forget

        by_part: dict[str, dict[str, str | None]] = {}
        for one, kept in self._engine.look_up(build, ids, ("path", "part", "run")):
            if kept.get("run"):  # a sync has written it
                by_part.setdefault(kept["part"], {})[one] = kept.get("path")
        for name, paths in by_part.items():
            with held(self._engine.keeping, f"part/{name}", self._wait):
                part = Part(self._engine, build, name)
                manifest = forget(part.recover(), paths)
                if manifest is not None:
                    part.save(manifest, (), None)

    def _seen(self, build: "Build") -> None:
        self._engine.refresh(build)
        with self._turn:
            self._opened = None

    def _settings(
        self,
        progress: "ProgressCallback | None",
        selection: Selection | None,
        commit_every: float | None = None,
    ) -> "Settings":
        return settings_of(progress, selection, commit_every)

    def _previewed(
        self, roots: list[Path], settings: "Settings", resources: "Resources", began: float
    ) -> "Report":
        from searcher.cluster.feeding import Feeder
        from searcher.index.sync import look, sync

        build = self._asked(lambda search: search.build)
        part = self._part(build)
        old = part.manifest()
        planned = look(old, roots, settings)
        with Feeder(self._engine, build, part, "", resources, is_dry=True) as feeder:
            report, _, _ = sync(feeder, old, roots, planned, settings)
        total = self._engine.counts(build, [{"match_all": {}}])[0] + report.added - report.removed
        seconds = time.monotonic() - began
        return replace(report, dry_run=True, total=total, seconds=seconds)

    def _finished(self, report: "Report", began: float) -> "Report":
        with self._turn:
            self._opened = None
        total = self._engine.counts(self._engine.build, [{"match_all": {}}])[0]
        return replace(report, changes=(), total=total, seconds=time.monotonic() - began)

    def _rebuilt(
        self,
        roots: list[Path],
        files: DictionaryFiles,
        settings: "Settings",
        resources: "Resources",
        shards: int | None,
        replicas: int | None,
    ) -> "Report":
        from searcher.cluster.feeding import Feeder
        from searcher.cluster.health import layout_of
        from searcher.cluster.locking import held
        from searcher.documents import walk
        from searcher.index.manifest import Manifest
        from searcher.index.sync import look, sync

        if self._address.part:
            raise ArgumentError(
                say(
                    "a rebuild is of all of an index: leave away ?part=…",
                    "重建针对整个索引：请去掉 ?part=…",
                )
            )
        began = time.monotonic()
        next(walk(roots), None)  # says that a folder does not exist
        engine = self._engine
        engine.keeping.make()
        with (
            self._write_turn,
            held(engine.keeping, _REBUILD, self._wait),
            held(engine.keeping, "part/", self._wait),
        ):
            self._check_no_parts()
            old: Build | None = None
            averages = None
            try:
                engine.renew()
                old = engine.build
                averages = engine.measured(old)
                layout = layout_of(engine, old)
                shards = layout[0] if shards is None else shards
                replicas = layout[1] if replicas is None else replicas
            except IndexNotFound:
                pass
            except IndexMismatch:
                if not files.given:
                    raise
            analyzer = _analyzer_for(old, files)
            build = engine.make(analyzer, shards=shards, replicas=replicas, in_force=False)
            try:
                part = self._part(build)
                with Feeder(
                    engine, build, part, part.begin(), resources, averages=averages
                ) as feeder:
                    planned = look(Manifest(), roots, settings)
                    report, manifest, _ = sync(feeder, Manifest(), roots, planned, settings)
                    feeder.commit(manifest)
                engine.put_in_force(build)
            except BaseException:
                engine.discard(build)
                raise
        return self._finished(report, began)

    def _check_no_parts(self) -> None:
        """See that no part is being written to.

        Raises:
            IndexLocked: One is.
        """
        from searcher.cluster.locking import others_than

        record = others_than(self._engine.keeping, (_REBUILD, "part/"))
        if record is not None:
            raise record


def settings_of(
    progress: "ProgressCallback | None",
    selection: Selection | None,
    commit_every: float | None = None,
) -> "Settings":
    """How a sync is to be done, where no file can be one of the index itself."""
    from searcher.api.arguments import check_callable, selection_of
    from searcher.index.sync import Settings

    if commit_every is not None:
        check_seconds("commit_every", commit_every)
    check_callable("progress", progress)
    return Settings(progress, commit_every, selection_of(selection))


def _new_analyzer(files: DictionaryFiles) -> "Analyzer":
    from searcher.text import Analyzer, Dictionary, Folding

    folding = Folding.from_opencc()
    return Analyzer(folding, Dictionary.compile(folding, files.read(folding)))


def _analyzer_for(old: "Build | None", files: DictionaryFiles) -> "Analyzer":
    """The analyzer of the next build: with the user's words of the last one, unless others are
    given."""
    from searcher.text import Analyzer, Dictionary, Folding

    if old is None:
        return _new_analyzer(files)
    folding = Folding.from_opencc()
    kept = old.analyzer.dictionary
    return Analyzer(folding, Dictionary.compile(folding, files.read(folding, kept.user), kept))


def _check_dictionary(address: Address, analyzer: "Analyzer", files: DictionaryFiles) -> None:
    """See that an index was made with these files.

    Raises:
        IndexMismatch: It was not.
        DictionaryError: One cannot be read.
    """
    theirs = analyzer.dictionary.user
    ours = files.read(analyzer.folding, theirs)
    if set(ours.words) == set(theirs.words) and ours.stop_words == theirs.stop_words:
        return
    command = f"searcher reindex --index '{address}' {' '.join(files.options())}"
    names = ", ".join(files.names())
    raise IndexMismatch(
        say(
            f"the index {address} was not made with {names} as it is now. Build it anew: {command}",
            f"索引 {address} 建立时使用的词典与现在的 {names} 不同。请重建：{command}",
        )
    )
