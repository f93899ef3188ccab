"""How often the right query is suggested for a wrong one that we made up ourselves.

``spelling.tsv`` has a line for each case: what kind of mistake it is, the query with the mistake,
and the query that was meant, over words of ``corpus/``. It was written before anything was searched
for. A case is right when that query is what is suggested, or answered in place of the one that was
typed; right queries, of kind ``kept``, when nothing is suggested for them.

With ``--index`` frequent words of another index get one character replaced by another one that is
read the same, drawn by lot, and the figure is how often the word is what is suggested.

    python -m tests.relevance.spelling
    python -m tests.relevance.spelling --index DIR
"""

import argparse
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from searcher import Index
from searcher.text.pinyin import pinyin

_HERE = Path(__file__).resolve().parent
JUDGED = _HERE / "spelling.tsv"
CORPUS = _HERE.parents[1] / "corpus"


@dataclass(frozen=True, slots=True)
class SpellingCase:
    """A query with a mistake.

    Attributes:
        kind: What kind of mistake it is.
        typed: The query.
        meant: What is right; empty if nothing is to be suggested.
    """

    kind: str
    typed: str
    meant: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpellingFigures:
    """How many suggestions are right.

    Attributes:
        right: How many of each kind are right, and how many there are.
        wrong: The cases that are not right, and what was suggested for each.
    """

    right: Mapping[str, tuple[int, int]]
    wrong: tuple[tuple[SpellingCase, str | None], ...]

    @property
    def share(self) -> float:
        """How many of all are right, from 0 to 1."""
        return sum(right for right, _ in self.right.values()) / sum(
            total for _, total in self.right.values()
        )


def read_cases(path: Path = JUDGED) -> list[SpellingCase]:
    """The cases that we made up."""
    cases: list[SpellingCase] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kind, typed, meant = line.split("\t")
            cases.append(SpellingCase(kind, typed, tuple(filter(None, meant.split("|")))))
    return cases


def judge(index: Index, cases: Sequence[SpellingCase]) -> SpellingFigures:
    """Search for each query and look at what is suggested."""
    wrong: list[tuple[SpellingCase, str | None]] = []
    counts: dict[str, tuple[int, int]] = {}
    for case in cases:
        suggestion = index.search(case.typed).suggestion
        is_right = suggestion in case.meant if case.meant else suggestion is None
        right, total = counts.get(case.kind, (0, 0))
        counts[case.kind] = (right + is_right, total + 1)
        if not is_right:
            wrong.append((case, suggestion))
    return SpellingFigures(counts, tuple(wrong))


def measure() -> SpellingFigures:
    """Judge all cases in an index of the sample documents."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Index.open(Path(folder) / "index", create=True) as index,
    ):
        index.sync([CORPUS])
        return judge(index, read_cases())


def homophones(words: Sequence[str], characters: str, seed: int) -> Iterator[SpellingCase]:
    """Words with one character replaced by another one that may be read the same.

    Args:
        words: The words.
        characters: What a character may be replaced by.
        seed: For drawing lots.
    """
    rng = random.Random(seed)
    readings = pinyin().readings
    alike: dict[str, list[str]] = {}
    for char in characters:
        for syllable in readings(char)[:1]:
            alike.setdefault(syllable, []).append(char)
    known = set(words)
    for word in words:
        at = rng.randrange(len(word))
        others = [char for syllable in readings(word[at])[:1] for char in alike.get(syllable, ())]
        wrong = [word[:at] + char + word[at + 1 :] for char in others if char != word[at]]
        wrong = [one for one in wrong if one not in known]
        if wrong:
            yield SpellingCase(f"{len(word)} characters", rng.choice(wrong), (word,))


def frequent_words(index: Index, count: int) -> list[str]:
    """The most frequent words of two to four Han characters, as the index completes them."""
    found: dict[str, int] = {}
    for first in map(chr, range(0x4E00, 0x9FA6)):
        for one in index.suggest(first, limit=100):
            if 2 <= len(one.text) <= 4 and all("\u4e00" <= char <= "\u9fff" for char in one.text):
                found[one.text] = one.documents
    return sorted(found, key=lambda word: (-found[word], word))[:count]


def report(figures: SpellingFigures) -> str:
    """The figures, and each case that is wrong."""
    right = sum(right for right, _ in figures.right.values())
    total = sum(total for _, total in figures.right.values())
    lines = [f"suggestions that are right: {right} of {total}, {figures.share:.1%}"]
    lines += [f"  {kind}: {right} of {total}" for kind, (right, total) in figures.right.items()]
    for kind, some in groupby(figures.wrong, key=lambda one: one[0].kind):
        lines.append(f"  wrong, {kind}:")
        lines += [
            f"    {case.typed} · wanted: {' | '.join(case.meant) or 'nothing'}"
            f" · suggested: {suggestion or 'nothing'}"
            for case, suggestion in some
        ]
    return "\n".join(lines)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--index", type=Path, help="an index whose frequent words are used")
    parser.add_argument("--words", type=int, default=2000, help="how many (default: 2000)")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.index is None:
        print(report(measure()))
        return
    with Index.open(given.index) as index:
        words = frequent_words(index, given.words)
        characters = "".join(sorted({char for word in words for char in word}))
        figures = judge(index, list(homophones(words, characters, given.seed)))
    print(report(SpellingFigures(figures.right, figures.wrong[:30])))


if __name__ == "__main__":
    main()
