"""The ways in which a file is damaged."""

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SMALL = 4096  # bytes; every byte of such a file is changed in the full form
_ENDS = 1500  # bytes at the beginning and at the end of a larger one, likewise
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


def every(files: dict[str, bytes]) -> Iterator[Damage]:
    """One change of each byte of small files, and of the ends of large ones; whole files."""
    for file, data in files.items():
        yield from whole(file)
        places = range(len(data))
        if len(data) > SMALL:
            places_of_large = [*places[: _ENDS // 5], *places[-_ENDS:]]
        else:
            places_of_large = [*places]
        for at in places_of_large:
            value = _VALUES[at % len(_VALUES)]
            yield Damage(file, f"byte {at} becomes {value}", set_byte(at, value))


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
