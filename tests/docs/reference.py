"""The reference beside the READMEs: every command, option and public name, from the program itself.

    python -m tests.docs.reference            print it, in the language of the locale
    python -m tests.docs.reference --write    write it into both pages

What is said of commands and options is what ``--help`` says. What is said of the library is the
first sentence of each docstring; ``chinese.py`` has it in Chinese.
"""

import dataclasses
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import is_typeddict

import click

import searcher
from searcher.cli.manual import environment, files, statuses
from searcher.cli.root import root
from searcher.language import say
from tests.docs import markdown
from tests.docs.chinese import SENTENCES

BEGIN, END = "<!-- reference -->", "<!-- end of the reference -->"
_LOCALES = {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}


def commands() -> dict[str, click.Command]:
    """All commands, those in groups too, by what is typed after ``searcher``."""
    found: dict[str, click.Command] = {}

    def collect(group: click.Group, path: tuple[str, ...]) -> None:
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None, name
            if command.hidden:
                continue
            found[" ".join((*path, name))] = command
            if isinstance(command, click.Group):
                collect(command, (*path, name))

    collect(root, ())
    return found


def options(command: click.Command) -> list[click.Option]:
    """The options of a command that ``--help`` shows, but for ``--help`` itself."""
    return [
        param for param in command.params if isinstance(param, click.Option) and not param.hidden
    ]


def spelling(option: click.Option) -> str:
    """An option as it is typed, with what it takes."""
    names = ", ".join(f"`{name}`" for name in sorted(option.opts, key=len))
    if option.is_flag or not option.metavar:
        return names
    return names.removesuffix("`") + f" {option.metavar}`"


def members(kind: type) -> list[tuple[str, str]]:
    """The public names of a class, with the parameters of those that are called."""
    fields = [field.name for field in dataclasses.fields(kind)] if is_data(kind) else []
    fields += list(getattr(kind, "__annotations__", {})) if is_typeddict(kind) else []
    found = [(name, "") for name in fields if not name.startswith("_")]
    for base in kind.__mro__:
        if not base.__module__.startswith("searcher"):
            continue
        for name, value in vars(base).items():
            if name.startswith("_") or name in dict(found):
                continue
            value = getattr(value, "__func__", value)  # of a class method, say
            if inspect.isfunction(value):
                found.append((name, parameters(value)))
            elif isinstance(value, property):
                found.append((name, ""))
    if issubclass(kind, Exception):
        text = " ".join(inspect.getdoc(base) or "" for base in kind.__mro__[:-3])
        named = re.findall(r"^\s+(\w+): ", text.partition("Attributes:")[2], re.MULTILINE)
        found += [(name, "") for name in named]
    return found


def is_data(kind: object) -> bool:
    return isinstance(kind, type) and dataclasses.is_dataclass(kind)


def parameters(function: object) -> str:
    """The parameters of a function as they are written in a call, without their types."""
    assert callable(function)
    shown: list[str] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name in ("self", "cls"):
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not {"*"} & {*shown}:
            shown.append("*")
        name = str(parameter.replace(annotation=parameter.empty, default=parameter.empty))
        default = parameter.default
        value = "…" if inspect.isfunction(default) else repr(default)
        shown.append(name if default is parameter.empty else f"{name}={value}")
    return f"({', '.join(shown)})"


def sentence(name: str, value: object) -> str:
    """What a public name is, in the reader's language."""
    text = inspect.getdoc(value) or ""
    first = " ".join(text.partition("\n\n")[0].split())
    english = re.split(r"(?<=\.) ", first)[0].rstrip(".:").replace("``", "`")
    return say(english, SENTENCES.get(name, ""))


def library(module: ModuleType = searcher) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """For each public name what it is called with, what it is, and the names that it has."""
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isclass(value):
            rows = [(name, "", sentence(name, value))]
            rows += [
                (f"{name}.{member}", called, member_sentence(value, member))
                for member, called in members(value)
            ]
        elif inspect.isfunction(value):
            rows = [(name, parameters(value), sentence(name, value))]
        else:
            # A type has no docstring of its own; so far there is one.
            rows = [
                (
                    name,
                    "",
                    say("What is told of progress, with a `Progress`", SENTENCES.get(name, "")),
                )
            ]
        yield name, rows


