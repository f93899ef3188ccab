"""What a check found."""

from dataclasses import dataclass


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
