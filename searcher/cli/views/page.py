"""A page of results as one HTML file that can be mailed: no script, nothing from the network."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path

from searcher import Explanation, Hit, Results
from searcher.cli.printable import printable
from searcher.cli.screen import Span
from searcher.cli.views.hits import facet_name, heading
from searcher.cli.views.moments import moment
from searcher.language import is_chinese, say

STDOUT = "-"

_STYLE = """
:root { color-scheme: light dark; --text: #1f2328; --dim: #59636e; --page: #fff; --line: #d8dee4;
  --link: #0b57d0; --mark: #ffe58a; --mark-text: #1f2328; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --dim: #9aa4af; --page: #0f1317; --line: #2f363d; --link: #8ab4f8;
    --mark: #6b5300; --mark-text: #fff3c4; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 46rem; padding: 2rem 1.25rem 3rem; background: var(--page);
  color: var(--text); line-height: 1.7; overflow-wrap: anywhere;
  font-family: system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 1.4rem; line-height: 1.35; margin: 0 0 .25rem; }
h2 { font-size: 1.08rem; line-height: 1.45; margin: 0; }
p { margin: .2rem 0 0; }
.about, .facts, .number, footer, dt, th { color: var(--dim); }
.about, .facts, footer, table, dl { font-size: .86rem; }
ol { list-style: none; margin: 1.5rem 0 0; padding: 0; }
li { display: grid; grid-template-columns: 2.2rem 1fr; padding: 1rem 0;
  border-top: 1px solid var(--line); break-inside: avoid; }
.number { font-variant-numeric: tabular-nums; line-height: 1.65; }
.facts span { display: inline-block; }
.facts span + span::before { content: "\\a0·\\a0"; }
a { color: var(--link); }
mark { background: var(--mark); color: var(--mark-text); border-radius: 2px; padding: 0 .08em;
  font-weight: 600; }
dl { border-top: 1px solid var(--line); margin: 0; padding-top: 1rem; }
dd { margin: 0 0 .5rem; }
table { border-collapse: collapse; margin-top: .4rem; }
th, td { font-weight: normal; padding: 0 .9rem 0 0; text-align: right; }
th:first-child, td:first-child { text-align: left; }
footer { border-top: 1px solid var(--line); margin-top: .5rem; padding-top: 1rem; }
@media print { body { max-width: none; padding: 0; } mark { text-decoration: underline; } }
"""


def write_page(
    results: Results, explanations: Sequence[Explanation | None], file: str, now: datetime
) -> None:
    """Write the page of a search.

    Args:
        results: What was found.
        explanations: For each hit how it came by its score, or None.
        file: Where to; ``-`` for stdout.
        now: What the page says that it was made at.

    Raises:
        OSError: The file cannot be written.
    """
    page = "\n".join(_page(results, explanations, now)) + "\n"
    if file == STDOUT:
        sys.stdout.write(page)
    else:
        Path(file).write_text(page, encoding="utf-8")


def _page(
    results: Results, explanations: Sequence[Explanation | None], now: datetime
) -> Iterator[str]:
    query = _text(results.query)
    title = say(f"{query} – search results", f"{query} – 搜索结果")
    yield "<!DOCTYPE html>"
    yield f'<html lang="{"zh" if is_chinese() else "en"}">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    # Whatever a document holds, a browser runs nothing and asks nobody.
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{title}</title>"
    yield f"<style>{_STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield f"<header><h1>{query}</h1>"
    found = heading(results) if results.total else say("no hit", "没有找到")
    reading = say(f"read as: {_text(results.reading)}", f"查询被理解为：{_text(results.reading)}")
    yield f'<p class="about">{_text(found)} · {reading}</p></header>'
    yield "<main><ol>"
    for hit, explanation in zip(results, explanations, strict=True):
        yield from _hit(hit, explanation)
    yield "</ol>"
    yield from _facets(results.facets)
    yield "</main>"
    made = f"{now:%Y-%m-%d %H:%M}"
    yield say(
        f"<footer>Made by searcher on {made}</footer>",
        f"<footer>由 searcher 生成于 {made}</footer>",
    )
    yield "</body>"
    yield "</html>"


def _hit(hit: Hit, explanation: Explanation | None) -> Iterator[str]:
    title = _marked(hit.title or hit.id, hit.title_spans)
    if hit.url and hit.url.startswith(("http://", "https://")):
        title = f'<a href="{_text(hit.url)}">{title}</a>'
    yield f'<li><span class="number">{hit.rank}</span><article>'
    yield f"<h2>{title}</h2>"
    facts = "".join(f"<span>{fact}</span>" for fact in _facts(hit))
    yield f'<p class="facts">{facts}</p>'
    yield f"<p>{_marked(hit.snippet.text, hit.snippet.spans)}</p>"
    if explanation is not None:
        yield from _explained(explanation)
    yield "</article></li>"


def _facts(hit: Hit) -> Iterator[str]:
    if hit.score:
        yield f"{hit.score:.2f}"
    if hit.date is not None:
        yield f'<time datetime="{hit.date.isoformat()}">{moment(hit.date)}</time>'
    if hit.source:
        yield _text(hit.source)
    yield _text(hit.id)
    if hit.path and not hit.id.startswith(hit.path):
        yield _text(hit.path)
    for tag in hit.tags:
        yield _text(f"#{tag}")


def _explained(explanation: Explanation) -> Iterator[str]:
    header = (say("term", "词项"), say("documents", "文档数"), "idf", say("score", "得分"))
    yield "<table><tr>" + "".join(f"<th>{name}</th>" for name in header) + "</tr>"
    for term in explanation.terms:
        name = f"{term.term} ({term.origin})" if term.origin else term.term
        count = f"{term.document_frequency:,}" if term.document_frequency else ""
        idf = f"{term.idf:.3f}" if term.document_frequency else ""
        cells = (_text(name), count, idf, f"{term.score:.3f}")
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    yield "</table>"


def _facets(facets: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    if not facets:
        return
    yield "<dl>"
    for name, counts in facets.items():
        values = [f"{_text(value)} ({count:,})" for value, count in counts.items()]
        yield f"<dt>{_text(facet_name(name))}</dt>"
        yield f"<dd>{' · '.join(values) or say('none', '无')}</dd>"
    yield "</dl>"


def _marked(text: str, spans: Iterable[Span]) -> str:
    """A text with its matches marked."""
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts += [_text(text[at:start]), f"<mark>{_text(text[start:end])}</mark>"]
        at = end
    return "".join([*parts, _text(text[at:])])


def _text(text: str) -> str:
    """A text of a document as text of a page, whatever is in it."""
    return escape(printable(text))
