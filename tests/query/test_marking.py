"""Marked text as HTML and for rich: nothing of it is obeyed, and what is marked is right."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher import ArgumentError, Document, Index, Snippet
from searcher.query.results import Span


class Reader(HTMLParser):
    """What a browser makes of it: the text, and which of it is marked."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.spans: list[Span] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert (tag, attrs) == ("mark", [])
        self._start = len(self.text)

    def handle_endtag(self, tag: str) -> None:
        self.spans.append((self._start, len(self.text)))

    def handle_data(self, data: str) -> None:
        self.text += data


@st.composite
def snippets(draw: st.DrawFn) -> Snippet:
    text = draw(st.text(st.sampled_from("理赔<>&\"' a;mark/\x07\r\x1b\u202e\x85"), max_size=30))
    ends = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    return Snippet(text, tuple(zip(ends[::2], ends[1::2], strict=False)))


@given(snippets())
def test_html_shows_the_text_and_marks_the_spans(snippet: Snippet) -> None:
    reader = Reader()
    reader.feed(snippet.to_html())
    reader.close()
    assert len(reader.text) == len(snippet.text)
    for shown, kept in zip(reader.text, snippet.text, strict=True):
        assert shown == kept or (shown == " " and not kept.isprintable())
    assert tuple(reader.spans) == snippet.spans


@given(snippets())
def test_rich_shows_the_same(snippet: Snippet) -> None:
    text = snippet.to_rich("red")
    assert len(text.plain) == len(snippet.text)
    assert [(span.start, span.end, span.style) for span in text.spans] == [
        (*span, "red") for span in snippet.spans
    ]


def test_an_attack_is_text() -> None:
    snippet = Snippet("<script>alert('理赔')</script>", ((8, 13),))
    assert snippet.to_html("em") == (
        "&lt;script&gt;<em>alert</em>(&#x27;理赔&#x27;)&lt;/script&gt;"
    )
    with pytest.raises(ArgumentError, match="not the name of an HTML element"):
        snippet.to_html("mark onclick=alert(1)")


def test_hits_have_marked_titles_and_snippets(index: Index) -> None:
    index.add([Document(id="a", title="理赔 & 报案", body="<b>理赔</b>当天到账。")])
    (hit,) = index.search("理赔")
    assert hit.marked_title.to_html() == "<mark>理赔</mark> &amp; 报案"
    assert hit.snippet.to_html() == "&lt;b&gt;<mark>理赔</mark>&lt;/b&gt;当天到账。"
    assert hit.marked_title.to_rich().markup == "[bold yellow]理赔[/bold yellow] & 报案"
