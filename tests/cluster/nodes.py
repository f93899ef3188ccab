"""A real OpenSearch on this machine, one process a node: ``python -m tests.cluster.nodes``."""

import fcntl
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import click

from tests.cluster.artifacts import RUNNER, Unavailable, jars, java

_ROOT = Path(__file__).resolve().parents[2]
_MAIN = "org.codelibs.opensearch.runner.OpenSearchRunner"
_KIND = "Plugin" if int(RUNNER.partition(".")[0]) < 3 else "ModulePlugin"
_PLUGINS = (  # the whitespace tokenizer; HTTP; update and delete by query; scripts
    f"org.opensearch.analysis.common.CommonAnalysis{_KIND}",
    f"org.opensearch.transport.Netty4{_KIND}",
    f"org.opensearch.index.reindex.Reindex{_KIND}",
    f"org.opensearch.index.mapper.MapperExtras{_KIND}",
    f"org.opensearch.painless.Painless{_KIND}",
)
_HIGHEST = 9299  # the runner takes no higher HTTP port
_START = 180.0  # seconds; a quiet machine takes 20
# Compiled quickly rather than well: a test ends before more would pay.
_QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NotStarted(Exception):
    """The cluster did not come up, or not in time; the message has the end of its output."""


class Cluster:
    """A cluster of OpenSearch nodes, alive as long as a process has it open.

    Made by `start` or `join`. Used as a context manager, or closed by `close`.

    Args:
        folder: Where its data and state are.
        users: The open file whose lock keeps it alive.
    """

    def __init__(self, folder: Path, users: IO[str]) -> None:
        self.folder = folder
        self._users = users
        described = json.loads((folder / "cluster").read_bytes())
        self.name: str = described["name"]
        self.ports: list[int] = described["ports"]

    @classmethod
    def start(
        cls,
        folder: Path,
        nodes: int = 3,
        *,
        heap: int = 256,
        first_port: int | None = None,
        quick: bool = True,
        keep: bool = False,
        disk: int | None = None,
    ) -> Self:
        """Start a cluster and wait until all its nodes have joined.

        Args:
            folder: For its data; made, and removed at the end.
            nodes: How many.
            heap: Memory of a node's heap in megabytes.
            first_port: HTTP ports follow each other from here. None: free ones.
            quick: Compile quickly rather than well, as tests want it; False for timings.
            keep: Do not remove the folder, so that its data can be used again.
            disk: Give the last node a disk of so many megabytes, in memory.

        Raises:
            Unavailable: OpenSearch cannot be had here, or such a disk.
            NotStarted: It did not come up.
        """
        program, library = java(), jars()
        folder = folder.resolve()
        users = _first_user(folder)
        ports = _http_ports(nodes, first_port)
        transports = _free_ports(nodes, 20_000, 30_000)
        name = f"searcher-{secrets.token_hex(4)}"
        described = folder / "cluster"
        if described.exists():  # its data knows the name it was made with
            name = json.loads(described.read_bytes())["name"]
        described.write_text(json.dumps({"name": name, "ports": ports}))
        if keep:
            (folder / "keep").touch()
        peers = json.dumps([f"127.0.0.1:{port}" for port in transports])
        for number, (http, transport) in enumerate(zip(ports, transports, strict=True), 1):
            settings = folder / str(number) / "node_1" / "config" / "opensearch.yml"
            settings.parent.mkdir(parents=True, exist_ok=True)
            watched = str(disk is not None).lower()
            settings.write_text(_SETTINGS.format(transport=transport, peers=peers, watched=watched))
            options = [f"-Xms{heap}m", f"-Xmx{heap}m", *(_QUICK if quick else ())]
            arguments = [
                *("-basePath", str(folder / str(number)), "-numOfNode", "1"),
                *("-baseHttpPort", str(http - 1), "-clusterName", name),
                *("-moduleTypes", ",".join(_PLUGINS)),
            ]
            command = [program, *options, "-cp", f"{library}/*", _MAIN, *arguments]
            (folder / f"{number}.json").write_text(json.dumps({"command": command}))
        keeper = [sys.executable, "-m", "tests.cluster.keeping", str(folder)]
        if disk is not None:
            data = folder / str(nodes) / "node_1" / "data"
            data.mkdir()
            keeper = [*_with_disk(data, disk), *keeper]
        with (folder / "keeper").open("w") as output:
            subprocess.run(
                keeper,
                cwd=_ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=True,
            )
        cluster = cls(folder, users)
        try:
            cluster.wait(seconds=_START)
        except BaseException:
            cluster.close()
            raise
        return cluster

    @classmethod
    def join(cls, folder: Path) -> Self | None:
        """Open a cluster that another process has started; None if it is not there any more."""
        try:
            users = (folder / "users").open("r")
            fcntl.flock(users, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return cls(folder, users)
        except FileNotFoundError:
            return None
        except BlockingIOError:  # it is being stopped
            users.close()
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def leave(self) -> None:
        """Use it no more; it is stopped when nobody else uses it."""
        self._users.close()

    def close(self) -> None:
        """Use it no more, and wait until it has stopped. Nobody else may have it open."""
        self._users.close()
        while (self.folder / "keeper").exists():
            time.sleep(0.05)

    @property
    def addresses(self) -> list[str]:
        """The addresses of all nodes, those that do not run too."""
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    def engine_address(self, index: str) -> str:
        """What `searcher.Index.open` takes for an index here; it names every node."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        return f"opensearch+http://{hosts}/{index}"

    def request(
        self, method: str, path: str, body: object = None, *, node: int | None = None
    ) -> Any:
        """Ask a node, by default the first that answers, and return what its JSON says.

        Raises:
            OSError: It does not answer, or with an error.
        """
        data = None if body is None else json.dumps(body).encode()
        failure: OSError = ConnectionRefusedError("no node answers")
        for port in self.ports if node is None else [self.ports[node - 1]]:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/{path}",
                data,
                {"Content-Type": "application/json"},
                method=method,
            )
            try:
                with _OPENER.open(request, timeout=120) as answer:
                    return json.loads(answer.read() or b"null")
            except urllib.error.HTTPError as error:
                error.close()
                raise
            except OSError as error:
                failure = error
        raise failure

    def wait(
        self, nodes: int | None = None, *, status: str = "green", seconds: float = 60.0
    ) -> None:
        """Wait until so many nodes (all that should run) have joined and shards are there.

        Args:
            nodes: How many.
            status: ``green``: every shard and its replicas; ``yellow``: every shard.
            seconds: How long.

        Raises:
            NotStarted: It took longer.
        """
        end = time.monotonic() + seconds
        wanted = len(list(self.folder.glob("*.json"))) if nodes is None else nodes
        query = f"wait_for_nodes={wanted}&wait_for_status={status}&timeout=1s"
        answer: Any = None
        while time.monotonic() < end:
            try:
                answer = self.request("GET", f"_cluster/health?{query}")
            except OSError as error:
                answer = error
            else:
                if answer["cluster_name"] != self.name:
                    raise NotStarted(f"another cluster answers on the ports {self.ports}")
                if not answer["timed_out"]:
                    return
            time.sleep(0.2)
        told = "\n".join(
            f"{path.name}: {path.read_text(errors='replace')[-1500:]}"
            for path in sorted(self.folder.glob("*.out"))
        )
        raise NotStarted(f"after {seconds:.0f} s: {answer}\n{told}")

    def kill(self, node: int) -> None:
        """Kill a node (counted from 1) at once; it stays away until `restart`."""
        (self.folder / f"{node}.json").rename(self.folder / f"{node}.off")
        self._signal(node, signal.SIGKILL)
        while (self.folder / f"{node}.pid").exists():
            time.sleep(0.02)

    def restart(self, node: int) -> None:
        """Start a node again that was killed, with the data it had; see `wait`."""
        (self.folder / f"{node}.off").rename(self.folder / f"{node}.json")

    def is_killed(self, node: int) -> bool:
        """Whether a node was killed and not started again."""
        return (self.folder / f"{node}.off").exists()

    def hang(self, node: int) -> None:
        """Stop a node from doing anything, though its connections stay, until `wake`."""
        self._signal(node, signal.SIGSTOP)

    def wake(self, node: int) -> None:
        """Let a node go on that hangs; does nothing to one that does not."""
        self._signal(node, signal.SIGCONT)

    def resize_disk(self, size: int) -> None:
        """Give the disk of the last node another size, in megabytes."""
        number = len(self.ports)
        pid = (self.folder / f"{number}.pid").read_text()
        data = self.folder / str(number) / "node_1" / "data"
        inside = ["nsenter", "-t", pid, "-U", "--preserve-credentials", "-m"]
        subprocess.run([*inside, "mount", "-o", f"remount,size={size}m", str(data)], check=True)

    def _signal(self, node: int, number: signal.Signals) -> None:
        os.kill(int((self.folder / f"{node}.pid").read_text()), number)

    def memory(self) -> int:
        """Resident memory of all nodes' processes, in bytes."""
        return 1024 * sum(map(int, self._told("rss")))

    def processor_seconds(self) -> int:
        """What the processes of all nodes that run have used of processors, in whole seconds."""
        return sum(map(int, self._told("cputimes")))

    def _told(self, column: str) -> list[str]:
        pids = ",".join(path.read_text() for path in self.folder.glob("*.pid"))
        command = ["ps", "-o", f"{column}=", "-p", pids]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def _first_user(folder: Path) -> IO[str]:
    """Make the folder of a cluster and the lock that keeps it alive.

    Raises:
        NotStarted: A cluster runs there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    users = (folder / "users").open("w")
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        users.close()
        raise NotStarted(f"a cluster runs in {folder}") from None
    for pattern in ("*.json", "*.off", "*.pid"):  # of one whose keeper was killed
        for path in folder.glob(pattern):
            path.unlink()
    fcntl.flock(users, fcntl.LOCK_SH)
    return users


_SETTINGS = """\
network.host: 127.0.0.1
transport.port: {transport}
discovery.seed_hosts: {peers}
cluster.initial_cluster_manager_nodes: {peers}
cluster.routing.allocation.disk.threshold_enabled: {watched}
cluster.routing.allocation.disk.watermark.low: 4mb
cluster.routing.allocation.disk.watermark.high: 3mb
cluster.routing.allocation.disk.watermark.flood_stage: 2mb
cluster.info.update.interval: 10s
cluster.routing.allocation.node_concurrent_recoveries: 8
indices.recovery.max_bytes_per_sec: 400mb
"""


def _with_disk(folder: Path, size: int) -> list[str]:
    """What is put before a command that is to see a small disk of its own in a folder.

    The disk is there for that command and what it starts, and is gone with them.

    Raises:
        Unavailable: The system has no such thing.
    """
    script = 'mount -t tmpfs -o "size=$1m" tmpfs "$0" && shift && exec "$@"'
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, str(folder), str(size)]
    try:
        done = subprocess.run([*command, "true"], capture_output=True, text=True)
    except FileNotFoundError as error:
        raise Unavailable(f"no small disk: {error}") from error
    if done.returncode:
        raise Unavailable(f"no small disk: {done.stderr.strip()}")
    return command


def _http_ports(count: int, first: int | None) -> list[int]:
    if first is None:
        return _free_ports(count, 5_000, _HIGHEST + 1)
    ports = list(range(first, first + count))
    if ports[-1] > _HIGHEST:
        raise NotStarted(f"the ports must be at most {_HIGHEST}")
    for port in ports:
        if not _is_free(port):
            raise NotStarted(f"port {port} is in use")
    return ports


def _free_ports(count: int, lowest: int, above: int) -> list[int]:
    """Ports that nobody listens on, by chance, so that two who look find different ones."""
    ports: list[int] = []
    while len(ports) < count:
        port = random.SystemRandom().randrange(lowest, above)
        if port not in ports and _is_free(port):
            ports.append(port)
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--nodes", default=3, show_default=True, type=click.IntRange(1, 9))
@click.option("--heap", default=512, show_default=True, help="Megabytes a node.")
@click.option("--port", default=9201, show_default=True, help="Of the first node; others follow.")
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the data here. Default: a temporary folder, gone at the end.",
)
def main(nodes: int, heap: int, port: int, work: Path | None) -> None:
    """Start an OpenSearch of several nodes on this machine, to try the cluster, until Ctrl-C.

    It listens on loopback, without TLS or passwords.
    """
    with tempfile.TemporaryDirectory(prefix="searcher-cluster-") as temporary:
        folder = work or Path(temporary) / "data"
        print(f"starting {nodes} nodes …", file=sys.stderr, flush=True)
        try:
            with Cluster.start(
                folder, nodes, heap=heap, first_port=port, quick=False, keep=work is not None
            ) as cluster:
                print(cluster.engine_address("news"), flush=True)
                print("Ctrl-C ends it", file=sys.stderr, flush=True)
                ends = {signal.SIGINT, signal.SIGTERM}
                signal.pthread_sigmask(signal.SIG_BLOCK, ends)
                signal.sigwait(ends)
        except (Unavailable, NotStarted) as reason:
            raise click.ClickException(str(reason)) from None


if __name__ == "__main__":
    main()
