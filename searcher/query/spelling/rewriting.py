"""Texts of a query, and the query with another text in the place of one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from searcher.query.tree import And, Boost, Clauses, Exact, Node, Not, Or, Words

_TRIES = 20  # places of a query that may be the one where a text comes from

Text = Words | Exact


class Edit(NamedTuple):
    """Another text for a stretch of a text.

    Attributes:
        start: Where the stretch begins.
        end: Where it ends.
        text: What is to stand there.
    """

    start: int
    end: int
    text: str


def texts_of(tree: Node) -> Iterator[Text]:
    """The texts that are looked for in all fields: what is excluded, or narrows, is no text."""
    match tree:
        case Words(_, None) | Exact(_, None):
            yield tree
        case And(children) | Or(children):
            for child in children:
                yield from texts_of(child)
        case Boost(child, _):
            yield from texts_of(child)
        case Clauses(must, should, _):
            for child in (*must, *should):
                yield from texts_of(child)


def rewritten(
    query: str, parse: Callable[[str], Node], text: Text, edits: tuple[Edit, ...]
) -> str | None:
    """The query with edits of one of its texts; None if they cannot be made.

    The query stays as it was typed but for what is replaced, and it is read again: what comes
    out is a query whose tree differs in that text alone.

    Args:
        query: The query as it was typed.
        parse: Reads a query.
        text: The text, which is part of the tree.
        edits: In order, not overlapping.
    """
    for edit in reversed(edits):
        changed = text.text[: edit.start] + edit.text + text.text[edit.end :]
        new = replace(text, text=changed)
        wanted = _with(parse(query), text, new)
        found = _replaced(query, parse, text.text[edit.start : edit.end], edit.text, wanted)
        if found is None:
            return None
        query, text = found, new
    return query


def _replaced(
    query: str, parse: Callable[[str], Node], old: str, new: str, wanted: Node
) -> str | None:
    """The query with one string in the place of another, wherever that gives the wanted tree."""
    # White space in a text may be a comma in the query.
    pattern = r"\W+".join(map(re.escape, old.split()))
    for number, match in enumerate(re.finditer(pattern, query)):
        if number >= _TRIES:
            break
        candidate = query[: match.start()] + new + query[match.end() :]
        if parse(candidate) == wanted:
            return candidate
    return None


def _with(tree: Node, old: Text, new: Text) -> Node:
    """The tree with one text in the place of another, wherever it stands."""

    def each(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        return tuple(_with(child, old, new) for child in nodes)

    if tree == old:
        return new
    match tree:
        case And(children):
            return And(each(children))
        case Or(children):
            return Or(each(children))
        case Not(child):
            return Not(_with(child, old, new))
        case Boost(child, factor):
            return Boost(_with(child, old, new), factor)
        case Clauses(must, should, must_not):
            return Clauses(each(must), each(should), must_not)
        case _:
            return tree
