"""The parts of a page in Markdown that are looked at: headings, blocks of code, tables, numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh.md"}
REFERENCES = {
    "en": ROOT / "searcher" / "REFERENCE.md",
    "zh": ROOT / "searcher" / "REFERENCE.zh.md",
}

_BLOCK = re.compile(
    r"^(?:<!-- command: (?P<name>\w+) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_HEADING = re.compile(r"^(#+) +(.+)$", re.MULTILINE)
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?|\.\d+")
_COMMENT = re.compile(r"(^|\s+)#(\s.*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of code.

    Attributes:
        language: What stands behind the three backquotes.
        text: What is in it.
        name: The name in the comment before it, ``<!-- command: NAME -->``; else empty.
        heading: The heading that it stands under.
    """

    language: str
    text: str
    name: str
    heading: str

    @property
    def code(self) -> str:
        """Its text without comments and without space at the ends of lines."""
        return _COMMENT.sub("", self.text)


def read(language: str) -> str:
    """The page in a language."""
    return PAGES[language].read_text(encoding="utf-8")


def reference(language: str) -> str:
    """The page of all options and names in a language."""
    return REFERENCES[language].read_text(encoding="utf-8")


def blocks(page: str) -> list[Block]:
    """All blocks of code, in order."""
    found = []
    for match in _BLOCK.finditer(page):
        before = _HEADING.findall(_BLOCK.sub("", page[: match.start()]))
        heading = before[-1][1] if before else ""
        found.append(Block(match["language"], match["text"], match["name"] or "", heading))
    return found


def headings(page: str) -> list[tuple[int, str]]:
    """All headings, in order, with their levels."""
    return [(len(marks), text) for marks, text in _HEADING.findall(_BLOCK.sub("", page))]


def sections(page: str) -> list[str]:
    """The text below each heading, without blocks of code."""
    return re.split(_HEADING.pattern, _BLOCK.sub("", page), flags=re.MULTILINE)[3::3]


def tables(section: str) -> list[list[list[str]]]:
    """All tables of a text: their rows, and the cells of these."""
    found: list[list[list[str]]] = []
    inside = False
    for line in section.splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        if not inside:
            found.append([])
        inside = True
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if any(set(cell) - set("-: ") for cell in cells):
            found[-1].append(cells)
    return found


def numbers(text: str) -> list[str]:
    """All numbers in a text, in order; those in code are not figures."""
    return _NUMBER.findall(re.sub(r"`[^`]*`|\]\([^)]*\)", "", text))


def decimals(text: str) -> Iterator[str]:
    """The numbers with a point: measured, and written alike in every language."""
    return (number for number in numbers(text) if "." in number)
