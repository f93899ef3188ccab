"""Taking a plain query apart: what is ranked by, what must be there, what narrows down.

Nothing here asks the index, so a plan can be made before there is one.
"""

from __future__ import annotations

from collections.abc import Sequence

from searcher.index.fields import GRAMS
from searcher.query.analysis import AnalyzedText, analyze
from searcher.query.bm25f import Parameters
from searcher.query.required import required
from searcher.query.sought import Sought
from searcher.query.tree import (
    And,
    Clauses,
    DateRange,
    Exact,
    Expanded,
    Node,
    Not,
    Synonym,
    Value,
    Words,
)
from searcher.query.weights import weighed_terms
from searcher.text import Analyzer
from searcher.text.characters import CJK_CHARACTER


class Part:
    """A text of the query that is ranked by.

    Attributes:
        text: The text.
        exact: The folded string, if it is to be found as it stands; else None.
        has_strong: Whether a term of it makes a hit by itself.
    """

    __slots__ = ("exact", "has_strong", "text")

    def __init__(self, text: AnalyzedText, exact: str | None = None) -> None:
        """Take the text."""
        self.text, self.exact, self.has_strong = text, exact, False
        for term in text.terms:
            if not term.is_weak:
                self.has_strong = True
                break

    @property
    def is_met(self) -> bool:
        """Whether a document that has all of it has a term that makes a hit."""
        if self.exact is None:
            return max(map(len, self.text.units), default=0) > 1
        return bool(self.text.pairs)


class Plan:
    """A query taken apart.

    Attributes:
        tree: The query.
        parts: What is ranked by.
        is_any: Whether one term is enough.
        strings: Folded strings that must be there, if it is not.
        words: Words that must be there as terms, if it is not.
        synonyms: Those of the text, if one term is enough: not among the terms yet, since how much
            they count is for the index to say.
        conditions: What narrows the documents down, and whether it must be so or must not.
        terms: The terms to rank by. A weak one makes no hit unless all are weak.
        required: The terms that must be there.
        singles: Single characters that must be there.
        undecided: Strings that must be there, of which terms cannot tell.
        is_of_terms: Whether there are terms that must be there, and no single characters.
        texts: The plain texts of several words, if one term is enough, with their terms, for a
            closer look.
        is_bare: Whether the documents with its terms are ranked, and nothing else is asked.
    """

    def __init__(self, tree: Node) -> None:
        """Take the query, of which nothing is known yet."""
        self.tree = tree
        self.parts: list[Part] = []
        self.is_any = False
        self.strings: list[str] = []
        self.words: list[str] = []
        self.synonyms: list[tuple[AnalyzedText, tuple[Synonym, ...]]] = []
        self.conditions: list[tuple[Node, bool]] = []
        self.terms: list[Sought] = []
        self.required: list[Sought] = []
        self.singles: list[str] = []
        self.undecided: list[str] = []
        self.is_of_terms = False
        self.texts: list[tuple[AnalyzedText, list[Sought], float]] = []
        self.is_bare = False

    @property
    def is_of_singles(self) -> bool:
        """Whether single characters of one text must be there, and nothing else."""
        return (
            len(self.parts) == 1
            and self.parts[0].has_strong
            and bool(self.singles)
            and not self.undecided
        )

    def is_rankable(self, part: Part) -> bool:
        """Whether lists of terms are enough to rank a part."""
        if part.has_strong and not self.is_any and not part.is_met:
            return False  # which of the documents are ranked by it, its terms have to say
        # Single characters are grams only where there are no longer ones.
        terms = part.text.terms
        return not (terms and len(terms[-1].term) == 1 and terms[-1].channel == GRAMS)


class _NotPlain(Exception):
    """The query is for the executor."""


def plan(analyzer: Analyzer, tree: Node, parameters: Parameters, *, need_all: bool) -> Plan | None:
    """Take a query apart; None if it is not plain, and for the executor.

    Args:
        analyzer: What cuts the texts.
        tree: The query.
        parameters: Says how much terms count.
        need_all: Whether every plain word must be there.
    """
    result = Plan(tree)
    try:
        _read(analyzer, tree, result, need_all=need_all, is_top=True)
    except _NotPlain:
        return None
    if not result.parts:
        return None
    _prepare(result, parameters)
    if not result.is_any and not result.required:
        return result if result.is_of_singles else None
    for part in result.parts:
        if not result.is_rankable(part):
            return None
    return result


def _prepare(plan: Plan, parameters: Parameters) -> None:
    """Say what the index is asked for."""
    for part in plan.parts:
        terms = weighed_terms(part.text, parameters, has_strong=part.has_strong)
        plan.terms += terms
        if plan.is_any and len(part.text.units) > 1:
            plan.texts.append((part.text, terms, 1.0))
    if plan.is_any:
        plan.is_bare = not (plan.texts or plan.conditions or plan.synonyms)
        return
    plan.required, plan.singles, plan.undecided = required(plan.words, plan.strings)
    plan.is_of_terms = bool(plan.required) and not plan.singles


def _read(analyzer: Analyzer, node: Node, plan: Plan, *, need_all: bool, is_top: bool) -> None:
    match node:
        case Words(text, None):
            analyzed = analyze(analyzer, text)
            if not analyzed.terms:
                raise _NotPlain
            plan.parts.append(Part(analyzed))
            if not need_all:
                if not is_top:
                    raise _NotPlain
                plan.is_any = True
                return
            for unit in analyzed.units:
                if CJK_CHARACTER.search(unit):
                    plan.strings.append(unit)
                else:
                    plan.words.append(unit)
        case Expanded(words, synonyms) if not need_all:
            _read(analyzer, words, plan, need_all=False, is_top=is_top)
            plan.synonyms.append((plan.parts[-1].text, synonyms))
        case Exact(text, None):
            folded = analyzer.folding.fold(text)
            if not folded:
                raise _NotPlain
            plan.parts.append(Part(analyze(analyzer, text), folded))
            plan.strings.append(folded)
        case Value() | DateRange():
            plan.conditions.append((node, True))
        case Not(child):
            plan.conditions.append((child, False))
        case And(children):
            for child in children:
                _read(analyzer, child, plan, need_all=True, is_top=False)
        case Clauses(must, should, must_not):
            _read_clauses(analyzer, must, should, must_not, plan, need_all, is_top)
        case _:
            raise _NotPlain


def _read_clauses(
    analyzer: Analyzer,
    must: Sequence[Node],
    should: Sequence[Node],
    must_not: Sequence[Node],
    plan: Plan,
    need_all: bool,
    is_top: bool,
) -> None:
    if need_all:
        must, should = (*must, *should), ()
    conditions = [node for node in must if isinstance(node, Value | DateRange | Not)]
    if should and (len(should) > 1 or len(conditions) < len(must)):
        raise _NotPlain
    for node in should:
        # A condition beside it makes the one word that is wanted optional.
        if conditions:
            raise _NotPlain
        _read(analyzer, node, plan, need_all=False, is_top=is_top)
    for node in must:
        _read(analyzer, node, plan, need_all=True, is_top=False)
    plan.conditions += [(node, False) for node in must_not]
