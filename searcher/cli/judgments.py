"""Reading the files of a retrieval test: queries, and people's judgments of documents."""

import json
from collections.abc import Iterator
from pathlib import Path

from searcher.errors import ArgumentError
from searcher.language import say
from searcher.reasons import library_reason


def read_queries(path: Path) -> dict[str, str]:
    """The texts of queries by their ids, from JSON Lines with ``id`` and ``text``.

    Raises:
        ArgumentError: A line is not understood; the message has its number.
    """
    queries: dict[str, str] = {}
    for number, line in _lines(path):
        try:
            record = json.loads(line)
        except ValueError as error:
            why = library_reason(error.msg if isinstance(error, json.JSONDecodeError) else error)
            raise _wrong(path, number, say(f"not JSON: {why}", f"不是 JSON：{why}")) from error
        identifier = record.get("id") if isinstance(record, dict) else None
        text = record.get("text") if isinstance(record, dict) else None
        if not isinstance(identifier, (str, int)) or not isinstance(text, str):
            expected = '{"id": "q1", "text": "…"}'
            raise _wrong(path, number, say(f"not as in {expected}", f"应形如 {expected}"))
        if str(identifier) in queries:
            raise _wrong(
                path, number, say(f"id {identifier} a second time", f"id {identifier} 重复")
            )
        queries[str(identifier)] = text
    return queries


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """The relevance of documents for queries, from TREC's ``query 0 document relevance``.

    Columns are separated by tabs, or else by spaces; a document's id may then hold spaces itself.

    Raises:
        ArgumentError: A line is not understood; the message has its number.
    """
    judgments: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        columns = line.split("\t") if "\t" in line else line.split(maxsplit=2)
        if "\t" not in line and len(columns) == 3:
            columns[2:] = columns[2].rsplit(maxsplit=1)
        try:
            query, _, document, relevance = (column.strip() for column in columns)
            value = int(relevance)
        except ValueError as error:
            expected = "q1 0 doc1 1"
            raise _wrong(
                path, number, say(f"not as in: {expected}", f"应形如：{expected}")
            ) from error
        documents = judgments.setdefault(query, {})
        if document in documents:
            raise _wrong(
                path,
                number,
                say(f"{document} is judged a second time", f"{document} 重复评判"),
            )
        documents[document] = value
    return judgments


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, with their numbers."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            except UnicodeDecodeError as error:
                raise _wrong(path, number, say("not UTF-8", "不是 UTF-8 编码")) from error
            if line:
                yield number, line


def _wrong(path: Path, number: int, what: str) -> ArgumentError:
    return ArgumentError(say(f"{path}, line {number}: {what}", f"{path} 第 {number} 行：{what}"))
