"""The manifest: which files the documents of an index were read from, and in what state.

It is written beside the segments before a commit, under the number of the generation that the
commit makes, so the two always fit: a reader of generation n has manifest n. It is JSON, packed by
gzip, for it names every document.
"""

import gzip
import json
import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

_LEVEL = 4  # of packing
_ENDING = ".json.gz"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """The state in which a file was read.

    Attributes:
        size: Its size in bytes.
        mtime_ns: When it was last changed, in nanoseconds since 1970.
        digest: A hash of its content.
        documents: The ids of its documents.
        location: Where it was, as an absolute path.
        skipped: Its records that could not be read, as (name, reason).
    """

    size: int
    mtime_ns: int
    digest: str
    documents: tuple[str, ...]
    location: str = ""
    skipped: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Manifest:
    """All files of an index by name, and the folders they were found under."""

    roots: list[str] = field(default_factory=list)
    files: dict[str, FileEntry] = field(default_factory=dict)


def read(folder: Path, generation: int) -> Manifest:
    """The manifest of one generation; an empty one of generation 0, which has no documents.

    Raises:
        ValueError: The file is damaged or missing.
    """
    if not generation:
        return Manifest()
    try:
        data = _path(folder, generation).read_bytes()
    except FileNotFoundError as error:
        raise ValueError(f"{_path(folder, generation).name} is missing") from error
    try:
        values = json.loads(gzip.decompress(data))
        files = {name: _entry(entry) for name, entry in values["files"].items()}
        return Manifest(list(values["roots"]), files)
    except (
        KeyError,
        TypeError,
        AttributeError,
        ValueError,
        EOFError,
        OSError,
        zlib.error,
    ) as error:
        raise ValueError(f"{_path(folder, generation).name}: {error!r}") from error


def latest(folder: Path) -> Manifest:
    """The manifest of the latest generation there is.

    Raises:
        ValueError: The file is damaged.
    """
    generations = [
        int(path.name.removeprefix("manifest-").removesuffix(_ENDING))
        for path in folder.glob(f"manifest-*{_ENDING}")
    ]
    return read(folder, max(generations, default=0))


def forget(manifest: Manifest, ids: Iterable[str]) -> Manifest:
    """The manifest without documents that are no longer as their files have them.

    They are left as they are until their files change.
    """
    gone = set(ids)
    files = {
        name: replace(entry, documents=tuple([one for one in entry.documents if one not in gone]))
        if not gone.isdisjoint(entry.documents)
        else entry
        for name, entry in manifest.files.items()
    }
    return Manifest(manifest.roots, files)


def write(folder: Path, generation: int, manifest: Manifest) -> None:
    """Write the manifest of a generation, whole or not at all."""
    data = {
        "roots": manifest.roots,
        "files": {
            name: [
                entry.size,
                entry.mtime_ns,
                entry.digest,
                entry.documents,
                entry.location,
                entry.skipped,
            ]
            for name, entry in manifest.files.items()
        },
    }
    path = _path(folder, generation)
    new = path.with_suffix(".new")
    # All at once: the part of the json module that writes bit by bit is many times slower.
    text = json.dumps(data, ensure_ascii=False)
    # Names of files need not be UTF-8: they come with halves of surrogate pairs.
    packed = gzip.compress(text.encode("utf-8", "surrogatepass"), _LEVEL, mtime=0)
    with new.open("wb") as file:
        file.write(packed)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def sweep(folder: Path, generation: int) -> None:
    """Delete the manifests of other generations."""
    keep = _path(folder, generation)
    for path in folder.glob("manifest-*"):
        if path != keep:
            path.unlink(missing_ok=True)


def _entry(values: Any) -> FileEntry:
    size, mtime_ns, digest, documents, location, skipped = values
    pairs = tuple((name, reason) for name, reason in skipped)
    return FileEntry(size, mtime_ns, digest, tuple(documents), location, pairs)


def _path(folder: Path, generation: int) -> Path:
    return folder / f"manifest-{generation}{_ENDING}"
