"""``searcher check``."""

import click

from searcher.cli.options import index_option, json_option
from searcher.cli.usage import Command
from searcher.language import say


@click.command(
    cls=Command,
    short_help=say("Look whether the index is whole.", "检查索引是否完好。"),
    help=say(
        "Look whether the index is whole: every file against its checksum, what is in the files "
        "against each other, and a sample of documents against what is found by them. What is "
        "wrong is named, a file a line, with what to do. Others may search and index meanwhile.\n\n"
        "Exit status: 0 whole, 1 something is wrong, 2 there is no index.",
        "检查索引是否完好：逐个文件核对校验和，核对文件之间的内容，并抽取部分文档重新分词、"
        "与索引比对。每个问题一行，说明所在文件和处理办法。检查时可以照常搜索和索引。\n\n"
        "退出码：0 完好，1 发现问题，2 没有索引。",
    ),
)
@click.option(
    "--all",
    "takes_all",
    is_flag=True,
    help=say("Cut all documents again, not 200.", "对全部文档（而非 200 个）重新分词比对。"),
)
@json_option("Print it as a JSON object.", "以 JSON 输出。")
@index_option
def command(takes_all: bool, as_json: bool, index: str | None) -> int:
    """Look whether the index is whole; returns the exit status."""
    from dataclasses import asdict

    from searcher import Index, Progress
    from searcher.cli.messages import tell
    from searcher.cli.places import place_of
    from searcher.cli.printable import print_json, printable
    from searcher.cli.progress import Stage, progress_bar
    from searcher.cli.views.check import checked_line, problem_line

    sample = {"sample": None} if takes_all else {}
    with progress_bar(say("checking", "检查中")) as advance:

        def on_progress(progress: Progress) -> None:
            if advance is not None:
                advance(Stage(progress.done, progress.total, progress.name))

        report = Index.check(place_of(index).path, progress=on_progress, **sample)
    if as_json:
        print_json({**asdict(report), "ok": report.ok})
    else:
        for problem in report.problems:
            click.echo(printable(problem_line(problem)))
        tell(checked_line(report))
    return 0 if report.ok else 1
