"""Files of every kind: gzipped, broken, hostile, under any name."""

import gzip
import json
import os
import re
import subprocess
import sys
import warnings
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from searcher.documents import Document, Skipped, SourceFile, limits, read, read_bytes, walk
from searcher.errors import DocumentError
from tests.documents.helpers import documents, read_all, read_one

FORMATS = {
    "a.txt": "标题\n\n正文。\n",
    "a.md": "# 标题\n\n正文。\n",
    "a.html": "<html><head><title>标题</title></head><body><p>正文。</p></body></html>",
    "a.jsonl": '{"title": "标题", "body": "正文。"}\n',
    "a.json": '{"title": "标题", "body": "正文。"}',
    "a.csv": "标题,正文\n标题,正文。\n",
    "a.tsv": "标题\t正文\n标题\t正文。\n",
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5"])
@pytest.mark.parametrize("is_packed", [False, True])
def test_every_format_in_every_encoding_packed_or_not(
    tmp_path: Path, name: str, encoding: str, is_packed: bool
) -> None:
    text = FORMATS[name]
    if encoding == "big5":
        text = text.replace("标题", "標題")
    data = text.encode(encoding)
    path = f"{name}.gz" if is_packed else name
    (document,) = documents(read_all(tmp_path, path, gzip.compress(data) if is_packed else data))
    assert document.title == ("標題" if encoding == "big5" else "标题")
    assert document.body.endswith("正文。")
    assert document.path == path
    assert document.id.startswith(path)


def test_gzip_is_known_by_its_content(tmp_path: Path) -> None:
    packed = gzip.compress("标题\n\n正文。".encode())
    assert read_one(tmp_path, "a.txt", packed).title == "标题"
    assert read_one(tmp_path, "b.txt.gz", "标题\n\n正文。").title == "标题"
    assert (
        read_one(tmp_path, "没有题目.txt.gz", gzip.compress("正文。".encode())).title == "没有题目"
    )
    assert read_one(tmp_path, "c.gz", packed + gzip.compress("第二块。".encode())).body == (
        "标题\n\n正文。第二块。"
    )


def test_gzip_that_ends_too_early_is_an_error(tmp_path: Path) -> None:
    packed = gzip.compress(os.urandom(5_000).hex().encode())
    for data in (packed[:-20], packed[:200], packed[:11]):
        with pytest.raises(DocumentError, match="gzip data ends too early"):
            read_all(tmp_path, "a.txt.gz", data)
    with pytest.raises(DocumentError, match="damaged gzip data"):
        read_all(tmp_path, "a.txt.gz", packed[:-8] + b"\x00" * 8)


def test_records_before_the_end_of_broken_gzip_are_given(tmp_path: Path) -> None:
    record = json.dumps({"title": "标题", "body": os.urandom(500).hex()})
    packed = gzip.compress((record + "\n").encode() * 5_000)[:-1_000]
    (tmp_path / "a.jsonl.gz").write_bytes(packed)
    (file,) = walk([tmp_path])
    assert isinstance(file, SourceFile)
    found = 0
    with pytest.raises(DocumentError, match="gzip"):
        for _ in read(file):
            found += 1
    assert found > 0


def test_a_gzip_bomb_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "EXPANSION", 4 << 20)
    bomb = gzip.compress(b"a" * (8 << 20))
    assert len(bomb) * limits.RATIO < 4 << 20
    with pytest.raises(DocumentError, match="expands to more than 4 MB"):
        read_all(tmp_path, "a.txt.gz", bomb)
    line = b'{"title": "' + b"a" * 1_000 + b'"}\n'
    with pytest.raises(DocumentError, match="expands to more than 4 MB"):
        read_all(tmp_path, "a.jsonl.gz", gzip.compress(line * 8_000))


def test_a_document_that_is_too_large_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LARGEST_DOCUMENT", 1 << 20)
    with pytest.raises(DocumentError, match="larger than 1 MB"):
        read_all(tmp_path, "a.html", "<p>中文</p>".encode() * (1 << 17))


