"""What somebody gets who installs the wheel: it is built, installed in clean environments and used.

    python -m tests.smoke                          with this Python and the newest that is found
    python -m tests.smoke --python python3.13      with these ones

The wheel is built twice for the first Python, from two copies of what git tracks, and must come
out the same to the byte. Each environment gets the wheel and its dependencies, and nothing of the
clone; ``searcher`` then indexes a folder of its own, finds what is in it and is used as a library.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)
_EPOCH = "1700000000"  # any time will do, if it is the same one

_DOCUMENTS = {
    "机房.md": "---\ntitle: 谁在看护机房\ndate: 2022-03-29\n---\n\n核酸筛查时有人值班。\n",
    "說明.txt": "核酸篩查說明\n\n請改用線上服務。\n",
    "问答.jsonl": '{"id": "faq-01", "title": "理赔要多久？", "body": "绿色通道当天赔付。"}\n',
}
_LIBRARY = """
import searcher
with searcher.Index.open("index") as index:
    results = index.search("核酸筛查")
    assert results.total == 2, results
    assert all(hit.snippet.spans or hit.title_spans for hit in results)
    assert index.status().kernel is {kernel}
    assert index.statistics().documents == 3
"""
_LICENCE = (
    "from importlib.metadata import metadata; print(metadata('searcher')['License-Expression'])"
)


class Failure(Exception):
    """Something is not as it should be; the message says what."""


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """Run a command that must succeed; returns what it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=_environment(**(env or {})),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise Failure(
            f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}{done.stderr}"
        )
    return done.stdout


def _environment(**changes: str) -> dict[str, str]:
    hidden = ("PYTHON", "SEARCHER_", "VIRTUAL_ENV", "LC_", "LANG")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return {**kept, "LANG": "C.UTF-8", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **changes}


def pythons() -> list[str]:
    """This Python, and the newest other one that is found on the path or in pyenv."""
    found: dict[tuple[int, ...], str] = {}
    folders = [Path(name) for name in os.get_exec_path()]
    folders += sorted(Path.home().glob(".pyenv/versions/*/bin"))
    for folder in folders:
        for path in folder.glob("python3.[0-9]*"):
            minor = path.name.removeprefix("python3.")
            if minor.isdecimal() and (3, int(minor)) >= OLDEST and os.access(path, os.X_OK):
                try:
                    run(path, "-c", "import venv, ensurepip", cwd=folder)
                except (Failure, OSError):
                    continue  # a shim of a version that is not there
                found.setdefault((3, int(minor)), str(path))
    newest = max(found, default=sys.version_info[:2])
    others = [found[newest]] if newest > sys.version_info[:2] else []
    return [sys.executable, *others]


def copy(folder: Path) -> Path:
    """What git tracks or would track, with the usual permissions, in a new folder."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        target = folder / name
        if (ROOT / name).is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target)
            target.chmod(0o644)
    return folder


def build(python: Path, work: Path, name: str) -> Path:
    """Build the wheel from a new copy; returns the file."""
    source, wheels = copy(work / name), work / f"{name}-wheels"
    run(
        python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", wheels, source,
        cwd=work, env={"SOURCE_DATE_EPOCH": _EPOCH},
    )  # fmt: skip
    shutil.rmtree(source)
    return next(wheels.glob("searcher-*.whl"))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_reproducible(python: Path, work: Path, wheel: Path) -> None:
    """Build again, from a folder of another name, and compare."""
    again = build(python, work, f"another-{wheel.parent.name}")
    if wheel.name != again.name or digest(wheel) != digest(again):
        raise Failure(f"two builds of {wheel.name} differ: {digest(wheel)} {digest(again)}")
    print(f"two builds are the same: {digest(wheel)}", flush=True)


def check_installed(python: Path, home: Path) -> None:
    """Use what is installed in an environment, in a folder that has nothing of the clone."""
    searcher = python.parent / "searcher"
    for name, text in _DOCUMENTS.items():
        path = home / "文档" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    where = run(python, "-c", "import searcher; print(searcher.__file__)", cwd=home).strip()
    if not Path(where).is_relative_to(python.parents[1]):
        raise Failure(f"not the installed package: {where}")
    run(python, "-m", "pip", "check", cwd=home)
    version = run(searcher, "--version", cwd=home)
    run(searcher, "index", "文档", "--strict", "--quiet", cwd=home)
    for query, title in (("核酸筛查", "谁在看护机房"), ("“綠色通道”", "理赔要多久？")):
        lines = run(searcher, "search", query, "--json", cwd=home).splitlines()
        titles = [json.loads(line)["title"] for line in lines]
        if title not in titles:
            raise Failure(f"{query}: {titles}")
    run(searcher, "search", "hesuan", cwd=home)  # by pinyin
    run(python, "-m", "searcher", "show", "faq-01", cwd=home)
    run(searcher, "stats", cwd=home)
    run(searcher, "check", cwd=home)
    kernel = json.loads(run(searcher, "status", "--json", cwd=home))["kernel"]
    if not kernel:
        print("  the kernel was not built", flush=True)
    run(python, "-W", "error", "-c", _LIBRARY.format(kernel=kernel), cwd=home)
    run(
        python, "-c", _LIBRARY.format(kernel=False), cwd=home, env={"SEARCHER_KERNEL": "off"}
    )  # fmt: skip
    if "MIT" not in run(python, "-c", _LICENCE, cwd=home):
        raise Failure("the licence is not in the metadata")
    print(f"  {version.strip()}: fine", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, install and use; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", action="append", metavar="PROGRAM", help="a Python to use")
    parser.add_argument("--once", action="store_true", help="do not build twice")
    parser.add_argument("--extras", default="", metavar="NAMES", help="such as live,mcp")
    options = parser.parse_args(arguments)
    try:
        with TemporaryDirectory() as name:
            work = Path(name)
            for number, base in enumerate(options.python or pythons()):
                version = run(base, "--version", cwd=work).strip()
                print(f"{version} ({base})", flush=True)
                run(base, "-m", "venv", work / f"env{number}", cwd=work)
                python = work / f"env{number}" / "bin" / "python"
                wheel = build(python, work, f"clone{number}")
                if number == 0 and not options.once:
                    check_reproducible(python, work, wheel)
                wanted = f"{wheel}[{options.extras}]" if options.extras else str(wheel)
                run(python, "-m", "pip", "install", "--quiet", wanted, cwd=work)
                home = work / f"home{number}"
                home.mkdir()
                check_installed(python, home)
    except Failure as failure:
        print(f"failed: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
