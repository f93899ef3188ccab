"""The threads behind the live search, and what they answer, without a screen."""

import threading
from functools import partial
from pathlib import Path

from searcher import Document, Hit, Index, Snippet
from searcher.cli.live.asking import Desk
from searcher.cli.live.glancing import place_of_match, window
from searcher.cli.live.newest import Newest
from searcher.cli.live.questions import Chosen, Glance, Manner, Question
from searcher.cli.places import Place


def test_of_what_waits_only_the_newest_is_done() -> None:
    begun, free, over = threading.Event(), threading.Event(), threading.Event()
    done: list[str] = []
    worker = Newest("test")

    def first() -> None:
        begun.set()
        free.wait()
        assert worker.has_newer()
        done.append("first")

    worker.ask(first)
    begun.wait()
    worker.ask(partial(done.append, "second"))
    worker.ask(partial(done.append, "third"))
    worker.ask_if_idle(partial(done.append, "idle"))

    def last() -> None:
        done.append("last")
        over.set()

    worker.ask(last)
    free.set()
    over.wait()
    worker.close()
    assert done == ["first", "last"]


def test_a_job_can_wait_for_a_pause() -> None:
    worker, told = Newest("test"), threading.Semaphore(0)
    kept: list[bool] = []

    def job(seconds: float) -> None:
        told.release()
        kept.append(worker.stays_newest(seconds))
        told.release()

    worker.ask(lambda: job(60))
    told.acquire()
    worker.ask(lambda: job(0.01))  # which ends the other's wait, and is followed by none
    for _ in range(3):
        assert told.acquire(timeout=20)
    worker.close()
    assert kept == [False, True]


def test_years_without_gaps_are_one_search() -> None:
    years = Chosen(year=("2021", "2019", "2020", "2023"))
    assert years.date_runs() == [("2019", "2021"), ("2023", "2023")]
    assert Chosen().date_runs() == [(None, None)]
    assert years.toggled("year", "2020").date_runs() == [
        ("2019", "2019"),
        ("2021", "2021"),
        ("2023", "2023"),
    ]


def test_the_place_of_a_match_is_that_of_the_passage() -> None:
    body = "核酸在前。\n\n别的。\n请注意：核\x1b酸  检测\n照常进行，无需预约。"
    snippet = Snippet("…请注意：核 酸 检测 照常进行…", ((5, 8),))
    hit = Hit(1, "a", 1.0, "", None, None, None, (), snippet)
    assert body[place_of_match(body, hit) :].startswith("核\x1b酸")
    other = Hit(1, "a", 1.0, "", None, None, None, (), Snippet("没有的话", ((0, 2),)))
    assert place_of_match(body, other) == 0


def test_a_window_begins_and_ends_with_lines_where_they_are_near() -> None:
    body = "一行。\n" * 20_000
    start, end = window(body, 40_000)
    assert start < 40_000 < end
    assert body[start - 1] == "\n" and body[end] == "\n"
    assert window("字" * 50_000, 25_000) == (22_000, 34_000)


def test_a_document_that_was_deleted_is_said_to_be_gone(tmp_path: Path) -> None:
    desk = Desk(Place(tmp_path / "index", True), Manner())
    with Index.open(tmp_path / "index", create=True) as index:
        index.add([Document(id="a", title="便条", body="核酸"), Document(id="b", body="x")])
    hit = desk.answer(Question("核酸")).hits[0]
    with Index.open(tmp_path / "index") as index:
        index.delete(["a"])
    view = desk.view(Glance(hit, "核酸", 60))
    assert view is not None
    assert "not in the index any more" in view.lines[0][0].text
    desk.close()
