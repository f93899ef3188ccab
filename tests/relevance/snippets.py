"""How often a snippet shows the sentence that answers, over queries that we judged ourselves.

``snippets.tsv`` has a line for each case: a document of ``corpus/`` or of the two files beside the
project, a query as people type it, and a few characters of the sentence that answers it. A case is
right when they stand in the snippet of that document.

    python -m tests.relevance.snippets
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from searcher import Index, Results

_HERE = Path(__file__).resolve().parent
JUDGED = _HERE / "snippets.tsv"
CORPUS = _HERE.parents[1] / "corpus"
SEEDS = _HERE.parents[2] / "shared" / "seeds"


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
        total: How many cases there are.
        wrong: Those that do not, in the order of the file.
    """

    right: int
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


def judge(index: Index, cases: list[SnippetCase], width: int = 160) -> SnippetFigures:
    """Search for each query and look into the snippet of its document."""
    wrong: list[WrongSnippet] = []
    for case in cases:
        snippet = _snippet(index.search(case.query, limit=None, snippet_width=width), case.document)
        if snippet is None or not any(answer in snippet for answer in case.answers):
            wrong.append(WrongSnippet(case, snippet))
    return SnippetFigures(len(cases) - len(wrong), len(cases), tuple(wrong))


def measure(seeds: Path = SEEDS) -> SnippetFigures:
    """Judge all cases in an index of the sample documents and of the files beside the project."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Index.open(Path(folder) / "index", create=True) as index,
    ):
        index.sync([CORPUS, seeds])
        return judge(index, read_cases())


def report(figures: SnippetFigures) -> str:
    """The figure, and each case that is wrong."""
    lines = [
        f"snippets that show the answer: {figures.right} of {figures.total}, {figures.share:.1%}"
    ]
    for wrong in figures.wrong:
        case = wrong.case
        lines += [
            f"  {case.query} · {case.document}",
            f"    wanted: {' | '.join(case.answers)}",
            f"    shown:  {'nothing: not found' if wrong.snippet is None else wrong.snippet}",
        ]
    return "\n".join(lines)


def _snippet(results: Results, document: str) -> str | None:
    return next((hit.snippet.text for hit in results if hit.id == document), None)


if __name__ == "__main__":
    print(report(measure()))
