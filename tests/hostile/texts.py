"""Hostile texts: lines and nesting without end, and all that is just not too large."""

import json
import random
from pathlib import Path

from searcher.documents import limits

_HAN = range(0x4E00, 0x9FA5)
SENTENCE = "核酸检测在社区进行，秩序很好，居民排队，志愿者帮忙。"
MEGABYTE = 1 << 20


def chance_text(characters: int, seed: int = 1) -> str:
    """So many Chinese characters by chance: almost every pair of them is another term."""
    chance = random.Random(seed)
    return "".join(map(chr, chance.choices(_HAN, k=characters)))


def repeated(path: Path, begin: bytes, middle: bytes, size: int, end: bytes = b"") -> None:
    """Write a file of so many bytes, most of which repeat."""
    block = middle * max(min(MEGABYTE, size) // len(middle), 1)
    with path.open("wb") as file:
        file.write(begin)
        for _ in range(max(size // len(block), 1)):
            file.write(block)
        file.write(end)


def write_long_lines(folder: Path, size: int) -> None:
    """One line of so many bytes, in every format that is text."""
    text = SENTENCE.encode()
    repeated(folder / "line.txt", b"", text, size)
    repeated(folder / "no-sentence.txt", b"", "字".encode(), size // 4)
    repeated(folder / "line.log", b"", b"a", size // 4)
    repeated(folder / "line.md", "# 标题\n\n".encode(), text, size // 4)
    repeated(folder / "line.html", "<html><p>网页".encode(), text, size // 4)
    repeated(folder / "line.jsonl", b'{"title": "a", "body": "', text, size, b'"}\n')
    repeated(folder / "line.json", b'[{"title": "a", "body": "', text, size // 2, b'"}]')
    repeated(folder / "cell.csv", "标题,正文\n大,".encode(), text, size // 2, b"\n")
    repeated(folder / "quote.csv", '标题,正文\n坏,"'.encode(), text + b"\n", size // 4)
    repeated(folder / "columns.csv", "标题,正文\n".encode(), b"a,", size // 16, b"\n")
    repeated(folder / "front.md", b"---\ntitle: ", text, size // 16, b"\n---\n")
    repeated(folder / "nul.txt", b"", b"\0", size // 16)
    wide = SENTENCE.encode("utf-16-le")
    repeated(folder / "wide.txt", b"\xff\xfe", wide, size // 8)


def write_deep(folder: Path, depth: int) -> None:
    """What is nested so deeply."""
    repeated(folder / "array.json", b"", b"[", depth)
    repeated(folder / "object.json", b"", b'{"a":', 5 * depth)
    repeated(folder / "record.jsonl", b'{"title": "a"}\n', b'{"a":', 5 * depth, b"\n")
    (folder / "closed.json").write_bytes(b"[" * depth + b"]" * depth)
    repeated(folder / "div.html", b"<html><body>", b"<div>", 5 * depth, "甲".encode())
    repeated(folder / "table.html", b"<html><body>", b"<table><tr><td>", 5 * depth)
    repeated(folder / "open.html", b"<html><body>", b"<a ", 3 * depth)
    repeated(folder / "comment.html", b"<html><body>", b"<!--", 3 * depth)
    repeated(folder / "entities.html", b"<html><p>", b"&amp;", 5 * depth)
    repeated(folder / "attributes.html", b"<html><p ", b"a=1 ", 3 * depth)
    repeated(folder / "quote.md", b"", b"> ", 2 * depth)
    repeated(folder / "list.md", b"", b"- ", 2 * depth)
    repeated(folder / "links.md", b"", b"[", depth)
    repeated(folder / "aliases.md", _laughs().encode(), b"a", depth)


def _laughs() -> str:
    """Front matter of which each value stands for ten of the one before."""
    lines = ["a0: &a0 [lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    return "---\n" + "\n".join(lines) + "\n---\n正文\n"


def write_many_values(folder: Path, count: int) -> None:
    """Records of so many values, each some bytes long and many more in memory."""
    (folder / "empty.json").write_text("[{" + '"a": [' + "[]," * count + "[]]}]")
    (folder / "objects.json").write_text('{"a": [' + "{}," * count + "{}]}")
    keys = {f"k{n}": n for n in range(count // 4)}
    (folder / "keys.jsonl").write_text(json.dumps(keys) + "\n")
    (folder / "tags.jsonl").write_text(
        json.dumps({"title": "a", "tags": [f"t{n}" for n in range(count // 4)]}) + "\n"
    )
    numbers = "1," * count
    (folder / "numbers.jsonl").write_text(f'{{"title": "a", "extra": [{numbers}1]}}\n')
    with (folder / "records.json").open("w") as file:
        file.write("[" + '{"title":"a","body":"b"},' * (count // 4) + '{"title":"a"}]')
    with (folder / "rows.csv").open("w", encoding="utf-8") as file:
        file.write("标题,正文\n")
        file.writelines(f"{n},值\n" for n in range(count // 8))


def write_large(folder: Path, share: float) -> None:
    """Texts by chance of such a share of what one document may have, in every format."""
    size = int(share * limits.LARGEST_DOCUMENT) // 3 - 1000  # characters of three bytes

    def write(name: str, begin: str, seed: int, end: str = "") -> None:
        (folder / name).write_text(begin + chance_text(size, seed) + end, encoding="utf-8")

    for number in range(3):
        write(f"chance{number}.json", '{"title": "a", "body": "', number, '"}')
        write(f"chance{number}.txt", "", number)
        write(f"chance{number}.html", "<p>", number)
    write("chance.md", "# 标题\n\n", 5)
    write("chance.csv", "标题,正文\na,", 6, "\n")
    with (folder / "chance.jsonl").open("w", encoding="utf-8") as file:
        for number in range(3):
            record = {"title": "a", "body": chance_text(size, number)}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
