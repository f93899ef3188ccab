"""Nodes and processes that die, and answers that do not come, lose nothing: short forms.

``python -m tests.cluster.failures --full`` has the long ones.
"""

from pathlib import Path

import pytest

from tests.cluster.artifacts import Unavailable
from tests.cluster.failures import Failures
from tests.cluster.nodes import Cluster


@pytest.fixture
def failures(cluster: Cluster, tmp_path: Path, index_name: str) -> Failures:
    """What needs no dead node."""
    return Failures(cluster, tmp_path / "failures", index_name)


@pytest.fixture
def node_failures(lone_cluster: Cluster, tmp_path: Path, index_name: str) -> Failures:
    """What kills nodes."""
    return Failures(lone_cluster, tmp_path / "failures", index_name)


def test_readers_of_a_rebuild_see_the_old_state_or_the_new_one(failures: Failures) -> None:
    failures.readers_during_rebuild()


def test_several_processes_feed_one_index_from_their_own_files(failures: Failures) -> None:
    failures.several_feeders()


def test_several_processes_add_the_same_documents(failures: Failures) -> None:
    failures.same_documents_added_by_several()


def test_what_is_refused_or_not_answered_is_done_again(failures: Failures) -> None:
    failures.answers_refused()
    assert all(failures.counts[f"proxy: {name}"] for name in ("refused", "dropped", "rejected"))


def test_a_sync_that_was_killed_is_repeated(failures: Failures) -> None:
    failures.sync_killed()


def test_a_rebuild_that_was_killed_is_repeated(failures: Failures) -> None:
    failures.rebuild_killed()


def test_a_node_dies_during_a_sync(node_failures: Failures) -> None:
    node_failures.node_killed_during_sync()


def test_a_node_dies_during_a_rebuild_and_searches_go_on(node_failures: Failures) -> None:
    node_failures.node_killed_during_rebuild()


def test_a_disk_is_full_and_nothing_is_lost(failures: Failures) -> None:
    try:
        failures.disk_full()
    except Unavailable as reason:
        pytest.skip(str(reason))
    assert failures.counts["disks full"] == 1
