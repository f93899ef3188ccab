"""One query by a process that has just been started."""

import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks.engines.stock import SCRIPT

OURS = "python -m searcher search"
INSTALLED = "searcher search"
STOCK = "a script with jieba and Whoosh"
IMPORTS = 'python -c "import click, rich.console"'


def commands(index: Path, stock_index: Path, query: str) -> dict[str, list[str]]:
    """What is started; the installed script only where there is one."""
    search = ["search", query, "--index", str(index)]
    found = {
        OURS: [sys.executable, "-m", "searcher", *search],
        STOCK: [sys.executable, "-W", "ignore", "-c", SCRIPT, str(stock_index), query],
        IMPORTS: [sys.executable, "-c", "import click, rich.console"],
    }
    script = shutil.which("searcher", path=sysconfig.get_path("scripts"))
    if script is not None:
        found[INSTALLED] = [script, *search]
    return found


def take_turns(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, float]:
    """The median seconds of each, from start to end; they are started in turns."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            began = time.perf_counter()
            subprocess.run(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
            )
            if turn:  # the first time, files are read
                seconds[name].append(time.perf_counter() - began)
    return {name: median(times) for name, times in seconds.items()}
