"""What indexing did, in words."""

from collections.abc import Iterator, Sequence

from searcher import Report, Skipped
from searcher.language import say

_MOST_NAMED = 20  # skipped files, unless all are asked for


def summary(report: Report) -> str:
    """One line."""
    counts = [
        (report.added, say("added", "新增")),
        (report.updated, say("updated", "更新")),
        (report.unchanged, say("unchanged", "未变")),
        (report.removed, say("removed", "删除")),
        (len(report.skipped), say("skipped", "跳过")),
    ]
    # Nothing but zeros would say that nothing was looked at.
    return _line(report, _told(counts) or [say("no change", "无变化")])


def changes_summary(report: Report) -> str:
    """One line of what has changed, and of nothing else; empty if nothing has."""
    counts = [
        (report.added, say("added", "新增")),
        (report.updated, say("updated", "更新")),
        (report.removed, say("removed", "删除")),
    ]
    told = _told(counts)
    return _line(report, told) if told else ""


def _told(counts: Sequence[tuple[int, str]]) -> list[str]:
    return [f"{name} {count:,}" for count, name in counts if count]


def _line(report: Report, told: Sequence[str]) -> str:
    total = say(f"{report.total:,} in the index", f"索引中共 {report.total:,} 篇")
    seconds = say(f"{report.seconds:.1f} s", f"用时 {report.seconds:.1f} 秒")
    return f"{say(', ', '，').join(told)}{say('; ', '；')}{total}{say(', ', '，')}{seconds}"


def skipped_lines(skipped: Sequence[Skipped], *, name_all: bool) -> Iterator[str]:
    """The files that were left out, each with the reason."""
    named = skipped if name_all else skipped[:_MOST_NAMED]
    for one in named:
        yield say(f"skipped {one.name}: {one.reason}", f"跳过 {one.name}：{one.reason}")
    left = len(skipped) - len(named)
    if left:
        yield say(
            f"… and {left} more skipped (--verbose names them all)",
            f"……另外还跳过 {left} 个（--verbose 列出全部）",
        )
