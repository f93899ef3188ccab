"""How characters are read, and what letters may stand for."""

import subprocess
import sys

import pytest

from searcher.text.pinyin import Pinyin, letters_of, pinyin


@pytest.fixture(scope="module")
def table() -> Pinyin:
    return pinyin()


def test_a_character_has_all_of_its_readings_without_tones(table: Pinyin) -> None:
    assert table.readings("核")[0] == "he"
    assert {"zhong", "chong"} <= set(table.readings("重"))
    assert {"xing", "hang"} <= set(table.readings("行"))
    assert table.readings("绿")[0] == "lv"
    assert table.readings("a") == table.readings("😀") == ()


def test_interjections_without_a_vowel_are_no_syllables(table: Pinyin) -> None:
    assert not {"n", "ng", "m", "hm"} & table.syllables
    assert {"a", "zhuang", "lv", "nve", "er"} <= table.syllables


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("lv", "lv"), ("lü", "lv"), ("lyu", "lv"), ("lu", "lv"), ("lu", "lu"), ("jv", "ju")],
)
def test_what_people_type_for_u_with_dots(table: Pinyin, typed: str, meant: str) -> None:
    assert meant in table.typed[typed]


def test_syllables_at_a_place_are_all_that_may_begin_there(table: Pinyin) -> None:
    assert [end for end, _ in table.syllables_at("xian", 0)] == [2, 3, 4]
    assert table.syllables_at("vx", 0) == []


def test_similar_syllables(table: Pinyin) -> None:
    assert {"zi", "zhi"} == table.similar(["zi"])
    assert {"lan", "nan", "lang", "nang"} == table.similar(["lan"])
    assert "suan" in dict(table.syllables_at("suang", 0, blurred=True))[5]
    assert 5 not in dict(table.syllables_at("suang", 0))


def test_characters_sound_alike_only_with_the_same_tone(table: Pinyin) -> None:
    assert table.sound_alike("陪", "赔")
    assert not table.sound_alike("里", "离")
    assert not table.sound_alike("😀", "😀")


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("hesuan", "hesuan"),
        ("hésuān", "hesuan"),
        ("xi'an", "xi'an"),
        ("xi’an", "xi'an"),
        ("lu:se", "lüse"),
        ("lǜse", "lüse"),
        ("he2", None),
        ("é", "e"),
        ("", None),
        ("核", None),
        ("ñ", None),
    ],
)
def test_letters_of_pinyin(text: str, letters: str | None) -> None:
    assert letters_of(text) == letters


def test_only_the_table_of_characters_is_loaded() -> None:
    program = (
        "import sys; from searcher.text.pinyin import pinyin; assert pinyin().readings('核')\n"
        "assert 'pypinyin' not in sys.modules and 'pypinyin.phrases_dict' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
