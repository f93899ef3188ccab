"""``searcher export``."""

import click

from searcher.cli.options import index_option
from searcher.cli.usage import Command
from searcher.language import say

_STDOUT = "-"
_FEW = 3  # names that are shown


@click.command(
    cls=Command,
    short_help=say("Write all documents as JSON Lines.", "把全部文档导出为 JSON Lines。"),
    help=say(
        "Write all documents as JSON Lines, one a line, to FILE or to standard output.\n\n"
        "searcher index reads them back just as they are, so this is a copy of what is in an "
        "index, to keep or to take elsewhere. A FILE whose name ends in .gz, .bz2 or .xz is "
        "packed; it is there when it is whole. Others may search and index meanwhile.",
        "把全部文档导出为 JSON Lines，每篇一行，写入文件或标准输出。\n\n"
        "searcher index 能把它们原样读回，因此可用来备份或迁移索引。"
        "文件名以 .gz、.bz2、.xz 结尾时会压缩；写完整之后才会出现。导出时可以照常搜索和索引。",
    ),
    epilog=say(
        "\b\nExamples:\n"
        "  searcher export backup.jsonl.gz\n"
        "  searcher index backup.jsonl.gz --index elsewhere\n"
        "  searcher export | jq -r .title",
        "\b\n示例：\n"
        "  searcher export backup.jsonl.gz\n"
        "  searcher index backup.jsonl.gz --index elsewhere\n"
        "  searcher export | jq -r .title",
    ),
)
@click.argument("file", metavar=say("[FILE]", "[文件]"), default=_STDOUT)
@click.option(
    "-q", "--quiet", is_flag=True, help=say("Say nothing but errors.", "除错误外什么也不显示。")
)
@index_option
def command(file: str, quiet: bool, index: str | None) -> int:
    """Write all documents; returns the exit status."""
    import sys

    from searcher import Progress
    from searcher.cli.messages import in_documents, tell
    from searcher.cli.places import open_index, place_of
    from searcher.cli.progress import Stage, progress_bar
    from searcher.documents.exported import to_line

    with open_index(place_of(index)) as opened:
        if file == _STDOUT and sys.stdout.isatty():
            for document in opened.documents():
                sys.stdout.write(to_line(document))
            return 0
        with progress_bar(say("exporting", "导出中")) as advance:

            def on_progress(progress: Progress) -> None:
                if advance is not None:
                    now = "" if file == _STDOUT else file
                    advance(Stage(progress.done, progress.total, now, progress.documents))

            stdout = getattr(sys.stdout, "buffer", sys.stdout)  # UTF-8, whatever the locale says
            done = opened.export(stdout if file == _STDOUT else file, progress=on_progress)
    if not quiet:
        if file != _STDOUT:
            tell(
                say(
                    f"{in_documents(done.documents)} written to {file}",
                    f"已把 {in_documents(done.documents)}文档写入 {file}",
                )
            )
        if done.too_large:
            names = say(", ", "、").join(done.too_large[:_FEW])
            if len(done.too_large) > _FEW:
                names += "…"
            tell(
                say(
                    f"too large to be read back as one document: {names}",
                    f"因过大而无法作为一篇文档读回：{names}",
                )
            )
    return 0
