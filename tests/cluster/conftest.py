"""The cluster that tests ask: see `sharing`."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.cluster.artifacts import Unavailable
from tests.cluster.nodes import Cluster
from tests.cluster.sharing import shared_cluster, turn


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is the same for all processes of the test run."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    return folder / "shared-cluster"


@pytest.fixture(scope="session")
def opensearch(run_folder: Path) -> Iterator[Cluster]:
    """Three nodes for the whole test run. Tests ask for `cluster` or `lone_cluster` instead."""
    try:
        cluster = shared_cluster(run_folder)
    except Unavailable as reason:
        if os.environ.get("CI"):
            pytest.fail(f"OpenSearch cannot be had, in CI: {reason}")
        pytest.skip(str(reason))
    yield cluster
    cluster.leave()


@pytest.fixture
def cluster(opensearch: Cluster, run_folder: Path) -> Iterator[Cluster]:
    """Three nodes that others use at the same time; they all run."""
    with turn(run_folder, alone=False):
        yield opensearch


@pytest.fixture
def lone_cluster(opensearch: Cluster, run_folder: Path) -> Iterator[Cluster]:
    """Three nodes that nobody else uses now, so that they can be killed; they run again after."""
    with turn(run_folder, alone=True):
        yield opensearch
        for node in range(1, len(opensearch.ports) + 1):
            if opensearch.is_killed(node):
                opensearch.restart(node)
            else:
                opensearch.wake(node)
        opensearch.wait(status="yellow")


@pytest.fixture
def index_name(request: pytest.FixtureRequest, opensearch: Cluster) -> Iterator[str]:
    """A name for an index of this test; all that begins with it is deleted after the test."""
    words = re.sub("[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:60]
    name = f"{words}-{os.getpid()}"
    yield name
    made = opensearch.request(
        "GET", f"_cat/indices/{name}*?format=json&h=index&expand_wildcards=all"
    )
    for index in made:
        try:
            opensearch.request("DELETE", index["index"])
        except HTTPError as error:
            if error.code != 404:
                raise
