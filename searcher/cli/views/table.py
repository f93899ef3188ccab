"""Columns of text, aligned by cells."""

from collections.abc import Sequence

from searcher.cli.screen import Line, Piece, wrapped
from searcher.language import say

_GAP = "  "
_LEAST_FIRST = 8  # cells, for the first column, the only one that is ever cut
_LEAST_VALUE = 8  # cells beside a name; with fewer a value stands below it


def fields(
    rows: Sequence[tuple[str, Line]], width: int | None, *, is_plain: bool = False
) -> list[Line]:
    """Names with their values beside them; a value may take several lines.

    With ``is_plain`` they are not laid out in columns.
    """
    if is_plain:
        return [[Piece(name + say(": ", "：")), *value] for name, value in rows]
    from searcher.query.width import cell_width

    column = max((cell_width(name) for name, _ in rows), default=0) + len(_GAP)
    lines: list[Line] = []
    if width is not None and width - column < _LEAST_VALUE:
        for name, value in rows:
            lines += wrapped([Piece(name, "label")], width)
            lines += [[Piece(_GAP), *line] for line in wrapped(value, max(width - len(_GAP), 2))]
        return lines
    for name, value in rows:
        padded = name + " " * (column - cell_width(name))
        room = None if width is None else width - column
        for number, line in enumerate(wrapped(value, room) or [()]):
            head = Piece(" " * column) if number else Piece(padded, "label")
            lines.append([head, *line])
    return lines


def table(header: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> list[Line]:
    """A table whose first column is text and whose others are numbers.

    Where it is too wide even with a cut first column, each row becomes running text, which leaves
    out what is empty.
    """
    from searcher.query.width import cell_width, fitting_end

    sizes = [max(map(cell_width, column)) for column in zip(header, *rows, strict=True)]
    if width is not None:
        rest = sum(sizes[1:]) + len(_GAP) * len(sizes[1:])
        if width - rest < min(sizes[0], _LEAST_FIRST):
            return _as_text(header, rows, width)
        sizes[0] = min(sizes[0], width - rest)
    lines: list[Line] = []
    for row in (header, *rows):
        first = row[0]
        if cell_width(first) > sizes[0]:
            first = first[: fitting_end(first, 0, len(first), sizes[0] - 1)] + "…"
        cells = [first + " " * (sizes[0] - cell_width(first))]
        for text, size in zip(row[1:], sizes[1:], strict=True):
            cells.append(" " * (size - cell_width(text)) + text)
        lines.append([Piece(_GAP.join(cells), "dim" if row is header else "")])
    return lines


def _as_text(header: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[Line]:
    lines: list[Line] = []
    for row in rows:
        cells = zip(header[1:], row[1:], strict=True)
        facts = [f"{name} {value}" for name, value in cells if value]
        text = row[0] + say(": ", "：") + say(", ", "，").join(facts)
        lines += wrapped([Piece(text)], width)
    return lines
