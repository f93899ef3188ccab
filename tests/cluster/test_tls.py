"""Certificates are verified, by those that are named where they are not publicly known."""

import http.server
import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from searcher import ClusterError, Index, IndexNotFound


class _Answer(http.server.BaseHTTPRequestHandler):
    """Somebody who has no index, and takes note of who asks."""

    asked: list[str | None]

    def do_GET(self) -> None:
        self.asked.append(self.headers.get("Authorization"))
        data = json.dumps({"error": {"reason": "none"}, "status": 404}).encode()
        self.send_response(404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *values: object) -> None:
        """Say nothing."""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for this machine that nobody else has signed, with its key beside it."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    path = tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost".split()
    names = ["-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(path)]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[tuple[str, list[str | None]]]:
    """The address of an index that is not there, and who has asked for it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    asked: list[str | None] = []
    handler = type("Answer", (_Answer,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"opensearch+https://me@localhost:{server.server_port}/news", asked
        server.shutdown()
        thread.join()


def test_a_certificate_that_nobody_knows_is_refused(
    secure: tuple[str, list[str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEARCHER_OPENSEARCH_PASSWORD", "s3cret")
    address, asked = secure
    with pytest.raises(ClusterError, match="SEARCHER_OPENSEARCH_CA"):
        Index.open(address)
    assert not asked


def test_one_that_is_named_is_trusted_and_the_password_is_sent(
    secure: tuple[str, list[str | None]],
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("SEARCHER_OPENSEARCH_CA", str(certificate))
    monkeypatch.setenv("SEARCHER_OPENSEARCH_PASSWORD", "s3cret")
    address, asked = secure
    with caplog.at_level("DEBUG"), pytest.raises(IndexNotFound) as caught:
        Index.open(address)
    assert asked and asked[0] == "Basic bWU6czNjcmV0"
    assert "s3cret" not in caplog.text + str(caught.value)
    assert "bWU6czNjcmV0" not in caplog.text


def test_certificates_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEARCHER_OPENSEARCH_CA", "/no/such/file.pem")
    with pytest.raises(ClusterError, match=r"/no/such/file\.pem"):
        Index.open("opensearch+https://localhost:1/news")
