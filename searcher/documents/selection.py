"""Which files below a folder are read: hidden ones, globs, and ignore files as git has them."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from searcher.errors import ArgumentError
from searcher.language import say

if TYPE_CHECKING:
    pass

# What version control and desktops keep for themselves.
HOUSEKEEPING = frozenset({".git", ".hg", ".svn", ".bzr", ".DS_Store", ".localized", ".directory"})
# The ignore files of a folder. What the first kind says, anywhere, wins over the second.
IGNORE_FILES = (".searcherignore", ".gitignore")

_LARGEST_IGNORE_FILE = 1 << 20  # bytes; the rest of a larger one is passed over
# Each `*` of a glob may multiply the time that a name takes, and an ignore file may come from
# anybody: a glob with more of them than people write is passed over.
_MOST_STARS = 6
_STARS = re.compile(r"\*+")
# What the library names the slash that a glob finds behind a folder.
_FOLDER_GROUP = "?P<ps_d>"
_ANY_FOLDER = f"({_FOLDER_GROUP}/)"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files below a folder are read.

    What is left out by a selection is not there: it is neither counted nor named as skipped.

    Attributes:
        include: Globs; if there are any, only files that one of them matches are read.
        exclude: Globs of files and folders that are left out. Globs are written as in a
            ``.gitignore`` and are relative to each root: ``*.md``, ``/drafts/``, ``a/**/b``,
            ``!keep.md``.
        hidden: Whether files and folders whose name begins with a dot are read too. What version
            control and desktops keep for themselves (``.git``, ``.DS_Store``) never is.
        ignore_files: Whether what the ``.gitignore`` and ``.searcherignore`` of a folder say is
            left out. Where both speak of a file, ``.searcherignore`` decides.

    Raises:
        ArgumentError: A glob cannot be understood.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    hidden: bool = False
    ignore_files: bool = True

    def __post_init__(self) -> None:
        for name in ("include", "exclude"):
            globs = getattr(self, name)
            # Each letter of a string would be a glob.
            if not isinstance(globs, (tuple, list)):
                raise ArgumentError(
                    say(
                        f"{name} must be a tuple of globs: {globs!r:.80}",
                        f"{name} 须是通配符的元组：{globs!r:.80}",
                    )
                )
            object.__setattr__(self, name, tuple(globs))
        for name in ("hidden", "ignore_files"):
            value = getattr(self, name)
            if not isinstance(value, bool):
                raise ArgumentError(
                    say(
                        f"{name} must be True or False: {value!r:.80}",
                        f"{name} 须是 True 或 False：{value!r:.80}",
                    )
                )
        for glob in (*self.include, *self.exclude):
            if not isinstance(glob, str) or not glob.strip("! ") or _pattern(glob) is None:
                raise ArgumentError(
                    say(f"not a glob that is understood: {glob!r}", f"无法理解的通配符：{glob!r}")
                )


class _Rule(NamedTuple):
    """One line of an ignore file.

    Attributes:
        search: Looks for the glob in a path.
        is_out: What the line says about what it matches.
    """

    search: "re.Pattern[str]"
    is_out: bool


class Globs:
    """Globs of which the last that matches decides, as in an ignore file."""

    __slots__ = ("_any", "_rules")

    def __init__(self, lines: Iterable[str]) -> None:
        """Take in lines; those that are comments, empty or not understood are passed over."""
        rules = [rule for rule in map(_pattern, lines) if rule is not None]
        self._rules = list(reversed(rules))
        # Most files match none, which one look can tell.
        sources = (f"(?:{rule.search.pattern.replace(_FOLDER_GROUP, '?:')})" for rule in rules)
        self._any = re.compile("|".join(sources), re.DOTALL) if rules else None

    def __bool__(self) -> bool:
        return bool(self._rules)

    def decide(self, path: str, is_folder: bool) -> bool | None:
        """Whether a file or folder is matched; None where no glob speaks of it.

        A glob speaks of a folder itself, not of what is in it: a caller who walks does not look
        into a folder that is matched.
        """
        as_folder = f"{path}/"
        if self._any is None or not self._any.search(as_folder if is_folder else path):
            return None
        for search, is_out in self._rules:
            found = search.search(path)
            if found is not None:
                if found.lastgroup is None:  # else it is about a folder above
                    return is_out
            elif is_folder and "ps_d" in search.groupindex:
                found = search.search(as_folder)
                if found is not None and found.end("ps_d") == len(as_folder):
                    return is_out
        return None

    def matches(self, path: str) -> bool:
        """Whether a file, or a folder that it is in, is matched."""
        decided: bool | None = None
        end = path.find("/")
        while end >= 0:
            above = self.decide(path[:end], True)
            decided = decided if above is None else above
            end = path.find("/", end + 1)
        own = self.decide(path, False)
        return bool(decided if own is None else own)


class Above(NamedTuple):
    """The globs of one ignore file, and how long the path of its folder is with its slash."""

    globs: Globs
    start: int


class Rules:
    """A selection at work below one root. Paths are relative to it, with ``/`` between parts."""

    def __init__(self, selection: Selection) -> None:
        self._include = Globs(selection.include) if selection.include else None
        self._exclude = Globs(selection.exclude) if selection.exclude else None
        self.hidden = selection.hidden
        self.ignore_files = selection.ignore_files

    @property
    def are_plain(self) -> bool:
        """Whether names need not be matched where no ignore file is."""
        return self._include is None and self._exclude is None

    def below(
        self, above: tuple[tuple[Above, ...], ...], folder: str, path: str, names: Iterable[str]
    ) -> tuple[tuple[Above, ...], ...]:
        """The ignore files that speak of what is in a folder, the nearest first, by their kind.

        Args:
            above: Those that speak of the folder itself.
            folder: Where the folder is on this machine.
            path: Its path below the root, with a slash at its end, or nothing for the root.
            names: The plain files in it that have the name of an ignore file.
        """
        found = list(above)
        for name in names:
            globs = Globs(_lines(f"{folder}{os.sep}{name}"))
            if globs:
                kind = IGNORE_FILES.index(name)
                found[kind] = (Above(globs, len(path)), *found[kind])
        return tuple(found)

    def leave_out(self, path: str, is_folder: bool, above: tuple[tuple[Above, ...], ...]) -> bool:
        """Whether globs or ignore files leave a file or folder out."""
        if self._exclude is not None and self._exclude.decide(path, is_folder):
            return True
        for kind in above:
            for globs, start in kind:
                decided = globs.decide(path[start:], is_folder)
                if decided:
                    return True
                if decided is not None:
                    return self._is_not_included(path, is_folder)
        return self._is_not_included(path, is_folder)

    def _is_not_included(self, path: str, is_folder: bool) -> bool:
        return self._include is not None and not is_folder and not self._include.matches(path)


NO_IGNORE_FILES: tuple[tuple[Above, ...], ...] = tuple(() for _ in IGNORE_FILES)


@lru_cache(maxsize=1024)
def _pattern(line: str) -> _Rule | None:
    """What one line says; None for a comment, an empty line, or what is no glob."""
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    if "\x00" in line or len(_STARS.findall(line)) > _MOST_STARS:
        return None
    if line.rstrip().endswith("/**/"):
        line = f"{line.rstrip()}*/"  # the same to git: the folders below, at any depth
    try:
        pattern: GitIgnoreSpecPattern = GitIgnoreSpecPattern(line)
    except (ValueError, re.error, RecursionError, OverflowError):
        return None
    search, include = pattern.regex, pattern.include
    if not isinstance(search, re.Pattern) or include is None:
        return None
    if search.pattern == _ANY_FOLDER:
        return _Rule(re.compile(rf"{_ANY_FOLDER}\Z"), include)
    return _Rule(search, include)


def _lines(path: str) -> Iterator[str]:
    """The lines of an ignore file; none where it cannot be read."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a path object for each folder costs time
            data = file.read(_LARGEST_IGNORE_FILE)
    except OSError:
        return
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    for line in text.split("\n"):
        yield line.removesuffix("\r")
