"""Dates as numbers, to be compared all at once."""

from datetime import datetime, timedelta


def date_numbers(date: datetime | None) -> tuple[float, float]:
    """A date as seconds since 1970: the instant, and what the clock showed; NaN for no date."""
    if date is None:
        return float("nan"), float("nan")
    epoch = datetime(1970, 1, 1)
    local = (date.replace(tzinfo=None) - epoch).total_seconds()
    offset = date.utcoffset() or timedelta(0)
    return local - offset.total_seconds(), local
