"""``searcher evaluate``."""

from typing import TYPE_CHECKING

import click

from searcher.cli.look import plain_option
from searcher.cli.options import index_option, json_option
from searcher.cli.usage import Command
from searcher.language import say

if TYPE_CHECKING:
    from searcher import Index
    from searcher.query.measures import Judgments

_DEPTH = 100  # hits a query; the deepest measure looks at no more
_TOP = 10


@click.command(
    cls=Command,
    short_help=say("Measure the ranking by judgments.", "用人工评判衡量排序的好坏。"),
    help=say(
        "Search for each query that has judgments, as if it had been typed, and print the means "
        "of nDCG@10, MRR@10 and recall@100 (trec_eval's definitions).",
        "对每个有人工评判的查询，像用户输入那样搜索，给出 nDCG@10、MRR@10、recall@100 的"
        "平均值（定义同 trec_eval）。",
    ),
)
@click.option(
    "--queries",
    metavar=say("FILE", "文件"),
    required=True,
    help=say(
        'Queries, a line each: {"id": "q1", "text": "…"}',
        '查询，每行一个：{"id": "q1", "text": "…"}',
    ),
)
@click.option(
    "--qrels",
    metavar=say("FILE", "文件"),
    required=True,
    help=say(
        "Judgments, a line each: query 0 document relevance",
        "评判，每行一条：查询id 0 文档id 相关度",
    ),
)
@json_option("Print the measures as a JSON object.", "以 JSON 输出。")
@plain_option
@index_option
def command(queries: str, qrels: str, as_json: bool, index: str | None) -> int:
    """Measure the ranking; returns the exit status."""
    from pathlib import Path

    from searcher import ArgumentError
    from searcher.cli.judgments import read_qrels, read_queries
    from searcher.cli.places import open_index, place_of
    from searcher.cli.printable import print_json
    from searcher.cli.progress import Stage, progress_bar
    from searcher.cli.screen import screen_of, styled
    from searcher.cli.views.table import fields

    texts = read_queries(Path(queries))
    judgments = read_qrels(Path(qrels))
    judged = [query for query in texts if query in judgments]
    if not judged:
        raise ArgumentError(
            say(
                f"no query of {queries} has a judgment in {qrels}",
                f"{queries} 中没有一个查询在 {qrels} 中有评判",
            )
        )
    sums: dict[str, float] = {}
    with (
        open_index(place_of(index)) as opened,
        progress_bar(say("searching", "搜索中")) as advance,
    ):
        for done, query in enumerate(judged):
            if advance:
                advance(Stage(done, len(judged), query))
            for name, value in _measures(opened, texts[query], judgments[query]).items():
                sums[name] = sums.get(name, 0.0) + value
    means = {name: total / len(judged) for name, total in sums.items()}
    if as_json:
        print_json({"queries": len(judged), **means})
        return 0
    rows = [(say("queries", "查询数"), styled(str(len(judged))))]
    rows += [(name, styled(f"{value:.4f}")) for name, value in means.items()]
    screen = screen_of("auto", None)
    screen.show(fields(rows, screen.width, is_plain=screen.is_plain))
    return 0


def _measures(index: "Index", text: str, judgments: "Judgments") -> dict[str, float]:
    from searcher.query.measures import ndcg, recall, reciprocal_rank

    results = index.search(text, limit=_DEPTH, snippet_width=0)
    ranking = [hit.id for hit in results]
    return {
        f"nDCG@{_TOP}": ndcg(ranking, judgments, _TOP),
        f"MRR@{_TOP}": reciprocal_rank(ranking, judgments, _TOP),
        f"recall@{_DEPTH}": recall(ranking, judgments, _DEPTH),
    }
