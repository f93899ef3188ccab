"""A process that writes to an index, and may be killed: ``python -m tests.cluster.child``."""

import json
import sys
from pathlib import Path

from searcher import Document, Index

WAIT = 120.0  # seconds for another writer, or until one that was killed is known to be gone


def main(job: str, address: str, *paths: str) -> None:
    """Write to an index.

    Args:
        job: ``sync``, ``rebuild``, or ``add`` for the records of a file.
        address: The index; it is there.
        paths: What is read.
    """
    with Index.open(address, wait=WAIT) as index:
        print("working", flush=True)
        match job:
            case "sync":
                done = index.sync(paths).total
            case "rebuild":
                done = index.rebuild(paths).total
            case "add":
                lines = Path(paths[0]).read_text(encoding="utf-8").splitlines()
                done = index.add(Document(**json.loads(line)) for line in lines)
            case _:
                raise ValueError(job)
    print(f"done {done}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
