"""What indexing did, in words."""

from collections.abc import Iterator

from searcher import Report
from searcher.language import say

_MOST_NAMED = 20  # skipped files, unless all are asked for


def summary(report: Report) -> str:
    """One line."""
    changes = [
        (report.added, say("added", "新增")),
        (report.updated, say("updated", "更新")),
        (report.unchanged, say("unchanged", "未变")),
        (report.removed, say("removed", "删除")),
        (len(report.skipped), say("skipped", "跳过")),
    ]
    # Nothing but zeros would say that nothing was looked at.
    told = [f"{name} {count:,}" for count, name in changes if count] or [say("no change", "无变化")]
    total = say(f"{report.total:,} in the index", f"索引中共 {report.total:,} 篇")
    seconds = say(f"{report.seconds:.1f} s", f"用时 {report.seconds:.1f} 秒")
    return f"{say(', ', '，').join(told)}{say('; ', '；')}{total}{say(', ', '，')}{seconds}"


def skipped_lines(report: Report, *, name_all: bool) -> Iterator[str]:
    """The files that were left out, each with the reason."""
    named = report.skipped if name_all else report.skipped[:_MOST_NAMED]
    for skipped in named:
        yield say(
            f"skipped {skipped.name}: {skipped.reason}", f"跳过 {skipped.name}：{skipped.reason}"
        )
    left = len(report.skipped) - len(named)
    if left:
        yield say(
            f"… and {left} more skipped (--verbose names them all)",
            f"……另外还跳过 {left} 个（--verbose 列出全部）",
        )