def test_a_large_file_of_records_is_read_record_by_record(tmp_path: Path) -> None:
    line = json.dumps({"title": "标题", "body": "正文" * 200}, ensure_ascii=False) + "\n"
    (tmp_path / "a.jsonl").write_text(line * 50_000, encoding="utf-8")
    code = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from searcher.documents import read, walk\n"
        "file = next(walk([Path(sys.argv[1])])); before = resource.getrusage(0).ru_maxrss\n"
        "count = sum(1 for _ in read(file))\n"
        "print(count, (resource.getrusage(0).ru_maxrss - before) // 1024)"
    )
    done = run_python(code, str(tmp_path))
    count, megabytes = map(int, done.split())
    assert count == 50_000
    assert megabytes < 40  # the file has 62


BAD = {
    "binary.txt": bytes(range(256)) * 20,
    "empty.txt": b"",
    "spaces.txt": b" \r\n\t \n",
    "picture.md": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "document.txt": b"%PDF-1.7\n...",
    "cut.jsonl.gz": gzip.compress(os.urandom(1_000))[:-50],
    "nothing.html": b"<html><head></head><body><script>x()</script></body></html>",
    "nothing.json": b"[]",
    "broken.json": b'{"title": ',
}
HALF_GOOD = {
    "broken_utf8.txt": "标题\n\n".encode() + "正文很长的一段".encode() * 20 + b"\xff\xe4\xb8",
    "broken_line.jsonl": '{"title": "甲"}\n{"title": "乙"}\n{broken\n{"title": "丁"}\n'.encode(),
    "broken_front_matter.md": '---\ntitle: "没有闭合\ntags: [a\n---\n正文。\n'.encode(),
    "good.txt": "好的文件\n\n正文。".encode(),
}


def test_of_a_folder_of_bad_files_each_is_named_or_read(tmp_path: Path) -> None:
    for name, data in (BAD | HALF_GOOD).items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    named: dict[str, str] = {}
    titles: list[str] = []
    for file in walk([tmp_path]):
        if isinstance(file, Skipped):
            named[file.name] = file.reason
            continue
        try:
            for item in read(file):
                if isinstance(item, Skipped):
                    named[item.name] = item.reason
                else:
                    titles.append(item.title)
        except DocumentError as error:
            named[file.name] = str(error)
    assert set(named) == {*BAD, "loop", "broken_line.jsonl#3"}
    assert named["broken_line.jsonl#3"].startswith("line 3: broken JSON")
    assert named["empty.txt"] == "an empty file"
    assert all(reason and "\n" not in reason for reason in named.values())
    assert titles == ["没有闭合", "甲", "乙", "丁", "标题", "好的文件"]


def test_messages_are_in_the_readers_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "zh_CN")
    with pytest.raises(DocumentError, match="空文件"):
        read_all(tmp_path, "a.txt", b"")
    (fault,) = read_all(tmp_path, "a.jsonl", "{\n")
    assert isinstance(fault, Skipped)
    assert fault.reason.startswith("第 1 行：JSON 有误")


def test_a_file_that_vanishes_before_it_is_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("正文。", encoding="utf-8")
    (file,) = walk([tmp_path])
    assert isinstance(file, SourceFile)
    (tmp_path / "a.txt").unlink()
    with pytest.raises(DocumentError, match="not there"):
        list(read(file))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_file_that_becomes_a_pipe_is_an_error_and_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("正文。", encoding="utf-8")
    (file,) = walk([tmp_path])
    assert isinstance(file, SourceFile)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DocumentError, match="not a file"):
        list(read(file))


def test_bytes_in_memory_are_read_as_a_file_is(tmp_path: Path) -> None:
    for name, text in FORMATS.items():
        assert list(read_bytes(text.encode(), name)) == read_all(tmp_path, name, text)


def test_nothing_slow_is_imported_before_it_is_needed() -> None:
    # The package without its other rooms: what they import is their own affair.
    code = (
        "import sys, types\n"
        "package = sys.modules['searcher'] = types.ModuleType('searcher')\n"
        "package.__path__ = [path + '/searcher' for path in sys.path]\n"
        "import searcher.documents; print(*sorted(sys.modules))"
    )
    loaded = set(run_python(code).split())
    slow = {"yaml", "selectolax", "markdown_it", "charset_normalizer", "json", "csv", "gzip"}
    assert not loaded & slow


