"""Telling the words of a query from options."""

import re

import click

from searcher.cli.usage import Command
from searcher.language import say


class QueryCommand(Command):
    """A command whose arguments are text in which ``-word`` leaves a word out.

    What begins with ``-`` is an option only if it looks like one of ours: Latin letters, or -0. So
    ``核酸 -上海`` needs no ``--``, and ``--limt`` is still a mistake.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what was typed."""
        options, words, is_complete = self._separated(args)
        # -iPhone is hardly the index called Phone.
        named = next((arg for arg in options if re.match("-i[A-Za-z]", arg)), None)
        if named is not None:
            raise _no_such(named, ctx)
        try:
            # Of an option without its value click complains, if nothing stands behind it.
            return super().parse_args(ctx, [*options, "--", *words] if is_complete else options)
        except click.NoSuchOption as error:
            if error.possibilities or any(arg.startswith("--") for arg in options):
                raise
            word = next((arg for arg in options if arg.startswith(error.option_name)), "")
            raise _no_such(word, ctx) from error

    def _separated(self, args: list[str]) -> tuple[list[str], list[str], bool]:
        """Options with their values, words, and whether the last option has its value."""
        options: list[str] = []
        words: list[str] = []
        rest = iter(args)
        for arg in rest:
            if arg == "--":
                words += rest
            elif not self._is_option(arg):
                words.append(arg)
            else:
                options.append(arg)
                if self._wants_next(arg):
                    value = next(rest, None)
                    if value is None:
                        return options, words, False
                    options.append(value)
        return options, words, True

    def _is_option(self, arg: str) -> bool:
        if not arg.startswith("-") or arg.strip("-") == "":
            return False
        if arg in self._digits():
            return True
        name = arg[2:] if arg.startswith("--") else arg[1:]
        if not (name[0].isascii() and name[0].isalpha()):
            return False
        return arg.startswith("--") or arg.isascii() or self._takes_value(arg[:2])

    def _digits(self) -> set[str]:
        """The options that are a digit; -2022 still leaves out what has that number."""
        return {name for param in self.params for name in param.opts if name[1:].isdecimal()}

    def _wants_next(self, arg: str) -> bool:
        """Whether the value of an option is the argument that follows it."""
        if arg.startswith("--"):
            return "=" not in arg and self._takes_value(arg)
        # -n takes the rest of its argument, or the next one where nothing is left of it.
        return len(arg) == 2 and self._takes_value(arg)

    def _takes_value(self, name: str) -> bool:
        return any(
            isinstance(param, click.Option) and not param.is_flag and name in param.opts
            for param in self.params
        )


def _no_such(word: str, context: click.Context) -> click.UsageError:
    line = f"{context.command_path} … -- {word}"
    return click.UsageError(
        say(
            f"no such option: {word}. To leave a word out: {line}",
            f"没有这个选项：{word}。要排除一个词：{line}",
        ),
        context,
    )
