"""SQLite's FTS5, fed words that rjieba cut."""

import sqlite3
from pathlib import Path

from tests.benchmarks.engines.cutting import SEPARATOR, cut_records, query_words, words
from tests.benchmarks.engines.engine import LIMIT, Found, Ranking
from tests.benchmarks.queries import KINDS, Query

_TOKENS = 64  # as long as its snippets get; about 110 Chinese characters
_RANK = f"SELECT rowid FROM documents WHERE documents MATCH ? ORDER BY rank LIMIT {LIMIT}"
_SEARCH = (
    f"SELECT title, snippet(documents, 2, '', '', '…', {_TOKENS}) FROM documents"
    f" WHERE documents MATCH ? ORDER BY rank LIMIT {LIMIT}"
)


class Fts5:
    """One table, optimized after it is filled."""

    kinds = frozenset(KINDS)

    def build(self, texts: Path, folder: Path, jobs: int) -> None:
        database = sqlite3.connect(folder / "index.db")
        database.execute("PRAGMA journal_mode = OFF")
        database.execute(
            "CREATE VIRTUAL TABLE documents USING fts5"
            "(id UNINDEXED, title UNINDEXED, text, tokenize = 'unicode61 remove_diacritics 0')"
        )
        with database:
            database.executemany(
                "INSERT INTO documents VALUES (?, ?, ?)",
                (
                    (record.id, record.title, SEPARATOR.join(record.words))
                    for record in cut_records(texts, jobs)
                ),
            )
            database.execute("INSERT INTO documents(documents) VALUES ('optimize')")
        database.close()

    def open(self, folder: Path) -> "Fts5Session":
        return Fts5Session(folder / "index.db")


class Fts5Session:
    """A connection, kept for all queries."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)

    def ranking(self, query: Query) -> Ranking:
        match = _match(query)
        return lambda: self._database.execute(_RANK, (match,)).fetchall()

    def search(self, query: Query) -> list[Found]:
        rows = self._database.execute(_SEARCH, (_match(query),))
        return [(title, snippet.replace(SEPARATOR, "")) for title, snippet in rows]


def _match(query: Query) -> str:
    if query.kind == "phrase":
        return f'"{" ".join(words(query.text))}"'
    operator = " AND " if query.kind == "all" else " OR "
    return operator.join(f'"{word}"' for word in query_words(query.text))
