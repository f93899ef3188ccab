"""``searcher stats``."""

import click

from searcher.cli.options import index_option, json_option, screen_options
from searcher.cli.usage import Command
from searcher.language import say


@click.command(
    cls=Command,
    short_help=say(
        "Draw what is in the index: by month, source, format.", "画出索引的构成：月份、来源、格式。"
    ),
    help=say(
        "Draw how many documents there are by month, by source and by format, and how large each "
        "part of the index is. Without a terminal the same numbers come without bars.",
        "画出各月份、各来源、各格式有多少文档，以及索引各部分的大小。"
        "输出不是终端时，只给出数字，不画图。",
    ),
)
@json_option("Print it as a JSON object, with all sources.", "以 JSON 输出，包含全部来源。")
@screen_options
@index_option
def command(as_json: bool, width: int | None, color: str, index: str | None) -> int:
    """Draw what is in the index; returns the exit status."""
    from dataclasses import asdict

    from searcher.cli.places import open_index, place_of
    from searcher.cli.printable import print_json
    from searcher.cli.screen import screen_of
    from searcher.cli.views.stats import statistics_lines

    with open_index(place_of(index)) as opened:
        statistics = opened.statistics()
    if as_json:
        print_json(asdict(statistics))
    else:
        screen = screen_of(color, width)
        screen.show(statistics_lines(statistics, screen))
    return 0
