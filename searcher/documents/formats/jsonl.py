"""JSON Lines: one record a line."""

import json
from collections.abc import Callable, Iterable, Iterator

from searcher.documents import limits
from searcher.documents.content import Content
from searcher.documents.model import Document, Skipped
from searcher.documents.plaintext import is_prose
from searcher.documents.records import UnusableRecord, at_line, skipped, to_document
from searcher.errors import DocumentError
from searcher.language import say
from searcher.reasons import library_reason

ENDINGS = frozenset((".jsonl", ".ndjson", ".jsonlines", ".ldjson"))
_LOOKED_AT = 20  # lines
_LARGE = 1 << 20  # characters of a record that is weighed before it is read
# What Python takes for an object, an array, a text and any other value, about.
_OBJECT, _ARRAY, _TEXT, _VALUE = 200, 72, 64, 40  # bytes


def decoder() -> json.JSONDecoder:
    """A decoder that lets raw line ends in strings pass, and reads ``NaN`` as nothing."""
    return json.JSONDecoder(strict=False, parse_constant=lambda name: None)


def json_error(error: Exception) -> str:
    """What is wrong with some JSON, without its line."""
    if isinstance(error, RecursionError):
        return say("nested too deeply", "嵌套过深")
    if isinstance(error, json.JSONDecodeError):
        why = library_reason(error.msg)
        return say(
            f"broken JSON at column {error.colno}: {why}",
            f"JSON 有误，第 {error.colno} 列：{why}",
        )
    return say("broken JSON: a number with too many digits", "JSON 有误：数字位数过多")


def recognises(content: Content) -> bool:
    """Whether the lines are objects, as far as the head shows."""
    if content.ending in ENDINGS:
        return True
    head = content.head.lstrip()
    if not head.startswith("{"):
        return False
    lines = [line for line in head.split("\n")[:_LOOKED_AT] if line.strip()]
    if not content.is_whole and len(lines) < _LOOKED_AT:
        lines = lines[:-1]  # it may go on behind the head
    objects = sum(map(_is_object, lines))
    if content.ending == ".json" or is_prose(content.ending):
        # One object on the only line is a JSON file like any other.
        is_json = content.is_whole and len(lines) < 2
        return objects > 0 and not is_json and (_is_object(lines[0]) or 2 * objects >= len(lines))
    return objects > 1 and 2 * objects > len(lines)


def documents(content: Content) -> Iterator[Document | Skipped]:
    """The records of a file."""
    return records(content.lines(), content.name)


def records(
    lines: Iterable[str | None], name: str, *, line: int = 0, record: int = 0
) -> Iterator[Document | Skipped]:
    """The records of lines that are read one by one.

    Args:
        lines: The lines; None for one that is too long.
        name: The file that they are in.
        line: How many lines are before these.
        record: How many records are before these.

    Raises:
        DocumentError: There is not one record.
    """
    whole = decoder()
    scan: Callable[[str, int], tuple[object, int]] = vars(whole)["scan_once"]
    count = record
    for number, text in enumerate(lines, line + 1):
        if text is None:
            count += 1
            yield skipped(f"{name}#{count}", at_line(number), limits.too_large_reason())
            continue
        if text.isspace() or not text:
            continue
        count += 1
        record_name = f"{name}#{count}"
        if len(text) > _LARGE and takes_too_much(text):
            yield skipped(record_name, at_line(number), too_many_values())
            continue
        text = text.removesuffix("\n")  # the decoder would count columns from behind it
        try:
            try:
                value, end = scan(text, 0)
            except StopIteration:
                end = -1
            if end < 0 or not (end == len(text) or text[end:].isspace()):
                value = whole.decode(text)  # which takes longer, and says what is wrong
        except (ValueError, RecursionError) as error:
            yield skipped(record_name, at_line(number), json_error(error))
            continue
        try:
            yield to_document(checked(value), record_name, name)
        except UnusableRecord as error:
            yield skipped(record_name, at_line(number), str(error))
    if not count:
        raise DocumentError(no_records())


def takes_too_much(text: str, start: int = 0) -> bool:
    """Whether the values in some JSON may take more memory than one record may."""
    taken = (
        text.count("{", start) * _OBJECT
        + text.count("[", start) * _ARRAY
        + text.count('"', start) // 2 * _TEXT
        + text.count(",", start) * _VALUE
    )
    return taken > limits.LARGEST_VALUES


def too_many_values() -> str:
    """The reason for leaving out a record that would take too much memory."""
    return say("too many values in one record", "一条记录中的值过多")


def checked(value: object) -> dict[str, object]:
    """A JSON value that is an object; the one in ``_source`` where Elasticsearch has put it there.

    Raises:
        UnusableRecord: It is something else.
    """
    if isinstance(value, dict):
        source = value.get("_source")
        if isinstance(source, dict) and source:
            return {"_id": value.get("_id"), **source}
        return value
    raise UnusableRecord(say("not a record with named fields", "不是带字段名的记录"))


def no_records() -> str:
    """The reason for leaving out a file that holds nothing."""
    return say("there are no records in it", "其中没有记录")


def _is_object(line: str) -> bool:
    if not line.lstrip().startswith("{"):
        return False
    try:
        return isinstance(decoder().decode(line), dict)
    except (ValueError, RecursionError):
        return False
