"""The index that is damaged, made once."""

from pathlib import Path

import pytest

from tests.damage.making import make_index


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index with everything in it, and the files it was made of."""
    folder = tmp_path_factory.mktemp("whole")
    make_index(folder / "index", folder / "corpus")
    return folder
