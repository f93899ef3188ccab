"""The picture in the READMEs shows what searcher shows."""

import re
from xml.etree import ElementTree

import pytest

from tests.docs import markdown, screens


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_picture_is_what_a_terminal_shows(language: str) -> None:
    kept = screens.PICTURES[language].read_text(encoding="utf-8")
    assert screens.texts(kept) == screens.texts(screens.picture(language)), (
        "run: python -m tests.docs.screens"
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_picture_is_whole_and_needs_no_network(language: str) -> None:
    kept = screens.PICTURES[language].read_text(encoding="utf-8")
    ElementTree.fromstring(kept)
    assert not re.search(r"url\((?!#)|href|@import|@font-face", kept)
    assert "核酸筛查" in "".join(screens.texts(kept))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_readme_shows_it(language: str) -> None:
    path = screens.PICTURES[language].relative_to(markdown.ROOT)
    assert f"]({path})" in markdown.read(language)
