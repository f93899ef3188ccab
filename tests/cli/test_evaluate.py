"""``searcher evaluate`` and the measures it prints."""

import json
from math import log2
from pathlib import Path

import pytest

from searcher.query.measures import ndcg, recall, reciprocal_rank
from tests.cli.conftest import Runner

JUDGMENTS = {"a": 3, "b": 2, "c": 3, "d": 0, "e": 1, "f": 2}


def test_ndcg_by_hand() -> None:
    # 3 + 2/log2(3) + 3/2 + 0 + 1/log2(6) + 2/log2(7) = 6.8611
    # 3 + 3/log2(3) + 2/2 + 2/log2(5) + 1/log2(6) + 0 = 7.1410
    assert ndcg(list("abcdef"), JUDGMENTS, 10) == pytest.approx(6.8611 / 7.1410, abs=1e-4)


def test_ndcg_is_cut_at_the_depth_on_both_sides() -> None:
    assert ndcg(list("bca"), JUDGMENTS, 2) == pytest.approx((2 + 3 / log2(3)) / (3 + 3 / log2(3)))
    assert ndcg(list("acb"), JUDGMENTS, 2) == 1


def test_ndcg_counts_what_is_not_judged_or_negative_as_nothing() -> None:
    assert ndcg(["x", "y", "a"], {"a": 1, "y": -1}, 10) == pytest.approx(1 / 2)
    assert ndcg(["a"], {"a": 0}, 10) == 0
    assert ndcg([], {"a": 1}, 10) == 0


def test_reciprocal_rank_by_hand() -> None:
    assert reciprocal_rank(["d", "x", "e"], JUDGMENTS, 10) == pytest.approx(1 / 3)
    assert reciprocal_rank(["d", "x", "e"], JUDGMENTS, 2) == 0


def test_recall_by_hand() -> None:
    assert recall(["a", "x", "d", "e"], JUDGMENTS, 100) == pytest.approx(2 / 5)
    assert recall(["x", "a", "e"], JUDGMENTS, 2) == pytest.approx(1 / 5)
    assert recall(["a"], {"a": 0}, 100) == 0


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Queries and judgments of the documents."""
    queries = tmp_path / "queries.jsonl"
    queries.write_text(
        '{"id": "q1", "text": "绿色通道"}\n'
        '{"id": 2, "text": "北京来信？"}\n'
        '{"id": "q3", "text": "没有评判"}\n\n'
        '{"id": "q4", "text": "找不到的龘"}\n',
        encoding="utf-8",
    )
    qrels = tmp_path / "qrels.tsv"
    qrels.write_text(
        "q1\t0\tfaq-02\t1\n2\t0\tnotes/北京.txt\t2\n2 0 faq-01 0\nq4 0 a b.txt 1\nq9 0 x 1\n",
        encoding="utf-8",
    )
    return str(queries), str(qrels)


def test_it_prints_means_over_the_judged_queries(run_home: Runner, files: tuple[str, str]) -> None:
    arguments = ("evaluate", "--queries", files[0], "--qrels", files[1])
    outcome = run_home(*arguments)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        "queries     3",
        "nDCG@10     0.6667",
        "MRR@10      0.6667",
        "recall@100  0.6667",
    ]
    assert json.loads(run_home(*arguments, "--json").out) == {
        "queries": 3,
        "nDCG@10": pytest.approx(2 / 3),
        "MRR@10": pytest.approx(2 / 3),
        "recall@100": pytest.approx(2 / 3),
    }


@pytest.mark.parametrize(
    ("queries", "complaint"),
    [
        (b'{"id": "q1", "text": "x"}\n{"id": \n', "line 2: not JSON"),
        (b'{"id": "q1", "body": "x"}\n', 'line 1: not as in {"id": "q1", "text": "…"}'),
        (b'\n{"id": "q1", "text": "x"}\n{"id": "q1", "text": "y"}\n', "line 3: id q1 a second"),
        (b"[1]\n", "line 1: not as in"),
        (b'{"id": "q1", "text": "\xff"}\n', "line 1: not UTF-8"),
        (b'{"id": "other", "text": "x"}\n', "has a judgment"),
    ],
)
def test_bad_queries_are_named_by_line(
    run_home: Runner, files: tuple[str, str], tmp_path: Path, queries: bytes, complaint: str
) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(queries)
    outcome = run_home("evaluate", "--queries", str(bad), "--qrels", files[1])
    assert (outcome.status, outcome.out) == (2, "")
    assert complaint in outcome.err


@pytest.mark.parametrize(
    ("qrels", "complaint"),
    [
        ("q1 0 faq-02 1\nq1 faq-02\n", "line 2: not as in: q1 0 doc1 1"),
        ("q1 0 faq-02 yes\n", "line 1: not as in"),
        ("q1\t0\tfaq-02\n", "line 1: not as in"),
        ("q1 0 a 1\nq1 0 a 0\n", "line 2: a is judged a second time"),
    ],
)
def test_bad_judgments_are_named_by_line(
    run_home: Runner, files: tuple[str, str], tmp_path: Path, qrels: str, complaint: str
) -> None:
    bad = tmp_path / "bad.tsv"
    bad.write_text(qrels, encoding="utf-8")
    outcome = run_home("evaluate", "--queries", files[0], "--qrels", str(bad))
    assert (outcome.status, outcome.out) == (2, "")
    assert complaint in outcome.err


def test_missing_files_and_options_are_errors(run_home: Runner, files: tuple[str, str]) -> None:
    outcome = run_home("evaluate", "--queries", "none.jsonl", "--qrels", files[1])
    assert outcome.err == "error: none.jsonl: no such file or folder\nTry: ls .\n"
    assert outcome.status == 2
    assert "--qrels is missing" in run_home("evaluate", "--queries", files[0]).err
