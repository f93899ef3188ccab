"""``config.toml``: what the user would otherwise type each time.

::

    default-index = "news"      # the index when none is named: a name, or a folder
    color = "never"             # an option of all commands that have it

    [indexes]                   # names for folders: searcher -i news search …
    news = "~/indexes/news"

    [search]                    # options of one command
    limit = 20
    synonyms = "~/synonyms.txt"

A key is the long name of an option, so whatever option a command has can be set. What was typed
counts before what the environment says, and that before this file. The file is
``$SEARCHER_CONFIG``, else ``searcher/config.toml`` in ``$XDG_CONFIG_HOME`` or ``~/.config``.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import click

from searcher.api.folders import place_of_index
from searcher.errors import SearcherError
from searcher.language import say
from searcher.reasons import system_reason, toml_reason

VARIABLE = "SEARCHER_CONFIG"
_DEFAULT_INDEX = "default-index"
_INDEXES = "indexes"
_KEY = "searcher.configuration"
_BARE_KEY = re.compile(r"^[ \t]*[^\W\d_a-zA-Z][^=#\"']*=", re.MULTILINE)
# What the environment says of an option counts before the file.
_IN_THE_ENVIRONMENT = {
    "color": ("NO_COLOR", "FORCE_COLOR"),
    "synonyms": ("SEARCHER_SYNONYMS",),
}
# Keys that are no options: they stand for a variable where that is not set.
_VARIABLES = {"pager": "SEARCHER_PAGER"}


class ConfigurationError(SearcherError):
    """The configuration file cannot be read, or says what is not understood."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a configuration file says.

    Attributes:
        path: The file; None if there is none.
        index: The index when none is named: a name or a folder.
        indexes: The folders or addresses of indexes by their names.
        common: Options of all commands that have them.
        commands: Options by the name of their command.
        variables: What stands for a variable of the environment where that is not set.
    """

    path: Path | None = None
    index: str | None = None
    indexes: Mapping[str, Path | str] = field(default_factory=dict)
    common: Mapping[str, object] = field(default_factory=dict)
    commands: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)

    def defaults(self, name: str, group: click.Group, context: click.Context) -> dict[str, object]:
        """The values of a command's options, as click takes them.

        Raises:
            ConfigurationError: A key is no option, or its value is of the wrong kind.
        """
        command = group.get_command(context, name)
        found: dict[str, object] = {}
        if command is None:
            return found
        options = settable(command)
        for key, value in self.common.items():
            if key in options:
                found[_field(options[key])] = self._checked(key, value, options[key], "")
            elif not self._is_an_option(key, group, context):
                raise self.unknown(key, "", _all_options(group, context))
        for key, value in self.commands.get(name, {}).items():
            if key not in options:
                raise self.unknown(key, name, options)
            found[_field(options[key])] = self._checked(key, value, options[key], name)
        return {
            key: value
            for key, value in found.items()
            if not any(os.environ.get(variable) for variable in _IN_THE_ENVIRONMENT.get(key, ()))
        }

    def check(self, group: click.Group, context: click.Context) -> None:
        """Look at all that the file says.

        Raises:
            ConfigurationError: A part of it is not understood.
        """
        for name in group.list_commands(context):
            self.defaults(name, group, context)

    def unknown(self, key: str, command: str, known: Mapping[str, object]) -> ConfigurationError:
        """The error to raise for a key that means nothing."""
        close = [one for one in known if one.endswith(f"-{key}")] if not command else []
        close = close or get_close_matches(key, known, n=1)
        hint = say(f" (did you mean {close[0]}?)", f"（是不是 {close[0]}？）") if close else ""
        of = say(f" of searcher {command}", f"（命令 searcher {command}）") if command else ""
        return self.wrong(
            key, command, say(f"there is no such option{of}{hint}", f"没有这个选项{of}{hint}")
        )

    def wrong(self, key: str, table: str, what: str) -> ConfigurationError:
        """The error to raise for a key."""
        assert self.path is not None
        where = f"[{table}] {key}" if table else key
        return error_in(self.path, f"{where}{say(': ', '：')}{what}")

    def _checked(self, key: str, value: object, option: click.Option, command: str) -> object:
        if option.is_flag:
            if not isinstance(value, bool):
                raise self.wrong(key, command, say("write true or false", "请写 true 或 false"))
            return value
        values = value if isinstance(value, list) and option.multiple else [value]
        for one in values:
            if isinstance(one, bool | list | dict):
                raise self.wrong(
                    key,
                    command,
                    say("write a text or a number", "请写文字或数字")
                    if not option.multiple
                    else say('write a list of texts: ["…", "…"]', '请写成列表：["…", "…"]'),
                )
        texts = [self._text(one, option) for one in values]
        return texts if option.multiple else texts[0]

    def _text(self, value: object, option: click.Option) -> str:
        text = str(value)
        if takes_a_path(option) and text.startswith("~"):
            return str(Path(text).expanduser())
        return text

    @staticmethod
    def _is_an_option(key: str, group: click.Group, context: click.Context) -> bool:
        return any(key in settable(command) for command in _commands(group, context))


def settable(command: click.Command) -> dict[str, click.Option]:
    """The options of a command that a file may set, by their long names."""
    return {
        long_name(param): param
        for param in command.params
        if isinstance(param, click.Option)
        and not param.is_eager
        and param.name not in ("index", "index_name")
    }


def long_name(option: click.Option) -> str:
    """The name of an option as it is written in full, without its dashes."""
    return max(option.opts, key=len).lstrip("-")


def takes_a_path(param: click.Parameter) -> bool:
    """Whether the value of a parameter is a file or a folder."""
    metavar = (param.metavar or "").strip("[]…")
    return metavar in ("FILE", "文件", "DIR", "目录", "PATH", "路径")


def place_of_file() -> Path | None:
    """Where the file is, or would be; None if there is to be none."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named).expanduser() if named else None
    home = os.environ.get("XDG_CONFIG_HOME", "")
    # What is not absolute is to be ignored, as the specification says.
    try:
        folder = Path(home) if home.startswith("/") else Path.home() / ".config"
    except RuntimeError:  # there is no home
        return None
    return folder / "searcher" / "config.toml"


