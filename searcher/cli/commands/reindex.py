"""``searcher reindex``."""

import click

from searcher.cli.options import (
    dictionary_options,
    index_option,
    report_options,
    resource_options,
)
from searcher.cli.usage import Command
from searcher.language import say


@click.command(
    cls=Command,
    short_help=say("Build an index anew and swap it in.", "重建索引，完成后替换旧的。"),
    help=say(
        "Build the index anew, beside the old one, which is in force until the new one is whole. "
        "It mends an index that is damaged, of another version, or made with another "
        "dictionary.\n\n"
        "Without PATH: the folders it was made from, else ./corpus. Without --dict and "
        "--stop-words: those it was made with.",
        "另行重建索引，建成之前旧索引照常使用。索引损坏、版本不同、需要换词典时用它。\n\n"
        "不写路径时：取索引原来的文件夹，否则取 ./corpus。"
        "不写 --dict 和 --stop-words 时：沿用原来的词典和停用词。",
    ),
    epilog=say(
        "\b\nExample:\n  searcher reindex --dict 保险词典.txt",
        "\b\n示例：\n  searcher reindex --dict 保险词典.txt",
    ),
)
@click.argument("paths", metavar=say("[PATH]…", "[路径]…"), nargs=-1)
@index_option
@dictionary_options("A user dictionary in jieba's format.", "用户词典（jieba 格式）。")
@resource_options
@report_options
def command(
    paths: tuple[str, ...],
    index: str | None,
    dictionary: str | None,
    stop_words: str | None,
    jobs: int | None,
    memory: int | None,
    strict: bool,
    errors: str | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Build an index from nothing; returns the exit status."""
    from searcher import Index
    from searcher.cli.building import Reporting, run_and_report
    from searcher.cli.places import folders_for, place_of

    place = place_of(index)
    folders = folders_for("reindex", place, paths)
    return run_and_report(
        lambda progress: Index.build(
            place.path,
            folders,
            dictionary=dictionary,
            stop_words=stop_words,
            progress=progress,
            jobs=jobs,
            memory=memory,
        ),
        Reporting(as_json, quiet, verbose, strict, errors),
    )
