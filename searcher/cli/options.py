"""Options that several commands have, and what may be given to them.

Values are checked by callbacks instead of click's types, so that every complaint is in the
reader's language.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from searcher.cli.look import look_options
from searcher.language import say

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])
_Callback = Callable[[click.Context, click.Parameter, Any], Any]

_NARROWEST = 20
_ALL = "all"


def whole_number(minimum: int) -> _Callback:
    """Takes whole numbers from ``minimum`` on."""

    def check(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
        if value is None:
            return None
        number = int(value) if value.isdecimal() else -1
        if number < minimum:
            raise click.BadParameter(
                say(
                    f"{value!r} is not a whole number from {minimum} on",
                    f"{value!r} 不是大于等于 {minimum} 的整数",
                ),
                ctx,
                param,
            )
        return number

    return check


class one_of:
    """Takes one of several words, or several of them where the option may be repeated.

    Attributes:
        choices: The words; completions are made of them.
    """

    def __init__(self, *choices: str) -> None:
        """Take the words."""
        self.choices = choices

    def __call__(
        self, ctx: click.Context, param: click.Parameter, value: str | tuple[str, ...] | None
    ) -> str | tuple[str, ...] | None:
        """Give back what was given, if it is one of the words."""
        values = value if isinstance(value, tuple) else (value,)
        for given in values:
            if given is not None and given not in self.choices:
                allowed = ", ".join(self.choices)
                raise click.BadParameter(
                    say(
                        f"{given!r} is not one of: {allowed}", f"{given!r} 不在可选值中：{allowed}"
                    ),
                    ctx,
                    param,
                )
        return value


def index_option(command: _Decorated) -> _Decorated:
    """``--index`` and ``-i``: which index, by its directory or by its name."""
    command = click.option(
        "-i",
        "index_name",
        metavar=say("NAME", "名称"),
        expose_value=False,
        callback=_keep_name,
        help=say(
            "The index of this name, of those in the configuration file.",
            "用配置文件中这个名称的索引。",
        ),
    )(command)
    return click.option(
        "--index",
        metavar=say("DIR", "目录"),
        help=say(
            "The index, if not the one of $SEARCHER_INDEX or ./index: its directory, or its "
            "address, opensearch+https://user@host:9200/news.",
            "索引所在目录，或地址 opensearch+https://user@host:9200/news；"
            "默认取 $SEARCHER_INDEX，否则为 ./index。",
        ),
    )(command)


def root_index_options(command: _Decorated) -> _Decorated:
    """The same before the name of a command."""
    command = click.option(
        "-i",
        "index_name",
        metavar=say("NAME", "名称"),
        expose_value=False,
        callback=_keep_name,
        help=say("The index of this name, as for each command.", "用这个名称的索引，同各命令。"),
    )(command)
    return click.option(
        "--index",
        metavar=say("DIR", "目录"),
        expose_value=False,
        callback=_keep_folder,
        help=say(
            "The index in this directory or at this address, likewise.",
            "用这个目录中或地址处的索引，同各命令。",
        ),
    )(command)


def _keep_name(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    if value is not None:
        from searcher.cli.places import keep_choice

        keep_choice(ctx, name=value)


def _keep_folder(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    if value is not None:
        from searcher.cli.places import keep_choice

        keep_choice(ctx, folder=value)


def dictionary_options(help_en: str, help_zh: str) -> Callable[[_Decorated], _Decorated]:
    """``--dict`` and ``--stop-words``."""

    def decorate(command: _Decorated) -> _Decorated:
        file = say("FILE", "文件")
        command = click.option(
            "--stop-words",
            metavar=file,
            help=say("A stop list, one word a line.", "停用词表，每行一个词。"),
        )(command)
        return click.option("--dict", "dictionary", metavar=file, help=say(help_en, help_zh))(
            command
        )

    return decorate


def json_option(help_en: str, help_zh: str) -> Callable[[_Decorated], _Decorated]:
    """``--json``: output for programs."""
    return click.option("--json", "as_json", is_flag=True, help=say(help_en, help_zh))


def resource_options(command: _Decorated) -> _Decorated:
    """``--jobs`` and ``--memory``: what building an index may use."""
    command = click.option(
        "--memory",
        metavar="MB",
        # How little is too little is for the library to say.
        callback=whole_number(0),
        help=say(
            "Use about so many megabytes at most, all processes together. Default: 512.",
            "所有进程合计最多占用约这么多 MB 内存。默认 512。",
        ),
    )(command)
    return click.option(
        "-j",
        "--jobs",
        metavar="N",
        callback=whole_number(1),
        help=say(
            "Cut texts in up to N processes. Default: as many as the machine has cores.",
            "最多用 N 个进程切分文本。默认与处理器核心数相同。",
        ),
    )(command)


def layout_options(command: _Decorated) -> _Decorated:
    """``--shards`` and ``--replicas``: how a new index is spread over a cluster."""
    command = click.option(
        "--replicas",
        metavar="N",
        callback=whole_number(0),
        help=say(
            "In a cluster: keep N copies of each shard beside it. Default: 1.",
            "在集群中：每个分片另存 N 份副本。默认 1。",
        ),
    )(command)
    return click.option(
        "--shards",
        metavar="N",
        callback=whole_number(1),
        help=say(
            "In a cluster: spread a new index over N shards. Default: 1.",
            "在集群中：新建的索引分为 N 个分片。默认 1。",
        ),
    )(command)


def report_options(command: _Decorated) -> _Decorated:
    """``--strict``, ``--errors``, ``--json``, ``--quiet`` and ``--verbose``: the report."""
    command = click.option(
        "-v",
        "--verbose",
        is_flag=True,
        help=say("Name all files, however many.", "列出全部文件名，不限个数。"),
    )(command)
    command = click.option(
        "-q", "--quiet", is_flag=True, help=say("Say nothing but errors.", "除错误外什么也不显示。")
    )(command)
    in_json = json_option("Print the report as JSON on stdout.", "在标准输出以 JSON 给出报告。")
    command = in_json(command)
    command = click.option(
        "--errors",
        metavar=say("FILE", "文件"),
        help=say(
            "Write what was skipped to FILE, a JSON object a line.",
            "把跳过的文件写入此文件，每个一行 JSON。",
        ),
    )(command)
    return click.option(
        "--strict",
        is_flag=True,
        help=say("Exit with status 1 if something was skipped.", "有文件被跳过时，退出状态为 1。"),
    )(command)


def selection_options(command: _Decorated) -> _Decorated:
    """``--include``, ``--exclude``, ``--hidden`` and ``--no-ignore``: which files are read."""
    command = click.option(
        "--no-ignore",
        is_flag=True,
        help=say(
            "Read what .gitignore and .searcherignore leave out, too.",
            "也读 .gitignore 和 .searcherignore 排除的文件。",
        ),
    )(command)
    command = click.option(
        "--hidden",
        is_flag=True,
        help=say(
            "Read hidden files and folders too: those whose name begins with a dot.",
            "也读隐藏的文件和文件夹（名字以点开头）。",
        ),
    )(command)
    glob = say("GLOB", "通配符")
    command = click.option(
        "--exclude",
        metavar=glob,
        multiple=True,
        help=say(
            "Leave out such files and folders; as in .gitignore, may be repeated.",
            "排除这样的文件和文件夹；写法同 .gitignore，可以重复。",
        ),
    )(command)
    return click.option(
        "--include",
        metavar=glob,
        multiple=True,
        help=say(
            "Read only such files: '*.md', '/notes/**'; may be repeated.",
            "只读这样的文件：'*.md'、'/notes/**'；可以重复。",
        ),
    )(command)


def wait_option(command: _Decorated) -> _Decorated:
    """``--wait``: patience with another process that writes."""
    return click.option(
        "--wait",
        metavar=say("SECONDS", "秒数"),
        callback=whole_number(0),
        help=say(
            "Wait so long if another process is writing to the index. Default: 0.",
            "另一个进程正在写入索引时，最多等待这么久。默认 0。",
        ),
    )(command)


def screen_options(command: _Decorated) -> _Decorated:
    """``--width``, ``--color`` and those of ``look_options``: how it looks."""
    command = look_options(command)
    command = click.option(
        "--color",
        metavar=say("WHEN", "何时"),
        default="auto",
        callback=one_of("auto", "always", "never"),
        help=say(
            "Colour: auto, always or never. NO_COLOR and FORCE_COLOR are respected.",
            "颜色：auto、always 或 never；遵从 NO_COLOR 和 FORCE_COLOR。",
        ),
    )(command)
    return click.option(
        "--width",
        metavar="N",
        callback=whole_number(_NARROWEST),
        help=say(
            "Break lines after N cells, if not at the terminal's width.",
            "每行最多 N 格（一个汉字占两格）；默认为终端宽度。",
        ),
    )(command)


def _limit(ctx: click.Context, param: click.Parameter, value: str) -> int | None:
    if value == _ALL:
        return None
    number = whole_number(0)(ctx, param, value)
    assert isinstance(number, int)
    return number


def paging_options(command: _Decorated) -> _Decorated:
    """``--limit``, ``--page`` and ``--offset``: how many hits, and from which on."""
    command = click.option(
        "--offset",
        metavar="N",
        default="0",
        callback=whole_number(0),
        help=say("Leave out the first N hits.", "跳过前 N 篇。"),
    )(command)
    command = click.option(
        "--page",
        metavar="N",
        callback=whole_number(1),
        help=say(
            "Show the N-th page; how many hits a page has, -n says.",
            "显示第 N 页；每页的篇数由 -n 决定。",
        ),
    )(command)
    return click.option(
        "-n",
        "--limit",
        metavar="N",
        default="10",
        callback=_limit,
        help=say("Show at most N hits, or all. Default: 10.", "最多显示 N 篇，或 all。默认 10。"),
    )(command)


def offset_of(page: int | None, limit: int | None, offset: int) -> int:
    """How many hits to leave out, as ``--page`` or ``--offset`` says.

    Raises:
        UsageError: ``--page`` is given beside something that makes no sense with it.
    """
    if page is None:
        return offset
    if offset:
        raise click.UsageError(
            say("--page and --offset do not go together", "--page 和 --offset 不能同时用")
        )
    if not limit:
        raise click.UsageError(
            say(
                "--page needs pages of some size: -n 10, not all or 0",
                "--page 需要每页有固定的篇数：如 -n 10，而不是 all 或 0",
            )
        )
    return (page - 1) * limit


def filter_options(command: _Decorated) -> _Decorated:
    """``--since``, ``--until``, ``--source`` and ``--tag``: which documents."""
    command = click.option(
        "--tag",
        metavar=say("TAG", "标签"),
        multiple=True,
        help=say("Only with this tag; may be repeated.", "只要有这个标签的；可以重复。"),
    )(command)
    command = click.option(
        "--source",
        metavar=say("NAME", "名称"),
        multiple=True,
        help=say("Only from this source; may be repeated.", "只要这个来源的；可以重复。"),
    )(command)
    return date_options(command)


def _date(context: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """See that a date is one; it stays as it was typed."""
    if value:
        from searcher.errors import ArgumentError
        from searcher.query.dates import not_a_date, typed_period

        try:
            typed_period(value, "")
        except ArgumentError as error:
            raise click.BadParameter(not_a_date(value), context, param) from error
    return value or None


def date_options(command: _Decorated) -> _Decorated:
    """``--since`` and ``--until``: documents of which dates."""
    command = click.option(
        "--until",
        metavar=say("DATE", "日期"),
        callback=_date,
        help=say("Only up to this day, month or year.", "只要这一天（月、年）及以前的。"),
    )(command)
    return click.option(
        "--since",
        metavar=say("DATE", "日期"),
        callback=_date,
        help=say(
            "Only from this day, month or year on: 2022-03-27, 2022-03, 2022; or so far back: "
            "today, yesterday, 7d, 2w, 3m, 1y.",
            "只要这一天（月、年）及以后的：2022-03-27、2022-03、2022；"
            "或从今往前算：今天、昨天、7d（天）、2w（周）、3m（月）、1y（年）。",
        ),
    )(command)
