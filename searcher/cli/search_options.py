"""The options of ``searcher search`` that say what it gives, and which of them go together."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from searcher.cli.options import whole_number
from searcher.language import say

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])

FROM_STDIN = "-"

# What cannot be said of the same search. Of the options in one set only one may be given.
_ALTERNATIVES = (
    ("--paths", "--count", "--open", "--json"),
    ("--paths", "--count", "--open", "--html"),
    ("--paths", "--count", "--open", "--explain"),
    ("--paths", "--count", "--open", "--facet"),
    ("--paths", "--open", "--explain", "-"),
    ("--html", "-"),
    ("--open", "--offset"),
    ("--open", "--page"),
    ("--count", "--offset"),
    ("--count", "--page"),
)


def check_together(given: set[str]) -> None:
    """See that the options that were given make sense together.

    Args:
        given: Their long names; ``-`` for queries from stdin.

    Raises:
        UsageError: They do not.
    """
    for alternatives in _ALTERNATIVES:
        both = [name for name in alternatives if name in given]
        if len(both) > 1:
            first, second = both[:2]
            raise click.UsageError(
                say(
                    f"{first} and {second} do not go together",
                    f"{first} 和 {second} 不能同时用",
                )
            )
    if "--null" in given and "--paths" not in given:
        raise click.UsageError(
            say("--null says how --paths ends a path: add -l", "--null 只与 --paths 同用：请加 -l")
        )


def output_options(command: _Decorated) -> _Decorated:
    """``--paths``, ``--null``, ``--count`` and ``--open``: what to give but hits to read."""
    command = click.option(
        "--open",
        "open_rank",
        metavar="N",
        callback=whole_number(1),
        help=say(
            "Open the file of hit N in $VISUAL or $EDITOR, at the match.",
            "用 $VISUAL 或 $EDITOR 打开第 N 篇所在的文件，跳到匹配处。",
        ),
    )(command)
    command = click.option(
        "-c",
        "--count",
        is_flag=True,
        help=say("Print how many documents match.", "只输出匹配的文档数。"),
    )(command)
    command = click.option(
        "-0",
        "--null",
        is_flag=True,
        help=say(
            "With -l: end each path with a zero byte, for xargs -0.",
            "与 -l 同用：每个路径以零字节结尾，供 xargs -0 使用。",
        ),
    )(command)
    return click.option(
        "-l",
        "--paths",
        is_flag=True,
        help=say(
            "Print the paths of the files that match, once each; all of them unless -n is given.",
            "只输出匹配的文件的路径，每个一次；没有 -n 时输出全部。",
        ),
    )(command)
