"""Documents that were given another id or path after their segment was written.

A file that is renamed changes nothing of what its documents say, so their postings and texts are
left where they are. The commit record says what has become of them until the segment is merged.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Moved(NamedTuple):
    """What has become of a document since its segment was written.

    Attributes:
        id: Its id now.
        path: The file that it is in now.
    """

    id: str
    path: str | None


NOTHING: Mapping[int, Moved] = MappingProxyType({})
