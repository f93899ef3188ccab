"""An index in a cluster does what one in a directory does, and gives the same answers."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import searcher
from searcher import ArgumentError, Document, Index, IndexMismatch, IndexNotFound, Results
from searcher.cluster import matching
from tests.cluster.nodes import Cluster

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "corpus"

QUERIES: list[tuple[str, dict[str, Any]]] = [
    ("核酸筛查", {}),
    ("核酸筛查", {"facets": ("year", "source", "tag")}),
    ("绿色通道 -上海", {}),
    ("“空中客服”", {}),
    ("“核酸篩查”", {"limit": None}),
    ("“保”", {"limit": None}),
    ("贷款逾期了怎么办？", {}),
    ("理赔 绿色通道", {"mode": "all"}),
    ("理赔 OR 保单", {"offset": 3}),
    ("标题：理赔", {}),
    ("来源：国际金融报", {"limit": None}),
    ("标签：车险 理赔", {}),
    ("路径：news", {"limit": None}),
    ("日期:2022-03..2022-04 理赔", {}),
    ("iphone*", {}),
    ("保?险", {"limit": None}),
    ("iphnoe~", {}),
    ("internationalizationalizations~", {}),
    ("理赔^3 客服", {}),
    ("理赔", {"sort": "date"}),
    ("理赔", {"since": "2022-04", "until": "2022-05"}),
    ("理赔", {"source": "客服知识库"}),
    ("*", {"limit": None}),
    ("。", {"limit": None}),
    ("NOT 理赔", {"limit": None}),
    ("理赔 客服", {"expand": True}),
    ("没有这样的词嘿嘿嘿", {"mode": "all"}),
    ("", {}),
]


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    path = tmp_path_factory.mktemp("disk") / "index"
    Index.build(path, [CORPUS])
    with Index.open(path) as index:
        yield index


@pytest.fixture(scope="module")
def remote(opensearch: Cluster) -> Iterator[Index]:
    """The same documents in a cluster, on two shards with a copy each."""
    import os

    address = opensearch.engine_address(f"contract-{os.getpid()}")
    with Index.open(address, create=True, shards=2, replicas=1) as index:
        index.sync([CORPUS])
        yield index


def _shown(results: Results) -> list[tuple[object, ...]]:
    return [
        tuple(getattr(hit, one.name) for one in fields(hit) if one.name != "score")
        for hit in results
    ]


@pytest.mark.parametrize(("query", "options"), QUERIES, ids=lambda value: str(value)[:40])
def test_a_query_has_the_same_answer(
    query: str, options: dict[str, Any], disk: Index, remote: Index, cluster: Cluster
) -> None:
    ours, theirs = disk.search(query, **options), remote.search(query, **options)
    assert theirs.reading == ours.reading
    assert theirs.total == ours.total
    assert theirs.facets == ours.facets
    if "标题" in query:  # the cluster keeps lengths in a byte
        assert {hit.id for hit in theirs} == {hit.id for hit in ours}
        return
    assert _shown(theirs) == _shown(ours)
    for mine, other in zip(ours, theirs, strict=True):
        assert other.score == pytest.approx(mine.score, rel=0.01)


def test_it_is_an_index_like_any_other(disk: Index, remote: Index, cluster: Cluster) -> None:
    assert isinstance(remote, Index)
    documents = {one.id: one for one in remote.documents()}
    assert documents == {one.id: one for one in disk.documents()}
    assert remote.get("faq-01") == disk.get("faq-01")
    assert remote.get("no such") is None
    assert remote.analyze("iPhone15發布") == disk.analyze("iPhone15發布")
    assert remote.highlight("理赔", "车险理赔须知") == ((2, 4),)
    ours, theirs = disk.statistics(), remote.statistics()
    for name in ("documents", "dated", "months", "sources", "formats"):
        assert getattr(theirs, name) == getattr(ours, name)
    status = remote.status()
    assert status.documents == 44
    assert status.folders == (str(CORPUS),)
    assert "3 nodes, 2 shards, 1 replica" in status.cluster


def test_similar_documents_and_explanations_are_the_same(
    disk: Index, remote: Index, cluster: Cluster
) -> None:
    ours, theirs = disk.similar("faq-01"), remote.similar("faq-01")
    assert ours is not None and theirs is not None
    assert (theirs.query, theirs.reading, theirs.total) == (ours.query, ours.reading, ours.total)
    assert [hit.id for hit in theirs] == [hit.id for hit in ours]
    assert remote.similar("no such") is None
    for query, document in (("核酸筛查 理赔", "faq-01"), ("保险", "没有")):
        mine, other = disk.explain(query, document), remote.explain(query, document)
        if mine is None:
            assert other is None
            continue
        assert other is not None
        assert other.matches == mine.matches
        assert other.score == pytest.approx(mine.score, rel=0.01)
        terms = {(one.term, one.channel): one for one in mine.terms}
        assert {(one.term, one.channel) for one in other.terms} == terms.keys()
        for one in other.terms:
            expected = terms[one.term, one.channel]
            assert one.document_frequency == expected.document_frequency
            assert one.weight == pytest.approx(expected.weight, rel=1e-3)
            assert one.score == pytest.approx(expected.score, rel=0.01)


def test_what_was_typed_wrong_is_told(disk: Index, remote: Index, cluster: Cluster) -> None:
    for query in ("hesuan", "核酸塞查", "lvsetongdao"):
        ours, theirs = disk.search(query), remote.search(query)
        assert theirs.is_corrected == ours.is_corrected
        assert theirs.suggestion == ours.suggestion
        assert [hit.id for hit in theirs] == [hit.id for hit in ours]
    words = [one for one in disk.suggest("核酸") if len(one.text) < 4]
    assert remote.suggest("核酸", limit=len(words)) == tuple(words)


def test_many_queries_are_answered_in_their_order(remote: Index, cluster: Cluster) -> None:
    queries = ["核酸", "理赔", "“空中客服”"] * 5
    found = list(remote.search_many(queries, jobs=3, limit=2))
    assert [results.query for results in found] == queries
    assert [results.total for results in found[:3]] == [
        remote.search(query).total for query in queries[:3]
    ]
    with pytest.raises(ArgumentError):
        remote.search_many("理赔")


def test_a_pattern_that_too_many_texts_would_be_looked_at_for_is_refused(
    disk: Index, remote: Index, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "_MOST", 6)
    assert disk.search("保*险").total > 6
    with pytest.raises(ArgumentError, match="narrow the search"):
        remote.search("保*险")
    # Only what filters leave is looked at, and nothing where no document is asked for.
    limits: dict[str, Any] = {"source": "客服知识库", "limit": None}
    ours, theirs = disk.search("保*险", **limits), remote.search("保*险", **limits)
    assert [hit.id for hit in theirs] == [hit.id for hit in ours] != []
    assert remote.highlight("保*险", "车险保人身险") == disk.highlight("保*险", "车险保人身险")
    assert remote.explain("保*险", theirs[0].id) is not None


def test_an_index_is_exported_and_read_back_both_ways(
    disk: Index, remote: Index, cluster: Cluster, index_name: str, tmp_path: Path
) -> None:
    from_cluster, from_disk = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    remote.export(from_cluster)
    disk.export(from_disk)
    records = [
        {one["id"]: one for one in map(json.loads, path.read_text().splitlines())}
        for path in (from_cluster, from_disk)
    ]
    assert records[0] == records[1]
    with Index.open(cluster.engine_address(index_name), create=True, replicas=0) as index:
        assert index.sync([from_disk]).added == 44
    with Index.open(tmp_path / "index", create=True) as index:
        assert index.sync([from_cluster]).added == 44


def test_documents_are_copied_both_ways(
    disk: Index, cluster: Cluster, index_name: str, tmp_path: Path
) -> None:
    documents = {one.id: one for one in disk.documents()}
    address = cluster.engine_address(index_name)
    with Index.open(address, create=True, replicas=0) as index:
        assert searcher.copy(disk, index) == 44
        assert {one.id: one for one in index.documents()} == documents
        with Index.open(tmp_path / "back", create=True) as back:
            assert searcher.copy(index, back) == 44
            assert {one.id: one for one in back.documents()} == documents
        with pytest.raises(ArgumentError, match="itself"):
            searcher.copy(index, index)
        with (
            Index.open(f"{address}?part=1") as same,
            pytest.raises(ArgumentError, match="itself"),
        ):
            searcher.copy(index, same)


def test_an_index_is_as_it_was_made_or_it_is_not_opened(
    cluster: Cluster, index_name: str, tmp_path: Path
) -> None:
    address = cluster.engine_address(index_name)
    with pytest.raises(IndexNotFound, match="searcher index"):
        Index.open(address)
    words = tmp_path / "words.txt"
    words.write_text("绿色通道 100000\n", encoding="utf-8")
    with Index.open(address, create=True, dictionary=words, replicas=0) as index:
        index.add([Document(id="a", body="理赔走绿色通道")])
        assert "绿色通道" in index.analyze("走绿色通道").words
    with Index.open(address, dictionary=words) as index:
        assert index.search("绿色通道").total == 1
    words.write_text("理赔走 100000\n", encoding="utf-8")
    with pytest.raises(IndexMismatch, match="reindex"):
        Index.open(address, dictionary=words)
    body = {"_meta": {"searcher": {**_meta(cluster, index_name), "analyzer_version": 0}}}
    cluster.request("PUT", f"{index_name}/_mapping", body)
    with pytest.raises(IndexMismatch, match="analyzer version"):
        Index.open(address)


def _meta(cluster: Cluster, name: str) -> dict[str, Any]:
    (mapping,) = cluster.request("GET", f"{name}/_mapping").values()
    found: dict[str, Any] = mapping["mappings"]["_meta"]["searcher"]
    return found


def test_an_index_of_somebody_else_is_left_alone(cluster: Cluster, index_name: str) -> None:
    cluster.request("PUT", index_name, {"settings": {"number_of_replicas": 0}})
    with pytest.raises(searcher.ClusterError, match="another name"):
        Index.open(cluster.engine_address(index_name), create=True)


def test_a_build_is_not_taken_for_an_index(cluster: Cluster, index_name: str) -> None:
    address = cluster.engine_address(index_name)
    with Index.open(address, create=True, replicas=0):
        pass
    with pytest.raises(searcher.ClusterError, match=f"its own name is {index_name}$"):
        Index.open(f"{address}-000001")


def test_commands_take_an_address(cluster: Cluster, index_name: str, tmp_path: Path) -> None:
    address = cluster.engine_address(index_name)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "searcher", *arguments],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )

    made = run("index", "corpus", "--index", address, "--shards", "2", "--replicas", "0")
    assert (made.returncode, made.stdout) == (0, "")
    assert "added 44" in made.stderr
    found = run("search", "核酸筛查", "--index", address, "-n", "1")
    assert found.returncode == 0
    assert "17 documents" in found.stdout
    assert "3 nodes, 2 shards, 0 replicas" in run("status", "--index", address).stdout
    assert run("check", "--index", address).returncode == 0
    copied = run("copy", address, str(tmp_path / "copy"))
    assert "44 documents copied" in copied.stderr
    assert "added 44" in run("reindex", "--index", address).stderr
    gone = run("search", "理赔", "--index", f"{address}-none")
    assert gone.returncode == 2
    assert "searcher index --index" in gone.stderr
