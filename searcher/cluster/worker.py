"""A worker process: it cuts the texts of documents and sends them to the cluster."""

import gc
from pathlib import Path
from typing import NamedTuple

from searcher.cluster.address import Address
from searcher.cluster.bulk import send, to_index
from searcher.cluster.connection import Connection
from searcher.cluster.description import load_analyzer
from searcher.cluster.encoding import Averages, cut, encoded
from searcher.index import stored
from searcher.index.serving import serve

_GARBAGE = 50_000  # new objects, before they are looked at

Stored = tuple[str, bytes, bytes]  # the id of a document, as it is stored, and its mark


class Opening(NamedTuple):
    """What a worker is told first.

    Attributes:
        address: The cluster.
        build: The build to send to.
        folder: Where the files of its analyzer are.
        averages: What documents are weighed by.
        part: The part of the index.
        run: The run that writes.
    """

    address: Address
    build: str
    folder: Path
    averages: Averages
    part: str
    run: str


class Lot(NamedTuple):
    """Documents to send. The answer is None, when they are written."""

    documents: list[Stored]


def work() -> None:
    """The main program of a worker."""
    # What is made for a document is gone with it: looking for cycles is in vain.
    gc.set_threshold(_GARBAGE)
    serve(lambda opening: _Work(opening).answer)


class _Work:
    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._connection = Connection(opening.address)
        self._analyzer = load_analyzer(opening.folder)
        self._analyzer.prepare()

    def answer(self, lot: Lot) -> None:
        opening, actions = self._opening, []
        for document_id, record, mark in lot.documents:
            one = cut(stored.document_of(record, document_id), mark, self._analyzer)
            values = encoded(one, opening.averages, self._analyzer)
            values |= {"part": opening.part, "run": opening.run}
            actions.append(to_index(document_id, values))
        send(self._connection, opening.build, actions)
