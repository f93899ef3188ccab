"""What ``searcher doctor`` found, as people read it."""

from collections.abc import Sequence

from searcher.cli.doctor import Finding
from searcher.cli.screen import Line, Piece, styled, wrapped
from searcher.cli.views.table import fields
from searcher.language import say


def finding_lines(findings: Sequence[Finding], width: int | None) -> list[Line]:
    """A line for each, and behind them what is to be done."""
    words = {"ok": "", "note": say("note: ", "提示："), "wrong": say("WRONG: ", "有误：")}
    lines = fields([(one.name, styled(words[one.state] + one.value)) for one in findings], width)
    wrong = [one for one in findings if one.state == "wrong"]
    notes = [one for one in findings if one.state == "note"]
    for title, some in (
        (say("To mend:", "请处理："), wrong),
        (say("To have more:", "还可以："), notes),
    ):
        advised = [one for one in some if one.advice]
        if advised:
            lines += [(), [Piece(title)]]
        for one in advised:
            lines += wrapped([Piece(f"# {one.name}{say(': ', '：')}{one.value}")], width)
            lines.append([Piece(one.advice)])  # whole, to be copied
    if not wrong:
        lines += [(), [Piece(say("Nothing is wrong.", "没有问题。"))]]
    return lines
