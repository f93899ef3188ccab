"""What an index in a cluster was made with, and the analyzer that was kept with it.

The dictionary is kept in the cluster, so that every machine cuts texts by the same one. It is
fetched once and then lies in the cache of the user, by its fingerprint.
"""

import json
import os
import secrets
import shutil
import zlib
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from searcher.cluster.connection import Connection
from searcher.cluster.keeping import Keeping
from searcher.cluster.schema import FORMAT_VERSION, SCALE
from searcher.errors import IndexCorrupt, IndexMismatch
from searcher.index.columnar.similarity import SIMILARITY
from searcher.language import say
from searcher.text import ANALYZER_VERSION, FOLDING_VERSION, Analyzer, Dictionary, Folding
from searcher.text.dictionary import DESCRIPTION, TABLE

FOLDING = "folding.json"
_FILES = (FOLDING, DESCRIPTION, TABLE)


@dataclass(frozen=True, slots=True)
class Description:
    """What is kept with the fields of an index.

    Attributes:
        format_version: The form of its fields.
        folding_version: How its texts were folded.
        analyzer_version: How its texts were made into terms.
        dictionary: The fingerprint of the dictionary that cut its texts.
        analyzer: The fingerprint of all files that its texts were cut by.
        dictionary_files: The names of the user's dictionary and stop list, if any.
        similarity: The parameters of the ranking that its terms were weighed with.
        created: When it was built, in ISO 8601.
        build: A random name for the build.
    """

    format_version: int
    folding_version: int
    analyzer_version: int
    dictionary: str
    analyzer: str
    dictionary_files: tuple[str, ...]
    similarity: tuple[float, ...]
    created: str
    build: str

    @classmethod
    def of(cls, analyzer: Analyzer, fingerprint: str, created: str) -> "Description":
        """That of a new index."""
        return cls(
            FORMAT_VERSION,
            FOLDING_VERSION,
            ANALYZER_VERSION,
            analyzer.fingerprint,
            fingerprint,
            analyzer.dictionary.user.names,
            _similarity(),
            created,
            secrets.token_hex(8),
        )

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Description":
        """What ``to_json`` gave.

        Raises:
            TypeError: It is something else.
        """
        description = cls(**values)
        lists = tuple(description.dictionary_files), tuple(description.similarity)
        return cls(**{**values, "dictionary_files": lists[0], "similarity": lists[1]})

    def to_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return asdict(self)

    def check(self, address: object) -> None:
        """See that this program makes the same of texts.

        Raises:
            IndexMismatch: It does not.
        """
        for name, theirs, ours in (
            (say("format version", "格式版本"), self.format_version, FORMAT_VERSION),
            (say("folding version", "字形折叠版本"), self.folding_version, FOLDING_VERSION),
            (say("analyzer version", "分词版本"), self.analyzer_version, ANALYZER_VERSION),
            (say("ranking", "排序参数"), self.similarity, _similarity()),
        ):
            if theirs != ours:
                raise IndexMismatch(
                    say(
                        f"the index {address} has {name} {theirs}, this searcher has {ours}. "
                        f"Build it anew: searcher reindex --index '{address}'",
                        f"索引 {address} 的{name}是 {theirs}，本程序是 {ours}。"
                        f"请重建：searcher reindex --index '{address}'",
                    )
                )


def _similarity() -> tuple[float, ...]:
    return (SIMILARITY.k1, SIMILARITY.b, SIMILARITY.title, SIMILARITY.body, float(SCALE))


def cache_folder() -> Path:
    """Where dictionaries are kept that were fetched."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "searcher" / "dictionaries"


def keep_analyzer(keeping: Keeping, index: str, analyzer: Analyzer) -> str:
    """Keep an analyzer with an index; returns what tells it from others."""
    folder = Path(mkdtemp(prefix="searcher-"))
    try:
        _save(folder, analyzer)
        fingerprint = _fingerprint(folder)
        names = {
            name: keeping.put_blob(f"analyzer/{index}/{name}", index, (folder / name).read_bytes())
            for name in _FILES
        }
        keeping.put(f"analyzer/{index}", index, {"files": names})
        _take_in(folder, fingerprint)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return fingerprint


def analyzer_folder(connection: Connection, index: str, description: Description) -> Path:
    """The folder with the files of the analyzer of an index, fetched if they are not here yet.

    Raises:
        IndexCorrupt: They are not as they were kept.
    """
    folder = cache_folder() / description.analyzer
    if (folder / TABLE).is_file():
        return folder
    keeping = Keeping(connection)
    record = keeping.get(f"analyzer/{index}")
    if record is None:
        raise _damaged(connection, say("its dictionary is missing", "缺少词典"))
    fetched = Path(mkdtemp(prefix="searcher-"))
    try:
        for name in _FILES:
            (fetched / name).write_bytes(keeping.get_blob(record["files"][name]))
        if _fingerprint(fetched) != description.analyzer:
            raise _damaged(connection, say("its dictionary is damaged", "词典已损坏"))
        _take_in(fetched, description.analyzer)
    except (KeyError, ValueError, zlib.error) as error:
        raise _damaged(connection, error) from error
    finally:
        shutil.rmtree(fetched, ignore_errors=True)
    return folder


def load_analyzer(folder: Path) -> Analyzer:
    """The analyzer of a folder.

    Raises:
        OSError: A file cannot be read.
        ValueError: A file is damaged.
    """
    folding = Folding.from_json((folder / FOLDING).read_text(encoding="utf-8"))
    return Analyzer(folding, Dictionary.load(folder))


def _damaged(connection: Connection, what: object) -> IndexCorrupt:
    return IndexCorrupt(
        say(
            f"the index {connection.address} is damaged: {what}",
            f"索引 {connection.address} 已损坏：{what}",
        )
    )


def _save(folder: Path, analyzer: Analyzer) -> None:
    (folder / FOLDING).write_text(analyzer.folding.to_json(), encoding="utf-8")
    analyzer.dictionary.save(folder)


def _fingerprint(folder: Path) -> str:
    digest = sha256()
    for name in _FILES:
        data = (folder / name).read_bytes()
        digest.update(json.dumps([name, len(data)]).encode())
        digest.update(data)
    return digest.hexdigest()[:32]


def _take_in(folder: Path, fingerprint: str) -> None:
    """Copy a folder into the cache, where it is there whole or not at all."""
    target = cache_folder() / fingerprint
    if (target / TABLE).is_file():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(mkdtemp(prefix=".new-", dir=target.parent))
    for name in _FILES:
        shutil.copyfile(folder / name, beside / name)
    with suppress(OSError):  # another process was faster
        beside.rename(target)
    shutil.rmtree(beside, ignore_errors=True)
