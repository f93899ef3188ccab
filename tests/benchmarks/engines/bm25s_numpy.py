"""bm25s, which keeps scores of words in a sparse matrix: no phrases, no AND, no snippets."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import bm25s

from tests.benchmarks.engines.cutting import CutRecord, cut_records, query_words, window
from tests.benchmarks.engines.engine import LIMIT, Found, Ranking
from tests.benchmarks.queries import Query


class Bm25s:
    """Compiled by numba where that is installed, else numpy."""

    kinds = frozenset(("rare", "common", "any", "question"))

    def build(self, texts: Path, folder: Path, jobs: int) -> None:
        vocabulary: dict[str, int] = {}
        ids, stored = _numbered(cut_records(texts, jobs), vocabulary)
        retriever = bm25s.BM25(method="lucene", k1=1.2, b=0.75, backend="auto")
        retriever.index((ids, vocabulary), show_progress=False)
        retriever.save(str(folder), corpus=stored, show_progress=False)

    def open(self, folder: Path) -> "Bm25sSession":
        return Bm25sSession(folder)


class Bm25sSession:
    """Scores and texts are mapped into memory."""

    def __init__(self, folder: Path) -> None:
        self._retriever = bm25s.BM25.load(
            str(folder), mmap=True, load_corpus=True, show_progress=False
        )
        self._texts = self._retriever.corpus
        self._retriever.corpus = None  # so that it returns numbers
        self._size = len(self._texts)

    def ranking(self, query: Query) -> Ranking:
        terms = query_words(query.text)
        return lambda: list(self._best(terms))

    def search(self, query: Query) -> list[Found]:
        terms = query_words(query.text)
        records = (self._texts[int(number)] for number in self._best(terms))
        return [(record["title"], window(record["text"], terms)) for record in records]

    def _best(self, terms: list[str]) -> Any:
        known = [term for term in terms if term in self._retriever.vocab_dict]
        if not known:
            return []
        documents, scores = self._retriever.retrieve(
            [known], k=min(LIMIT, self._size), show_progress=False
        )
        return documents[0][scores[0] > 0]


def _numbered(
    records: Iterable[CutRecord], vocabulary: dict[str, int]
) -> tuple[list[list[int]], list[dict[str, str]]]:
    ids: list[list[int]] = []
    stored: list[dict[str, str]] = []
    for record in records:
        ids.append([vocabulary.setdefault(word, len(vocabulary)) for word in record.words])
        text = "".join(record.words)
        stored.append({"id": record.id, "title": record.title, "text": text})
    return ids, stored
