"""Frequencies of terms for what ranks, marks and completes."""

from __future__ import annotations

from searcher.cluster.snapshot import Snapshot
from searcher.index.columnar.terms import to_term
from searcher.query.sought import CHANNELS, Sought


class ClusterFrequencies:
    """Looks terms up in a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Take the snapshot."""
        self._snapshot = snapshot

    def document_frequency(self, term: str, channel: str) -> int:
        """In how many documents a term is."""
        return self._snapshot.document_frequency(term, channel)

    def document_frequencies(self, terms: list[Sought]) -> list[int]:
        """The same for several terms."""
        names = [(_term(escaped), CHANNELS[channel]) for channel, escaped, _, _ in terms]
        return self._snapshot.document_frequencies(names)


def _term(escaped: bytes) -> str:
    try:
        return to_term(escaped)
    except UnicodeDecodeError:  # what stands for half a surrogate pair, which no text has
        return "\ufffe"
