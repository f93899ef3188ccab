"""How far indexing has come, in words."""

from searcher.cli.pace import Pace
from searcher.cli.progress import Stage
from searcher.cli.views.status import size_in_words
from searcher.language import say

_WIDE = 60  # cells, from which on there is room for a speed
_WIDER = 100  # for two


def stage_line(stage: Stage, pace: Pace) -> str:
    """A line for a log: how much is done, how fast it goes, how long it will take."""
    parts = []
    if stage.total:
        parts.append(f"{100 * stage.done / stage.total:.0f}%")
        done, total = size_in_words(int(stage.done)), size_in_words(int(stage.total))
        parts.append(say(f"{done} of {total}", f"{total} 中的 {done}"))
    elif stage.now:
        parts.append(stage.now)
    if stage.count:
        parts.append(
            say(
                f"{stage.count:,} {'document' if stage.count == 1 else 'documents'}",
                f"{stage.count:,} 篇",
            )
        )
    if stage.total:
        parts += speeds(pace)
        left = pace.seconds_left(stage.total)
        if left is not None:
            parts.append(say(f"{duration(left)} left", f"还需 {duration(left)}"))
    return say("indexing: ", "索引中：") + say(", ", "，").join(parts)


def stage_rates(stage: Stage, pace: Pace, width: int) -> str:
    """The same in few cells, for the side of a bar on a terminal of so many."""
    if not stage.total:
        return ""
    left = pace.seconds_left(stage.total)
    parts = speeds(pace)[: 2 if width >= _WIDER else 1 if width >= _WIDE else 0]
    if left is not None:
        parts.append(say(f"{clock(left)} left", f"还需 {clock(left)}"))
    return " · ".join(parts)


def speeds(pace: Pace) -> list[str]:
    """How fast it goes, as far as that is known."""
    told = []
    if pace.rate is not None:
        told.append(f"{size_in_words(round(pace.rate))}{say('/s', '/秒')}")
    if pace.count_rate is not None:
        told.append(say(f"{pace.count_rate:,.0f} documents/s", f"每秒 {pace.count_rate:,.0f} 篇"))
    return told


def clock(seconds: float) -> str:
    """A time as a clock shows it: 0:07, 12:00, 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def duration(seconds: float) -> str:
    """A time as people say it, in its two largest units."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return say(f"{hours} h {minutes} min", f"{hours} 小时 {minutes} 分")
    if minutes:
        return say(f"{minutes} min {rest} s", f"{minutes} 分 {rest} 秒")
    return say(f"{rest} s", f"{rest} 秒")
