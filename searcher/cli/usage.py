"""Click in two languages: its help pages and its complaints about what was typed.

Click's own words go through gettext, whose catalogues are compiled files. We write them where we
write all others, with ``say``: the classes here lay out the help pages themselves, and
``explained`` puts click's exceptions into words by their types, not by their messages.
"""

import re
import shlex
import shutil
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import click
from click.core import ParameterSource

from searcher.cli.wrapping import plain_width, wrap
from searcher.language import say

_WIDEST = 80
_NARROWEST = 40
_WIDEST_NAME = 26  # of an option with its value, beside which its help begins
_SIMPLE = re.compile(r"[\w@%+=:,./\-，、：“”「」]+")  # what a shell takes as it is
_UNWRAPPED = "\b\n"  # a paragraph that begins so is left as it is


class UnknownCommand(click.UsageError):
    """There is no such command.

    Attributes:
        meant: The line that may have been meant.
    """

    def __init__(self, message: str, context: click.Context, meant: str) -> None:
        """Take what is said of it, and what may have been meant."""
        super().__init__(message, context)
        self.meant = meant


class Formatter(click.HelpFormatter):
    """Lays out help pages; a Chinese character is two cells wide."""

    def __init__(self, width: int | None = None, max_width: int | None = None) -> None:
        """Take the width of the terminal unless one is given."""
        columns = shutil.get_terminal_size().columns
        width = width or max(min(columns, max_width or _WIDEST), _NARROWEST)
        super().__init__(width=width, max_width=max_width)

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how to call a command."""
        prefix = say("Usage: ", "用法：") if prefix is None else prefix
        head = f"{prefix}{prog} "
        indent = plain_width(head)
        lines = _wrapped(args, self.width - indent) or [""]
        self.write(head + f"\n{'':{indent}}".join(lines) + "\n")

    def write_heading(self, heading: str) -> None:
        """Write the heading of a section."""
        self.write(f"{'':{self.current_indent}}{heading}{say(':', '：')}\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        indent = " " * self.current_indent
        for number, paragraph in enumerate(text.split("\n\n")):
            if number:
                self.write("\n")
            if paragraph.startswith(_UNWRAPPED):
                lines = paragraph.removeprefix(_UNWRAPPED).splitlines()
            else:
                lines = _wrapped(unbroken(paragraph), self.width - len(indent))
            for line in lines:
                self.write(f"{indent}{line}".rstrip() + "\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = _WIDEST_NAME, col_spacing: int = 2
    ) -> None:
        """Write names with what they mean beside them."""
        rows = list(rows)
        names = [plain_width(name) for name, _ in rows]
        column = max((width for width in names if width <= col_max), default=col_max) + col_spacing
        indent = " " * self.current_indent
        room = self.width - self.current_indent - column
        for (name, meaning), width in zip(rows, names, strict=True):
            lines = _wrapped(meaning, room)
            if width + col_spacing <= column and lines:
                self.write(f"{indent}{name}{'':{column - width}}{lines.pop(0)}\n")
            else:
                self.write(f"{indent}{name}\n")
            for line in lines:
                self.write(f"{indent}{'':{column}}{line}\n")


class Context(click.Context):
    """The context of our commands."""

    formatter_class = Formatter


class _TwoLanguages(click.Command):
    """What commands and groups share."""

    context_class = Context

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("options_metavar", say("[OPTIONS]", "[选项]"))
        kwargs["context_settings"] = {"help_option_names": ["-h", "--help"]}
        super().__init__(*args, **kwargs)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = say("Show this page.", "显示本页。")
        return option

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = []
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if isinstance(param, click.Option) and record is not None:
                # Click would add words of its own to the help.
                rows.append((record[0], param.help or ""))
        with formatter.section(say("Options", "选项")):
            formatter.write_dl(rows)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click's parser leaves it out here and there
            raise


class Command(_TwoLanguages):
    """A command whose help and complaints are in the reader's language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what ``click.Command`` takes."""
        super().__init__(*args, **kwargs)
        self.allow_extra_args = True  # so that the complaint about them is ours

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what was typed."""
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            extra = " ".join(rest)
            raise click.UsageError(
                say(f"nothing more was expected: {extra}", f"多余的参数：{extra}"), ctx
            )
        return rest


class Group(_TwoLanguages, click.Group):
    """A group of commands."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what ``click.Group`` takes."""
        kwargs.setdefault("subcommand_metavar", say("COMMAND …", "命令 …"))
        super().__init__(*args, **kwargs)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was typed."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None:
            close = get_close_matches(name, self.list_commands(ctx), n=1)
            words = " ".join(map(quoted, args))
            meant = f"searcher search {words}"
            hint = say(f"to search: {meant}", f"要搜索：{meant}")
            if close:
                hint = say(f"did you mean {close[0]}?", f"是不是 {close[0]}？")
                meant = " ".join(("searcher", close[0], *map(quoted, args[1:])))
            raise UnknownCommand(
                say(f"no such command: {name}; {hint}", f"没有这个命令：{name}；{hint}"), ctx, meant
            )
        return name, command, args[1:]


