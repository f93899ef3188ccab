"""What a command line that is being typed asks for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

import click

from searcher.cli.root import root


@dataclass(slots=True)
class Typed:
    """A command line as far as it has been typed, up to the word that is being completed.

    Attributes:
        command: The command; the group of all commands if none was typed yet.
        param: What the word is a value of; None for the name of a command or of an option.
        word: The word without what ``before`` has.
        before: What stands in the word before the value: ``--source=``.
        given: The options that were given, by their names as parameters.
        folder: The value of ``--index``, if it was given.
        name: The value of ``-i``.
    """

    command: click.Command
    param: click.Parameter | None = None
    word: str = ""
    before: str = ""
    given: set[str] = field(default_factory=set)
    folder: str | None = None
    name: str | None = None


def understood(words: Sequence[str], word: str) -> Typed:
    """What is asked for.

    Args:
        words: What was typed after the name of the program, as the program would get it.
        word: The word that is being completed.
    """
    context = click.Context(root, info_name="searcher", resilient_parsing=True)
    typed = Typed(root, word=word)
    arguments = 0
    is_text = False  # after --
    rest = iter(words)
    for one in rest:
        if one == "--" and not is_text:
            is_text = True
        elif one.startswith("-") and len(one) > 1 and not is_text:
            option, value = _option(typed.command, one)
            if option is None:
                continue
            typed.given.add(option.name or "")
            if not (option.is_flag or value):
                values = list(islice(rest, option.nargs))
                if len(values) < option.nargs:
                    typed.param = option
                    return typed
                value = values[0]
            _keep(typed, option, value)
        elif typed.command is root:
            command = root.get_command(context, one)
            if command is None:
                return typed
            typed.command = command
            typed.given.clear()
        else:
            arguments += 1
    if word.startswith("-") and not is_text:
        option, value = _option(typed.command, word)
        if option is not None and "=" in word and not option.is_flag:
            typed.before, typed.word = word[: -len(value)] if value else word, value
            typed.param = option
    elif typed.command is not root:
        typed.param = _argument(typed.command.params, arguments)
    return typed


def _option(command: click.Command, text: str) -> tuple[click.Option | None, str]:
    """The option that an argument names, and its value if that stands in the same argument."""
    name, _, value = text.partition("=")
    if not text.startswith("--"):
        name, value = text[:2], text[2:]
    for param in command.params:
        if isinstance(param, click.Option) and name in (*param.opts, *param.secondary_opts):
            return param, value
    return None, ""


def _argument(params: Iterable[click.Parameter], number: int) -> click.Parameter | None:
    """The argument that the ``number``-th word is."""
    for param in params:
        if isinstance(param, click.Argument):
            if param.nargs == -1 or number < param.nargs:
                return param
            number -= param.nargs
    return None


def _keep(typed: Typed, option: click.Option, value: str) -> None:
    if "--index" in option.opts:
        typed.folder, typed.name = value, None
    elif "-i" in option.opts:
        typed.folder, typed.name = None, value
