"""Building: text in, committed index out, each build in a process of its own.

``python -m tests.benchmarks.building ENGINE TEXTS FOLDER JOBS`` is that process.
"""

import json
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.benchmarks.engines import engine
from tests.benchmarks.memory import PeakMemory
from tests.benchmarks.texts import Collection

_FIGURES = "build.json"


@dataclass(frozen=True, slots=True)
class Build:
    """What it took to build an index.

    Attributes:
        seconds: From the call to the commit, merging included.
        documents: How many there are.
        text_bytes: Their titles and bodies in UTF-8.
        index_bytes: All files of the index.
        peak_bytes: The most memory that all processes took together.
    """

    seconds: float
    documents: int
    text_bytes: int
    index_bytes: int
    peak_bytes: int

    @property
    def documents_per_second(self) -> float:
        return self.documents / self.seconds

    @property
    def megabytes_per_second(self) -> float:
        return self.text_bytes / self.seconds / 1e6

    @property
    def size_ratio(self) -> float:
        """The index divided by the text."""
        return self.index_bytes / self.text_bytes


def index_folder(collection: Collection, name: str) -> Path:
    """Where an engine's index of a collection is."""
    return collection.folder / name / "index"


def build(collection: Collection, name: str, jobs: int) -> Build:
    """Build an index, or read what it took when it was built before."""
    folder = index_folder(collection, name)
    figures = folder.parent / _FIGURES
    if figures.exists():
        return Build(**json.loads(figures.read_text(encoding="utf-8")))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    order = [name, str(collection.texts), str(folder), str(jobs)]
    command = [sys.executable, "-m", __name__, *order]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as process,
        PeakMemory(process.pid) as peak,
    ):
        output, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    built = Build(
        seconds=json.loads(output.splitlines()[-1]),
        documents=collection.documents,
        text_bytes=collection.text_bytes,
        index_bytes=size_of(folder),
        peak_bytes=peak.bytes,
    )
    figures.write_text(json.dumps(asdict(built)), encoding="utf-8")
    return built


def size_of(folder: Path) -> int:
    """The bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main(arguments: list[str]) -> None:
    name, texts, folder, jobs = arguments
    builder = engine(name)
    began = time.perf_counter()
    builder.build(Path(texts), Path(folder), int(jobs))
    print(json.dumps(time.perf_counter() - began))


if __name__ == "__main__":
    main(sys.argv[1:])
