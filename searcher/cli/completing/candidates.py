"""What the word that is being typed may be."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import click

from searcher.api.folders import place_of_index
from searcher.cli.completing.typed import Typed
from searcher.cli.configuration import Configuration, read, takes_a_path
from searcher.cli.places import Place, place_by_default, place_by_name
from searcher.cli.root import root
from searcher.errors import SearcherError

Kind = Literal["values", "files", "folders"]

_MOST = 200
_FIELD = re.compile(r"([+-]?(\w+)[:：])(.*)", re.DOTALL)
_PLAIN = re.compile(r"[\w.·-]+")  # what needs no quotes in a query
_CHOICES = re.compile(r"[a-z]+(\|[A-Za-z]+)+")
_DATES = ("today", "yesterday", "7d", "1m", "1y")
# Ends of ids, behind which more is to be typed.
_PART = "/"


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a word may be.

    Attributes:
        kind: ``values``, or what the shell itself completes.
        values: Each with what it is, which may be empty.
        is_whole: Whether a space belongs behind the word.
    """

    kind: Kind = "values"
    values: tuple[tuple[str, str], ...] = ()
    is_whole: bool = True


def candidates_for(typed: Typed) -> Candidates:
    """What the word may be; all begin with what was typed of it."""
    if typed.param is None:
        if typed.word.startswith("-"):
            return Candidates(values=tuple(_matching(_options(typed), typed.word)))
        if typed.command is root:
            return Candidates(values=tuple(_matching(_commands(), typed.word)))
        return Candidates()
    return _values(typed.param, typed)


def _values(param: click.Parameter, typed: Typed) -> Candidates:
    choices = getattr(param.callback, "choices", None) or getattr(param.type, "choices", None)
    metavar = param.metavar or ""
    if not choices and _CHOICES.fullmatch(metavar):
        choices = [one for one in metavar.split("|") if one.islower()]
    if choices:
        return Candidates(values=tuple(_matching(((one, "") for one in choices), typed.word)))
    if param.name == "source" or param.name == "tag":
        kind: Literal["source", "tag"] = "source" if param.name == "source" else "tag"
        return Candidates(values=tuple((one, "") for one in _names(typed, kind, typed.word)))
    if param.name == "index_name":
        named = _configuration().indexes.items()
        known = ((name, str(path)) for name, path in named)
        return Candidates(values=tuple(_matching(known, typed.word)))
    if param.name in ("document_id", "ids", "id"):
        return _ids(typed)
    if param.name in ("since", "until"):
        return Candidates(values=tuple(_matching(((one, "") for one in _DATES), typed.word)))
    if takes_a_path(param):
        return Candidates("folders" if "--index" in param.opts else "files")
    if param.name == "words":
        return _field_in_query(typed)
    return Candidates()


def _commands() -> Iterable[tuple[str, str]]:
    context = click.Context(root, info_name="searcher", resilient_parsing=True)
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        if command is not None and not command.hidden:
            yield name, (command.short_help or "").rstrip(".。")


def _options(typed: Typed) -> Iterable[tuple[str, str]]:
    """The options that may still be given, long names first."""
    context = click.Context(typed.command, resilient_parsing=True)
    for param in typed.command.get_params(context):
        if not isinstance(param, click.Option) or param.hidden:
            continue
        if param.name in typed.given and not param.multiple:
            continue
        help_text = _first_sentence(param.help or "")
        names = sorted((*param.opts, *param.secondary_opts), key=len, reverse=True)
        # A short name that has a long one is for who knows it.
        shown = [name for name in names if name.startswith("--")] or names
        for name in names if typed.word == "-" else shown:
            yield name, help_text


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[a-z\d)])[.:;] |[。：；]", text, maxsplit=1)[0].rstrip(".")


def _matching(pairs: Iterable[tuple[str, str]], beginning: str) -> Iterable[tuple[str, str]]:
    return (pair for pair in pairs if pair[0].startswith(beginning))


def _configuration() -> Configuration:
    with suppress(SearcherError, OSError):
        return read()
    return Configuration()


def _place(typed: Typed) -> Place | None:
    if typed.folder is not None:
        path = place_of_index(typed.folder)
        return Place(path if isinstance(path, str) else path.expanduser(), True)
    configuration = _configuration()
    try:
        if typed.name is not None:
            return place_by_name(typed.name, configuration)
        return place_by_default(configuration)
    except SearcherError:
        return None


def _names(typed: Typed, kind: Literal["source", "tag", "id"], beginning: str) -> list[str]:
    from searcher.api.listing import names_in

    place = _place(typed)
    return [] if place is None else names_in(place.path, kind, beginning, _MOST)


def _ids(typed: Typed) -> Candidates:
    """Ids, up to the next ``/`` where there are many."""
    found = _names(typed, "id", typed.word)
    if len(found) < _MOST:
        return Candidates(values=tuple((one, "") for one in found))
    at = len(typed.word)
    parts = dict.fromkeys(one[: one.find(_PART, at) + 1] or one for one in found)
    is_whole = not any(one.endswith(_PART) for one in parts)
    return Candidates(values=tuple((one, "") for one in parts), is_whole=is_whole)


def _field_in_query(typed: Typed) -> Candidates:
    """``来源：国`` in a query is completed as the value of ``--source`` is."""
    match = _FIELD.fullmatch(typed.word)
    if match is None:
        return Candidates()
    from searcher.query.grammar import FIELDS

    typed_field, name, value = match.groups()
    kinds: dict[str, Literal["source", "tag"]] = {"source": "source", "tag": "tag"}
    kind = kinds.get(FIELDS.get(name, ""))
    if kind is None:
        return Candidates()
    found = _names(typed, kind, value.lstrip('“"「'))
    quoted = (one if _PLAIN.fullmatch(one) else f"“{one}”" for one in found)
    return Candidates(values=tuple((typed_field + one, "") for one in quoted))
