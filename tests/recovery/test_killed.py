"""Killed anywhere, it recovers: the last commit is there, and the next sync does the rest."""

import sys
from collections.abc import Iterator

import pytest

from tests.recovery.killing import Killer, Trial

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it needs groups of processes")

_CASES = 25


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with Killer() as killer:
        yield Trial(tmp_path_factory.mktemp("killed"), killer, seed=5)


@pytest.mark.parametrize("kind", ["build", "rebuild", "sync"])
def test_killed_anywhere_it_recovers(trial: Trial, kind: str) -> None:
    """See ``python -m tests.recovery`` for many more."""
    for _ in range(_CASES):
        trial.run(kind)
    assert trial.counts[kind] == _CASES
