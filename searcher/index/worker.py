"""A worker process: it reads pieces of files and builds segments from what is wanted of them."""

import gc
from pathlib import Path
from typing import NamedTuple

from searcher.documents import let_go
from searcher.index.columnar.arrays import Mask
from searcher.index.columnar.build import SegmentBuilder
from searcher.index.columnar.merge import Share, merge_channel, opened
from searcher.index.columnar.moved import NOTHING
from searcher.index.columnar.similarity import SIMILARITY
from searcher.index.columnar.texts import train
from searcher.index.pieces import Outcome, Piece, read_piece
from searcher.index.prepare import StorableDocument, prepared
from searcher.index.serving import serve
from searcher.text import Analyzer

_GARBAGE = 50_000  # new objects, before they are looked at


class ReadBatch(NamedTuple):
    """Read pieces and keep their documents. The answer is a ``BatchRead``.

    Attributes:
        pieces: The pieces.
        size: How many bytes of documents to take of each at most.
        is_first: Whether to make the dictionary from them.
    """

    pieces: list[Piece]
    size: int
    is_first: bool


class BatchRead(NamedTuple):
    """What came of it.

    Attributes:
        outcomes: One for each piece. After one that is not over, of which nothing is kept, no
            other was read.
        dictionary: What to pack the records with; empty if it was not asked for.
    """

    outcomes: list[Outcome]
    dictionary: bytes


class BuildBatch(NamedTuple):
    """Take what is wanted of what was read last, and build a segment. The answer is None.

    Attributes:
        unwanted: For each piece the numbers of the documents to leave out.
        path: The segment; None if there is too little for one: it is kept for the next.
        dictionary: What to pack the records with.
    """

    unwanted: list[set[int]]
    path: Path | None
    dictionary: bytes


class BuildDocuments(NamedTuple):
    """Build a segment from documents. The answer is None."""

    documents: list[StorableDocument]
    path: Path
    dictionary: bytes


class MergeChannels(NamedTuple):
    """Merge a share of the channels of segments into files of their own. The answer is None.

    Attributes:
        sources: The segments, and for each which of its documents are there, if not all.
        files: For each channel its file.
        share: The share.
    """

    sources: list[tuple[Path, Mask | None]]
    files: dict[str, Path]
    share: Share


Request = ReadBatch | BuildBatch | BuildDocuments | MergeChannels
Answer = BatchRead | None


def build_segment(
    documents: list[StorableDocument], analyzer: Analyzer, dictionary: bytes, path: Path
) -> None:
    """Write one segment from checked documents, which are taken out of the list."""
    analyzer.prepare()
    builder = SegmentBuilder(analyzer, dictionary)
    documents.reverse()  # so that they can be let go of from the end
    while documents:
        builder.add(prepared(documents.pop(), analyzer.folding))
    builder.write(path, SIMILARITY)


def work() -> None:
    """The main program of a worker."""
    # Most of what is here lives as long as its batch: looking for cycles in it is in vain.
    gc.set_threshold(_GARBAGE)
    serve(lambda folder: _Work(folder).answer)


class _Work:
    def __init__(self, folder: Path) -> None:
        from searcher.text import Dictionary, Folding

        folding = Folding.from_json((folder / "folding.json").read_text(encoding="utf-8"))
        self._analyzer = Analyzer(folding, Dictionary.load(folder))
        self._read: list[list[StorableDocument]] = []
        self._wanted: list[StorableDocument] = []  # of which no segment was built yet

    def answer(self, request: Request) -> Answer:
        match request:
            case ReadBatch():
                return self._read_batch(request)
            case BuildBatch():
                self._build_batch(request)
            case BuildDocuments(documents, path, dictionary):
                build_segment(documents, self._analyzer, dictionary, path)
            case MergeChannels(sources, files, share):
                segments = opened((one, live, NOTHING) for one, live in sources)
                for channel, path in files.items():
                    merge_channel(segments, path, SIMILARITY, channel, share)
        return None

    def _read_batch(self, request: ReadBatch) -> BatchRead:
        self._read = []
        outcomes: list[Outcome] = []
        for piece in request.pieces:
            documents, outcome = next(read_piece(piece, request.size))
            outcomes.append(outcome)
            if not outcome.is_last:
                break
            self._read.append(documents)
        let_go()  # what is built next takes what reading took
        dictionary = b""
        if request.is_first:
            dictionary = train([document.record for some in self._read for document in some])
        return BatchRead(outcomes, dictionary)

    def _build_batch(self, request: BuildBatch) -> None:
        read, self._read = self._read, []
        wanted = self._wanted
        for documents, unwanted in zip(read, request.unwanted, strict=True):
            if unwanted:
                wanted += [one for n, one in enumerate(documents) if n not in unwanted]
            else:
                wanted += documents
            documents.clear()
        if request.path is not None:
            build_segment(wanted, self._analyzer, request.dictionary, request.path)
