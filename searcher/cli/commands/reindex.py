"""``searcher reindex``."""

from typing import TYPE_CHECKING

import click

from searcher.cli.options import (
    dictionary_options,
    index_option,
    layout_options,
    report_options,
    resource_options,
    selection_options,
    wait_option,
)
from searcher.cli.usage import Command
from searcher.language import say

if TYPE_CHECKING:
    from searcher import ProgressCallback


@click.command(
    cls=Command,
    short_help=say("Build an index anew and swap it in.", "重建索引，完成后替换旧的。"),
    help=say(
        "Build the index anew, beside the old one, which is in force until the new one is whole. "
        "It mends an index that is damaged, of another version, or made with another "
        "dictionary.\n\n"
        "Without PATH: the folders it was made from, with the same choice of files, else "
        "./corpus. Without --dict and "
        "--stop-words: those it was made with.",
        "另行重建索引，建成之前旧索引照常使用。索引损坏、版本不同、需要换词典时用它。\n\n"
        "不写路径时：取索引原来的文件夹和原来选取的文件，否则取 ./corpus。"
        "不写 --dict 和 --stop-words 时：沿用原来的词典和停用词。",
    ),
    epilog=say(
        "\b\nExample:\n  searcher reindex --dict 保险词典.txt\n\n"
        "Status: 0 all was read, 1 with --strict: some files were skipped, 2 error, "
        "130 interrupted by Ctrl-C, 143 ended by SIGTERM.",
        "\b\n示例：\n  searcher reindex --dict 保险词典.txt\n\n"
        "退出状态：0 全部读入，1 加了 --strict 且有文件被跳过，2 出错，"
        "130 被 Ctrl-C 中断，143 被 SIGTERM 终止。",
    ),
)
@click.argument("paths", metavar=say("[PATH]…", "[路径]…"), nargs=-1)
@index_option
@dictionary_options("A user dictionary in jieba's format.", "用户词典（jieba 格式）。")
@selection_options
@wait_option
@resource_options
@layout_options
@report_options
def command(
    paths: tuple[str, ...],
    index: str | None,
    dictionary: str | None,
    stop_words: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    hidden: bool,
    no_ignore: bool,
    wait: int | None,
    jobs: int | None,
    memory: int | None,
    shards: int | None,
    replicas: int | None,
    strict: bool,
    errors: str | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Build an index from nothing; returns the exit status."""
    from functools import partial

    from searcher import Index, Report
    from searcher.cli.building import Reporting, patiently, run_and_report
    from searcher.cli.places import folders_for, place_of, selection_for

    place = place_of(index)
    folders = folders_for("reindex", place, paths)
    selection = selection_for(
        place, paths, include=include, exclude=exclude, hidden=hidden, no_ignore=no_ignore
    )

    def build(progress: "ProgressCallback | None", seconds: float) -> Report:
        return Index.build(
            place.path,
            folders,
            dictionary=dictionary,
            stop_words=stop_words,
            selection=selection,
            progress=progress,
            jobs=jobs,
            memory=memory,
            wait=seconds,
            shards=shards,
            replicas=replicas,
        )

    return run_and_report(
        lambda progress: patiently(partial(build, progress), wait),
        Reporting(as_json, quiet, verbose, strict, errors),
    )
