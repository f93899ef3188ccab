"""Hits have the dates that documents were given, whatever dates and zones the others have."""

import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher import Document, Index
from tests.index.columnar_tools import ENGINES, using

ZONES = st.sampled_from([0, 480, 480, 480, -210, 1439, -1439]) | st.integers(-1439, 1439)
DATES = st.builds(
    lambda moment, minutes: moment.replace(tzinfo=timezone(timedelta(minutes=minutes))),
    st.datetimes(datetime(1950, 1, 1), datetime(2030, 1, 1)),
    ZONES,
)
WHOLE = DATES.map(lambda date: date.replace(microsecond=0))
IN_CHINA = WHOLE.map(lambda date: date.replace(tzinfo=timezone(timedelta(hours=8))))


def shown(dates: list[datetime | None]) -> list[datetime | None]:
    """The dates of hits for documents with dates."""
    documents = [
        Document(id=f"{number:03}", body="日期", date=date) for number, date in enumerate(dates)
    ]
    with tempfile.TemporaryDirectory() as folder:
        with Index.open(Path(folder) / "index", create=True) as index:
            index.add(documents)
            hits = sorted(index.search("日期", limit=None), key=lambda hit: hit.id)
        return [hit.date for hit in hits]


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=25, deadline=None)
@given(st.sampled_from([DATES, WHOLE, IN_CHINA]), st.data())
def test_dates_are_shown_as_they_were_given(
    engine: str, kind: st.SearchStrategy[datetime], data: st.DataObject
) -> None:
    dates = data.draw(st.lists(st.none() | kind, min_size=1, max_size=12))
    with using(engine):
        found = shown(dates)
    assert found == dates
    assert [date and date.utcoffset() for date in found] == [
        date and date.utcoffset() for date in dates
    ]


def test_dates_are_shown_however_many_zones_there_are() -> None:
    zones = [timezone(timedelta(minutes=minutes)) for minutes in range(-400, 400)]
    dates = [datetime(2022, 3, 27, 12, tzinfo=zone) for zone in zones]
    found = shown([*dates])
    assert [date and (date, date.utcoffset()) for date in found] == [
        (date, date.utcoffset()) for date in dates
    ]
