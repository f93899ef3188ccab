"""What can go wrong, by name. Every error says what was wrong, where, and what to do next."""


class SearcherError(Exception):
    """The base of all errors that this package raises on purpose."""


class IndexNotFound(SearcherError):
    """There is no index at the path."""


class IndexLocked(SearcherError):
    """Another process is writing to the index.

    Attributes:
        who: Which one, as far as that is known, in words.
    """

    def __init__(self, who: str, advice: str = "") -> None:
        """Take who it is, and what is to be done about it."""
        super().__init__(who + advice)
        self.who = who


class IndexCorrupt(SearcherError):
    """The files of the index do not fit together or cannot be read."""


DAMAGE = (ValueError, IndexError, OverflowError, RecursionError)
"""What is raised below when bytes of an index make no sense; ``IndexCorrupt`` is made of it."""


class IndexMismatch(SearcherError):
    """The index was made with another dictionary, folding or format version."""


class ClusterError(SearcherError):
    """A cluster that an index is in does not answer, or refuses."""


class DocumentError(SearcherError):
    """A file or a record cannot be read as a document.

    Attributes:
        format: What it was read as, in a short word (``pdf``, ``zip``, ``text``); empty where it
            was not looked into.
    """

    def __init__(self, message: str, *, format: str = "") -> None:
        super().__init__(message)
        self.format = format


class DictionaryError(SearcherError):
    """A user dictionary or a stop list cannot be read."""


class SynonymsError(SearcherError):
    """A file of synonyms cannot be read, or a line of it is not understood."""


class ArgumentError(SearcherError, ValueError):
    """A value given to a public function is not one that it takes."""
