"""Index hostile documents, and compare the memory that it takes with what it may: the package."""

import sys
import tempfile
from pathlib import Path

import click

from searcher.index.building import DEFAULT_MEMORY
from tests.hostile.indexing import Outcome, index_folder
from tests.hostile.making import FULL, KINDS, SMALL, make

_MOST_NAMED = 200  # of what is skipped


@click.command()
@click.option("--memory", type=int, default=DEFAULT_MEMORY, help="Megabytes that may be taken.")
@click.option("--small", is_flag=True, help="All is some megabytes large.")
@click.option("--only", default="*", help="A pattern of kind/name, such as pdf/bomb*.")
@click.option("--each", is_flag=True, help="An index for each kind.")
@click.option("--jobs", type=int, help="Worker processes.")
@click.option("--strict", is_flag=True, help="Exit status 1 if something is skipped.")
@click.option("--verbose", is_flag=True, help="Name all that is skipped.")
def main(
    memory: int,
    small: bool,
    only: str,
    each: bool,
    jobs: int | None,
    strict: bool,
    verbose: bool,
) -> None:
    """Index hostile documents. Exit status 1 if one is lost, or too much memory is taken."""
    options = ["--memory", str(memory), *(["--jobs", str(jobs)] if jobs else [])]
    options += ["--strict"] if strict else []
    is_good = True
    for number, pattern in enumerate(KINDS if each else (only,)):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "documents"
            words = make(folder, SMALL if small else FULL, pattern)
            size = sum(path.lstat().st_size for path in folder.rglob("*"))
            index = Path(scratch) / f"index{number}"
            outcome = index_folder(folder, index, words, *options, status=int(strict))
        is_good = _tell(pattern, size, outcome, memory, verbose) and is_good
    sys.exit(0 if is_good else 1)


def _tell(pattern: str, size: int, outcome: Outcome, memory: int, verbose: bool) -> bool:
    """Print what came of it; returns whether it is as it should be."""
    for defect in outcome.defects:
        print(defect)
    if verbose:
        for name, reason in [*outcome.skipped.items()][:_MOST_NAMED]:
            print(f"  {name}: {reason}")
    peak = outcome.peak >> 20
    parts = " + ".join(str(part >> 20) for part in outcome.processes)
    print(
        f"{pattern}: {size >> 20} MB, {outcome.documents} documents, {len(outcome.skipped)} "
        f"skipped, {outcome.seconds:.0f} s; peak {peak} MB ({parts}) of {memory} MB, "
        f"status {outcome.status}, {len(outcome.defects)} defects",
        flush=True,
    )
    return not outcome.defects and peak <= memory


if __name__ == "__main__":
    main()
