"""tantivy-py, fed words that rjieba cut, or the same two channels as ours.

What is searched is one field with title and body, which is quickest for it. The words are joined
by a separator that is in no text and stored, so its own snippets come with the original text.
"""

from pathlib import Path
from typing import Any

import tantivy

from tests.benchmarks.engines.cutting import (
    SEPARATOR,
    bigrams,
    cut_records,
    query_words,
    words,
)
from tests.benchmarks.engines.engine import LIMIT, SNIPPET, Found, Ranking
from tests.benchmarks.queries import KINDS, Query

_HEAP = 256 << 20  # bytes, of all writer threads
_UTF8 = 3  # its snippets are measured in bytes, and a Chinese character has three


class TantivyWords:
    """Words only."""

    kinds = frozenset(KINDS)
    two_channels = False

    def build(self, texts: Path, folder: Path, jobs: int) -> None:
        index = tantivy.Index(_schema(self.two_channels), path=str(folder))
        writer = index.writer(_HEAP, jobs)
        for record in cut_records(texts, jobs, with_bigrams=self.two_channels):
            document = tantivy.Document(
                id=record.id, title=record.title, text=SEPARATOR.join(record.words)
            )
            if self.two_channels:
                document.add_text("bigrams", " ".join(record.bigrams))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> "TantivySession":
        return TantivySession(folder, self.two_channels)


class TantivyTwoChannels(TantivyWords):
    """Words and bigrams: it finds the strings that ours finds."""

    two_channels = True


class TantivySession:
    """A searcher, kept for all queries."""

    def __init__(self, folder: Path, two_channels: bool) -> None:
        index = tantivy.Index.open(str(folder))
        index.config_reader("Manual")
        index.reload()
        self._schema = index.schema
        self._searcher = index.searcher()
        self._two_channels = two_channels

    def ranking(self, query: Query) -> Ranking:
        terms = self._terms(query)
        return lambda: self._best(self._query(query.kind, *terms))

    def search(self, query: Query) -> list[Found]:
        read = self._query(query.kind, *self._terms(query))
        snippets = tantivy.SnippetGenerator.create(self._searcher, read, self._schema, "text")
        snippets.set_max_num_chars(_UTF8 * SNIPPET)
        found = []
        for address in self._best(read):
            document = self._searcher.doc(address)
            snippet = snippets.snippet_from_doc(document)
            snippet.highlighted()
            fragment = snippet.fragment().replace(SEPARATOR, "")
            found.append((str(document.get_first("title")), str(fragment)))
        return found

    def _terms(self, query: Query) -> tuple[list[str], list[str]]:
        if query.kind == "phrase":
            return words(query.text), bigrams(query.text) if self._two_channels else []
        pairs = dict.fromkeys(bigrams(query.text)) if self._two_channels else ()
        return query_words(query.text), list(pairs)

    def _query(self, kind: str, words: list[str], pairs: list[str]) -> Any:
        if kind == "phrase":
            field, terms = ("bigrams", pairs) if self._two_channels else ("text", words)
            if len(terms) > 1:
                return tantivy.Query.phrase_query(self._schema, field, terms)
            return tantivy.Query.term_query(self._schema, field, terms[0])
        wanted = tantivy.Occur.Must if kind == "all" else tantivy.Occur.Should
        parts = [(wanted, self._term("text", word)) for word in words]
        parts += [(tantivy.Occur.Should, self._term("bigrams", pair)) for pair in pairs]
        return parts[0][1] if len(parts) == 1 else tantivy.Query.boolean_query(parts)

    def _term(self, field: str, term: str) -> Any:
        return tantivy.Query.term_query(self._schema, field, term, "freq")

    def _best(self, query: Any) -> list[object]:
        # Counting all matches would forbid it to skip any.
        return [address for _, address in self._searcher.search(query, LIMIT, count=False).hits]


def _schema(two_channels: bool) -> Any:
    schema = tantivy.SchemaBuilder()
    schema.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    schema.add_text_field("title", stored=True, tokenizer_name="raw", index_option="basic")
    schema.add_text_field("text", stored=True, tokenizer_name="whitespace")
    if two_channels:
        schema.add_text_field("bigrams", stored=False, tokenizer_name="whitespace")
    return schema.build()
