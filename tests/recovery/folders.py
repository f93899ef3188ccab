"""Two states of a folder: the second has files that are new, changed, renamed and gone."""

import json
import random
import shutil
from pathlib import Path

_WORDS = 40  # few, so that there are not many terms to compare
QUERIES = ("核酸检测", "贷款 银行", "北京", "path:sub", '"核酸检测"', "*")
_COMMON = ("核酸检测", "贷款", "银行", "北京", "ABC", "2022年")


def write_folders(folder: Path, seed: int = 11, files: int = 36) -> tuple[Path, Path]:
    """Write both; returns where they are."""
    chance = random.Random(seed)
    characters = [chr(0x4E00 + chance.randrange(2000)) for _ in range(60)]
    words = ["".join(chance.choices(characters, k=2)) for _ in range(_WORDS)]

    def text(size: int) -> str:
        return "".join(chance.choice(words + list(_COMMON)) for _ in range(size))

    old, new = folder / "old", folder / "new"
    for number in range(files):
        _write(old / _name(number), f"{text(4)}\n\n{text(40)}\n")
    records = {f"r{number}": text(20) for number in range(2 * files)}
    _write_records(old / "first.jsonl", list(records.items())[:files])
    _write_records(old / "sub" / "second.jsonl", list(records.items())[files:])
    shutil.copytree(old, new)

    for number in range(files):
        path = new / _name(number)
        match number % 6:
            case 0:
                path.unlink()
            case 1:
                path.write_text(f"{text(4)}\n\n{text(40)}\n", encoding="utf-8")
            case 2:
                path.rename(path.with_name(f"renamed {path.name}"))
        if number % 6 < 2:
            _write(new / _name(files + number), f"{text(4)}\n\n{text(40)}\n")
    changed = {
        name: text(20) if number % 5 == 0 else body
        for number, (name, body) in enumerate(records.items())
        if number % 7
    }
    # Records go over to the other file, and new ones come.
    cut = files // 2
    _write_records(new / "first.jsonl", list(changed.items())[:cut])
    moved = [*list(changed.items())[cut:], *((f"new{n}", text(20)) for n in range(files // 3))]
    _write_records(new / "sub" / "second.jsonl", moved)
    return old, new


def replace_content(folder: Path, by: Path) -> None:
    """Let a folder be like another; files that are the same stay as they are."""
    wanted = {path.relative_to(by): path for path in by.rglob("*") if path.is_file()}
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        if path.relative_to(folder) not in wanted:
            path.unlink()
    for name, source in wanted.items():
        target = folder / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def _name(number: int) -> str:
    return f"{'sub/' if number % 3 else ''}文件{number}.txt"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_records(path: Path, records: list[tuple[str, str]]) -> None:
    lines = [
        json.dumps({"id": name, "title": body[:8], "body": body}, ensure_ascii=False)
        for name, body in records
    ]
    _write(path, "\n".join(lines) + "\n")
