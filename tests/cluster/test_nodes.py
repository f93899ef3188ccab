"""The cluster under the tests is a real one: nodes join, die and come back with their data."""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError

import pytest

from tests.cluster.artifacts import Unavailable, java
from tests.cluster.nodes import Cluster


def count(cluster: Cluster, index: str) -> int:
    found: int = cluster.request("GET", f"{index}/_count")["count"]
    return found


def test_three_nodes_keep_what_one_of_them_loses(lone_cluster: Cluster, index_name: str) -> None:
    settings = {"number_of_shards": 3, "number_of_replicas": 1}
    lone_cluster.request("PUT", index_name, {"settings": settings})
    lone_cluster.wait()
    for number in range(20):
        lone_cluster.request("PUT", f"{index_name}/_doc/{number}?refresh=true", {"text": "核酸"})

    lone_cluster.kill(1)
    lone_cluster.wait(2, status="yellow")
    with pytest.raises(URLError):
        lone_cluster.request("GET", "", node=1)
    assert count(lone_cluster, index_name) == 20

    lone_cluster.restart(1)
    lone_cluster.wait(3)
    lone_cluster.kill(2)
    lone_cluster.wait(2, status="yellow")
    assert count(lone_cluster, index_name) == 20


def test_the_whitespace_tokenizer_is_there(cluster: Cluster) -> None:
    answer = cluster.request("POST", "_analyze", {"tokenizer": "whitespace", "text": "核酸 检测"})
    assert [token["token"] for token in answer["tokens"]] == ["核酸", "检测"]


def test_the_cluster_ends_when_all_who_use_it_are_gone(cluster: Cluster, tmp_path: Path) -> None:
    program = (
        "import os, sys, pathlib\n"
        "from tests.cluster.nodes import Cluster\n"
        "cluster = Cluster.start(pathlib.Path(sys.argv[1]), nodes=1)\n"
        "print((cluster.folder / '1.pid').read_text(), flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    folder = tmp_path / "data"
    command = [sys.executable, "-c", program, str(folder)]
    killed = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120)
    assert killed.returncode == -9
    end = time.monotonic() + 30
    while folder.exists():
        assert time.monotonic() < end
        time.sleep(0.1)
    with pytest.raises(ProcessLookupError):
        os.kill(int(killed.stdout), 0)


def test_without_java_the_reason_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(Unavailable, match="no Java"):
        java()
