"""What is asked of whoever answers at an address, and what comes of answers that make no sense."""

import base64
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from searcher import ClusterError, Index, IndexNotFound
from searcher.cluster import connection
from searcher.cluster.address import parse
from searcher.cluster.connection import password_for


@contextmanager
def _answering(status: int, kind: str, data: bytes) -> Iterator[tuple[str, list[str | None]]]:
    """The host where everything is answered alike, and who has asked."""
    asked: list[str | None] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers.get("Authorization"))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *values: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("text/plain", b"It works"),
        ("text/html; charset=utf-8", b"<html>It works</html>"),
        ("application/json", b"{"),
        ("application/json", b'["it works"]'),
        ("application/json", b'{"it": "works"}'),
    ],
)
def test_whoever_is_no_opensearch_is_said_to_be_none(kind: str, data: bytes) -> None:
    with (
        _answering(200, kind, data) as (host, _),
        pytest.raises(ClusterError, match="not OpenSearch"),
    ):
        Index.open(f"opensearch+http://{host}/news")


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_ask_is_told_where_the_password_is_taken_from(status: int) -> None:
    with (
        _answering(status, "text/plain", b"Unauthorized") as (host, _),
        pytest.raises(ClusterError, match="SEARCHER_OPENSEARCH_PASSWORD"),
    ):
        Index.open(f"opensearch+http://{host}/news")


def test_what_a_cluster_says_is_told_in_one_line() -> None:
    data = b'{"error": {"reason": "one\\ntwo", "root_cause": []}, "status": 400}'
    with (
        _answering(400, "application/json", data) as (host, _),
        pytest.raises(ClusterError, match="one two"),
    ):
        Index.open(f"opensearch+http://{host}/news")


def test_names_and_passwords_may_be_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEARCHER_OPENSEARCH_PASSWORD", "密码")
    none = b'{"error": {"reason": "none"}, "status": 404}'
    with _answering(404, "application/json", none) as (host, asked):
        with pytest.raises(IndexNotFound):
            Index.open(f"opensearch+http://张三@{host}/news")
        assert asked[0] is not None
        assert base64.b64decode(asked[0].removeprefix("Basic ")).decode() == "张三:密码"


def test_a_netrc_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_bytes(b"machine a login b password \xff\xfe\n")
    address = parse("opensearch+https://me@search.example.org/news")
    # Where the system's own encoding is another one, it is read in that.
    try:
        assert password_for(address, {"NETRC": str(netrc)}) == ""
    except ClusterError as error:
        assert str(netrc) in str(error)


def test_a_cluster_that_is_gone_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_ABSENCE", 1.0)
    asked = 0

    def ask(client: Any) -> Any:
        nonlocal asked
        asked += 1
        return client.info()

    with _answering(200, "application/json", b"{}") as (host, _):
        cluster = connection.Connection(parse(f"opensearch+http://{host}/news"))
        cluster.ask(ask)
    with pytest.raises(ClusterError, match=f"no OpenSearch answers at {host}"):
        cluster.ask(ask, patient=True)
    assert cluster.is_lost
    assert asked > 2
    # What is still to be asked at the end of a sync, by all its threads, does not wait again.
    before = asked
    with pytest.raises(ClusterError, match="no OpenSearch answers"):
        cluster.ask(ask, patient=True)
    assert asked == before + 1
    cluster.close()


@pytest.mark.parametrize(
    ("status", "kind", "is_asked_again"),
    [
        (503, "no_shard_available_action_exception", True),
        (500, "node_disconnected_exception", True),
        (500, "i_o_exception", False),
        (429, "circuit_breaking_exception", True),
        (429, "cluster_block_exception", False),  # a disk is full
    ],
)
def test_what_passes_is_asked_again(
    status: int, kind: str, is_asked_again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_HURRY", 1.0)
    asked = 0

    def ask(client: Any) -> Any:
        nonlocal asked
        asked += 1
        return client.transport.perform_request("POST", "/")

    error = {"type": kind, "reason": "above", "caused_by": {"reason": "No space left"}}
    data = json.dumps({"error": error, "status": status}).encode()
    with _answering(status, "application/json", data) as (host, _):
        cluster = connection.Connection(parse(f"opensearch+http://{host}/news"))
        with pytest.raises(ClusterError, match="above: No space left"):
            cluster.ask(ask)
        cluster.close()
    assert (asked > 1) == is_asked_again