def member_sentence(kind: type, member: str) -> str:
    """What a member of a class is; empty for plain attributes, whose names say it."""
    value = inspect.getattr_static(kind, member, None)
    value = getattr(value, "__func__", value)
    if inspect.isfunction(value) or isinstance(value, property):
        return sentence(f"{kind.__name__}.{member}", value)
    return ""


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def reference() -> str:
    """The section, in the language of this process."""
    return "\n".join([BEGIN, "", *_terminal(), "", *_surroundings(), *_library(), "", END])


def _terminal() -> Iterator[str]:
    every = commands()
    yield say("## Commands and options", "## 命令与选项")
    yield ""
    yield say("| command | |", "| 命令 | |")
    yield "|---|---|"
    for name, command in every.items():
        arguments = [
            param.make_metavar(click.Context(command))
            for param in command.params
            if isinstance(param, click.Argument)
        ]
        typed = cell(" ".join(["searcher", name, *arguments]))
        yield f"| `{typed}` | {cell(command.short_help or '')} |"
    yield ""
    yield say("| option | of | |", "| 选项 | 属于 | |")
    yield "|---|---|---|"
    rows: dict[tuple[str, str], list[str]] = {}
    for option in options(root):
        rows.setdefault((spelling(option), option.help or ""), []).append("searcher")
    for name, command in every.items():
        for option in options(command):
            rows.setdefault((spelling(option), option.help or ""), []).append(name)
    rows["`-h`, `--help`", say("Show this page.", "显示本页。")] = [say("all", "全部")]
    for (spelled, text), names in sorted(rows.items(), key=lambda row: row[0][0].lstrip("`-")):
        yield f"| {cell(spelled)} | {', '.join(names)} | {cell(text)} |"


def _surroundings() -> Iterator[str]:
    """What the manual page says of variables, exit statuses and files."""
    for title, head, rows in (
        (say("## Environment", "## 环境变量"), say("variable", "变量"), environment()),
        (say("## Exit status", "## 退出状态"), say("status", "状态"), statuses()),
        (say("## Files", "## 文件"), say("file", "文件"), files()),
    ):
        yield from (title, "", f"| {head} | |", "|---|---|")
        for names, text in rows:
            shown = say(", ", "、").join(f"`{name}`" for name in names.split(", "))
            yield f"| {shown} | {cell(text)} |"
        yield ""


def _library() -> Iterator[str]:
    yield say("## Public names", "## 公开的名称")
    yield ""
    for name, rows in library():
        (_, called, text), *rest = rows
        plain = [one for one, _, said in rest if not said]
        names = " ".join(f"`{one.partition('.')[2]}`" for one in plain)
        line = f"- `{name}{called}`{say(': ', '：')}{text}{say('.', '。')}"
        yield f"{line}{say(' ', '') if names else ''}{names}"
        for one, called, said in rest:
            if said:
                yield f"  - `{one.partition('.')[2]}{called}`{say(': ', '：')}{said}"


def missing() -> list[str]:
    """The public names of which nothing is said in the language of this process."""
    found = []
    for name, rows in library():
        kind = getattr(searcher, name)
        for one, _, text in rows:
            attribute = one.partition(".")[2]
            is_called = inspect.isroutine(inspect.getattr_static(kind, attribute, None))
            if not text and (is_called or not attribute):
                found.append(one)
    return found


def printed(language: str) -> str:
    """The section in a language, by a process of that language."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.docs.reference"],
        cwd=markdown.ROOT,
        env={**os.environ, "LANGUAGE": _LOCALES[language], "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout.rstrip("\n")


def within(page: str) -> str:
    """The section that a page has."""
    assert BEGIN in page and END in page, f"no {BEGIN} … {END}"
    return page[page.index(BEGIN) : page.index(END) + len(END)]


def main() -> None:
    """Print the section, or write it into the pages."""
    if sys.argv[1:] == ["--write"]:
        for language, path in markdown.REFERENCES.items():
            page = path.read_text(encoding="utf-8")
            path.write_text(page.replace(within(page), printed(language)), encoding="utf-8")
    else:
        print(reference())


if __name__ == "__main__":
    main()
