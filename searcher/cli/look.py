"""How results are to look, as the options say that every command which shows texts has.

They change nothing of what a command does, so commands need not hand them on: they are kept in
click's context, and the screen asks for them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from searcher.cli.links import checked_format
from searcher.language import say

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])

_KEY = "searcher.look."  # of click's context


@dataclass(frozen=True, slots=True)
class Look:
    """How results are to look.

    Attributes:
        is_plain: Whether to leave out all that a screen reader would stumble over.
        has_marks: Whether matches are put in brackets.
        pages: Whether long output may go through a pager.
        link_format: What paths link to; None for what fits the terminal.
    """

    is_plain: bool = False
    has_marks: bool = False
    pages: bool = True
    link_format: str | None = None


def look() -> Look:
    """What the options of the running command say."""
    context = click.get_current_context(silent=True)
    if context is None:
        return Look()
    wanted = context.meta
    return Look(
        is_plain=wanted.get(f"{_KEY}plain", False),
        has_marks=wanted.get(f"{_KEY}mark", False),
        pages=not wanted.get(f"{_KEY}no_pager", False),
        link_format=wanted.get(f"{_KEY}hyperlink_format"),
    )


def look_options(command: _Decorated) -> _Decorated:
    """``--mark``, ``--plain``, ``--no-pager`` and ``--hyperlink-format``."""
    command = click.option(
        "--hyperlink-format",
        metavar=say("FORMAT", "格式"),
        expose_value=False,
        callback=_keep_format,
        help=say(
            "What paths link to in a terminal: file, vscode, none or a template with {path}, "
            "{host}, {line}. Default: file, where the terminal is known to cope.",
            "终端里路径链接到哪里：file、vscode、none，或含 {path}、{host}、{line} 的模板。"
            "默认为 file，仅用于已知支持链接的终端。",
        ),
    )(command)
    command = click.option(
        "--no-pager",
        is_flag=True,
        expose_value=False,
        callback=_keep,
        help=say(
            "Never start a pager. Else $SEARCHER_PAGER, $PAGER or less shows what is longer than "
            "the terminal.",
            "不使用分页器；否则超过一屏的内容用 $SEARCHER_PAGER、$PAGER 或 less 显示。",
        ),
    )(command)
    command = plain_option(command)
    return click.option(
        "--mark",
        is_flag=True,
        expose_value=False,
        callback=_keep,
        help=say("Put matches in [brackets].", "用 [方括号] 标出匹配的文字。"),
    )(command)


def plain_option(command: _Decorated) -> _Decorated:
    """``--plain``."""
    return click.option(
        "--plain",
        is_flag=True,
        expose_value=False,
        callback=_keep,
        help=say(
            "For screen readers: no colour, table, line break, cut or pager; a label before "
            "everything, matches in [brackets].",
            "便于读屏软件：没有颜色、表格、折行、省略和分页，每项都有名称，"
            "匹配的文字放进 [方括号]。",
        ),
    )(command)


def _keep(ctx: click.Context, param: click.Parameter, value: object) -> None:
    ctx.meta[f"{_KEY}{param.name}"] = value


def _keep_format(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    if value is not None:
        value = checked_format(value, ctx, param)
    _keep(ctx, param, value)
