"""The kernel cuts texts into the words that Python cuts, whatever the text and the dictionary."""

import os
import random
import subprocess
import sys
import tarfile
from array import array
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.text import Analyzer, Dictionary, Folding, Token, UserDictionary
from searcher.text.characters import HAN
from searcher.text.cutting import (
    Cutter,
    KernelCutter,
    PythonCutter,
    PythonVocabulary,
    Vocabulary,
)
from searcher.text.dictionary import UserWord
from searcher.text.phrases import Phrase, PhraseFinder
from searcher.text.words import Words, make_table
from tests.conftest import shared_documents, shared_path
from tests.index.columnar_tools import using
from tests.text.test_segmenter import jieba_tokenizer

FOLDING = Folding.from_opencc()
USER_WORDS = (
    *(
        UserWord(word)
        for word in ("守沪有我", "太好赔app", "95505热线", "c++", "tf-idf", "iphone 15")
    ),
    *(
        UserWord(word)
        for word in ("保险" * 32, "保险" * 33, "新冠 疫苗", "、、", "龥", "\U00020000")
    ),
    UserWord("的了", 4_000_000_000),
    UserWord("理赔", 0),
)
STOP_WORDS = frozenset({"的", "a", "15", "理赔", "tf-idf", "한국어", "カラオケ"})
USERS = {
    "default": UserDictionary(),
    "user words": UserDictionary(USER_WORDS),
    "stop words": UserDictionary(stop_words=STOP_WORDS),
    "both": UserDictionary(USER_WORDS, STOP_WORDS),
}


@cache
def dictionary_of(user: str) -> Dictionary:
    return Dictionary.compile(FOLDING, USERS[user])


@cache
def cutters_of(user: str) -> list[Cutter]:
    """Python's and the kernel's, where there is one; each as it is, and ready for many texts."""
    dictionary = dictionary_of(user)
    prepared = PythonCutter(dictionary)
    prepared.prepare()
    cutters: list[Cutter] = [PythonCutter(dictionary), prepared]
    kernel = dictionary.kernel_cutter()
    if kernel is not None:
        ready = Dictionary.compile(FOLDING, USERS[user]).kernel_cutter()
        assert ready is not None
        ready.vocabulary().numbers("，" * 300_000)
        cutters += [kernel, ready]
    return cutters


def assert_cut_alike(user: str, folded: str) -> list[Token]:
    phrases = PhraseFinder(dictionary_of(user).phrases).find(folded)
    expected, *others = (list(cutter.words(folded, phrases)) for cutter in cutters_of(user))
    assert all(other == expected for other in others)
    terms = [token.term for token in expected]
    assert cutters_of(user)[-1].terms(folded, phrases) == terms
    assert_numbered(user, folded, phrases, terms)
    return expected


def assert_numbered(user: str, folded: str, phrases: tuple[Phrase, ...], terms: list[str]) -> None:
    """Vocabularies number the terms of a text as they are met, behind those of a text before."""
    before = "理赔的 known"
    vocabularies: list[Vocabulary] = [PythonVocabulary(cutters_of(user)[0])]
    if len(cutters_of(user)) > 2:
        vocabularies.append(cast(KernelCutter, cutters_of(user)[-1]).vocabulary())
    for vocabulary in vocabularies:
        vocabulary.numbers(before)
        known = vocabulary.terms()
        for _ in range(2):  # known terms keep their numbers
            numbers = array("I", vocabulary.numbers(folded, phrases))
            by_number = vocabulary.terms()
            assert [by_number[number] for number in numbers] == terms
            assert by_number == list(dict.fromkeys([*known, *terms]))


texts = st.lists(
    st.one_of(
        st.sampled_from("的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会"),
        st.sampled_from(
            ["中国", "人民银行", "核酸", "筛查", "理赔", "绿色通道", "乾坤", "保险" * 20]
        ),
        st.sampled_from(["T恤", "c++", "c#", "at&t", "tf-idf", "iphone 15", "iphone15pro", "a1b2"]),
        st.sampled_from(
            ["カラオケ", "한국어", "ㄅㄆㄇ", "〇々", "𠮷野", "naïve", "e\u0301", "Привет"]
        ),
        st.sampled_from(
            [" ", "\n", "\r\n", "\u3000", "\t", "_", "-", ".", "%", "，", "\x1c", "\x85"]
        ),
        st.sampled_from(
            ["\ud800", "\udfff", "\ud7c8", "\u1100", "١٢", "²", "½", "Ⅷ", "\U0001d7d8"]
        ),
        st.integers(1, 300).map("a".__mul__),
        st.text(max_size=4),
        st.characters(),
    ),
    max_size=40,
).map("".join)


