"""How a text that was begun can go on: by words of the index, most frequent first.

Unlike an index on disk, one in a cluster keeps no list of its titles that could be completed.
"""

from __future__ import annotations

from searcher.cluster.encoding import token_of
from searcher.cluster.engine import Build, Engine
from searcher.cluster.vocabulary import ClusterVocabulary, beginning_with
from searcher.index.fields import GRAMS, WORDS
from searcher.query.analysis import analyze
from searcher.text import Analyzer
from searcher.text.characters import CJK_CHARACTER

_LONGEST = 100  # characters of a text
_TOGETHER = 2  # times as many words are looked at where not all may be given


def complete(
    text: str,
    limit: int,
    analyzer: Analyzer,
    vocabulary: ClusterVocabulary,
    engine: Engine,
    build: Build,
) -> list[tuple[str, int]]:
    """The last word completed, behind what stands before it; how many documents have it all."""
    text = " ".join(text.split())
    if not text or limit < 1 or len(text) > _LONGEST:
        return []
    head, space, last = text.rpartition(" ")
    head += space
    folded = analyzer.folding.fold(last)
    words = vocabulary.counted(beginning_with(folded), limit * _TOGETHER)
    found = {head + word: count for word, count in words.items()}
    if head:
        found = _together(head, _terms(analyzer, head), words, engine, build)
    elif CJK_CHARACTER.search(folded):
        tokens = list(analyzer.words(folded))
        if len(tokens) > 1 and tokens[-1].end == len(folded) and tokens[-1].start:
            start = tokens[-1].start
            words = vocabulary.counted(beginning_with(folded[start:]), limit * _TOGETHER)
            before = _terms(analyzer, folded[:start])
            before.append({"term": {GRAMS: folded[start - 1 : start + 1]}})
            found |= _together(folded[:start], before, words, engine, build)
    return sorted(found.items(), key=lambda one: (-one[1], len(one[0]), one[0]))[:limit]


def _terms(analyzer: Analyzer, text: str) -> list[dict[str, object]]:
    terms = analyze(analyzer, text).terms
    return [{"term": {WORDS: token_of(one.term)}} for one in terms if one.channel == WORDS]


def _together(
    head: str, before: list[dict[str, object]], words: dict[str, int], engine: Engine, build: Build
) -> dict[str, int]:
    """Words behind others, each with how many documents have them all."""
    queries: list[dict[str, object]] = [
        {"bool": {"filter": [*before, {"term": {WORDS: token_of(word)}}]}} for word in words
    ]
    counts = engine.counts(build, queries)
    return {head + word: count for word, count in zip(words, counts, strict=True) if count}