def read() -> Configuration:
    """What the file says; nothing if there is none.

    Raises:
        ConfigurationError: It cannot be read, or has a part that is no part of any.
    """
    path = place_of_file()
    if path is None:
        return Configuration()
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        if os.environ.get(VARIABLE):
            raise ConfigurationError(
                say(
                    f"there is no file {path}, which ${VARIABLE} names. "
                    f"To do without: unset {VARIABLE}",
                    f"${VARIABLE} 所指的文件 {path} 不存在。不用配置文件：unset {VARIABLE}",
                )
            ) from None
        return Configuration()
    except OSError as error:
        raise error_in(path, system_reason(error)) from error
    return parsed(path, data)


def of(context: click.Context) -> Configuration:
    """The configuration of a run, read when it is first asked for."""
    known = context.meta.get(_KEY)
    if not isinstance(known, Configuration):
        known = context.meta[_KEY] = read()
        _set_variables(known)
    return known


def without_file(context: click.Context) -> None:
    """Have a run go on as if there were no file."""
    context.meta[_KEY] = Configuration()


def error_in(path: Path, what: str) -> ConfigurationError:
    """The error to raise for something in a file, with how to mend it."""
    command = editing(path)
    return ConfigurationError(
        say(f"{path}: {what}. Correct it: {command}", f"{path}：{what}。请修改：{command}")
    )


def editing(path: Path | None) -> str:
    """What to type to edit the file."""
    import shlex

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    return f"{editor} {shlex.quote(str(path))}"


def parsed(path: Path, data: bytes) -> Configuration:
    """What the bytes of a file say.

    Raises:
        ConfigurationError: They are not understood.
    """
    import tomllib

    try:
        values = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise error_in(path, say("it is not UTF-8", "不是 UTF-8 编码")) from error
    except tomllib.TOMLDecodeError as error:
        why = toml_reason(error)
        what = say(f"it is no TOML: {why}", f"不是正确的 TOML：{why}")
        if _BARE_KEY.search(data.decode("utf-8-sig")):
            what += say('; put Chinese keys in quotes: "…" =', '；中文的键要加引号："…" =')
        raise error_in(path, what) from error
    bare = Configuration(path)
    for key in (_DEFAULT_INDEX, *_VARIABLES):
        if not isinstance(values.get(key, "-"), str) or values.get(key) == "":
            raise bare.wrong(key, "", say('write a text: "…"', '请写文字："…"'))
    index = values.pop(_DEFAULT_INDEX, None)
    variables = {key: values.pop(key) for key in _VARIABLES if key in values}
    indexes = values.pop(_INDEXES, {})
    if not isinstance(indexes, dict):
        raise bare.wrong(_INDEXES, "", say("write it as a table: [indexes]", "请写成表：[indexes]"))
    common: dict[str, object] = {}
    commands: dict[str, Mapping[str, object]] = {}
    names = _command_names()
    for key, value in values.items():
        if not isinstance(value, dict):
            common[key] = value
        elif key in names:
            commands[key] = value
        else:
            raise _unknown_table(bare, key, names)
    folders = {name: _folder(bare, name, value) for name, value in indexes.items()}
    return Configuration(path, index, folders, common, commands, variables)


def check_name(path: Path, name: str) -> None:
    """Look that a name can be one of an index.

    Raises:
        ConfigurationError: It would be taken for a directory or an option.
    """
    if not name or "/" in name or name.startswith(("-", ".", "~")) or not name.isprintable():
        what = say("this is no name, it would be a folder", "不能作名字，会被当作目录")
        raise error_in(path, f"[{_INDEXES}] {name!r}{say(': ', '：')}{what}")


def _folder(file: Configuration, name: str, value: object) -> Path | str:
    assert file.path is not None
    check_name(file.path, name)
    if not isinstance(value, str) or not value:
        raise file.wrong(
            name, _INDEXES, say('write the folder of the index: "~/…"', '请写索引所在目录："~/…"')
        )
    place = place_of_index(value)
    if isinstance(place, str):
        return place
    # What is not absolute lies beside the file, wherever one is when it is read.
    return file.path.absolute().parent / place.expanduser()


def _unknown_table(file: Configuration, key: str, names: tuple[str, ...]) -> ConfigurationError:
    close = get_close_matches(key, (*names, _INDEXES), n=1)
    hint = say(f" (did you mean [{close[0]}]?)", f"（是不是 [{close[0]}]？）") if close else ""
    return file.wrong(f"[{key}]", "", say(f"there is no such command{hint}", f"没有这个命令{hint}"))


def _set_variables(found: Configuration) -> None:
    for key, value in found.variables.items():
        os.environ.setdefault(_VARIABLES[key], value)


def _command_names() -> tuple[str, ...]:
    from searcher.cli.root import COMMANDS

    return tuple(COMMANDS)


def _commands(group: click.Group, context: click.Context) -> Iterator[click.Command]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None:
            yield command


def _all_options(group: click.Group, context: click.Context) -> dict[str, object]:
    keys = {key for command in _commands(group, context) for key in settable(command)}
    return dict.fromkeys(sorted({*keys, _DEFAULT_INDEX, *_VARIABLES}))


def _field(option: click.Option) -> str:
    assert option.name is not None
    return option.name
