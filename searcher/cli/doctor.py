"""What ``searcher doctor`` looks at, one thing after the other. Nothing it meets ends it."""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from urllib.request import url2pathname

import click

from searcher.cli.configuration import Configuration, place_of_file
from searcher.cli.configuration import read as read_file
from searcher.cli.places import Place, corpus, place_by_default, place_of
from searcher.errors import IndexNotFound, SearcherError
from searcher.extras import PACKAGES, installing
from searcher.language import is_chinese, say

State = Literal["ok", "note", "wrong"]

# What is imported, by the name under which it is installed.
_NEEDED = {
    "charset-normalizer": "charset_normalizer",
    "click": "click",
    "jieba": "jieba",
    "markdown-it-py": "markdown_it",
    "numpy": "numpy",
    "OpenCC": "opencc",
    "pathspec": "pathspec",
    "pypinyin": "pypinyin",
    "PyYAML": "yaml",
    "rich": "rich",
    "selectolax": "selectolax",
    "whoosh3": "whoosh",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was looked at.

    Attributes:
        name: What.
        value: How it was found.
        state: ``note`` if something could be better, ``wrong`` if something does not work.
        advice: The command that mends it, or makes it better; empty if there is nothing to do.
    """

    name: str
    value: str
    state: State = "ok"
    advice: str = ""


def findings(context: click.Context) -> Iterator[Finding]:
    """Everything that there is to know."""
    looks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("searcher", _versions),
        (say("packages", "依赖包"), _packages),
        (say("extras", "可选包"), _extras),
        (say("kernel", "内核"), _kernel),
        (say("configuration", "配置文件"), lambda: _file(context)),
        (say("index", "索引"), lambda: _indexes(context)),
        (say("language", "语言"), _language),
        (say("terminal", "终端"), _terminal),
        (say("programs", "外部程序"), _programs),
    ]
    for name, look in looks:
        try:
            yield from look()
        except Exception as error:  # it is there to tell of whatever is broken
            yield Finding(name, _told(error), "wrong", _reinstall())


def _versions() -> Iterator[Finding]:
    try:
        version = metadata.version("searcher")
    except metadata.PackageNotFoundError:
        version = say("not installed, run from its source", "未安装，直接从源码运行")
    yield Finding("searcher", version)
    numbers = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", f"{numbers} ({sys.executable}, {sys.platform})")


def _packages() -> Iterator[Finding]:
    found, missing = [], []
    for name, module in _NEEDED.items():
        if not _is_there(module):
            missing.append(name)
        else:
            found.append(f"{name} {_version(name, module)}")
    yield Finding(say("packages", "依赖包"), ", ".join(found))
    if missing:
        names = " ".join(missing)
        what = say(f"missing: {names}", f"缺少：{names}")
        yield Finding(say("packages", "依赖包"), what, "wrong", installing(*missing))


def _extras() -> Iterator[Finding]:
    for extra, module, without in (
        ("pdf", "pypdfium2", say("PDF files are not read", "不能读取 PDF")),
        ("watch", "watchfiles", say("index --watch does not work", "不能使用 index --watch")),
        ("live", "textual", say("there is no live search", "没有实时搜索")),
        ("mcp", "mcp", say("searcher mcp does not work", "不能使用 searcher mcp")),
        ("cluster", "opensearchpy", say("no index in a cluster", "不能使用集群中的索引")),
    ):
        name = say(f"extra {extra}", f"可选包 {extra}")
        if not _is_there(module):
            what = say(f"not there: {without}", f"未安装：{without}")
            yield Finding(name, what, "note", installing(PACKAGES[extra]))
        else:
            yield Finding(name, f"{module} {_version(module, module)}")


def _kernel() -> Iterator[Finding]:
    from searcher.kernel import is_built

    name = say("kernel", "内核")
    if is_built():
        yield Finding(name, say("compiled, in use", "已编译，使用中"))
    elif os.environ.get("SEARCHER_KERNEL") == "off":
        what = say("turned off by $SEARCHER_KERNEL", "已被 $SEARCHER_KERNEL 关闭")
        yield Finding(name, what, "note", "unset SEARCHER_KERNEL")
    else:
        what = say("not built: numpy instead, which is slower", "未编译，由 numpy 代替，较慢")
        compiler = "" if shutil.which("cc") else "sudo apt install gcc python3-dev && "
        yield Finding(name, what, "note", f"{compiler}{_reinstall()}")


def _file(context: click.Context) -> Iterator[Finding]:
    from searcher.cli.root import root

    name = say("configuration", "配置文件")
    path = place_of_file()
    try:
        configuration = read_file()
        configuration.check(root, context)
    except SearcherError as error:
        what, _, advice = str(error).rpartition(say(": ", "："))
        yield Finding(name, what, "wrong", advice)
        return
    if configuration.path is None:
        none = say("none", "无")
        yield Finding(name, none if path is None else say(f"none ({path})", f"无（{path}）"))
        return
    count = len(configuration.indexes)
    named = say(f"{count} named {'index' if count == 1 else 'indexes'}", f"{count} 个命名的索引")
    yield Finding(name, say(f"{configuration.path}, {named}", f"{configuration.path}，{named}"))


def _indexes(context: click.Context) -> Iterator[Finding]:
    configuration = Configuration()
    with suppress(SearcherError, OSError):
        configuration = read_file()
    try:
        place = place_of(None)
    except SearcherError:
        place = place_by_default(configuration)
    yield from _index(say("index", "索引"), place)
    for name, path in configuration.indexes.items():
        if name != place.name:
            yield from _index(say(f"index {name}", f"索引 {name}"), Place(path, True, name))


def _index(name: str, place: Place) -> Iterator[Finding]:
    from searcher import Index
    from searcher.cli.views.status import size_in_words

    try:
        with Index.open(place.path) as index:
            status = index.status()
            index.search("*", limit=1)
    except IndexNotFound:
        make = (
            place.command("index") if corpus() else place.command("index", say("FOLDER", "文件夹"))
        )
        state: State = "wrong" if place.is_named else "note"
        yield Finding(name, say(f"none at {place}", f"{place} 没有索引"), state, make)
        return
    except SearcherError as error:
        what, _, advice = str(error).rpartition(say(": ", "："))
        yield Finding(name, what or str(error), "wrong", advice or place.command("check"))
        return
    count, size = status.documents, size_in_words(status.size)
    yield Finding(
        name,
        say(
            f"{place}: {count:,} {'document' if count == 1 else 'documents'}, {size}, "
            f"format {status.format_version}",
            f"{place}：{count:,} 篇，{size}，格式版本 {status.format_version}",
        ),
    )
    files = " + ".join(("jieba", *status.dictionary_files))
    yield Finding(say(f"{name}, dictionary", f"{name}的词典"), f"{files} ({status.dictionary})")
    gone = [folder for folder in status.folders if not Path(folder).exists()]
    if gone:
        names = say(", ", "、").join(gone)
        what = say(f"no longer there: {names}", f"已不存在：{names}")
        kept = [shlex.quote(folder) for folder in status.folders if folder not in gone]
        advice = place.command("index", *(kept or [say("FOLDER", "文件夹")]))
        yield Finding(say(f"{name}, folders", f"{name}的文件夹"), what, "note", advice)


def _language() -> Iterator[Finding]:
    name = say("language", "语言")
    encoding = (sys.stdout.encoding or "ascii").lower()
    told = say("English", "中文") if is_chinese() else "English"
    if encoding.replace("-", "") in ("utf8", "gb18030"):
        yield Finding(name, f"{told}, {encoding}")
        return
    what = say(
        f"{told}, {encoding}: Chinese is shown as \\uXXXX", f"{told}，{encoding}：无法显示中文"
    )
    yield Finding(name, what, "wrong", "export LC_ALL=C.UTF-8")


def _terminal() -> Iterator[Finding]:
    from searcher.cli.links import knows_links
    from searcher.cli.screen import screen_of
    from searcher.cli.terminal import size_of_wide

    name = say("terminal", "终端")
    if not sys.stdout.isatty():
        yield Finding(name, say("none: stdout is no terminal", "无：标准输出不是终端"))
        return
    size = shutil.get_terminal_size()
    term = os.environ.get("TERM") or ""
    value = f"{term or say('$TERM is not set', '$TERM 未设置')}, {size.columns}×{size.lines}"
    if term:
        yield Finding(name, value)
    else:
        yield Finding(name, value, "note", "export TERM=xterm-256color")
    yield Finding(say("colour", "颜色"), _yes(screen_of("auto", None).has_color))
    yield Finding(say("hyperlinks", "超链接"), _yes(knows_links()))
    wide = size_of_wide()
    what = say("wide characters", "宽字符")
    if wide is None:
        yield Finding(what, say("not known: the terminal does not tell", "未知：终端没有回答"))
    elif wide == 2:
        yield Finding(what, say("two cells, as they should be", "占两格，正确"))
    else:
        told = say(f"{wide} cells: columns are out of line", f"占 {wide} 格：对不齐")
        yield Finding(what, told, "wrong", "export LC_ALL=C.UTF-8")


def _programs() -> Iterator[Finding]:
    from searcher.cli.paging import pager

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    for name, command, mend in (
        (say("pager", "翻页程序"), pager() or "cat", "export SEARCHER_PAGER=more"),
        (say("editor", "编辑器"), editor, "export EDITOR=nano"),
    ):
        words = command.split()
        found = shutil.which(words[0]) if words else None
        if found:
            yield Finding(name, command)
        else:
            what = say(f"{command} is not there", f"没有 {command}")
            yield Finding(name, what, "note", mend)
    shell = Path(os.environ.get("SHELL", "")).name
    kept = {"bash": "~/.bashrc", "zsh": "~/.zshrc"}
    file = kept.get(shell, "~/.config/fish/completions/searcher.fish")
    if shell in (*kept, "fish"):
        text = ""
        with suppress(OSError, RuntimeError):
            text = Path(file).expanduser().read_text(encoding="utf-8", errors="replace")
        name = say(f"completion, {shell}", f"{shell} 补全")
        if "searcher" in text:
            yield Finding(name, file)
        else:
            advice = (
                f"searcher completion fish > {file}"
                if shell == "fish"
                else f"echo 'eval \"$(searcher completion {shell})\"' >> {file}"
            )
            yield Finding(name, say(f"not in {file}", f"{file} 中没有"), "note", advice)


def _is_there(module: str) -> bool:
    with suppress(ImportError, ValueError):  # of a package that is half removed
        return util.find_spec(module) is not None
    return False


def _yes(value: bool) -> str:
    return say("yes", "有") if value else say("no", "无")


def _version(name: str, module: str) -> str:
    with suppress(metadata.PackageNotFoundError):
        return metadata.version(name)
    # Another distribution has a module of the same name.
    for other in metadata.packages_distributions().get(module, []):
        return f"{metadata.version(other)} ({other})"
    return "?"


def _reinstall() -> str:
    """The line that installs searcher again from where it came from, which is not PyPI."""
    where = ""
    with suppress(metadata.PackageNotFoundError, ValueError):
        origin = json.loads(metadata.distribution("searcher").read_text("direct_url.json") or "{}")
        where = url2pathname(urlsplit(origin.get("url", "")).path)
        if origin.get("dir_info", {}).get("editable"):
            return f"{installing('--force-reinstall', '--no-deps')} -e {shlex.quote(where)}"
    where = where or say("FOLDER-OF-SEARCHER", "searcher的文件夹")
    return installing("--force-reinstall", "--no-deps", where)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
