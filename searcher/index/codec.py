"""The storage of segments, behind Whoosh's codec interface, where it can be replaced."""

import secrets
from typing import Any

from whoosh.codec.whoosh3 import W3Codec, W3Segment


class SegmentCodec(W3Codec):
    """Whoosh's own codec, but for the names of segments."""

    def new_segment(self, storage: Any, indexname: str) -> W3Segment:
        """A new segment with a name that no other has.

        Whoosh takes names from ``random``. A program that seeds it the same way at each start
        would give a new segment the name of an old one and write over its files.
        """
        return W3Segment(self, indexname, segid=secrets.token_hex(8))
