"""``searcher status``."""

import click

from searcher.cli.look import plain_option
from searcher.cli.options import index_option, json_option
from searcher.cli.usage import Command
from searcher.language import say


@click.command(
    cls=Command,
    short_help=say("Say what is in the index.", "显示索引的状况。"),
    help=say(
        "Say what is in the index: how many documents, from which folders, with which dictionary.",
        "显示索引的状况：有多少文档、来自哪些文件夹、用的什么词典。",
    ),
)
@json_option("Print it as a JSON object.", "以 JSON 输出。")
@plain_option
@index_option
def command(as_json: bool, index: str | None) -> int:
    """Say what is in the index; returns the exit status."""
    from dataclasses import asdict

    from searcher.cli.places import open_index, place_of
    from searcher.cli.printable import print_json
    from searcher.cli.screen import screen_of
    from searcher.cli.views.status import status_lines

    with open_index(place_of(index)) as opened:
        status = opened.status()
    if as_json:
        print_json(asdict(status))
    else:
        screen = screen_of("auto", None)
        screen.show(status_lines(status, screen))
    return 0
