"""What is marked is weighted by how many documents have it, as a word or as a pair."""

from searcher import Document, Index
from searcher.api.state import State
from searcher.index.fields import GRAMS, WORDS
from searcher.index.store import Store
from searcher.query.analysis import AnalyzedText
from searcher.query.bm25f import Parameters, idf
from searcher.query.highlights import Highlight
from searcher.query.noting import Noter
from searcher.query.ranking import Ranker
from searcher.text.questions import QUESTION_WORDS


def test_a_weight_tells_of_the_documents_that_have_it(real_index: Index) -> None:
    reader = State(Store(real_index.path)).reader
    noter = Noter(Ranker(reader, Parameters()), reader.count)
    marks = tuple(reader.terms(WORDS))[::7] + tuple(reader.terms(GRAMS))[::7]
    highlights: dict[str, Highlight] = {}
    noter.note_words(AnalyzedText("", (), (), marks, ()), highlights)
    assert highlights.keys() == {f"word {mark}" for mark in marks}
    for mark in marks:
        frequency = max(reader.document_frequency(name, mark) for name in (WORDS, GRAMS))
        if mark not in QUESTION_WORDS:
            assert highlights[f"word {mark}"].weight == idf(reader.count, frequency)


def test_words_that_ask_weigh_little_however_rare_they_are(index: Index) -> None:
    index.add(
        [Document(id="a", body="理赔怎么办"), Document(id="b", body="理赔"), Document(id="c")]
    )
    reader = State(Store(index.path)).reader
    noter = Noter(Ranker(reader, Parameters()), reader.count)
    highlights: dict[str, Highlight] = {}
    noter.note_words(AnalyzedText("", (), (), ("怎么办", "理赔"), ()), highlights)
    assert highlights["word 怎么办"].weight < highlights["word 理赔"].weight


def test_what_is_noted_already_stays(real_index: Index) -> None:
    reader = State(Store(real_index.path)).reader
    noter = Noter(Ranker(reader, Parameters()), reader.count)
    before = Highlight.word("核酸", 99.0)
    highlights = {before.name: before}
    noter.note_words(AnalyzedText("", (), (), ("核酸", "筛查"), ("核酸", "酸筛")), highlights)
    assert list(highlights) == ["word 核酸", "word 筛查", "string 核酸", "string 酸筛"]
    assert highlights["word 核酸"] is before
    assert highlights["string 酸筛"] == Highlight.string("酸筛", is_fallback=True)
