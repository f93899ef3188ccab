"""What was found so far, and what is to be said to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from searcher.index.checking.report import Problem
from searcher.index.report import Progress, ProgressCallback
from searcher.index.store import Store
from searcher.kernel.messages import in_words
from searcher.language import say


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
        text = in_words(what if isinstance(what, str) else f"{what}" or repr(what))
        # Errors name the file themselves, for those who see nothing else.
        text = text.removeprefix(f"{Path(file).name}: ").removeprefix(f"{Path(file).name} ")
        problem = Problem(file, text[:300], advice)
        if problem not in self.problems:
            self.problems.append(problem)
