"""Making an index: an empty one, or one of folders in the place of another."""

from datetime import UTC, datetime
from pathlib import Path

from searcher.api.dictionary_files import DictionaryFiles
from searcher.documents import walk
from searcher.errors import IndexMismatch
from searcher.index.building import Resources
from searcher.index.manifest import Manifest
from searcher.index.report import Report
from searcher.index.store import Store
from searcher.index.sync import Settings, look, sync
from searcher.index.writer import DocumentWriter, create_index
from searcher.text import Analyzer, Dictionary, Folding


def create_empty(store: Store, files: DictionaryFiles, wait: float = 0.0) -> None:
    """Make an empty index, unless another process was faster.

    Raises:
        IndexLocked: Another process is writing.
        DictionaryError: The dictionary or the stop list cannot be read.
    """
    folding = Folding.from_opencc()
    analyzer = Analyzer(folding, Dictionary.compile(folding, files.read(folding)))
    with store.locked(wait):
        if store.exists():
            return
        folder = store.new_folder()
        try:
            store.save_analyzer(folder, analyzer)
            create_index(folder)
            store.activate(folder, analyzer, _now())
        except BaseException:
            store.discard(folder)  # the disk may be full: it must not be filled for nothing
            raise


def looked_at(roots: list[Path], files: DictionaryFiles) -> Folding:
    """The folding of a new index, when what it is to be made of was found to be there.

    Raises:
        DocumentError: A folder does not exist.
        DictionaryError: The dictionary or the stop list cannot be read.
    """
    folding = Folding.from_opencc()
    files.read(folding)
    next(walk(roots), None)
    return folding


def build(
    store: Store,
    folding: Folding,
    roots: list[Path],
    files: DictionaryFiles,
    settings: Settings,
    resources: Resources,
) -> tuple[Report, str]:
    """Make an index beside the old one and put it in force. The lock must be held.

    Returns:
        The report, and the name of the folder of the new index.
    """
    try:
        kept = store.user_dictionary()
    except IndexMismatch:
        if not files.given:
            raise
        kept = None
    user = files.read(folding, kept)
    analyzer = Analyzer(folding, Dictionary.compile(folding, user, store.dictionary()))
    folder = store.new_folder()
    try:
        store.save_analyzer(folder, analyzer)
        create_index(folder)
        with DocumentWriter(folder, analyzer, resources) as writer:
            planned = look(Manifest(), roots, settings)
            report, manifest, _ = sync(writer, Manifest(), roots, planned, settings)
            writer.commit(manifest)
        store.activate(folder, analyzer, _now())
    except BaseException:
        store.discard(folder)
        raise
    return report, folder.name


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
