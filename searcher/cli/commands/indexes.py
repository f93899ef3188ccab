"""``searcher indexes``."""

import click

from searcher.cli.options import json_option
from searcher.cli.usage import Command
from searcher.language import say


@click.command(
    cls=Command,
    short_help=say("List the indexes that have a name, or name one.", "列出有名称的索引，或命名。"),
    help=say(
        "List the indexes that the configuration file has names for: the name, how many documents "
        "there are, and the directory. A star marks the one that is taken when none is named.\n\n"
        "A named index is used with -i: searcher -i news search 理赔.",
        "列出配置文件中命名的索引：名称、文档数、目录。带星号的是不指定时使用的索引。\n\n"
        "用 -i 指定名称：searcher -i news search 理赔。",
    ),
    epilog=say(
        "\b\nExamples:\n"
        "  searcher indexes --add news ~/indexes/news\n"
        "  searcher -i news index ~/文档\n"
        "  searcher -i news search 理赔",
        "\b\n示例：\n"
        "  searcher indexes --add news ~/indexes/news\n"
        "  searcher -i news index ~/文档\n"
        "  searcher -i news search 理赔",
    ),
)
@click.option(
    "--add",
    nargs=2,
    metavar=say("NAME DIR", "名称 目录"),
    help=say(
        "Write a name for an index into the configuration file.", "把索引的名称写入配置文件。"
    ),
)
@json_option("One JSON object a line for each index.", "每个索引输出一行 JSON。")
def command(add: tuple[str, str] | None, as_json: bool) -> int:
    """List named indexes, or name one; returns the exit status."""
    from searcher.cli import configuration
    from searcher.cli.messages import tell
    from searcher.cli.named import add_name, tell_none
    from searcher.cli.printable import print_json
    from searcher.cli.screen import screen_of
    from searcher.cli.views.indexes import index_lines, index_records

    context = click.get_current_context()
    if add is not None:
        path, folder = add_name(*add)
        name = add[0]
        tell(say(f"{name} is {folder}, by {path}", f"{name} 是 {folder}，已写入 {path}"))
        return 0
    records = index_records(configuration.of(context))
    if as_json:
        for record in records:
            print_json(record)
    elif records:
        screen = screen_of("auto", None)
        screen.show(index_lines(records, screen.width))
    else:
        tell_none()
    return 0
