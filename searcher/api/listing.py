"""Names in an index for who types one, given quickly and without opening all of it."""

from pathlib import Path
from typing import Literal

from searcher.errors import DAMAGE


def names_in(
    path: Path | str, kind: Literal["source", "tag", "id"], prefix: str = "", limit: int = 200
) -> list[str]:
    """Sources, tags or ids of an index that begin with a prefix.

    Sources and tags come with the most frequent first, ids in order. What cannot be read gives
    none: this is for completions, where a complaint would be in the way.
    """
    from searcher.index import listing

    if isinstance(path, str):  # a cluster may take longer to answer than one waits for a completion
        return []
    try:
        folder = listing.folder_in_force(path)
        if kind == "id":
            return listing.ids(folder, prefix, limit)
        return listing.values(folder, kind, prefix, limit)
    except (OSError, *DAMAGE):
        return []
