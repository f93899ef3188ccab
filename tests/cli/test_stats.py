"""What an index is made of, as charts and as numbers."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from searcher import Document, Index, Statistics
from searcher.cli.screen import Screen
from searcher.cli.views.stats import statistics_lines
from searcher.cli.wrapping import plain_width
from searcher.documents.endings import format_of
from tests.cli.conftest import Runner

TERMINAL = Screen(width=80, is_terminal=True, has_color=False)


def drawn(statistics: Statistics, screen: Screen = TERMINAL) -> list[str]:
    return [
        "".join(piece.text for piece in line).rstrip()
        for line in statistics_lines(statistics, screen)
    ]


def section(lines: list[str], title: str) -> list[str]:
    """The rows below a title."""
    rest = lines[next(n for n, line in enumerate(lines) if line.startswith(title)) + 1 :]
    return rest[: rest.index("")] if "" in rest else rest


def test_what_is_counted(run_home: Runner) -> None:
    outcome = run_home("stats", "--json")
    assert (outcome.status, outcome.err) == (0, "")
    statistics = json.loads(outcome.out)
    parts = statistics.pop("parts")
    assert statistics == {
        "documents": 7,
        "dated": 2,
        "months": {"2022-03": 1, "2022-04": 1},
        "sources": {"客服知识库": 3, "国际金融报": 1},
        "formats": {"jsonl": 3, "txt": 3, "md": 1},
    }
    status = json.loads(run_home("status", "--json").out)
    assert sum(parts.values()) == status["size"]
    assert {"words", "grams", "texts", "fields", "values", "manifest", "dictionary"} <= set(parts)
    assert list(parts.values()) == sorted(parts.values(), reverse=True)


def test_without_a_terminal_there_are_numbers_and_no_bars(run_home: Runner) -> None:
    out = run_home("stats").out
    assert out.startswith("7 documents\n\ndocuments by date\n  2022-03         1\n")
    assert "  without a date  5\n" in out
    assert "  without a source  3\n" in out
    assert not set("█▏▁▇") & set(out)


def test_read_aloud_each_number_has_its_label_before_it(run_home: Runner) -> None:
    lines = run_home("stats", "--plain", "--color", "always").out.splitlines()
    assert lines[:4] == ["7 documents", "", "documents by date", "2022-03: 1"]
    assert "客服知识库: 3" in lines


def test_on_a_terminal_bars_are_as_long_as_the_numbers_are(run_home: Runner) -> None:
    out = run_home("stats", "--color", "always", "--width", "72").out
    assert "\x1b[" in out
    lines = section(drawn(Index.open("index").statistics()), "documents by source")
    bars = {line.split()[0]: line.count("█") for line in lines}
    assert bars["客服知识库"] == 3 * bars["国际金融报"] > 0
    # Wide characters take two cells: the bars begin in one column.
    assert len({plain_width(line[: line.index("█")]) for line in lines}) == 1
    assert max(map(plain_width, lines)) <= 80


def test_many_months_are_drawn_as_years_with_a_curve(tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.add(
            Document(id=f"{year}-{month}", body="核酸", date=datetime(year, month, 1, tzinfo=UTC))
            for year in range(2019, 2023)
            for month in (1, 6, 12)
        )
        index.add([Document(id="a", body="理赔", date=datetime(2019, 1, 2, tzinfo=UTC))])
        lines = section(drawn(index.statistics()), "documents by date")
    assert lines[0].startswith("  2019  4  █    ▄     ▄  ")
    assert [line.split()[:2] for line in lines] == [
        ["2019", "4"],
        ["2020", "3"],
        ["2021", "3"],
        ["2022", "3"],
    ]


def test_months_without_documents_are_there_too(tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.add(
            Document(id=str(month), body="核酸", date=datetime(2022, month, 1)) for month in (3, 6)
        )
        lines = section(drawn(index.statistics()), "documents by date")
    assert [line.split()[0] for line in lines] == ["2022-03", "2022-04", "2022-05", "2022-06"]
    assert "█" not in lines[1]


def test_of_many_sources_the_rest_is_counted_together(tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.add(Document(id=str(n), body="核酸", source=f"来源{n}") for n in range(30))
        lines = section(drawn(index.statistics()), "documents by source")
    assert len(lines) == 13
    assert lines[-1].split()[:2] == ["others", "18"]


def test_deleted_documents_are_not_counted(tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.add(
            Document(id=name, body="核酸", source=name, date=datetime(2022, 3, 1))
            for name in ("a", "b")
        )
        index.delete(["a"])
        statistics = index.statistics()
    assert (statistics.documents, statistics.dated) == (1, 1)
    assert statistics.months == {"2022-03": 1}
    assert statistics.sources == {"b": 1}


def test_an_empty_index(tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        assert drawn(index.statistics())[:3] == ["0 documents", "", "documents by date"]


@pytest.mark.parametrize(
    ("path", "format"),
    [
        ("news/a.MD", "md"),
        ("records/b.jsonl.gz", "jsonl"),
        ("notes.gz", "gz"),
        ("archive.zip/inner/c.html", "html"),
        ("README", ""),
        ("第1.2节 总则", ""),
        (".gitignore", ""),
    ],
)
def test_a_format_is_told_by_the_ending(path: str, format: str) -> None:
    assert format_of(path) == format


def test_in_a_narrow_terminal_no_line_is_too_wide(home: Path) -> None:
    with Index.open(home / "index") as index:
        statistics = index.statistics()
    lines = drawn(statistics, Screen(width=20, is_terminal=True, has_color=False))
    assert max(map(plain_width, lines)) <= 20
    assert any("…" in line and line.endswith("kB") for line in section(lines, "size"))
