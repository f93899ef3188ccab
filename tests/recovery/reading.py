"""A process that searches all the time, until its standard input ends: what it saw, and when."""

import json
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from searcher import Index

COMMON = "核酸检测"
"""A word of all documents."""


def title(state: int) -> str:
    """The title of all documents of a state."""
    return f"第{state}版"


def look(index: Index, documents: int) -> int:
    """Search once; the state that the answer is of.

    Raises:
        AssertionError: The answer is of several states, or documents are missing.
    """
    results = index.search(COMMON, limit=None)
    titles = {hit.title for hit in results}
    assert len(titles) == 1, f"a mixture of states: {titles}"
    assert len(results) == results.total == documents, f"{len(results)} of {results.total}"
    # Documents that are read one by one are of one state, too, though it need not be this one.
    assert len({document.title for document in index.documents()}) == 1
    found = titles.pop()
    return int(found[1:-1])


def main(path: Path, documents: int, again: bool) -> None:
    """Look, and at last print a JSON list of [when it was begun, state], or of one error.

    Args:
        path: The index.
        documents: How many there are in each state.
        again: Whether to open the index for each search.
    """
    ended = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    seen: list[tuple[float, int]] = []
    index = Index.open(path)
    print("ready", flush=True)
    try:
        while not ended.is_set():
            if again:
                index.close()
                index = Index.open(path)
            began = time.monotonic()
            seen.append((began, look(index, documents)))
        print(json.dumps({"seen": seen, "failure": ""}))
    except Exception as error:
        with suppress(BrokenPipeError):
            print(json.dumps({"seen": seen, "failure": repr(error)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), "again" in sys.argv[3:])
