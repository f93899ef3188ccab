"""How much of what other people made is taken into memory at once.

An index is built with a fixed amount of memory, 512 MB for all processes unless more is allowed,
and what a document takes on its way into the index is about twenty times its size. So these fit
together: what is larger is left out and named, and the rest is read.
"""

from searcher.errors import DocumentError
from searcher.language import say

# One document, one record, or one line: bytes of text.
LARGEST_DOCUMENT = 8 << 20
# Its text: what building an index takes grows with the number of characters.
LONGEST_TEXT = 4 << 20  # characters
# How many different pairs of neighbours it may have, each of which is a term. A text of 2.6 million
# characters that somebody wrote has a third of a million; one made by chance has as many as it has
# characters, and building its index takes four times the memory.
MOST_PAIRS = 1_000_000
# A plain text that is larger is read as several documents of this size.
SECTION = 1 << 20  # characters
LONGEST_LINE = 64 << 20  # characters of one line of it that are read
# One row of a table, with all lines of it. The reader takes four bytes for each character, twice.
LARGEST_ROW = 4 << 20  # characters
MOST_LINES = 1 << 16  # of one row
MOST_COLUMNS = 1 << 14
# What the values of one JSON record may take as Python's objects.
LARGEST_VALUES = 96 << 20  # bytes
# What the tree of a page may take.
LARGEST_TREE = 96 << 20  # bytes

# A packed file may expand to this much, or to so many times its own size where that is more: real
# text does not get near the ratio, a file made to fill the disk is a thousand times its size.
EXPANSION = 512 << 20  # bytes
RATIO = 50
# A file inside an archive that must be held in memory: an archive itself, a PDF, an office file.
LARGEST_MEMBER = 32 << 20  # bytes
# The table of contents of a zip archive takes some ten times its size.
LARGEST_DIRECTORY = 8 << 20  # bytes
# What a tar archive may say about one member, beside its content.
LARGEST_HEADER = 1 << 20  # bytes
# What an xz file may ask for to be unpacked.
XZ_MEMORY = 80 << 20  # bytes
# One part of an office file, unpacked. It is read as a stream.
LARGEST_PART = 256 << 20  # bytes
LARGEST_TAG = 1 << 20  # bytes of one tag in XML
DEEPEST = 1000  # nested elements in XML


class TooLarge(DocumentError):
    """What is to be read does not fit into the memory."""


def too_large() -> TooLarge:
    """The error for a document or a record that is too large."""
    return TooLarge(too_large_reason())


def too_large_reason() -> str:
    """Why a document or a record is left out."""
    size = LARGEST_DOCUMENT >> 20
    return say(f"larger than {size} MB for one document", f"单个文档超过 {size} MB")


def too_long_reason() -> str:
    """Why a document with a very long text is left out."""
    return say(
        f"longer than {LONGEST_TEXT:,} characters for one document",
        f"单个文档超过 {LONGEST_TEXT:,} 个字符",
    )


def has_too_many_pairs(text: str) -> bool:
    """Whether a text has more different pairs of neighbours than anybody would write."""
    if len(text) <= MOST_PAIRS:
        return False
    from searcher.lazy import np

    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    pairs = (codes[:-1].astype(np.uint64) << np.uint64(32)) | codes[1:]
    pairs.sort()
    return int(np.count_nonzero(pairs[1:] != pairs[:-1])) >= MOST_PAIRS


def too_many_pairs_reason() -> str:
    """Why a document with such a text is left out."""
    return say(
        f"more than {MOST_PAIRS:,} different pairs of characters: not a text that is read",
        f"不同的相邻字对超过 {MOST_PAIRS:,} 个，不像可读的文字",
    )


class Allowance:
    """How far a packed file may still expand, with all that is packed inside it."""

    def __init__(self, packed: int) -> None:
        """Begin with the size of the packed file."""
        self._limit = self._left = max(EXPANSION, RATIO * packed)

    def take(self, count: int) -> None:
        """Take so many bytes.

        Raises:
            DocumentError: It expands too far.
        """
        self._left -= count
        if self._left < 0:
            size = self._limit >> 20
            raise Exhausted(say(f"it expands to more than {size} MB", f"解压后超过 {size} MB"))


class Exhausted(DocumentError):
    """An archive expands too far; nothing more of it is read."""
