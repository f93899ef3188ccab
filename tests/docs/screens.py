"""The picture of a terminal in the READMEs, made by running searcher.

    python -m tests.docs.screens

builds an index of ``corpus/``, runs the commands below in English and in Chinese, and writes what a
terminal would show as SVG beside this file. The pictures name no font of the network.
"""

import io
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stdout
from html import escape, unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from searcher import Index
from searcher.cli import main as searcher
from tests.docs.markdown import ROOT

FOLDER = Path(__file__).parent
PICTURES = {"en": FOLDER / "screen.svg", "zh": FOLDER / "screen.zh.svg"}
COMMANDS = (
    "searcher search 核酸筛查 -n 2",
    "searcher search “空中客服” -n 1 --facet source",
    "searcher search hesuan -n 1",
)
WIDTH = 84  # cells

_CELL = 12.2  # how wide rich draws a cell
_INSET = 2.2  # what two cells are wider than a character as high as rich draws it, halved
_TEXT = re.compile(
    r'<text(?P<before> class="[^"]*") x="(?P<x>[\d.]+)"(?P<y> y="[\d.]+")'
    r' textLength="[\d.]+"(?P<after>[^>]*)>(?P<text>[^<]*)</text>'
)

_THEME = TerminalTheme(
    (24, 28, 34),
    (214, 220, 228),
    [(60, 66, 76), (255, 107, 104), (126, 200, 126), (229, 192, 96), (108, 168, 255),
     (198, 140, 255), (86, 194, 204), (214, 220, 228)],
)  # fmt: skip
_FORMAT = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" \
xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "Noto Sans Mono CJK SC", \
monospace; font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def picture(language: str) -> str:
    """What a terminal shows of the commands, as SVG."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor")
    with clone(language):
        for number, command in enumerate(COMMANDS):
            prompt = Text.assemble("" if not number else "\n", ("$ ", "green"), (command, "bold"))
            console.print(prompt)
            console.print(Text.from_ansi(shown(command)), soft_wrap=True)
    svg = console.export_svg(title="", theme=_THEME, code_format=_FORMAT, unique_id="searcher")
    svg = _TEXT.sub(aligned, svg)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def aligned(match: re.Match[str]) -> str:
    """A piece of text as pieces of characters that are equally wide, each at its column.

    rich takes every character for one cell wide, and no font has letters of just half the width.
    """
    left = float(match["x"])
    pieces = []
    for run in re.findall(r"[\u2e80-\uffff]+|[^\u2e80-\uffff]+", unescape(match["text"])):
        length = cell_len(run) * _CELL
        is_wide = length > len(run) * _CELL
        # Each wide character has a place of its own, in the middle of its two cells.
        starts = [left + _INSET + 2 * _CELL * at for at in range(len(run))] if is_wide else [left]
        x = " ".join(f"{start:g}" for start in starts)
        size = "" if is_wide else f' textLength="{length:g}"'
        if run.strip():
            pieces.append(
                f'<text{match["before"]} x="{x}"{match["y"]}{size}{match["after"]}>'
                f"{escape(run, quote=False)}</text>"
            )
        left += length
    return "".join(pieces)


def shown(command: str) -> str:
    """What a command prints on a terminal."""
    arguments = [*command.split()[1:], "--color", "always", "--width", str(WIDTH)]
    with redirect_stdout(io.StringIO()) as printed:
        searcher(arguments)
    return printed.getvalue().rstrip("\n")


@contextmanager
def clone(language: str) -> Iterator[None]:
    """Stand in a folder with ``corpus/`` and its index, and speak a language."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "corpus", folder / "corpus")
        Index.build(folder / "index", [folder / "corpus"])
        kept = {key: value for key, value in os.environ.items() if "SEARCHER" not in key}
        with chdir(folder), patch.dict(os.environ, {**kept, "LANGUAGE": language}, clear=True):
            yield


def texts(svg: str) -> list[str]:
    """All pieces of text of a picture, as they are read."""
    return [unescape(text).replace("\xa0", " ") for text in re.findall(r"<text[^>]*>([^<]*)", svg)]


def main() -> None:
    """Write the pictures."""
    for language, path in PICTURES.items():
        path.write_text(picture(language), encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
