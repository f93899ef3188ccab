"""What a process that was killed has left in a generation folder."""

import re
import shutil
from contextlib import suppress
from pathlib import Path

from searcher.index import commits
from searcher.index.commits import Commit

# Names that writing gives to files. No other file is ever deleted.
_OURS = re.compile(
    r"MAIN_[0-9a-z]+\..*|_MAIN_\d+\.toc.*|MAIN\.tmp|commit-\d+\.json.*|manifest-\d+\..*|texts-.*"
)


def is_of_a_commit(name: str) -> bool:
    """Whether a file has a name that writing gives, and may not outlive a commit."""
    return _OURS.fullmatch(name) is not None


def leftovers(folder: Path, commit: Commit) -> list[Path]:
    """What writing has left in a generation folder that no part of a commit is."""
    keep = {commits.path_of(folder, commit.generation).name, *commit.files}
    return [
        path for path in folder.iterdir() if path.name not in keep and is_of_a_commit(path.name)
    ]


def sweep(folder: Path, commit: Commit) -> None:
    """Delete it. Nobody may be writing.

    A file that cannot be deleted now, such as one that is mapped on Windows, is left for the next
    time.
    """
    for path in leftovers(folder, commit):
        with suppress(OSError):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def remove_generation(folder: Path, marker: str) -> None:
    """Delete a generation folder, as far as that is possible now.

    Args:
        folder: The folder.
        marker: The name of the file that says that the folder may be deleted. It goes last: what
            is left when this is killed, or when a worker of a process that was killed puts one
            more file there, is known to be ours.
    """
    with suppress(OSError):
        for path in folder.iterdir():
            if path.name == marker:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink()
        if [path.name for path in folder.iterdir()] in ([marker], []):
            (folder / marker).unlink(missing_ok=True)
            folder.rmdir()
