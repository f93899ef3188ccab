"""A run: what is built, what is asked, and what the figures must reach."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import cold
from tests.benchmarks.asking import TASKS, YARDSTICK, Duel, Effort, duel, indexed
from tests.benchmarks.building import Build, build, index_folder
from tests.benchmarks.engines import LABELS
from tests.benchmarks.engines.cutting import words
from tests.benchmarks.queries import KINDS, Query, choose
from tests.benchmarks.statistics import Goal, geometric_mean
from tests.benchmarks.texts import Collection

OURS = "searcher"
NUMPY = "searcher-numpy"
PLAIN = "searcher-plain"
FIRST = "searcher-first"
TWO_CHANNELS = "tantivy-two"
STOCK = "stock"
NEWS, SAMPLE, PASSAGES, FEW, MANY = (
    "news",
    "sample",
    "passages",
    "few passages",
    "ten times as many",
)
STEPS = ("build", "ranking", "end-to-end", "cold")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to do.

    Attributes:
        steps: Some of ``STEPS``.
        peers: The engines beside ours, the yardstick and stock.
        jobs: Processes and threads that may build.
        queries: Of each kind.
        effort: How long to measure them.
        starts: How often a cold process is started.
        seed: Chooses the queries.
    """

    steps: tuple[str, ...]
    peers: tuple[str, ...]
    jobs: int
    queries: int
    effort: Effort
    starts: int
    seed: int


@dataclass(slots=True)
class Figures:
    """What was measured: builds by collection and engine, duels by task too, cold starts."""

    builds: dict[str, dict[str, Build]] = field(default_factory=dict)
    duels: dict[str, dict[str, dict[str, Duel]]] = field(default_factory=dict)
    cold: dict[str, float] = field(default_factory=dict)

    def goals(self) -> list[Goal]:
        """What must be reached, as far as it was measured."""
        return [
            *self._ranking_goals(),
            *self._quality_goals(),
            *self._end_to_end_goals(),
            *self._growth_goals(),
            *self._build_goals(),
            *self._cold_goals(),
        ]

    def _duel(self, collection: str, task: str, name: str) -> Duel | None:
        return self.duels.get(task, {}).get(collection, {}).get(name)

    def _ranking_goals(self) -> Iterator[Goal]:
        for name, mean, most in ((OURS, 0.35, 1.0), (NUMPY, 1.0, 1.5)):
            measured = self._duel(PASSAGES, "ranking", name)
            if measured:
                figure = f"ranking, {PASSAGES}, {LABELS[name]}"
                ratios = {kind: measured.ratio(kind) for kind in measured.ours}
                worst = max(ratios, key=ratios.__getitem__)
                yield Goal(f"{figure}: mean", geometric_mean(list(ratios.values())), mean)
                yield Goal(f"{figure}: worst, {KINDS[worst]}", ratios[worst], most)

    def _quality_goals(self) -> Iterator[Goal]:
        """What the default ranking costs beside BM25F alone; both were asked beside the peer."""
        for collection in (NEWS, PASSAGES):
            ours, plain = (self._duel(collection, "ranking", name) for name in (OURS, PLAIN))
            if ours and plain:
                ratios = [ours.ratio(kind) / plain.ratio(kind) for kind in ours.ours]
                yield Goal(
                    f"ranking, {collection}, ÷ {LABELS[PLAIN]}: mean", geometric_mean(ratios), 1.5
                )

    def _end_to_end_goals(self) -> Iterator[Goal]:
        for collection in (NEWS, PASSAGES):
            measured = self._duel(collection, "end to end", OURS)
            if measured:
                for percent, most in ((50, 0.6), (99, 1.0)):
                    ratios = {kind: measured.ratio(kind, percent) for kind in measured.ours}
                    worst = max(ratios, key=ratios.__getitem__)
                    figure = f"end to end, {collection}, p{percent}: worst, {KINDS[worst]}"
                    yield Goal(figure, ratios[worst], most)

    def _growth_goals(self) -> Iterator[Goal]:
        for task in TASKS:
            growth = self.growth(task, OURS)
            if growth:
                worst = max(growth, key=growth.__getitem__)
                yield Goal(
                    f"{task}, {MANY} ÷ {FEW}, p50: worst, {KINDS[worst]}", growth[worst], 3.0
                )

    def growth(self, task: str, name: str) -> dict[str, float]:
        """What ten times as many documents do to the p50 of each kind, for ours or the peer."""
        few, many = (self._duel(collection, task, OURS) for collection in (FEW, MANY))
        if few is None or many is None:
            return {}
        small, large = (few.ours, many.ours) if name == OURS else (few.theirs, many.theirs)
        return {kind: large[kind].milliseconds(50) / small[kind].milliseconds(50) for kind in small}

    def _build_goals(self) -> Iterator[Goal]:
        stock = self.builds.get(SAMPLE, {}).get(STOCK)
        for collection in (NEWS, PASSAGES):
            builds = self.builds.get(collection, {})
            if OURS not in builds:
                continue
            ours = builds[OURS]
            if TWO_CHANNELS in builds:
                ratio = ours.documents_per_second / builds[TWO_CHANNELS].documents_per_second
                figure = f"build, {collection}: docs/s ÷ {LABELS[TWO_CHANNELS]}"
                yield Goal(figure, ratio, 1.0, at_least=True)
            if stock and collection == NEWS:
                ratio = ours.documents_per_second / stock.documents_per_second
                figure = f"build, {collection}: docs/s ÷ {LABELS[STOCK]}"
                yield Goal(figure, ratio, 40, at_least=True)
            yield Goal(f"index, {collection}: bytes ÷ UTF-8 text", ours.size_ratio, 1.5)
            yield Goal(f"build, {collection}: peak memory", ours.peak_bytes / 1e9, 1.0, unit=" GB")

    def _cold_goals(self) -> Iterator[Goal]:
        for name in (cold.OURS, cold.INSTALLED):
            if name in self.cold:
                for other, most in ((cold.STOCK, 0.25), (cold.IMPORTS, 2.5)):
                    ratio = self.cold[name] / self.cold[other]
                    yield Goal(f"cold: {name} ÷ {other}", ratio, most)


