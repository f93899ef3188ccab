"""``search --synonyms``."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Runner


@pytest.fixture
def synonyms(tmp_path: Path) -> Path:
    path = tmp_path / "synonyms.txt"
    path.write_text("# 本公司的说法\nVIP, 绿色通道\n", encoding="utf-8")
    return path


def test_synonyms_are_found_and_explained(run_home: Runner, synonyms: Path) -> None:
    assert run_home("search", "vip").status == 1
    outcome = run_home("search", "vip", "--synonyms", str(synonyms), "--explain")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith("1 document\nread as: words(vip){vip: 绿色通道}\n")
    assert "绿色 (vip → 绿色通道)" in outcome.out
    arguments = ("--synonyms", str(synonyms), "--explain", "--json")
    record = json.loads(run_home("search", "vip", *arguments).out)
    assert record["id"] == "faq-02"
    assert {term["origin"] for term in record["explanation"]["terms"]} == {"vip → 绿色通道"}


def test_synonyms_may_be_named_in_the_environment(
    run_home: Runner, synonyms: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEARCHER_SYNONYMS", str(synonyms))
    assert run_home("search", "vip").status == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"vip", ", line 1: 'vip' is alone"),
        ("甲,乙\nvip =>".encode(), ", line 2: nothing after =>"),
        ("甲,乙".encode("gb18030"), ", line 1: not UTF-8 (byte 0); save it as UTF-8"),
    ],
)
def test_a_file_that_is_not_understood_is_an_error(
    run_home: Runner, synonyms: Path, content: bytes, says: str
) -> None:
    synonyms.write_bytes(content)
    outcome = run_home("search", "vip", "--synonyms", str(synonyms))
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith(f"error: {synonyms}{says}")


def test_a_file_that_is_not_there_is_an_error(run_home: Runner, tmp_path: Path) -> None:
    outcome = run_home("search", "vip", "--synonyms", str(tmp_path / "there"))
    assert outcome.status == 2
    assert outcome.err.startswith(f"error: cannot read {tmp_path / 'there'}")
