"""Dates as people write them."""

from datetime import datetime, time


def moment(date: datetime) -> str:
    """A date as people write it: without the time where there is none."""
    if date.time() == time():
        return f"{date:%Y-%m-%d}"
    return f"{date:%Y-%m-%d %H:%M}"
