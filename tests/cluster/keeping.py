"""The process that owns the nodes of a cluster: ``python -m tests.cluster.keeping FOLDER``.

What it is to do stands in the folder: each ``N.json`` is a node that should run, and it is started
(again) as long as its file is there. Whoever uses the cluster holds a shared lock on ``users``;
when nobody does any more, be it that all were killed, the nodes are stopped and the folder is
removed.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

_PAUSE = 0.1  # seconds between looks at the folder
_GRACE = 10.0  # seconds for a node to stop


class Keeper:
    """Starts and stops nodes.

    Args:
        folder: Where the cluster is: ``N.json``, ``users``, and a folder for each node.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, users: IO[str]) -> None:
        """Keep the nodes running until nobody holds a lock on the file `users`."""
        try:
            while not _alone(users):
                self._look()
                time.sleep(_PAUSE)
        finally:
            self._stop()
        marker = self._folder / "keeper"
        if (self._folder / "keep").exists():
            marker.unlink()
            return
        for path in self._folder.glob("*/*/data"):
            if path.is_mount():
                subprocess.run(["umount", str(path)], check=True)
        for path in self._folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path != marker:
                path.unlink()
        shutil.rmtree(self._folder)

    def _look(self) -> None:
        for name, process in list(self._running.items()):
            if process.poll() is not None:
                del self._running[name]
                (self._folder / f"{name}.pid").unlink()
        for path in self._folder.glob("*.json"):
            if path.stem not in self._running:
                self._start(path)

    def _start(self, path: Path) -> None:
        try:
            command = json.loads(path.read_bytes())["command"]
        except FileNotFoundError:  # not wanted any more
            return
        with (self._folder / f"{path.stem}.out").open("ab") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        self._running[path.stem] = process
        part = self._folder / f"{path.stem}.pid.part"
        part.write_text(str(process.pid))
        part.rename(self._folder / f"{path.stem}.pid")

    def _stop(self) -> None:
        for process in self._running.values():
            process.terminate()
        end = time.monotonic() + _GRACE
        for process in self._running.values():
            try:
                process.wait(max(end - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _alone(users: IO[str]) -> bool:
    """Whether nobody else has a lock on a file; if so, nobody gets one any more."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def main(folder: Path) -> None:
    """Keep a cluster, as a process of its own that outlives who starts it."""
    if os.fork():
        return
    os.setsid()
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with (folder / "users").open("r") as users:
        Keeper(folder).run(users)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
