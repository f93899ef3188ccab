"""The compiled kernel marks and cuts as Python does, whatever the text and the query."""

import copy
import pickle
import random
from collections.abc import Iterable, Iterator
from dataclasses import FrozenInstanceError, asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher import Snippet
from searcher.kernel import load
from searcher.query.highlights import WORD, Highlight
from searcher.query.noting import note
from searcher.query.results import Hit, Span, maker
from searcher.query.snippets import Highlighter
from tests.conftest import shared_documents
from tests.text.test_folding import FOLDING, IN_PYTHON

# What sentences, folding, marks and widths are made of.
PIECES = [
    *"核酸筛查的a1bZ，。！？；”）) \n：、",
    *"標題：險企\u3000\t\r\x1b\u202e\u200b\u2060\xa0\x00",
    *"ＡＰＰ１…①㈱℃ﬁßſéㄅかﾞ한٣²ª",
    "e\u0301",
    "A\u0323\u0301",
    "ｶﾞ",
    "\ud800",
    "各\u0308",
    "\u0e01\u0e33",
    "\u0915\u094d\u0937",
    *"😀𠀀🈚",
    "👨\u200d👩",
    "❤\ufe0f",
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.characters(), max_size=150).map("".join)
SIMPLE_TEXTS = st.text("核酸筛查a1，。？?;： \n…", max_size=400)
WEIGHTS = st.sampled_from([1.0, 0.5, 2.25]) | st.floats(0, 10)


@st.composite
def highlights_for(draw: st.DrawFn, text: str) -> list[Highlight]:
    """Strings and words of a text, or others, and patterns."""
    folded = FOLDING.fold(text)
    result = []
    for _ in range(draw(st.integers(0, 10))):
        at = draw(st.integers(0, max(len(folded) - 1, 0)))
        literal = folded[at : at + draw(st.integers(1, 5))]
        if not literal or draw(st.integers(0, 4)) == 0:
            literal = FOLDING.fold(draw(st.sampled_from(PIECES)))
        kind = draw(st.sampled_from(["string", "word", "fallback", "pattern", "like"]))
        if kind == "string":
            result.append(Highlight.string(literal, draw(WEIGHTS)))
        elif kind == "word":
            result.append(Highlight.word(literal, draw(WEIGHTS)))
        elif kind == "fallback":
            result.append(Highlight.string(literal, is_fallback=True))
        elif kind == "pattern":
            result.append(Highlight.pattern("核*酸"))
        else:
            result.append(Highlight.words_like("a*"))
    return result


def both(highlights: Iterable[Highlight]) -> tuple[Highlighter, Highlighter]:
    """With the kernel and without it."""
    highlights = list(highlights)
    return Highlighter(FOLDING, highlights), Highlighter(IN_PYTHON, highlights)


@settings(max_examples=1000, deadline=None)
@given(TEXTS | SIMPLE_TEXTS, st.integers(1, 200), st.text("核酸 \n", max_size=3), st.data())
def test_snippets_and_marks_are_the_same(
    text: str, width: int, title: str, data: st.DataObject
) -> None:
    kernel, python = both(data.draw(highlights_for(text)))
    assert kernel.snippet(text, width, title) == python.snippet(text, width, title)
    assert kernel.spans(text) == python.spans(text)


@settings(max_examples=1000, deadline=None)
@given(
    st.lists(
        st.sampled_from(["核酸筛查", "保险", "a1", "很长的话", "，", "。", "？", "：", "\n", "”"]),
        max_size=120,
    ).map("".join),
    st.integers(10, 200),
    st.lists(WEIGHTS, min_size=5, max_size=5),
)
def test_sentences_of_words_are_ranked_and_put_together_the_same(
    text: str, width: int, weights: list[float]
) -> None:
    words = zip(["核酸", "筛查", "保险", "a1", "话"], weights, strict=True)
    kernel, python = both(Highlight.word(word, weight) for word, weight in words)
    assert kernel.snippet(text, width, "保险") == python.snippet(text, width, "保险")


@settings(max_examples=500, deadline=None)
@given(
    st.text("核a。 \n\u3000", max_size=4) | st.sampled_from(PIECES),
    st.text(" \n\t\u3000", max_size=3),
    st.text("核a \n", max_size=3) | TEXTS,
    st.integers(0, 3),
    st.integers(1, 200),
    st.data(),
)
def test_passages_are_the_same_whether_or_not_a_body_repeats_its_title(
    title: str, space: str, rest: str, repetitions: int, width: int, data: st.DataObject
) -> None:
    """It may begin with it, and have lines of nothing else further down."""
    body = f"{space}{title}\n{rest}" if repetitions % 2 else f"{space}{rest}"
    if repetitions > 1:
        body += f"\n{space}{title.strip()}{space}\n{rest}"
    kernel, python = both(data.draw(highlights_for(f"{title}{rest}")))
    assert kernel.passage(title, body, width) == python.passage(title, body, width)