class Run:
    """Does what a plan says, over collections that are ready."""

    def __init__(self, plan: Plan, collections: Mapping[str, Collection], say: Say) -> None:
        self.figures = Figures()
        self._plan = plan
        self._collections = collections
        self._say = say

    def all(self, questions: Sequence[str]) -> Figures:
        """Do all steps of the plan."""
        steps = self._plan.steps
        if "build" in steps:
            for collection in (NEWS, PASSAGES):
                for name in (OURS, YARDSTICK, *self._plan.peers):
                    self._build(collection, name)
            self._build(SAMPLE, STOCK)
        for task in TASKS:
            if task.replace(" ", "-") in steps:
                self._ask(task, questions)
        if "cold" in steps:
            self._start(questions)
        return self.figures

    def _ask(self, task: str, questions: Sequence[str]) -> None:
        for collection in (NEWS, PASSAGES):
            queries = self._queries(collection, questions)
            for name in (OURS, FIRST, PLAIN, NUMPY, *self._plan.peers):
                self._duel(collection, task, name, queries)
        self._duel(SAMPLE, task, STOCK, self._queries(NEWS, questions))
        # The same queries, so that nothing but the size differs.
        queries = self._queries(FEW, questions)
        for collection in (FEW, MANY):
            self._duel(collection, task, OURS, queries)

    def _start(self, questions: Sequence[str]) -> None:
        query = next(query for query in self._queries(NEWS, questions) if query.kind == "any")
        for collection, name in ((NEWS, OURS), (SAMPLE, STOCK)):
            self._build(collection, name)
        self._say(f"cold: {query.text}")
        started = cold.commands(
            index_folder(self._collections[NEWS], OURS) / "index",
            index_folder(self._collections[SAMPLE], STOCK),
            query.text,
        )
        self.figures.cold = cold.take_turns(started, self._plan.starts)

    def _build(self, collection: str, name: str) -> None:
        builds = self.figures.builds.setdefault(collection, {})
        if name not in builds:
            self._say(f"build: {collection}, {LABELS[name]}")
            builds[name] = build(self._collections[collection], name, self._plan.jobs)

    def _duel(self, collection: str, task: str, name: str, queries: Sequence[Query]) -> None:
        for each in (indexed(name), YARDSTICK):
            self._build(collection, each)
        self._say(f"{task}: {collection}, {LABELS[name]}")
        duels = self.figures.duels.setdefault(task, {}).setdefault(collection, {})
        duels[name] = duel(self._collections[collection], name, task, queries, self._plan.effort)

    def _queries(self, name: str, questions: Sequence[str]) -> list[Query]:
        collection = self._collections[name]
        file = collection.folder / f"queries-{self._plan.queries}-{self._plan.seed}.json"
        if not file.exists():
            self._say(f"choose queries: {name}")
            texts = [record.body for record in collection.records()]
            chosen = choose(texts, questions, words, self._plan.queries, self._plan.seed)
            values = [[query.kind, query.text] for query in chosen]
            file.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
        return [Query(*each) for each in json.loads(file.read_text(encoding="utf-8"))]


def read_questions(path: Path) -> list[str]:
    """The questions in a file of JSON Lines."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]
