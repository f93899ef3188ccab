"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from searcher.index.report import Progress, ProgressCallback
from searcher.language import say

if TYPE_CHECKING:
    from searcher.index.store import Store


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with an index.

    Attributes:
        file: The file, below the index; "." for the index as a whole.
        what: What is wrong with it.
        advice: What to do.
    """

    file: str
    what: str
    advice: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found.

    Attributes:
        problems: What is wrong.
        files: How many files were read.
        bytes: How large they are together.
        documents: How many documents the index has, as far as that can be read.
        sampled: How many of them were cut again and compared with what can be searched.
        seconds: How long it took.
    """

    problems: tuple[Problem, ...]
    files: int
    bytes: int
    documents: int
    sampled: int
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


@dataclass(slots=True)
class Findings:
    """What was found so far.

    Attributes:
        store: The index.
        progress: Is told how far the check has come.
        problems: What is wrong.
        files: How many files were read.
        bytes: How large they are together.
        documents: How many documents there are.
        sampled: How many were cut again.
        done: What is done of ``total``, in bytes.
        total: What there is to do, in bytes.
    """

    store: Store
    progress: ProgressCallback | None = None
    problems: list[Problem] = field(default_factory=list)
    files: int = 0
    bytes: int = 0
    documents: int = 0
    sampled: int = 0
    done: int = 0
    total: int = 0

    def rebuild(self, file: str, what: object) -> None:
        """Note damage that only building anew mends."""
        command = self.store.rebuild_command()
        self._note(file, what, say(f"build the index anew: {command}", f"请重建索引：{command}"))

    def sync(self, file: str, what: object) -> None:
        """Note what the next indexing mends by itself."""
        command = self.store.command("index")
        self._note(
            file,
            what,
            say(f"the next indexing removes it: {command}", f"下次索引会将其清除：{command}"),
        )

    def delete(self, file: str, what: object) -> None:
        """Note a file that is not ours, and that nothing but its owner deletes."""
        self._note(
            file,
            what,
            say("delete it, if nobody else needs it", "如果没有别的用途，请将其删除"),
        )

    def step(self, size: int, name: str) -> None:
        """Some bytes are done; the next ones are of this file."""
        self.done += size
        if self.progress is not None:
            self.progress(Progress(min(self.done, self.total), self.total, name))

    def _note(self, file: str, what: object, advice: str) -> None:
        text = what if isinstance(what, str) else f"{what}" or repr(what)
        problem = Problem(file, text[:300], advice)
        if problem not in self.problems:
            self.problems.append(problem)