@pytest.mark.parametrize("name", ["crud_news", "drcd"])
def test_snippets_of_real_documents_are_the_same(name: str) -> None:
    choose = random.Random(name)
    for document in shared_documents(name, 400):
        body, folded = document.body, FOLDING.fold(document.body)
        starts = [choose.randrange(len(folded)) for _ in range(choose.randrange(12))]
        words = [folded[start : start + choose.choice([1, 2, 2, 3, 4])] for start in starts]
        kernel, python = both(
            Highlight.word(word, choose.random() * 9) for word in words if word.strip()
        )
        for width in (20, 80, 160):
            assert kernel.snippet(body, width) == python.snippet(body, width)
            title = body[:8]
            assert kernel.snippet(body, width, title) == python.snippet(body, width, title)
            passage = python.passage(document.title, body, width)
            assert kernel.passage(document.title, body, width) == passage
        assert kernel.spans(body) == python.spans(body)


def test_many_highlights_and_many_marks_are_the_same() -> None:
    letters = "核酸筛查保险金融证券银行基金股票"
    choose = random.Random(7)
    text = "".join(choose.choice(letters + "。\n") for _ in range(30_000))
    pairs = sorted({text[at : at + 2] for at in range(4_000)})
    kernel, python = both(
        [Highlight.string(pair, 1 / (number + 3)) for number, pair in enumerate(pairs)]
        + [Highlight.word(letter) for letter in letters]
    )
    assert len(pairs) > 64
    assert kernel.passage(text[:40], text, 160) == python.passage(text[:40], text, 160)
    assert kernel.spans(text) == python.spans(text)


def test_a_text_of_several_parts_gives_the_same_snippet() -> None:
    text = "很长的话。" * 215_000 + "核酸筛查" + "很长的话。" * 10
    kernel, python = both([Highlight.word("核酸")])
    assert kernel.snippet(text, 60) == python.snippet(text, 60)
    assert "核酸" in kernel.snippet(text, 60).text


def test_a_snippet_of_the_kernel_is_like_any_other() -> None:
    kernel, _ = both([Highlight.string("核酸")])
    snippet = kernel.snippet("做核酸。", 20)
    assert snippet == Snippet("做核酸。", ((1, 3),))
    assert hash(snippet) == hash(Snippet("做核酸。", ((1, 3),)))
    assert repr(snippet) == "Snippet(text='做核酸。', spans=((1, 3),))"
    with pytest.raises(AttributeError):
        snippet.__setattr__("text", "")


def test_a_passage_has_no_title_in_front() -> None:
    for highlighter in both([Highlight.word("核酸")]):
        snippet, spans = highlighter.passage("核酸筛查", " \n核酸筛查\n做核酸。", 20)
        assert snippet == Snippet("做核酸。", ((1, 3),))
        assert spans == ((0, 2),)


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(["核酸", "a", "1", "核", "筛查", "\ud800"]), max_size=6),
    st.lists(st.sampled_from(["核酸", "a", "保险"]), max_size=3),
    st.booleans(),
    st.booleans(),
)
def test_the_same_is_noted(
    strings: list[str], before: list[str], is_fallback: bool, whole_words: bool
) -> None:
    native = load("snippets")
    entries = [native.note, note] if native is not None else [note]
    for weights in (None, [number / 3 for number in range(len(strings))]):
        noted: list[dict[str, Highlight]] = []
        for enter in entries:
            highlights = {f"word {word}": Highlight.word(word, 7.0) for word in before}
            enter(highlights, Highlight, WORD, tuple(strings), weights, is_fallback, whole_words)
            noted.append(highlights)
        assert list(noted[0].items()) == list(noted[-1].items())
        assert all(type(highlight) is Highlight for highlight in noted[0].values())


def test_a_hit_that_the_kernel_made_is_like_any_other() -> None:
    values = (1, "a", 2.5, "标题", None, None, None, ("标签",), Snippet("做核酸。"), (), None)
    hit, other = maker(Hit)(*values), Hit(*values)
    assert (hit, hash(hit), repr(hit)) == (other, hash(other), repr(other))
    assert pickle.loads(pickle.dumps(hit)) == copy.deepcopy(hit) == replace(hit) == other
    assert asdict(hit) == asdict(other)
    with pytest.raises(FrozenInstanceError):
        hit.__setattr__("rank", 2)


def test_a_hit_is_made_of_all_its_values() -> None:
    with pytest.raises(TypeError):
        maker(Hit)(1, "a")
    with pytest.raises(TypeError):
        maker(Hit)(*range(12))


def found_nowhere(text: str) -> Iterator[Span]:
    raise LookupError(text)


def found_outside(text: str) -> Iterator[Span]:
    yield 0, len(text) + 1


def test_what_a_highlight_raises_is_raised() -> None:
    for highlighter in both([Highlight("broken", found_nowhere)]):
        with pytest.raises(LookupError, match="做核酸"):
            highlighter.snippet("做核酸", 20)
        with pytest.raises(LookupError, match="做核酸"):
            highlighter.spans("做核酸")


def test_the_kernel_refuses_spans_outside_the_text() -> None:
    kernel, _ = both([Highlight("outside", found_outside)])
    if load("snippets") is not None:
        with pytest.raises(ValueError, match="outside the text"):
            kernel.spans("核酸")
