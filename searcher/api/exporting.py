"""Writing documents as JSON Lines, to a file that is there when it is whole, or to a stream."""

import io
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from searcher.api.arguments import check_callable, path_of
from searcher.api.dictionary_files import AnyPath
from searcher.api.types import Exported
from searcher.documents.exported import to_line
from searcher.documents.formats.jsonl import takes_too_much
from searcher.documents.limits import LARGEST_DOCUMENT
from searcher.documents.model import Document
from searcher.index.report import Progress

if TYPE_CHECKING:
    from searcher.index.report import ProgressCallback

_OFTEN = 100  # documents, after which it is said how many are done
_BUFFER = 1 << 18  # bytes


def export(
    documents: Iterable[Document],
    count: int,
    target: AnyPath | IO[str] | IO[bytes],
    progress: "ProgressCallback | None" = None,
) -> Exported:
    """Write documents; for the arguments see ``Index.export``.

    Args:
        documents: The documents.
        count: How many there are.
        target: Where to.
        progress: Is called from time to time.
    """
    check_callable("progress", progress)
    if isinstance(target, (str, os.PathLike)):
        with _written_whole(path_of(target)) as stream:
            return _write(documents, count, stream, progress)
    return _write(documents, count, target, progress)


def _write(
    documents: Iterable[Document],
    count: int,
    stream: Any,
    progress: "ProgressCallback | None",
) -> Exported:
    is_text = isinstance(stream, io.TextIOBase)
    done = size = 0
    too_large: list[str] = []
    for document in documents:
        line = to_line(document)
        data = line.encode("utf-8")
        stream.write(line if is_text else data)
        done += 1
        size += len(data)
        if len(data) >= LARGEST_DOCUMENT or takes_too_much(line):
            too_large.append(document.id)
        if progress is not None and done % _OFTEN == 0:
            progress(Progress(done, max(count, done), document.id, done))
    stream.flush()
    return Exported(done, size, tuple(too_large))


@contextmanager
def _written_whole(path: Path) -> Iterator[Any]:
    """A file to write to, which takes the place of that of its name when the body is done.

    Raises:
        OSError: It cannot be written.
    """
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            with path.open("wb") as stream:  # a pipe, /dev/stdout
                yield stream
            return
    path = path.resolve()  # what a symlink points to is replaced, not the symlink
    # Its name begins with a dot: nobody who indexes the folder takes it for a document.
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    if path.is_dir():
        raise IsADirectoryError(21, os.strerror(21), str(path))
    try:
        raw = beside.open("wb", buffering=_BUFFER)
    except OSError as error:
        # The name that the user knows is the one to complain of.
        raise type(error)(error.errno, error.strerror, str(path)) from error
    try:
        with raw:
            packing = _packing(path.suffix.lower(), raw)
            if packing is None:
                yield raw
            else:
                with packing:
                    yield packing
            raw.flush()
            os.fsync(raw.fileno())
        with suppress(OSError):  # there is none yet
            beside.chmod(stat.S_IMODE(path.stat().st_mode))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _packing(ending: str, raw: IO[bytes]) -> Any:
    """The file that packs by the ending of a name; None for none."""
    if ending == ".gz":
        import gzip

        # Without a name and a time, so that the same documents give the same file.
        return gzip.GzipFile("", "wb", fileobj=raw, mtime=0)
    if ending == ".bz2":
        import bz2

        return bz2.BZ2File(raw, "wb")
    if ending == ".xz":
        import lzma

        return lzma.LZMAFile(raw, "wb")
    return None
