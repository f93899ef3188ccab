"""``searcher similar``."""

import click

from searcher.cli import NO_HIT
from searcher.cli.options import (
    filter_options,
    index_option,
    json_option,
    offset_of,
    paging_options,
    screen_options,
)
from searcher.cli.usage import Command
from searcher.language import say


@click.command(
    cls=Command,
    short_help=say("Find documents like one.", "查找与某篇相似的文档。"),
    help=say(
        "Find the documents that are most like one: those that share the words that tell most of "
        "it.\n\n"
        "ID is what search shows behind the score: the path of the file, unless the document has "
        "an id of its own.",
        "查找与某篇文档最相似的文档：含有同样的关键词语的文档。\n\n"
        "ID 就是搜索结果中得分、日期之后的那一项：文件路径，或者文档自己的 id。",
    ),
    epilog=say(
        "\b\nExamples:\n"
        "  searcher similar faq-01\n"
        "  searcher similar news/2022-03-29.md -n 3 --since 2022 --json\n\n"
        "Status: 0 there are some, 1 there are none, or no such document, 2 error.",
        "\b\n示例：\n"
        "  searcher similar faq-01\n"
        "  searcher similar news/2022-03-29.md -n 3 --since 2022 --json\n\n"
        "退出状态：0 有相似的，1 没有，或没有这篇文档，2 出错。",
    ),
)
@click.argument("document_id", metavar="ID")
@paging_options
@filter_options
@json_option("One JSON object a line for each document.", "每篇文档输出一行 JSON。")
@screen_options
@index_option
def command(
    document_id: str,
    limit: int | None,
    page: int | None,
    offset: int,
    since: str | None,
    until: str | None,
    source: tuple[str, ...],
    tag: tuple[str, ...],
    as_json: bool,
    width: int | None,
    color: str,
    index: str | None,
) -> int:
    """Show similar documents; returns the exit status."""
    from searcher.cli.links import links_of
    from searcher.cli.messages import tell
    from searcher.cli.places import open_index, place_of, tell_unknown
    from searcher.cli.screen import screen_of
    from searcher.cli.views.hits import expected_indent
    from searcher.cli.views.results import print_results, show_results

    offset = offset_of(page, limit, offset)
    place = place_of(index)
    screen = screen_of(color, width)
    indent = expected_indent(offset, limit)
    with open_index(place) as opened:
        results = opened.similar(
            document_id,
            limit=limit,
            offset=offset,
            since=since,
            until=until,
            source=source or None,
            tag=tag or None,
            snippet_width=screen.snippet_width(indent),
        )
        if results is None:
            tell_unknown(document_id, place)
            return NO_HIT
        is_found = bool(results.hits) or (limit == 0 and results.total > 0)
        links = [] if as_json else links_of(opened, results, screen.link_format)
    if not is_found:
        tell(say("no document is like it", "没有与它相似的文档"))
    elif as_json:
        print_results(results, [None] * len(results))
    else:
        show_results(results, [None] * len(results), screen, limit=limit, links=links)
    return 0 if is_found else NO_HIT
