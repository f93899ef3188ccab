"""Indexing a folder of hostile documents as anybody would, and looking what came of it."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from searcher import Index
from searcher.documents.walking import printable_name
from tests.benchmarks.memory import PeakMemory
from tests.hostile.making import files_of

_LONGEST = 1800  # seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it.

    Attributes:
        status: The exit status.
        peak: The most bytes that all processes took together.
        processes: What each of them took then, the main process first.
        seconds: How long it took.
        documents: How many there are in the index.
        skipped: The reasons by the names of what was skipped.
        defects: What is not as it should be, a line each.
        errors: What was on standard error.
    """

    status: int
    peak: int
    processes: tuple[int, ...]
    seconds: float
    documents: int
    skipped: dict[str, str]
    defects: tuple[str, ...]
    errors: str


def index_folder(
    folder: Path, index: Path, words: list[str], *options: str, status: int = 0
) -> Outcome:
    """Run ``searcher index`` and look whether everything was read or named.

    Args:
        folder: The documents.
        index: The new index.
        words: What must be found, each in one document.
        options: More options.
        status: The exit status that there should be.
    """
    command = ["index", str(folder), "--index", str(index), "--quiet", "--json", *options]
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "searcher", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with PeakMemory(process.pid) as memory:
        try:
            output, errors = process.communicate(timeout=_LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
    seconds = time.monotonic() - began
    defects: list[str] = []
    skipped: dict[str, str] = {}
    documents = 0
    if process.returncode != status:
        defects.append(f"exit status {process.returncode} instead of {status}: {errors[-2000:]}")
    if process.returncode in (0, 1) and output:
        skipped = {one["name"]: one["reason"] for one in json.loads(output)["skipped"]}
        with Index.open(index) as opened:
            documents = opened.status().documents
            paths = {document.path or "" for document in opened.documents()}
            defects += [
                f"{word} is found {found} times"
                for word in words
                if (found := opened.search(f'"{word}"').total) != 1
            ]
        known = {_file_of(name) for name in (*paths, *skipped)}
        defects += [
            f"neither read nor named: {name!r}"
            for name in files_of(folder)
            if not _is_known(printable_name(name), known)
        ]
    return Outcome(
        process.returncode,
        memory.bytes,
        tuple(memory.processes),
        seconds,
        documents,
        skipped,
        tuple(defects),
        errors,
    )


def _file_of(name: str) -> str:
    """The file that a document or a fault is in: ``a.zip`` of ``a.zip/b.txt#3``."""
    return name.partition("#")[0] if not name.partition("#")[0].endswith("/") else name


def _is_known(name: str, known: set[str]) -> bool:
    return name in known or any(one.startswith(f"{name}/") for one in known)
