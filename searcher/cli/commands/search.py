"""``searcher search``."""

import os
from typing import TYPE_CHECKING, Any, Literal

import click

from searcher.cli import NO_HIT
from searcher.cli.options import (
    dictionary_options,
    filter_options,
    index_option,
    json_option,
    offset_of,
    one_of,
    paging_options,
    screen_options,
)
from searcher.cli.query_words import QueryCommand
from searcher.cli.search_options import FROM_STDIN, check_together, output_options
from searcher.language import say

if TYPE_CHECKING:
    from searcher import Explanation, Hit, Index, Synonyms
    from searcher.cli.places import Place
    from searcher.cli.screen import Screen

_EVERYTHING = "*"
_SYNONYMS = "SEARCHER_SYNONYMS"  # environment: a file of synonyms

Facet = Literal["source", "tag", "year"]


@click.command(
    cls=QueryCommand,
    short_help=say("Find documents, the best matches first.", "查找文档，最相关的排在最前。"),
    help=say(
        "Find documents, the best matches first.\n\n"
        "Any text is a query: a few words or a whole question. Simplified and traditional, "
        "full-width and half-width characters are the same. What can be said besides:\n\n"
        "\b\n"
        "  “…” 「…」     exactly these characters\n"
        "  -上海 +上海   without, only with this word\n"
        "  AND OR NOT ( )\n"
        "  标题：理赔     in a field: title body source tag date path,\n"
        "                标题 正文 来源 标签 日期 路径\n"
        "  日期:2022-03..2022-06\n"
        "  保险*  保?险  insurence~  理赔^2\n\n"
        "The shell takes away \"…\" and may act on * ? ( ): put such a query between '…'.\n\n"
        "The query - stands for many: one a line on stdin, and one JSON object for each.",
        "查找文档，最相关的排在最前。\n\n"
        "任何文字都可以用来搜索：几个词，或者一整句话。简体与繁体、全角与半角不加区分。"
        "此外还可以写：\n\n"
        "\b\n"
        "  “…” 「…」     原样包含引号中的文字\n"
        "  -上海 +上海   不含、必含这个词\n"
        "  AND OR NOT ( )\n"
        "  标题：理赔     限定字段：标题 正文 来源 标签 日期 路径，\n"
        "                title body source tag date path\n"
        "  日期:2022-03..2022-06\n"
        "  保险*  保?险  insurence~  理赔^2\n\n"
        "半角引号 \"…\" 会被 shell 去掉，* ? ( ) 也可能被它解释：请把整个查询放进 '…'。\n\n"
        "查询写作 - 时，从标准输入读取许多查询，每行一个，各输出一行 JSON。",
    ),
    epilog=say(
        "\b\nExamples:\n"
        "  searcher search 核酸筛查\n"
        "  searcher search 绿色通道 -上海 --since 2022-03 --sort date\n"
        "  searcher search “空中客服” --json | jq .title\n"
        "  searcher search 理赔 -l -0 | xargs -0 wc -c\n"
        "  searcher search - < queries.txt > answers.jsonl\n\n"
        "Status: 0 there are hits, 1 there are none, 2 error.",
        "\b\n示例：\n"
        "  searcher search 核酸筛查\n"
        "  searcher search 绿色通道 -上海 --since 2022-03 --sort date\n"
        "  searcher search “空中客服” --json | jq .title\n"
        "  searcher search 理赔 -l -0 | xargs -0 wc -c\n"
        "  searcher search - < 查询.txt > 结果.jsonl\n\n"
        "退出状态：0 有结果，1 没有结果，2 出错。",
    ),
)
@click.argument("words", metavar=say("QUERY…", "查询…"), nargs=-1)
@paging_options
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
@filter_options
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
    "--facet",
    metavar="source|tag|year",
    multiple=True,
    callback=one_of("source", "tag", "year"),
    help=say(
        "Count the matching documents by this; may be repeated.",
        "按此项统计全部匹配的文档；可以重复。",
    ),
)
@click.option(
    "--synonyms",
    metavar=say("FILE", "文件"),
    help=say(
        "Look for synonyms as well: one group a line, 电脑, 计算机 or 核酸检测 => PCR. "
        "Default: $SEARCHER_SYNONYMS.",
        "同时查找同义词：每行一组，写作 电脑, 计算机 或 核酸检测 => PCR。"
        "默认取 $SEARCHER_SYNONYMS。",
    ),
)
@click.option(
    "--expand",
    is_flag=True,
    help=say(
        "Look for words as well that the best documents share.",
        "也查找排在最前的文档共有的词。",
    ),
)
@click.option(
    "--explain",
    is_flag=True,
    help=say(
        "Show how the query was read and how scores come about.",
        "显示查询被如何理解、得分从何而来。",
    ),
)
@output_options
@json_option(
    "One JSON object a line for each hit; with --facet a last line with the counts.",
    "每篇结果输出一行 JSON；加 --facet 时最后一行是统计。",
)
@click.option(
    "--html",
    metavar=say("FILE", "文件"),
    help=say(
        "Write the results to FILE as a page that can be mailed; - for stdout.",
        "把结果写成可以邮寄的网页文件；- 表示标准输出。",
    ),
)
@screen_options
@index_option
@dictionary_options(
    "The user dictionary that the index must have been made with.",
    "索引必须是用这个用户词典建立的，否则报错。",
)
def command(
    words: tuple[str, ...],
    limit: int | None,
    page: int | None,
    offset: int,
    mode: Literal["any", "all"],
    all_words: bool,
    plain_syntax: bool,
    since: str | None,
    until: str | None,
    source: tuple[str, ...],
    tag: tuple[str, ...],
    sort: Literal["relevance", "date"],
    facet: tuple[Facet, ...],
    synonyms: str | None,
    expand: bool,
    explain: bool,
    paths: bool,
    null: bool,
    count: bool,
    open_rank: int | None,
    as_json: bool,
    html: str | None,
    width: int | None,
    color: str,
    index: str | None,
    dictionary: str | None,
    stop_words: str | None,
) -> int:
    """Search and show the hits; returns the exit status."""
    from searcher.cli.first_index import open_or_build
    from searcher.cli.places import place_of
    from searcher.cli.screen import screen_of
    from searcher.cli.views.hits import expected_indent

    if as_json and html == "-":
        raise click.UsageError(
            say("--json and --html - both go to stdout", "--json 与 --html - 都要写到标准输出"),
            click.get_current_context(),
        )
    mode = "all" if all_words else mode
    query = " ".join(words)
    is_batch = words == (FROM_STDIN,)
    if not words:
        if not (since or until or source or tag or facet):
            context = click.get_current_context()
            raise click.MissingParameter(ctx=context, param=context.command.params[0])
        query = _EVERYTHING
    _check_together(is_batch)
    offset = offset_of(page, limit, offset)
    syntax: Literal["query", "plain"] = "plain" if plain_syntax and words else "query"
    asked: dict[str, Any] = {
        "limit": limit,
        "offset": offset,
        "syntax": syntax,
        "mode": mode,
        "since": since,
        "until": until,
        "source": source or None,
        "tag": tag or None,
        "sort": sort,
        "facets": facet,
        "synonyms": synonyms_of(synonyms),
        "expand": expand,
    }
    place = place_of(index)
    with open_or_build(place, dictionary, stop_words) as opened:
        if is_batch:
            from searcher.cli.batch import answer_all, standard_input

            asked["limit"] = 0 if count else limit
            return 0 if answer_all(opened, standard_input(), asked) else NO_HIT
        if paths:
            from searcher.cli.outputs import print_paths

            asked["limit"] = limit if "--limit" in _given() else None
            return print_paths(opened, query, asked, null=null)
        if count:
            from searcher.cli.outputs import print_count

            return print_count(opened, query, asked | {"limit": 0})
        screen = screen_of(color, width)
        if open_rank is not None:
            from searcher.cli.outputs import open_hit

            return open_hit(opened, query, asked, open_rank, screen)
        asked["snippet_width"] = screen.snippet_width(expected_indent(offset, limit))
        return _show_hits(
            opened, place, query, asked, screen, explain=explain, as_json=as_json, html=html
        )


