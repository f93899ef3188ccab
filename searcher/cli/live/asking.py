"""Answering the questions of the live search, with the public library alone."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from searcher import Hit, Index, Results, SearcherError
from searcher.cli.live.glancing import view_of
from searcher.cli.live.questions import (
    FACETS,
    Answer,
    Chosen,
    Counts,
    FacetName,
    Glance,
    Hints,
    Manner,
    Order,
    Question,
    View,
)
from searcher.cli.places import Place, open_index
from searcher.language import say

_EVERYTHING = "*"
_COMPLETIONS = 5


class Desk:
    """Answers one kind of question, in one thread, by an index of its own.

    Threads that share an index take turns: what is slow would keep waiting what is quick.
    """

    def __init__(self, place: Place, manner: Manner) -> None:
        """Take where the index is; whether it is there is found out with each question."""
        self._place = place
        self._manner = manner
        self._index: Index | None = None

    def close(self) -> None:
        """Close the index."""
        if self._index is not None:
            self._index.close()
            self._index = None

    def answer(self, question: Question) -> Answer:
        """The hits for a question, or what is in the way of them."""
        try:
            with self._opened() as index:
                return self._found(index, question)
        except SearcherError as error:
            return Answer(question, trouble=str(error))

    def has_news(self) -> bool:
        """Whether the index is another one than at the last question, or there at last."""
        try:
            if self._index is None:
                with self._opened():
                    return True
            return self._index.refresh()
        except SearcherError:
            # Whatever it is, the next question says so.
            was_well = self._index is not None
            self.close()
            return was_well

    def counts(self, answer: Answer, is_stale: Callable[[], bool]) -> Counts | None:
        """What is to be known of all that match; None if nobody waits for it any more."""
        question = answer.question
        chosen = question.chosen
        text = answer.taken_for or question.text
        try:
            with self._opened() as index:
                free = [facet for facet in FACETS if not chosen.of(facet)]
                total, facets = self._counted(index, text, chosen, free)
                for facet in FACETS:
                    if is_stale():
                        return None
                    if facet not in free:
                        # Values of one facet are alternatives: the others' counts are to say what
                        # choosing them would add.
                        _, more = self._counted(index, text, chosen.without(facet), [facet])
                        facets |= more
                documents = None
                if not total:
                    documents = index.search(_EVERYTHING, limit=0).total
        except SearcherError:
            return None  # the list says it
        return Counts(question, total, facets, documents)

    def hints(self, answer: Answer, is_stale: Callable[[], bool]) -> Hints | None:
        """What may be meant or go on; None if nobody waits for it any more."""
        text = answer.question.text
        if answer.question.is_for_all or self._manner.syntax == "plain":
            return Hints(text)
        goes_on, meant = "", ""
        try:
            with self._opened() as index:
                for one in index.suggest(text, limit=_COMPLETIONS):
                    if one.text.startswith(text) and one.text != text:
                        goes_on = one.text
                        break
                if is_stale():
                    return None
                if not answer.taken_for:
                    meant = self._results(index, text, limit=1).suggestion or ""
        except SearcherError:
            return None
        return Hints(text, meant, goes_on)

    def view(self, glance: Glance) -> View | None:
        """The document of a hit around the place that matches; None if the index is in trouble."""
        try:
            with self._opened() as index:
                return view_of(index, glance, self._manner)
        except SearcherError:
            return None

    @contextmanager
    def _opened(self) -> Iterator[Index]:
        if self._index is None:
            self._index = open_index(self._place)
        try:
            yield self._index
        except SearcherError:
            self.close()
            raise

    def _found(self, index: Index, question: Question) -> Answer:
        is_for_all = question.is_for_all
        order: Order = "date" if is_for_all else question.order
        found = [
            self._results(
                index,
                question.text,
                question.chosen,
                run,
                limit=question.limit,
                order=order,
                snippet_width=question.snippet_width,
            )
            for run in question.chosen.date_runs()
        ]
        # Pinyin is taken for something else only where no run of years has what was typed.
        found = [one for one in found if not one.is_corrected] or found
        if len(found) > 1 and not any(one.hits for one in found):
            found = found[:1]
        read = next((one for one in found if one.hits), found[0])
        hits = read.hits if len(found) == 1 else _merged(found, order)[: question.limit]
        taken_for = read.suggestion if read.is_corrected else None
        return Answer(question, hits, read.reading, taken_for)

    def _counted(
        self, index: Index, text: str, chosen: Chosen, facets: list[FacetName]
    ) -> tuple[int, dict[FacetName, dict[str, int]]]:
        total = 0
        counts: dict[FacetName, Counter[str]] = {facet: Counter() for facet in facets}
        for run in chosen.date_runs():
            results = self._results(index, text, chosen, run, facets=facets)
            total += results.total
            for facet in facets:
                counts[facet].update(results.facets[facet])
        return total, {facet: dict(each.most_common()) for facet, each in counts.items()}

    def _results(
        self,
        index: Index,
        text: str,
        chosen: Chosen | None = None,
        run: tuple[str | None, str | None] = (None, None),
        *,
        limit: int = 0,
        order: Order = "relevance",
        facets: list[FacetName] | None = None,
        snippet_width: int = 0,
    ) -> Results:
        chosen = chosen or Chosen()
        is_for_all = not text.strip()
        since, until = run
        return index.search(
            _EVERYTHING if is_for_all else text,
            limit=limit,
            syntax="query" if is_for_all else self._manner.syntax,
            mode=self._manner.mode,
            since=since,
            until=until,
            source=chosen.source or None,
            tag=chosen.tag or None,
            sort=order,
            facets=tuple(facets or ()),
            snippet_width=snippet_width,
            synonyms=self._manner.synonyms,
        )


def trouble_of(error: Exception) -> str:
    """What to say of an error that nobody foresaw."""
    return say(
        f"unexpected {type(error).__name__}: {error}", f"意外错误 {type(error).__name__}：{error}"
    )


def _merged(found: list[Results], order: Order) -> tuple[Hit, ...]:
    """The hits of several searches for the same, which differ in their years, as of one."""
    hits = [hit for results in found for hit in results.hits]
    if order == "date":
        hits.sort(key=lambda hit: (*_newest_first(hit.date), hit.id))
    else:
        # A score is the same whatever is filtered.
        hits.sort(key=lambda hit: (-hit.score, hit.id))
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, 1))


def _newest_first(date: datetime | None) -> tuple[bool, float]:
    return (True, 0.0) if date is None else (False, -date.timestamp())
