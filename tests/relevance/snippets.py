"""How often a snippet shows the sentence that answers, over queries that we judged ourselves.

``snippets.tsv`` has a line for each case: a document of ``corpus/`` or of the two files beside the
project, a query as people type it, and a few characters of the sentence that answers it. They were
judged before anything was searched for. A case is right when these characters stand in the snippet
of that document.

    python -m tests.relevance.snippets
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from searcher import Index

_HERE = Path(__file__).resolve().parent
JUDGED = _HERE / "snippets.tsv"
CORPUS = _HERE.parents[1] / "corpus"
SEEDS = _HERE.parents[2] / "shared" / "seeds"
WIDTH = 160  # cells, what ``search`` gives by default


@dataclass(frozen=True, slots=True)
class SnippetCase:
    """What one snippet has to show.

    Attributes:
        document: The id of the document.
        query: The query.
        answers: Parts of the sentences that answer; one of them is enough.
    """

    document: str
    query: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WrongSnippet:
    """A case whose snippet does not have the answer.

    Attributes:
        case: The case.
        snippet: The text that was shown; None where the query does not find the document.
    """

    case: SnippetCase
    snippet: str | None


@dataclass(frozen=True, slots=True)
class SnippetFigures:
    """How many snippets have the answer.

    Attributes:
        right: How many have it.
        right_in_half: How many have it if they may be only half as wide.
        total: How many cases there are.
        wrong: Those that do not have it, in the order of the file.
    """

    right: int
    right_in_half: int
    total: int
    wrong: tuple[WrongSnippet, ...]

    @property
    def share(self) -> float:
        """How many of all are right, from 0 to 1."""
        return self.right / self.total


def read_cases(path: Path = JUDGED) -> list[SnippetCase]:
    """The judged cases."""
    cases: list[SnippetCase] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            document, query, answers = line.split("\t")
            cases.append(SnippetCase(document, query, tuple(answers.split("|"))))
    return cases


def judge(index: Index, cases: Sequence[SnippetCase]) -> SnippetFigures:
    """Search for each query and look into the snippet of its document."""
    wrong = _wrong(index, cases, WIDTH)
    in_half = _wrong(index, cases, WIDTH // 2)
    total = len(cases)
    return SnippetFigures(total - len(wrong), total - len(in_half), total, wrong)


def measure(seeds: Path = SEEDS) -> SnippetFigures:
    """Judge all cases in an index of the sample documents and of the files beside the project."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Index.open(Path(folder) / "index", create=True) as index,
    ):
        index.sync([CORPUS, seeds])
        return judge(index, read_cases())


def report(figures: SnippetFigures) -> str:
    """The figures, and each case that is wrong."""
    right, total = figures.right, figures.total
    lines = [
        f"snippets that show the answer: {right} of {total}, {figures.share:.1%}; half as wide: "
        f"{figures.right_in_half}, {figures.right_in_half / total:.1%}"
    ]
    for wrong in figures.wrong:
        case = wrong.case
        lines += [
            f"  {case.query} · {case.document}",
            f"    wanted: {' | '.join(case.answers)}",
            f"    shown:  {'nothing: not found' if wrong.snippet is None else wrong.snippet}",
        ]
    return "\n".join(lines)


def _wrong(index: Index, cases: Sequence[SnippetCase], width: int) -> tuple[WrongSnippet, ...]:
    wrong: list[WrongSnippet] = []
    for case in cases:
        hits = index.search(case.query, limit=None, snippet_width=width)
        shown = next((hit.snippet.text for hit in hits if hit.id == case.document), None)
        if shown is None or not any(answer in shown for answer in case.answers):
            wrong.append(WrongSnippet(case, shown))
    return tuple(wrong)


if __name__ == "__main__":
    print(report(measure()))
