"""Dates as people type them: ``2022``, ``2022-03``, ``2022年3月27日``, ranges, ``7d``."""

import re
from calendar import monthrange
from datetime import datetime, timedelta

from searcher.errors import ArgumentError
from searcher.language import say
from searcher.query.tree import DateRange

_DATE = re.compile(
    r"(\d{4})"
    r"(?:[-/.年](\d{1,2})"
    r"(?:[-/.月](\d{1,2})日?"
    r"(?:[ t](\d{1,2}):(\d{2})(?::(\d{2}))?)?"
    r"|月)?"
    r"|年)?"
)
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_RANGE = re.compile(r"\.{2,}|至|到")
_COMPARISON = re.compile(r"(>=|<=|>|<)(.+)")
_DAYS_BACK = {"today": 0, "今天": 0, "yesterday": 1, "昨天": 1}
_BACK = re.compile(
    r"(\d{1,5})\s*(?:(d|days?|天|日)|(w|weeks?|周|週|星期)|(m|months?|个月|個月)|(y|years?|年))"
)


def parse_date_range(text: str) -> DateRange | None:
    """Read a folded date or range; None if it is neither.

    A date stands for all of its year, month, day, minute or second: ``2022-03..2022-06`` ends
    with the last moment of June.
    """
    comparison = _COMPARISON.fullmatch(text)
    if comparison:
        period = parse_period(comparison[2])
        if period is None:
            return None
        start, end = period
        return {
            ">=": DateRange(start, None),
            ">": DateRange(end, None),
            "<": DateRange(None, start),
            "<=": DateRange(None, end),
        }[comparison[1]]
    bounds = _RANGE.split(text)
    if len(bounds) == 1:
        period = parse_period(text)
        return None if period is None else DateRange(*period)
    if len(bounds) != 2 or not any(bounds):
        return None
    first, last = (parse_period(bound) if bound else (None, None) for bound in bounds)
    if first is None or last is None:
        return None
    if last[0] is not None and first[0] is not None and last[0] < first[0]:
        first, last = last, first
    return DateRange(first[0], last[1])


def typed_period(text: str, name: str) -> tuple[datetime, datetime | None]:
    """The first moment of a date as a filter takes it, and the first moment after it.

    Args:
        text: What was typed: a year, month, day or moment, or how far back.
        name: What the argument is called.

    Returns:
        The second is None where it lies beyond the year 9999.

    Raises:
        ArgumentError: It is no date.
    """
    typed = text.strip().lower()
    period = parse_period(typed) or parse_period_back(typed, datetime.now())
    if period is None:
        raise ArgumentError(
            say(
                f"{name}: {text!r} is not a date such as 2022, 2022-03, 2022-03-27, today or 7d "
                "(so many days back; also 2w, 3m, 1y)",
                f"{name}：{text!r} 不是日期，请写成 2022、2022-03、2022-03-27、今天 或 7d"
                "（几天前；还可以写 2w 周、3m 月、1y 年）",
            )
        )
    return period


def parse_period(text: str) -> tuple[datetime, datetime | None] | None:
    """The first moment of a folded date and the first moment after it; None if it is no date.

    The second is None where it lies beyond the year 9999.
    """
    match = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    if match is None:
        return None
    parts = [int(part) for part in match.groups() if part]
    try:
        year, month, day, *time = parts + [1] * (3 - len(parts))
        hour, minute, second = time + [0] * (3 - len(time))
        start = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    try:
        if len(parts) == 1:
            return start, start.replace(year=start.year + 1)
        if len(parts) == 2:
            return start, (start + timedelta(days=31)).replace(day=1)
        step = {3: timedelta(days=1), 5: timedelta(minutes=1), 6: timedelta(seconds=1)}
        return start, start + step[len(parts)]
    except (ValueError, OverflowError):
        return start, None


def parse_period_back(text: str, now: datetime) -> tuple[datetime, datetime] | None:
    """The day that lies so far back: ``today``, ``yesterday``, ``7d``, ``2w``, ``3m``, ``1y``.

    Args:
        text: What was typed, in lower case.
        now: From when on it is counted.

    Returns:
        The first moment of that day and the first one after it; None if the text is of another
        kind, or the day before the year 1.
    """
    day = datetime(now.year, now.month, now.day)
    match = _BACK.fullmatch(text)
    try:
        if text in _DAYS_BACK:
            day -= timedelta(days=_DAYS_BACK[text])
        elif match is None:
            return None
        elif match[2] or match[3]:
            day -= timedelta(days=int(match[1]) * (1 if match[2] else 7))
        else:
            months = 12 * day.year + day.month - 1 - int(match[1]) * (1 if match[4] else 12)
            year, month = months // 12, months % 12 + 1
            # A month before the 31st of March is the last day of February.
            last = monthrange(year, month)[1] if year > 0 else 0
            day = day.replace(year=year, month=month, day=min(day.day, last))
        return day, day + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
