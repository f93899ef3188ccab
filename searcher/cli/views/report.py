"""What indexing did, in words."""

from collections.abc import Iterator, Sequence

from searcher import Report, Skipped
from searcher.language import say

_MOST_NAMED = 20  # skipped files, unless all are asked for


def summary(report: Report) -> str:
    """One line."""
    if report.dry_run:
        return _preview(report)
    told = _told([*_changes(report), (report.unchanged, say("unchanged", "未变"))])
    if report.skipped:
        told.append(say("skipped", "跳过") + f" {len(report.skipped):,}" + _by_format(report))
    # Nothing but zeros would say that nothing was looked at.
    return _line(report, told or [say("no change", "无变化")])


def changes_summary(report: Report) -> str:
    """One line of what has changed, and of nothing else; empty if nothing has."""
    told = _told(_changes(report))
    return _line(report, told) if told else ""


def change_lines(report: Report, *, name_all: bool) -> Iterator[str]:
    """The files that a sync would change, each with what would become of it."""
    skipped = {one.name for one in report.skipped}  # a new file may be one that cannot be read
    changes = [one for one in report.changes if one.kind != "added" or one.name not in skipped]
    named = changes if name_all else changes[:_MOST_NAMED]
    for change in named:
        name, new = change.name, change.new_name
        match change.kind:
            case "added":
                yield say(f"would add {name}", f"将新增 {name}")
            case "updated":
                yield say(f"would update {name}", f"将更新 {name}")
            case "removed":
                yield say(f"would remove {name}", f"将删除 {name}")
            case _:
                yield say(f"would rename {name} to {new}", f"将改名 {name} → {new}")
    left = len(changes) - len(named)
    if left:
        yield say(
            f"… and {left:,} more files (--verbose names them all)",
            f"……另外还有 {left:,} 个文件（--verbose 列出全部）",
        )


def _changes(report: Report) -> list[tuple[int, str]]:
    return [
        (report.added, say("added", "新增")),
        (report.updated, say("updated", "更新")),
        (report.renamed, say("renamed", "改名")),
        (report.removed, say("removed", "删除")),
    ]


def _preview(report: Report) -> str:
    """What would be done, in documents."""
    counts = [
        (report.added, say("add", "新增")),
        (report.updated, say("update", "更新")),
        (report.renamed, say("rename", "改名")),
        (report.removed, say("remove", "删除")),
    ]
    told = say(", ", "，").join(_told(counts))
    would = say(f"would {told}", f"将{told}") if told else say("would change nothing", "不会有变化")
    skipped = len(report.skipped)
    if skipped:
        would += say(f", skip {skipped:,}", f"，跳过 {skipped:,}") + _by_format(report)
    return would + say("; the index is as it was", "；索引未作改动")


def _by_format(report: Report) -> str:
    """How many of what was skipped are of each format; empty where no format is known."""
    if not any(report.failures):
        return ""
    failures = sorted(report.failures.items(), key=lambda item: (-item[1], item[0]))
    told = [f"{name or say('other', '其他')} {count:,}" for name, count in failures]
    return say(f" ({', '.join(told)})", f"（{'，'.join(told)}）")


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
