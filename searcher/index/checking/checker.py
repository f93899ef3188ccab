"""The whole check, in order: the pointer, the files, the segments, the manifest, a sample."""

import time
from pathlib import Path

from searcher.errors import IndexCorrupt, IndexNotFound
from searcher.index import commits
from searcher.index.checking import files
from searcher.index.checking.content import check_content
from searcher.index.checking.findings import Findings
from searcher.index.checking.report import CheckReport
from searcher.index.commits import Commit
from searcher.index.locking import holder
from searcher.index.report import ProgressCallback
from searcher.index.store import MARKER, POINTER, WHOOSH_LOCK, Description, Store
from searcher.language import say
from searcher.reasons import system_reason
from searcher.text import Analyzer

SAMPLE = 200  # documents that are cut again, if not all are

_ATTEMPTS = 5


def check(
    store: Store, progress: ProgressCallback | None = None, *, sample: int | None = SAMPLE
) -> CheckReport:
    """Look at everything that an index has. Others may read it and write to it meanwhile.

    Args:
        store: The index.
        progress: Is called from time to time with how far it has come.
        sample: How many documents to cut again; None for all.

    Raises:
        IndexNotFound: There is none.
        IndexMismatch: It was made by another version of this package.
    """
    began = time.monotonic()
    for _ in range(_ATTEMPTS):
        before = _state(store)
        findings = Findings(store, progress)
        _Check(store, findings, sample).run()
        # What was looked at may have been swept away by a commit.
        if not findings.problems or _state(store) == before:
            break
    return CheckReport(
        tuple(findings.problems),
        findings.files,
        findings.bytes,
        findings.documents,
        findings.sampled,
        time.monotonic() - began,
    )


def _state(store: Store) -> tuple[bytes, list[str], bool]:
    """What a commit or a rebuild changes."""
    try:
        pointer = store.pointer.read_bytes()
    except OSError:
        pointer = b""
    names: list[str] = []
    for folder in store.generations():
        try:
            names += [f"{folder.name} {commits.latest_generation(folder)}"]
        except OSError:
            names += [folder.name]
    return pointer, names, files.is_being_written(store.path)


class _Check:
    """One go at it."""

    def __init__(self, store: Store, findings: Findings, sample: int | None) -> None:
        self._store = store
        self._findings = findings
        self._sample = sample

    def run(self) -> None:
        """Note all that is wrong."""
        description = self._description()
        if description is not None:
            folder = self._store.folder(description)
        else:
            generations = self._store.generations()
            if not generations:
                raise self._store.not_found()
            folder = generations[-1]
        files.check_locks(self._store.path, folder, self._findings)
        if not folder.is_dir():
            self._findings.rebuild(folder.name, say("is missing", "缺失"))
            return
        commit = self._commit(folder)
        whole = self._check_files(folder, description, commit)
        if commit is None:
            return
        analyzer = None if description is None else self._analyzer(description)
        check_content(folder, commit, whole, analyzer, self._sample, self._findings)

    def _description(self) -> Description | None:
        if not self._store.exists() and (
            # Who makes the first index, or was killed at it, is written down; later it is damage.
            not self._store.generations() or holder(self._store.path) is not None
        ):
            raise self._store.not_found()
        self._findings.files += 1
        try:
            self._findings.bytes += self._store.pointer.stat().st_size
            return self._store.describe()
        except (IndexNotFound, OSError):
            self._findings.rebuild(POINTER, say("is missing", "缺失"))
        except IndexCorrupt as error:
            self._findings.rebuild(POINTER, error.__cause__ or say("is damaged", "已损坏"))
        return None

    def _commit(self, folder: Path) -> Commit | None:
        try:
            generation = commits.latest_generation(folder)
        except OSError as error:
            self._findings.rebuild(folder.name, system_reason(error))
            return None
        if generation < 0:
            name = files.record_name(folder, files.last_generation(folder))
            self._findings.rebuild(name, say("is missing", "缺失"))
            return None
        name = files.record_name(folder, generation)
        self._findings.files += 1
        try:
            self._findings.bytes += commits.path_of(folder, generation).stat().st_size
            return commits.read(folder, generation)
        except FileNotFoundError:
            self._findings.rebuild(name, say("is missing", "缺失"))
        except OSError as error:
            self._findings.rebuild(name, system_reason(error))
        except ValueError as error:
            self._findings.rebuild(name, error)
        return None

    def _check_files(
        self, folder: Path, description: Description | None, commit: Commit | None
    ) -> set[str]:
        """Look at all files; returns the names of those that are whole."""
        known = {
            **({} if description is None else description.files),
            **({} if commit is None else commit.files),
        }
        unknown: set[str] = set()
        if description is None or commit is None:
            # Without checksums of them, files can only be looked at for what they are.
            unknown = {path.name for path in folder.iterdir() if path.is_file()}
            unknown -= {*known, WHOOSH_LOCK, MARKER}
            unknown = {one for one in unknown if not commits.is_record(one)}
        whole = files.check_files(folder, known, unknown, self._findings)
        for name in sorted(unknown & whole):
            if Path(name).suffix not in commits.CONTAINERS:
                what = say("cannot be checked without the record of it", "没有记录，无法检查")
                self._findings.rebuild(f"{folder.name}/{name}", what)
        records = set() if commit is None else {commits.path_of(folder, commit.generation).name}
        if commit is not None and description is not None:
            files.check_surplus(self._store.path, folder, {*known, *records}, True, self._findings)
        return whole

    def _analyzer(self, description: Description) -> Analyzer | None:
        """What cuts texts; None if its files are damaged, which was noted."""
        try:
            analyzer = self._store.analyzer(description)
            analyzer.dictionary.check()
        except IndexCorrupt as error:
            self._damaged_dictionary(description, error.__cause__ or error)
            return None
        except ValueError as error:
            self._damaged_dictionary(description, error)
            return None
        return analyzer

    def _damaged_dictionary(self, description: Description, error: BaseException) -> None:
        folder = description.folder
        # Whose file was found to be damaged needs no second word.
        if not any(one.file.startswith(f"{folder}/") for one in self._findings.problems):
            self._findings.rebuild(folder, error)