@pytest.mark.parametrize("user", USERS)
@settings(max_examples=1500, deadline=None)
@given(texts)
def test_any_text_is_cut_alike(user: str, text: str) -> None:
    assert_cut_alike(user, text)


def test_every_character_is_told_apart_alike() -> None:
    for plane in range(17):
        chars = [chr(code) for code in range(plane << 16, (plane + 1) << 16)]
        if plane > 3:  # nothing is assigned there but signs and private characters
            chars = chars[::16]
        assert_cut_alike("default", "a1".join(chars))


def news() -> Iterator[str]:
    return (document.body for document in shared_documents("crud_news", 2000))


def encyclopedia() -> Iterator[str]:
    return (document.body for document in shared_documents("drcd", 1000))


def manuals() -> Iterator[str]:
    with tarfile.open(shared_path("data/tidb_docs_cn.tar.xz")) as archive:
        pages = (member for member in archive if member.name.endswith(".md"))
        for _, page in zip(range(100), pages, strict=False):
            file = archive.extractfile(page)
            if file is not None:
                yield file.read().decode("utf-8")


REAL = {"news": news, "encyclopedia": encyclopedia, "manuals": manuals}


@pytest.mark.parametrize("source", REAL)
@pytest.mark.parametrize("user", ["default", "both"])
def test_real_text_is_cut_alike(source: str, user: str) -> None:
    for text in REAL[source]():
        assert_cut_alike(user, FOLDING.fold(text))


@pytest.mark.parametrize("source", REAL)
def test_the_words_of_real_text_are_those_of_jieba(source: str) -> None:
    import re

    has_han = re.compile(f"[{HAN}]").search
    dictionary = dictionary_of("default")
    jieba, analyzer = jieba_tokenizer(dictionary), Analyzer(FOLDING, dictionary)
    analyzer.prepare()
    for text in REAL[source]():
        folded = FOLDING.fold(text)
        expected = [word for word in jieba.cut(folded, HMM=False) if has_han(word)]
        assert [term for term in analyzer.terms(folded) if has_han(term)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "保险" * 40_000,
        "人民银行" * 16_384 + "中国",
        "a" * 70_000 + "理赔" + "b" * 70_000,
        "a1" * 40_000,
        "カ" * 70_000,
        "c++" * 30_000,
        "一" * 65_535 + "丁一丁",
        "\n" * 70_000 + "理",
    ],
)
def test_blocks_beyond_all_bounds_are_cut_alike(text: str) -> None:
    assert_cut_alike("default", text)
    assert_cut_alike("both", text)


