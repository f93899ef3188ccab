"""Dates as numbers, to be compared all at once."""

from datetime import datetime, timedelta

_EPOCH = datetime(1970, 1, 1)


def date_numbers(date: datetime | None) -> tuple[float, float]:
    """A date as seconds since 1970: the instant, and what the clock showed; NaN for no date."""
    if date is None:
        return float("nan"), float("nan")
    local = (date.replace(tzinfo=None) - _EPOCH).total_seconds()
    offset = date.utcoffset() or timedelta(0)
    return local - offset.total_seconds(), local
