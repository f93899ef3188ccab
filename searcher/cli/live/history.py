"""Queries that led to a document, kept from one live search to the next."""

import os
from contextlib import suppress
from pathlib import Path

from searcher.cli.printable import printable

_VARIABLE = "SEARCHER_HISTORY"
_MOST = 1_000  # queries that are kept


def history_file() -> Path | None:
    """Where they are kept; None if they are not to be.

    It is ``$SEARCHER_HISTORY``, where nothing means none, else a file of the user's state.
    """
    named = os.environ.get(_VARIABLE)
    state = os.environ.get("XDG_STATE_HOME", "")
    try:
        if named is not None:
            return Path(named).expanduser() if named else None
        folder = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
    except RuntimeError:  # there is no home
        return None
    return folder / "searcher" / "history"


class History:
    """Earlier queries, the last one first; only their reader may see them.

    What cannot be read or written is done without: nobody searches in order to keep a history.
    """

    def __init__(self, path: Path | None) -> None:
        """Take the file, which is read when it is first asked for; None for none."""
        self._path = path
        self._read: list[str] | None = None
        self._part = ""
        self._shown: str | None = None
        self._at = 0

    def add(self, query: str) -> None:
        """Keep a query, unless it is what was kept last."""
        query = " ".join(printable(query).split())
        if self._path is None or not query or self._queries[-1:] == [query]:
            return
        self._queries.append(query)
        if len(self._queries) >= 2 * _MOST:
            del self._queries[:-_MOST]
            self._write("w", self._queries)
        else:
            self._write("a", [query])

    def earlier(self, typed: str) -> str | None:
        """The query before the one that was given last; None if there is none.

        Args:
            typed: What stands in the box. If it is not what was given last, those are given that
                contain it, from the last one on.
        """
        if typed != self._shown:
            self._part, self._at = typed, len(self._queries)
        for number in range(self._at - 1, -1, -1):
            query = self._queries[number]
            if self._part in query and query != typed and query not in self._queries[number + 1 :]:
                self._at, self._shown = number, query
                return query
        self._shown = typed
        return None

    @property
    def _queries(self) -> list[str]:
        if self._read is None:
            lines: list[str] = []
            if self._path is not None:
                with suppress(OSError):
                    text = self._path.read_text(encoding="utf-8", errors="replace")
                    lines = [line for line in text.split("\n") if line]
            self._read = lines[-2 * _MOST :]
        return self._read

    def _write(self, mode: str, queries: list[str]) -> None:
        if self._path is None:
            return
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(self._path, mode, encoding="utf-8", opener=_private) as file:
                file.write("".join(f"{query}\n" for query in queries))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
