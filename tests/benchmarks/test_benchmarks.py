"""What the speed runs do that needs no peer and no clock."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.benchmarks.asking import Ask, Duel, Effort, Times, take_turns
from tests.benchmarks.building import Build
from tests.benchmarks.memory import PeakMemory, process_tree, proportional, resident
from tests.benchmarks.queries import KINDS, PHRASE, RARE, choose
from tests.benchmarks.report import as_json, tables
from tests.benchmarks.run import FEW, MANY, NEWS, PASSAGES, SAMPLE, STEPS, Figures
from tests.benchmarks.statistics import Goal, geometric_mean, percentile
from tests.benchmarks.texts import LONGEST, Record, Sizes, cut, passages, prepare

NEWS_ITEM = Record(
    "n7", "", "上海今日公布数据。他说：“情况良好！”记者问：下一步呢？\n。。\n谢谢", "2023-08-16"
)
needs_proc = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="a folder of Linux")


class TestPassages:
    def test_they_end_where_sentences_end_and_quotes_are_closed(self) -> None:
        assert list(passages(NEWS_ITEM.body)) == [
            "上海今日公布数据。",
            "他说：“情况良好！”",
            "记者问：下一步呢？\n。。",
            "谢谢",
        ]

    def test_none_is_empty(self) -> None:
        assert list(passages("\n\n。。！\n ")) == []

    def test_sentences_that_are_too_long_end_at_a_comma(self) -> None:
        clause = "一二三四五六七八九，"
        found = list(passages(clause * 20 + "完。"))
        assert "".join(found) == clause * 20 + "完。"
        assert all(LONGEST <= len(passage) <= LONGEST + len(clause) for passage in found[:-1])

    def test_nothing_but_blanks_is_lost(self) -> None:
        assert "".join("".join(passages(NEWS_ITEM.body)).split()) == "".join(NEWS_ITEM.body.split())

    def test_each_is_a_document_of_its_own(self) -> None:
        pieces = sorted(cut([NEWS_ITEM], seed=1), key=lambda record: record.id)
        assert [record.id for record in pieces] == ["n7#1", "n7#2", "n7#3", "n7#4"]
        assert {record.date for record in pieces} == {"2023-08-16"}
        assert all(record.body.startswith(record.title) for record in pieces)

    def test_the_same_seed_gives_the_same_order(self) -> None:
        news = [Record(f"n{number}", "", "甲。乙。丙。", "") for number in range(30)]
        assert cut(news, seed=1) == cut(news, seed=1)
        assert cut(news, seed=1) != cut(news, seed=2)


class TestCollections:
    def test_they_are_written_once_and_found_again(self, tmp_path: Path) -> None:
        sizes = Sizes(news=2, sample=1, small=3)
        written = prepare(tmp_path, [NEWS_ITEM, NEWS_ITEM], sizes, seed=1)
        assert {name: each.documents for name, each in written.items()} == {
            NEWS: 2,
            SAMPLE: 1,
            PASSAGES: 8,
            FEW: 3,
            MANY: 8,
        }
        assert prepare(tmp_path, [], sizes, seed=1) == written

    def test_they_know_how_much_text_they_hold(self, tmp_path: Path) -> None:
        news = prepare(tmp_path, [NEWS_ITEM], Sizes(), seed=1)[NEWS]
        assert list(news.records()) == [NEWS_ITEM]
        assert news.text_bytes == len(NEWS_ITEM.body.encode())


class TestQueries:
    TEXTS = tuple(
        f"今天 天气 很好 第{chr(0x4E00 + number // 6)} 上海 居民 出门 散步。"
        for number in range(300)
    )
    QUESTIONS = ("上海 居民 出门 散步 什么 时候", "天气 怎么样")

    def test_there_are_as_many_of_each_kind_as_the_texts_give(self) -> None:
        queries = choose(self.TEXTS, self.QUESTIONS, str.split, count=10, seed=1)
        assert {query.kind for query in queries} <= set(KINDS)
        assert sum(query.kind == "rare" for query in queries) == 10
        assert sum(query.kind == "question" for query in queries) == len(self.QUESTIONS)

    def test_rare_words_are_rare(self) -> None:
        for query in choose(self.TEXTS, self.QUESTIONS, str.split, count=10, seed=1):
            if query.kind == "rare":
                assert sum(query.text in text.split() for text in self.TEXTS) in RARE

    def test_all_is_asked_for_the_words_that_any_is_asked_for(self) -> None:
        texts = [
            "".join(chr(0x4E00 + (number * 7 + place) % 500) for place in range(40))
            for number in range(200)
        ]
        pairs = choose(texts, texts, self._pairs, count=20, seed=1)
        words = {
            kind: [query.text for query in pairs if query.kind == kind] for kind in ("any", "all")
        }
        assert len(words["any"]) == 20
        assert words["any"] == words["all"]
        assert all(2 <= len(text.split()) <= 4 for text in words["any"])

    def test_phrases_are_strings_of_texts(self) -> None:
        texts = ["".join(chr(0x4E00 + n * 31 + place) for place in range(40)) for n in range(50)]
        queries = choose(texts, [], self._pairs, count=20, seed=1)
        phrases = [query.text for query in queries if query.kind == "phrase"]
        assert phrases
        assert all(len(phrase) in PHRASE for phrase in phrases)
        assert all(any(phrase in text for text in texts) for phrase in phrases)

    def test_the_same_seed_chooses_the_same(self) -> None:
        first, second = (
            choose(self.TEXTS, self.QUESTIONS, str.split, count=5, seed=3) for _ in range(2)
        )
        assert first == second

    @staticmethod
    def _pairs(text: str) -> list[str]:
        return [text[start : start + 2] for start in range(0, len(text), 2)]


class TestStatistics:
    def test_a_percentile_is_one_of_the_values(self) -> None:
        values = [float(value) for value in range(100, 0, -1)]
        assert percentile(values, 50) == 50
        assert percentile(values, 99) == 99
        assert percentile(values, 100) == 100
        assert percentile([3.0], 50) == 3

    def test_the_mean_of_twice_and_half_is_one(self) -> None:
        assert geometric_mean([2.0, 0.5]) == pytest.approx(1)

    def test_nothing_has_neither(self) -> None:
        with pytest.raises(ValueError):
            percentile([], 50)
        with pytest.raises(ValueError):
            geometric_mean([])

    def test_a_goal_is_reached_on_its_side_of_the_bound(self) -> None:
        assert Goal("slower", 1.0, 1.0).reached
        assert not Goal("slower", 1.1, 1.0).reached
        assert Goal("faster", 1.1, 1.0, at_least=True).reached
        assert not Goal("faster", 0.9, 1.0, at_least=True).reached


@needs_proc
class TestMemory:
    def test_children_belong_to_the_tree(self) -> None:
        command = [sys.executable, "-c", "input()"]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
            tree = process_tree(os.getpid())
            assert tree[0] == os.getpid()
            assert child.pid in tree
            child.communicate(b"\n")

    def test_what_has_ended_holds_nothing(self) -> None:
        with subprocess.Popen([sys.executable, "-c", ""]) as child:
            child.wait()
        assert process_tree(child.pid) == []
        assert resident(child.pid) == proportional(child.pid) == 0

    def test_the_peak_is_seen_while_it_lasts(self) -> None:
        program = "held = bytearray(64 << 20); print(flush=True); input()"
        command = [sys.executable, "-c", program]
        with (
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child,
            PeakMemory(child.pid) as peak,
        ):
            assert child.stdout is not None
            child.stdout.readline()
            while peak.bytes < 64 << 20 and child.poll() is None:  # it looks by itself
                time.sleep(0.01)
            child.communicate(b"\n")
        assert peak.bytes >= 64 << 20


class TestTurns:
    def test_all_engines_are_asked_everything_equally_often(self) -> None:
        asked: Counter[str] = Counter()
        asks = [[asking(f"{engine}{query}", asked) for query in range(3)] for engine in "ab"]
        times = take_turns(asks, Effort(rounds=4, seconds=60))
        assert asked == dict.fromkeys(("a0", "a1", "a2", "b0", "b1", "b2"), 5)
        assert [len(each.seconds) for each in times] == [3, 3]

    def test_queries_with_hits_are_counted(self) -> None:
        asks: list[list[Ask]] = [[lambda: [1], list], [list, list]]
        assert [each.with_hits for each in take_turns(asks, Effort(1, 60))] == [1, 0]

    def test_when_time_is_up_engines_have_been_asked_the_same(self) -> None:
        asks: list[list[Ask]] = [[list] * 5, [list] * 5]
        times = take_turns(asks, Effort(rounds=3, seconds=0))
        assert [len(each.seconds) for each in times] == [1, 1]


def asking(name: str, asked: Counter[str]) -> Ask:
    """A query that counts how often it is asked."""

    def ask() -> list[object]:
        asked[name] += 1
        return []

    return ask


class TestReport:
    @staticmethod
    def _figures() -> Figures:
        def duel(ours: float, theirs: float) -> Duel:
            return Duel(
                {kind: Times((ours,), 1) for kind in KINDS},
                {kind: Times((theirs,), 1) for kind in KINDS},
            )

        return Figures(
            builds={
                NEWS: {
                    "searcher": Build(10, 1000, 10**6, 10**6, 10**9),
                    "tantivy-two": Build(20, 1000, 10**6, 2 * 10**6, 10**8),
                },
                SAMPLE: {"stock": Build(10, 50, 10**5, 10**6, 10**8)},
            },
            duels={
                "ranking": {
                    PASSAGES: {"searcher": duel(1, 4), "searcher-numpy": duel(4, 2)},
                    FEW: {"searcher": duel(1, 1)},
                    MANY: {"searcher": duel(5, 2)},
                }
            },
            cold={
                "python -m searcher search": 0.1,
                "a script with jieba and Whoosh": 1.0,
                'python -c "import click, rich.console"': 0.05,
            },
        )

    def test_goals_compare_with_the_peer_that_each_names(self) -> None:
        found = {goal.figure: (goal.value, goal.reached) for goal in self._figures().goals()}
        assert found == {
            "ranking, passages, searcher: mean": (pytest.approx(0.25), True),
            "ranking, passages, searcher: worst, one rare word": (0.25, True),
            "ranking, passages, searcher, numpy alone: mean": (pytest.approx(2), False),
            "ranking, passages, searcher, numpy alone: worst, one rare word": (2, False),
            "ranking, ten times as many ÷ few passages, p50: worst, one rare word": (5, False),
            "build, news: docs/s ÷ tantivy + rjieba, words and bigrams": (2, True),
            "build, news: docs/s ÷ Whoosh + jieba": (20, False),
            "index, news: bytes ÷ UTF-8 text": (1, True),
            "build, news: peak memory": (1, True),
            "cold: python -m searcher search ÷ a script with jieba and Whoosh": (0.1, True),
            'cold: python -m searcher search ÷ python -c "import click, rich.console"': (2, True),
        }

    def test_what_was_not_measured_is_not_judged(self) -> None:
        assert Figures().goals() == []

    def test_there_are_a_table_for_each_figure_and_json(self) -> None:
        figures = self._figures()
        titles = [str(table.title) for table in tables(figures)]
        assert titles[0].startswith("build")
        assert titles[-1] == "what must be reached"
        values = json.loads(json.dumps(as_json(figures, {})))
        ranking = values["queries"]["ranking"][PASSAGES]["searcher"]
        assert ranking["geometric_mean_p50"] == pytest.approx(0.25)
        assert ranking["kinds"]["rare"]["engine"]["p50"] == 1000


def test_the_command_says_what_it_takes() -> None:
    command = [sys.executable, "-m", "tests.benchmarks", "--help"]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", check=True)
    assert all(step in done.stdout for step in STEPS)
