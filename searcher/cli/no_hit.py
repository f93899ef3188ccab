"""When nothing is found: how the query was cut, what its parts find alone, and what may help."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from searcher.cli.messages import in_documents, tell
from searcher.cli.places import Place
from searcher.cli.spelling import tell_suggestion
from searcher.cli.usage import quoted
from searcher.language import say

if TYPE_CHECKING:
    from searcher import Index, Results
    from searcher.query.tree import Node

_MOST_PARTS = 12
_LONGEST = 40  # characters of a part
_QUOTES = str.maketrans("", "", '"“”「」『』＂')
_FILTERS = ("since", "until", "source", "tag")


def tell_no_hit(index: "Index", results: "Results", place: Place, asked: Mapping[str, Any]) -> None:
    """Say that nothing was found, and why that may be.

    Args:
        index: The index, still open.
        results: What was found: nothing.
        place: Where the index is.
        asked: The arguments of the search by their names: ``offset``, ``mode``, ``since``, ….
    """
    offset = asked["offset"]
    # Without an offset no hit means that there is none: nothing need be counted.
    if offset and results.total:
        line = _line(place, results.query, asked)
        tell(
            say(
                f"{results.total} documents match, but the first {offset} were left out. "
                f"Try: {line}",
                f"共 {results.total} 篇，但跳过了前 {offset} 篇。可以试试：{line}",
            )
        )
        return
    tell(say("no hit", "没有找到"))
    if results.query.strip():
        tell(say(f"read as: {results.reading}", f"查询被理解为：{results.reading}"))
    for line in _part_lines(index, results.query, asked):
        tell(line)
    if not tell_suggestion(results):
        tell(_advice(index, results, place, asked))


def _part_lines(index: "Index", query: str, asked: Mapping[str, Any]) -> Iterator[str]:
    """What each part of the query finds alone, without filters."""
    parts = list(dict.fromkeys(_parts(index, query, asked)))
    if not parts or (len(parts) == 1 and not any(asked.get(name) for name in _FILTERS)):
        return  # a single part finds alone what it has just found: nothing
    yield say("alone in the whole index:", "在整个索引中单独查找：")
    for part, syntax in parts[:_MOST_PARTS]:
        found = index.search(part, limit=0, syntax=syntax).total
        told = in_documents(found)
        yield f"  {part[:_LONGEST]}{say(': ', '：')}{told}"
    left = len(parts) - _MOST_PARTS
    if left > 0:
        yield say(f"  and {left} more", f"  等另外 {left} 个")


def _parts(
    index: "Index", query: str, asked: Mapping[str, Any]
) -> Iterator[tuple[str, Literal["query", "plain"]]]:
    from searcher.query.grammar import parse
    from searcher.query.tree import Words

    if not query.strip():
        return
    tree: Node = Words(query) if asked.get("syntax") == "plain" else parse(query)
    for node in _leaves(tree):
        if isinstance(node, Words):
            prefix = "" if node.field is None else f"{node.field}:"
            for word in index.analyze(node.text).words:
                yield prefix + word, "query" if prefix else "plain"
        else:
            text = _as_query(node)
            if text:
                yield text, "query"


def _leaves(node: "Node") -> Iterator["Node"]:
    """The parts that a document may have; not those that it must not have."""
    from searcher.query.tree import And, Boost, Clauses, Expanded, Not, Or

    match node:
        case And(children) | Or(children):
            for child in children:
                yield from _leaves(child)
        case Boost(child, _):
            yield from _leaves(child)
        case Clauses(must, should, _):
            for child in (*must, *should):
                yield from _leaves(child)
        case Expanded(words, _):
            yield words
        case Not():
            return
        case _:
            yield node


def _as_query(node: "Node") -> str:
    """A part as it is typed; empty where that is not known."""
    from searcher.query.tree import Exact, Fuzzy, Pattern, Value

    match node:
        case Exact(text, field):
            return f"{_prefix(field)}“{text}”"
        case Pattern(pattern, field):
            return _prefix(field) + pattern
        case Fuzzy(text, distance, field):
            return f"{_prefix(field)}{text}~{distance or ''}"
        case Value(field, text):
            return f"{field}:“{text}”"
        case _:
            return ""


def _prefix(field: str | None) -> str:
    return "" if field is None else f"{field}:"


def _advice(index: "Index", results: "Results", place: Place, asked: Mapping[str, Any]) -> str:
    """The nearest line that finds something; else what to do when nothing does."""
    query = results.query
    given = {name: asked.get(name) for name in _FILTERS if asked.get(name)}
    options = {"mode": asked.get("mode", "any"), "syntax": asked.get("syntax", "query")}
    changes: list[tuple[str, dict[str, Any], str]] = []
    if given:
        names = say(", ", "、").join(f"--{name}" for name in given)
        changes.append((query, options, say(f"without {names}", f"去掉 {names}")))
    if options["mode"] == "all":
        one_word = say("with one of the words", "只要含其中一个词")
        changes.append((query, {**options, "mode": "any"}, one_word))
    unquoted = query.translate(_QUOTES)
    if unquoted != query:
        changes.append((unquoted, options, say("without the quotes", "去掉引号")))
    if options["syntax"] == "query" and not results.reading.startswith("words("):
        changes.append(
            (query, {**options, "syntax": "plain"}, say("without operators", "不用运算符"))
        )
    for changed, how, name in changes:
        total = index.search(changed, limit=0, **how).total
        if total:
            line = _line(place, changed, how)
            count = in_documents(total)
            return say(
                f"hint: {name} there {'is' if total == 1 else 'are'} {count}: {line}",
                f"提示：{name}，有 {count}：{line}",
            )
    if not query.strip():
        line = place.command("search", say("WORDS", "词语"))
        return say(
            f"hint: the query is empty. Type what to look for: {line}",
            f"提示：查询是空的。请输入要找的词语：{line}",
        )
    if not index.search("*", limit=0).total:
        make = place.command("index", say("FOLDER", "文件夹"))
        return say(
            f"hint: the index is empty. Fill it: {make}", f"提示：索引是空的。请先索引：{make}"
        )
    line = place.command("status")
    return say(
        f"hint: try other words; what is in the index: {line}",
        f"提示：试试别的词；查看索引的内容：{line}",
    )


def _line(place: Place, query: str, asked: Mapping[str, Any]) -> str:
    """The command that asks so."""
    words: list[str] = []
    if asked.get("mode") == "all":
        words.append("--all")
    if asked.get("syntax") == "plain":
        words.append("--plain-syntax")
    for name in _FILTERS:
        value = asked.get(name)
        values: Sequence[object] = value if isinstance(value, tuple | list) else (value,)
        words += [f"--{name}={quoted(str(one))}" for one in values if one]
    return place.command("search", *words, *map(quoted, query.split()))
