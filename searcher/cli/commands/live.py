"""``searcher live``."""

import sys
from typing import Literal

import click

from searcher.cli import INTERRUPTED, NO_HIT
from searcher.cli.options import date_options, index_option, one_of
from searcher.cli.query_words import QueryCommand
from searcher.language import say


@click.command(
    cls=QueryCommand,
    short_help=say("Search while you type.", "边输入边搜索。"),
    help=say(
        "Search while you type, with filters and a preview. searcher alone does the same.\n\n"
        "Enter opens the document at the match, in $VISUAL, $EDITOR or the pager; Tab copies its "
        "path; F1 shows all keys; Esc leaves.",
        "边输入边搜索，带筛选和预览。只输入 searcher 也一样。\n\n"
        "回车在匹配处打开文档（$VISUAL、$EDITOR 或分页器），Tab 复制路径，F1 显示全部按键，"
        "Esc 退出。",
    ),
    epilog=say(
        "\b\nExamples:\n"
        "  searcher live 核酸\n"
        '  vim "$(searcher live --print)"\n\n'
        "Status: with --print, 1 if nothing was chosen.",
        "\b\n示例：\n"
        "  searcher live 核酸\n"
        '  vim "$(searcher live --print)"\n\n'
        "退出状态：加 --print 而没有选定时为 1。",
    ),
)
@click.argument("words", metavar=say("[QUERY]…", "[查询]…"), nargs=-1)
@click.option(
    "--print",
    "gives_path",
    is_flag=True,
    help=say(
        "Enter leaves and prints the path, in place of opening it.",
        "按回车时退出并输出路径，而不是打开。",
    ),
)
@click.option(
    "--mode",
    metavar="any|all",
    default="any",
    callback=one_of("any", "all"),
    help=say(
        "Whether any word is enough (the default) or all must be there.",
        "含任何一个词即可（any，默认），还是必须含全部的词（all）。",
    ),
)
@click.option(
    "--all", "all_words", is_flag=True, help=say("Short for --mode all.", "即 --mode all。")
)
@click.option(
    "--plain-syntax",
    is_flag=True,
    help=say("Read the query as text without operators.", "把查询当作纯文字，不解释运算符。"),
)
@click.option(
    "--source",
    metavar=say("NAME", "名称"),
    multiple=True,
    help=say("Choose this source; may be repeated.", "预先选定这个来源；可以重复。"),
)
@click.option(
    "--tag",
    metavar=say("TAG", "标签"),
    multiple=True,
    help=say("Choose this tag; may be repeated.", "预先选定这个标签；可以重复。"),
)
@date_options
@click.option(
    "--sort",
    metavar="relevance|date",
    default="relevance",
    callback=one_of("relevance", "date"),
    help=say(
        "The best first (the default) or the newest first.",
        "按相关度（relevance，默认）或按日期从新到旧（date）排列。",
    ),
)
@click.option(
    "--synonyms",
    metavar=say("FILE", "文件"),
    help=say(
        "Look for synonyms as well. Default: $SEARCHER_SYNONYMS.",
        "同时查找同义词。默认取 $SEARCHER_SYNONYMS。",
    ),
)
@click.option(
    "--mark", is_flag=True, help=say("Put matches in [brackets].", "用 [方括号] 标出匹配的文字。")
)
@click.option(
    "--no-history",
    is_flag=True,
    help=say(
        "Keep no queries, and offer none. Else Ctrl-R has those whose hits were opened or copied.",
        "不记录也不提供以前的查询；否则 Ctrl-R 可找回曾打开或复制过结果的查询。",
    ),
)
@index_option
def command(
    words: tuple[str, ...],
    gives_path: bool,
    mode: Literal["any", "all"],
    all_words: bool,
    plain_syntax: bool,
    source: tuple[str, ...],
    tag: tuple[str, ...],
    since: str | None,
    until: str | None,
    sort: Literal["relevance", "date"],
    synonyms: str | None,
    mark: bool,
    no_history: bool,
    index: str | None,
) -> int:
    """Open the live search; returns the exit status."""
    from searcher.cli.live_terminal import obstacle
    from searcher.errors import SearcherError

    # With --print, stdout may be a pipe: what is to be seen goes to stderr.
    reason = obstacle(needs_stdout=not gives_path)
    if reason:
        raise SearcherError(reason)

    from searcher.cli.commands.search import synonyms_of
    from searcher.cli.live.history import History, history_file
    from searcher.cli.live.questions import Chosen, Manner
    from searcher.cli.live.running import run
    from searcher.cli.places import place_of
    from searcher.query.dates import typed_period

    chosen = Chosen(source, tag, since=since or None, until=until or None)
    for name, date in (("since", chosen.since), ("until", chosen.until)):
        if date is not None:
            typed_period(date, name)
    manner = Manner(
        "all" if all_words else mode,
        "plain" if plain_syntax else "query",
        synonyms_of(synonyms),
        mark,
    )
    app = run(
        place_of(index),
        manner,
        query=" ".join(words),
        chosen=chosen,
        order=sort,
        gives_path=gives_path,
        history=History(None if no_history else history_file()),
    )
    if app.was_interrupted:
        return INTERRUPTED
    path = app.return_value
    if not gives_path:
        return 0
    if path is None:
        return NO_HIT
    sys.stdout.write(f"{path}\n")
    return 0
