"""Hyperlinks in a terminal (OSC 8): which terminals cope with them, and what they lead to."""

import os
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from searcher.language import say

if TYPE_CHECKING:
    from searcher import Hit, Index, Results
    from searcher.api.locating import Locate

NONE = "none"
_FILE = "file"
_FORMATS = {
    _FILE: "file://{host}{path}",
    "vscode": "vscode://file{path}:{line}",
    NONE: "",
}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NAMES = ("path", "host", "line")
_UNSAFE = re.compile(r"[^\x21-\x7e]")

# What terminals that know links set. Those that do not would show nothing wrong, but some old ones
# show the address.
_PROGRAMS = frozenset(
    "iTerm.app WezTerm vscode ghostty Hyper rio Tabby WarpTerminal mintty contour zed".split()
)
_TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "contour", "wezterm", "rio")
_VARIABLES = ("KITTY_WINDOW_ID", "WT_SESSION", "ALACRITTY_WINDOW_ID", "DOMTERM", "GHOSTTY_BIN_DIR")
_LEAST = {"VTE_VERSION": 5000, "KONSOLE_VERSION": 201200}
_TMUX = (3, 4)  # from here on it passes links on, to terminals that know them


def checked_format(given: str, ctx: click.Context, param: click.Parameter) -> str:
    """The template of ``--hyperlink-format``; empty for no links.

    Raises:
        BadParameter: It is none.
    """
    template = _FORMATS.get(given, given)
    names = _PLACEHOLDER.findall(template)
    strange = [name for name in names if name not in _NAMES]
    if strange:
        raise click.BadParameter(
            say(
                f"there is no {{{strange[0]}}}; a template has {{path}}, {{host}} and {{line}}",
                f"没有 {{{strange[0]}}}；模板里可以写 {{path}}、{{host}} 和 {{line}}",
            ),
            ctx,
            param,
        )
    if template and ("path" not in names or _UNSAFE.search(template)):
        raise click.BadParameter(
            say(
                f"{given!r} is not file, vscode, none or a template with {{path}}",
                f"{given!r} 不是 file、vscode、none，也不是含 {{path}} 的模板",
            ),
            ctx,
            param,
        )
    return template


def usual_format(environment: Mapping[str, str] = os.environ) -> str:
    """The template where no option says one: empty where the terminal may not know links."""
    return _FORMATS[_FILE] if knows_links(environment) else ""


def knows_links(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a terminal with such an environment is known to cope with links."""
    term = environment.get("TERM", "")
    if term in ("", "dumb", "linux"):
        return os.name == "nt" and "WT_SESSION" in environment
    program = environment.get("TERM_PROGRAM", "")
    if program == "tmux" or term.startswith(("tmux", "screen")):
        version = re.match(r"(\d+)\.(\d+)", environment.get("TERM_PROGRAM_VERSION", ""))
        return program == "tmux" and bool(version and (int(version[1]), int(version[2])) >= _TMUX)
    if program in _PROGRAMS or term.startswith(_TERMS):
        return True
    if any(environment.get(name) for name in _VARIABLES):
        return True
    return any(_number(environment.get(name, "")) >= least for name, least in _LEAST.items())


def links_of(index: "Index", results: "Results", template: str) -> list[str]:
    """The address that each hit links to; nothing for an empty template."""
    if not template:
        return []
    from searcher.api.locating import locator

    address = linker(template, locator(index))
    return [address(hit) for hit in results]


def linker(template: str, locate: "Locate") -> "Callable[[Hit], str]":
    """What gives the address that a hit links to; empty for what was read from no file.

    A member of an archive links to the archive. Nothing that is in a name can end the link: all
    but plain ASCII characters of a path are escaped.
    """
    host = _host() if "{host}" in template else ""
    has_line = "{line}" in template

    def address(hit: "Hit") -> str:
        location = locate(hit.path)
        if location is None:
            return ""
        line = 1
        if has_line and not location.is_part:
            from searcher.cli.opening import line_or_first

            line = line_or_first(location.file, hit)
        path = location.file.as_uri().removeprefix("file://")
        values = {"path": path, "host": host, "line": str(line)}
        return _PLACEHOLDER.sub(lambda found: values[found[1]], template)

    return address


def link_start(address: str) -> str:
    """What a terminal takes for the beginning of a link."""
    return f"\x1b]8;;{address}\x1b\\"


LINK_END = "\x1b]8;;\x1b\\"


def _host() -> str:
    if not hasattr(os, "uname"):
        return ""
    return _UNSAFE.sub("", os.uname().nodename)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
