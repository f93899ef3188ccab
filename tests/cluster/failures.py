"""What goes wrong in a cluster must lose nothing: ``python -m tests.cluster.failures``.

Nodes and processes are killed, answers are refused and lost, and several processes feed one index.
What the index then has is compared with what the local engine has of the same folder. The tests do
so a few times, ``--full`` many times.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from searcher import Document, Index
from tests.cluster import states
from tests.cluster.child import WAIT
from tests.cluster.nodes import Cluster
from tests.cluster.proxy import Proxy, Trouble
from tests.cluster.reader import Reader

_ROOT = Path(__file__).resolve().parents[2]
_LONGEST = 240.0  # seconds for a process that writes
_HANGING = 240.0  # seconds until a cluster and who asks it must have given up a node that hangs
_DISK = 24  # megabytes
_MANY, _FEW = 10, 3
SHARDS, REPLICAS = 3, 1
TROUBLE = Trouble(refused=0.1, dropped=0.05, rejected=0.05)
SCENARIOS = (
    "readers_during_rebuild",
    "several_feeders",
    "same_documents_added_by_several",
    "answers_refused",
    "sync_killed",
    "rebuild_killed",
    "node_killed_during_sync",
    "node_killed_during_rebuild",
    "node_hung",
    "disk_full",
    "cluster_gone",
)
_SLOW = ("node_hung", "disk_full", "cluster_gone")  # minutes each, most of them waiting


class Failures:
    """Everything that is made to fail, on one cluster of three nodes.

    Args:
        cluster: Nobody else uses it.
        scratch: A folder.
        name: Of the indexes that are made; each has a number behind it.
        seed: Of chance.

    Attributes:
        counts: How often what was done, by name.
    """

    def __init__(self, cluster: Cluster, scratch: Path, name: str, seed: int = 1) -> None:
        self.counts = Counter[str]()
        self._cluster = cluster
        scratch.mkdir()
        self._scratch = scratch
        self._expected = states.Expected(scratch)
        self._name = name
        self._number = 0
        self._chance = random.Random(seed)

    def node_killed_during_rebuild(self) -> None:
        """A rebuild, and a reader, while a node dies: nothing is lost, and the node comes back."""
        folder, address, old = self._indexed(state=4)
        states.write(folder, state=5)
        new = self._expected.of(folder)
        pictures = [states.picture(old), states.picture(new)]
        victim = self._chance.randint(1, len(self._cluster.ports))
        with Reader(address, pictures) as reader:
            with writing("rebuild", address, [folder]) as process:
                time.sleep(self._chance.uniform(0, 2))
                self._cluster.kill(victim)
                is_lost = lost_its_build(process)
            if is_lost:
                with writing("rebuild", address, [folder]) as process:
                    finish(process)
            self._settle(reader)
            assert reader.seen[-1] == 1
            self._cluster.restart(victim)
            self._cluster.wait()
            self._settle(reader)
        self._check(address, new)
        # What the others had is there again where it was: any other node may now die.
        other = self._chance.choice([n for n in (1, 2, 3) if n != victim])
        self._cluster.kill(other)
        self._cluster.wait(status="yellow")
        self._check(address, new)
        self._cluster.restart(other)
        self._cluster.wait()
        self.counts["nodes killed"] += 2

    def node_killed_during_sync(self) -> None:
        """A sync while a node dies: nothing is lost."""
        folder, address, _ = self._indexed(state=4)
        states.write(folder, state=6)
        victim = self._chance.randint(1, len(self._cluster.ports))
        with writing("sync", address, [folder]) as process:
            time.sleep(self._chance.uniform(0, 1))
            self._cluster.kill(victim)
            finish(process)
        self._check(address, self._expected.of(folder))
        self._cluster.restart(victim)
        self._cluster.wait()
        self._check(address, self._expected.of(folder))
        self.counts["nodes killed"] += 1

    def node_hung(self) -> None:
        """A node hangs during searches and a sync: they go on without it, and nothing is lost."""
        _, read, old = self._indexed(state=4)
        folder, address, _ = self._indexed(state=4)
        states.write(folder, state=5)
        new = self._expected.of(folder)
        victim = self._chance.randint(1, len(self._cluster.ports))
        with Reader(read, [states.picture(old)]) as reader:
            try:
                with writing("sync", address, [folder]) as process:
                    time.sleep(self._chance.uniform(0, 1))
                    self._cluster.hang(victim)
                    finish(process)
                self._settle(reader, seconds=_HANGING)
                self._check(address, new)
            finally:
                self._cluster.wake(victim)
            self._cluster.wait(seconds=_HANGING)
            self._settle(reader)
        self._check(address, new)
        self.counts["nodes hung"] += 1

    def cluster_gone(self) -> None:
        """All nodes die during a sync, which says so; when they are back, all is done."""
        folder, address, _ = self._indexed(state=4)
        states.write(folder, state=5, documents=3000)
        nodes = range(1, len(self._cluster.ports) + 1)
        with writing("sync", address, [folder]) as process:
            for node in nodes:
                self._cluster.kill(node)
            began = time.monotonic()
            told, _ = process.communicate(timeout=_LONGEST)
            assert process.returncode and "ClusterError: no OpenSearch answers" in told, told
            self.counts["seconds until it was said"] += round(time.monotonic() - began)
        for node in nodes:
            self._cluster.restart(node)
        self._cluster.wait(seconds=_HANGING)
        with writing("sync", address, [folder]) as process:
            finish(process)
        self._check(address, self._expected.of(folder))
        self.counts["clusters gone"] += 1

    def disk_full(self) -> None:
        """A node's disk is full during a sync: it says so, or is done by the other nodes.

        Searches go on, nothing is lost, and with room on the disk the next sync does what is left.
        """
        scratch = self._scratch / f"small-{self._next()}"
        with Cluster.start(scratch / "cluster", disk=_DISK) as cluster:
            small = Failures(cluster, scratch / "files", "full")
            folder, address, _ = small._indexed(state=4)
            states.write(folder, state=5, documents=8000)
            told = _tried("sync", address, [folder])
            small._searchable(address)
            cluster.resize_disk(20 * _DISK)
            # It may not yet have been seen that there is room.
            end = time.monotonic() + _LONGEST
            while told:
                is_said = "No space left on device" in told or "flood-stage" in told
                self.counts[f"refused, {'with' if is_said else 'without'} the disk as reason"] += 1
                assert "searcher.errors.ClusterError" in told, told
                assert time.monotonic() < end, told
                time.sleep(1)
                told = _tried("sync", address, [folder])
            # Until it is put out, for not hearing of it, the node answers by the copies it had.
            cluster.wait(seconds=_HANGING)
            small._check(address, small._expected.of(folder))
        self.counts["disks full"] += 1

    def readers_during_rebuild(self) -> None:
        """Readers of rebuilds see the old state or the new one, never a gap."""
        folder, address, old = self._indexed(state=4)
        known = [states.picture(old)]
        for state in (5, 6):
            states.write(folder, state)
            known.append(states.picture(self._expected.of(folder)))
        with Reader(address, known) as reader, Reader(address, known) as other:
            for state in (5, 6):
                states.write(folder, state)
                with Index.open(address) as index:
                    index.rebuild([folder])
                self._settle(reader)
                self._settle(other)
                assert reader.seen[-1] == other.seen[-1] == state - 4
        self.counts["rebuilds under readers"] += 2

    def sync_killed(self, times: int = 2) -> None:
        """A sync is killed at a moment of chance, several times; each time the next mends it."""
        self._process_killed("sync", times)

    def rebuild_killed(self, times: int = 2) -> None:
        """The same for a rebuild."""
        self._process_killed("rebuild", times)

    def answers_refused(self, trouble: Trouble = TROUBLE) -> None:
        """All is done through a proxy that refuses, drops and rejects; all succeeds."""
        folder = self._scratch / f"folder-{self._next()}"
        states.write(folder, state=4)
        with Proxy(self._cluster.ports[0], trouble, self._chance.randrange(1 << 30)) as proxy:
            address = f"opensearch+http://127.0.0.1:{proxy.port}/{self._name}-{self._number}"
            with Index.open(
                address, create=True, shards=SHARDS, replicas=REPLICAS, wait=WAIT
            ) as index:
                for do, state in ((index.sync, 4), (index.sync, 5), (index.rebuild, 6)):
                    states.write(folder, state)
                    do([folder])
                    self._check(address, self._expected.of(folder))
                index.add([Document(id="added", title="一", body=states.EVERY)])
                assert index.get("added") is not None
                index.delete(["added"])
                assert index.get("added") is None
            self.counts.update({f"proxy: {name}": n for name, n in proxy.counts.items()})

    def several_feeders(self) -> None:
        """Several processes feed one index, each from its own files, at the same time."""
        folder = self._scratch / f"folder-{self._next()}"
        states.write(folder, state=4)
        address = self._cluster.engine_address(f"{self._name}-{self._number}")
        with Index.open(address, create=True, shards=SHARDS, replicas=REPLICAS):
            pass
        for state in (4, 5):
            states.write(folder, state)
            processes = [
                start("sync", f"{address}?part={part.name}", [part])
                for part in states.parts(folder)
            ]
            for process in processes:
                finish(process)
            together: dict[str, Document] = {}
            for part in states.parts(folder):
                together |= self._expected.of(part)
            self._check(address, together)
        self.counts["feeders"] += len(processes)

    def same_documents_added_by_several(self) -> None:
        """Several processes add the same documents at the same time: each is there once."""
        address = self._cluster.engine_address(f"{self._name}-{self._next()}")
        with Index.open(address, create=True, shards=SHARDS, replicas=REPLICAS):
            pass
        wanted = [
            Document(id=f"r{number}", title=f"公告{number}", body=f"{states.EVERY}{number}")
            for number in range(500)
        ]
        records = [{"id": one.id, "title": one.title, "body": one.body} for one in wanted]
        file = self._scratch / f"{self._number}.jsonl"
        file.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
        processes = [start("add", address, [file]) for _ in range(3)]
        for process in processes:
            finish(process)
        self._check(address, {one.id: one for one in wanted})
        self.counts["feeders"] += len(processes)

    def _process_killed(self, job: str, times: int) -> None:
        folder, address, _ = self._indexed(state=4)
        length = 2.0
        for state in range(5, 5 + times):
            states.write(folder, state)
            with writing(job, address, [folder]) as process:
                try:
                    process.wait(self._chance.uniform(0, length))
                    self.counts[f"{job}: too late"] += 1
                except subprocess.TimeoutExpired:
                    end(process)
                    self.counts[f"{job}: killed"] += 1
            self._searchable(address)
            began = time.monotonic()
            with writing(job, address, [folder]) as process:
                finish(process)
            length = time.monotonic() - began
            self._check(address, self._expected.of(folder))
            self._nothing_left_over(address)

    def clear(self) -> None:
        """Delete the indexes that were made."""
        pattern = f"{self._name}-*?format=json&h=index&expand_wildcards=all"
        for made in self._cluster.request("GET", f"_cat/indices/{pattern}"):
            self._cluster.request("DELETE", made["index"])

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _indexed(self, state: int) -> tuple[Path, str, dict[str, Document]]:
        """A folder, the address of an index of it, and what is in it."""
        number = self._next()
        folder = self._scratch / f"folder-{number}"
        states.write(folder, state)
        address = self._cluster.engine_address(f"{self._name}-{number}")
        with Index.open(address, create=True, shards=SHARDS, replicas=REPLICAS) as index:
            index.sync([folder])
        self._cluster.wait()
        wanted = self._expected.of(folder)
        self._check(address, wanted)
        return folder, address, wanted

    def _check(self, address: str, wanted: dict[str, Document]) -> None:
        """See that an index has exactly these documents, and finds them."""
        with Index.open(address) as index:
            documents = list(index.documents())
            found = {document.id: document for document in documents}
            assert len(found) == len(documents), "a document is there twice"
            assert found.keys() == wanted.keys(), found.keys() ^ wanted.keys()
            different = [name for name in wanted if found[name] != wanted[name]]
            assert not different, f"{found[different[0]]} is not {wanted[different[0]]}"
            assert index.status().documents == len(wanted)
            hits = index.search(states.EVERY, limit=None)
            seen = [(hit.id, hit.title) for hit in hits]
            assert len(seen) == len(set(seen)), "a document is found twice"
            unlike = sorted(states.picture(wanted).symmetric_difference(seen))
            assert not unlike, f"{len(unlike)} are not as they are kept: {unlike[:4]}"

    def _searchable(self, address: str) -> None:
        with Index.open(address) as index:
            assert index.search(states.EVERY).total > 0

    def _nothing_left_over(self, address: str) -> None:
        """See that the cluster keeps one build of an index, and none that was not finished."""
        name = address.rpartition("/")[2]
        made = self._cluster.request("GET", f"_cat/indices/{name}-*?format=json&h=index")
        assert len(made) == 1, made

    @staticmethod
    def _settle(reader: Reader, answers: int = 3, seconds: float = 60.0) -> None:
        """Wait until a reader has had answers to what it began to ask from now on."""
        wanted = len(reader.seen) + answers
        end = time.monotonic() + seconds
        while len(reader.seen) < wanted:
            if reader.seen:
                reader.check()
            assert time.monotonic() < end, "the reader is told nothing any more"
            time.sleep(0.05)


def start(job: str, address: str, paths: Iterable[Path]) -> subprocess.Popen[str]:
    """Start a process that writes to an index; it has begun when this returns.

    Args:
        job: What `tests.cluster.child` does.
        address: The index.
        paths: What it reads.
    """
    command = [sys.executable, "-m", "tests.cluster.child", job, address, *map(str, paths)]
    return subprocess.Popen(
        command,
        cwd=_ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def begun(process: subprocess.Popen[str]) -> None:
    """Wait until a process has opened the index."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line == "working\n", line + process.stdout.read()


