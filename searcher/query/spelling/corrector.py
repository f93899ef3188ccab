"""When another query is suggested, and when it is answered in place of the one that was typed.

- A query without hits gets a suggestion by anything that may have been meant: the same sound, a
  similar sound, pinyin, a character changed, missing, too many, or in the wrong place.
- A query with hits gets one only where characters that stand together are in a document as they
  are suggested, and in none as they were typed, or else where a character was taken for another one
  of just the same sound, where two changed places, or where letters are pinyin or a longer word
  with one letter wrong. If it has more than a few hits, that is asked only of words that no
  document has, and of characters side by side, or letters, that hardly any document has.
- A suggestion is a query that documents have all words of; for a query without hits, if there is
  no such one, one that has hits.
- Plain words without any hit are answered as what they are pinyin for, if all of them that no
  document has are pinyin for words of the index, letter by letter. Nothing else is ever answered
  for another query: not a quoted string, not one with a field or an operator, nothing that only
  sounds similar.

Hits are counted under the options that the query was asked with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from searcher.query.options import Options
from searcher.query.results import Lazy, Results
from searcher.query.spelling.speller import Parse, Speller

FEW = 3  # hits

Answer = Callable[[str, Options], Results]


class Corrector:
    """Suggests queries, and answers pinyin."""

    def __init__(self, speller: Speller, answer: Answer) -> None:
        """Take what finds other queries, and what answers them."""
        self._speller = speller
        self._answer = answer

    def suggestion(
        self, asked: str, hits: int, total: Lazy[int], options: Options, parse: Parse
    ) -> str | None:
        """A query that has more hits than one that was answered; None if there is none.

        Args:
            asked: The query that was answered.
            hits: How many hits were given.
            total: How many there are.
            options: What it was asked with.
            parse: What reads queries.
        """
        is_strict = hits > 0 or (not options.wants_best and total.get() > 0)
        # Where there are more hits than were asked for, they are not counted: they are not few.
        is_few = options.limit is None or hits < options.limit
        is_few = not is_strict or (is_few and options.offset + hits <= max(FEW, self._speller.rare))
        second: str | None = None
        few = FEW if is_few else 0

        def occurs(text: str) -> bool:
            return self._has_hits(f"“{text}”", replace(options, syntax="query"), "any")

        for query in self._speller.corrections(asked, parse, occurs, few=few, is_strict=is_strict):
            if self._has_hits(query, options, "all"):
                return query
            if second is None and not is_strict and self._has_hits(query, options, options.mode):
                second = query
        return second

    def spelt_out(self, query: str, options: Options, parse: Parse) -> Results | None:
        """The answer for a query without hits as pinyin; None if it is none, or has no hits."""
        read = self._speller.spelt_out(query, parse)
        if read is None:
            return None
        answer = self._answer(read, options)
        if not answer.hits and not answer.total:
            return None
        hint = Lazy[str | None].known(read)
        return replace(answer, query=query, hint=hint, is_corrected=True)

    def _has_hits(self, query: str, options: Options, mode: str) -> bool:
        # Words that hits share are of no use for a query that may have none.
        only = replace(
            options,
            limit=1,
            offset=0,
            snippet_width=0,
            sort="relevance",
            facets=(),
            expand=False,
        )
        return bool(self._answer(query, replace(only, mode=mode)).hits)
