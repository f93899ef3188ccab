"""Giving an index a name: a line of the configuration file."""

import json
import re
from contextlib import suppress
from pathlib import Path

from searcher.api.folders import place_of_index
from searcher.cli.configuration import (
    VARIABLE,
    ConfigurationError,
    check_name,
    error_in,
    parsed,
    place_of_file,
)
from searcher.cli.messages import tell
from searcher.language import say

_HEADING = re.compile(r"^[ \t]*\[[ \t]*indexes[ \t]*\][ \t]*(#.*)?$", re.MULTILINE)


def add_name(name: str, folder: str) -> tuple[Path, Path | str]:
    """Write a name into the configuration file; returns the file and where the index is.

    What stands in the file stays as it is, comments too.

    Raises:
        ConfigurationError: The name is taken or is none, or the file cannot be changed.
        OSError: The file cannot be written.
    """
    path = place_of_file()
    if path is None:
        raise ConfigurationError(
            say(
                f"there is no place for a configuration file. Name one: export {VARIABLE}=FILE",
                f"没有存放配置文件的地方。请指定：export {VARIABLE}=文件",
            )
        )
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    known = parsed(path, old.encode()).indexes
    target = place_of_index(folder)
    if not isinstance(target, str):
        target = target.expanduser().absolute()
    if name in known:
        if known[name] == target:
            return path, target
        raise error_in(
            path,
            say(
                f"[indexes] {name} is there already: {known[name]}",
                f"[indexes] 已有 {name}：{known[name]}",
            ),
        )
    check_name(path, name)
    new = _with_line(old, f"{_key(name)} = {_text(str(target))}")
    added = None
    with suppress(ConfigurationError):
        added = parsed(path, new.encode()).indexes.get(name)
    if added != target:
        raise error_in(path, say("it has no [indexes] of its own", "其中没有单独的 [indexes] 表"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(new, encoding="utf-8")
    return path, target


def tell_none() -> None:
    """Say that no index has a name, and how to name one."""
    tell(
        say(
            "no index has a name. To name one: searcher indexes --add NAME DIR",
            "还没有命名的索引。命名：searcher indexes --add 名称 目录",
        )
    )


def _with_line(text: str, line: str) -> str:
    heading = _HEADING.search(text)
    if heading:
        return f"{text[: heading.end()]}\n{line}{text[heading.end() :]}"
    if text and not text.endswith("\n"):
        text += "\n"
    return f"{text}{chr(10) if text else ''}[indexes]\n{line}\n"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(text: str) -> str:
    """A text as TOML has it: as JSON, whose escapes are the same but for pairs of surrogates."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