def run_python(code: str, *arguments: str) -> str:
    """What a new process prints."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return done.stdout


PIECES = st.sampled_from(
    [
        b"---\n", b"+++\n", b"title: ", b"date: ", b"tags:\n- ", b"a = ", b"&a", b"*a", b"|\n",
        b"\n", b"\r\n", b"\r", b"\t", b" ", b"{", b"}", b"[", b"]", b'"', b":", b",", b";",
        b"<p>", b"</p>", b"<", b">", b"<!--", b"-->", b"<script>", b"<title>", b"<h1>", b"<pre>",
        b"<meta name=date content=", b"<td>", b"&nbsp;", b"&#0;", b"&#28;", b"&lt;p&gt;",
        b"{%", b"%}", b"{{<", b">}}", b"```", b"`", b"**", b"[^1]: ", b"[^1]", b"](", b"# ", b"- ",
        b"> ", b"| a |\n|---|\n", b"\\ud800", b"1e999", b"NaN", b"id,title,body\n", b"sep=;\n",
        b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe4\xb8", b"\x1b[0m", b"\x1f\x8b\x08",
        b"2022-03-28", b"2022-13-45", b"0001-01-01", b"9999-12-31", b"T25:00+99:99", b"1648429200",
        "中文。".encode(), "来源：新华社".encode(), "发布时间：".encode(),
        "二〇二二年三月".encode(),
        "标题".encode("gb18030"), "標題".encode("big5"), "标题".encode("utf-16-le"),
    ]
)  # fmt: skip
ANY_BYTES = st.one_of(
    st.binary(max_size=300),
    st.lists(st.one_of(PIECES, st.binary(max_size=6)), max_size=25).map(b"".join),
    st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")),
)
ENDINGS = ["", ".txt", ".md", ".html", ".json", ".jsonl", ".csv", ".tsv", ".xml", ".md.gz", ".py"]
NAMES = st.one_of(
    st.sampled_from(ENDINGS).map(lambda ending: f"a/b{ending}"),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
)
NEVER = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@settings(max_examples=1_500, deadline=None, suppress_health_check=list(HealthCheck))
@given(ANY_BYTES, NAMES, st.booleans())
@example(b"---\ndate: 0001-01-01\n---\n", "a.md", False)
@example(b'{"title": "\\ud800\\u0000", "x": [1e999]}', "a.json", False)
def test_whatever_a_file_holds_it_is_read_or_named(data: bytes, name: str, is_packed: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = list(read_bytes(gzip.compress(data) if is_packed else data, name))
        except DocumentError as error:
            assert str(error)
            assert "\n" not in str(error)
            return
    assert found
    for item in found:
        if isinstance(item, Skipped):
            assert item.name.startswith(name)
            assert "\n" not in item.reason
        else:
            check(item)


def check(document: Document) -> None:
    """What holds for every document, wherever it came from."""
    assert document.id
    assert document.title or document.body
    assert "\n" not in document.title
    for text in (document.id, document.title, document.body, document.source, document.url):
        assert not NEVER.search(text or "")
    assert all(tag and not NEVER.search(tag) for tag in document.tags)
    if document.date is not None:
        assert document.date.utcoffset() is not None
        document.date.astimezone(UTC)
    json.dumps(dict(document.extra), allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (
            "a<b 的用户。<br>\n文档写 <公司名称> 与 <date>，<b>粗</b>",
            "a<b 的用户。\n文档写 <公司名称> 与 <date>，粗",
        ),
        ("<b>用</b> vector<int> 和\nMap<String, List>", "用 vector<int> 和\nMap<String, List>"),
        ("<b>写给</b> <zhang@example.com>，i<p && p>0", "写给 <zhang@example.com>，i<p && p>0"),
        ('<p class="a">段<img src="a>b.png" alt=图></p><hr/>', "段"),
        ("<o:p>段</o:p><ucap>内容</ucap><b>粗</b><!-- <date> -->", "段内容粗"),
    ],
)
def test_only_what_html_knows_is_a_tag_in_a_text(tmp_path: Path, text: str, seen: str) -> None:
    assert read_one(tmp_path, "a.txt", text).body == seen


def test_a_list_of_lines_of_one_length_stays_a_list(tmp_path: Path) -> None:
    text = "\n".join(
        f"上海市黄浦区人民路街道第{number}社区核酸检测采样点" for number in "一二三四五六"
    )
    assert read_one(tmp_path, "a.txt", text).body == text
