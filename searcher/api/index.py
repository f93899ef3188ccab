"""The library: one class, ``Index``, over all rooms of the house."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from searcher.api.arguments import (
    check_callable,
    check_count,
    check_id,
    check_layout,
    check_list,
    check_query,
    check_seconds,
    check_text,
    path_of,
    selection_of,
)
from searcher.api.dictionary_files import AnyPath, DictionaryFiles, check_dictionary
from searcher.api.folders import roots_of
from searcher.api.whole import WholeIndex
from searcher.cluster.address import is_address
from searcher.documents.model import Document
from searcher.documents.selection import Selection
from searcher.errors import (
    DAMAGE,
    ArgumentError,
    IndexCorrupt,
    IndexMismatch,
    IndexNotFound,
    SearcherError,
)
from searcher.language import say
from searcher.query.options import Options

if TYPE_CHECKING:
    from searcher.api.state import State
    from searcher.api.types import Analysis, Suggestion
    from searcher.index.building import Resources
    from searcher.index.checking import CheckReport
    from searcher.index.manifest import Manifest
    from searcher.index.report import ProgressCallback, Report
    from searcher.index.sync import Settings
    from searcher.index.writer import DocumentWriter
    from searcher.query.results import Explanation, Results, Span
    from searcher.query.synonyms import Synonyms


class Index(WholeIndex):
    """A full-text index of Chinese documents, in a directory.

    Use ``Index.open``. An index sees what was committed before each call, by whichever process.
    Threads may share it; they take turns. A pickle of it has its path, so other processes can be
    given it. In the examples of its methods ``index`` is an open index of ``corpus``.

    Example:
        >>> with searcher.Index.open("index") as index:
        ...     for hit in index.search("核酸筛查", limit=2):
        ...         print(hit.rank, hit.title)
        1 核酸篩查期間保單服務說明
        2 核酸筛查期间，谁在看护机房
    """

    @classmethod
    def open(
        cls,
        path: AnyPath,
        *,
        create: bool = False,
        dictionary: AnyPath | None = None,
        stop_words: AnyPath | None = None,
        wait: float = 0.0,
        shards: int | None = None,
        replicas: int | None = None,
    ) -> "Index":
        """Open an index.

        Example:
            >>> with searcher.Index.open("new", create=True) as index:
            ...     index.sync(["corpus"]).added
            44

        Args:
            path: Its directory, or an address such as ``opensearch+https://user@host:9200/news``
                of an index in a cluster.
            create: Whether to make an empty index where there is none.
            dictionary: A user dictionary in jieba's format. A new index is made with it; an
                index that exists must have been made with it.
            stop_words: A list of words that are not to be indexed as words, one a line.
            wait: How many seconds writing waits while another process writes.
            shards: For a new index in a cluster: how many shards; None for 1.
            replicas: The same: how many copies of each shard there are beside; None for 1.

        Raises:
            IndexNotFound: There is no index and ``create`` is not set.
            IndexMismatch: The index was made with another dictionary or format version.
            IndexCorrupt: The index is damaged.
            IndexLocked: It is to be made while another process writes.
            DictionaryError: The dictionary or the stop list cannot be read.
        """
        from searcher.index.store import Store

        files = DictionaryFiles.of(dictionary, stop_words)
        check_layout(path, shards, replicas)
        if is_address(path):
            from searcher.api.remote import ClusterIndex

            return ClusterIndex.at(
                str(path), create=create, files=files, wait=wait, shards=shards, replicas=replicas
            )
        store = Store(path_of(path))
        index = cls(store, wait)
        try:
            description = store.describe()
        except IndexNotFound:
            if not create:
                raise
            from searcher.api.making import create_empty

            create_empty(store, files, wait)
        else:
            if files.given:
                try:
                    check_dictionary(store, index._latest().analyzer, description, files)
                except BaseException:
                    index.close()
                    raise
        return index

    @classmethod
    def build(
        cls,
        path: AnyPath,
        folders: Iterable[AnyPath],
        *,
        dictionary: AnyPath | None = None,
        stop_words: AnyPath | None = None,
        progress: "ProgressCallback | None" = None,
        jobs: int | None = None,
        memory: int | None = None,
        wait: float = 0.0,
        selection: Selection | None = None,
        shards: int | None = None,
        replicas: int | None = None,
    ) -> "Report":
        """Build an index from nothing, whether or not there is one, and put it in force at once.

        It is how an index of another version, with another dictionary, or damaged is replaced.
        Without ``dictionary`` and ``stop_words`` it keeps those of the index that is there.
        Readers see the old index until the new one is whole. For the arguments see ``sync`` and
        ``open``.

        Raises:
            DocumentError: A folder does not exist.
            IndexLocked: Another process is writing.
            DictionaryError: The dictionary or the stop list cannot be read.
        """
        from searcher.index.building import Resources
        from searcher.index.store import Store

        resources = Resources.of(jobs, memory)
        files = DictionaryFiles.of(dictionary, stop_words)
        check_layout(path, shards, replicas)
        if is_address(path):
            from searcher.api.remote import ClusterIndex, settings_of

            settings = settings_of(progress, selection)
            return ClusterIndex.build_at(
                str(path), folders, files, settings, resources, wait, shards, replicas
            )
        with cls(Store(path_of(path)), wait) as index:
            settings = index._settings(progress, selection)
            return index._build(roots_of(folders), files, settings, resources)

    @staticmethod
    def check(
        path: AnyPath, *, progress: "ProgressCallback | None" = None, sample: int | None = 200
    ) -> "CheckReport":
        """Look at everything that an index has: what is wrong with it, and what to do.

        All files are compared with their checksums, all that is in them with each other, and a
        sample of documents is cut again and compared with what is found by them. Others may read
        the index and write to it meanwhile.

        Example:
            >>> searcher.Index.check("index").ok
            True

        Args:
            path: The directory of the index, or its address. It may be damaged.
            progress: Is called from time to time with how far it has come.
            sample: How many documents to cut again; None for all.

        Raises:
            ArgumentError: A value is not one that the argument takes.
            IndexNotFound: There is no index.
            IndexMismatch: It is of another version.
        """
        from searcher.index.checking.checker import check
        from searcher.index.store import Store

        check_callable("progress", progress)
        if sample is not None:
            check_count("sample", sample)
        if is_address(path):
            from searcher.api.remote import ClusterIndex

            return ClusterIndex.checked(str(path), progress, sample)
        return check(Store(path_of(path)), progress, sample=sample)

    @staticmethod
    def recorded_folders(path: AnyPath) -> tuple[str, ...]:
        """The folders that an index was last made equal to, whatever its version.

        Empty if there is no index, if no folder was ever indexed, or if it is damaged.
        """
        from searcher.index.store import Store

        if is_address(path):
            from searcher.api.remote import ClusterIndex

            return ClusterIndex.recorded(str(path))[0]
        return Store(path_of(path)).recorded_folders()

    @staticmethod
    def recorded_selection(path: AnyPath) -> Selection:
        """Which files of these folders were to be read then; the usual ones if that is unknown."""
        from searcher.index.store import Store

        if is_address(path):
            from searcher.api.remote import ClusterIndex

            return ClusterIndex.recorded(str(path))[1]
        return Store(path_of(path)).recorded_selection()

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
        """Make the index equal to folders: add, update and remove what differs.

        What was read from other folders before is removed; what came by ``add`` stays. A file
        that cannot be read is skipped and named in the report, and what was read from it before
        is kept. Files are told apart by size and time first, then by their content. A file with
        another name and the same content keeps its documents; they are given their new ids.

        Example:
            >>> report = index.sync(["corpus"])
            >>> report.added, report.unchanged, report.skipped
            (0, 44, ())

        Args:
            folders: Folders, or files, to be read whole.
            selection: Which files below the folders are read; None for the usual ones.
            dry_run: Whether to find out only what would be done.
            commit_every: After how many seconds what is finished is made visible, so that no more
                is lost if this is interrupted; None for only once, at the end.
            progress: Is called from time to time with how far it has come.
            jobs: How many processes may cut texts at the same time; None for as many as the
                machine has cores. Few documents take no more than this one.
            memory: How many megabytes all processes may take together; None for 512.

        Raises:
            DocumentError: A folder does not exist; nothing was changed.
            IndexLocked: Another process is writing.
        """
        from searcher.index.building import Resources
        from searcher.index.garbage import LITTLE, uncollected
        from searcher.index.planning import tells_more
        from searcher.index.preview import Preview
        from searcher.index.sweeping import sweep
        from searcher.index.sync import look, sync

        roots = roots_of(folders)
        resources = Resources.of(jobs, memory)
        settings = self._settings(progress, selection, commit_every)
        began = time.monotonic()
        if dry_run:
            return self._preview(roots, settings, resources, began)
        with uncollected() as resume, self._locked() as (state, old):
            planned = look(old, roots, settings)
            if planned.size > LITTLE:
                resume()
            if planned.is_empty:
                # Most of the time of a sync that changes nothing would be that of a transaction.
                target = Preview(state.reader, resources)
                report, manifest, _ = sync(target, old, roots, planned, settings)
                if not tells_more(manifest, old):
                    sweep(self._store.folder(state.description), state.reader.commit)
                    return self._finished(report, began)
            with self._transaction(state, resources) as writer:
                report, manifest, changed = sync(writer, old, roots, planned, settings)
                if changed or tells_more(manifest, old):
                    writer.commit(manifest)
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
        """The same from nothing, beside the old index, swapped in at once when it is whole.

        It keeps the dictionary; to change it use ``Index.build``. Documents that came by ``add``
        are in no folder, so they are gone. For the arguments see ``sync``.

        Raises:
            DocumentError: A folder does not exist; nothing was changed.
            IndexLocked: Another process is writing.
        """
        from searcher.index.building import Resources

        resources = Resources.of(jobs, memory)
        settings = self._settings(progress, selection)
        return self._build(roots_of(folders), DictionaryFiles(), settings, resources)

    def add(self, documents: Iterable[Document]) -> int:
        """Insert documents, or replace those with the same ids; returns how many were given.

        Of several with one id the last one counts. All become visible at once, or none.

        Example:
            >>> index.add([searcher.Document(id="a", title="理赔须知", body="理赔走绿色通道。")])
            1
            >>> index.delete(["a", "b"])
            1

        Raises:
            DocumentError: A document has a value that cannot be kept; nothing was changed.
            IndexLocked: Another process is writing.
        """
        from searcher.index.manifest import forget
        from searcher.index.prepare import checked

        if isinstance(documents, Document):
            raise ArgumentError(
                say("add takes a list of documents, not one", "add 需要文档的列表，而非单篇文档")
            )
        check_list("documents", documents)
        latest: dict[str, Document] = {}
        given = 0
        for document in documents:
            document = checked(document)
            latest.pop(document.id, None)
            latest[document.id] = document
            given += 1
        with self._writing() as (writer, manifest):
            paths = {one: writer.path(one) for one in latest}
            for document in latest.values():
                writer.put(document)
            if latest:
                writer.commit(forget(manifest, paths))
        return given

    def delete(self, ids: Iterable[str]) -> int:
        """Delete documents by their ids; returns how many of them there were.

        A document that was read from a file comes back with the next sync after the file changes.

        Raises:
            IndexLocked: Another process is writing.
        """
        from searcher.index.manifest import forget

        if isinstance(ids, str):
            raise ArgumentError(
                say("delete takes a list of ids, not a string", "delete 需要 id 的列表，而非字符串")
            )
        check_list("ids", ids)
        ids = list(ids)
        for one in ids:
            check_id(one)
        with self._writing() as (writer, manifest):
            paths = {one: writer.path(one) for one in ids}
            deleted = writer.delete(paths)
            if deleted:
                writer.commit(forget(manifest, paths))
        return deleted

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
        """Search. Any text is a query; see the README for the query language.

        Example:
            >>> results = index.search("核酸筛查", limit=5, facets=["year"])
            >>> results.total, results.facets["year"]
            (17, {'2022': 13})
            >>> results[0].snippet.text[15:19], results[0].snippet.spans
            ('核酸篩查', ((15, 19),))

        Args:
            query: What to look for.
            limit: How many hits to give at most; None for all.
            offset: How many of the best hits to leave out.
            syntax: ``plain`` to read the query as text without operators.
            mode: ``all`` if every word must be there, ``any`` if one is enough.
            since: The first day (month, year, moment) that the date may lie on; also ``today``,
                ``yesterday``, ``7d``, ``2w``, ``3m`` and ``1y``: the day so far back.
            until: The last one. Both go by the clock of the place where the document was
                written, unless a datetime with a zone is given.
            source: Only documents with this source, or one of these.
            tag: Only documents with this tag, or one of these.
            sort: ``date`` for the newest first.
            facets: What to count over all matching documents: ``source``, ``tag``, ``year``.
            snippet_width: How wide a snippet may be, in terminal cells (2 for a CJK character);
                0 for none, with nothing marked in the titles either, which is quicker.
            synonyms: What may stand for the plain words of the query, and counts for less.
            expand: Whether to look for words as well that the best documents share.

        Raises:
            ArgumentError: A value is not one that the argument takes.
            IndexCorrupt: The index is damaged.
        """
        check_query(query)
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
        with self._turn:
            return self._latest().search.search(query, options)

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
        """How a document comes by its score for a query; None if there is no such document.

        Example:
            >>> explanation = index.explain("核酸筛查", "faq-01")
            >>> explanation.matches, explanation.terms[0].term
            (True, '筛查')
        """
        check_query(query)
        check_id(id)
        options = Options(syntax=syntax, mode=mode, synonyms=synonyms, expand=expand)
        with self._reading() as state:
            return state.search.explain(query, id, options)

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
        """The documents most like one, without itself; None if there is no such document.

        They share the words that tell most of it, which the results have as their query. Copies
        of it come first. For the arguments see ``search``.

        Example:
            >>> index.similar("faq-01", limit=1)[0].title
            'iPhone13 视频查勘操作指引（内部试行）'

        Raises:
            ArgumentError: A value is not one that the argument takes.
            IndexCorrupt: The index is damaged.
        """
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
        with self._reading() as state:
            return state.search.similar(id, options)

    def get(self, id: str) -> Document | None:
        """The document with this id, as it was stored; None if there is none.

        Example:
            >>> index.get("faq-01").tags
            ('核酸筛查', '车险', '理赔')
        """
        check_id(id)
        with self._reading() as state:
            number = state.reader.find(id)
            return None if number is None else state.reader.document(number)

    def highlight(
        self, query: str, text: str, *, syntax: Literal["query", "plain"] = "query"
    ) -> "tuple[Span, ...]":
        """What to mark in any text for a query: (start, end) offsets, in order.

        Example:
            >>> index.highlight("理赔", "车险理赔须知")
            ((2, 4),)

        Of each word of the query the first 2,000 places are marked.
        """
        check_query(query)
        check_text(text)
        with self._reading() as state:
            return state.search.highlighter(query, syntax).spans(text)

    def suggest(self, text: str, *, limit: int = 10) -> "tuple[Suggestion, ...]":
        """How a text that was begun can go on, by words and titles of the index.

        The last word is completed, from pinyin too; what most documents have comes first.

        Example:
            >>> index.suggest("hes", limit=1)
            (Suggestion(text='核酸', documents=17),)

        Raises:
            ArgumentError: ``limit`` is not a whole number, or negative.
            IndexCorrupt: The index is damaged.
        """
        from searcher.api.types import Suggestion

        with self._reading() as state:
            return tuple(Suggestion(*found) for found in state.search.complete(text, limit))

    def analyze(self, text: str) -> "Analysis":
        """What a text is to this index: how it is folded and cut.

        Example:
            >>> index.analyze("iPhone15發布").words
            ('iphone15', 'iphone', '15', '发布')
        """
        from searcher.api.types import Analysis
        from searcher.text import gram_counts

        check_text(text)
        with self._reading() as state:
            folded = state.analyzer.folding.fold(text)
            return Analysis(
                folded=folded,
                words=tuple(token.term for token in state.analyzer.words(folded)),
                grams=tuple(gram for gram in gram_counts(folded) if len(gram) == 2),
            )

    @contextmanager
    def _writing(self) -> "Iterator[tuple[DocumentWriter, Manifest]]":
        """A transaction on the latest state. Others may search meanwhile."""
        with self._locked() as (state, manifest), self._transaction(state) as writer:
            yield writer, manifest

    @contextmanager
    def _locked(self) -> "Iterator[tuple[State, Manifest]]":
        """The right to write, and the state that is there to be changed."""
        with self._write_turn, self._store.locked(self._wait):
            # What a build left that was killed takes room.
            self._store.sweep(self._store.describe().folder)
            with self._reading() as state:
                manifest = self._manifest(state)
            try:
                yield state, manifest
            except SearcherError:
                raise
            except DAMAGE as error:
                raise self._store.corrupt(error) from error

    @contextmanager
    def _transaction(
        self, state: "State", resources: "Resources | None" = None
    ) -> "Iterator[DocumentWriter]":
        """A transaction on a state. The right to write must be held."""
        from searcher.index.building import Resources
        from searcher.index.writer import DocumentWriter

        # Threads that search have the other analyzer.
        analyzer = self._store.analyzer(state.description)
        analyzer.dictionary.check()
        folder = self._store.folder(state.description)
        with DocumentWriter(folder, analyzer, resources or Resources.of()) as writer:
            yield writer

    def _settings(
        self,
        progress: "ProgressCallback | None",
        selection: Selection | None,
        commit_every: float | None = None,
    ) -> "Settings":
        from searcher.index.sync import Settings

        if commit_every is not None:
            check_seconds("commit_every", commit_every)
        check_callable("progress", progress)
        return Settings(progress, commit_every, selection_of(selection), self._store.owned_in)

    def _preview(
        self, roots: "list[Path]", settings: "Settings", resources: "Resources", began: float
    ) -> "Report":
        from searcher.index.preview import Preview
        from searcher.index.sync import look, sync

        with self._reading() as state:
            reader, manifest = state.reader, self._manifest(state)
        planned = look(manifest, roots, settings)
        report, _, _ = sync(Preview(reader, resources), manifest, roots, planned, settings)
        total = reader.count + report.added - report.removed
        seconds = time.monotonic() - began
        return replace(report, dry_run=True, total=total, seconds=seconds)

    def _finished(self, report: "Report", began: float) -> "Report":
        with self._reading() as state:
            total = state.reader.count
        # Which files change is of use only before it is done, and may be a long list.
        return replace(report, changes=(), total=total, seconds=time.monotonic() - began)

    def _sweep_others(self) -> None:
        """Delete what builds have left that were killed, as far as it is clear which these are."""
        with suppress(IndexNotFound, IndexMismatch, IndexCorrupt):
            self._store.sweep(self._store.describe().folder)

    def _build(
        self,
        roots: "list[Path]",
        files: "DictionaryFiles",
        settings: "Settings",
        resources: "Resources",
    ) -> "Report":
        from searcher.api import making

        began = time.monotonic()
        folding = making.looked_at(roots, files)
        with self._write_turn, self._store.locked(self._wait):
            self._sweep_others()
            report, folder = making.build(self._store, folding, roots, files, settings, resources)
            self.close()
            self._store.sweep(folder)
        return self._finished(report, began)
