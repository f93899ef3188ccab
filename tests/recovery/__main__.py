"""Kill processes that index, and look at what is left of the index: see the package."""

import sys
import tempfile
import time
from pathlib import Path

import click

from tests.recovery.killing import KINDS, Killer, Trial

_SHORT, _FULL = 25, 200


@click.command()
@click.option("--full", is_flag=True, help=f"{_FULL} of each kind instead of {_SHORT}.")
@click.option("--cases", type=int, help="How many of each kind.")
@click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Default: all.")
@click.option("--seed", default=1, help="Of chance.")
@click.option("--keep-going", is_flag=True, help="Do not stop at the first that fails.")
def main(
    full: bool, cases: int | None, kinds: tuple[str, ...], seed: int, keep_going: bool
) -> None:
    """Kill processes that index. Exit status 1 if one left what it must not leave."""
    failures = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, Killer() as killer:
        trial = Trial(Path(scratch), killer, seed)
        for kind in kinds or KINDS:
            for _ in range(cases or (_FULL if full else _SHORT)):
                try:
                    trial.run(kind)
                except AssertionError as error:
                    if not keep_going:
                        raise
                    failures += 1
                    notes = " ".join(getattr(error, "__notes__", ()))
                    print(f"{notes}\n{error}"[:2000], flush=True)
            print(f"{kind}: {trial.counts[kind]} recovered", flush=True)
    for name, count in sorted(trial.counts.items()):
        if name not in KINDS:
            print(f"  {name}: {count}")
    print(f"{failures} failures, {time.monotonic() - began:.0f} s")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
