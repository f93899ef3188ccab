"""The words of a dictionary with their frequencies: a trie and an array, mapped into memory."""

from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TRIE, FREQUENCIES = "words.marisa", "frequencies.u32"


class Words:
    """Words and frequencies, which do not change."""

    def __init__(self, trie: Any, frequencies: "memoryview[int]") -> None:
        """Take a ``marisa_trie.Trie`` and frequencies by its keys' ids."""
        self._trie = trie
        self._frequencies = frequencies

    @classmethod
    def compile(cls, words: Mapping[str, int]) -> "Words":
        """Make the trie and the array."""
        import marisa_trie

        trie = marisa_trie.Trie(words.keys())
        frequencies = array("I", bytes(4 * len(trie)))
        for word, key in trie.items():
            frequencies[key] = words[word]
        return cls(trie, memoryview(frequencies))

    @classmethod
    def load(cls, folder: Path) -> "Words":
        """Map the files that ``save`` wrote.

        Raises:
            OSError: A file is missing or cannot be read.
            ValueError: A file is damaged.
        """
        from mmap import ACCESS_READ, mmap

        import marisa_trie

        trie = marisa_trie.Trie()
        try:
            trie.mmap(str(folder / TRIE))
        except RuntimeError as error:
            raise ValueError(f"{TRIE}: {error}") from error
        with (folder / FREQUENCIES).open("rb") as file:
            data = memoryview(mmap(file.fileno(), 0, access=ACCESS_READ))
        if data.nbytes != 4 * len(trie):
            raise ValueError(f"{FREQUENCIES}: {data.nbytes} bytes for {len(trie)} words")
        return cls(trie, data.cast("I"))

    def save(self, folder: Path) -> dict[str, int]:
        """Write the files into an existing folder; their sizes in bytes by name.

        Raises:
            OSError: They cannot be written.
        """
        files = {TRIE: self._trie.tobytes(), FREQUENCIES: self._frequencies.tobytes()}
        return {name: (folder / name).write_bytes(data) for name, data in files.items()}

    def to_bytes(self) -> bytes:
        """All words and frequencies: equal bytes mean equal words."""
        return bytes(self._trie.tobytes()) + self._frequencies.tobytes()

    def items(self) -> Iterator[tuple[str, int]]:
        """All words and their frequencies."""
        frequencies = self._frequencies
        for word, key in self._trie.items():
            yield word, frequencies[key]

    def frequency(self, word: str) -> int:
        """How frequent the word is; 0 where it is none of these."""
        key = self._trie.get(word)
        return 0 if key is None else self._frequencies[key]

    def prefixes(self, text: str) -> Iterator[tuple[int, int]]:
        """The words that ``text`` begins with, shortest first, as (length, frequency)."""
        frequencies = self._frequencies
        for word, key in self._trie.iter_prefixes_with_ids(text):
            yield len(word), frequencies[key]


def check_sizes(folder: Path, sizes: Mapping[str, int]) -> None:
    """Look that the files are there as ``save`` wrote them, without opening them.

    Raises:
        OSError: A file is missing.
        ValueError: A file has another size.
    """
    for name in (TRIE, FREQUENCIES):
        size = (folder / name).stat().st_size
        if size != sizes[name]:
            raise ValueError(f"{name}: {size} bytes instead of {sizes[name]}")
