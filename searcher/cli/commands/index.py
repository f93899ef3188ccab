"""``searcher index``."""

from typing import TYPE_CHECKING

import click

from searcher.cli.options import (
    dictionary_options,
    index_option,
    report_options,
    resource_options,
)
from searcher.cli.usage import Command
from searcher.language import say

if TYPE_CHECKING:
    from searcher import ProgressCallback


@click.command(
    cls=Command,
    short_help=say(
        "Index folders, or bring their index up to date.", "索引文件夹，或把索引更新到最新。"
    ),
    help=say(
        "Make the index equal to folders: what is new or has changed is read, what is gone is "
        "removed, the rest is left alone. A file that cannot be read is skipped and named.\n\n"
        "Without PATH: the folders it was made from, else ./corpus.",
        "让索引与文件夹一致：读入新增和改动的文件，删去已不存在的，其余不动。"
        "读不了的文件会跳过，并说明原因。\n\n"
        "不写路径时：取索引原来的文件夹，否则取 ./corpus。",
    ),
    epilog=say(
        "\b\nExamples:\n  searcher index ~/文档 ~/笔记\n  searcher index            again, later",
        "\b\n示例：\n  searcher index ~/文档 ~/笔记\n  searcher index            以后再更新",
    ),
)
@click.argument("paths", metavar=say("[PATH]…", "[路径]…"), nargs=-1)
@index_option
@dictionary_options(
    "A user dictionary in jieba's format, for a new index.",
    "用户词典（jieba 格式），用于新建的索引。",
)
@click.option(
    "--watch",
    is_flag=True,
    help=say(
        "Go on until Ctrl-C: whenever something changes, bring the index up to date.",
        "一直运行到按 Ctrl-C：文件一有变化就更新索引。",
    ),
)
@resource_options
@report_options
def command(
    paths: tuple[str, ...],
    index: str | None,
    dictionary: str | None,
    stop_words: str | None,
    watch: bool,
    jobs: int | None,
    memory: int | None,
    strict: bool,
    errors: str | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Make the index equal to folders; returns the exit status."""
    from functools import partial
    from threading import Event

    import searcher
    from searcher import Index, IndexNotFound, Report
    from searcher.cli.building import Reporting, run_and_report
    from searcher.cli.places import folders_for, place_of

    place = place_of(index)
    folders = folders_for("index", place, paths)
    reporting = Reporting(as_json, quiet, verbose, strict, errors)
    if watch:
        from searcher.cli.watching import run_watch

        return run_watch(
            partial(
                searcher.watch,
                place.path,
                folders,
                stop=Event(),  # what stops it are signals
                dictionary=dictionary,
                stop_words=stop_words,
                jobs=jobs,
                memory=memory,
            ),
            folders,
            reporting,
        )

    def work(progress: "ProgressCallback | None") -> Report:
        try:
            opened = Index.open(place.path, dictionary=dictionary, stop_words=stop_words)
        except IndexNotFound:
            # Unlike an empty index that is then filled, this leaves nothing behind if it fails.
            return Index.build(
                place.path,
                folders,
                dictionary=dictionary,
                stop_words=stop_words,
                progress=progress,
                jobs=jobs,
                memory=memory,
            )
        with opened:
            return opened.sync(folders, progress=progress, jobs=jobs, memory=memory)

    return run_and_report(work, reporting)
