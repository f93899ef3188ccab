"""Answers that come from all shards of a build: part of the hits would look like all.

A node that is lost takes its shards with it until their copies have taken their place, and a build
that is being deleted loses them one by one. The cluster meanwhile answers from those that are there
and says so only in numbers; then it is asked again.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from searcher.cluster.connection import BUSY, Connection, reason_of
from searcher.errors import ClusterError, IndexNotFound, SearcherError
from searcher.language import say

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

PATIENCE = 20.0  # seconds until all shards must answer
PAUSE = 0.25  # seconds
_NOT_FOUND = 404
_PAGE, _PAGE_OF_TEXTS = 1000, 200  # documents that are read at once
_KEEP_ALIVE = "5m"  # for which a reader may do something else between pages

Answers = Sequence[dict[str, Any]]


def whole(connection: Connection, build: str, ask: "Callable[[OpenSearch], Answers]") -> Answers:
    """The answers to searches of a build, each of all its shards.

    Args:
        connection: The cluster.
        build: The name of the build.
        ask: Asks the client.

    Raises:
        IndexNotFound: The build is not there any more.
        ClusterError: The cluster refuses, or some shards did not answer for too long.
    """
    end = time.monotonic() + PATIENCE
    while True:
        answers = connection.ask(ask)
        missing = [answer for answer in answers if not _is_whole(answer)]
        if not missing:
            return answers
        is_gone = any(answer.get("status") == _NOT_FOUND for answer in missing)
        if is_gone or not connection.ask(lambda client: client.indices.exists(index=build)):
            raise IndexNotFound(_refused(connection, say(f"{build} is gone", f"{build} 已不存在")))
        if time.monotonic() > end or _is_lasting(missing[0]):
            raise _error(connection, missing[0])
        time.sleep(PAUSE)


def scan(
    connection: Connection, build: str, query: dict[str, Any], fields: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """All documents of one state of a build that match, with some of their fields, by id.

    Where a node is lost meanwhile, those that are left are of the state of that moment.

    Raises:
        IndexNotFound: The build is not there any more.
        ClusterError: The cluster refuses, or some shards did not answer for too long.
    """
    page = _PAGE_OF_TEXTS if "body" in fields else _PAGE
    body: dict[str, Any] = {
        "size": page,
        "query": query,
        "_source": list(fields) or False,
        "sort": [{"id": "asc"}],
        "track_total_hits": False,
    }
    pit, is_new = _begin(connection, build), True
    try:
        while True:
            body["pit"] = {"id": pit, "keep_alive": _KEEP_ALIVE}
            try:
                answer = whole(connection, build, lambda client: [client.search(body=body)])[0]
            except IndexNotFound:
                if is_new:  # it is not only lost with a node
                    raise
                pit, is_new = _begin(connection, build), True
                continue
            is_new = False
            hits = answer["hits"]["hits"]
            for hit in hits:
                yield hit["_source"]
            if len(hits) < page:
                return
            pit = answer.get("pit_id", pit)
            body["search_after"] = hits[-1]["sort"]
    finally:
        _end(connection, pit)


def refresh(connection: Connection, build: str) -> None:
    """Have everything be seen that was written, on all copies of all shards.

    Raises:
        ClusterError: A shard did not do so for too long.
    """
    end = time.monotonic() + PATIENCE
    while True:
        shards = connection.ask(
            lambda client: client.indices.refresh(index=build)["_shards"], patient=True
        )
        if not shards["failed"]:  # copies that are not there yet will have it when they are
            return
        if time.monotonic() > end:
            raise _error(connection, {"_shards": shards})
        time.sleep(PAUSE)


def _begin(connection: Connection, build: str) -> str:
    def begin(client: Any) -> Any:
        return client.create_pit(index=build, keep_alive=_KEEP_ALIVE)

    return str(connection.ask(begin)["pit_id"])


def _end(connection: Connection, pit: str) -> None:
    def end(client: Any) -> Any:
        return client.delete_pit(body={"pit_id": [pit]}, ignore=[404])

    with suppress(SearcherError):  # the cluster forgets it after a while in any case
        connection.ask(end)


def _is_whole(answer: dict[str, Any]) -> bool:
    if "error" in answer or answer.get("timed_out"):
        return False
    # Shards that are not there are neither successful nor failed.
    return bool(answer["_shards"]["successful"] == answer["_shards"]["total"])


def _is_lasting(answer: dict[str, Any]) -> bool:
    """Whether it is no use to ask again."""
    return "error" in answer and answer.get("status") not in BUSY


def _error(connection: Connection, answer: dict[str, Any]) -> ClusterError:
    reason = answer.get("error")
    if reason is not None:
        return ClusterError(_refused(connection, reason_of(reason)))
    shards = answer["_shards"]
    failures = [one["reason"] for one in shards.get("failures", ())]
    if failures:
        return ClusterError(_refused(connection, reason_of(failures[0])))
    missing, total = shards["total"] - shards["successful"], shards["total"]
    address = connection.address
    return ClusterError(
        say(
            f"{address}: {missing} of {total} shards do not answer. Is a node down?",
            f"{address}：{total} 个分片中有 {missing} 个没有应答。是否有节点停机？",
        )
    )


def _refused(connection: Connection, reason: str) -> str:
    address = connection.address
    return say(f"{address} refuses: {reason}", f"{address} 拒绝了请求：{reason}")
