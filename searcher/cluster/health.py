"""What an index is in its cluster: how large, on how many nodes, and what is in it in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from searcher.cluster.engine import Build, Engine
from searcher.cluster.filtering import facet_of, facet_request, names_of
from searcher.language import say

_MOST = 65_000  # months and formats; the cluster takes no more buckets


@dataclass(frozen=True, slots=True)
class Health:
    """How an index is.

    Attributes:
        documents: How many documents it has.
        segments: How many segments they are in, without copies.
        size: The bytes of all files, with copies.
        described: Version, nodes, shards, copies and health, in words.
        color: ``green`` if all copies are there, ``yellow`` if some are not, ``red`` if documents
            are missing.
    """

    documents: int
    segments: int
    size: int
    described: str
    color: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many documents there are of each kind."""

    months: dict[str, int]
    sources: dict[str, int]
    formats: dict[str, int]


def layout_of(engine: Engine, build: Build) -> tuple[int, int]:
    """How many shards a build has, and how many copies of each beside."""
    found = engine.connection.ask(lambda client: client.indices.get_settings(index=build.name))
    index = found[build.name]["settings"]["index"]
    return int(index["number_of_shards"]), int(index["number_of_replicas"])


def health_of(engine: Engine, build: Build) -> Health:
    """How a build is."""

    def call(client: Any) -> Any:
        return (
            client.info(),
            client.cluster.health(index=build.name),
            client.indices.stats(index=build.name, metric="segments,store"),
        )

    info, health, stats = engine.connection.ask(call)
    shards, replicas = layout_of(engine, build)
    version, nodes, color = info["version"]["number"], health["number_of_nodes"], health["status"]
    described = say(
        f"OpenSearch {version}, {nodes} {'node' if nodes == 1 else 'nodes'}, {shards} "
        f"{'shard' if shards == 1 else 'shards'}, {replicas} "
        f"{'replica' if replicas == 1 else 'replicas'}, {color}",
        f"OpenSearch {version}，{nodes} 个节点，{shards} 个分片，{replicas} 个副本，{color}",
    )
    return Health(
        documents=engine.counts(build, [{"match_all": {}}])[0],
        segments=int(stats["_all"]["primaries"]["segments"]["count"]),
        size=int(stats["_all"]["total"]["store"]["size_in_bytes"]),
        described=described,
        color=color,
    )


def counts_of(engine: Engine, build: Build) -> Counts:
    """How many documents of a build there are by month, source and format."""
    body = {
        "size": 0,
        "aggs": {
            "months": {"terms": {"field": "month", "size": _MOST, "order": {"_key": "asc"}}},
            "source": facet_request("source"),
            "formats": {"terms": {"field": "format", "size": _MOST}},
        },
    }
    found = engine.search(build, body)["aggregations"]
    formats = {one["key"]: int(one["doc_count"]) for one in found["formats"]["buckets"]}
    return Counts(
        months={one["key"]: int(one["doc_count"]) for one in found["months"]["buckets"]},
        sources=facet_of("source", found["source"], names_of(found["source"])),
        formats=dict(sorted(formats.items(), key=lambda one: (-one[1], one[0]))),
    )
