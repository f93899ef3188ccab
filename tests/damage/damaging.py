"""The ways in which a file is damaged."""

import json
import random
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from searcher.index.commits import CONTAINERS

# Of smaller files every byte is changed in the full form, of those up to the second every eighth.
_SMALL, _MEDIUM, _STEP = 1000, 4096, 8  # bytes
_ENDS = 32  # bytes at the beginning and at the end of larger ones, all of which are changed
_INSIDE = 60  # bytes between them that are chosen by chance
_MAGIC, _FOOTER, _PADDING = 16, 24, 8  # bytes, of a container; behind each section there is padding
_IN_TABLE = 40  # bytes of its table of contents that are chosen by chance
_IN_SECTION = 3  # bytes of each section, likewise
_VALUES = (0x00, 0x01, 0x7F, 0x80, 0xFF)


@dataclass(frozen=True, slots=True)
class Damage:
    """What is done to one file, or to two.

    Attributes:
        file: Its name, below the index.
        what: What is done, in words.
        change: Gives the new content of the file; None for no file.
        other: The file that it is swapped with; empty for none.
    """

    file: str
    what: str
    change: Callable[[bytes], bytes | None] = bytes
    other: str = ""


def set_byte(at: int, value: int) -> Callable[[bytes], bytes]:
    """What changes a byte, to another one if it has this value already."""

    def change(data: bytes) -> bytes:
        old = data[at]
        return data[:at] + bytes([value if value != old else old ^ 0x10]) + data[at + 1 :]

    return change


def every(index: Path, files: dict[str, bytes], chance: random.Random) -> Iterator[Damage]:
    """Every file as a whole, and bytes of each part that a file has.

    Args:
        index: Where the files are.
        files: Their content by their names below it.
        chance: Chooses bytes where not every one is changed.
    """
    for file, data in files.items():
        yield from whole(file)
        for at in _places(index / file, len(data), chance):
            value = _VALUES[at % len(_VALUES)]
            yield Damage(file, f"byte {at} becomes {value}", set_byte(at, value))


def _places(path: Path, size: int, chance: random.Random) -> list[int]:
    """The bytes of a file that are changed, in ascending order."""
    if path.suffix in CONTAINERS:
        return _places_in_container(path, size, chance)
    if size <= _SMALL:
        return [*range(size)]
    if size <= _MEDIUM:
        return [*range(chance.randrange(_STEP), size, _STEP)]
    inside = chance.sample(range(_ENDS, size - _ENDS), _INSIDE)
    return sorted([*range(_ENDS), *inside, *range(size - _ENDS, size)])


def _places_in_container(path: Path, size: int, chance: random.Random) -> list[int]:
    """All bytes of its head and its foot, some of its table, and of and behind each section."""
    table_start, table_size = struct.unpack("<QI", path.read_bytes()[size - _FOOTER :][:12])
    table = range(table_start, table_start + table_size)
    places = {*range(_MAGIC), *chance.sample(table, _IN_TABLE), *range(size - _FOOTER, size)}
    for start, length, _ in json.loads(path.read_bytes()[table.start : table.stop])[
        "sections"
    ].values():
        places.add(start + length + chance.randrange(_PADDING))
        if length:
            places |= {start, start + length - 1}
            places |= {start + chance.randrange(length) for _ in range(_IN_SECTION)}
    return sorted(places)


def whole(file: str) -> Iterator[Damage]:
    """What happens to a file as a whole."""
    yield Damage(file, "is not there", lambda _: None)
    yield Damage(file, "is empty", lambda _: b"")
    yield Damage(file, "has a byte more", lambda data: data + b"\x00")
    yield Damage(file, "has a byte more in front", lambda data: b"\x00" + data)
    yield Damage(file, "has a byte less", lambda data: data[:-1])
    yield Damage(file, "is there twice", lambda data: data + data)


def anywhere(files: dict[str, bytes], chance: random.Random) -> Iterator[Damage]:
    """Any damage to any file, without end; each file as often as any other."""
    names = sorted(files)
    while True:
        for file in chance.sample(names, len(names)):
            yield _any(file, files, chance)


def _any(file: str, files: dict[str, bytes], chance: random.Random) -> Damage:
    size = len(files[file])
    at = chance.randrange(size) if size else 0
    if chance.random() < 0.25 and size:  # tables and headers are at the ends
        at = min(int(chance.expovariate(1 / 300)), size - 1)
        at = chance.choice((at, size - 1 - at))
    value = chance.choice((*_VALUES, chance.randrange(256)))
    length = chance.choice((2, 4, 8, 64, 5000))
    damages = [
        *[Damage(file, f"byte {at} becomes {value}", set_byte(at, value))] * (10 if size else 0),
        Damage(
            file,
            f"{length} bytes from {at} become {value}",
            lambda data: data[:at] + bytes([value]) * min(length, size - at) + data[at + length :],
        ),
        Damage(file, f"is cut off at {at}", lambda data: data[:at]),
        Damage(
            file,
            f"has byte {value} put in at {at}",
            lambda data: data[:at] + bytes([value]) + data[at:],
        ),
        Damage(file, f"lacks byte {at}", lambda data: data[:at] + data[at + 1 :]),
        Damage(
            file, f"lacks {length} bytes from {at}", lambda data: data[:at] + data[at + length :]
        ),
        *whole(file),
    ]
    others = [name for name in files if name != file and files[name] != files[file]]
    # Most of all with a file of its kind.
    alike = [name for name in others if name.rpartition(".")[2] == file.rpartition(".")[2]]
    other = chance.choice(alike or others)
    damages += [Damage(file, f"is swapped with {other}", other=other)] * 2
    return chance.choice(damages)


def write_damaged(damage: Damage, files: dict[str, bytes], index: Path) -> list[str]:
    """Damage an index; returns the files that a check must name.

    A lock that is not there is no damage: whoever writes makes it. Files are replaced rather than
    written to: a process that has them mapped keeps them.
    """
    changed: dict[str, bytes | None] = {damage.file: damage.change(files[damage.file])}
    if damage.other:
        changed = {damage.file: files[damage.other], damage.other: files[damage.file]}
    for file, data in changed.items():
        (index / file).unlink()
        if data is not None:
            (index / file).write_bytes(data)
    return [
        file
        for file, data in changed.items()
        if data != files[file] and not (data is None and file.endswith("WRITELOCK"))
    ]


def restore(damage: Damage, files: dict[str, bytes], index: Path) -> None:
    """Make an index what it was."""
    for file in filter(None, (damage.file, damage.other)):
        (index / file).unlink(missing_ok=True)
        (index / file).write_bytes(files[file])


def restore_all(files: dict[str, bytes], index: Path) -> None:
    """Make an index what it was, whatever was done to it."""
    shutil.rmtree(index, ignore_errors=True)
    for file, data in files.items():
        (index / file).parent.mkdir(parents=True, exist_ok=True)
        (index / file).write_bytes(data)


def files_of(index: Path) -> dict[str, bytes]:
    """The content of all files of an index by their names below it."""
    return {
        path.relative_to(index).as_posix(): path.read_bytes()
        for path in sorted(index.rglob("*"))
        if path.is_file()
    }
