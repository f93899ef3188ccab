"""What is in an index, in words."""

from datetime import datetime

from searcher import Status
from searcher.cli.screen import Line, Screen, styled
from searcher.cli.views.table import fields
from searcher.language import say


def status_lines(status: Status, screen: Screen) -> list[Line]:
    """A line for each fact."""
    folders = status.folders or (say("none", "无"),)
    rows = [
        (say("index", "索引"), status.path),
        (say("documents", "文档数"), f"{status.documents:,}"),
        *((say("folder", "文件夹"), folder) for folder in folders),
        (say("size", "大小"), size_in_words(status.size)),
        (say("built", "建立时间"), _local(status.created)),
        (say("dictionary", "词典"), _dictionary(status)),
        (say("segments", "段数"), str(status.segments)),
        (say("generation", "代次"), str(status.generation)),
        (say("format", "格式版本"), str(status.format_version)),
        (say("cluster", "集群"), status.cluster) if status.cluster else ("Whoosh", status.whoosh),
        (say("kernel", "内核"), _kernel(status)),
    ]
    facts = [(name, styled(value)) for name, value in rows]
    return fields(facts, screen.width, is_plain=screen.is_plain)


def size_in_words(size: int) -> str:
    """A number of bytes as people say it."""
    if size < 1000:
        return say(f"{size} bytes", f"{size} 字节")
    value = float(size)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.95:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} TB"


def _dictionary(status: Status) -> str:
    files = status.dictionary_files
    names = " + ".join(("jieba", *files))
    return f"{names} ({status.dictionary})"


def _kernel(status: Status) -> str:
    if status.kernel:
        return say("compiled, in use", "已编译，使用中")
    return say("not in use: numpy instead, which is slower", "未使用，由 numpy 代替，较慢")


def _local(created: str) -> str:
    """A time in the reader's zone."""
    try:
        return datetime.fromisoformat(created).astimezone().isoformat(" ", "seconds")
    except ValueError:
        return created
