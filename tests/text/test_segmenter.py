"""Segmentation is jieba's: the same tokens with the same dictionary."""

import io
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.text import Dictionary, Folding, UserDictionary
from searcher.text.segmenter import Segmenter
from tests.conftest import shared_documents

FOLDING = Folding.from_opencc()


def jieba_tokenizer(dictionary: Dictionary) -> Any:
    """jieba itself, with our dictionary; its global state is left alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    lines = "".join(f"{word} {frequency} n\n" for word, frequency in dictionary.items())
    file = io.BytesIO(lines.encode("utf-8"))
    file.name = "dictionary"
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(file)
    tokenizer.total = dictionary.total
    tokenizer.initialized = True
    return tokenizer


@cache
def default() -> tuple[Segmenter, Any]:
    dictionary = Dictionary.compile(FOLDING)
    return Segmenter(dictionary), jieba_tokenizer(dictionary)


@pytest.mark.parametrize("collection", ["cmrc2018", "drcd", "dureader_mrc", "finna", "qbqtc"])
def test_real_text_is_cut_as_jieba_cuts_it(collection: str) -> None:
    segmenter, jieba = default()
    for document in shared_documents(collection, 300):
        for text in (document.title, document.body):
            folded = FOLDING.fold(text)
            assert list(segmenter.cut(folded)) == list(jieba.cut(folded, HMM=False))


@settings(max_examples=1000)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会"
            ),
            st.sampled_from(
                ["中国", "人民银行", "核酸", "筛查", "T恤", "c++", "at&t", "a", "1", "."]
            ),
            st.text(max_size=3),
        ),
        max_size=30,
    )
)
def test_random_text_is_cut_as_jieba_cuts_it(pieces: list[str]) -> None:
    segmenter, jieba = default()
    text = FOLDING.fold("".join(pieces))
    assert list(segmenter.cut(text)) == list(jieba.cut(text, HMM=False))


def test_without_the_fold_the_default_dictionary_is_jiebas() -> None:
    """On simplified lower-case text folding the dictionary makes no difference."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    original = jieba.Tokenizer()
    with Path(jieba.__file__).with_name("dict.txt").open("rb") as file:
        original.FREQ, original.total = original.gen_pfdict(file)
    original.initialized = True
    segmenter, _ = default()
    same = total = 0
    for document in shared_documents("crud_news", 300):
        folded = FOLDING.fold(document.body)
        ours, theirs = list(segmenter.cut(folded)), list(original.cut(folded, HMM=False))
        same += ours == theirs
        total += 1
    assert same >= 0.98 * total  # "k歌", "t恤" and the like are words for us


def test_user_words_are_cut_as_jieba_cuts_them(tmp_path: Path) -> None:
    words = ["空中客服", "核酸筛查 3", "趴窝 10 n", "守沪有我 nz", "易享太平"]
    path = tmp_path / "user.txt"
    path.write_text("\n".join(words), encoding="utf-8")
    dictionary = Dictionary.compile(FOLDING, UserDictionary.read(FOLDING, path))
    base = jieba_tokenizer(Dictionary.compile(FOLDING))
    base.load_userdict(io.StringIO("\n".join(words)))
    segmenter = Segmenter(dictionary)
    for text in (
        "空中客服上线",
        "做核酸筛查的人",
        "车辆趴窝了",
        "守沪有我人保",
        "易享太平等app",
        "空中",
    ):
        assert list(segmenter.cut(text)) == list(base.cut(text, HMM=False))


def test_a_line_without_end_is_cut_within_bounds() -> None:
    segmenter, _ = default()
    text = "保险" * 100_000
    assert "".join(segmenter.cut(text)) == text
