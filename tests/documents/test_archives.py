"""Archives: each member is read as a file would be, and what is wrong with one is its affair."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from searcher.documents import Document, Skipped, limits, read_bytes
from searcher.errors import DocumentError
from tests.documents.archives import Members, tarred, zipped
from tests.documents.helpers import documents, read_all, skipped

NINE = 9 << 20
MEMBERS: Members = {
    "b/文章.txt": "标题\n\n正文。\n",
    "a.jsonl": '{"title": "甲", "body": "正文"}\n{bad\n{"id": "own", "title": "乙"}\n',
    "page.html": "<html><head><title>网页</title></head><body><p>正文。</p></body></html>",
    "picture.png": b"\x89PNG\r\n\x1a\n",
    "packed.md.gz": gzip.compress("# 笔记\n\n正文。".encode()),
}
ARCHIVES: dict[str, Callable[[], bytes]] = {
    "a.zip": lambda: zipped(MEMBERS),
    "a.tar": lambda: tarred(MEMBERS),
    "a.tar.gz": lambda: tarred(MEMBERS, "gz"),
    "a.tgz": lambda: tarred(MEMBERS, "gz"),
    "a.tar.bz2": lambda: tarred(MEMBERS, "bz2"),
    "a.tar.xz": lambda: tarred(MEMBERS, "xz"),
    "under any name.dat": lambda: zipped(MEMBERS),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_each_member_is_read_as_a_file_would_be(tmp_path: Path, name: str) -> None:
    found = read_all(tmp_path, name, ARCHIVES[name]())
    assert {(one.id, one.path, one.title) for one in documents(found)} == {
        (f"{name}/b/文章.txt", f"{name}/b/文章.txt", "标题"),
        (f"{name}/a.jsonl#1", f"{name}/a.jsonl", "甲"),
        ("own", f"{name}/a.jsonl", "乙"),
        (f"{name}/page.html", f"{name}/page.html", "网页"),
        (f"{name}/packed.md.gz", f"{name}/packed.md.gz", "笔记"),
    }
    faults = {one.name: (one.format, one.reason) for one in skipped(found)}
    assert faults[f"{name}/picture.png"] == ("png", "not text: PNG")
    assert faults[f"{name}/a.jsonl#2"][0] == "jsonl"
    assert len(faults) == 2


@pytest.mark.parametrize(
    ("ending", "pack"), [(".bz2", bz2.compress), (".xz", lzma.compress), (".gz", gzip.compress)]
)
def test_single_packed_files_are_read_in_full_and_faults_named(
    tmp_path: Path, ending: str, pack: Callable[[bytes], bytes]
) -> None:
    data = pack("标题\n\n正文。".encode()) + pack("第二块。".encode())
    (one,) = documents(read_all(tmp_path, f"a.txt{ending}", data))
    assert (one.title, one.body) == ("标题", "标题\n\n正文。第二块。")
    packed = pack(os.urandom(5_000).hex().encode())
    with pytest.raises(DocumentError, match="data ends too early"):
        read_all(tmp_path, f"b.txt{ending}", packed[:-100])
    broken = packed[:500] + bytes(50) + packed[550:]
    with pytest.raises(DocumentError, match=r"damaged \w+ data"):
        read_all(tmp_path, f"c.txt{ending}", broken)


def test_names_in_chinese_are_right_whatever_packed_them(tmp_path: Path) -> None:
    names = ["报告/理赔.txt", "報告/理賠.txt"]
    for name, codec in ((names[0], "gb18030"), (names[1], "big5"), (names[0], "utf-8")):
        raw = name.encode(codec)
        placeholder = "X" * len(raw)
        data = zipped({placeholder: "标题\n\n正文。"}).replace(placeholder.encode(), raw)
        (one,) = documents(read_all(tmp_path, "a.zip", data))
        assert one.path == f"a.zip/{name}", codec
    (one,) = documents(read_all(tmp_path, "b.zip", zipped({"报告/理赔.txt": "正文。"})))
    assert one.path == "b.zip/报告/理赔.txt"
    data = zipped({"aaaa": "正文。"}).replace(b"aaaa", b"x\\yz")
    (one,) = documents(read_all(tmp_path, "c.zip", data))
    assert one.path == "c.zip/x/yz"


def test_names_in_tar_that_are_not_utf8_are_read_as_gb18030(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(
        fileobj=packed, mode="w", encoding="gb18030", format=tarfile.GNU_FORMAT
    ) as archive:
        member = tarfile.TarInfo("理赔.txt")
        member.size = 6
        archive.addfile(member, io.BytesIO("正文".encode()))
    (one,) = documents(read_all(tmp_path, "a.tar", packed.getvalue()))
    assert one.path == "a.tar/理赔.txt"


@pytest.mark.parametrize("make", [zipped, tarred])
def test_names_that_lead_out_do_no_harm_and_hidden_members_are_left_out(
    tmp_path: Path, make: Callable[[Members], bytes]
) -> None:
    data = make(
        {
            "../../evil.txt": "一",
            "/etc/passwd.txt": "二",
            "__MACOSX/._a.txt": "三",
            ".DS_Store": "四",
            "a/.hidden/b.txt": "五",
            "a/new\nline\u202e.txt": "六",
        }
    )
    found = read_all(tmp_path, "a.archive", data)
    assert [one.path for one in documents(found)] == [
        "a.archive/evil.txt",
        "a.archive/etc/passwd.txt",
        "a.archive/a/new\\x0aline\\u202e.txt",
    ]
    assert not skipped(found)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.archive"]


def test_an_archive_in_an_archive_is_read_and_a_deeper_one_is_named(tmp_path: Path) -> None:
    deepest = zipped({"c.txt": "深处"})
    data = tarred(
        {
            "inner.zip": zipped({"b.txt": "标题\n\n里面", "deep.zip": deepest}),
            "inner.tar.gz": tarred({"b.txt": "里面", "deep.tar": tarred({"c.txt": "深"})}, "gz"),
        }
    )
    found = read_all(tmp_path, "a.tar", data)
    assert [one.id for one in documents(found)] == [
        "a.tar/inner.zip/b.txt",
        "a.tar/inner.tar.gz/b.txt",
    ]
    assert [(one.name, one.reason) for one in skipped(found)] == [
        ("a.tar/inner.zip/deep.zip", "an archive in an archive in an archive"),
        ("a.tar/inner.tar.gz/deep.tar", "an archive in an archive in an archive"),
    ]


def test_members_that_cannot_be_read_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    good = zipped({"a.txt": "好的", "b.txt": "也好的内容", "c.txt": "还好的"})
    encrypted = bytearray(good)
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[good.index(magic, good.index(magic) + 1) + offset] |= 1
    found = read_all(tmp_path, "a.zip", bytes(encrypted))
    assert [one.path for one in documents(found)] == ["a.zip/a.txt", "a.zip/c.txt"]
    assert skipped(found) == [Skipped("a.zip/b.txt", "encrypted", "zip")]

    broken = bytearray(good)
    start = good.index(b"b.txt") + 5
    broken[start : start + 8] = b"\xff" * 8
    found = read_all(tmp_path, "b.zip", bytes(broken))
    assert [one.path for one in documents(found)] == ["b.zip/a.txt", "b.zip/c.txt"]
    assert [one.name for one in skipped(found)] == ["b.zip/b.txt"]
    assert skipped(found)[0].reason.startswith("damaged")

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.txt", "内容")
    (fault,) = read_all(tmp_path, "c.zip", packed.getvalue())
    assert isinstance(fault, Skipped)
    assert "a method that is not read" in fault.reason


def test_links_and_devices_in_tar_are_named(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, kind in (("a", tarfile.SYMTYPE), ("b", tarfile.LNKTYPE), ("c", tarfile.FIFOTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    found = read_all(tmp_path, "a.tar", packed.getvalue())
    assert [one.name for one in skipped(found)] == ["a.tar/a", "a.tar/b", "a.tar/c"]
    assert not documents(found)


@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
def test_an_archive_with_nothing_in_it_is_an_error(tmp_path: Path, name: str) -> None:
    make = zipped if name == "a.zip" else tarred
    with pytest.raises(DocumentError, match="nothing in it"):
        read_all(tmp_path, name, make({}))
    with pytest.raises(DocumentError, match="nothing in it"):
        read_all(tmp_path, name, make({".hidden": "x"}))


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_a_damaged_archive_gives_what_comes_before_and_an_error(tmp_path: Path, name: str) -> None:
    members = {f"{n}.txt": os.urandom(3_000).hex() for n in range(20)}
    data = {
        "a.zip": lambda: zipped(members),
        "a.tar": lambda: tarred(members),
        "a.tar.gz": lambda: tarred(members, "gz"),
    }[name]()
    found: list[Document | Skipped] = []
    with pytest.raises(DocumentError) as error:
        found.extend(read_bytes(data[: len(data) // 2], name))
    assert error.value.format == name.split(".")[1] or name == "a.tar.gz"
    assert bool(documents(found)) == (name != "a.zip")  # whose table of contents is at its end


@pytest.mark.parametrize("make", ["zip", "tar.gz", "nested", "gz in zip"])
def test_an_archive_may_expand_so_far_and_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: str
) -> None:
    monkeypatch.setattr(limits, "EXPANSION", 4 << 20)
    monkeypatch.setattr(limits, "RATIO", 1)
    bombs = {f"{n}.txt": b"a" * (1 << 20) for n in range(9)}
    members = {"good.txt": "好的".encode(), **bombs}
    data = {
        "zip": lambda: zipped(members),
        "tar.gz": lambda: tarred(members, "gz"),
        "nested": lambda: zipped({"good.txt": "好的", "in.zip": zipped(bombs)}),
        "gz in zip": lambda: zipped({"good.txt": "好", "b.gz": gzip.compress(b"a" * NINE)}),
    }[make]()
    assert len(data) < 1 << 20
    found: list[Document | Skipped] = []
    with pytest.raises(DocumentError, match="expands to more than 4 MB") as error:
        found.extend(read_bytes(data, "a.archive"))
    assert error.value.format in ("zip", "tar")
    (first, *others) = documents(found)
    assert first.path == "a.archive/good.txt"
    assert len(others) <= 4


def test_a_table_of_contents_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LARGEST_DIRECTORY", 1_000)
    with pytest.raises(DocumentError, match="too many files"):
        read_all(tmp_path, "a.zip", zipped({f"{n}.txt": "x" for n in range(50)}))


def test_a_member_that_must_be_in_memory_may_be_so_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LARGEST_MEMBER", 1 << 17)
    inner = zipped({"a.bin": os.urandom(1 << 18)})
    (fault,) = read_all(tmp_path, "a.zip", zipped({"in.zip": inner}))
    assert isinstance(fault, Skipped)
    assert "must be read as a whole" in fault.reason


def test_headers_of_tar_that_would_fill_the_memory_are_refused(tmp_path: Path) -> None:
    member = tarfile.TarInfo("././@LongLink")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 8 << 30
    header = member.tobuf(tarfile.GNU_FORMAT)
    with pytest.raises(DocumentError, match="header that is too large"):
        read_all(tmp_path, "a.tar.gz", gzip.compress(header + bytes(20 << 20)))
    sparse = tarfile.TarInfo("a")
    sparse.type = tarfile.GNUTYPE_SPARSE
    with pytest.raises(DocumentError, match="sparse"):
        read_all(tmp_path, "b.tar", sparse.tobuf(tarfile.GNU_FORMAT) + bytes(10_240))


def test_xz_that_asks_for_much_memory_is_refused(tmp_path: Path) -> None:
    data = bytearray(lzma.compress("内容".encode() * 100))
    # The size of the dictionary stands behind the filter's number; its checksum is behind it.
    at = data.index(b"\x21\x01", 12) + 2
    data[at] = 40  # 4 GB
    block = data[12 : 12 + (data[12] + 1) * 4 - 4]
    data[12 + len(block) : 16 + len(block)] = zlib.crc32(block).to_bytes(4, "little")
    with pytest.raises(DocumentError, match=r"damaged xz data: .*[Mm]emory"):
        read_all(tmp_path, "a.txt.xz", bytes(data))
