"""User dictionaries: jieba's format, and entries that jieba itself cannot cut."""

from pathlib import Path

import pytest

from searcher import DictionaryError
from searcher.text import Analyzer, Dictionary, Folding, UserDictionary
from searcher.text.dictionary import UserWord, parse_user_word

FOLDING = Folding.from_opencc()


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("空中客服", UserWord("空中客服")),
        ("空中客服 5", UserWord("空中客服", 5)),
        ("空中客服 n", UserWord("空中客服")),
        ("空中客服 5 nz", UserWord("空中客服", 5)),
        ("iphone 15", UserWord("iphone 15")),
        ("iphone 15 pro", UserWord("iphone 15 pro")),
        ("iphone 15 pro 7 n", UserWord("iphone 15 pro", 7)),
        ("tf-idf", UserWord("tf-idf")),
        ("tf-idf 3 n", UserWord("tf-idf", 3)),
        ("mate 60\t9\tnz", UserWord("mate 60", 9)),
        ("iphone\t15", UserWord("iphone", 15)),
        ("新冠 疫苗", UserWord("新冠 疫苗")),
    ],
)
def test_a_line_is_a_word_with_or_without_frequency_and_part_of_speech(
    line: str, word: UserWord
) -> None:
    assert parse_user_word(line) == word


def analyzer_with(tmp_path: Path, words: str = "", stop_words: str = "") -> Analyzer:
    user, stop = tmp_path / "user.txt", tmp_path / "stop.txt"
    user.write_text(words, encoding="utf-8")
    stop.write_text(stop_words, encoding="utf-8")
    return Analyzer(FOLDING, Dictionary.compile(FOLDING, UserDictionary.read(FOLDING, user, stop)))


def terms(analyzer: Analyzer, text: str) -> list[str]:
    return [token.term for token in analyzer.words(FOLDING.fold(text))]


def test_a_user_word_is_one_word(tmp_path: Path) -> None:
    assert (
        terms(analyzer_with(tmp_path, "守沪有我\n"), "同心抗疫守“沪”有我，守沪有我")[-1]
        == "守沪有我"
    )


def test_a_traditional_upper_case_entry_cuts_simplified_text(tmp_path: Path) -> None:
    assert "太好赔app" in terms(analyzer_with(tmp_path, "太好賠APP\n"), "打开太好赔App吧")


@pytest.mark.parametrize(
    ("entry", "text", "expected"),
    [
        ("iPhone 15 Pro", "买了iPhone 15 Pro手机", ["iphone 15 pro", "iphone", "15", "pro"]),
        ("TF-IDF", "用ＴＦ－ＩＤＦ算", ["tf-idf", "tf", "idf"]),
        ("C++", "学C++吧", ["c++", "c"]),
        ("Teladoc Health", "服务机构Teladoc  Health，", ["teladoc health", "teladoc", "health"]),
        ("95505热线", "拨95505热线", ["95505热线", "95505"]),
    ],
)
def test_entries_with_letters_digits_spaces_and_hyphens_work_and_so_do_their_parts(
    tmp_path: Path, entry: str, text: str, expected: list[str]
) -> None:
    found = terms(analyzer_with(tmp_path, entry + "\n"), text)
    assert [term for term in found if term in expected] == expected


def test_a_latin_entry_is_not_found_inside_a_longer_word(tmp_path: Path) -> None:
    assert "tf-idf" not in terms(analyzer_with(tmp_path, "TF-IDF\n"), "xtf-idfs")


def test_stop_words_are_no_terms(tmp_path: Path) -> None:
    analyzer = analyzer_with(tmp_path, stop_words="的\nTHE\n")
    assert terms(analyzer, "the理赔的通道") == ["理赔", "通道"]


def test_a_saved_dictionary_cuts_as_before(tmp_path: Path) -> None:
    analyzer = analyzer_with(tmp_path, "空中客服 n\nTF-IDF\n", "的\n")
    folder = tmp_path / "saved"
    folder.mkdir()
    analyzer.dictionary.save(folder)
    loaded = Dictionary.load(folder)
    text = "中国人寿的空中客服与TF-IDF"
    assert terms(Analyzer(FOLDING, loaded), text) == terms(analyzer, text)
    assert loaded.fingerprint == analyzer.fingerprint
    assert loaded.user == analyzer.dictionary.user == Dictionary.load_user(folder)


def test_other_words_make_another_fingerprint(tmp_path: Path) -> None:
    plain = analyzer_with(tmp_path).fingerprint
    assert analyzer_with(tmp_path, "空中客服\n").fingerprint != plain
    assert analyzer_with(tmp_path, "TF-IDF\n").fingerprint != plain
    assert analyzer_with(tmp_path, stop_words="的\n").fingerprint != plain


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DictionaryError, match=r"nowhere\.txt"):
        UserDictionary.read(FOLDING, tmp_path / "nowhere.txt")


def test_another_encoding_is_named_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "user.txt"
    path.write_bytes("词\n".encode() + "空中客服".encode("gb18030"))
    with pytest.raises(DictionaryError, match=r"user\.txt.*UTF-8.*byte 4"):
        UserDictionary.read(FOLDING, path)


def test_a_frequency_beyond_all_bounds_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "user.txt"
    path.write_text("理赔\n空中客服 99999999999\n", encoding="utf-8")
    with pytest.raises(DictionaryError, match="line 2"):
        UserDictionary.read(FOLDING, path)


@pytest.mark.parametrize("damage", ["words.table", "dictionary.json"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    Dictionary.compile(FOLDING).save(tmp_path)
    (tmp_path / damage).write_bytes(b"damaged!")
    with pytest.raises(ValueError, match=r".+"):
        Dictionary.load(tmp_path)


def test_thousands_of_phrases_find_what_they_should(tmp_path: Path) -> None:
    analyzer = analyzer_with(tmp_path, "".join(f"word{n} part-{n}\n" for n in range(5_000)))
    assert "word4321 part-4321" in terms(analyzer, "有word4321  Part-4321和word12 part-13")
    assert not [term for term in terms(analyzer, "word12 part-13") if " " in term]
