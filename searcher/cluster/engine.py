"""One index in a cluster: the build that is in force, and what is asked of it most.

``NAME`` is an alias of the build in force, ``NAME-000001`` and so on. A rebuild makes the next one
and moves the alias and deletes the old build in one step. Whoever searches asks for the build that
was in force when it was last looked at; where that is gone, it looks again.
"""

import re
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from searcher.cluster.address import Address
from searcher.cluster.connection import Connection, reason_of
from searcher.cluster.description import (
    Description,
    analyzer_folder,
    keep_analyzer,
    load_analyzer,
)
from searcher.cluster.encoding import Averages, key_of
from searcher.cluster.keeping import Keeping
from searcher.cluster.schema import FIRST, LENGTHS, REPLICAS, SHARDS, field_of, mappings, settings
from searcher.cluster.whole import PATIENCE, PAUSE, refresh, scan, whole
from searcher.documents.model import Document
from searcher.errors import ClusterError, IndexCorrupt, IndexNotFound
from searcher.language import say
from searcher.text import Analyzer

_ATTEMPTS = 3  # to make a build while nodes go
_NUMBER = re.compile(r"-(\d{6,})")
_HEARSAY = 10.0  # seconds until all nodes know of a new build
_LEGACY = 3  # the version of OpenSearch from which on BM25 has no factor k1 + 1
_NO_INDEX = "index_not_found_exception"
_TOGETHER = 500  # documents that are looked up at once


class Build:
    """A build of an index, as it was found to be in force."""

    def __init__(self, connection: Connection, name: str, description: Description) -> None:
        """Take its name in the cluster, and what it was made with."""
        self.connection = connection
        self.name = name
        self.description = description

    @cached_property
    def folder(self) -> Path:
        """Where the files of its analyzer are on this machine."""
        return analyzer_folder(self.connection, self.name, self.description)

    @cached_property
    def analyzer(self) -> Analyzer:
        """What its texts were cut by.

        Raises:
            IndexCorrupt: It is damaged.
        """
        try:
            return load_analyzer(self.folder)
        except (OSError, ValueError) as error:
            raise corrupt(self.connection.address, error) from error


