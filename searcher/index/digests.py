"""What tells the content of a file from any other of the same size.

The lines of a file of records are hashed in any case, so its digest is made of their hashes.
"""

import hashlib
from pathlib import Path

from searcher.documents.parts import LinesHash, lines_hash

_SIZE = 12  # bytes
_CHUNK = 1 << 20  # bytes
_BY_LINES = "lines:"


def digest_of_data(data: bytes) -> str:
    """The digest of a file with this content."""
    return hashlib.blake2b(data, digest_size=_SIZE).hexdigest()


def digest_of(path: Path) -> str:
    """The digest of a file.

    Raises:
        OSError: It cannot be read.
    """
    digest = hashlib.blake2b(digest_size=_SIZE)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def digest_by_lines(lines: LinesHash) -> str:
    """The digest of a file with these lines; empty if one of them is too long."""
    return _by_lines(lines.result())


def digest_like(path: Path, other: str) -> str:
    """The digest of a file, made in the way in which another one was.

    Raises:
        OSError: It cannot be read.
    """
    return _by_lines(lines_hash(path)) if is_by_lines(other) else digest_of(path)


def is_by_lines(digest: str) -> bool:
    """Whether a digest is made of the hashes of lines."""
    return digest.startswith(_BY_LINES)


def _by_lines(found: str) -> str:
    return found and _BY_LINES + found[: 2 * _SIZE]
