"""An index to be synced, made if there is none, of which nothing is left if nothing comes of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from searcher.api.arguments import check_layout
from searcher.api.dictionary_files import AnyPath, DictionaryFiles
from searcher.api.index import Index
from searcher.api.types import Status
from searcher.cluster.address import is_address
from searcher.errors import IndexNotFound, SearcherError

if TYPE_CHECKING:
    from searcher.index.store import Store


@contextmanager
def ensured_index(
    path: AnyPath,
    roots: Sequence[Path],
    *,
    dictionary: AnyPath | None = None,
    stop_words: AnyPath | None = None,
    jobs: int | None = None,
    memory: int | None = None,
    wait: float = 0.0,
    dry_run: bool = False,
    shards: int | None = None,
    replicas: int | None = None,
) -> Iterator[Index]:
    """Open an index for a sync in the body.

    Unlike ``Index.build`` a first sync commits what it has finished from time to time. If it ends
    before anything is committed, the directory is left as it was found. With ``dry_run`` an index
    that is not there is an empty one elsewhere.

    Raises:
        DocumentError: There is no index, and a folder does not exist.
        ArgumentError: There is no index, and the resources cannot be used.
    """
    check_layout(path, shards, replicas)
    try:
        index = Index.open(path, dictionary=dictionary, stop_words=stop_words, wait=wait)
    except IndexNotFound:
        pass
    else:
        with index:
            yield index
        return

    from tempfile import TemporaryDirectory

    from searcher.api.making import looked_at
    from searcher.index.building import Resources
    from searcher.index.store import Store

    Resources.of(jobs, memory)
    looked_at(list(roots), DictionaryFiles.of(dictionary, stop_words))
    if dry_run:
        with (
            TemporaryDirectory() as elsewhere,
            Index.open(
                elsewhere, create=True, dictionary=dictionary, stop_words=stop_words
            ) as index,
        ):
            yield index
        return
    with Index.open(
        path,
        create=True,
        dictionary=dictionary,
        stop_words=stop_words,
        wait=wait,
        shards=shards,
        replicas=replicas,
    ) as index:
        if is_address(path):  # what was written there before an error, the next sync goes on from
            yield index
            return
        made = index.status()
        try:
            yield index
        except BaseException:
            with suppress(SearcherError, OSError):
                _unmake(Store(Path(path)), index, made)
            raise


def _unmake(store: "Store", index: Index, made: Status) -> None:
    """Delete an index to which nothing was committed since it was made."""
    with store.locked():
        now = index.status()
        if (now.created, now.generation) == (made.created, made.generation):
            folder = store.folder(store.describe())
            index.close()
            store.pointer.unlink()
            store.discard(folder)
