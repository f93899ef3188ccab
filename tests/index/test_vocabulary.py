"""The words of an index, found by their sound and their look."""

import random
from pathlib import Path

import numpy as np
import pytest

from searcher import Document, Index
from searcher.api.state import State
from searcher.index.columnar.arrays import Mask
from searcher.index.fields import GRAMS, WORDS
from searcher.index.reader import IndexReader
from searcher.index.store import Store
from searcher.index.vocabulary import Change, Near, Vocabulary
from searcher.index.vocabulary.titles import SegmentTitles, key_of
from searcher.index.vocabulary.words import CODES, SegmentWords

TEXTS = {
    "a": "核酸 理赔 绿色通道 health",
    "b": "核酸 核算 志愿者 healthy",
    "c": "核酸 理赔 银行 iphone15 北京",
}


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> IndexReader:
    """An index of several segments, with deleted documents in some."""
    path = tmp_path_factory.mktemp("vocabulary") / "index"
    with Index.open(path, create=True) as index:
        index.add(
            [
                *(Document(id=f"{n}", body=f"热线{n} 值班") for n in range(100)),
                Document(id="a", body=TEXTS["a"]),
                Document(id="gone", body="核算 理论"),
            ]
        )
        index.add([Document(id="b", body=TEXTS["b"])])
        index.add([Document(id="c", body=TEXTS["c"])])
        index.delete(["gone", *(str(n) for n in range(10))])
    reader = State(Store(path)).reader
    assert len(reader.segments) == 3
    assert any(one.allowed for one in reader.segments)
    return reader


def one_of(*characters: str) -> list[Mask]:
    """For each place, the characters that may stand there."""
    sets = []
    for some in characters:
        mask = np.zeros(CODES, np.bool_)
        mask[[ord(char) for char in some]] = True
        sets.append(mask)
    return sets


def test_words_with_characters_of_sets_are_found_in_all_segments(segments: IndexReader) -> None:
    vocabulary = Vocabulary(segments)
    assert vocabulary.sounding(one_of("核理", "酸算赔论")) == {"核酸": 3, "理赔": 2, "核算": 1}
    assert vocabulary.sounding(one_of("核")) == {}
    assert vocabulary.sounding([]) == vocabulary.sounding(one_of(*"一" * 9)) == {}


def test_deleted_documents_do_not_count(segments: IndexReader) -> None:
    assert "理论" not in Vocabulary(segments).sounding(one_of("理", "论"))
    assert Vocabulary(segments).sounding(one_of("核", "算")) == {"核算": 1}


def test_words_that_begin_with_characters_of_sets(segments: IndexReader) -> None:
    vocabulary = Vocabulary(segments)
    assert vocabulary.beginning(one_of("绿志", "色愿"), 9) == {"志愿者": 1, "绿色通道": 1}
    assert vocabulary.has_longer(one_of("绿", "色"))
    assert not vocabulary.has_longer(one_of("核", "酸"))
    assert len(vocabulary.beginning(one_of("核理绿志银北值"), 2)) >= 2


def test_pairs_are_found_where_no_word_is(segments: IndexReader) -> None:
    assert Vocabulary(segments).pairs(*one_of("愿绿", "者通色")) == {"愿者": 1, "绿色": 1}


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("志愿着", Near("志愿者", 1, Change.OTHER)),
        ("志者", Near("志愿者", 1, Change.MISSING)),
        ("志愿愿者", Near("志愿者", 1, Change.EXTRA)),
        ("愿志者", Near("志愿者", 1, Change.SWAPPED)),
        ("行银", Near("银行", 1, Change.SWAPPED)),
        ("helth", Near("health", 1, Change.MISSING)),
        ("healht", Near("health", 1, Change.SWAPPED)),
        ("ihealth", Near("health", 1, Change.EXTRA)),
        ("heelth", Near("health", 1, Change.OTHER)),
        ("health", Near("healthy", 1, Change.MISSING)),
    ],
)
def test_words_that_differ_in_one_character(segments: IndexReader, typed: str, near: Near) -> None:
    assert near in Vocabulary(segments).near(typed)


@pytest.mark.parametrize("typed", ["", "😀", "123", "\ud800", "一" * 50, "z" * 200])
def test_nothing_is_near_to_what_is_no_word(segments: IndexReader, typed: str) -> None:
    assert Vocabulary(segments).near(typed) == []


def test_all_words_that_differ_in_one_character_are_found(real_index: Index) -> None:
    """The same as with a distance worked out for each word."""
    reader = State(Store(real_index.path)).reader
    vocabulary = Vocabulary(reader)
    words = [w for w in reader.terms(WORDS) if all("\u4e00" <= char <= "\u9fff" for char in w)]
    rng = random.Random(4)
    for word in rng.sample([word for word in words if len(word) in (3, 4)], 25):
        at = rng.randrange(len(word))
        typed = word[:at] + rng.choice(["", "一", word[at] + "的"]) + word[at + 1 :]
        found = {one.word for one in vocabulary.near(typed)}
        expected = {other for other in words if is_one_change(typed, other)}
        assert found <= expected
        # Of each length the most frequent ones are given.
        assert found == expected or len(found) >= 12


def is_one_change(word: str, other: str) -> bool:
    if word == other:
        return False
    if len(word) == len(other):
        places = [at for at in range(len(word)) if word[at] != other[at]]
        swapped = len(places) == 2 and places[1] == places[0] + 1
        return len(places) == 1 or (
            swapped and word[places[0] : places[1] + 1] == other[places[0] : places[1] + 1][::-1]
        )
    short, long = sorted((word, other), key=len)
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


def test_counts_are_what_lists_say(real_index: Index) -> None:
    reader = State(Store(real_index.path)).reader
    for one in reader.segments:
        words = SegmentWords(one.segment.field(WORDS))
        field = one.segment.field(WORDS)
        for number in range(0, words.counts.size, 97):
            documents, _, _ = field.decode(int(field.terms.starts[number]))
            assert words.counts[number] == len(documents)
        assert words.han[2].numbers.size > 1000


def test_the_words_of_an_empty_index(tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", create=True):
        pass
    vocabulary = Vocabulary(State(Store(tmp_path / "index")).reader)
    assert vocabulary.sounding(one_of("核", "酸")) == {}
    assert vocabulary.pairs(*one_of("核", "酸")) == {}
    assert vocabulary.near("志愿者") == []


def test_titles_are_in_order_of_what_is_left_without_punctuation(index: Index) -> None:
    titles = ["理赔：须知", "理赔 须知", "《理赔须知》(二)", "理 财", "", "🙂", "ABC"]
    index.add(Document(id=str(n), title=title) for n, title in enumerate(titles))
    state = State(Store(index.path))
    (one,) = state.reader.segments
    found = SegmentTitles(one, state.analyzer.folding.fold)
    keys = [found.key(number) for number in range(found.counts.size)]
    assert [key for key in keys if key] == ["abc", "理财", "理赔须知", "理赔须知二"]
    number = found.number("理赔须知")
    assert number is not None
    assert [found.title(document) for document in found.documents(number)] == titles[:2]
    assert found.with_prefix("理赔").size == 2
    assert found.number("理") is None
    assert key_of("（一）") == "一"


def test_grams_are_counted_like_words(segments: IndexReader) -> None:
    vocabulary = Vocabulary(segments)
    for pair, count in vocabulary.pairs(*one_of("核绿", "酸色")).items():
        assert segments.document_frequency(GRAMS, pair) == count
