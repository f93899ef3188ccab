"""``searcher mcp``."""

import click

from searcher.cli.options import index_option
from searcher.cli.usage import Command
from searcher.language import say


@click.command(
    cls=Command,
    short_help=say("Let an assistant search, by MCP.", "让 AI 助手搜索（MCP）。"),
    help=say(
        "Let an assistant search the index and read its documents: a server of the Model Context "
        "Protocol on standard input and output, with the tools search, show and status. Nothing "
        "can be changed by it. It is not started by hand but by the assistant's program; as in:\n\n"
        "\b\n"
        '  {"mcpServers": {"searcher": {"command": "searcher",\n'
        '    "args": ["mcp", "--index", "/home/me/index"]}}}',
        "让 AI 助手搜索索引、阅读文档：在标准输入输出上的 MCP（Model Context Protocol）服务，"
        "提供 search、show、status 三个工具，不能作任何改动。它由助手程序启动，例如配置：\n\n"
        "\b\n"
        '  {"mcpServers": {"searcher": {"command": "searcher",\n'
        '    "args": ["mcp", "--index", "/home/me/index"]}}}',
    ),
    epilog=say(
        "It needs the package mcp: pip install 'mcp>=2.3,<3'.",
        "需要 mcp 包：pip install 'mcp>=2.3,<3'。",
    ),
)
@index_option
def command(index: str | None) -> int:
    """Serve until the input ends; returns the exit status."""
    from searcher.assistant import serve
    from searcher.cli.places import place_of

    serve(place_of(index).path)
    return 0
