"""A large file of records that is read in parts gives what it gives as a whole."""

import gzip
import json
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher.documents import Document, Skipped, SourceFile, read
from searcher.documents.linemarks import LINE_MARK_SIZE
from searcher.documents.parts import Part, cut, read_part, stretches

LINES = [
    *(
        json.dumps(
            {"title": f"标题{n}", "body": f"正文{n}，" + "长" * (n % 37)}, ensure_ascii=False
        )
        for n in range(40)
    ),
    "",
    '  {"id": "own", "body": "有自己的编号"}  ',
    "\u3000",
    '{"body": 坏}',
    '{"body": ',  # what is wrong is at the end of the line
    '["不是记录"]',
    '{"body": ""}',
    "\t",
    '{"body": "第二个"} {"body": "在同一行"}',
    *(json.dumps({"body": f"后面的{n}"}, ensure_ascii=True) for n in range(40)),
]


def file_of(path: Path) -> SourceFile:
    return SourceFile(str(path), path.name, path.stat().st_size, 0)


def in_parts(file: SourceFile, parts: list[Part]) -> list[Document | Skipped]:
    return [item for part in parts for item, _ in read_part(file, part)]


@pytest.mark.parametrize("size", [1, 50, 333, 1000, 1 << 20])
@pytest.mark.parametrize("overhead", [0, 200])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n \n"])
def test_parts_give_what_the_whole_gives(
    tmp_path: Path, size: int, overhead: int, codec: str, end: str
) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(("\n".join(LINES) + end).encode(codec))
    file = file_of(path)
    parts = cut(file, size, overhead)
    whole = list(read(file))
    assert in_parts(file, parts) == whole
    assert sum(isinstance(item, Skipped) for item in whole) == 5
    assert sum(part.records for part in parts) == len(whole)
    assert len(parts) > 20 or size > 300


@given(
    st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"")), max_size=60),
    st.booleans(),
    st.integers(1, 200),
    st.integers(0, 20),
)
def test_stretches_are_the_lines_of_the_parts_that_a_file_is_cut_into(
    lines: list[bytes], is_ended: bool, size: int, overhead: int
) -> None:
    lines = [b'{"body": "%d"}' % number + line.hex().encode() for number, line in enumerate(lines)]
    lines.append(b'{"body": "end"}')
    with TemporaryDirectory() as folder:
        path = Path(folder, "r.jsonl")
        path.write_bytes(b"\n".join(lines) + b"\n" * is_ended)
        found = list(stretches(file_of(path), size, overhead))
        parts = cut(file_of(path), size, overhead)
    assert [line for one in found for line in one.lines(0, len(one.marks))] == lines
    marks = b"".join(one.marks.tobytes() for one in found)
    assert marks == b"".join(sha256(line).digest()[:LINE_MARK_SIZE] for line in lines)
    bounds = [(one.part.start, one.part.end, one.part.line) for one in found]
    assert bounds == [(part.start, part.end, part.line) for part in parts]


def test_a_line_in_another_encoding_is_read_in_any_part(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    lines = [line.encode() for line in LINES if "坏" not in line]
    lines[20] = '{"body": "这一行来自别处的文件，用的是另一种编码，内容仍然完整"}'.encode("gb18030")
    path.write_bytes(b"\n".join(lines))
    file = file_of(path)
    parts = cut(file, 500, 0)
    assert len(parts) > 5
    assert in_parts(file, parts) == list(read(file))
    assert "另一种编码" in str(in_parts(file, parts))


def test_what_is_not_made_of_lines_is_not_cut(tmp_path: Path) -> None:
    text = "\n".join(LINES)
    files = {
        "packed.jsonl.gz": gzip.compress(text.encode()),
        "packed.jsonl": gzip.compress(text.encode()),
        "wide.jsonl": text.encode("utf-16"),
        "array.json": json.dumps([{"body": "一"}, {"body": "二"}]).encode(),
        "table.csv": "title,body\n一,二\n".encode(),
        "prose.txt": "一段文字。\n又一段文字。\n".encode(),
        "empty.jsonl": b"",
        "blank.jsonl": b"\n \n\n",
        "binary.jsonl": bytes(range(256)) * 9,
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        assert cut(file_of(tmp_path / name), 100, 0) == [], name
    assert cut(SourceFile(str(tmp_path / "gone.jsonl"), "gone.jsonl", 10, 0), 100, 0) == []
    assert cut(SourceFile(str(tmp_path), "folder", 10, 0), 100, 0) == []
