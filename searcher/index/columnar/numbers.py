"""Columns of one number for each document, in as few bytes as the largest needs."""

from __future__ import annotations

from typing import Literal

from searcher.index.columnar.arrays import Floats, Integers
from searcher.index.columnar.container import Container, ContainerWriter, DamagedFile
from searcher.lazy import np

# The types of lengths: their sizes in bytes, and what Python calls them.
_UNSIGNED: dict[str, tuple[int, Literal["B", "H", "I"]]] = {
    "<u1": (1, "B"),
    "<u2": (2, "H"),
    "<u4": (4, "I"),
}
_SECONDS = "<i4"
_NO_DATE = -(1 << 31)
_TYPES = (*_UNSIGNED, _SECONDS, "<f8")


def smallest_unsigned(values: Integers) -> str:
    """The smallest type that holds all of these."""
    largest = int(values.max(initial=0))
    return next(name for name in _UNSIGNED if largest <= np.iinfo(name).max)


def write_lengths(writer: ContainerWriter, name: str, values: Integers) -> str:
    """Write a column of lengths; returns its type."""
    dtype = smallest_unsigned(values)
    writer.add(name, [values.astype(dtype)])
    return dtype


def write_dates(writer: ContainerWriter, name: str, values: Floats) -> str:
    """Write a column of seconds, NaN for none; returns its type.

    Nothing is written where there are none, and one number where all are the same.
    """
    known = values[~np.isnan(values)]
    whole = bool((known == np.floor(known)).all()) and bool((np.abs(known) < -_NO_DATE).all())
    if not whole:
        writer.add(name, [values.astype("<f8")])
        return "<f8"
    if not known.size:
        writer.add(name, [])
        return _SECONDS
    if known.size == values.size and (known == known[0]).all():
        known = known[:1]
        writer.add(name, [known.astype(_SECONDS)])
        return _SECONDS
    writer.add(name, [np.where(np.isnan(values), _NO_DATE, values).astype(_SECONDS)])
    return _SECONDS


def read_lengths(container: Container, name: str, dtype: str, capacity: int) -> memoryview:
    """A column of lengths, not copied.

    Raises:
        DamagedFile: It does not fit the documents.
    """
    if dtype not in _UNSIGNED:
        raise DamagedFile(f"{container.path.name}: {name} has the type {dtype!r:.20}")
    data = container.section(name)
    if len(data) != capacity * _UNSIGNED[dtype][0]:
        raise DamagedFile(f"{container.path.name}: {name} does not fit the documents")
    return data.cast(_UNSIGNED[dtype][1])


def read_dates(container: Container, name: str, dtype: str, capacity: int) -> Floats:
    """A column of seconds, NaN for none.

    Raises:
        DamagedFile: It does not fit the documents.
    """
    data = container.section(name)
    size = np.dtype(dtype).itemsize if dtype in _TYPES else 0
    if not size or len(data) not in (0, size, capacity * size):
        raise DamagedFile(f"{container.path.name}: {name} does not fit the documents")
    if not data:
        return np.full(capacity, np.nan)
    column = np.frombuffer(data, dtype)
    values: Floats = column.astype(np.float64)
    if dtype == _SECONDS:
        values[column == _NO_DATE] = np.nan
    return values if values.size == capacity else np.full(capacity, values[0])
