"""``show``, ``status`` and ``analyze``."""

import json
from pathlib import Path

import pytest

from searcher.kernel import is_built
from tests.cli.conftest import Runner, run_process


def test_show_prints_all_that_is_known(run_home: Runner) -> None:
    outcome = run_home("show", "news/2022-03-29-机房.md")
    assert (outcome.status, outcome.err) == (0, "")
    head, body = outcome.out.split("\n\n", 1)
    assert head.splitlines() == [
        "核酸筛查期间，谁在看护机房",
        "id      news/2022-03-29-机房.md",
        "date    2022-03-29 08:30:00+08:00",
        "source  国际金融报",
        "tags    核酸筛查, 信息技术",
        "layout  post",
    ]
    assert "保单系统却不会放假。" in body


def test_show_highlights_a_query(run_home: Runner) -> None:
    outcome = run_home("show", "faq-02", "--query", "绿色通道", "--color", "always")
    assert "\x1b[1;31m绿色通道\x1b[0m" in outcome.out
    record = json.loads(run_home("show", "faq-02", "--query", "绿色通道", "--json").out)
    assert record["body"] == "绿色通道当天赔付。"
    assert record["body_spans"] == [[0, 4]]
    assert record["title_spans"] == []


def test_show_as_json_has_the_fields_of_a_document(run_home: Runner) -> None:
    record = json.loads(run_home("show", "news/2022-03-29-机房.md", "--json").out)
    assert list(record) == [
        "id", "title", "body", "date", "source", "tags", "url", "path", "extra"
    ]  # fmt: skip
    assert record["date"] == "2022-03-29T08:30:00+08:00"
    assert record["extra"]["layout"] == "post"


def test_show_of_an_unknown_id_is_status_1(run_home: Runner) -> None:
    outcome = run_home("show", "faq-99")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == "no document has the id 'faq-99'. To find ids: searcher search WORDS\n"


def test_status(run_home: Runner, home: Path) -> None:
    outcome = run_home("status")
    assert (outcome.status, outcome.err) == (0, "")
    facts = dict(line.split(maxsplit=1) for line in outcome.out.splitlines())
    assert facts["documents"] == "7"
    assert facts["folder"] == str(home / "corpus")
    assert facts["size"].endswith(" MB")
    record = json.loads(run_home("status", "--json").out)
    assert record["documents"] == 7
    assert record["folders"] == [str(home / "corpus")]


def test_status_says_whether_the_compiled_kernel_is_in_use(run_home: Runner) -> None:
    kernel = is_built()
    says = "compiled, in use" if kernel else "not in use: numpy instead, which is slower"
    assert f"kernel      {says}\n" in run_home("status").out
    assert json.loads(run_home("status", "--json").out)["kernel"] is kernel


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("C.UTF-8", "kernel      not in use: numpy instead, which is slower\n"),
        ("zh_CN.UTF-8", "内核      未使用，由 numpy 代替，较慢\n"),
    ],
)
def test_status_says_when_the_kernel_is_left_unused(home: Path, language: str, says: str) -> None:
    env = {"SEARCHER_KERNEL": "off", "LANG": language}
    assert says in run_process("status", cwd=home, env=env).out
    assert json.loads(run_process("status", "--json", cwd=home, env=env).out)["kernel"] is False


def test_analyze(run_home: Runner) -> None:
    outcome = run_home("analyze", "ＡＰＰ體驗", "-上海")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        "folded  app体验 -上海",
        "words   app / 体验 / 上海",
        "pairs   ap / pp / p体 / 体验 / -上 / 上海",
    ]
    record = json.loads(run_home("analyze", "ＡＰＰ體驗", "--json").out)
    assert record == {
        "folded": "app体验",
        "words": ["app", "体验"],
        "grams": ["ap", "pp", "p体", "体验"],
    }


def test_analyze_needs_no_index(run: Runner, home: Path) -> None:
    with_index = run("analyze", "核酸筛查", "--json", "--index", str(home / "index"))
    outcome = run("analyze", "核酸筛查", "--json")
    assert outcome.status == 0
    assert outcome.out == with_index.out
    assert outcome.err == "there is no index at ./index: this is what the default dictionary does\n"


@pytest.mark.parametrize("command", [["show", "x"], ["status"], ["analyze", "x"]])
def test_a_named_index_that_is_missing_is_an_error(run: Runner, command: list[str]) -> None:
    outcome = run(*command, "--index", "there")
    assert (outcome.status, outcome.out) == (2, "")
    assert "Make one: searcher index --index there FOLDER" in outcome.err
