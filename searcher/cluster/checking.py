"""Whether an index in a cluster is whole: all shards there, and documents found by their terms."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from searcher.cluster.encoding import cut, phrase_tokens, token_of
from searcher.cluster.engine import Build, Engine, document_of
from searcher.cluster.health import health_of
from searcher.cluster.schema import KEPT
from searcher.index.checking.report import CheckReport, Problem
from searcher.index.fields import GRAMS, TEXT_FIELDS, WORDS
from searcher.index.report import Progress, ProgressCallback
from searcher.language import say
from searcher.text import Analyzer

_TOGETHER = 50  # documents that are asked about at once
_MOST_TERMS = 400  # of a document, that are looked for
_LONGEST = 200  # characters of a text that are looked for as they stand


def check(engine: Engine, progress: ProgressCallback | None, sample: int | None) -> CheckReport:
    """Look whether an index is whole.

    Args:
        engine: The index.
        progress: Is called from time to time with how far it has come.
        sample: How many documents to cut again; None for all.

    Raises:
        IndexNotFound: There is none.
        IndexMismatch: It is of another version.
    """
    began = time.monotonic()
    build = engine.build
    health = health_of(engine, build)
    problems: list[Problem] = []
    if health.color == "red":
        problems.append(
            Problem(
                ".",
                say("documents are missing: a shard is nowhere", "缺少文档：有分片不在任何节点上"),
                say("start the missing nodes, or build it anew", "请启动缺失的节点，或重建索引"),
            )
        )
    sampled = 0
    documents = _sample(engine, build, sample)
    total = health.documents if sample is None else min(sample, health.documents)
    for some in _lots(documents):
        sampled += len(some)
        queries = [_query(one, build.analyzer) for one in some]
        for one, count in zip(some, engine.counts(build, queries), strict=True):
            if count != 1:
                problems.append(
                    Problem(
                        one["id"],
                        say("is not found by its own words", "按自己的词找不到它"),
                        say("build the index anew", "请重建索引"),
                    )
                )
        if progress is not None:
            progress(Progress(sampled, total, build.name, sampled))
    seconds = time.monotonic() - began
    return CheckReport(
        tuple(problems), health.segments, health.size, health.documents, sampled, seconds
    )


def _sample(engine: Engine, build: Build, sample: int | None) -> Iterable[dict[str, Any]]:
    if sample is None:
        return engine.scan(build, {"match_all": {}}, KEPT)
    if not sample:
        return ()
    body = {
        "size": min(sample, 10_000),
        "query": {"function_score": {"random_score": {}}},
        "_source": list(KEPT),
    }
    return [hit["_source"] for hit in engine.search(build, body)["hits"]["hits"]]


def _lots(documents: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    lot: list[dict[str, Any]] = []
    for one in documents:
        lot.append(one)
        if len(lot) == _TOGETHER:
            yield lot
            lot = []
    if lot:
        yield lot


def _query(kept: dict[str, Any], analyzer: Analyzer) -> dict[str, Any]:
    """What finds a document and no other."""
    one = cut(document_of(kept), b"", analyzer)
    filters: list[dict[str, Any]] = [{"term": {"id": kept["id"]}}]
    words = {*one.title.words, *one.body.words}
    grams = {*one.title.grams, *one.body.grams}
    for channel, terms in ((WORDS, words), (GRAMS, grams)):
        chosen = sorted(terms)[:_MOST_TERMS]
        filters += [{"term": {channel: token_of(term)}} for term in chosen]
    for field, text in zip(TEXT_FIELDS, (one.title, one.body), strict=True):
        if len(text.folded) > 1:
            tokens = phrase_tokens(text.folded[:_LONGEST])
            filters.append({"match_phrase": {f"{field}_grams": tokens}})
    return {"bool": {"filter": filters}}
