"""A folder of hostile documents, and of ordinary ones between them."""

from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from tests.hostile import archives, names, pdfs, texts
from tests.hostile.texts import MEGABYTE

_ORDINARY = 9  # files in each folder, which must be found


class Scale(NamedTuple):
    """How large everything is.

    Attributes:
        size: Bytes of what is longest, or that a bomb expands to.
        depth: Levels of nesting.
        members: Members of an archive.
        values: Values of a record.
        share: How much of what a document may have the largest texts have.
    """

    size: int
    depth: int
    members: int
    values: int
    share: float


FULL = Scale(1 << 30, 5_000_000, 100_000, 4_000_000, 0.99)
SMALL = Scale(16 * MEGABYTE, 100_000, 2_000, 100_000, 0.2)


def _write_pdfs(folder: Path, scale: Scale) -> None:
    for name, data in pdfs.hostile(scale.size).items():
        (folder / name).write_bytes(data())


KINDS: dict[str, Callable[[Path, Scale], None]] = {
    "lines": lambda folder, scale: texts.write_long_lines(folder, scale.size),
    "deep": lambda folder, scale: texts.write_deep(folder, scale.depth),
    "values": lambda folder, scale: texts.write_many_values(folder, scale.values),
    "large": lambda folder, scale: texts.write_large(folder, scale.share),
    "packed": lambda folder, scale: archives.write_packed(folder, scale.size),
    "zip": lambda folder, scale: archives.write_zips(folder, scale.size, scale.members),
    "tar": lambda folder, scale: archives.write_tars(folder, scale.size, 20 * scale.members),
    "office": lambda folder, scale: archives.write_offices(folder, scale.size),
    "pdf": _write_pdfs,
    "names": lambda folder, scale: names.write_names(folder),
}


def make(folder: Path, scale: Scale, only: str = "*") -> list[str]:
    """Write the documents; returns the words that must be found, one of each ordinary one.

    Args:
        folder: Where they go, a folder for each kind.
        scale: How large they are.
        only: What is written, as a pattern of ``kind/name``.
    """
    words: list[str] = []
    for kind, write in KINDS.items():
        if not fnmatch(kind, only.partition("/")[0]):
            continue
        below = folder / kind
        below.mkdir(parents=True)
        write(below, scale)
        for path in [*below.iterdir()] if "/" in only else []:
            if not fnmatch(path.name, only.partition("/")[2]):
                path.unlink()
        for number in range(_ORDINARY):
            words.append(f"ordinary{kind}{number}")
            name = f"{'0aclmptz~'[number]}-ordinary.txt"  # before, between and behind the others
            (below / name).write_text(f"普通文档\n\n{words[-1]}\n", encoding="utf-8")
    return words


def files_of(folder: Path) -> Iterator[str]:
    """The names of all that is to be read or named, as the system has them."""
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            yield path.relative_to(folder).as_posix()
