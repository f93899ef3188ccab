"""Sending many documents: in lots, a few at the same time, again where the cluster is busy.

A document is sent under its id, so what is sent twice is there once. Whoever sends faster than the
cluster takes it waits (back-pressure): no more than a few lots are on their way.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from searcher.cluster.connection import BUSY, Connection, is_full, reason_of
from searcher.cluster.encoding import key_of, to_line
from searcher.cluster.engine import writer_of
from searcher.errors import ClusterError
from searcher.language import say

_LOT = 4 << 20  # characters that are sent at once
_MOST = 2000  # documents, the same
_AT_ONCE = 3  # lots on their way
_PATIENCE = 600.0  # seconds for which what was refused is sent again
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 20.0  # seconds

Action = tuple[str, str]  # the key of a document, and what is sent: two lines or one


def to_index(document_id: str, values: dict[str, Any]) -> Action:
    """Put a document, or replace the one that has its id."""
    key = key_of(document_id)
    return key, f"{to_line({'index': {'_id': key}})}\n{to_line(values)}\n"


def to_delete(document_id: str) -> Action:
    """Delete the document of an id, if it is there."""
    key = key_of(document_id)
    return key, f"{to_line({'delete': {'_id': key}})}\n"


class Bulk:
    """Sends documents to one index. As a context manager it waits until all are there."""

    def __init__(self, connection: Connection, index: str) -> None:
        """Take where to."""
        self._connection = connection
        self._index = index
        self._lot: list[Action] = []
        self._size = 0
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="searcher-bulk")
        self._sent: deque[Future[None]] = deque()
        self._is_given_up = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.flush()
        finally:
            self._is_given_up.set()
            # Nothing is to arrive any more when others may write, unless a person does not wait.
            is_waiting = error is None or isinstance(error, Exception)
            self._pool.shutdown(wait=is_waiting, cancel_futures=True)

    def add(self, action: Action) -> None:
        """Send something, sooner or later.

        What concerns one document may be sent twice only with a ``flush`` between.
        """
        self._lot.append(action)
        self._size += len(action[1])
        if self._size >= _LOT or len(self._lot) >= _MOST:
            self._send()

    def flush(self) -> None:
        """Send what is left, and wait until all is taken."""
        self._send()
        while self._sent:
            self._sent.popleft().result()

    def _send(self) -> None:
        lot, self._lot, self._size = self._lot, [], 0
        if not lot:
            return
        while len(self._sent) >= _AT_ONCE:
            self._sent.popleft().result()
        self._sent.append(self._pool.submit(self._send_lot, lot))

    def _send_lot(self, lot: Sequence[Action]) -> None:
        send(self._connection, self._index, lot, self._pause)

    def _pause(self, seconds: float) -> None:
        if self._is_given_up.wait(seconds):
            raise CancelledError


def send(
    connection: Connection,
    index: str,
    actions: Sequence[Action],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Send a lot, and again what was refused because the cluster is busy.

    Raises:
        ClusterError: Something is refused for another reason, or for too long.
    """
    began, pause = time.monotonic(), _FIRST_PAUSE
    left = list(actions)
    while True:
        body = "".join([text for _, text in left])

        def call(client: Any, body: str = body) -> Any:
            return client.bulk(body=body, index=writer_of(index), require_alias=True)

        answer = connection.ask(call, patient=True)
        if not answer["errors"]:
            return
        refused = [
            (action, result)
            for action, item in zip(left, answer["items"], strict=True)
            for result in item.values()
            if "error" in result
        ]
        lasting = [result for _, result in refused if not _is_passing(result)]
        if lasting or time.monotonic() - began > _PATIENCE:
            result = (lasting or [refused[0][1]])[0]
            reason = reason_of(result["error"])
            raise ClusterError(
                say(
                    f"the cluster does not take {result['_id']!r:.200}: {reason}",
                    f"集群拒绝了文档 {result['_id']!r:.200}：{reason}",
                )
            )
        left = [action for action, _ in refused]
        if not left:
            return
        sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _is_passing(result: dict[str, Any]) -> bool:
    return result["status"] in BUSY and not is_full(result["status"], result["error"])
