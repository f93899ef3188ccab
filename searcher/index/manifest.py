"""The manifest: which files the documents of an index were read from, and in what state.

It is a container (see ``columnar/container.py``) that a commit names. In it are

::

    files            JSON, packed: the folders, what was selected, what few files have
    names, digests   of all files, with a zero byte between them
    sizes, times, documents, id_sizes   of all files, 8 bytes each
    ids, marks       of the documents of each file: looked at for files that have changed only
"""

import json
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, astuple, dataclass, field, replace
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from searcher.documents.model import Skipped
from searcher.documents.selection import Selection
from searcher.errors import ArgumentError
from searcher.index.columnar.container import Container, ContainerWriter, DamagedFile
from searcher.index.contents import Documents, unpacked
from searcher.index.garbage import uncollected
from searcher.index.recorded import Columns, FileEntry, RecordedFiles, columns_of, updated
from searcher.language import say
from searcher.lazy import np

EXTENSION = ".files"
_LEVEL = 1  # of packing
_TOGETHER = 256  # files whose ids or marks are written at once
_HEAD = 1 << 16  # bytes of JSON, in which the folders are, unless there are thousands

_SEPARATOR = "\0"  # no name has it
_NUMBERS = "<i8"
_ENCODING = ("utf-8", "surrogatepass")  # names of files need not be UTF-8


@dataclass(slots=True)
class Manifest:
    """All files of an index by name, and the folders they were found under.

    Attributes:
        roots: The folders, as absolute paths.
        devices: The number of the device that each is on; 0 where it is not known.
        selection: Which files below them were to be read, as JSON values.
        files: The files.
    """

    roots: list[str] = field(default_factory=list)
    devices: list[int] = field(default_factory=list)
    selection: dict[str, Any] = field(default_factory=dict)
    files: Mapping[str, FileEntry] = field(default_factory=dict)

    def file_of(self, path: str | None) -> str | None:
        """The file that a document with this path was read from; None for none of these.

        The path of a document of an archive goes on behind the name of the archive.
        """
        while path:
            if path in self.files:
                return path
            path = path.rpartition("/")[0]
        return None


def to_json(selection: Selection) -> dict[str, Any]:
    """A selection as a manifest has it."""
    values = asdict(selection)
    # As they come back: JSON has no tuples.
    return {name: list(one) if isinstance(one, tuple) else one for name, one in values.items()}


def to_selection(values: Mapping[str, Any]) -> Selection:
    """The selection that ``to_json`` gave; the usual one for what makes no sense."""
    match values:
        case {
            "include": list(include),
            "exclude": list(exclude),
            "hidden": bool(hidden),
            "ignore_files": bool(ignore_files),
        }:
            with suppress(ArgumentError):
                return Selection(tuple(include), tuple(exclude), hidden, ignore_files)
    return Selection()


def name_of(generation: int) -> str:
    """The name of the manifest that a commit writes."""
    return f"manifest-{generation}{EXTENSION}"


def read(folder: Path, name: str) -> Manifest:
    """The manifest of this name; an empty one for no name.

    Raises:
        ValueError: The file is damaged or missing.
    """
    if not name:
        return Manifest()
    with _damage_of(name):
        container = Container(folder / name)
        container.check()
        values = _values_of(container)
        manifest = _without_files(values)
        with uncollected():
            files = RecordedFiles(_recorded(container, values, manifest.roots))
        return replace(manifest, files=files)


def read_without_files(folder: Path, name: str) -> Manifest:
    """What the manifest of this name, of whatever version, says beside the files.

    Raises:
        ValueError: The file is damaged or missing.
    """
    with _damage_of(name):
        container = Container(folder / name)
        container.check()
        return _without_files(_values_of(container))


