"""A small index with everything in it that an index can have."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from searcher import Document, Index

# Three in four texts have one of these, so their lists are long and have directories.
COMMON = ("贷款", "银行", "保险", "核酸检测", "reinforcement", "北京")
_SIGNS = ("，", "。", "、", "\n", " ", "：", "2022年", "ABC", "iPhone15", "𠮷野家", "①")
_TEXTS = 900
_WORDS_A_TEXT = 260  # so that there is enough for a table of symbols


def _text(chance: random.Random, words: list[str], size: int) -> str:
    parts: list[str] = []
    for _ in range(size):
        pool = chance.choice((words, words, words, COMMON, _SIGNS))
        # The first words are much more frequent than the last ones, as in any language.
        parts.append(pool[int(len(pool) * chance.random() ** 3)])
    return "".join(parts)


def _document(chance: random.Random, words: list[str], number: int) -> Document:
    when = datetime(2015, 1, 1, tzinfo=UTC) + timedelta(hours=number * 31)
    return Document(
        id=f"added-{number}",
        title=_text(chance, words, 6),
        body=_text(chance, words, 90),
        date=when if number % 3 else None,
        source=chance.choice(("新华社", "人民日报", None)),
        tags=tuple(chance.sample(("财经", "科技", "体育"), number % 3)),
        extra={"number": number} if number % 5 == 0 else {},
    )


def write_corpus(folder: Path, seed: int = 7) -> None:
    """Write a folder of texts, and of files with many records."""
    chance = random.Random(seed)
    words = _words(chance)
    folder.mkdir(parents=True)
    for number in range(_TEXTS):
        path = folder / f"{number % 7}" / f"文件{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"{_text(chance, words, 5)}\n\n{_text(chance, words, _WORDS_A_TEXT)}\n",
            encoding="utf-8",
        )
    with (folder / "records.jsonl").open("w", encoding="utf-8") as file:
        for number in range(300):
            record = {
                "id": f"r{number}",
                "title": _text(chance, words, 4),
                "body": _text(chance, words, 40),
                "date": f"20{10 + number % 12}-0{1 + number % 9}-1{number % 10}",
                "source": "记录",
                "tags": ["财经"],
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def make_index(folder: Path, corpus: Path) -> None:
    """Make an index: several segments, deletions, a table of symbols, a user's dictionary."""
    chance = random.Random(8)
    words = _words(chance)
    write_corpus(corpus)
    dictionary, stop_words = corpus.parent / "user.txt", corpus.parent / "stop.txt"
    dictionary.write_text("守沪有我\niPhone 15\n", encoding="utf-8")
    stop_words.write_text("的\n", encoding="utf-8")
    Index.build(folder, [corpus], dictionary=dictionary, stop_words=stop_words, jobs=1)
    with Index.open(folder) as index:
        for batch in range(2):
            index.add(_document(chance, words, 100 * batch + n) for n in range(60 - 30 * batch))
        index.delete(["added-3", "added-101", "0/文件0.txt"])
        for path in sorted(corpus.rglob("文件1*.txt"))[:12]:
            path.unlink()
        index.sync([corpus], jobs=1)


def _words(chance: random.Random) -> list[str]:
    """Words of two and three characters."""
    characters = [chr(0x4E00 + chance.randrange(3000)) for _ in range(600)]
    return ["".join(chance.choices(characters, k=chance.choice((2, 2, 3)))) for _ in range(2500)]
