"""The full form: see the package."""

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import click

from tests.damage.asker import Asker, defect
from tests.damage.damaging import (
    Damage,
    anywhere,
    every,
    files_of,
    restore,
    restore_all,
    write_damaged,
)
from tests.damage.forging import forge
from tests.damage.making import make_index

# Cases by chance, damaged and forged. Without the kernel a case takes several times as long.
_SHORT = {"kernel": (100, 60), "numpy": (40, 20)}
_FULL = {"kernel": (700, 300), "numpy": (250, 150)}
_OF_EVERY = {"kernel": 1, "numpy": 3}  # one in so many systematic cases is done
# Checking takes two seconds without the kernel, and compares the same checksums.
_CHECKED = {"kernel": 1, "numpy": 20}  # one in so many cases is checked
_USES = 9  # questions in a case


def run(
    index: Path, engine: str, cases: int, seed: int, systematic: bool, check: bool, patience: float
) -> int:
    """Damage an index, and tell of each defect that was found; returns how many there are."""
    files = files_of(index)
    chance = random.Random(seed)
    damages: list[Damage] = []
    if systematic:
        step = _OF_EVERY[engine]
        damages += islice(every(index, files, chance), seed % step, None, step)
    damages += islice(anywhere(files, chance), cases)
    tally = _Tally(engine, "damaged", len(damages))
    with Asker(kernel=engine == "kernel", patience=patience) as asker:
        for number, damage in enumerate(damages):
            is_checked = check and number % _CHECKED[engine] == 0
            to_name = write_damaged(damage, files, index)
            answer = asker.ask(index, seed=number, uses=_USES, check=is_checked)
            restore(damage, files, index)
            what = f"{damage.file} {damage.what}"
            tally.add(what, answer, to_name if is_checked else [])
    return tally.finish()


def run_forged(
    index: Path, corpus: Path, engine: str, cases: int, seed: int, check: bool, patience: float
) -> int:
    """Damage an index with all checksums right, and read, check and write it; returns as above."""
    files = files_of(index)
    tally = _Tally(engine, "forged", cases)
    with Asker(kernel=engine == "kernel", patience=patience) as asker:
        for number in range(seed * 1_000_000, seed * 1_000_000 + cases):
            restore_all(files, index)
            what = forge(index, random.Random(number))
            is_checked = check and number % _CHECKED[engine] == 0
            answer = asker.ask(index, seed=number, uses=_USES, check=is_checked, corpus=corpus)
            tally.add(f"case {number}: {what}", answer, [])
    restore_all(files, index)
    return tally.finish()


class _Tally:
    """Counts what comes of cases of one kind."""

    def __init__(self, engine: str, kind: str, cases: int) -> None:
        self._engine, self._kind, self._all = engine, kind, cases
        self._counts: Counter[str] = Counter()
        self._began = time.monotonic()

    def add(self, what: str, answer: dict[str, Any], to_name: list[str]) -> None:
        """Take what came of a case, and tell of it if it is a defect."""
        counts = self._counts
        counts["cases"] += 1
        counts["checked"] += answer["files"] is not None
        counts["answers"] += answer["answers"]
        counts["errors"] += answer["errors"]
        failure = defect(answer, to_name)
        if failure:
            counts["defects"] += 1
            print(f"\n{self._engine}, {what}:\n{failure}", flush=True)
        if sys.stderr.isatty():
            print(f"\r{self._engine} {counts['cases']} of {self._all}", end="", file=sys.stderr)

    def finish(self) -> int:
        """Tell of all; returns how many defects there are."""
        counts, seconds = self._counts, time.monotonic() - self._began
        print(
            f"{self._engine}: {counts['cases']} {self._kind} indexes, {counts['checked']} of them "
            f"checked, {counts['answers']} answers, {counts['errors']} errors, "
            f"{counts['defects']} defects, {seconds:.0f} s",
            flush=True,
        )
        return counts["defects"]


@click.command()
@click.option("--full", is_flag=True, help="Every part of every file, and more by chance.")
@click.option("--cases", type=int, help="How many damages by chance, for each engine.")
@click.option("--seed", default=1, help="Of chance.")
@click.option("--engine", type=click.Choice(["kernel", "numpy", "both"]), default="both")
@click.option("--no-check", is_flag=True, help="Do not look whether check names the file.")
@click.option("--only", type=click.Choice(["damaged", "forged"]), help="One kind of damage only.")
@click.option("--patience", default=60.0, help="Seconds after which a case is said to hang.")
@click.option("--keep", type=click.Path(path_type=Path), help="Make the index here, or take it.")
def main(
    full: bool,
    cases: int | None,
    seed: int,
    engine: str,
    no_check: bool,
    only: str | None,
    patience: float,
    keep: Path | None,
) -> None:
    """Damage an index in many ways, and look what becomes of it. Exit status 1 for defects."""
    defects = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = keep or Path(scratch)
        if not (folder / "index").exists():
            make_index(folder / "index", folder / "corpus")
        work = Path(scratch) / "work"
        shutil.copytree(folder / "index", work)
        for name in ("kernel", "numpy") if engine == "both" else (engine,):
            damaged, forged = (_FULL if full else _SHORT)[name]
            if cases is not None:
                damaged = forged = cases
            if only != "forged":
                defects += run(work, name, damaged, seed, full, not no_check, patience)
            if only != "damaged":
                corpus = folder / "corpus"
                defects += run_forged(work, corpus, name, forged, seed, not no_check, patience)
    sys.exit(1 if defects else 0)


if __name__ == "__main__":
    main()
