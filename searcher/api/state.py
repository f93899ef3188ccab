"""One state of an index, opened for reading."""

from searcher.index.reader import IndexReader
from searcher.index.store import Description, Store
from searcher.query.search import Search
from searcher.text import Analyzer


class State:
    """One state of an index, opened for reading."""

    def __init__(self, store: Store, analyzer: Analyzer | None = None) -> None:
        """Open the latest commit; the analyzer is loaded unless it is given."""
        self.description: Description = store.describe()
        self.analyzer: Analyzer = analyzer or store.analyzer(self.description)
        self.index = store.whoosh_index(self.description)
        try:
            self.reader = IndexReader(self.index, store.corrupt)
        except BaseException:
            self.index.close()
            raise
        self.search = Search(self.reader, self.analyzer)

    def close(self) -> None:
        """Close the files."""
        self.reader.close()
        self.index.close()
