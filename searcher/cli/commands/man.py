"""``searcher man``."""

import click

from searcher.cli.usage import Command
from searcher.language import say


@click.command(
    cls=Command,
    short_help=say("Print the manual page.", "输出手册页。"),
    help=say(
        "Print the manual page, made of all that the help pages say, as man reads it.",
        "输出手册页（man 格式），内容取自各命令的帮助。",
    ),
    epilog=say(
        "\b\nExamples:\n"
        "  searcher man | man -l -\n"
        "  searcher man > ~/.local/share/man/man1/searcher.1",
        "\b\n示例：\n"
        "  searcher man | man -l -\n"
        "  searcher man > ~/.local/share/man/man1/searcher.1",
    ),
)
def command() -> int:
    """Print the manual page; returns the exit status."""
    from searcher.cli.manual import manual

    click.echo(manual(), nl=False)
    return 0