def lost_its_build(process: subprocess.Popen[str]) -> bool:
    """Wait for a process; whether a node died with the only copy of a part of the new build.

    In the moment in which a build is made there are no other copies yet. Then the process says
    that a node is down, and is to be started again; else it must succeed.
    """
    told, _ = process.communicate(timeout=_LONGEST)
    if process.returncode and "shards do not answer. Is a node down?" in told:
        return True
    assert process.returncode == 0, told
    assert "done" in told, told
    return False


def finish(process: subprocess.Popen[str]) -> None:
    """Wait for a process that must succeed."""
    told, _ = process.communicate(timeout=_LONGEST)
    assert process.returncode == 0, told
    assert "done" in told, told


def _tried(job: str, address: str, paths: Iterable[Path]) -> str:
    """Write with a process; returns what it says if it fails, and nothing else."""
    process = start(job, address, paths)
    try:
        told, _ = process.communicate(timeout=_LONGEST)
    finally:
        end(process)
    return told if process.returncode else ""


def end(process: subprocess.Popen[str]) -> None:
    """Kill a process and all that it started, and wait for it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


@contextmanager
def writing(job: str, address: str, paths: Iterable[Path]) -> Iterator[subprocess.Popen[str]]:
    """A process that writes to an index and has begun; it is gone after the block."""
    process = start(job, address, paths)
    try:
        begun(process)
        yield process
    finally:
        end(process)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--full",
    is_flag=True,
    help=f"{_MANY} times each, {_FEW} the slow ones: three quarters of an hour.",
)
@click.option("--times", type=click.IntRange(1), help="How often each.")
@click.option("--only", type=click.Choice(SCENARIOS), multiple=True, help="Default: all.")
@click.option("--seed", default=1, show_default=True, help="Of chance.")
def main(full: bool, times: int | None, only: tuple[str, ...], seed: int) -> None:
    """Let a cluster of three nodes fail in all ways. Exit status 1 if something was lost."""
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="searcher-failures-") as temporary,
        Cluster.start(Path(temporary) / "cluster") as cluster,
    ):
        for name in only or SCENARIOS:
            failures = Failures(cluster, Path(temporary) / name, name.replace("_", "-"), seed)
            many = times or ((_FEW if name in _SLOW else _MANY) if full else 1)
            for _ in range(many):
                getattr(failures, name)()
                failures.clear()
            done = ", ".join(f"{what} {count}" for what, count in sorted(failures.counts.items()))
            print(f"{name}: {many} × passed ({done}; {time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
