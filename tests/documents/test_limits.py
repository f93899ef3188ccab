"""What is larger than the memory allows is left out and named, and the rest is read."""

import gzip
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from searcher.documents import limits
from tests.documents.helpers import documents, read_all, skipped


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of some kilobytes."""
    monkeypatch.setattr(limits, "LARGEST_DOCUMENT", 1 << 17)
    monkeypatch.setattr(limits, "LONGEST_TEXT", 1 << 16)
    monkeypatch.setattr(limits, "LARGEST_ROW", 1 << 16)
    monkeypatch.setattr(limits, "SECTION", 1 << 14)


LONG = "a" * (1 << 18)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_records_behind_a_line_that_is_too_long_are_read(tmp_path: Path, encoding: str) -> None:
    files = {
        "a.jsonl": [
            '{"title": "前面的记录"}',
            '{"title": "' + LONG + '"}',
            '{"title": "后面的记录"}',
        ],
        "a.csv": ["标题,正文", "前面的记录,第一条的内容", f"大,{LONG}", "后面的记录,第二条的内容"],
    }
    for name, lines in files.items():
        found = read_all(tmp_path, name, ("\n".join(lines) + "\n").encode(encoding))
        assert [one.title for one in documents(found)] == ["前面的记录", "后面的记录"]
        assert [one.id for one in documents(found)] == [f"{name}#1", f"{name}#3"]
        (fault,) = skipped(found)
        assert fault.name == f"{name}#2"
        assert fault.reason.startswith(f"line {2 if name == 'a.jsonl' else 3}: ")


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "a.md", "a.log"])
def test_a_large_text_becomes_several_documents_and_nothing_is_lost(
    tmp_path: Path, name: str
) -> None:
    lines = [f"第{number}行，有一些内容。" for number in range(20_000)]
    text = "\n".join(["很长的小说", "", *lines[:9_000], SENTENCES, *lines[9_000:]])
    data = gzip.compress(text.encode()) if name.endswith(".gz") else text.encode()
    found = read_all(tmp_path, name, data)
    sections = documents(found)
    assert len(sections) > 5
    assert [one.id for one in sections] == [f"{name}#{n + 1}" for n in range(len(sections))]
    if name.startswith("a.txt"):
        assert [one.title for one in sections[:2]] == ["很长的小说", "很长的小说 (2)"]
    read = "\n".join(one.body for one in sections).split("\n")
    assert [line for line in read if line.startswith("第")] == lines
    rest = [line for line in read if line and not line.startswith(("第", "很长的小说"))]
    assert "".join(rest) == SENTENCES
    assert all(line.endswith("。") for line in rest)
    assert not skipped(found)


SENTENCES = "没有换行的一句话。" * 10_000


@pytest.mark.usefixtures("small")
def test_of_a_line_that_never_ends_the_beginning_is_read_and_what_is_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LONGEST_LINE", 1 << 16)
    found = read_all(tmp_path, "a.txt", f"开头\n{SENTENCES}{LONG}\n结尾的一行")
    sections = documents(found)
    assert sections[0].body == "开头"
    assert sections[1].body.startswith("没有换行")
    assert sections[-1].body.endswith("结尾的一行")
    assert sum(len(one.body) for one in sections) < 2 << 16
    (fault,) = skipped(found)
    assert fault.reason.startswith("line 2: longer than")


@pytest.mark.usefixtures("small")
def test_a_record_with_a_text_that_is_too_long_is_named(tmp_path: Path) -> None:
    line = json.dumps({"title": "大", "body": "a" * (limits.LONGEST_TEXT + 1)})
    found = read_all(tmp_path, "a.jsonl", f'{line}\n{{"title": "后"}}\n')
    assert [one.title for one in documents(found)] == ["后"]
    (fault,) = skipped(found)
    assert (fault.name, fault.format) == ("a.jsonl#1", "jsonl")
    assert "characters" in fault.reason


def test_a_quote_that_is_never_closed_takes_no_more_than_a_row_may_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_LINES", 100)
    text = '标题,正文\n前,一\n坏,"没有闭合\n' + "后,二\n" * 5_000
    found = read_all(tmp_path, "a.csv", text)
    assert len(documents(found)) == 5_001
    (fault,) = skipped(found)
    assert (fault.name, fault.reason) == ("a.csv#2", "line 3: a quote is not closed")


def test_a_table_of_a_million_columns_is_named(tmp_path: Path) -> None:
    found = read_all(tmp_path, "a.csv", "a," * 1_000_000 + "b\n标题,正文\n甲,乙\n")
    assert [one.title for one in documents(found)] == ["甲"]
    (fault,) = skipped(found)
    assert "16,384 columns" in fault.reason


def test_many_columns_of_one_name_do_not_take_the_square_of_their_number(tmp_path: Path) -> None:
    width = 16_000
    text = "标题," + "同," * width + "\n甲," + "值," * width + "\n"
    (one,) = documents(read_all(tmp_path, "a.csv", text))
    assert one.title == "甲"


@pytest.mark.parametrize(
    "page",
    [
        "<html><body>" + "<b>甲" * 500_000,
        "<html><body><p " + " ".join(f"a{n}" for n in range(600_000)) + ">甲",
        "<html><body>" + "<br>甲" * 500_000,
        "<html><body>" + "<div>" * 600_000 + "甲",
    ],
    ids=["elements", "attributes", "line ends", "depth"],
)
def test_a_page_of_which_the_tree_would_fill_the_memory_is_read_as_text(page: str) -> None:
    code = (
        "import resource, sys\n"
        "from searcher.documents import read_bytes\n"
        "list(read_bytes('<html><p>甲'.encode(), 'a.html'))\n"
        "before = resource.getrusage(0).ru_maxrss\n"
        "(one,) = read_bytes(sys.stdin.buffer.read(), 'a.html')\n"
        "print(one.body.count('甲'), (resource.getrusage(0).ru_maxrss - before) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=page.encode(),
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    count, megabytes = map(int, done.stdout.split())
    assert count == page.count("甲")
    assert megabytes < 150


def test_a_text_made_by_chance_is_left_out_where_it_is_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_PAIRS", 1000)
    chance = random.Random(1)
    made = "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(2000))
    written = "核酸筛查期间，保单服务照常。" * 200
    found = read_all(
        tmp_path,
        "a.jsonl",
        "\n".join(json.dumps({"body": body}) for body in (made, written, made[:1000])).encode(),
    )
    assert [len(document.body) for document in documents(found)] == [len(written), 1000]
    assert [(one.name, "pairs of characters" in one.reason) for one in skipped(found)] == [
        ("a.jsonl#1", True)
    ]
