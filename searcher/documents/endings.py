"""What a file is by its name."""

from pathlib import PurePosixPath

_PACKED = {".gz", ".bz2", ".xz"}  # of one file: the ending before says what it is
_LONGEST_ENDING = 10


def format_of(path: str) -> str:
    """What a file is by its name: its ending in lower case, without the dot and without ``gz``."""
    name = PurePosixPath(path.lower())
    ending = name.suffix
    if ending in _PACKED:
        ending = PurePosixPath(name.stem).suffix or ending
    ending = ending.removeprefix(".")
    return ending if ending.isalnum() and len(ending) <= _LONGEST_ENDING else ""
