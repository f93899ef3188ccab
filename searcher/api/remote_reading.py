"""An index in a cluster, as far as it is read."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from searcher.api.arguments import check_id, check_seconds, number_of_jobs
from searcher.api.dictionary_files import AnyPath
from searcher.api.index import Index
from searcher.cluster.address import Address, parse
from searcher.cluster.engine import Engine, document_of
from searcher.documents.model import Document
from searcher.documents.selection import Selection
from searcher.errors import ArgumentError, IndexMismatch, IndexNotFound
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
    from searcher.cluster.parts import Part
    from searcher.cluster.searching import ClusterSearch
    from searcher.index.checking import CheckReport
    from searcher.index.report import ProgressCallback
    from searcher.query.results import Explanation, Results, Span
    from searcher.query.synonyms import Synonyms
    from searcher.text import UserDictionary

T = TypeVar("T")

_ATTEMPTS = 3  # to find the build in force, when it was just replaced


class ReadClusterIndex(Index):
    """An index in a cluster, as far as it is read; see ``ClusterIndex``."""

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

    def _user_dictionary(self) -> "UserDictionary":
        """The user's words and stop words that the index was made with."""
        return self._engine.build.analyzer.dictionary.user

    def _recorded_roots(self) -> list[str]:
        """The folders that the part of the index was last made equal to."""
        return self._part(self._engine.build).manifest().roots

    def _recorded_files(self) -> dict[str, Path]:
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


def _check_query(query: object) -> None:
    if not isinstance(query, str):
        raise ArgumentError(
            say(f"a query is a string, not {query!r:.40}", f"查询须是字符串：{query!r:.40}")
        )


def _reopened(kind: type[ReadClusterIndex], address: Address, wait: float) -> ReadClusterIndex:
    return kind(address, wait)
