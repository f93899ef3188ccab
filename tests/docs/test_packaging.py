"""What comes with the package beside its code."""

import re
import tomllib

from searcher.extras import PACKAGES
from tests.docs.markdown import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_licence_is_named_and_there() -> None:
    assert PROJECT["license"] == "MIT"
    for name in PROJECT["license-files"]:
        assert "searcher contributors" in (ROOT / name).read_text(encoding="utf-8")


def test_the_changelog_begins_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", text, re.MULTILINE)
    assert newest is not None and newest[1] == PROJECT["version"]


def test_everything_optional_is_in_all() -> None:
    extras = PROJECT["optional-dependencies"]
    (everything,) = extras["all"]
    named = set(re.findall(r"\w+", everything.partition("[")[2]))
    assert named == set(extras) - {"all", "test", "bench"}
    assert any(one.startswith("searcher[all") for one in extras["test"])


def test_each_version_of_python_that_it_says_is_one_that_it_takes() -> None:
    said = re.findall(r"Python :: 3\.(\d+)", " ".join(PROJECT["classifiers"]))
    assert PROJECT["requires-python"] == f">=3.{min(map(int, said))}"


def test_what_is_to_be_installed_is_what_the_extras_bring() -> None:
    extras = PROJECT["optional-dependencies"]
    assert {name: extras[name] for name in PACKAGES} == {
        name: [package] for name, package in PACKAGES.items()
    }


def test_nobody_is_told_to_install_another_project_of_this_name() -> None:
    """On PyPI there is one."""
    files = [*(ROOT / "searcher").rglob("*.py"), *ROOT.glob("*.md")]
    named = re.compile(r"install[^\n`]*[ '\"]searcher(\[|['\"`]|$)", re.MULTILINE)
    told = [path.name for path in files if named.search(path.read_text(encoding="utf-8"))]
    assert told == ["extras.py"]  # whose docstring says why not
