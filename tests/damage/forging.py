"""Damage with all checksums right, as somebody makes it who wants to do harm."""

import json
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from searcher.index.columnar.container import Container, ContainerWriter
from searcher.index.commits import CONTAINERS, checked_line, checksum_of, with_checksum

POINTER = "searcher.json"
_FOOTER = struct.Struct("<QII8s")

# What stands in the place of a value of JSON.
_ODD: tuple[Any, ...] = (
    *(-1, 0, 1, 2, 7, 255, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**62, 2**63, 2**64, 10**30),
    *(-(2**31), -(2**63), 0.5, 1e308, -1e308, float("nan"), float("inf"), 5e-324),
    *("", "a", "../../x", "\x00", "\ud800", "<u4", "<f8", "<i4", "9" * 5000, "MAIN_x", "人" * 1000),
    *(None, True, False, [], {}, [[]], {"a": 1}, [1, 2, 3], [[1, 2], [3, 4]], list(range(1000))),
)
_DEEP = "[" * 100_000 + "]" * 100_000


def forge(index: Path, chance: random.Random) -> str:
    """Damage an index, and make all checksums right; says what was done."""
    folder = max(path for path in index.iterdir() if path.is_dir())
    record = max(folder.glob("commit-*.json"))
    containers = sorted(path for path in folder.iterdir() if path.suffix in CONTAINERS)
    columns = [path for path in containers if path.suffix == ".columns"]
    ways: list[tuple[int, Callable[[], str]]] = [
        (8, lambda: _forge_section(chance.choice(columns), chance)),
        (3, lambda: _forge_section(chance.choice(containers), chance)),
        (3, lambda: _forge_table(chance.choice(containers), chance)),
        (2, lambda: _forge_line(record, chance)),
        (2, lambda: _forge_manifest(next(folder.glob("*.files")), chance)),
        (1, lambda: _forge_json(folder / "folding.json", chance)),
        (1, lambda: _forge_json(folder / "dictionary.json", chance)),
        (1, lambda: _forge_words(folder, chance)),
        (1, lambda: _forge_line(index / POINTER, chance)),
    ]
    (way,) = chance.choices([way for _, way in ways], [weight for weight, _ in ways])
    done = way()
    make_right(index, folder, record)
    return done


def make_right(index: Path, folder: Path, record: Path) -> None:
    """Write the checksums of all files as they are now into the record and the pointer."""
    for path in (record, index / POINTER):
        try:
            values = json.loads(checked_line(path.read_bytes()))
            files = {}
            for name in values["files"]:
                try:
                    files[name] = checksum_of(folder / name)
                except (OSError, ValueError):
                    files[name] = values["files"][name]
            values["files"] = files
        except (ValueError, TypeError, KeyError, RecursionError):
            continue  # it was forged itself, and has its own checksum
        _replace(path, with_checksum(json.dumps(values, ensure_ascii=False)))


def _forge_section(path: Path, chance: random.Random) -> str:
    """Change bytes of a section, or its size."""
    container = Container(path)
    sections = {name: bytes(container.section(name)) for name in container.names()}
    meta = container.meta
    name = chance.choice([name for name, data in sections.items() if data])
    data = bytearray(sections[name])
    for _ in range(chance.choice((1, 1, 1, 3, 30))):
        # Much depends on what stands at the beginning.
        at = chance.randrange(chance.choice((min(len(data), 64), len(data))))
        end = min(at + chance.choice((1, 1, 4, 8, 200)), len(data))
        value = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        data[at:end] = bytes([value]) * (end - at)
    what = f"{path.name}: bytes of {name}"
    match chance.choice(("same",) * 6 + ("less", "more", "none")):
        case "less":
            del data[chance.randrange(len(data)) :]
        case "more":
            data += bytes(chance.choice((1, 4, 8, 1000)))
        case "none":
            data.clear()
    sections[name] = bytes(data)
    _write(path, sections, meta)
    return what


def _forge_table(path: Path, chance: random.Random) -> str:
    """Change a value of the table of contents."""
    data = path.read_bytes()
    start, size, _, end = _FOOTER.unpack(data[-_FOOTER.size :])
    table, what = _changed_json(data[start : start + size].decode("utf-8"), chance)
    raw = table.encode("utf-8", "surrogatepass")
    footer = _FOOTER.pack(start, len(raw), zlib.crc32(raw), end)
    _replace(path, data[:start] + raw + footer)
    return f"{path.name}: {what}"


def _forge_line(path: Path, chance: random.Random) -> str:
    """Change a value of a file with its own checksum."""
    text, what = _changed_json(checked_line(path.read_bytes()), chance)
    _replace(path, with_checksum(text))
    return f"{path.name}: {what}"


def _forge_json(path: Path, chance: random.Random) -> str:
    text, what = _changed_json(path.read_text(encoding="utf-8"), chance)
    _replace(path, text.encode("utf-8", "surrogatepass"))
    return f"{path.name}: {what}"


def _forge_manifest(path: Path, chance: random.Random) -> str:
    """Change a value of the manifest's packed JSON, or have it be far too much."""
    container = Container(path)
    sections = {name: bytes(container.section(name)) for name in container.names()}
    what = "a bomb"
    if chance.random() < 0.1:
        packer = zlib.compressobj()
        spaces = bytes(1 << 24).replace(b"\x00", b" ")
        packed = b"".join(packer.compress(spaces) for _ in range(24))
        sections["files"] = packed + packer.flush()
    else:
        text, what = _changed_json(zlib.decompress(sections["files"]).decode(), chance)
        sections["files"] = zlib.compress(text.encode("utf-8", "surrogatepass"))
    _write(path, sections, container.meta)
    return f"{path.name}: {what}"


def _forge_words(folder: Path, chance: random.Random) -> str:
    """Change the table of words, and its checksum."""
    path, description = folder / "words.table", folder / "dictionary.json"
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 1000, 100_000))):
        data[chance.randrange(32, len(data))] = chance.choice((0, 255, chance.randrange(256)))
    _replace(path, bytes(data))
    values = json.loads(description.read_text(encoding="utf-8"))
    values["table"] = [len(data), zlib.crc32(data)]
    _replace(description, json.dumps(values).encode())
    return "words.table"


def _changed_json(text: str, chance: random.Random) -> tuple[str, str]:
    """JSON with another value somewhere, and what that is."""
    if chance.random() < 0.05:
        return _DEEP, "nested deeply"
    values = json.loads(text)
    places = [*_places(values)]
    if len(places) > 200:  # of long lists only some, so that all else gets its turn
        places = places[:100] + chance.sample(places[100:], 100)
    where, key = chance.choice(places)
    odd = chance.choice(_ODD)
    if chance.random() < 0.1:
        del where[key]
        return json.dumps(values, ensure_ascii=False), f"{key!r:.40} is not there"
    where[key] = odd
    return json.dumps(values, ensure_ascii=False), f"{key!r:.40} is {odd!r:.40}"


def _places(value: Any) -> Any:
    """All places of values within JSON, as (container, key)."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield value, key
            yield from _places(one)
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield value, at
            yield from _places(one)


def _write(path: Path, sections: dict[str, bytes], meta: dict[str, Any]) -> None:
    path.unlink()  # who has it mapped keeps it
    with ContainerWriter(path) as writer:
        for name, data in sections.items():
            writer.add(name, [data])
        writer.finish(meta)


def _replace(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)
