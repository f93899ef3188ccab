"""What concerns all of an index, or many queries at once."""

from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from searcher.api.arguments import check_list, number_of_jobs
from searcher.api.opened import OpenedIndex
from searcher.documents.model import Document
from searcher.errors import ArgumentError
from searcher.language import say
from searcher.query.options import Options, check

if TYPE_CHECKING:
    from typing import IO, Unpack

    from searcher.api.dictionary_files import AnyPath
    from searcher.api.types import Exported, SearchOptions
    from searcher.index.report import ProgressCallback
    from searcher.query.results import Results


class WholeIndex(OpenedIndex):
    """An index that can be asked many things at once, be read as a whole, and be pickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        """A pickle has the path: where it is read, the index is opened anew."""
        return _reopened, (type(self), self.path.absolute(), self._wait)

    def search_many(
        self,
        queries: Iterable[str],
        *,
        jobs: int | None = None,
        totals: bool = False,
        **options: "Unpack[SearchOptions]",
    ) -> "Generator[Results, None, None]":
        """Search for thousands of queries.

        The results are those of ``search``, in the order of the queries. They come one by one, as
        they are asked for, so the queries may be more than fit into memory; ``close`` gives up the
        rest. All are answered by what was committed last when this was called.

        Example:
            >>> for results in index.search_many(["核酸筛查", "绿色通道"]):
            ...     print(results.query, results.total)
            核酸筛查 17
            绿色通道 7

        Few queries, and all of them with ``jobs=1``, are answered in this process, each when its
        results are asked for. With more, processes are started, queries are taken up to some
        hundred ahead of their answers, and ``total`` and ``suggestion`` are worked out in this
        process, when they are first asked for.

        Args:
            queries: What to look for.
            jobs: How many processes may search at the same time; None for as many as the machine
                has cores.
            totals: Whether ``total`` will be asked for, so that processes count as well.
            options: As for ``search``.

        Raises:
            ArgumentError: A value is not one that the argument takes.
            IndexCorrupt: The index is damaged.
        """
        if isinstance(queries, str):
            raise ArgumentError(
                say(
                    f"give a list of queries, not a single one: [{queries!r:.40}]",
                    f"请给出查询的列表，而非单个查询：[{queries!r:.40}]",
                )
            )
        check_list("queries", queries)
        chosen = Options(**options)
        check(chosen)
        count = number_of_jobs(jobs)
        with self._turn:
            state = self._latest()

        def search(query: str) -> "Results":
            with self._turn:
                return state.search.search(query, chosen)

        from searcher.api.batches import answered

        return answered(self.path, state, queries, chosen, count, totals, search)

    def documents(self) -> Iterator[Document]:
        """All documents of one state of the index, in no order that means anything.

        The index may be used and written to meanwhile.

        Example:
            >>> sum(document.source == "客服知识库" for document in index.documents())
            5
        """
        with self._reading() as state:
            reader = state.reader
        for number in reader.all_numbers().tolist():
            yield reader.document(number)

    def export(
        self,
        target: "AnyPath | IO[str] | IO[bytes]",
        *,
        progress: "ProgressCallback | None" = None,
    ) -> "Exported":
        """Write all documents of one state of the index as JSON Lines, one a line.

        ``sync`` reads them back as they are: ids, texts, dates with their zones, and all other
        fields. Of paths that of the file is put in front, as of an archive. Numbers among
        the extra fields that JSON does not have, NaN and infinite ones, are kept beside them.

        The index may be used and written to meanwhile. What is written takes no more memory than
        one document.

        Example:
            >>> index.export("backup.jsonl.gz").documents
            44
            >>> with searcher.Index.open("copy", create=True) as copy:
            ...     copy.sync(["backup.jsonl.gz"]).added
            44

        Args:
            target: A file, which is there when it is whole, packed if its name ends in ``.gz``,
                ``.bz2`` or ``.xz``; or an open stream.
            progress: Is called from time to time with how many documents are done, of how many.

        Raises:
            OSError: It cannot be written.
            IndexCorrupt: The index is damaged.
        """
        from searcher.api.exporting import export

        with self._reading() as state:
            count = state.reader.count
        return export(self.documents(), count, target, progress)


def _reopened(kind: type[WholeIndex], path: Any, wait: float) -> WholeIndex:
    from searcher.index.store import Store

    return kind(Store(path), wait)
