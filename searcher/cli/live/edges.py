"""The lines above and below the panes, and what the list says where there are no hits."""

from collections.abc import Sequence

from searcher.cli.live.lines import cells, shown
from searcher.cli.live.questions import FACETS, Answer, Chosen, Counts, Order
from searcher.cli.places import Place
from searcher.cli.screen import Line, Piece, styled, wrapped
from searcher.language import say


def status_line(
    answer: Answer | None,
    counts: Counts | None,
    *,
    cursor: int | None,
    order: Order,
    chosen: Chosen,
    meant: str,
) -> Line:
    """How many there are, what was chosen, and what may have been meant.

    Args:
        answer: The hits.
        counts: How many documents match, if that is known by now.
        cursor: Which of the hits is the chosen one, from 0 on; None if there are none.
        order: Best or newest first.
        chosen: The filters.
        meant: What may have been meant; empty for nothing.
    """
    line: list[Piece] = []
    if answer is not None and not answer.trouble:
        if len(answer.hits) < answer.question.limit:
            total = f"{len(answer.hits):,}"
        else:
            # That of the text before stays until it is counted again: it would only flicker.
            total = "…" if counts is None else f"{counts.total:,}"
        place = "" if cursor is None else f"{cursor + 1:,}/"
        line.append(Piece(f"  {place}{total}", "key"))
        if answer.taken_for:
            read = shown(answer.taken_for)
            line.append(Piece(say(f"  showing {read}", f"  以下是 {read} 的结果"), "chosen"))
        if answer.question.is_for_all or order == "date":
            line.append(Piece(say("  newest first", "  从新到旧"), "dim"))
    if chosen.since:
        since = shown(chosen.since)
        line.append(Piece(say(f"  [x] since {since}", f"  [x] {since} 起"), "chosen"))
    if chosen.until:
        until = shown(chosen.until)
        line.append(Piece(say(f"  [x] until {until}", f"  [x] {until} 止"), "chosen"))
    for facet in FACETS:
        line += [Piece(f"  [x] {value}", "chosen") for value in chosen.of(facet)]
    if meant:
        note = say(f"  did you mean: {shown(meant)}", f"  您是不是要找：{shown(meant)}")
        line.append(Piece(note, "chosen"))
        line.append(Piece(say("  Ctrl-Y takes it", "  按 Ctrl-Y 改用它"), "dim"))
    return line


def footer_line(note: str, width: int, *, gives_path: bool) -> Line:
    """A note, or the keys that there is room for.

    Args:
        note: What to say in place of the keys; empty for nothing.
        width: How many cells there are.
        gives_path: Whether Enter chooses a hit in place of opening it.
    """
    if note:
        return [Piece("  "), *styled(note, style="chosen")]
    keys = [
        ("↑↓", say("move", "移动")),
        ("Enter", say("choose", "选定") if gives_path else say("open", "打开")),
        ("Tab", say("copy path", "复制路径")),
        ("F2", say("filters", "筛选")),
        ("F3", say("order", "排序")),
        ("F1", say("help", "帮助")),
        ("Esc", say("leave", "退出")),
    ]
    while True:
        line: list[Piece] = []
        for key, meaning in keys:
            line += [Piece("  "), Piece(key, "key"), Piece(f" {meaning}", "dim")]
        if len(keys) == 1 or cells(line) <= width:
            return line
        # How to leave and where to read more is told as long as there is room for anything.
        keys.pop(-3 if len(keys) > 2 else 0)


def trouble_lines(message: str, width: int) -> list[Line]:
    """Why there is no answer, as the library said it."""
    lines: list[Line] = []
    for line in message.split("\n"):
        lines += wrapped(styled(line, style="trouble"), width)
    return lines


def no_hit_lines(
    answer: Answer | None, counts: Counts | None, chosen: Chosen, place: Place, width: int
) -> Sequence[Line]:
    """What to say where nothing is found."""
    if counts is not None and counts.documents == 0:
        fill = place.command("index", say("FOLDER", "文件夹"))
        empty = say(f"the index is empty. Fill it: {fill}", f"索引是空的。请先索引：{fill}")
        return wrapped([Piece(empty)], width)
    lines: list[Line] = [[Piece(say("no hit", "没有找到"), "title")]]
    if answer is not None and answer.reading and not answer.question.is_for_all:
        reading = say("read as: ", "查询被理解为：") + answer.reading
        lines += wrapped(styled(reading, style="dim"), width)
    if chosen != Chosen():
        hint = say("fewer filters may find more: F2, then x", "减少筛选也许能找到：按 F2，再按 x")
        lines += wrapped([Piece(hint, "dim")], width)
    return lines
