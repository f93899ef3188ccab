"""The engines that are set against each other, by the name that they have in commands."""

from importlib import import_module

from tests.benchmarks.engines.engine import Engine

# Where each is made: its module is imported when it is asked for, and so is its package.
_MAKERS = {
    "searcher": ("ours", "Ours"),
    "searcher-first": ("ours", "OursFirst"),
    "searcher-plain": ("ours", "OursPlain"),
    "tantivy": ("tantivy_words", "TantivyWords"),
    "tantivy-two": ("tantivy_words", "TantivyTwoChannels"),
    "fts5": ("fts5", "Fts5"),
    "bm25s": ("bm25s_numpy", "Bm25s"),
    "stock": ("stock", "Stock"),
}
LABELS = {
    "searcher": "searcher",
    "searcher-first": "searcher, first time",
    "searcher-numpy": "searcher, numpy alone",
    "searcher-plain": "searcher, plain BM25F",
    "tantivy": "tantivy + rjieba, words",
    "tantivy-two": "tantivy + rjieba, words and bigrams",
    "fts5": "SQLite FTS5 + rjieba",
    "bm25s": "bm25s + rjieba",
    "stock": "Whoosh + jieba",
}
PEERS = ("tantivy-two", "fts5", "bm25s")


def engine(name: str) -> Engine:
    """The engine with this name.

    Raises:
        ModuleNotFoundError: Its package is not installed; the extra ``bench`` has them all.
    """
    module, maker = _MAKERS[name]
    made: Engine = getattr(import_module(f"{__name__}.{module}"), maker)()
    return made
