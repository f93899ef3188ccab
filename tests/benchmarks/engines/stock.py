"""What this project replaces: Whoosh's own codec and the analyzer that jieba has for it."""

import logging
from pathlib import Path
from typing import Any

from tests.benchmarks.engines.engine import LIMIT, SNIPPET, Found, Ranking, file_of
from tests.benchmarks.queries import Query
from tests.benchmarks.texts import Record

SCRIPT = """
import sys
from jieba.analyse import ChineseAnalyzer
from whoosh.index import open_dir
from whoosh.qparser import MultifieldParser

index = open_dir(sys.argv[1])
with index.searcher() as searcher:
    query = MultifieldParser(["title", "body"], index.schema).parse(sys.argv[2])
    for hit in searcher.search(query, limit=10):
        print(hit["title"], hit.highlights("body"))
"""
"""One query, as a script asks it that has the analyzer and Whoosh: index and query are given."""


class Stock:
    """One process, as everybody uses it."""

    kinds = frozenset(("rare", "common", "any", "all", "question"))  # it finds no phrase

    def build(self, texts: Path, folder: Path, jobs: int) -> None:
        from whoosh.index import create_in

        index = create_in(str(folder), _schema())
        writer = index.writer()
        with file_of(texts).open(encoding="utf-8") as lines:
            for record in map(Record.read, lines):
                writer.add_document(id=record.id, title=record.title, body=record.body)
        writer.commit()
        index.close()

    def open(self, folder: Path) -> "StockSession":
        return StockSession(folder)


class StockSession:
    """A searcher, kept for all queries."""

    def __init__(self, folder: Path) -> None:
        from whoosh.index import open_dir

        self._index = open_dir(str(folder))
        self._searcher = self._index.searcher()

    def ranking(self, query: Query) -> Ranking:
        read = self._query(query)
        return lambda: [hit.docnum for hit in self._searcher.search(read, limit=LIMIT)]

    def search(self, query: Query) -> list[Found]:
        results = self._searcher.search(self._query(query), limit=LIMIT)
        results.fragmenter.maxchars = SNIPPET
        return [(str(hit["title"]), str(hit.highlights("body"))) for hit in results]

    def _query(self, query: Query) -> Any:
        from whoosh.qparser.default import MultifieldParser
        from whoosh.qparser.syntax import AndGroup, OrGroup

        group = AndGroup if query.kind == "all" else OrGroup
        parser: Any = MultifieldParser(["title", "body"], self._index.schema, group=group)
        return parser.parse(query.text)


def _schema() -> Any:
    import jieba
    from jieba.analyse import ChineseAnalyzer
    from whoosh.fields import ID, TEXT, Schema

    jieba.setLogLevel(logging.WARNING)
    analyzer = ChineseAnalyzer()
    return Schema(
        id=ID(stored=True, unique=True),
        title=TEXT(stored=True, analyzer=analyzer),
        body=TEXT(stored=True, analyzer=analyzer),
    )
