"""``searcher show``."""

import click

from searcher.cli import NO_HIT
from searcher.cli.options import index_option, json_option, screen_options
from searcher.cli.usage import Command
from searcher.language import say


@click.command(
    cls=Command,
    short_help=say("Show a whole document.", "显示一篇文档的全文。"),
    help=say(
        "Show a document: its title, all that is known of it, and its text.\n\n"
        "ID is what search shows behind the score: the path of the file, unless the document has "
        "an id of its own.",
        "显示一篇文档：标题、全部字段和正文。\n\n"
        "ID 就是搜索结果中得分、日期之后的那一项：文件路径，或者文档自己的 id。",
    ),
    epilog=say("Status: 1 if there is no such document.", "退出状态：没有这篇文档时为 1。"),
)
@click.argument("document_id", metavar="ID")
@click.option(
    "--query",
    metavar=say("QUERY", "查询"),
    help=say("Highlight what this query finds.", "标出这个查询找到的文字。"),
)
@click.option(
    "--open",
    "opens",
    is_flag=True,
    help=say(
        "Open its file in $VISUAL or $EDITOR, with --query at the match.",
        "用 $VISUAL 或 $EDITOR 打开它所在的文件；有 --query 时跳到匹配处。",
    ),
)
@json_option("Print the document as a JSON object.", "以 JSON 输出。")
@screen_options
@index_option
def command(
    document_id: str,
    query: str | None,
    opens: bool,
    as_json: bool,
    width: int | None,
    color: str,
    index: str | None,
) -> int:
    """Show a document; returns the exit status."""
    from dataclasses import asdict

    from searcher.cli.places import open_index, place_of, tell_unknown
    from searcher.cli.printable import print_json
    from searcher.cli.screen import Span, screen_of
    from searcher.cli.views.document import document_lines

    if opens and as_json:
        raise click.UsageError(
            say("--open and --json do not go together", "--open 和 --json 不能同时用")
        )
    place = place_of(index)
    title_spans: tuple[Span, ...] = ()
    body_spans: tuple[Span, ...] = ()
    with open_index(place) as opened:
        document = opened.get(document_id)
        if document is None:
            tell_unknown(document_id, place)
            return NO_HIT
        if query is not None:
            title_spans = opened.highlight(query, document.title)
            body_spans = opened.highlight(query, document.body)
        if opens:
            from searcher.api.locating import locator
            from searcher.cli.opening import hit_of, target_of
            from searcher.cli.outputs import open_target

            hit = hit_of(document, title_spans, body_spans)
            if open_target(target_of(locator(opened), hit)):
                return 0
    if as_json:
        record = asdict(document)
        record["date"] = document.date.isoformat() if document.date else None
        if query is not None:
            record |= {"title_spans": title_spans, "body_spans": body_spans}
        print_json(record)
    else:
        screen = screen_of(color, width)
        screen.show(document_lines(document, screen, title_spans, body_spans))
    return 0
