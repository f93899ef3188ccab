"""How long the live search takes from a key press to the painted list, and to start.

    python -m tests.benchmarks.live --index DIR [--queries N]

types queries, a key every 50 ms, into the live search as Textual's pilot runs it, at the size of a
large terminal, and prints the median, the 99th percentile and the slowest time from each key to
the list of just that text, painted; and in brackets the processor's time of all threads meanwhile,
which other work on the machine does not make more. Where another key came before, the stale text
may have been skipped, which is counted. Then it starts ``searcher live`` in pseudo-terminals of
both sizes, and prints how long it takes until the list is on the screen, and what typing there
writes.
"""

import argparse
import asyncio
import json
import os
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from textual import events

from searcher import Index
from searcher.cli.live.app import LiveSearch
from searcher.cli.live.query_box import QueryBox
from searcher.cli.live.questions import Answer, Manner
from searcher.cli.places import Place
from tests.benchmarks.statistics import percentile
from tests.cli.screens import Terminal
from tests.conftest import SHARED

SIZES = ((80, 24), (160, 50))
PERIOD = 0.05  # seconds between two keys
START_GOAL = 1.0  # seconds
_RUNS = 5  # starts
_LONGEST = 12  # characters of a question that are typed


class Moment(NamedTuple):
    """By the clock, and by the processor's time of the whole process, both in seconds."""

    clock: float
    processor: float

    @classmethod
    def now(cls) -> "Moment":
        """This moment."""
        return cls(time.perf_counter(), time.process_time())

    def since(self, other: "Moment") -> "Moment":
        """How long it is after another one, in milliseconds."""
        return Moment(1000 * (self.clock - other.clock), 1000 * (self.processor - other.processor))


class Timed(LiveSearch):
    """Notes when the list of which text was painted."""

    painted: "dict[str, Moment]"

    def _show_answer(self, answer: Answer) -> None:
        super()._show_answer(answer)
        text = answer.question.text
        self.call_after_refresh(lambda: self.painted.setdefault(text, Moment.now()))


async def typed(index: Path, queries: Sequence[str], size: tuple[int, int]) -> list[Moment | None]:
    """Milliseconds from each key to the painted list; None where a newer text came before it."""
    app = Timed(Place(index, True), Manner())
    app.painted = {}
    times: list[Moment | None] = []
    async with app.run_test(size=size) as pilot:
        while "" not in app.painted:
            await pilot.pause(PERIOD)
        for query in queries:
            app.painted.clear()
            pressed: dict[str, Moment] = {}
            due = time.perf_counter()
            for end, char in enumerate(query, 1):
                pressed[query[:end]] = Moment.now()
                app.post_message(events.Key(char, char))
                due += PERIOD
                await asyncio.sleep(max(due - time.perf_counter(), 0))
            while query not in app.painted:
                await asyncio.sleep(PERIOD)
            times += [
                app.painted[text].since(at) if text in app.painted else None
                for text, at in pressed.items()
            ]
            await pilot.press("ctrl+u")
            while app.query_one(QueryBox).value:
                await pilot.pause(PERIOD)
            await pilot.pause(4 * PERIOD)
    return times


def line(name: str, times: Sequence[Moment | None]) -> str:
    """The figures of one run."""
    seen = [one for one in times if one is not None]
    clock, processor = [one.clock for one in seen], [one.processor for one in seen]

    def both(number: int) -> str:
        return f"{percentile(clock, number):.1f} ({percentile(processor, number):.1f}) ms"

    return (
        f"{name}: {len(times)} keys, p50 {both(50)}, p99 {both(99)}, slowest {both(100)}, "
        f"skipped as stale {len(times) - len(seen)}"
    )


def started(index: Path, size: tuple[int, int]) -> tuple[float, float]:
    """Seconds from the start of the process to the first paint, and to the list."""
    with Index.open(index) as opened:
        total = f"/{opened.status().documents:,}"
    began = time.perf_counter()
    with Terminal(["live", "--index", str(index)], size) as terminal:
        terminal.read_until("Esc")
        first = time.perf_counter() - began
        terminal.read_until(total)
        whole = time.perf_counter() - began
        terminal.type("\x1b")
        terminal.wait()
    return first, whole


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--queries", dest="count", type=int, default=40, help="how many")
    arguments = parser.parse_args()
    with (SHARED / "data" / "zhihu_hot" / "queries.jsonl").open(encoding="utf-8") as lines:
        queries = [json.loads(each)["text"][:_LONGEST] for each in islice(lines, arguments.count)]
    Index.open(arguments.index).close()  # else the time of complaints would be measured
    for size in SIZES:
        worked = time.process_time()
        times = asyncio.run(typed(arguments.index, queries, size))
        # All threads together, with the pilot. Other processes do not make it more.
        worked = 1000 * (time.process_time() - worked) / len(times)
        figures = line(f"{size[0]}x{size[1]}", times)
        print(f"{figures}; of the processor {worked:.1f} ms a key", flush=True)
    for size in SIZES:
        before = os.times()
        runs = sorted(started(arguments.index, size) for _ in range(_RUNS))
        after = os.times()
        first, whole = runs[len(runs) // 2]
        spent = after.children_user - before.children_user
        spent += after.children_system - before.children_system
        print(
            f"{size[0]}x{size[1]}: first paint after {first:.2f} s, list after {whole:.2f} s "
            f"(median of {_RUNS}; goal {START_GOAL:g} s); of the processor, until it is left, "
            f"{spent / _RUNS:.2f} s"
        )


if __name__ == "__main__":
    main()
