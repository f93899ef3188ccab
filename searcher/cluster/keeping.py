"""What an index in a cluster keeps beside its documents, in a small index of its own.

It is called ``NAME.state`` and has, for each index that a rebuild made,

- the dictionary and the folding table that its texts were cut by,
- the average lengths that its documents were weighed by,
- for each part the manifest: in pieces, and a head that says which of them count,

and who has the right to write. What is put under one name replaces what was there; where two may
do that at once, the first one does.
"""

import base64
import json
import zlib
from typing import Any

from searcher.cluster.connection import Connection
from searcher.cluster.schema import FIRST, RETRIES
from searcher.errors import IndexCorrupt
from searcher.language import say

_PIECE = 4 << 20  # bytes of a blob that are kept in one place
_MOST = 10_000  # records that are named at once, which is what the cluster gives
_SETTINGS = {
    "index": {"number_of_shards": 1, "auto_expand_replicas": "0-1", "hidden": True, **RETRIES}
}
_MAPPINGS = {"dynamic": False, "properties": {"of": {"type": "keyword"}}}


class Held(dict[str, Any]):
    """A record, and what tells the state it was read in."""

    seq_no = -1
    primary_term = -1


class Keeping:
    """The records of an index."""

    def __init__(self, connection: Connection) -> None:
        """Take where they are; nothing is asked yet."""
        self._connection = connection
        self._index = f"{connection.address.name}.state"

    @property
    def index(self) -> str:
        """The name of the index that has them."""
        return self._index

    @property
    def is_lost(self) -> bool:
        """Whether nobody answers any more."""
        return self._connection.is_lost

    def make(self) -> None:
        """Make the index of records unless it is there."""
        from opensearchpy.exceptions import RequestError

        def call(client: Any) -> None:
            if client.indices.exists(index=self._index):
                return
            try:
                client.indices.create(
                    index=self._index, body={"settings": _SETTINGS, "mappings": _MAPPINGS}
                )
            except RequestError as error:  # another process was faster
                if error.error != "resource_already_exists_exception":
                    raise

        self._connection.ask(call, patient=True)

    def get(self, key: str) -> Held | None:
        """A record; None if there is none of this name."""

        def call(client: Any) -> Any:
            return client.get(index=self._index, id=key, preference=FIRST, ignore=[404])

        found = self._connection.ask(call, patient=True)
        if not found.get("found"):
            return None
        record = Held(json.loads(found["_source"]["data"]))
        record.seq_no, record.primary_term = found["_seq_no"], found["_primary_term"]
        return record

    def put(
        self,
        key: str,
        of: str,
        record: dict[str, Any],
        *,
        over: Held | None = None,
        new: bool = False,
        patient: bool = False,
    ) -> bool:
        """Keep a record; whether that was done. What is kept already, just so, is done.

        Args:
            key: Its name.
            of: The index that it belongs to.
            record: The record.
            over: The state that it must still be in.
            new: Whether there must be none.
            patient: Whether to go on for minutes where that depends on what is there.
        """

        def call(client: Any) -> Any:
            how: dict[str, Any] = {"op_type": "create"} if new else {}
            if over is not None:
                how = {"if_seq_no": over.seq_no, "if_primary_term": over.primary_term}
            body = {"of": of, "data": json.dumps(record, ensure_ascii=False)}
            return client.index(index=self._index, id=key, body=body, ignore=[409], **how)

        answer = self._connection.ask(call, patient=patient or (over is None and not new))
        # Where only the answer was lost, it is in the way of itself.
        return "error" not in answer or self.get(key) == record

    def remove(self, key: str, *, over: Held | None = None) -> None:
        """Forget a record, if it is there."""
        how = {}
        if over is not None:
            how = {"if_seq_no": over.seq_no, "if_primary_term": over.primary_term}

        def call(client: Any) -> Any:
            return client.delete(index=self._index, id=key, ignore=[404, 409], **how)

        self._connection.ask(call)

    def put_blob(self, key: str, of: str, data: bytes) -> list[str]:
        """Keep bytes; the names of the records that have them."""
        packed = zlib.compress(data, 1)
        names: list[str] = []
        for at in range(0, max(len(packed), 1), _PIECE):
            name = f"{key}/{len(names)}"
            piece = base64.b64encode(packed[at : at + _PIECE]).decode("ascii")
            self.put(name, of, {"piece": piece})
            names.append(name)
        return names

    def get_blob(self, names: list[str]) -> bytes:
        """The bytes that ``put_blob`` kept.

        Raises:
            IndexCorrupt: Some are not there.
        """
        pieces: list[bytes] = []
        for name in names:
            record = self.get(name)
            if record is None:
                raise IndexCorrupt(
                    say(
                        f"{self._connection.address}: the record {name} is missing",
                        f"{self._connection.address}：缺少记录 {name}",
                    )
                )
            pieces.append(base64.b64decode(record["piece"]))
        return zlib.decompress(b"".join(pieces))

    def keys_of(self, of: str) -> list[str]:
        """The names of all records that belong to something, of the first 10,000."""

        def call(client: Any) -> Any:
            client.indices.refresh(index=self._index)
            body = {"size": _MOST, "_source": False, "query": {"term": {"of": of}}}
            return client.search(index=self._index, body=body)

        return [hit["_id"] for hit in self._connection.ask(call, patient=True)["hits"]["hits"]]

    def forget_all(self, of: str) -> None:
        """Forget all records of an index that is gone."""

        def call(client: Any) -> Any:
            client.indices.refresh(index=self._index)
            return client.delete_by_query(
                index=self._index,
                body={"query": {"term": {"of": of}}},
                conflicts="proceed",
            )

        self._connection.ask(call)
