"""The block of fields at the head of a text: YAML (Jekyll, Hexo, Hugo), TOML or JSON (Hugo)."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from searcher.documents.cleaning import without_controls
from searcher.documents.fields import role_of
from searcher.language import say

_LONGEST = 1 << 16  # characters of a block
_MOST_BRACKETS = 1_000
_MOST_NODES = 20_000  # values in a YAML block, each alias counted as often as it is used
_FIELD = re.compile(r"[\"']?([^\s:\"'#\[\]{}-][^:\"'\n]{0,80}?)[\"']?[ ]*:(?:[ \t]+(.*))?$")
_CLOSE_FIELD = re.compile(r"([^\s:\"'#\[\]{}-][^\s:\"']{0,40}):([^\s:/].*)$")
# Names besides those of our fields that blogs use: in a text that is not Markdown only a known one
# tells fields from a dialogue between two rules.
_KNOWN = frozenset(
    """layout categories category author authors draft comments toc slug lang language description
    excerpt cover thumbnail weight aliases series type top mathjax copyright subtitle
    分类 分類 作者""".split()
)
_BARE_FIELD = re.compile(r"(?:title|layout|date|tags|categories|author)[ ]?:[ ]\S")


@dataclass(slots=True)
class FrontMatter:
    """A text taken apart.

    Attributes:
        values: The fields by name; empty where there are none or they cannot be read.
        body: The text below them.
        unread: The lines of a block that cannot be read, to be kept as text.
        problem: Why the block could not be read as it should be, or None.
    """

    values: Mapping[str, object] = field(default_factory=dict)
    body: str = ""
    unread: str = ""
    problem: str | None = None


def begins(head: str) -> bool:
    """Whether a text begins with front matter, under any name, as far as its head shows."""
    return _block(head, is_markdown=False) is not None


def split(text: str, *, is_markdown: bool = False) -> FrontMatter:
    """Take a text apart. Line ends must be ``\\n``.

    A block that is broken YAML is read line by line as far as ``name: value`` goes; where even
    that fails its lines are kept as text, so that nothing is lost.

    Args:
        text: The text.
        is_markdown: Whether any names are fields, and to look also for the rarer forms that other
            files begin with too: a JSON object (Hugo), and YAML without a line ``---`` above it
            (Hexo).
    """
    found = _block(text, is_markdown) or (_bare_block(text) if is_markdown else None)
    if found is None:
        as_json = _json_block(text) if is_markdown else None
        return as_json or FrontMatter(body=text)
    kind, block, body = found
    problem: str | None = None
    values: Mapping[str, object] | None
    try:
        values = _read_toml(block) if kind == "+++" else _read_yaml(block)
    except ValueError as error:
        problem = " ".join(str(error).split())[:200]
        values = _read_by_line(block)
    except RecursionError:
        problem, values = say("nested too deeply", "嵌套过深"), None
    if values is None:
        return FrontMatter(body=body, unread=block, problem=problem)
    return FrontMatter(values, body, problem=problem)


def _block(text: str, is_markdown: bool) -> tuple[str, str, str] | None:
    """The kind, the lines of the block and the text below it."""
    match = re.match(r"[ \t\n]{0,100}(---|\+\+\+)[ \t]*(?:\n|$)", text)
    if not match:
        return None
    ends = r"\n(?:---|\.\.\.)[ \t]*(?=\n|$)" if match[1] == "---" else r"\n\+\+\+[ \t]*(?=\n|$)"
    start = match.end() - 1
    end = re.compile(ends).search(text, start, start + _LONGEST)
    if not end:
        return None
    block = text[start : end.start()].strip("\n")
    if block and match[1] == "---" and not _looks_like_fields(block, is_markdown):
        return None
    return match[1], block, text[end.end() :].lstrip("\n")


def _looks_like_fields(block: str, is_markdown: bool) -> bool:
    """Whether the first line that says something is a field: rules set off text by ``---`` too."""
    if not is_markdown and not _has_known_names(block):
        return False
    for line in block.split("\n"):
        if line.strip() and not line.lstrip().startswith("#"):
            return _field(line) is not None or line.startswith(("{", "? "))
    return True


def _has_known_names(block: str) -> bool:
    """Whether a name is one that fields have, and none comes twice, as speakers do."""
    fields = [_field(line) for line in block.split("\n") if line[:1] not in (" ", "\t", "-")]
    names = [found[0] for found in fields if found]
    return len(set(names)) == len(names) and any(map(_is_known, names))


def _field(line: str) -> tuple[str, str] | None:
    """The name and the value in a line; only behind a known name the space may be left out."""
    line = line.rstrip()
    match = _FIELD.match(line)
    if match:
        return match[1].strip(), (match[2] or "").strip()
    match = _CLOSE_FIELD.match(line)
    return (match[1], match[2].strip()) if match and _is_known(match[1]) else None


def _is_known(name: str) -> bool:
    return name.lower() in _KNOWN or role_of(name) is not None


def _bare_block(text: str) -> tuple[str, str, str] | None:
    """Fields in YAML that end with ``---`` but do not begin with it."""
    if not _BARE_FIELD.match(text):
        return None
    end = re.compile(r"\n---+[ \t]*(?=\n|$)").search(text, 0, _LONGEST)
    if not end or _raw_by_line(text[: end.start()]) is None:
        return None
    return "---", text[: end.start()], text[end.end() :].lstrip("\n")


def _json_block(text: str) -> FrontMatter | None:
    if not re.match(r"\s{0,100}\{\s*[\"}]", text):
        return None
    start = text.index("{")
    try:
        values, end = json.JSONDecoder(strict=False).raw_decode(text[: start + _LONGEST], start)
    except (ValueError, RecursionError):
        return None
    return FrontMatter(values, text[end:].lstrip("\n"))


def _read_toml(block: str) -> Mapping[str, object]:
    import tomllib

    return tomllib.loads(block)


def _read_yaml(block: str) -> Mapping[str, object]:
    """The fields of a YAML block, dates and the like left as they are written.

    Raises:
        ValueError: It is not YAML, not a mapping, or too large when its aliases are resolved.
    """
    import yaml

    if not block.strip():
        return {}
    if block.count("[") + block.count("{") > _MOST_BRACKETS:
        # Its parser takes time by the square of the depth, so it never gets to see this.
        raise ValueError(say("too many brackets", "括号过多"))
    try:
        node = yaml.compose(without_controls(block), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = say(f"line {mark.line + 2}: ", f"第 {mark.line + 2} 行：") if mark else ""
        raise ValueError(f"{where}{error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise ValueError(say("not a mapping of names to values", "不是“名称: 值”的形式"))
    value = _Values().of(node)
    return value if isinstance(value, dict) else {}


class _Values:
    """YAML nodes → values, counting them: an alias can stand for millions."""

    def __init__(self) -> None:
        self._count = 0

    def of(self, node: object, depth: int = 0) -> object:
        import yaml

        self._count += 1
        if self._count > _MOST_NODES or depth > 50:
            raise ValueError(say("too many or too deeply nested values", "值过多或嵌套过深"))
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node.value, node.tag, node.style)
        if isinstance(node, yaml.SequenceNode):
            return [self.of(item, depth + 1) for item in node.value]
        if isinstance(node, yaml.MappingNode):
            pairs = ((self.of(key, depth + 1), value) for key, value in node.value)
            return {str(key): self.of(value, depth + 1) for key, value in pairs}
        return None


def _scalar(text: str, tag: str, style: str | None) -> object:
    """A plain scalar as people mean it: ``12:30`` is no number and ``no`` is a word."""
    if style is not None:
        return text
    if tag.endswith(":null"):
        return None
    if tag.endswith(":bool") and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if re.fullmatch(r"-?(?:0|[1-9]\d{0,18})", text):
        return int(text)
    if re.fullmatch(r"-?(?:0|[1-9]\d{0,18})\.\d{1,18}", text):
        return float(text)
    return text


def _read_by_line(block: str) -> Mapping[str, object] | None:
    """The fields of a block that is not quite YAML, or None where it has lines of another kind.

    Each value that is YAML by itself is read as such: one fault does not spoil the others.
    """
    raw = _raw_by_line(block)
    if raw is None:
        return None
    if block.count("[") + block.count("{") > _MOST_BRACKETS:
        return {name: _map_texts(_unquoted, value) for name, value in raw.items()}
    return {name: _map_texts(_value, value) for name, value in raw.items()}


def _map_texts(read: Callable[[str], object], value: str | list[str]) -> object:
    return [read(item) for item in value] if isinstance(value, list) else read(value)


def _raw_by_line(block: str) -> dict[str, str | list[str]] | None:
    """The values as they are written, those over several lines on one."""
    values: dict[str, str | list[str]] = {}
    name = ""
    for line in block.split("\n"):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        item = re.match(r"\s*-[ \t]+(.*)", line)
        found = None if line[0] in " \t" else _field(line)
        before = values.get(name, "")
        if found:
            name = found[0]
            values[name] = "" if re.fullmatch(r"[|>][-+]?", found[1]) else found[1]
        elif item and name:
            items = before if isinstance(before, list) else [before] if before else []
            values[name] = [*items, item[1]]
        elif line[0] in " \t" and name and isinstance(before, str):
            values[name] = f"{before} {stripped}".strip()
        elif not (line[0] in " \t" and name):
            return None
    return values or None


def _value(text: str) -> object:
    try:
        found = _read_yaml(f"value: {text}").get("value")
    except (ValueError, RecursionError):
        found = None
    return _unquoted(text) if found is None else found


def _unquoted(text: str) -> str:
    return text.strip().strip("\"'")
