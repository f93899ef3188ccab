"""Days that are counted back from now."""

from datetime import datetime, timedelta

import pytest

from searcher.query.dates import parse_period_back

NOW = datetime(2024, 3, 31, 23, 59, 59)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("today", "2024-03-31"),
        ("今天", "2024-03-31"),
        ("0d", "2024-03-31"),
        ("yesterday", "2024-03-30"),
        ("昨天", "2024-03-30"),
        ("7d", "2024-03-24"),
        ("7 days", "2024-03-24"),
        ("7天", "2024-03-24"),
        ("31d", "2024-02-29"),
        ("2w", "2024-03-17"),
        ("2周", "2024-03-17"),
        ("1m", "2024-02-29"),  # the last day, where a month has no 31st
        ("3m", "2023-12-31"),
        ("4个月", "2023-11-30"),
        ("13m", "2023-02-28"),
        ("1y", "2023-03-31"),
        ("10年", "2014-03-31"),
        ("2023y", "0001-03-31"),
    ],
)
def test_a_whole_day_so_far_back(typed: str, day: str) -> None:
    start = datetime.fromisoformat(day)
    assert parse_period_back(typed, NOW) == (start, start + timedelta(days=1))


@pytest.mark.parametrize(
    "typed", ["", "7", "d", "-7d", "7h", "1.5d", "2024y", "999999d", "99999m", "tomorrow", "7d 2w"]
)
def test_what_is_no_such_day(typed: str) -> None:
    assert parse_period_back(typed, NOW) is None


def test_a_leap_day_has_an_anniversary_every_year() -> None:
    leap_day = datetime(2024, 2, 29)
    assert parse_period_back("1y", leap_day) == (datetime(2023, 2, 28), datetime(2023, 3, 1))
