"""The block of fields at the head of a text: YAML (Jekyll, Hexo, Hugo), TOML or JSON (Hugo)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from searcher.documents.cleaning import without_controls
from searcher.language import say

_LONGEST = 1 << 16  # characters of a block
_MOST_BRACKETS = 1_000
_MOST_NODES = 20_000  # values in a YAML block, each alias counted as often as it is used
_FIELD = re.compile(r"[\"']?([^\s:\"'#\[\]{}-][^:\"'\n]{0,80}?)[\"']?[ ]*:(?:[ \t]+(.*))?$")
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
    """Whether a text begins with front matter in YAML or TOML, as far as its head shows."""
    return _block(head) is not None


def split(text: str, *, is_markdown: bool = False) -> FrontMatter:
    """Take a text apart. Line ends must be ``\\n``.

    A block that is broken YAML is read line by line as far as ``name: value`` goes; where even
    that fails its lines are kept as text, so that nothing is lost.

    Args:
        text: The text.
        is_markdown: Whether to look also for the rarer forms that other files begin with too: a
            JSON object (Hugo), and YAML without a line ``---`` above it (Hexo).
    """
    found = _block(text) or (_bare_block(text) if is_markdown else None)
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


def _block(text: str) -> tuple[str, str, str] | None:
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
    if block and match[1] == "---" and not _looks_like_fields(block):
        return None
    return match[1], block, text[end.end() :].lstrip("\n")


def _looks_like_fields(block: str) -> bool:
    """Whether the first line that says something is a field: rules set off text by ``---`` too."""
    for line in block.split("\n"):
        if line.strip() and not line.lstrip().startswith("#"):
            return _FIELD.match(line.rstrip()) is not None or line.startswith(("{", "? "))
    return True


def _bare_block(text: str) -> tuple[str, str, str] | None:
    """Fields in YAML that end with ``---`` but do not begin with it."""
    if not _BARE_FIELD.match(text):
        return None
    end = re.compile(r"\n---+[ \t]*(?=\n|$)").search(text, 0, _LONGEST)
    if not end or _read_by_line(text[: end.start()]) is None:
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
    """The fields of a block that is not quite YAML, or None where it has lines of another kind."""
    values: dict[str, object] = {}
    name = ""
    for line in block.split("\n"):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        item = re.match(r"\s*-[ \t]+(.*)", line)
        match = None if line[0] in " \t" else _FIELD.match(line.rstrip())
        if match:
            name = match[1].strip()
            values[name] = _unquoted(match[2] or "")
        elif item and name:
            before = values[name]
            items = before if isinstance(before, list) else [before] if before else []
            values[name] = [*items, _unquoted(item[1])]
        elif line[0] in " \t" and name and isinstance(values[name], str):
            values[name] = f"{values[name]} {stripped}".strip()
        elif not (line[0] in " \t" and name):
            return None
    return values or None


def _unquoted(text: str) -> str:
    return text.strip().strip("\"'")
