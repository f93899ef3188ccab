"""Opening the file of a hit in an editor, at the match."""

import gzip
import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from searcher import Document, Hit, Index, Snippet
from searcher.api.locating import locator
from searcher.cli.opening import Target, command_for, line_in, target_of
from searcher.errors import SearcherError
from tests.cli.conftest import Runner

FILE = Path("/文档/a b.txt")
VARIABLES = ("VISUAL", "EDITOR", "SEARCHER_PAGER", "PAGER")


@pytest.fixture(autouse=True)
def without_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An editor named vim that writes down what it was asked to open, here."""
    script, asked = tmp_path / "bin" / "vim", tmp_path / "asked"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" > '{asked}'\n")
    script.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(script))
    return asked


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files of several kinds and their index."""
    home = tmp_path_factory.mktemp("kinds")
    files = home / "files"
    files.mkdir()
    (files / "长篇.txt").write_text("开头\n\n" + "无关的话。\n" * 5 + "这里说到绿色通道。\n" * 2)
    (files / "换行\n名.txt").write_text("标题\n\n这是核磁共振。\n")
    (files / "国标.txt").write_bytes("标题\n\n第三行讲理赔时效。\n".encode("gb18030"))
    (files / "网页.html").write_text(
        "<html><head><title>页</title></head><body>\n<p>第一段。</p>\n"
        "<p>客户<b>投诉</b>&#8220;热线&#8221;在此。</p></body></html>\n"
    )
    lines = ['{"title": "甲", "body": "报案\\u6d41程"}', "", '{"title": "乙", "body": "查勘员"}']
    (files / "记录.jsonl").write_text("\n".join(lines) + "\n")
    with gzip.open(files / "旧.txt.gz", "wt", encoding="utf-8") as packed:
        packed.write("旧闻\n\n封控期间的安排。\n")
    with zipfile.ZipFile(files / "包.zip", "w") as archive:
        archive.writestr("里/面.txt", "里面\n\n压缩的续保通知。\n")
    (files / "走了.txt").write_text("走了\n\n短暂停留。\n")
    Index.build(home / "index", [files])
    (files / "走了.txt").unlink()
    with Index.open(home / "index") as index:
        index.add([Document(id="no-file", title="程序加入", body="来自程序的预案。")])
    return home


def target(folder: Path, query: str) -> Target:
    with Index.open(folder / "index") as index:
        hit = index.search(f"“{query}”", limit=1)[0]
        return target_of(locator(index), hit)


@pytest.mark.parametrize(
    ("editor", "command"),
    [
        ("vim", ["vim", "+7", str(FILE)]),
        ("/usr/bin/nvim -R", ["/usr/bin/nvim", "-R", "+7", str(FILE)]),
        ("nano", ["nano", "+7", str(FILE)]),
        ("emacsclient -a ''", ["emacsclient", "-a", "", "+7", str(FILE)]),
        ("code --wait", ["code", "--wait", "--goto", f"{FILE}:7"]),
        ("subl -w", ["subl", "-w", f"{FILE}:7"]),
        ("hx", ["hx", f"{FILE}:7"]),
        ("kate", ["kate", "--line", "7", str(FILE)]),
        ("'my editor' -x", ["my editor", "-x", str(FILE)]),
        ("$HOME/vim", ["sh", "-c", '$HOME/vim "$@"', "$HOME/vim", "+7", str(FILE)]),
    ],
)
def test_each_editor_is_told_the_line_in_its_way(
    monkeypatch: pytest.MonkeyPatch, editor: str, command: list[str]
) -> None:
    monkeypatch.setenv("EDITOR", editor)
    assert command_for(FILE, 7) == command


def test_visual_comes_before_editor_before_the_pager(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in reversed(VARIABLES):
        monkeypatch.setenv(name, name.lower())
        assert command_for(FILE)[0] == name.lower()


def test_a_pipeline_as_a_pager_reads_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a b.txt"
    file.write_text("一\n二\n")
    monkeypatch.setenv("PAGER", "head -n 1 | cat")
    done = subprocess.run(command_for(file, 2), capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "一\n"


def test_without_editor_or_pager_the_error_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SearcherError, match="export EDITOR=vim"):
        command_for(FILE)


@pytest.mark.parametrize(
    ("query", "name", "line"),
    [
        ("绿色通道", "长篇.txt", 8),
        ("核磁共振", "换行\n名.txt", 3),
        ("理赔时效", "国标.txt", 3),
        ("投诉“热线”", "网页.html", 3),
        ("报案流程", "记录.jsonl", 1),
        ("查勘员", "记录.jsonl", 3),
    ],
)
def test_the_line_of_the_match_is_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch, query: str, name: str, line: int
) -> None:
    monkeypatch.setenv("EDITOR", "vim")
    assert target(folder, query) == Target(folder / "files" / name, line)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("封控期间", "no editor can open .gz files"),
        ("续保通知", "it is inside of 包.zip"),
        ("短暂停留", "走了.txt is not there any more"),
        ("预案", "it was not read from a file"),
    ],
)
def test_what_no_editor_can_open_has_a_reason(folder: Path, query: str, reason: str) -> None:
    found = target(folder, query)
    assert found.path is None
    assert found.reason.endswith(reason)


def test_what_a_pager_would_show_as_bytes_is_not_given_to_it(folder: Path) -> None:
    assert target(folder, "绿色通道").path == folder / "files" / "长篇.txt"
    found = target(folder, "理赔时效")
    assert found.path is None
    assert found.reason.startswith("it is in gb18030, and neither $VISUAL nor $EDITOR")


