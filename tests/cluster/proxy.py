"""A proxy between the library and a real node that refuses, drops and rejects at random.

What it answers is what a node under pressure answers, or the load balancer before it.
"""

import gzip
import http.client
import json
import random
import threading
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

_BUSY = (429, 502, 503, 504)
_REJECTED = {
    "type": "rejected_execution_exception",
    "reason": "rejected execution of coordinating operation",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """How often what goes wrong; shares of all requests, or of the items of bulk requests.

    Attributes:
        refused: The node never hears of it: 429, 502, 503 or 504.
        dropped: The node does it, and the answer never comes: the connection is closed.
        rejected: Of the items of a bulk request: 429 for the item in an answer of 200.
        most: So many in a row at the most, so that a client that tries often enough gets through.
    """

    refused: float = 0.0
    dropped: float = 0.0
    rejected: float = 0.0
    most: int = 3


class Proxy:
    """An HTTP proxy on loopback in front of one node. A context manager.

    Args:
        port: Of the node, on loopback.
        trouble: What it does; may be set to another while it runs.
        seed: Of chance.

    Attributes:
        port: Where it listens.
        counts: What it did, by name: ``requests``, ``refused``, ``dropped``, ``rejected`` (items).
    """

    def __init__(self, port: int, trouble: Trouble, seed: int = 1) -> None:
        self.trouble = trouble
        self.counts = Counter[str]()
        self._node = port
        self._rng = random.Random(seed)
        self._lock = threading.Lock()
        self._in_a_row = 0
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (ConnectionError, TimeoutError):
                    self.close_connection = True

            def answer(self) -> None:
                proxy.answer(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer a request: pass it on, or not."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        fate = self._fate()
        if fate == "refused":
            status = self._rng.choice(_BUSY)
            refusal = json.dumps({"error": _REJECTED, "status": status}).encode()
            _send(handler, status, {"Content-Type": "application/json"}, refusal)
            return
        headers = {name: value for name, value in handler.headers.items() if name != "Host"}
        rejected: list[tuple[int, Any]] = []
        if self.trouble.rejected and handler.path.partition("?")[0].endswith("/_bulk"):
            if headers.pop("Content-Encoding", "") == "gzip":
                body = gzip.decompress(body)
            body, rejected = self._without_rejected(body)
        status, told, answer = self._ask(handler.command, handler.path, body, headers)
        if fate == "dropped":
            handler.close_connection = True
            return
        if rejected and status == 200:
            answer = _with_rejected(answer, rejected)
        _send(handler, status, told, answer)

    def _fate(self) -> str:
        with self._lock:
            self.counts["requests"] += 1
            chance = self._rng.random()
            trouble = self.trouble
            fate = "passed"
            if chance < trouble.refused:
                fate = "refused"
            elif chance < trouble.refused + trouble.dropped:
                fate = "dropped"
            if fate == "passed" or self._in_a_row >= trouble.most:
                self._in_a_row = 0
                return "passed"
            self._in_a_row += 1
            self.counts[fate] += 1
            return fate

    def _ask(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        headers = {**headers, "Content-Length": str(len(body)), "Accept-Encoding": "identity"}
        connection = http.client.HTTPConnection("127.0.0.1", self._node, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            kept = {"Content-Type": answer.headers.get("Content-Type", "application/json")}
            return answer.status, kept, answer.read()
        finally:
            connection.close()

    def _without_rejected(self, body: bytes) -> tuple[bytes, list[tuple[int, Any]]]:
        """Take items out of a bulk request by chance, and say which were where."""
        kept: list[bytes] = []
        rejected: list[tuple[int, Any]] = []
        lines = iter(body.splitlines())
        for place, line in enumerate(lines):
            ((action, target),) = json.loads(line).items()
            item = [line] if action == "delete" else [line, next(lines)]
            with self._lock:
                reject = self._rng.random() < self.trouble.rejected
            if reject:
                told = {"_id": target.get("_id"), "_index": target.get("_index")}
                rejected.append((place, {action: {**told, "status": 429, "error": _REJECTED}}))
            else:
                kept += item
        if not kept:  # the node takes no empty request
            return body, []
        with self._lock:
            self.counts["rejected"] += len(rejected)
        return b"\n".join(kept) + b"\n", rejected


def _with_rejected(answer: bytes, rejected: list[tuple[int, Any]]) -> bytes:
    told = json.loads(answer)
    for place, item in rejected:
        told["items"].insert(place, item)
    told["errors"] = True
    return json.dumps(told).encode()


def _send(
    handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes
) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)
