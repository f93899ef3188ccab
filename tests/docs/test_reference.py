"""Every command, option, public name and variable is documented, in both languages."""

import re

import pytest

import searcher
from tests.docs import markdown, reference
from tests.docs.chinese import SENTENCES
from tests.docs.reference import printed, within


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_reference_says_what_the_program_has(language: str) -> None:
    written = within(markdown.reference(language))
    assert written == printed(language), "run: python -m tests.docs.reference --write"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_command_and_every_option_is_there(language: str) -> None:
    rows = [row for table in markdown.tables(within(markdown.reference(language))) for row in table]
    every = reference.commands()
    assert every.keys() >= {"search", "index", "stats"}
    for name, command in every.items():
        assert any(re.match(rf"`searcher {name}[ `]", row[0]) for row in rows), name
        for option in reference.options(command):
            for spelled in option.opts:
                assert any(
                    len(row) == 3
                    and re.search(rf"`{re.escape(spelled)}[ `]", row[0])
                    and name in row[1].split(", ")
                    for row in rows
                ), f"{name} {spelled}"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_public_name_is_there_and_something_is_said_of_it(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", language)
    assert reference.missing() == []
    written = within(markdown.reference(language))
    for name in searcher.__all__:
        entry = re.search(rf"^- `{name}\b.*\n(  - .*\n)*", written, re.MULTILINE)
        assert entry is not None, name
        value = getattr(searcher, name)
        for member, _ in reference.members(value) if isinstance(value, type) else ():
            assert re.search(rf"`{member}[(`]", entry[0]), f"{name}.{member}"


def test_nothing_is_said_in_chinese_of_what_is_not_there() -> None:
    there = {one for _, rows in reference.library() for one, _, _ in rows}
    assert set(SENTENCES) <= there


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_variable_that_is_looked_at_is_there(language: str) -> None:
    page = markdown.reference(language)
    for path in (markdown.ROOT / "searcher").rglob("*.py"):
        for name in re.findall(r'"(SEARCHER_[A-Z_]+)"', path.read_text(encoding="utf-8")):
            assert f"`{name}`" in page or f"`{name}=" in page, name
