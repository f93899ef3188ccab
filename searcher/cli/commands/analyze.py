"""``searcher analyze``."""

from typing import TYPE_CHECKING

import click

from searcher.cli.look import plain_option
from searcher.cli.options import index_option, json_option
from searcher.cli.query_words import QueryCommand
from searcher.language import say

if TYPE_CHECKING:
    from searcher import Analysis
    from searcher.cli.places import Place


@click.command(
    cls=QueryCommand,
    short_help=say("Show how a text is cut into terms.", "显示一段文字如何被切分。"),
    help=say(
        "Show what a text is to the index: how it is folded (case, width, traditional to "
        "simplified), which words it is cut into and which pairs of characters it has. It helps "
        "to see why something is found or not.\n\n"
        "Without an index: as one made without a user dictionary would cut it.",
        "显示一段文字在索引里的样子：如何折叠（大小写、全半角、繁转简），切成哪些词，"
        "有哪些相邻的两个字。想知道为什么找得到或找不到时用它。\n\n"
        "没有索引时：按不带用户词典的索引来切分。",
    ),
)
@click.argument("words", metavar=say("TEXT…", "文字…"), nargs=-1, required=True)
@json_option("Print it as a JSON object.", "以 JSON 输出。")
@plain_option
@index_option
def command(words: tuple[str, ...], as_json: bool, index: str | None) -> int:
    """Show how a text is cut; returns the exit status."""
    from dataclasses import asdict

    from searcher.cli.places import place_of
    from searcher.cli.printable import print_json
    from searcher.cli.screen import Line, Piece, screen_of, styled
    from searcher.cli.views.table import fields

    analysis = _analysis(place_of(index), " ".join(words))
    if as_json:
        print_json(asdict(analysis))
        return 0
    screen = screen_of("auto", None)
    separator = Piece(" / ", "dim")
    rows: list[tuple[str, Line]] = [(say("folded", "折叠"), styled(analysis.folded))]
    for name, terms in (
        (say("words", "词"), analysis.words),
        (say("pairs", "二元"), analysis.grams),
    ):
        pieces = [piece for term in terms for piece in (separator, *styled(term))]
        rows.append((name, pieces[1:]))
    screen.show(fields(rows, screen.width, is_plain=screen.is_plain))
    return 0


def _analysis(place: "Place", text: str) -> "Analysis":
    from searcher import IndexNotFound
    from searcher.cli.messages import tell
    from searcher.cli.places import open_index

    try:
        with open_index(place) as opened:
            return opened.analyze(text)
    except IndexNotFound:
        if place.is_named:
            raise
    tell(
        say(
            f"there is no index at {place}: this is what the default dictionary does",
            f"{place} 没有索引：以下按默认词典切分",
        )
    )
    return _analysis_without_index(text)


def _analysis_without_index(text: str) -> "Analysis":
    """By jieba's dictionary alone."""
    from searcher import Analysis
    from searcher.text import Analyzer, Dictionary, Folding, gram_counts

    folding = Folding.from_opencc()
    analyzer = Analyzer(folding, Dictionary.compile(folding))
    folded = folding.fold(text)
    return Analysis(
        folded=folded,
        words=tuple(token.term for token in analyzer.words(folded)),
        grams=tuple(gram for gram in gram_counts(folded) if len(gram) == 2),
    )
