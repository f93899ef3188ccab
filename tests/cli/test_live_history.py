"""The queries that the live search keeps, and the file that they are kept in."""

from pathlib import Path

import pytest

from searcher.cli.live import history
from searcher.cli.live.history import History, history_file


def test_the_file_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("SEARCHER_HISTORY", raising=False)
    assert history_file() == tmp_path / ".local" / "state" / "searcher" / "history"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert history_file() == tmp_path / "state" / "searcher" / "history"
    monkeypatch.setenv("XDG_STATE_HOME", "no/absolute/path")
    assert history_file() == tmp_path / ".local" / "state" / "searcher" / "history"
    monkeypatch.setenv("SEARCHER_HISTORY", "~/mine")
    assert history_file() == tmp_path / "mine"
    monkeypatch.setenv("SEARCHER_HISTORY", "")
    assert history_file() is None


def test_what_is_kept_is_a_line_each_and_the_same_query_once(tmp_path: Path) -> None:
    file = tmp_path / "history"
    kept = History(file)
    for query in ("理赔", "理赔", "  ", "核酸\n上海\x1b[2J", "理赔"):
        kept.add(query)
    assert file.read_text(encoding="utf-8") == "理赔\n核酸 上海␛[2J\n理赔\n"
    again = History(file)
    assert again.earlier("") == "理赔"
    assert again.earlier("理赔") == "核酸 上海␛[2J"
    assert again.earlier("核酸 上海␛[2J") is None
    assert again.earlier("酸") == "核酸 上海␛[2J"


def test_old_queries_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_MOST", 3)
    file = tmp_path / "history"
    kept = History(file)
    for number in range(6):
        kept.add(f"第{number}次")
    assert file.read_text(encoding="utf-8") == "第3次\n第4次\n第5次\n"


def test_what_cannot_be_read_or_written_is_done_without(tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/null/history")):
        kept = History(path)
        kept.add("理赔")
        assert kept.earlier("") == "理赔"
    (tmp_path / "odd").write_bytes(b"\xff\xfe\n\n\n")
    assert History(tmp_path / "odd").earlier("") == "\ufffd\ufffd"
