"""The index that a search needs, built from the sample documents where there is none yet."""

from typing import TYPE_CHECKING

from searcher.language import say

if TYPE_CHECKING:
    from searcher import Index
    from searcher.cli.places import Place


def open_or_build(place: "Place", dictionary: str | None, stop_words: str | None) -> "Index":
    """The index; where it need not be named and is not there, it is built from ./corpus."""
    from searcher import Index, IndexNotFound
    from searcher.cli.places import corpus, open_index

    try:
        return open_index(place, dictionary, stop_words)
    except IndexNotFound:
        folders = corpus()
        if place.is_named or not folders:
            raise
    from searcher.cli.building import Reporting, run_indexing
    from searcher.cli.messages import tell

    tell(
        say(
            f"there is no index yet: building {place} from ./{folders[0]}",
            f"还没有索引：正在用 ./{folders[0]} 建立 {place}",
        )
    )
    run_indexing(
        lambda progress: Index.build(
            place.path, folders, dictionary=dictionary, stop_words=stop_words, progress=progress
        ),
        Reporting(),
    )
    return open_index(place)