def quoted(word: str) -> str:
    """A word as it is typed; Chinese needs no quotes."""
    return word if _SIMPLE.fullmatch(word) else shlex.quote(word)


def explained(error: click.ClickException) -> str:
    """What is wrong with what was typed."""
    message = _complaint(error)
    if isinstance(error, click.BadParameter) and error.ctx is not None and _is_from_file(error):
        from searcher.cli.configuration import editing, of

        command = editing(of(error.ctx).path)
        return message + "\n" + say(f"Correct it: {command}", f"请修改：{command}")
    return message


def _complaint(error: click.ClickException) -> str:
    match error:
        case click.MissingParameter():
            name = _name(error.param)
            return say(f"{name} is missing", f"缺少 {name}")
        case click.BadParameter():
            name = _name(error.param)
            return f"{_source(error)}{name}{say(': ', '：')}{error.message}"
        case click.NoSuchOption():
            message = say(
                f"no such option: {error.option_name}", f"没有这个选项：{error.option_name}"
            )
            if error.possibilities:
                close = error.possibilities[0]  # the closest one
                message += say(f"; did you mean {close}?", f"；是不是 {close}？")
            return message
        case click.BadOptionUsage():
            if _is_flag(error.option_name, error.ctx):
                return say(f"{error.option_name} takes no value", f"{error.option_name} 不带值")
            return say(f"{error.option_name} needs a value", f"{error.option_name} 后面缺少值")
        case _:
            return error.format_message()


def _source(error: click.BadParameter) -> str:
    """What a value was read from that was not typed: the configuration file, or a variable."""
    context, param = error.ctx, error.param
    if context is None or param is None or param.name is None:
        return ""
    source = context.get_parameter_source(param.name)
    if source is ParameterSource.ENVIRONMENT and isinstance(param.envvar, str):
        return f"${param.envvar}{say(': ', '：')}"
    if not _is_from_file(error):
        return ""
    from searcher.cli.configuration import of

    return f"{of(context).path}{say(': ', '：')}"


def _is_from_file(error: click.BadParameter) -> bool:
    context, param = error.ctx, error.param
    if context is None or param is None or param.name is None:
        return False
    return context.get_parameter_source(param.name) is ParameterSource.DEFAULT_MAP


def _name(param: click.Parameter | None) -> str:
    """A parameter as the user knows it."""
    if param is None:
        return say("a value", "参数")
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return (param.metavar or param.name or "").strip("[]…")


def _is_flag(name: str, context: click.Context | None) -> bool:
    params = context.command.params if context else []
    return any(
        isinstance(param, click.Option) and param.is_flag and name in param.opts for param in params
    )


def _wrapped(text: str, width: int) -> list[str]:
    return [text[start:end] for start, end in wrap(text, max(width, 10))]


def unbroken(paragraph: str) -> str:
    """A paragraph as one line: where the source breaks Chinese text no space is meant."""
    joined = ""
    for line in paragraph.split("\n"):
        both_wide = joined and line and plain_width(joined[-1]) == plain_width(line[0]) == 2
        joined += ("" if both_wide or not joined else " ") + line.strip()
    return joined
