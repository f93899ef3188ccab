"""Running the real commands, in this process or in one of their own, on a small real folder."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from searcher import Index
from searcher.cli import main

ROOT = Path(__file__).resolve().parents[2]
_OURS = (
    "SEARCHER_INDEX",
    "SEARCHER_SYNONYMS",
    "SEARCHER_CONFIG",
    "SEARCHER_PAGER",
    "SEARCHER_HISTORY",
    "XDG_CONFIG_HOME",
    "SEARCHER_DEBUG",
    "NO_COLOR",
    "FORCE_COLOR",
    "COLUMNS",
    "TERM",
)


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    status: int
    out: str
    err: str


def environment(**changes: str) -> dict[str, str]:
    """The environment of a process, with nothing in it that changes how the commands behave."""
    kept = {name: value for name, value in os.environ.items() if name not in _OURS}
    for name in [*kept]:
        if name == "LANGUAGE" or name.startswith("LC_"):
            del kept[name]
    # The project need not be installed for its tests.
    path = os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH", "")]))
    usual = {
        "LANG": "C.UTF-8",
        "PYTHONPATH": path,
        "TERM": "xterm",
        "SEARCHER_PAGER": "",
        "SEARCHER_HISTORY": "",
    }
    return {**kept, **usual, **changes}


def command_line(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "searcher", *arguments]


def run_process(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = 60
) -> Outcome:
    """Run a command in a process of its own."""
    done = subprocess.run(
        command_line(arguments),
        cwd=cwd,
        env=environment(**(env or {})),
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


class Runner:
    """Runs commands in this process, in a folder."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture

    def __call__(self, *arguments: str) -> Outcome:
        self._capture.readouterr()
        status = main(arguments)
        captured = self._capture.readouterr()
        return Outcome(status, captured.out, captured.err)


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*_OURS, "LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Runner:
    """Runs commands in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Runner(tmp_path, capsys)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents in ``corpus`` and their index in ``index``; not to be changed."""
    home = tmp_path_factory.mktemp("home")
    write_documents(home / "corpus")
    Index.build(home / "index", [home / "corpus"])
    return home


@pytest.fixture
def run_home(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Runner:
    """Runs commands in the folder with documents and an index."""
    monkeypatch.chdir(home)
    return Runner(home, capsys)


def write_documents(folder: Path) -> None:
    """Seven documents in five files."""
    files = {
        "news/2022-03-29-机房.md": (
            "---\n"
            "title: 核酸筛查期间，谁在看护机房\n"
            "date: 2022-03-29 08:30:00\n"
            "source: 国际金融报\n"
            "tags: [核酸筛查, 信息技术]\n"
            "layout: post\n"
            "---\n\n"
            "浦东的居民按楼栋下楼做核酸筛查的时候，值班工程师正在数据中心里巡检。\n\n"
            "核酸筛查要求大家尽量待在家里，保单系统却不会放假。\n"
        ),
        "notes/排班.txt": (
            "四月排班说明\n\n"
            "各小区核酸筛查的时间不一，常有坐席接着电话被叫下楼。请大家互相补位，"
            "并把 APP 的登录链接 https://example.com/login?next=/service/claims 发给客户。\n"
        ),
        "notes/繁體.txt": "核酸篩查說明\n\n上海櫃檯暫停，請改用線上服務。\n",
        "notes/北京.txt": "北京来信\n\n北京的同事也做了核酸，理赔照常。\n",
        "records/问答.jsonl": (
            '{"id": "faq-01", "title": "没法等查勘员怎么办？", "body": "核酸筛查当天出了小事故，'
            '可以在线定损。", "source": "客服知识库", "date": "2022-04-02", "tags": ["车险"]}\n'
            '{"id": "faq-02", "title": "理赔要多久？", "body": "绿色通道当天赔付。", '
            '"source": "客服知识库", "tags": ["车险", "理赔"]}\n'
            '{"id": "faq-03", "title": "续保提醒", "body": "上海的客户已收到提醒。", '
            '"source": "客服知识库"}\n'
        ),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
