"""A program as users write it, with every public name: mypy checks it, and a test runs it."""

import threading
from collections.abc import Iterator
from datetime import datetime
from typing import assert_type

import searcher
from searcher import (
    Analysis,
    ArgumentError,
    Change,
    CheckReport,
    ClusterError,
    DictionaryError,
    Document,
    DocumentError,
    Explanation,
    Exported,
    Hit,
    Index,
    IndexCorrupt,
    IndexLocked,
    IndexMismatch,
    IndexNotFound,
    Problem,
    Progress,
    ProgressCallback,
    RawFile,
    Reader,
    Report,
    Results,
    SearcherError,
    SearchOptions,
    Selection,
    Skipped,
    Snippet,
    Statistics,
    Status,
    Suggestion,
    Synonyms,
    SynonymsError,
    TermContribution,
    copy,
    watch,
)

ERRORS: tuple[type[SearcherError], ...] = (
    ArgumentError,
    ClusterError,
    DictionaryError,
    DocumentError,
    IndexCorrupt,
    IndexLocked,
    IndexMismatch,
    IndexNotFound,
    SynonymsError,
)


def read(file: RawFile) -> Iterator[Document | Skipped]:
    """What a reader of a format of one's own does."""
    text = file.text()
    assert_type(file.ending, str)
    yield Document(id=file.name, body=text)
    yield Skipped(name=file.name, reason="nothing", format="mine")


READER = Reader(endings=(".mine",), read=read)


def build(path: str, folder: str, done: list[Progress]) -> Report:
    """Make an index, and change it."""
    on_progress: ProgressCallback = done.append
    selection = Selection(include=("*.md", "*.txt", "*.jsonl"), hidden=False)
    with Index.open(path, create=True, wait=1.0) as index:
        planned = index.sync([folder], selection=selection, dry_run=True)
        changes: tuple[Change, ...] = planned.changes
        assert {change.kind for change in changes} == {"added"}
        report = index.sync([folder], selection=selection, progress=on_progress, jobs=1)
        assert_type(report.failures, dict[str, int])
        assert index.add([Document(id="a", title="理赔", date=datetime(2022, 3, 1))]) == 1
        assert index.delete(["a"]) == 1
        assert_type(index.refresh(), bool)
        assert index.rebuild([folder], selection=selection).total == report.total
    return Index.build(path, [folder], selection=selection)


def ask(path: str) -> list[str]:
    """Search in an index."""
    options: SearchOptions = {"limit": 3, "sort": "relevance", "facets": ["source"]}
    options["synonyms"] = Synonyms.parse("险企, 保险公司")
    titles: list[str] = []
    with Index.open(path) as index:
        results = index.search("核酸筛查", **options)
        assert_type(results, Results)
        assert_type(results.suggestion, str | None)
        counts: int = results.facets["source"]["国际金融报"]
        assert results.total >= counts
        for hit in results:
            assert_type(hit, Hit)
            snippet: Snippet = hit.snippet
            titles.append(hit.marked_title.to_html())
            assert snippet.to_rich().plain == snippet.text
            assert "<mark>" in snippet.to_html()
            start, end = snippet.spans[0]
            assert_type(snippet.text[start:end], str)
        for each in index.search_many(["核酸", "理赔"], jobs=1, **options):
            assert_type(each.hits, tuple[Hit, ...])
        explanation: Explanation | None = index.explain("核酸筛查", results[0].id)
        assert explanation is not None
        term: TermContribution = explanation.terms[0]
        assert_type(term.score, float)
        document = index.get(results[0].id)
        assert_type(document, Document | None)
        similar: Results | None = index.similar(results[0].id, limit=2)
        assert similar is not None
        analysis: Analysis = index.analyze("iPhone15")
        assert "iphone" in analysis.words
        suggestion: Suggestion = index.suggest("核")[0]
        assert suggestion.documents > 0
        assert index.highlight("理赔", "车险理赔") == ((2, 4),)
        exported: Exported = index.export("backup.jsonl")
        assert exported.documents == sum(1 for _ in index.documents())
        with Index.open("copy", create=True) as second:
            assert_type(copy(index, second), int)
        statistics: Statistics = index.statistics()
        assert statistics.documents == exported.documents
        status: Status = index.status()
        assert status.documents == exported.documents
    return titles


def look_after(path: str, folder: str) -> list[Problem]:
    """Check an index, and keep it in step for a moment."""
    report: CheckReport = searcher.Index.check(path, sample=5)
    stop = threading.Event()
    reports: list[Report] = []

    def on_sync(report: Report) -> None:
        reports.append(report)
        stop.set()

    watch(path, [folder], on_sync=on_sync, stop=stop)
    assert reports
    try:
        Index.open("nowhere")
    except ERRORS as error:
        assert isinstance(error, IndexNotFound)
    return list(report.problems)
