"""How long importing takes, beside that of click: ``python -m tests.benchmarks.importing``.

It is the processor's time of the import itself, in a process of its own, the median of many.
"""

import subprocess
import sys
from statistics import median

PROGRAM = (
    "import time; began = time.process_time(); {}; print(1000 * (time.process_time() - began))"
)
MEASURED = (
    "import click",
    "import searcher",
    "from searcher import Index",
    "from searcher import Index, Document, Selection, Synonyms, SearcherError, Hit, Results",
    "from searcher import *",
)
ROUNDS = 21


def milliseconds(statement: str) -> float:
    """The time that one import takes."""
    command = [sys.executable, "-c", PROGRAM.format(statement)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Measure in turns, so that all have the same company on the machine."""
    times: dict[str, list[float]] = {statement: [] for statement in MEASURED}
    for _ in range(ROUNDS):
        for statement, found in times.items():
            found.append(milliseconds(statement))
    click = median(times["import click"])
    for statement, found in times.items():
        print(f"{median(found):6.1f} ms  {median(found) / click:5.2f} x  {statement}")


if __name__ == "__main__":
    main()
