"""The manual page, as roff, made of what the help pages say."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import click

from searcher.cli.root import COMMANDS, root, sections
from searcher.cli.usage import unbroken
from searcher.cli.wrapping import break_points
from searcher.language import say

_UNWRAPPED = "\b\n"
_ESCAPES = {
    "\\": r"\e",
    "-": r"\-",
    "'": r"\(aq",
    "`": r"\(ga",
    "^": r"\(ha",
    "~": r"\(ti",
    '"': r"\(dq",
}
_SPECIAL = re.compile("[" + re.escape("".join(_ESCAPES)) + "]")
_DATE = "2026-11-22"


def manual() -> str:
    """The whole page."""
    lines = [
        # Chinese has no hyphens, and lines are not stretched: no spaces are where they could be.
        f'.TH SEARCHER 1 "{_DATE}" "searcher" "{say("User Commands", "用户命令")}"',
        ".nh",
        ".ad l",
        *_heading(say("NAME", "名称")),
        f"searcher \\- {_text(say('full-text search for Chinese documents', '中文文档全文搜索'))}",
        *_heading(say("SYNOPSIS", "用法")),
        r"\fBsearcher\fR " + _text(say("[OPTIONS] COMMAND …", "[选项] 命令 …")),
        *_heading(say("DESCRIPTION", "说明")),
        *_paragraphs(root.help or ""),
        *_options(root),
    ]
    context = click.Context(root, info_name="searcher", resilient_parsing=True)
    listed = {name for _, names in sections() for name in names}
    rest = tuple(name for name in COMMANDS if name not in listed)
    for title, names in (*sections(), (say("Other", "其他"), rest)):
        commands = [(name, root.get_command(context, name)) for name in names]
        if commands:
            lines += _heading(title.upper())
        for name, command in commands:
            if command is not None and not command.hidden:
                lines += _command(name, command)
    lines += [
        *_heading(say("CONFIGURATION", "配置文件")),
        *_paragraphs(_configuration()),
        *_heading(say("ENVIRONMENT", "环境变量")),
        *_entries(environment()),
        *_heading(say("EXIT STATUS", "退出状态")),
        *_entries(statuses()),
        *_heading(say("FILES", "文件")),
        *_entries(files()),
        *_heading(say("EXAMPLES", "示例")),
        *_paragraphs(root.epilog or ""),
    ]
    return "\n".join(lines) + "\n"


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=f"searcher {name}", resilient_parsing=True)
    yield f'.SS "searcher {name}"'
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"\\fBsearcher {name}\\fR {_text(usage)}"
    yield ".PP"
    yield from _paragraphs(command.help or "")
    yield from _options(command)
    if command.epilog:
        yield ".PP"
        yield from _paragraphs(command.epilog)


def _options(command: click.Command) -> Iterator[str]:
    context = click.Context(command, resilient_parsing=True)
    for param in command.get_params(context):
        record = param.get_help_record(context)
        if isinstance(param, click.Option) and record is not None and not param.hidden:
            yield from _entry(record[0], param.help or "")


def _entries(entries: Sequence[tuple[str, str]]) -> Iterator[str]:
    for name, meaning in entries:
        yield from _entry(name, meaning)


def _entry(name: str, meaning: str) -> Iterator[str]:
    yield ".TP"
    yield f"\\fB{_code(name)}\\fR"
    yield _text(unbroken(meaning))


def _heading(title: str) -> list[str]:
    return [f'.SH "{title}"']


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(text.split("\n\n")):
        if number:
            yield ".PP"
        if not paragraph.startswith(_UNWRAPPED):
            yield _text(unbroken(paragraph))
            continue
        yield ".nf"
        for line in paragraph.removeprefix(_UNWRAPPED).splitlines():
            yield _guarded(_code(line)) or r"\&"
        yield ".fi"


def _code(text: str) -> str:
    return _SPECIAL.sub(lambda match: _ESCAPES[match[0]], text)


def _text(text: str) -> str:
    """A line of running text, which may be broken between Chinese characters."""
    points = [0, *break_points(text), len(text)]
    return _guarded(r"\:".join(_code(text[start:end]) for start, end in pairwise(points)))


def _guarded(line: str) -> str:
    """A line that is no request, whatever it begins with."""
    return rf"\&{line}" if line.startswith((".", "'", r"\(aq")) else line


def _configuration() -> str:
    return say(
        "What would be typed each time is set in $XDG_CONFIG_HOME/searcher/config.toml, else "
        "~/.config/searcher/config.toml. Options of one command stand below its name, those of "
        "all commands that have them at the top, by their long names; what was typed counts "
        "before the environment, and that before the file.\n\n"
        "\b\n"
        'default-index = "news"    the index when none is named: a name or a directory\n'
        'color = "never"           an option of all commands that have it\n'
        'pager = "less -R"         $SEARCHER_PAGER where that is not set\n'
        "\n\b\n"
        "[indexes]                 names of indexes, for -i\n"
        'news = "~/indexes/news"\n'
        '"新闻" = "~/indexes/新闻"\n'
        "\n\b\n"
        "[search]\n"
        "limit = 20\n"
        "all = true\n"
        'tag = ["车险", "理赔"]',
        "每次都要输入的内容可以写在 $XDG_CONFIG_HOME/searcher/config.toml，默认是 "
        "~/.config/searcher/config.toml。某个命令的选项写在以它命名的表中，各命令共有的选项"
        "写在最前面，都用选项的长名。命令行优先于环境变量，环境变量优先于此文件。\n\n"
        "\b\n"
        'default-index = "news"    不指定时使用的索引：名称或目录\n'
        'color = "never"           各命令共有的选项\n'
        'pager = "less -R"         未设置 $SEARCHER_PAGER 时用它\n'
        "\n\b\n"
        "[indexes]                 索引的名称，用于 -i\n"
        'news = "~/indexes/news"\n'
        '"新闻" = "~/indexes/新闻"\n'
        "\n\b\n"
        "[search]\n"
        "limit = 20\n"
        "all = true\n"
        'tag = ["车险", "理赔"]',
    )


def environment() -> list[tuple[str, str]]:
    """The variables that are looked at, and what for."""
    return [
        (
            "SEARCHER_INDEX",
            say(
                "The index when none is typed: the name of one in the configuration file if there "
                "is such a name, else a directory or an address.",
                "命令行没有指定时使用的索引：配置文件中有这个名称就用它，否则是目录或地址。",
            ),
        ),
        (
            "SEARCHER_CONFIG",
            say(
                "The configuration file; empty for none.",
                "配置文件的路径；设为空则不读配置文件。",
            ),
        ),
        (
            "SEARCHER_SYNONYMS",
            say(
                "A file of synonyms, as with --synonyms.",
                "同义词文件，同 --synonyms。",
            ),
        ),
        (
            "SEARCHER_OPENSEARCH_PASSWORD",
            say(
                "The password for an index in a cluster; else the one in ~/.netrc.",
                "集群中的索引的密码；没有时取 ~/.netrc 中的密码。",
            ),
        ),
        (
            "SEARCHER_OPENSEARCH_CA",
            say(
                "The file of certificates that those of a cluster are verified by.",
                "验证集群证书所用的证书文件。",
            ),
        ),
        (
            "SEARCHER_HISTORY",
            say(
                "Where the live search keeps queries; empty for nowhere.",
                "实时搜索记录查询的文件；设为空则不记录。",
            ),
        ),
        (
            ", ".join(("SEARCHER_PAGER", "PAGER")),
            say(
                "What shows results that are longer than the terminal.",
                "结果超出一屏时用来翻页的程序。",
            ),
        ),
        (
            ", ".join(("VISUAL", "EDITOR")),
            say("What opens documents and files.", "打开文档和文件的编辑器。"),
        ),
        (
            ", ".join(("NO_COLOR", "FORCE_COLOR", "TERM")),
            say(
                "Whether there are colours, where --color does not say it.",
                "没有用 --color 指定时，是否使用颜色。",
            ),
        ),
        (
            "COLUMNS",
            say("The width of the terminal.", "终端宽度。"),
        ),
        (
            ", ".join(("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")),
            say(
                "The first of them that is set: messages are in Chinese if it begins with zh.",
                "取第一个已设置的：以 zh 开头时显示中文。",
            ),
        ),
        (
            "SEARCHER_KERNEL",
            say(
                "off: do without the compiled kernel. Results are the same.",
                "off：不使用编译的内核。结果相同。",
            ),
        ),
        (
            "SEARCHER_DEBUG",
            say("Show tracebacks of errors.", "出错时显示详细的调用信息。"),
        ),
    ]


def statuses() -> list[tuple[str, str]]:
    """The exit statuses, and what each means."""
    return [
        ("0", say("There are hits, or it was done.", "有结果，或已完成。")),
        (
            "1",
            say(
                "No hit, no such document; something is wrong (check, doctor); files were skipped "
                "(--strict).",
                "没有结果，没有这篇文档；发现问题（check、doctor）；有文件被跳过（--strict）。",
            ),
        ),
        ("2", say("An error; what to do is said on stderr.", "出错；标准错误会说明处理办法。")),
        ("129, 130, 143", say("Ended by a signal.", "被信号终止。")),
    ]


def files() -> list[tuple[str, str]]:
    """The files that are looked at, and what for."""
    return [
        (
            "./index",
            say("The index when none is named.", "不指定时使用的索引。"),
        ),
        (
            "~/.config/searcher/config.toml",
            say("The configuration file.", "配置文件。"),
        ),
        (
            "~/.local/state/searcher/history",
            say(
                "Queries of the live search whose hits were opened or copied.",
                "实时搜索中曾打开或复制过结果的查询。",
            ),
        ),
        (
            ".searcherignore, .gitignore",
            say("What is not to be indexed, in a folder.", "文件夹中不索引的文件。"),
        ),
    ]
