"""An index in a cluster, with the methods of one in a directory."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from searcher.api.arguments import check_id, check_seconds, number_of_jobs
from searcher.api.dictionary_files import AnyPath, DictionaryFiles
from searcher.api.folders import roots_of
from searcher.api.index import Index
from searcher.cluster.address import Address, parse
from searcher.cluster.engine import Engine, document_of
from searcher.documents.model import Document
from searcher.documents.selection import Selection
from searcher.errors import ArgumentError, IndexLocked, IndexMismatch, IndexNotFound
from searcher.language import say
from searcher.query.options import Options, check

if TYPE_CHECKING:
    from typing import IO, Unpack

    from searcher.api.types import (
        Analysis,
        Exported,
        SearchOptions,
        Statistics,
        Status,
        Suggestion,
    )
    from searcher.cluster.engine import Build
    from searcher.cluster.feeding import Feeder
    from searcher.cluster.parts import Part
    from searcher.cluster.searching import ClusterSearch
    from searcher.index.building import Resources
    from searcher.index.checking import CheckReport
    from searcher.index.report import ProgressCallback, Report
    from searcher.index.sync import Settings
    from searcher.query.results import Explanation, Results, Span
    from searcher.query.synonyms import Synonyms
    from searcher.text import Analyzer

T = TypeVar("T")

_ATTEMPTS = 3  # to find the build in force, when it was just replaced
_REBUILD = "rebuild"


class ClusterIndex(Index):
    """An index in a cluster; see ``Index``, of which it is one."""

    def __init__(self, address: Address, wait: float = 0.0) -> None:
        """Not to be called: use ``Index.open``."""
        import threading

        check_seconds("wait", wait)
        self._address = address
        self._engine = Engine(address)
        self._wait = wait
        self._opened: ClusterSearch | None = None
        self._turn = threading.RLock()
        self._write_turn = threading.Lock()

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

    @classmethod
    def checked(
        cls, address: str, progress: "ProgressCallback | None", sample: int | None
    ) -> "CheckReport":
        """Look whether the index of an address is whole; see ``Index.check``."""
        from searcher.cluster.checking import check as check_index

        with cls(parse(address)) as index:
            return check_index(index._engine, progress, sample)

    @classmethod
    def recorded(cls, address: str) -> tuple[tuple[str, ...], Selection]:
        """The folders that the part of an address was last made equal to, and which files of them.

        None and the usual ones if there is no index.
        """
        from searcher.index.manifest import to_selection

        with cls(parse(address)) as index:
            try:
                manifest = index._part(index._engine.build).manifest()
            except (IndexNotFound, IndexMismatch):
                return (), Selection()
            return tuple(manifest.roots), to_selection(manifest.selection)

    @property
    def path(self) -> Path:
        """The address as a path, which it is not: ``status().path`` has it as it is."""
        return Path(str(self._address))

    def refresh(self) -> bool:
        """See which build of the index is in force; whether it is another one than before."""
        with self._turn:
            changed = self._engine.renew()
            if changed:
                self._opened = None
            elif self._opened is not None:
                self._opened.forget()
            return changed

    def close(self) -> None:
        """Close all connections. They are made again when the index is used again."""
        with self._turn:
            self._opened = None
            self._engine.close()

    def __reduce__(self) -> tuple[Any, ...]:
        """A pickle has the address; where it is read, the index is opened anew."""
        return _reopened, (type(self), self._address, self._wait)

    def status(self) -> "Status":
        """What the index is made of."""
        from searcher.api.types import Status
        from searcher.cluster.health import health_of
        from searcher.cluster.schema import FORMAT_VERSION
        from searcher.kernel import is_built

        def status(search: "ClusterSearch") -> Status:
            build = search.build
            health = health_of(self._engine, build)
            return Status(
                path=str(self._address),
                documents=health.documents,
                segments=health.segments,
                generation=int(build.name.rpartition("-")[2]),
                size=health.size,
                created=build.description.created,
                folders=tuple(self._part(build).manifest().roots),
                dictionary=build.description.dictionary,
                dictionary_files=build.description.dictionary_files,
                format_version=FORMAT_VERSION,
                whoosh="",
                kernel=is_built(),
                cluster=health.described,
            )

        return self._asked(status)

    def statistics(self) -> "Statistics":
        """How many documents there are by month, source and format."""
        from searcher.api.types import Statistics
        from searcher.cluster.health import counts_of, health_of

        def statistics(search: "ClusterSearch") -> Statistics:
            counts = counts_of(self._engine, search.build)
            health = health_of(self._engine, search.build)
            return Statistics(
                documents=health.documents,
                dated=sum(counts.months.values()),
                months=counts.months,
                sources=counts.sources,
                formats=counts.formats,
                parts={"other": health.size},
            )

        return self._asked(statistics)

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
            old = part.recover()
            planned = look(old, roots, settings)
            with self._feeder(build, part, resources) as feeder:
                report, manifest, changed = sync(feeder, old, roots, planned, settings)
                if changed or tells_more(manifest, old):
                    feeder.commit(manifest)
                else:
                    part.save(old, (), None)
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
        """The same from nothing, beside the old build, put in force at once; see ``Index.rebuild``."""
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

    def search(
        self,
        query: str,
        *,
        limit: int | None = 10,
        offset: int = 0,
        syntax: Literal["query", "plain"] = "query",
        mode: Literal["any", "all"] = "any",
        since: str | date | datetime | None = None,
        until: str | date | datetime | None = None,
        source: str | Sequence[str] | None = None,
        tag: str | Sequence[str] | None = None,
        sort: Literal["relevance", "date"] = "relevance",
        facets: Sequence[Literal["source", "tag", "year"]] = (),
        snippet_width: int = 160,
        synonyms: "Synonyms | None" = None,
        expand: bool = False,
    ) -> "Results":
        """Search; see ``Index.search``."""
        _check_query(query)
        options = Options(
            limit=limit,
            offset=offset,
            syntax=syntax,
            mode=mode,
            since=since,
            until=until,
            source=source,
            tag=tag,
            sort=sort,
            facets=facets,
            snippet_width=snippet_width,
            synonyms=synonyms,
            expand=expand,
        )
        check(options)
        return self._asked(lambda search: search.search(query, options))

    def search_many(
        self,
        queries: Iterable[str],
        *,
        jobs: int | None = None,
        totals: bool = False,
        **options: "Unpack[SearchOptions]",
    ) -> "Generator[Results, None, None]":
        """Search for thousands of queries, in their order, some at the same time.

        Unlike those of an index in a directory they are answered by what is seen when each is
        asked. For the arguments see ``Index.search_many``.
        """
        from searcher.api.concurrent import answered

        if isinstance(queries, str):
            raise ArgumentError(
                say(
                    f"give a list of queries, not a single one: [{queries!r:.40}]",
                    f"请给出查询的列表，而非单个查询：[{queries!r:.40}]",
                )
            )
        chosen = Options(**options)
        check(chosen)
        count = number_of_jobs(jobs)
        self._asked(lambda search: None)  # says that there is none, now rather than later
        return answered(lambda: type(self)(self._address), queries, options, count, totals)

    def explain(
        self,
        query: str,
        id: str,
        *,
        syntax: Literal["query", "plain"] = "query",
        mode: Literal["any", "all"] = "any",
        synonyms: "Synonyms | None" = None,
        expand: bool = False,
    ) -> "Explanation | None":
        """How a document comes by its score for a query; see ``Index.explain``."""
        check_id(id)
        options = Options(syntax=syntax, mode=mode, synonyms=synonyms, expand=expand)
        return self._asked(lambda search: search.explain(query, id, options))

    def similar(
        self,
        id: str,
        *,
        limit: int | None = 10,
        offset: int = 0,
        since: str | date | datetime | None = None,
        until: str | date | datetime | None = None,
        source: str | Sequence[str] | None = None,
        tag: str | Sequence[str] | None = None,
        snippet_width: int = 160,
    ) -> "Results | None":
        """The documents most like one; see ``Index.similar``."""
        check_id(id)
        options = Options(
            limit=limit,
            offset=offset,
            since=since,
            until=until,
            source=source,
            tag=tag,
            snippet_width=snippet_width,
        )
        return self._asked(lambda search: search.similar(id, options))

    def get(self, id: str) -> Document | None:
        """The document with this id, as it was stored; None if there is none."""
        check_id(id)
        return self._asked(lambda search: search.document(id))

    def highlight(
        self, query: str, text: str, *, syntax: Literal["query", "plain"] = "query"
    ) -> "tuple[Span, ...]":
        """What to mark in any text for a query; see ``Index.highlight``."""
        return self._asked(lambda search: search.highlighter(query, syntax).spans(text))

    def suggest(self, text: str, *, limit: int = 10) -> "tuple[Suggestion, ...]":
        """How a text that was begun can go on, by words of the index; see ``Index.suggest``.

        Titles are not completed, and pinyin is not read.
        """
        from searcher.api.types import Suggestion

        found = self._asked(lambda search: search.complete(text, limit))
        return tuple(Suggestion(*one) for one in found)

    def analyze(self, text: str) -> "Analysis":
        """What a text is to this index; see ``Index.analyze``."""
        from searcher.api.types import Analysis
        from searcher.text import gram_counts

        def analysis(search: "ClusterSearch") -> Analysis:
            analyzer = search.build.analyzer
            folded = analyzer.folding.fold(text)
            return Analysis(
                folded=folded,
                words=tuple(token.term for token in analyzer.words(folded)),
                grams=tuple(gram for gram in gram_counts(folded) if len(gram) == 2),
            )

        return self._asked(analysis)

    def documents(self) -> Iterator[Document]:
        """All documents of one state of the index, by their ids."""
        from searcher.cluster.schema import KEPT

        build = self._asked(lambda search: search.build)
        return map(document_of, self._engine.scan(build, {"match_all": {}}, KEPT))

    def export(
        self,
        target: "AnyPath | IO[str] | IO[bytes]",
        *,
        progress: "ProgressCallback | None" = None,
    ) -> "Exported":
        """Write all documents of one state of the index as JSON Lines; see ``Index.export``."""
        from searcher.api.exporting import export

        build = self._asked(lambda search: search.build)
        count = self._engine.counts(build, [{"match_all": {}}])[0]
        return export(self.documents(), count, target, progress)

    def recorded_roots(self) -> list[str]:
        """The folders that the part of the index was last made equal to."""
        return self._part(self._engine.build).manifest().roots

    def recorded_files(self) -> dict[str, Path]:
        """The files that its documents were read from, by their names."""
        entries = self._part(self._engine.build).manifest().files
        return {name: Path(entry.location) for name, entry in entries.items() if entry.location}

    def _asked(self, ask: "Callable[[ClusterSearch], T]") -> T:
        """Ask the build in force, and the one after it where it was just replaced."""
        from searcher.cluster.searching import ClusterSearch

        with self._turn:
            for _ in range(_ATTEMPTS - 1):
                if self._opened is None:
                    self._opened = ClusterSearch(self._engine, self._engine.build)
                try:
                    return ask(self._opened)
                except IndexNotFound:
                    self._engine.successor(self._opened.build)  # says so if there is none
                    self._opened = None
            return ask(ClusterSearch(self._engine, self._engine.build))

    def _part(self, build: "Build") -> "Part":
        from searcher.cluster.parts import Part

        return Part(self._engine, build, self._address.part)

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


def _check_query(query: object) -> None:
    if not isinstance(query, str):
        raise ArgumentError(
            say(f"a query is a string, not {query!r:.40}", f"查询须是字符串：{query!r:.40}")
        )


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


def _reopened(kind: type[ClusterIndex], address: Address, wait: float) -> ClusterIndex:
    return kind(address, wait)