class Engine:
    """Asks an index; threads take turns."""

    def __init__(self, address: Address) -> None:
        """Take the address; nothing is asked yet."""
        self.address = address
        self.connection = Connection(address)
        self.keeping = Keeping(self.connection)
        self._build: Build | None = None
        self._turn = threading.RLock()

    @property
    def build(self) -> Build:
        """The build in force, as it was last looked at.

        Raises:
            IndexNotFound: There is none.
        """
        with self._turn:
            if self._build is None:
                self._build = self._look()
            return self._build

    def renew(self) -> bool:
        """Look which build is in force; whether it is another one."""
        with self._turn:
            before, now = self._build, self._look()
            if before is not None and (before.name, before.description) == (
                now.name,
                now.description,
            ):
                return False
            self._build = now
            return True

    def successor(self, gone: Build) -> Build:
        """The build in force in place of one that is not there any more.

        Nodes hear of it one after the other, so one that is asked may not yet know.

        Raises:
            IndexNotFound: There is none.
        """
        end = time.monotonic() + _HEARSAY
        while True:
            self.renew()
            build = self.build
            if build.description.build != gone.description.build:
                return build
            if time.monotonic() > end:
                raise self.not_found()
            time.sleep(0.1)

    def close(self) -> None:
        """Close all connections."""
        self.connection.close()
        self._build = None

    @cached_property
    def score_factor(self) -> float:
        """What the cluster's BM25 multiplies scores with."""
        from searcher.cluster.schema import SCALE
        from searcher.index.columnar.similarity import SIMILARITY

        return 1.0 + SIMILARITY.k1 * SCALE if self._is_legacy else 1.0

    @cached_property
    def plain_score_factor(self) -> float:
        """The same for the fields with lengths."""
        from searcher.index.columnar.similarity import SIMILARITY

        return 1.0 + SIMILARITY.k1 if self._is_legacy else 1.0

    @cached_property
    def _is_legacy(self) -> bool:
        info = self.connection.ask(lambda client: client.info())
        return int(str(info["version"]["number"]).partition(".")[0]) < _LEGACY

    def exists(self) -> bool:
        """Whether there is an index of this name."""
        try:
            self._look()
        except IndexNotFound:
            return False
        return True

    def _look(self) -> Build:
        name = self.address.name

        def call(client: Any) -> Any:
            return client.indices.get_mapping(index=name, ignore=[404], allow_no_indices=True)

        found = self.connection.ask(call)
        if "error" in found or not found:
            raise self.not_found()
        try:
            ours = {
                index: one["mappings"].get("_meta", {}).get("searcher")
                for index, one in found.items()
            }
        except (AttributeError, KeyError, TypeError) as error:
            raise ClusterError(
                say(
                    f"what answers at {self.address} is not OpenSearch",
                    f"{self.address} 的应答不像 OpenSearch",
                )
            ) from error
        index, meta = max(ours.items())
        if meta is None:
            raise ClusterError(
                say(
                    f"{name} in {self.address} is not an index of searcher's; take another name",
                    f"{self.address} 中的 {name} 不是 searcher 的索引，请换一个名称",
                )
            )
        if index == name:  # what is written under this name would be of no other's knowledge
            whole_name = name.rpartition("-")[0]
            raise ClusterError(
                say(
                    f"{name} in {self.address} is a build of an index; its own name is "
                    f"{whole_name}",
                    f"{self.address} 中的 {name} 是索引的一次构建，索引的名称是 {whole_name}",
                )
            )
        try:
            description = Description.from_json(meta)
        except TypeError as error:
            raise corrupt(self.address, error) from error
        description.check(self.address)
        return Build(self.connection, index, description)

    def not_found(self) -> IndexNotFound:
        """The error to raise when there is no index."""
        return IndexNotFound(
            say(
                f"there is no index at {self.address}. Make one: "
                f"searcher index --index '{self.address}' FOLDER",
                f"{self.address} 没有索引。请先建立："
                f"searcher index --index '{self.address}' 文件夹",
            )
        )

    def make(
        self, analyzer: Analyzer, *, shards: int | None, replicas: int | None, in_force: bool
    ) -> Build:
        """Make an empty build.

        Args:
            analyzer: What its texts will be cut by.
            shards: How many shards it has; None for the usual number.
            replicas: How many copies of each there are beside; None for the usual number.
            in_force: Whether it is in force at once, because there is none yet.

        Raises:
            ClusterError: It cannot be made, or its shards are lost again and again.
        """
        for _ in range(_ATTEMPTS):
            build = self._make(
                analyzer,
                SHARDS if shards is None else shards,
                REPLICAS if replicas is None else replicas,
                in_force=in_force,
            )
            if build is not None:
                if in_force:
                    self._build = build
                return build
        raise ClusterError(
            say(
                f"{self.address}: nodes go while shards are made; try again when all are up",
                f"{self.address}：建立分片时节点不断离开；等所有节点都在时再试",
            )
        )

    def _make(
        self, analyzer: Analyzer, shards: int, replicas: int, *, in_force: bool
    ) -> Build | None:
        """The same once; None where a node went that had a shard of which there was no copy yet."""
        self.keeping.make()
        name = self._next_name()
        # Somebody may have deleted a build of this name by hand.
        self.keeping.forget_all(name)
        fingerprint = keep_analyzer(self.keeping, name, analyzer)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        description = Description.of(analyzer, fingerprint, created)
        body: dict[str, Any] = {
            "settings": settings(shards, replicas),
            "mappings": mappings(description.to_json()),
        }
        # By which it is written to, so that nothing is written to a build that is gone.
        body["aliases"] = {writer_of(name): {}}
        if in_force:
            body["aliases"][self.address.name] = {}

        def call(client: Any) -> Any:
            # Until the copies are there, too, a node that goes takes what is written to it along.
            nodes = client.cluster.health()["number_of_data_nodes"]
            return client.indices.create(
                index=name,
                body=body,
                wait_for_active_shards=str(max(min(1 + replicas, nodes), 1)),
            )

        try:
            self.connection.ask(call)
        except ClusterError:
            if not self._has(name, description):  # else only the answer was lost
                raise
        if self._is_lost(name):
            self.connection.ask(
                lambda client: client.indices.delete(index=name, ignore=[404]), patient=True
            )
            self.keeping.forget_all(name)
            return None
        build = Build(self.connection, name, description)
        build.analyzer = analyzer
        return build

    def _is_lost(self, name: str) -> bool:
        """Whether a new build has a shard of which no copy is there, nor will be."""

        def call(client: Any) -> Any:
            # Which answers after half a minute, whatever it is.
            return client.cluster.health(index=name, wait_for_status="yellow", ignore=[408])

        return bool(self.connection.ask(call, patient=True)["status"] == "red")

    def _has(self, build: str, description: Description) -> bool:
        """Whether a build is there, and is this one."""

        def call(client: Any) -> Any:
            return client.indices.get_mapping(index=build, ignore=[404])

        found = self.connection.ask(call, patient=True)
        meta = found.get(build, {}).get("mappings", {}).get("_meta", {}).get("searcher", {})
        return bool(meta.get("build") == description.build)

    def _next_name(self) -> str:
        names = self._builds()
        numbers = [int(match[1]) for name in names if (match := self._numbered(name))]
        return f"{self.address.name}-{max(numbers, default=0) + 1:06}"

    def _numbered(self, name: str) -> re.Match[str] | None:
        start = self.address.name
        return _NUMBER.fullmatch(name.removeprefix(start)) if name.startswith(start) else None

    def _builds(self) -> list[str]:
        def call(client: Any) -> Any:
            return client.indices.get_alias(index=f"{self.address.name}-*", ignore=[404])

        found = self.connection.ask(call, patient=True)
        return [] if "error" in found else [name for name in found if self._numbered(name)]

    def put_in_force(self, build: Build) -> None:
        """Have a build take the place of all others, in one step."""
        name = self.address.name
        others = [one for one in self._builds() if one < build.name]
        actions: list[dict[str, Any]] = [{"remove_index": {"index": one}} for one in others]
        actions.append({"add": {"index": build.name, "alias": name}})
        try:
            self.connection.ask(
                lambda client: client.indices.update_aliases(body={"actions": actions})
            )
        except (ClusterError, IndexNotFound):
            if self._look().name != build.name:  # else only the answer was lost
                raise
        with self._turn:
            self._build = build
        for one in others:
            self.keeping.forget_all(one)

    def discard(self, build: Build) -> None:
        """Delete a build that was not put in force."""
        self.connection.ask(lambda client: client.indices.delete(index=build.name, ignore=[404]))
        self.keeping.forget_all(build.name)

    def averages(self, build: Build) -> Averages | None:
        """The average lengths that documents of a build are weighed by; None if not yet known."""
        record = self.keeping.get(f"averages/{build.name}")
        return None if record is None else Averages(**record)

    def agree_on_averages(self, build: Build, ours: Averages) -> Averages:
        """Say which averages a build is to have, unless another process was faster."""
        self.keeping.put(f"averages/{build.name}", build.name, ours.to_json(), new=True)
        return self.averages(build) or ours

    def measured(self, build: Build) -> Averages | None:
        """The average lengths that documents of a build have now; None for no documents."""
        names = {field_of(channel, field): name for (field, channel), name in LENGTHS.items()}
        aggregations = {name: {"avg": {"field": column}} for name, column in names.items()}
        found = self.search(build, {"size": 0, "aggs": aggregations})["aggregations"]
        averages = {name: found[name]["value"] for name in names}
        if averages["body_words"] is None and averages["title_words"] is None:
            return None
        return Averages(**{name: value or 1.0 for name, value in averages.items()})

    def refresh(self, build: Build) -> None:
        """Have everything be seen that was written, on all copies of all shards.

        Raises:
            ClusterError: A shard did not do so for too long.
        """
        refresh(self.connection, build.name)

    def search(self, build: Build, body: dict[str, Any]) -> Any:
        """Search a build, with frequencies of all shards.

        Raises:
            IndexNotFound: It is not there any more.
        """

        def call(client: Any) -> Any:
            kind = "dfs_query_then_fetch"
            return [client.search(index=build.name, body=body, search_type=kind)]

        return whole(self.connection, build.name, call)[0]

    def counts(self, build: Build, queries: Sequence[dict[str, Any]]) -> list[int]:
        """How many documents match each of some queries."""
        if not queries:
            return []
        lines: list[dict[str, Any]] = []
        for query in queries:
            lines += [{}, {"size": 0, "track_total_hits": True, "query": query}]

        def call(client: Any) -> Any:
            return client.msearch(index=build.name, body=lines)["responses"]

        answers = whole(self.connection, build.name, call)
        return [answer["hits"]["total"]["value"] for answer in answers]

    def look_up(
        self, build: Build, ids: Iterable[str], fields: Sequence[str]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Documents by their ids, those that are there, with some of their fields.

        They are as they were last written, be it seen already or not.
        """
        ids = list(ids)
        for at in range(0, len(ids), _TOGETHER):
            keys = {key_of(one): one for one in ids[at : at + _TOGETHER]}
            end = time.monotonic() + PATIENCE
            while keys:
                left: dict[str, str] = {}
                for found in self._look_up(build, list(keys), fields):
                    if "error" in found:
                        if time.monotonic() > end or found["error"].get("type") == _NO_INDEX:
                            raise ClusterError(f"{self.address}: {reason_of(found['error'])}")
                        left[found["_id"]] = keys[found["_id"]]
                    elif found.get("found"):
                        yield keys[found["_id"]], found["_source"]
                if left:  # their shard is on its way to another node
                    time.sleep(PAUSE)
                keys = left

    def _look_up(self, build: Build, keys: list[str], fields: Sequence[str]) -> Any:
        def call(client: Any) -> Any:
            return client.mget(
                index=build.name,
                body={"ids": keys},
                preference=FIRST,
                _source_includes=list(fields),
            )

        return self.connection.ask(call, patient=True)["docs"]

    def scan(
        self, build: Build, query: dict[str, Any], fields: Sequence[str]
    ) -> Iterator[dict[str, Any]]:
        """All documents of one state that match, with some of their fields, by id."""
        return scan(self.connection, build.name, query, fields)


def writer_of(build: str) -> str:
    """The alias by which a build is written to."""
    return f"{build}.writer"


def document_of(kept: dict[str, Any]) -> Document:
    """A document as it was kept."""
    date = kept.get("date")
    return Document(
        id=kept["id"],
        title=kept["title"],
        body=kept.get("body", ""),
        date=None if date is None else datetime.fromisoformat(date),
        source=kept.get("source"),
        tags=tuple(kept.get("tags", ())),
        url=kept.get("url"),
        path=kept.get("path"),
        extra=kept.get("extra", {}),
    )


def corrupt(address: Address, what: object) -> IndexCorrupt:
    """The error to raise where something kept makes no sense."""
    return IndexCorrupt(
        say(
            f"the index {address} is damaged: {what!s:.200}. Build it anew: "
            f"searcher reindex --index '{address}'",
            f"索引 {address} 已损坏：{what!s:.200}。请重建：searcher reindex --index '{address}'",
        )
    )
