"""What is sent of a document: its terms, each with how much it counts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher import Document
from searcher.cluster.encoding import (
    Averages,
    LengthSums,
    cut,
    encoded,
    gram_tokens,
    key_of,
    phrase_tokens,
)
from searcher.cluster.schema import EVERY, FREQUENCY_MARK, PART_MARK, SCALE
from searcher.index.columnar.similarity import SIMILARITY
from searcher.text import Analyzer


def _terms(field: str) -> dict[str, int]:
    pairs = [token.partition(FREQUENCY_MARK) for token in field.split(" ") if token != EVERY]
    return {term: int(worth) for term, _, worth in pairs}


def test_a_term_is_sent_with_its_length_normalised_frequency(analyzer: Analyzer) -> None:
    document = Document(id="a", title="理赔", body="理赔走绿色通道。" * 3)
    one = cut(document, b"", analyzer)
    averages = Averages(title_words=2.0, body_words=6.0, title_grams=2.0, body_grams=12.0)
    terms = _terms(encoded(one, averages, analyzer)["words"])
    b = SIMILARITY.b
    title = 1 / (1 - b + b * 1 / 2.0)
    body = 3 / (1 - b + b * sum(one.body.words.values()) / 6.0)
    assert terms["理赔"] == pytest.approx((title + body) * SCALE, abs=0.5)


def test_a_single_character_counts_as_the_pairs_that_begin_with_it(analyzer: Analyzer) -> None:
    one = cut(Document(id="a", body="理赔理财 理"), b"", analyzer)
    terms = _terms(encoded(one, Averages(), analyzer)["grams"])
    assert terms["理"] == pytest.approx(terms["理赔"] + terms["理财"] * 2, abs=2)


def test_parts_of_a_word_stand_at_its_position(analyzer: Analyzer) -> None:
    one = cut(Document(id="a", body="iPhone15发布"), b"", analyzer)
    words = encoded(one, Averages(), analyzer)["body_words"]
    assert words.split(" ") == [PART_MARK.join(["iphone15", "iphone", "15"]), "发布"]


def test_averages_are_of_documents_that_have_the_field(analyzer: Analyzer) -> None:
    documents = [Document(id="a", title="理赔", body="理赔"), Document(id="b", body="保险 保险")]
    lengths = LengthSums()
    for one in documents:
        lengths.add(cut(one, b"", analyzer))
    averages = lengths.averages()
    assert (averages.title_words, averages.body_words) == (1.0, 1.5)


_TEXT = st.text(st.sampled_from("甲乙ab \n\t\u2028丁"), max_size=12)


@given(_TEXT, st.data())
def test_a_phrase_of_pairs_is_in_a_text_just_where_the_string_is(
    text: str, data: st.DataObject
) -> None:
    string = data.draw(st.one_of(_TEXT.filter(lambda one: len(one) > 1)))
    tokens = f" {gram_tokens(text)} "
    assert (f" {phrase_tokens(string)} " in tokens) == (string in text)


def test_tokens_hold_no_blank_that_the_text_had() -> None:
    assert len(gram_tokens("a b\nc").split()) == 5
    assert not re.search(r"\n", gram_tokens("a b\nc"))


def test_ids_that_are_too_long_are_hashed_and_others_are_as_they_are() -> None:
    assert key_of("a/b#3") == "a/b#3"
    long = "长" * 200
    assert len(key_of(long)) < 100
    assert key_of(long) != key_of(long + "!")


def test_no_id_is_taken_for_another_ones_hash_or_for_a_step_of_a_path() -> None:
    assert key_of(key_of("长" * 200)) != key_of("长" * 200)
    assert len({key_of(one) for one in (".", "..", "...", key_of("."))}) == 4
    assert key_of(".") != "." and key_of("..") != ".."


def test_halves_of_surrogate_pairs_can_be_asked_for() -> None:
    assert key_of("\ud800").isascii()
    assert key_of("\ud800") != key_of("\ud801")