def test_words_and_terms_of_an_analyzer_are_the_same() -> None:
    analyzer = Analyzer(FOLDING, dictionary_of("both"))
    folded = FOLDING.fold("用TF-IDF和iPhone 15守沪有我的理赔，T恤")
    assert analyzer.terms(folded) == [token.term for token in analyzer.words(folded)]
    assert analyzer.word_counts(folded).total() == len(analyzer.terms(folded))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the default dictionary."""
    folder = tmp_path_factory.mktemp("saved")
    dictionary_of("default").save(folder)
    return folder


@pytest.fixture
def table(saved: Path) -> bytes:
    """The table that texts are cut by."""
    return (saved / "words.table").read_bytes()


def copy_of(saved: Path, folder: Path) -> Path:
    for path in saved.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


SAMPLE = "核酸筛查的绿色通道，中国人民银行T恤iPhone15在一不是人这" * 20


def test_a_loaded_dictionary_cuts_at_once_as_before(saved: Path) -> None:
    loaded = Dictionary.load(saved)
    has_kernel = dictionary_of("default").kernel_cutter() is not None
    assert (loaded.kernel_cutter() is not None) == has_kernel
    terms = Analyzer(FOLDING, loaded).terms(SAMPLE)
    assert terms == [token.term for token in assert_cut_alike("default", SAMPLE)]


def test_the_table_that_python_makes_is_that_of_the_kernel() -> None:
    left_out = [("理赔", 0), ("a b", 3), ("人" * 65, 2)]
    words = [*islice(dictionary_of("both").items(), 30_000), *left_out]
    with using("numpy"):
        made = make_table(words, "0123456789abcdef")
    assert made == make_table(words, "0123456789abcdef")
    kept = dict(words[:-3])
    table = Words(made, "0123456789abcdef")
    assert dict(table.items()) == kept
    assert all(table.frequency(word) == frequency for word, frequency in words[:2000])
    assert table.frequency("理赔") == table.frequency("a b") == table.frequency("") == 0


def test_a_dictionary_of_which_a_bit_changed_is_found_out_before_documents_are_cut(
    saved: Path, tmp_path: Path, table: bytes
) -> None:
    folder = copy_of(saved, tmp_path)
    Dictionary.load(folder).check()
    changed = bytearray(table)
    changed[len(table) // 2] ^= 1
    (folder / "words.table").write_bytes(changed)
    with pytest.raises(ValueError, match=r"words\.table"):
        Dictionary.load(folder).check()


def test_a_process_without_the_kernel_cuts_the_same(saved: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from searcher.text import Analyzer, Dictionary\n"
        "from searcher.text import Folding; dictionary = Dictionary.load(Path(sys.argv[1]))\n"
        "analyzer = Analyzer(Folding.from_opencc(), dictionary); analyzer.prepare()\n"
        "assert dictionary.kernel_cutter() is None\n"
        "sys.stdout.buffer.write(' '.join(analyzer.terms(sys.argv[2])).encode())"
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program, str(saved), SAMPLE],
        env={**os.environ, "SEARCHER_KERNEL": "off"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().split(" ") == Analyzer(FOLDING, Dictionary.load(saved)).terms(
        SAMPLE
    )


def test_damage_anywhere_in_the_table_gives_other_words_at_worst(
    saved: Path, tmp_path: Path, table: bytes
) -> None:
    folder = copy_of(saved, tmp_path)
    chance = random.Random(5)
    for _ in range(30):
        damaged = bytearray(table)
        for at in chance.choices(range(32, len(table)), k=chance.choice([1, 1000, 100_000])):
            damaged[at] = chance.choice([0, 0xFF, chance.randrange(256)])
        (folder / "words.table").write_bytes(damaged)
        analyzer = Analyzer(FOLDING, Dictionary.load(folder))
        for token in analyzer.words(SAMPLE):
            assert 0 <= token.start < token.end <= len(SAMPLE)
        assert_numbers_have_terms(analyzer, SAMPLE)


@pytest.mark.parametrize("fill", [b"\x00", b"\xff", b"\x01\x00\x00\x00", b"\x02\x00\x00\x00"])
def test_a_table_of_one_number_does_no_harm(
    saved: Path, tmp_path: Path, table: bytes, fill: bytes
) -> None:
    folder = copy_of(saved, tmp_path)
    body = (fill * len(table))[: len(table) - 32]
    (folder / "words.table").write_bytes(table[:32] + body)
    analyzer = Analyzer(FOLDING, Dictionary.load(folder))
    assert analyzer.terms(SAMPLE)
    assert_numbers_have_terms(analyzer, SAMPLE)


def assert_numbers_have_terms(analyzer: Analyzer, folded: str) -> None:
    vocabulary = analyzer.vocabulary()
    numbers = set(array("I", analyzer.numbers(folded, vocabulary)))
    assert numbers == set(range(len(vocabulary.terms())))


@pytest.mark.parametrize("at", [0, 8, 11, 12, 15, 16, 31])
def test_a_damaged_header_is_refused(saved: Path, tmp_path: Path, table: bytes, at: int) -> None:
    folder = copy_of(saved, tmp_path)
    damaged = bytearray(table)
    damaged[at] ^= 0x55
    if at == 12:  # the number of words, which nothing but its bounds depends on
        damaged[12:16] = b"\xff" * 4
    (folder / "words.table").write_bytes(damaged)
    with pytest.raises(ValueError, match=r"words\.table"):
        Dictionary.load(folder)


@pytest.mark.parametrize("size", [0, 1, 31, 32, 40, -1, 1_000_000])
def test_a_table_of_another_size_is_refused(
    saved: Path, tmp_path: Path, table: bytes, size: int
) -> None:
    folder = copy_of(saved, tmp_path)
    (folder / "words.table").write_bytes(table[:size])
    with pytest.raises(ValueError, match=r".+"):
        Dictionary.load(folder)


def test_a_table_of_another_dictionary_is_refused(tmp_path: Path, table: bytes) -> None:
    dictionary_of("user words").save(tmp_path)
    (tmp_path / "words.table").write_bytes(table)
    with pytest.raises(ValueError, match="no table of these words"):
        Dictionary.load(tmp_path)
