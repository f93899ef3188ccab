"""``searcher doctor``."""

import sys

import click

from searcher.cli.options import index_option, json_option
from searcher.cli.usage import Command
from searcher.language import say


@click.command(
    cls=Command,
    short_help=say("Say what is installed and what is wrong.", "检查安装和设置，说明哪里有问题。"),
    help=say(
        "Say which versions there are, whether index, configuration file and terminal are as they "
        "should be, and for what is not, the command that mends it. Of the index only what is "
        "soon told is looked at: searcher check looks at all of it.",
        "显示各部分的版本，检查索引、配置文件和终端是否正常；有问题的，给出处理的命令。"
        "索引只作快速检查，完整检查用 searcher check。",
    ),
    epilog=say("Status: 0 nothing is wrong, 1 something is.", "退出状态：0 没有问题，1 有问题。"),
)
@json_option("Print it as a JSON object.", "以 JSON 输出。")
@index_option
def command(as_json: bool, index: str | None) -> int:
    """Look at everything; returns the exit status."""
    from dataclasses import asdict

    from searcher.cli.doctor import findings
    from searcher.cli.places import keep_choice
    from searcher.cli.printable import print_json
    from searcher.cli.screen import Screen, terminal_width
    from searcher.cli.views.doctor import finding_lines

    context = click.get_current_context()
    if index is not None:
        keep_choice(context, folder=index)
    found = list(findings(context))
    is_well = all(one.state != "wrong" for one in found)
    if as_json:
        print_json({"ok": is_well, "findings": [asdict(one) for one in found]})
    else:
        is_terminal = sys.stdout.isatty()
        width = terminal_width() if is_terminal else None
        # Without colours, since rich may be what is missing.
        Screen(width, is_terminal, False).show(finding_lines(found, width))
    return 0 if is_well else 1
