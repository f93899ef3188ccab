"""What has a word has its pairs of characters, at least as often: ranking relies on it."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.text import Analyzer
from searcher.text.analyzer import gram_counts
from tests.conftest import shared_documents
from tests.text.test_cutting import FOLDING, USERS, dictionary_of

PIECES = (
    *"中国 银行 人民银行 责任编辑 核酸 核酸核酸 的 了 们".split(),
    *"iPhone15 iPhone 15 TF-IDF ABC公司 Ｔ恤 １５".split(),
    *" \n-，。",
)


def uncovered(analyzer: Analyzer, texts: Iterable[str]) -> list[tuple[str, str, str]]:
    """The words that a text has more often than one of their pairs, with the pair and the text."""
    found = []
    for text in map(FOLDING.fold, texts):
        grams = gram_counts(text)
        found += [
            (word, pair, text)
            for word, count in analyzer.word_counts(text).items()
            for pair in map("".join, pairwise(word))
            if not any(map(str.isspace, pair)) and grams[pair] < count
        ]
    return found


@pytest.mark.parametrize("user", USERS)
@settings(max_examples=300, deadline=None)
@given(texts=st.lists(st.lists(st.sampled_from(PIECES), max_size=20).map("".join), max_size=3))
def test_any_text(user: str, texts: list[str]) -> None:
    assert uncovered(Analyzer(FOLDING, dictionary_of(user)), texts) == []


@pytest.mark.parametrize("collection", ["drcd", "dureader_mrc", "finna", "stard"])
def test_real_text(analyzer: Analyzer, collection: str) -> None:
    texts = [text for one in shared_documents(collection, 500) for text in (one.title, one.body)]
    assert uncovered(analyzer, texts) == []
