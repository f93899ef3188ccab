"""``searcher index``."""

import click

from searcher.cli.options import (
    dictionary_options,
    index_option,
    layout_options,
    report_options,
    resource_options,
    selection_options,
    wait_option,
    whole_number,
)
from searcher.cli.usage import Command
from searcher.language import say

_COMMIT_EVERY = "60"


@click.command(
    cls=Command,
    short_help=say(
        "Index folders, or bring their index up to date.", "索引文件夹，或把索引更新到最新。"
    ),
    help=say(
        "Make the index equal to folders: what is new or has changed is read, what is gone is "
        "removed, the rest is left alone. A file that cannot be read is skipped and named. "
        "Hidden files, and what .gitignore and .searcherignore say, are left out.\n\n"
        "Without PATH: the folders it was made from, with the same choice of files, else "
        "./corpus.",
        "让索引与文件夹一致：读入新增和改动的文件，删去已不存在的，其余不动。"
        "读不了的文件会跳过，并说明原因。"
        "隐藏文件，以及 .gitignore 和 .searcherignore 所列的文件不读。\n\n"
        "不写路径时：取索引原来的文件夹和原来选取的文件，否则取 ./corpus。",
    ),
    epilog=say(
        "\b\nExamples:\n"
        "  searcher index ~/文档 ~/笔记\n"
        "  searcher index            again, later\n"
        "  searcher index --watch    again, whenever something changes\n\n"
        "Status: 0 all was read, 1 with --strict: some files were skipped, 2 error, "
        "130 interrupted by Ctrl-C, 143 ended by SIGTERM.",
        "\b\n示例：\n"
        "  searcher index ~/文档 ~/笔记\n"
        "  searcher index            以后再更新\n"
        "  searcher index --watch    随时更新\n\n"
        "退出状态：0 全部读入，1 加了 --strict 且有文件被跳过，2 出错，"
        "130 被 Ctrl-C 中断，143 被 SIGTERM 终止。",
    ),
)
@click.argument("paths", metavar=say("[PATH]…", "[路径]…"), nargs=-1)
@index_option
@dictionary_options(
    "A user dictionary in jieba's format, for a new index.",
    "用户词典（jieba 格式），用于新建的索引。",
)
@selection_options
@click.option(
    "--dry-run",
    is_flag=True,
    help=say("Only say what would be done.", "只说明会做什么，不作改动。"),
)
@click.option(
    "--watch",
    is_flag=True,
    help=say(
        "Go on until Ctrl-C: whenever something changes, bring the index up to date.",
        "一直运行到按 Ctrl-C：文件一有变化就更新索引。",
    ),
)
@click.option(
    "--commit-every",
    metavar=say("SECONDS", "秒数"),
    default=_COMMIT_EVERY,
    callback=whole_number(0),
    help=say(
        "Make what is finished visible at such intervals, and keep it if interrupted; "
        "0: all at once at the end. Default: 60.",
        "每隔这么久提交一次已完成的部分，中断时不会丢失；0 表示最后一次提交。默认 60。",
    ),
)
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
    dry_run: bool,
    watch: bool,
    commit_every: int,
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
    """Make the index equal to folders; returns the exit status."""
    from searcher.cli.building import Reporting
    from searcher.cli.places import folders_for, place_of, selection_for
    from searcher.cli.syncing import Job

    if watch and (dry_run or strict):
        other = "--dry-run" if dry_run else "--strict"
        raise click.UsageError(
            say(f"--watch and {other} do not go together", f"--watch 和 {other} 不能同时使用"),
            click.get_current_context(),
        )
    place = place_of(index)
    selection = selection_for(
        place, paths, include=include, exclude=exclude, hidden=hidden, no_ignore=no_ignore
    )
    job = Job(
        place,
        folders_for("index", place, paths),
        dictionary=dictionary,
        stop_words=stop_words,
        selection=selection,
        commit_every=commit_every or None,
        jobs=jobs,
        memory=memory,
        shards=shards,
        replicas=replicas,
    )
    reporting = Reporting(as_json, quiet, verbose, strict, errors)
    if watch:
        return job.watch(reporting)
    return job.sync(reporting, wait=wait, dry_run=dry_run)
