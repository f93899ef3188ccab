"""``searcher`` itself: the commands by name, each in a module of its own, loaded when called."""

from importlib import import_module

import click

from searcher.cli.options import root_index_options
from searcher.cli.usage import Group
from searcher.language import say

COMMANDS = {
    "search": "searcher.cli.commands.search",
    "live": "searcher.cli.commands.live",
    "similar": "searcher.cli.commands.similar",
    "show": "searcher.cli.commands.show",
    "index": "searcher.cli.commands.index",
    "reindex": "searcher.cli.commands.reindex",
    "status": "searcher.cli.commands.status",
    "stats": "searcher.cli.commands.stats",
    "check": "searcher.cli.commands.check",
    "copy": "searcher.cli.commands.copy",
    "export": "searcher.cli.commands.export",
    "analyze": "searcher.cli.commands.analyze",
    "evaluate": "searcher.cli.commands.evaluate",
    "mcp": "searcher.cli.commands.mcp",
    "indexes": "searcher.cli.commands.indexes",
    "doctor": "searcher.cli.commands.doctor",
    "completion": "searcher.cli.commands.completion",
    "man": "searcher.cli.commands.man",
}
# These work whatever state the configuration file is in.
_WITHOUT_FILE = ("doctor", "completion", "man")


def sections() -> list[tuple[str, tuple[str, ...]]]:
    """The names of the commands by what they are for."""
    return [
        (say("Find", "查找"), ("search", "live", "similar", "show", "mcp")),
        (
            say("Keep an index", "维护索引"),
            ("index", "reindex", "status", "stats", "check", "export", "copy", "indexes"),
        ),
        (say("Look inside", "了解原理"), ("analyze", "evaluate")),
        (say("Set up", "设置"), ("doctor", "completion", "man")),
    ]


class _Root(Group):
    """The commands, without their modules until one is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = import_module(module).command
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was typed, and what the configuration file says of its options."""
        name, command, rest = super().resolve_command(ctx, args)
        if ctx.resilient_parsing or name in _WITHOUT_FILE or _asks_for_help(rest):
            return name, command, rest
        if name is not None:
            from searcher.cli import configuration

            ctx.default_map = {name: configuration.of(ctx).defaults(name, self, ctx)}
        return name, command, rest

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, names in sections():
            rows = []
            for name in names:
                command = self.get_command(ctx, name)
                rows.append((name, command.short_help or "" if command else ""))
            with formatter.section(title):
                formatter.write_dl(rows)
        super().format_options(ctx, formatter)


def _asks_for_help(arguments: list[str]) -> bool:
    before_words = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--help" in before_words or "-h" in before_words


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from importlib import metadata

    try:
        version = metadata.version("searcher")
    except metadata.PackageNotFoundError:
        version = say("(not installed, run from its source)", "（未安装，直接从源码运行）")
    click.echo(f"searcher {version}")
    ctx.exit()


def _do_without_file(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        from searcher.cli.configuration import without_file

        without_file(ctx)


@click.group(
    cls=_Root,
    invoke_without_command=True,
    help=say(
        "Full-text search for folders of Chinese documents.",
        "在文件夹的中文文档里全文搜索。",
    ),
    epilog=say(
        "\b\nExample:\n"
        "  searcher index ~/文档          index a folder, again whenever it has changed\n"
        "  searcher search 理赔 绿色通道    the best matches first\n"
        "  searcher                       search while you type\n\n"
        "The index is kept in ./index, or where --index or $SEARCHER_INDEX says.",
        "\b\n示例：\n"
        "  searcher index ~/文档          索引一个文件夹；文件变了，再运行一次\n"
        "  searcher search 理赔 绿色通道    最相关的排在最前\n"
        "  searcher                       边输入边搜索\n\n"
        "索引存放在 ./index，或由 --index、$SEARCHER_INDEX 指定。",
    ),
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help=say("Show the version.", "显示版本。"),
)
@click.option(
    "--no-config",
    is_flag=True,
    expose_value=False,
    callback=_do_without_file,
    help=say("Do not read the configuration file.", "不读配置文件。"),
)
@root_index_options
@click.pass_context
def root(ctx: click.Context) -> int:
    """Run a command; without one, open the live search."""
    if ctx.invoked_subcommand is None:
        return _without_command(ctx)
    return 0


def _without_command(ctx: click.Context) -> int:
    """Open the live search; where that cannot be, say what to type next."""
    from searcher.cli.live_terminal import obstacle

    reason = obstacle()
    if reason:
        from searcher.cli import ERROR
        from searcher.cli.messages import tell

        tell(_what_to_type())
        tell(reason)
        return ERROR
    from searcher.cli import configuration

    command = root.get_command(ctx, "live")
    assert command is not None
    ctx.default_map = {"live": configuration.of(ctx).defaults("live", root, ctx)}
    with command.make_context("live", [], parent=ctx) as context:
        status: int = command.invoke(context)
    return status


def _what_to_type() -> str:
    return say(
        "what is to be done?\n"
        "  searcher index FOLDER    index a folder, again whenever it has changed\n"
        "  searcher search WORDS    the best matches first\n"
        "  searcher --help          all commands",
        "要做什么？\n"
        "  searcher index 文件夹    索引一个文件夹；文件变了，再运行一次\n"
        "  searcher search 词语     最相关的排在最前\n"
        "  searcher --help          全部命令",
    )
