"""``searcher completion``."""

import click

from searcher.cli.options import one_of
from searcher.cli.usage import Command
from searcher.language import say


@click.command(
    cls=Command,
    short_help=say("Print what makes a shell complete.", "输出 shell 补全脚本。"),
    help=say(
        "Print a script after which the shell completes commands, options and their values, also "
        "the sources, tags and ids of the index, the names of indexes, and 来源：… in a query.",
        "输出脚本，使 shell 能补全命令、选项和选项的值，包括索引中的来源、标签和 id、"
        "索引的名称，以及查询中的“来源：…”。",
    ),
    epilog=say(
        "\b\nTo have it in each shell:\n"
        "  echo 'eval \"$(searcher completion bash)\"' >> ~/.bashrc\n"
        "  echo 'eval \"$(searcher completion zsh)\"' >> ~/.zshrc\n"
        "  searcher completion fish > ~/.config/fish/completions/searcher.fish",
        "\b\n让每个 shell 都有补全：\n"
        "  echo 'eval \"$(searcher completion bash)\"' >> ~/.bashrc\n"
        "  echo 'eval \"$(searcher completion zsh)\"' >> ~/.zshrc\n"
        "  searcher completion fish > ~/.config/fish/completions/searcher.fish",
    ),
)
@click.argument("shell", metavar="bash|zsh|fish", callback=one_of("bash", "zsh", "fish"))
def command(shell: str) -> int:
    """Print the script of a shell; returns the exit status."""
    from searcher.cli.completing.shells import SCRIPTS

    click.echo(SCRIPTS[shell], nl=False)
    return 0