@contextmanager
def _damage_of(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ValueError(say(f"{name} is missing", f"缺少 {name}")) from error
    except (
        KeyError,
        TypeError,
        AttributeError,
        ValueError,
        IndexError,
        OverflowError,
        RecursionError,
        OSError,
        zlib.error,
    ) as error:
        raise ValueError(f"{name}: {error!r:.200}") from error


def _values_of(container: Container) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(unpacked(bytes(container.section("files"))))
    return values


def _without_files(values: dict[str, Any]) -> Manifest:
    roots = [str(root) for root in values["roots"]]
    devices = [int(device) for device in values["devices"]]
    if len(devices) != len(roots):
        raise DamagedFile(say("the devices do not fit the folders", "设备与文件夹不符"))
    return Manifest(roots, devices, dict(values["selection"]))


def read_roots(folder: Path, name: str) -> list[str]:
    """The folders of the manifest of this name, which are at its beginning.

    No more of it is read than that; for what is damaged there are none.
    """
    if not name:
        return []
    try:
        packed = Container(folder / name).section("files")
        head = zlib.decompressobj().decompress(packed, _HEAD).decode("utf-8", "surrogatepass")
        start = head.index("[")
        roots, _ = json.JSONDecoder().raw_decode(head, start)
        return [str(root) for root in roots]
    except (OSError, ValueError, RecursionError, zlib.error):
        return []


def write(folder: Path, name: str, manifest: Manifest) -> None:
    """Write a manifest."""
    columns = columns_of(manifest.files)
    roots = {f"{root.rstrip(os.sep)}{os.sep}": n for n, root in enumerate(manifest.roots)}
    values = {
        "roots": manifest.roots,
        "devices": manifest.devices,
        "selection": manifest.selection,
        "places": _runs(_places(columns, roots)),
        "by_line": columns.by_line,
        "skipped": [[n, *astuple(one)] for n, some in columns.skipped.items() for one in some],
    }
    # All at once: the part of the json module that writes bit by bit is many times slower.
    text = json.dumps(values, ensure_ascii=False)
    with ContainerWriter(folder / name) as writer:
        writer.add("files", [zlib.compress(text.encode(*_ENCODING), _LEVEL)])
        writer.add("names", [_SEPARATOR.join(columns.names).encode(*_ENCODING)])
        writer.add("digests", [_SEPARATOR.join(columns.digests).encode(*_ENCODING)])
        writer.add("sizes", [np.array(columns.sizes, _NUMBERS)])
        writer.add("times", [np.array(columns.times, _NUMBERS)])
        writer.add("documents", [np.array(columns.counts, _NUMBERS)])
        writer.add("id_sizes", [np.array(columns.id_sizes, _NUMBERS)])
        # A few at a time: there may be a hundred thousand of a few bytes, or one of a gigabyte.
        writer.add("ids", _joined(columns.ids))
        writer.add("marks", _joined(columns.marks))
        writer.finish({})


def forget(manifest: Manifest, ids: Mapping[str, str | None]) -> Manifest | None:
    """The manifest without documents that are no longer as their files have them.

    They are left as they are until their files change.

    Args:
        manifest: The manifest.
        ids: The documents, with the path that each had in the index.

    Returns:
        None if it has none of them.
    """
    gone: dict[str, set[str]] = {}
    for document, path in ids.items():
        file = manifest.file_of(path)
        if file is not None:
            gone.setdefault(file, set()).add(document)
    changed: dict[str, FileEntry] = {}
    for file, documents in gone.items():
        entry = manifest.files[file]
        left = entry.documents.by_id(file)
        if not documents.isdisjoint(left):
            left = {one: mark for one, mark in left.items() if one not in documents}
            kept = Documents.of(list(left), left.values(), file)
            changed[file] = entry._replace(documents=kept)
    if not changed:
        return None
    return replace(manifest, files=updated(manifest.files, changed))


def _places(columns: Columns, roots: Mapping[str, int]) -> list[str | int]:
    """Where each file is: the number of its folder, if its name says the rest."""
    # Most files are below the first folder: to see that takes less than to look which it is.
    first, number = next(iter(roots.items()), (_SEPARATOR, 0))
    return [
        number if first + file == location else _place(file, location, roots)
        for file, location in zip(columns.names, columns.locations, strict=True)
    ]


def _place(file: str, location: str, roots: Mapping[str, int]) -> str | int:
    return roots.get(location[: -len(file)], location) if location.endswith(file) else location


def _runs(places: list[str | int]) -> list[tuple[str | int, int]]:
    """Each place that follows another one, and for how many files it holds."""
    if places.count(places[0] if places else 0) == len(places):
        return [(place, len(places)) for place in places[:1]]
    return [(place, len([*same])) for place, same in groupby(places)]


def _joined(parts: Sequence[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    for first in range(0, len(parts), _TOGETHER):
        some = parts[first : first + _TOGETHER]
        yield some[0] if len(some) == 1 else b"".join(some)


def _recorded(container: Container, values: dict[str, Any], roots: list[str]) -> Columns:
    sizes = _numbers(container, "sizes")
    count = len(sizes)
    names, digests = (_strings(container, name, count) for name in ("names", "digests"))
    times = _numbers(container, "times")
    counts, id_sizes = _numbers(container, "documents"), _numbers(container, "id_sizes")
    if {len(times), len(counts), len(id_sizes)} != {count}:
        raise DamagedFile(say("the columns do not fit each other", "各列长短不一"))
    if min(counts, default=0) < 0 or min(id_sizes, default=0) < 0:
        raise DamagedFile(say("a size is negative", "大小是负数"))
    by_line, problems = values["by_line"], values["skipped"]
    if not all(type(one) is int and 0 <= one < count for one in by_line):
        raise DamagedFile(say("a file makes no sense", "一个文件的记录不合理"))
    if not all(_is_skipped(one, count) for one in problems):
        raise DamagedFile(say("what was skipped makes no sense", "跳过的文件的记录不合理"))
    skipped: dict[int, tuple[Skipped, ...]] = {}
    for number, *one in problems:
        skipped[number] = (*skipped.get(number, ()), Skipped(*one))
    return Columns(
        names,
        sizes,
        times,
        digests,
        _locations(names, values["places"], roots),
        counts,
        id_sizes,
        by_line,
        skipped,
        [bytes(container.section("ids"))],
        [bytes(container.section("marks"))],
    )


def _numbers(container: Container, name: str) -> list[int]:
    numbers: list[int] = np.frombuffer(container.section(name), _NUMBERS).tolist()
    return numbers


def _strings(container: Container, name: str, count: int) -> list[str]:
    text = bytes(container.section(name)).decode(*_ENCODING)
    strings = text.split(_SEPARATOR) if count else []
    if len(strings) != count:
        raise DamagedFile(say("the columns do not fit each other", "各列长短不一"))
    return strings


def _locations(names: list[str], places: list[Any], roots: list[str]) -> list[str]:
    """Where files are, of which the places are given as ``_runs`` makes them."""
    locations: list[str] = []
    left = iter(names)
    for place, count in places:
        some = list(islice(left, count))
        if type(place) is int:
            folder = f"{roots[place].rstrip(os.sep)}{os.sep}"
            locations += [folder + name for name in some]
        elif type(place) is str:
            locations += [place for _ in some]
    if len(locations) != len(names):
        raise DamagedFile(say("a file makes no sense", "一个文件的记录不合理"))
    return locations


def _is_skipped(values: Any, files: int) -> bool:
    """Whether these are the number of a file, a name, a reason and a format."""
    match values:
        case [int(number), str(), str(), str()]:
            return 0 <= number < files
        case _:
            return False
