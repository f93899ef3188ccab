"""Asks a child process about indexes, and notices when it dies or does not answer."""

import json
import os
import selectors
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

_PATIENCE = 60.0  # seconds; a case takes a tenth of one, or a few with everything instrumented

_MOST = 700  # megabytes that a case may take


def defect(answer: dict[str, Any], to_name: list[str]) -> str:
    """What is wrong with what came of a case; empty if nothing is.

    Args:
        answer: What came of it.
        to_name: The files that a check should have named.
    """
    failure: str = answer["failure"]
    if not failure and answer["megabytes"] > _MOST:
        failure = f"it took {answer['megabytes']} MB"
    if not failure and not {*to_name} <= {*(answer["files"] or ())}:
        failure = f"check names {answer['files']}"
    return failure


class Asker:
    """A child process, started again when a case has ended it."""

    def __init__(self, *, kernel: bool, patience: float = _PATIENCE) -> None:
        """Take whether it uses the kernel, and for how many seconds it may think."""
        self._environment = {**os.environ, "SEARCHER_KERNEL": "on" if kernel else "off"}
        self._patience = patience
        self._child: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Asker":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def ask(
        self,
        path: Path,
        *,
        seed: int = 0,
        uses: int = 0,
        check: bool = False,
        corpus: Path | None = None,
    ) -> dict[str, Any]:
        """What came of an index; ``failure`` is empty unless it is a defect.

        Args:
            path: The index.
            seed: Which of all questions are asked.
            uses: How many of them; 0 for all.
            check: Whether it is checked; ``files`` are then those in which there are problems.
            corpus: What it is made equal to, after which more is written to it; None for not.
        """
        child = self._child or self._start()
        assert child.stdin is not None and child.stdout is not None
        case = {
            "path": str(path),
            "seed": seed,
            "uses": uses,
            "check": check,
            "corpus": str(corpus or ""),
        }
        child.stdin.write(json.dumps(case) + "\n")
        child.stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ)
            is_there = selector.select(self._patience)
        line = child.stdout.readline() if is_there else ""
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        status = child.poll() if is_there else None
        self._end()
        failure = f"it died: {status or child.returncode}" if is_there else "it hangs"
        return {"answers": 0, "errors": 0, "failure": failure, "files": None, "megabytes": 0}

    def _start(self) -> "subprocess.Popen[str]":
        # Instrumented builds need all addresses there are.
        limit = [] if "libasan" in os.environ.get("LD_PRELOAD", "") else ["--limit"]
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.damage.child", *limit],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environment,
            text=True,
        )
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()
