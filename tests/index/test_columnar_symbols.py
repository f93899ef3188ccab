"""Texts as codes for frequent strings of characters."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher import Document, Index
from searcher.errors import IndexCorrupt
from searcher.index.columnar import training
from searcher.index.columnar.container import DamagedFile
from searcher.index.columnar.symbols import Symbols, file_of, table_of
from searcher.index.columnar.training import LONGEST, MOST_SYMBOLS, frequent_strings
from tests.conftest import shared_documents
from tests.index.columnar_tools import ENGINES, using

STRINGS = ["银", "银行", "银行贷款", "贷款", "a", "ab", "abcdefg", "é", "\x00", "\n"]
TABLE = table_of(STRINGS)
SURROGATE = b"\x01\x00\x00\x00\x01\x00\xd8"
TOO_LONG = b"\x01\x00\x00\x00\x08" + bytes(16)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("table", [b"", TABLE, table_of([])])
@given(
    text=st.text(st.sampled_from("银行贷款abcdefgé\x00\n😀𠀀\uffff"))
    | st.text(st.characters(exclude_categories=["Cs"]))
)
def test_any_text_comes_back(engine: str, table: bytes, text: str) -> None:
    with using(engine):
        symbols = Symbols(table)
        assert symbols.decode(symbols.encode(text)) == text
        assert symbols.decode(memoryview(symbols.encode(text))) == text


@pytest.mark.parametrize("engine", ENGINES)
def test_texts_are_cut_into_the_longest_symbols(engine: str) -> None:
    with using(engine):
        codes = Symbols(TABLE).encode("银行贷款银行ab银x")
    longest = [STRINGS.index(string) + 1 for string in ("银行贷款", "银行", "ab", "银")]
    assert memoryview(codes).cast("H").tolist() == [*longest, 0, ord("x")]


def test_the_kernel_gives_the_same_codes() -> None:
    texts = [document.body for document in shared_documents("cmrc2018", 600)]
    table = table_of(frequent_strings(texts[:500], 2))
    codes = []
    for engine in ENGINES:
        with using(engine):
            symbols = Symbols(table)
            codes.append([symbols.encode(text) for text in texts])
            assert [symbols.decode(one) for one in codes[-1]] == texts
    assert codes[0] == codes[1]
    size = sum(len(text.encode()) for text in texts[500:])
    assert sum(map(len, codes[0][500:])) < 0.5 * size


@pytest.mark.parametrize("letters", ["abcdefg银", "银行贷款", "abcde", "银行贷款a😀é"])
def test_long_texts_are_cut_alike(letters: str) -> None:
    chance = random.Random(len(letters))
    text = "".join(chance.choices([*letters, "abcdefg", "银行贷款"], k=30_000))
    codes = []
    for engine in ENGINES:
        with using(engine):
            symbols = Symbols(TABLE)
            codes.append(symbols.encode(text))
            assert symbols.decode(codes[-1]) == text
    assert codes[0] == codes[1]


def test_frequent_strings_become_symbols() -> None:
    strings = frequent_strings(["银行贷款"] * 50 + ["银行"] * 100 + ["款\U0001f600银"] * 60, 5)
    assert strings.index("银行") < strings.index("银行贷款")
    assert {"银", "行", "贷款"} <= set(strings)
    assert {chr(code) for code in range(0x20, 0x7F)} <= set(strings)
    assert not any("\ud800" <= char <= "\udfff" or char > "\uffff" for char in "".join(strings))
    assert "款银" not in strings
    assert "贷款贷" not in strings  # in no text, only at the edge of two
    assert len(set(strings)) == len(strings)


def test_a_table_has_no_more_than_there_are_codes() -> None:
    chance = random.Random(1)
    letters = [chr(0x4E00 + number) for number in range(600)]
    texts = ["".join(chance.choices(letters, k=400)) for _ in range(2000)]
    strings = frequent_strings([*texts, "aaaaaaaaaaaaaaaaaaaaaaaa" * 50], 2)
    assert 60_000 < len(strings) <= MOST_SYMBOLS
    assert max(map(len, strings)) <= LONGEST
    assert frequent_strings([], 2)
    assert frequent_strings(["银"], 2)


@pytest.mark.parametrize("engine", ENGINES)
def test_codes_that_no_text_has_are_noticed(engine: str) -> None:
    with using(engine):
        symbols = Symbols(TABLE)
        for codes in (b"\x01", b"\x00\x00", b"\xff\xff", b"\x0b\x00", b"\x00\x00\x00\xd8"):
            with pytest.raises(ValueError):
                symbols.decode(codes)
        with pytest.raises(ValueError):
            Symbols(b"").decode(b"\xe9")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_table_that_makes_no_sense_is_noticed(engine: str) -> None:
    """Whatever its bytes are, texts are decoded or there is an error."""
    chance = random.Random(3)
    with using(engine):
        for data in (b"\x00", TABLE[:-1], TABLE + b"\x00", SURROGATE, TOO_LONG):
            with pytest.raises(DamagedFile):
                Symbols(data)
        for _ in range(300):
            damaged = bytearray(TABLE)
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            codes = chance.randbytes(2 * chance.randrange(9))
            try:
                Symbols(bytes(damaged)).decode(codes)
                Symbols(bytes(damaged)).encode("银行贷款")
            except ValueError:
                pass


@pytest.mark.parametrize("engine", ENGINES)
def test_a_symbol_may_be_in_a_table_only_once(engine: str) -> None:
    with using(engine), pytest.raises(ValueError):
        Symbols(table_of(["银行", "行", "银行"])).encode("银行")


def test_tables_are_files_beside_the_segments(tmp_path: Path) -> None:
    symbols = Symbols(TABLE)
    symbols.save(tmp_path)
    symbols.save(tmp_path)
    Symbols(b"").save(tmp_path)
    (path,) = tmp_path.iterdir()
    assert path.name == file_of(symbols.name)
    assert not file_of("")
    assert Symbols.load(tmp_path, symbols.name).data == TABLE
    assert Symbols.load(tmp_path, "").data == b""
    with pytest.raises(OSError):
        Symbols.load(tmp_path, Symbols(table_of(["银"])).name)
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.unlink()
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        try:
            assert Symbols.load(tmp_path, symbols.name).data == TABLE  # padding
        except DamagedFile:
            continue


def many_documents(count: int, first: int = 0) -> list[Document]:
    """Documents of about two kilobytes."""
    sentence = "银行第{}次公布贷款利率，第{}号通知称以旧换新。"
    return [
        Document(
            id=str(number), body="".join(sentence.format(number, number * n) for n in range(30))
        )
        for number in range(first, first + count)
    ]


@pytest.mark.parametrize("damage", ["missing", "damaged", "cut off"])
def test_an_index_without_its_table_is_corrupt(tmp_path: Path, damage: str) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.add(many_documents(600))
    (path,) = (tmp_path / "index").rglob("texts-*.symbols")
    data = bytearray(path.read_bytes())
    path.unlink()
    if damage != "missing":
        data[len(data) // 2] ^= 1
        path.write_bytes(data[:100] if damage == "cut off" else data)
    with Index.open(tmp_path / "index") as index, pytest.raises(IndexCorrupt):
        index.search("银行")


def test_a_table_that_no_segment_has_is_deleted(tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.add(many_documents(600))
        assert len([*(tmp_path / "index").rglob("texts-*")]) == 1
        index.delete([str(number) for number in range(600)])
        assert not [*(tmp_path / "index").rglob("texts-*")]
        index.add([Document(id="a", body="银行")])
        assert [hit.id for hit in index.search("银行")] == ["a"]


def test_commits_share_a_table(tmp_path: Path) -> None:
    """And merged segments, and those of deleted documents; a rebuild makes a new one."""
    documents = many_documents(620)
    with Index.open(tmp_path / "index", create=True) as index:
        index.add(documents[:3])  # too few for a table
        assert not [*(tmp_path / "index").rglob("texts-*")]
        index.add(documents[3:610])
        (path,) = (tmp_path / "index").rglob("texts-*.symbols")
        for number in range(610, 620):
            index.add(documents[number : number + 1])
        index.delete(["5", "612"])
        assert [*(tmp_path / "index").rglob("texts-*")] == [path]
        found = [index.get(str(number)) for number in (0, 4, 5, 300, 611, 612, 619)]
    left = [None if one.id in ("5", "612") else one for one in documents]
    assert found == [left[number] for number in (0, 4, 5, 300, 611, 612, 619)]


def test_frequent_strings_are_the_same_however_many_pairs_are_looked_at_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = random.Random(5)
    texts = [
        "aaaa" * 90 + "abab" * 50,
        *("".join(chance.choices("银行贷款", k=40)) for _ in range(99)),
    ]
    whole = frequent_strings(texts, 2)
    monkeypatch.setattr(training, "_BLOCK", 101)
    assert frequent_strings(texts, 2) == whole
    assert len(whole) > 100
