"""One cluster for all processes of a test run, started by the first that needs it.

Most tests use it beside each other, each with indexes of its own. A test that kills nodes must be
alone, so all others hold a shared lock for as long as they run, and it an exclusive one.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.nodes import Cluster


def shared_cluster(folder: Path, nodes: int = 3) -> Cluster:
    """The cluster of a test run; to be left, not closed.

    Args:
        folder: What all processes of the run know; the cluster has a folder of its own in it.
        nodes: How many, when it is started.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "starting").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        there = [path for path in folder.iterdir() if path.is_dir()]
        for path in there:
            if cluster := Cluster.join(path):
                return cluster
        return Cluster.start(folder / f"cluster-{len(there)}", nodes)


@contextmanager
def turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """While a test uses the cluster: beside others, or alone."""
    with (folder / "turns").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
