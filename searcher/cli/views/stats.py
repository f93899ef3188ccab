"""What the documents of an index are, and what its size is made of, as charts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from searcher import Statistics
from searcher.cli.messages import in_documents
from searcher.cli.screen import Line, Piece, Screen, wrapped
from searcher.cli.views.charts import Row, chart
from searcher.cli.views.status import size_in_words
from searcher.language import say

_MOST_MONTHS = 24  # more of them are drawn as years, each with the curve of its months
_MOST_YEARS = 40
_MOST_VALUES = 12
_MONTHS = 12


def statistics_lines(statistics: Statistics, screen: Screen) -> list[Line]:
    """A chart for each question: when, from whom, of what format, how large."""
    total = statistics.documents
    undated = total - statistics.dated
    sourced = sum(statistics.sources.values())
    size = sum(statistics.parts.values())
    charts = [
        (
            say("documents by date", "文档：按日期"),
            _dates(statistics.months),
            [(say("without a date", "无日期"), undated)],
        ),
        (
            say("documents by source", "文档：按来源"),
            _values(statistics.sources),
            [
                (say("others", "其他"), sourced - sum(_shown(statistics.sources).values())),
                (say("without a source", "无来源"), max(total - sourced, 0)),
            ],
        ),
        (
            say("documents by format", "文档：按格式"),
            _values({f".{name}": count for name, count in statistics.formats.items() if name}),
            [(say("without an ending", "无扩展名"), _without_ending(statistics))],
        ),
    ]
    lines = wrapped([Piece(in_documents(total))], screen.width)
    for title, rows, rest in charts:
        counted = [Row(name, count, f"{count:,}") for name, count in rest if count > 0]
        lines += [(), [Piece(title, "title")], *chart([*rows, *counted], screen)]
    lines += [
        (),
        [Piece(say(f"size: {size_in_words(size)}", f"大小：{size_in_words(size)}"), "title")],
    ]
    names = _names_of_parts()
    parts = [
        Row(names.get(part, part), count, size_in_words(count))
        for part, count in statistics.parts.items()
        if count
    ]
    return [*lines, *chart(parts, screen)]


def _without_ending(statistics: Statistics) -> int:
    """The documents whose file has no ending, or that are from no file."""
    return statistics.documents - sum(count for name, count in statistics.formats.items() if name)


def _dates(months: Mapping[str, int]) -> list[Row]:
    if not months:
        return []
    named = _all_months(*(next(iter(months)), next(reversed([*months]))))
    if len(named) <= _MOST_MONTHS:
        return [_row(month, months.get(month, 0)) for month in named]
    years: dict[str, list[int]] = defaultdict(lambda: [0] * _MONTHS)
    for month, count in months.items():
        year, number = month.rsplit("-", 1)
        years[year][int(number) - 1] = count
    kept = dict(sorted(years.items())[-_MOST_YEARS:])
    rows = [Row(year, sum(curve), f"{sum(curve):,}", curve) for year, curve in kept.items()]
    before = sum(months.values()) - sum(row.number for row in rows)
    return [_row(say("before", "更早"), before), *rows] if before else rows


def _all_months(first: str, last: str) -> list[str]:
    """The months from one to another, those without documents too."""
    (start, month), (end, until) = (map(int, name.rsplit("-", 1)) for name in (first, last))
    numbers = range(start * _MONTHS + month - 1, end * _MONTHS + until)
    if len(numbers) > _MOST_MONTHS:
        numbers = numbers[: _MOST_MONTHS + 1]  # enough to know that there are too many
    return [f"{number // _MONTHS:04}-{number % _MONTHS + 1:02}" for number in numbers]


def _shown(counts: Mapping[str, int]) -> dict[str, int]:
    """The first values; all of them where only one would be left out."""
    most = _MOST_VALUES if len(counts) > _MOST_VALUES + 1 else _MOST_VALUES + 1
    return dict([*counts.items()][:most])


def _values(counts: Mapping[str, int]) -> Sequence[Row]:
    return [_row(name, count) for name, count in _shown(counts).items()]


def _row(name: str, count: int) -> Row:
    return Row(name, count, f"{count:,}")


def _names_of_parts() -> dict[str, str]:
    return {
        "words": say("words", "词"),
        "grams": say("pairs of characters", "二元字组"),
        "texts": say("texts", "文本"),
        "fields": say("ids, dates, the rest", "id、日期等"),
        "values": say("sources, tags, paths", "来源、标签、路径"),
        "lengths": say("lengths", "长度"),
        "manifest": say("files that were read", "文件清单"),
        "dictionary": say("dictionary", "词典"),
        "other": say("other", "其他"),
    }
