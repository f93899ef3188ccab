"""Columns of one number for each document, in as few bytes as the largest needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from math import nan
from typing import Any, Literal

from searcher.index.columnar.arrays import Floats, Integers
from searcher.index.columnar.container import Container, ContainerWriter, DamagedFile
from searcher.language import say
from searcher.lazy import np

# The types of lengths: their sizes in bytes, and what Python calls them.
_UNSIGNED: dict[str, tuple[int, Literal["B", "H", "I"]]] = {
    "<u1": (1, "B"),
    "<u2": (2, "H"),
    "<u4": (4, "I"),
}
_SECONDS, _FRACTIONS = "<i4", "<f8"
_NO_DATE = -(1 << 31)
_CHUNK = 1 << 16  # numbers to look at at once
_KNOWN_ZONES = 256
_DAY = 86_400  # seconds


def smallest_unsigned(values: Integers) -> str:
    """The smallest type that holds all of these."""
    largest = int(values.max(initial=0))
    return next(name for name in _UNSIGNED if largest <= np.iinfo(name).max)


def number_width(count: int) -> int:
    """How many bytes a number below ``count`` needs."""
    return max(1, ((count - 1).bit_length() + 7) // 8)


def number_at(data: memoryview, width: int, at: int) -> int:
    """One of the numbers that have ``width`` bytes each."""
    return int.from_bytes(data[at * width : at * width + width], "little")


def write_lengths(writer: ContainerWriter, name: str, values: Integers) -> str:
    """Write a column of lengths; returns its type."""
    dtype = smallest_unsigned(values)
    writer.add(name, [values.astype(dtype, copy=False)])
    return dtype


def write_dates(writer: ContainerWriter, name: str, values: Floats) -> str:
    """Write a column of seconds, NaN for none; returns its type.

    Nothing is written where there are none, and one number where all are the same.
    """
    missing = np.isnan(values)
    if not all(_are_whole(values[at : at + _CHUNK]) for at in range(0, values.size, _CHUNK)):
        writer.add(name, [values.astype(_FRACTIONS, copy=False)])
        return _FRACTIONS
    if missing.all():
        writer.add(name, [])
        return _SECONDS
    if not missing.any() and (values == values[0]).all():
        writer.add(name, [values[:1].astype(_SECONDS)])
        return _SECONDS
    numbers = np.full(values.size, _NO_DATE, _SECONDS)
    np.copyto(numbers, values, where=~missing, casting="unsafe")
    writer.add(name, [numbers])
    return _SECONDS


def _are_whole(values: Floats) -> bool:
    """Whether all that are known have no fractions, and fit."""
    known = values[~np.isnan(values)]
    return bool((known == np.floor(known)).all()) and bool((np.abs(known) < -_NO_DATE).all())


def read_lengths(container: Container, name: str, dtype: object, capacity: int) -> memoryview:
    """A column of lengths, not copied.

    Raises:
        DamagedFile: It does not fit the documents.
    """
    if not isinstance(dtype, str) or dtype not in _UNSIGNED:
        raise DamagedFile(
            say(
                f"{container.path.name}: {name} has the type {dtype!r:.20}",
                f"{container.path.name}：{name} 的类型是 {dtype!r:.20}",
            )
        )
    data = container.section(name)
    if len(data) != capacity * _UNSIGNED[dtype][0]:
        raise DamagedFile(
            say(
                f"{container.path.name}: {name} does not fit the documents",
                f"{container.path.name}：{name} 与文档不符",
            )
        )
    return data.cast(_UNSIGNED[dtype][1])


class DateColumn:
    """A column of seconds.

    Attributes:
        value: Gives the seconds of a document; NaN for none.
        numbers: What is in the file.
    """

    def __init__(self, container: Container, name: str, dtype: object, capacity: int) -> None:
        """Take the section for so many documents.

        Raises:
            DamagedFile: It does not fit them.
        """
        data = container.section(name)
        size = 4 if dtype == _SECONDS else 8 if dtype == _FRACTIONS else 0
        if not size or len(data) not in (0, size, capacity * size):
            raise DamagedFile(
                say(
                    f"{container.path.name}: {name} does not fit the documents",
                    f"{container.path.name}：{name} 与文档不符",
                )
            )
        self._capacity = capacity
        self._dtype = _SECONDS if dtype == _SECONDS else _FRACTIONS
        # Whole numbers are kept as such: dates are sooner made of them.
        self.numbers: Any = data.cast("i" if dtype == _SECONDS else "d")
        self.value = self._reader()

    @property
    def is_constant(self) -> bool:
        """Whether all documents have the same seconds, or none."""
        return len(self.numbers) < 2

    @property
    def is_whole(self) -> bool:
        """Whether there is a whole number for each document."""
        return self._dtype == _SECONDS and not self.is_constant

    def _reader(self) -> Callable[[int], float]:
        """What gives the seconds of a document; NaN for none."""
        numbers = self.numbers
        if len(numbers) < 2:
            only: float = numbers[0] if numbers and numbers[0] != _NO_DATE else nan
            return lambda _: only
        if self._dtype != _SECONDS:
            return lambda document: float(numbers[document])

        def seconds(document: int) -> float:
            number: int = numbers[document]
            return nan if number == _NO_DATE else number

        return seconds

    def values(self) -> Floats:
        """The seconds of all documents; NaN for none."""
        if not self.numbers:
            return np.full(self._capacity, nan)
        column = np.frombuffer(self.numbers, self._dtype)
        values: Floats = column.astype(np.float64)
        if self._dtype == _SECONDS:
            values[column == _NO_DATE] = nan
        return values if values.size == self._capacity else np.full(self._capacity, values[0])


def date_reader(instants: DateColumn, zones: DateColumn) -> Callable[[int], datetime | None]:
    """What gives the date of a document, as exactly as the columns have it.

    It raises DamagedFile if they are damaged.
    """
    instant_of, zone_of = instants.value, zones.value

    def date(document: int) -> datetime | None:
        instant = instant_of(document)
        if instant != instant:  # NaN
            return None
        zone = zone_of(document)
        try:
            return _epoch(zone) + timedelta(0, instant + zone)
        except (OverflowError, ValueError) as error:
            raise DamagedFile(
                say("the dates of documents are damaged", "文档的日期已损坏")
            ) from error

    # Most collections are written to the second, in one zone or in few.
    if instants.is_whole and zones.is_constant:
        zone = zone_of(0)
        return _date_in_zone(instants.numbers, zone) if -_DAY < zone < _DAY else date
    if instants.is_whole and zones.is_whole:
        return _whole_date(instants.numbers, zones.numbers, date)
    return date


def _date_in_zone(instants: Sequence[int], zone: float) -> Callable[[int], datetime | None]:
    """The same where all dates are of one zone."""
    first = _first_second(zone)

    def date(document: int) -> datetime | None:
        instant = instants[document]
        return None if instant == _NO_DATE else first + timedelta(0, instant)

    return date


def _whole_date(
    instants: Sequence[int],
    zones: Sequence[int],
    other: Callable[[int], datetime | None],
) -> Callable[[int], datetime | None]:
    """The same of columns of whole numbers; ``other`` gives what is damaged or rare."""
    firsts: dict[int, datetime] = {}

    def date(document: int) -> datetime | None:
        instant, zone = instants[document], zones[document]
        if instant == _NO_DATE:
            return None
        first = firsts.get(zone)
        if first is None:
            if len(firsts) == _KNOWN_ZONES or not -_DAY < zone < _DAY:
                return other(document)
            first = firsts[zone] = _first_second(zone)
        return first + timedelta(0, instant)

    return date


def _first_second(zone: float) -> datetime:
    """The moment from which instants are counted, as the clock of a zone has it."""
    return _epoch(zone) + timedelta(0, zone)


@lru_cache(maxsize=_KNOWN_ZONES)
def _epoch(zone: float) -> datetime:
    """The first second of 1970 where the clock is so many seconds ahead."""
    return datetime(1970, 1, 1, tzinfo=timezone(timedelta(seconds=zone)))
