"""The full form: see the package."""

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from itertools import islice
from pathlib import Path

import click

from tests.damage.asker import Asker, defect
from tests.damage.damaging import anywhere, every, files_of, restore, restore_all, write_damaged
from tests.damage.forging import forge
from tests.damage.making import make_index

_SHORT, _FULL = 300, 20_000  # cases of each engine
_USES = 9  # questions in a case


def run(
    index: Path, kernel: bool, cases: int, seed: int, systematic: bool, check: bool, patience: float
) -> Counter[str]:
    """Damage an index, and tell of each defect that was found."""
    files = files_of(index)
    chance = random.Random(seed)
    counts: Counter[str] = Counter()
    damages = [*every(files)] if systematic else []
    damages += islice(anywhere(files, chance), cases)
    engine = "kernel" if kernel else "numpy"
    began = time.monotonic()
    with Asker(kernel=kernel, patience=patience) as asker:
        for number, damage in enumerate(damages):
            to_name = write_damaged(damage, files, index)
            answer = asker.ask(index, seed=number, uses=_USES, check=check)
            restore(damage, files, index)
            counts["cases"] += 1
            counts["answers"] += answer["answers"]
            counts["errors"] += answer["errors"]
            failure = defect(answer, to_name if check else [])
            if failure:
                counts["defects"] += 1
                print(f"\n{engine}: {damage.file} {damage.what}:\n{failure}", flush=True)
            if sys.stderr.isatty():
                print(f"\r{engine} {number + 1} of {len(damages)}", end="", file=sys.stderr)
    seconds = time.monotonic() - began
    print(
        f"{engine}: {counts['cases']} damaged indexes, {counts['answers']} answers, "
        f"{counts['errors']} errors, {counts['defects']} defects, {seconds:.0f} s",
        flush=True,
    )
    return counts


def run_forged(
    index: Path, corpus: Path, kernel: bool, cases: int, seed: int, check: bool, patience: float
) -> Counter[str]:
    """Damage an index with all checksums right, and read, check and write it."""
    files = files_of(index)
    counts: Counter[str] = Counter()
    engine = "kernel" if kernel else "numpy"
    began = time.monotonic()
    with Asker(kernel=kernel, patience=patience) as asker:
        for number in range(seed * 1_000_000, seed * 1_000_000 + cases):
            restore_all(files, index)
            what = forge(index, random.Random(number))
            answer = asker.ask(index, seed=number, uses=_USES, check=check, corpus=corpus)
            counts["cases"] += 1
            counts["answers"] += answer["answers"]
            counts["errors"] += answer["errors"]
            failure = defect(answer, [])
            if failure:
                counts["defects"] += 1
                print(f"\n{engine}, case {number}: {what}:\n{failure}", flush=True)
    restore_all(files, index)
    print(
        f"{engine}: {counts['cases']} forged indexes, {counts['answers']} answers, "
        f"{counts['errors']} errors, {counts['defects']} defects, "
        f"{time.monotonic() - began:.0f} s",
        flush=True,
    )
    return counts


@click.command()
@click.option("--full", is_flag=True, help="All bytes of small files, and of the ends of others.")
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
            count = cases if cases is not None else _FULL if full else _SHORT
            is_kernel = name == "kernel"
            if only != "forged":
                counts = run(work, is_kernel, count, seed, full, not no_check, patience)
                defects += counts["defects"]
            if only != "damaged":
                corpus = folder / "corpus"
                counts = run_forged(work, corpus, is_kernel, count, seed, not no_check, patience)
                defects += counts["defects"]
    sys.exit(1 if defects else 0)


if __name__ == "__main__":
    main()