def test_files_of_the_same_name_below_two_folders_are_told_apart(tmp_path: Path) -> None:
    for name, text in (("甲", "第一份合同。"), ("乙", "另一份协议。")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "同名.txt").write_text(text)
    Index.build(tmp_path / "index", [tmp_path / "甲", tmp_path / "乙"])
    assert target(tmp_path, "第一份").path == tmp_path / "甲" / "同名.txt"
    assert target(tmp_path, "另一份").path == tmp_path / "乙" / "同名.txt"


def test_a_file_that_came_later_is_not_taken_for_one_of_another_folder(tmp_path: Path) -> None:
    for name in ("甲", "乙"):
        (tmp_path / name).mkdir()
    (tmp_path / "乙" / "同名.txt").write_text("只在这里的协议。")
    Index.build(tmp_path / "index", [tmp_path / "甲", tmp_path / "乙"])
    (tmp_path / "甲" / "同名.txt").write_text("后来的。")
    assert target(tmp_path, "只在这里").path == tmp_path / "乙" / "同名.txt"


def test_a_single_file_that_was_indexed_is_found(tmp_path: Path) -> None:
    (tmp_path / "单.txt").write_text("只有这一份合同。")
    Index.build(tmp_path / "index", [tmp_path / "单.txt"])
    assert target(tmp_path, "合同").path == tmp_path / "单.txt"


@pytest.mark.parametrize(
    ("source", "passage", "match", "line"),
    [
        ("甲。\n乙丙。\n丁\n", "甲。乙丙。", "乙", 2),
        ("一行断\n开的字\n", "一行断开的字", "断开", 1),
        ("**粗** [链接](x)字\n普通\n", "粗链接字", "链接", 1),
        ("没有\n", "别的文字", "别的", 1),
        ("重复\n前文重复后文\n", "前文重复后文", "重复", 2),
        ("", "空", "空", 1),
    ],
)
def test_a_passage_is_found_in_its_source(source: str, passage: str, match: str, line: int) -> None:
    start = passage.index(match)
    assert line_in(source, passage, start, start + len(match)) == line


def test_of_records_with_the_same_words_the_right_one_is_found(tmp_path: Path) -> None:
    (tmp_path / "记录.jsonl").write_text('{"body": "同样的话"}\n\n{"body": "同样的话"}\n')
    Index.build(tmp_path / "index", [tmp_path / "记录.jsonl"])
    with Index.open(tmp_path / "index") as index:
        lines = {hit.id: target_of(locator(index), hit).line for hit in index.search("同样的话")}
    assert lines == {"记录.jsonl#1": 1, "记录.jsonl#2": 3}


def test_a_match_in_the_title_alone_is_found(tmp_path: Path) -> None:
    file = tmp_path / "题.md"
    file.write_text("---\ntags: [a]\ntitle: 年度总结\n---\n正文。\n")
    hit = Hit(1, "题.md", 1.0, "年度总结", "题.md", None, None, (), Snippet("正文。"), ((0, 2),))
    Index.build(tmp_path / "index", [file])
    with Index.open(tmp_path / "index") as index:
        assert target_of(locator(index), hit) == Target(file, 3)


def test_search_opens_the_hit_of_a_rank(run_home: Runner, home: Path, editor: Path) -> None:
    outcome = run_home("search", "绿色通道", "--open", "1")
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")
    assert editor.read_text() == f"+2\n{home}/corpus/records/问答.jsonl\n"


def test_the_rank_is_that_of_the_list(run_home: Runner, editor: Path) -> None:
    listed = run_home("search", "核酸", "-l").out.splitlines()
    for rank in (1, len(listed)):
        run_home("search", "核酸", "--open", str(rank))
        assert editor.read_text().splitlines()[1].endswith(listed[rank - 1])


def test_there_may_be_no_hit_of_that_rank(run_home: Runner, editor: Path) -> None:
    outcome = run_home("search", "绿色通道", "--open", "2")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == "there is no hit 2; how many documents match: 1\n"
    assert not editor.exists()


def test_what_cannot_be_opened_is_shown(
    folder: Path, run: Runner, editor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    outcome = run("search", "续保通知", "--open", "1", "--mark")
    assert outcome.status == 0
    assert outcome.err == "shown here, for it is inside of 包.zip\n"
    assert "压缩的[续保通知]。" in outcome.out
    assert not editor.exists()


def test_show_opens_a_document_at_what_a_query_marks(
    run_home: Runner, home: Path, editor: Path
) -> None:
    name = "news/2022-03-29-机房.md"
    assert run_home("show", name, "--open", "--query", "保单系统").status == 0
    assert editor.read_text() == f"+11\n{home}/corpus/{name}\n"


def test_a_text_is_no_binary_file_to_less_where_the_locale_is_not_installed(
    run_home: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "show"
    program.write_text(f'#!/bin/sh\necho "$LESSCHARSET" > {tmp_path}/told\n')
    program.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(program))
    for given, told in ((None, "utf-8"), ("latin1", "latin1")):
        if given:
            monkeypatch.setenv("LESSCHARSET", given)
        assert run_home("search", "绿色通道", "--open", "1").status == 0
        assert (tmp_path / "told").read_text() == f"{told}\n"


def test_an_editor_that_is_not_there_is_an_error(
    run_home: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "/no/such/vim")
    outcome = run_home("search", "绿色通道", "--open", "1")
    assert outcome.status == 2
    assert outcome.err.startswith("error: cannot run /no/such/vim: no such file")
    assert "export EDITOR=vim" in outcome.err


def test_ctrl_c_is_the_editors_business(run_home: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", f"kill -INT {os.getpid()}; true")
    assert run_home("search", "绿色通道", "--open", "1").status == 0
