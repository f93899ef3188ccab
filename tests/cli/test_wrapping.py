"""Breaking lines in mixed text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from searcher.cli.printable import printable, to_json
from searcher.cli.screen import Piece
from searcher.cli.views.table import fields
from searcher.cli.wrapping import plain_width, wrap

MIXED = st.text(
    alphabet=st.one_of(
        st.sampled_from("核酸筛查ABC abc 12。，（）“”…/-　e\u0301"), st.characters(codec="utf-8")
    ),
    max_size=60,
)


def lines(text: str, width: int) -> list[str]:
    return [text[start:end] for start, end in wrap(text, width, cell_len)]


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("核酸筛查期间", 8, ["核酸筛查", "期间"]),
        ("核酸筛查期间", 7, ["核酸筛", "查期间"]),  # a wide character is never split
        ("核酸筛查。期间", 8, ["核酸筛", "查。期间"]),  # no line begins with a full stop
        ("核酸（筛查）", 6, ["核酸", "（筛", "查）"]),  # or ends with an open parenthesis
        ("请打开 APP 登录", 8, ["请打开", "APP 登录"]),  # a Latin word stays whole
        ("核酸screening期间", 10, ["核酸", "screening", "期间"]),
        ("abcdefghijkl", 5, ["abcde", "fghij", "kl"]),  # unless no line could hold it
        ("  核酸  ", 20, ["核酸"]),
        ("", 20, []),
    ],
)
def test_where_lines_break(text: str, width: int, expected: list[str]) -> None:
    assert lines(text, width) == expected


@given(MIXED, st.integers(4, 50))
def test_no_line_is_too_wide_and_nothing_is_lost(text: str, width: int) -> None:
    text = printable(text)
    broken = lines(text, width)
    assert all(cell_len(line) <= width for line in broken)
    assert "".join("".join(broken).split()) == "".join(text.split())


@given(st.text(alphabet="核酸abc，。 ", max_size=30))
def test_the_simple_width_is_richs_for_simple_text(text: str) -> None:
    assert plain_width(text) == cell_len(text)


@given(st.text())
def test_printable_text_keeps_its_length_and_cannot_command_a_terminal(text: str) -> None:
    safe = printable(text)
    assert len(safe) == len(text)
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in safe)
    assert not set(safe) & set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2069")
    safe.encode()


def test_json_escapes_what_commands_a_terminal() -> None:
    assert to_json("核\x1b\x7f\x9b\u202e\udcff") == '"核\\u001b\\u007f\\u009b\\u202e\\udcff"'


def test_values_that_have_no_room_beside_their_names_stand_below_them() -> None:
    rows = [("dictionary files", [Piece("words.txt and 停用词.txt")]), ("kernel", [Piece("在用")])]
    lines = ["".join(piece.text for piece in line).rstrip() for line in fields(rows, 20)]
    assert lines == ["dictionary files", "  words.txt and 停用", "  词.txt", "kernel", "  在用"]
    assert len(fields(rows, 60)) == 2