def _show_hits(
    index: "Index",
    place: "Place",
    query: str,
    asked: dict[str, Any],
    screen: "Screen",
    *,
    explain: bool,
    as_json: bool,
    html: str | None,
) -> int:
    """Search, and show the hits for people or as JSON; returns the exit status."""
    from searcher.cli.links import links_of
    from searcher.cli.spelling import tell_corrected, tell_suggestion
    from searcher.cli.views.results import print_results, show_results

    results = index.search(query, **asked)

    def explanation_of(hit: "Hit") -> "Explanation | None":
        if not explain:
            return None
        typed = results.suggestion if results.is_corrected else query
        how = {name: asked[name] for name in ("syntax", "mode", "synonyms", "expand")}
        return index.explain(typed or query, hit.id, **how)

    explanations = [explanation_of(hit) for hit in results]
    limit = asked["limit"]
    is_found = bool(results.hits) or (limit == 0 and results.total > 0)
    tell_corrected(results)
    if html:
        from datetime import datetime

        from searcher.cli.views.page import write_page

        write_page(results, explanations, html, datetime.now())
    if as_json:
        print_results(results, explanations)
    elif is_found:
        if not html:
            links = links_of(index, results, screen.link_format)
            show_results(results, explanations, screen, limit=limit, links=links)
    else:
        from searcher.cli.no_hit import tell_no_hit

        tell_no_hit(index, results, place, asked)
    if is_found or as_json:
        tell_suggestion(results)
    return 0 if is_found else NO_HIT


def _given() -> set[str]:
    """The long names of the options that were typed."""
    from click.core import ParameterSource

    context = click.get_current_context()
    return {
        max(param.opts, key=len)
        for param in context.command.params
        if context.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE
    }


def _check_together(is_batch: bool) -> None:
    check_together(_given() | ({FROM_STDIN} if is_batch else set()))


def synonyms_of(option: str | None) -> "Synonyms | None":
    """The synonyms of ``--synonyms``, else those of ``$SEARCHER_SYNONYMS``, if any."""
    path = option or os.environ.get(_SYNONYMS)
    if not path:
        return None
    from searcher import Synonyms

    return Synonyms.load(path)
