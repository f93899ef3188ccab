"""The process that damaged indexes are opened in: a line of JSON for each case, and one in return.

It may die of a case, or not come back from it; ``asker`` notices.
"""

import json
import random
import sys
import traceback
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from searcher import Index, IndexMismatch
from searcher.api import opened
from tests.damage.asking import ask, write

_LIMIT = 6 << 30  # bytes of addresses, so that the machine lives on


def _peak() -> int:
    """The most memory this process has had since ``_forget_peak``, in megabytes; 0 if unknown."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) >> 10
    return 0


def _forget_peak() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def run(case: dict[str, Any]) -> dict[str, Any]:
    """Ask, check and perhaps change one index."""
    path = Path(case["path"])
    result: dict[str, Any] = {"answers": 0, "errors": 0, "failure": "", "files": None}
    _forget_peak()
    before = _peak()
    try:
        if case["check"]:
            with suppress(IndexMismatch):  # it is of another version, it says
                report = Index.check(path)
                result["files"] = sorted({problem.file for problem in report.problems})
        result["answers"], result["errors"] = ask(path, random.Random(case["seed"]), case["uses"])
        if case["corpus"]:
            answers, errors = write(path, Path(case["corpus"]))
            result["answers"] += answers
            result["errors"] += errors
    except Exception:
        result["failure"] = traceback.format_exc()
    result["megabytes"] = _peak() - before
    return result


def main() -> None:
    """Answer until there is no more to answer."""
    warnings.simplefilter("ignore")
    # A damaged index is looked at again after a while, as a writer may be about to mend it.
    opened._PAUSE = 0.0
    if "--limit" in sys.argv:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_LIMIT, _LIMIT))
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
