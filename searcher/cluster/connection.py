"""The connection to a cluster: who asks, by which certificates, and what its errors mean.

The password comes from ``SEARCHER_OPENSEARCH_PASSWORD`` or from a netrc file. Certificates are
verified, by those that ``SEARCHER_OPENSEARCH_CA`` names where they are not publicly known.
"""

import base64
import netrc
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from searcher.cluster.address import Address
from searcher.errors import ClusterError, IndexNotFound, SearcherError
from searcher.extras import installing_extra
from searcher.language import say
from searcher.reasons import system_reason

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

PASSWORD, CERTIFICATES = "SEARCHER_OPENSEARCH_PASSWORD", "SEARCHER_OPENSEARCH_CA"
TIMEOUT = 60.0  # seconds for an answer
_CONNECTED = 10.0  # the same, for a host to be there at all
_RETRIES = 3  # on other hosts, when one does not answer
_TOO_MANY = 429
BUSY = frozenset([_TOO_MANY, 502, 503, 504])  # statuses that pass
# What a node says with status 500 where another one, which it has asked, is gone.
_PARTED = ("node_disconnected_exception", "node_not_connected_exception", "node_closed_exception")
_PATIENCE = 300.0  # seconds for which what is busy is asked again
_ABSENCE = 120.0  # the same, where no host answers: a node is started in less
_HURRY = 20.0  # seconds, where a person may wait for the answer
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 15.0  # seconds

T = TypeVar("T")


class Connection:
    """Asks the hosts of an address; threads may share it."""

    def __init__(self, address: Address) -> None:
        """Take the address. Nothing is asked yet.

        Raises:
            ClusterError: The package ``opensearch-py`` is missing, or the certificates cannot be
                read.
        """
        self.address = address
        self._client: OpenSearch | None = None
        self._has_answered = self._is_lost = False

    @property
    def is_lost(self) -> bool:
        """Whether it was waited for an answer in vain; false before anything is asked."""
        return self._is_lost

    @property
    def client(self) -> "OpenSearch":
        """The client of ``opensearch-py``."""
        if self._client is None:
            self._client = _client(self.address)
        return self._client

    def close(self) -> None:
        """Close all connections; they are made again when something is asked."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def ask(self, call: "Callable[[OpenSearch], T]", *, patient: bool = False) -> T:
        """Ask something; again, where the cluster is busy, or does not answer any more.

        What is asked may be done twice: where an answer was lost, it is asked again. A cluster that
        was waited for in vain is waited for no more until it has answered again, so that what is
        still to be asked at the end, by other threads too, does not wait as long once more.

        Args:
            call: Asks the client.
            patient: Whether to go on for minutes, not seconds: 5 where it is busy, 2 where nobody
                answers.

        Raises:
            IndexNotFound: What is asked about is not there.
            ClusterError: It does not answer, or refuses.
        """
        client = self.client  # which says so if there is none to be had
        from opensearchpy.exceptions import ConnectionError, OpenSearchException

        began, pause = time.monotonic(), _FIRST_PAUSE
        while True:
            try:
                answer = call(client)
            except OpenSearchException as error:
                if not self._is_passing(error):
                    raise self.error_of(error) from error
                is_absent = isinstance(error, ConnectionError)
                longest = (_ABSENCE if is_absent else _PATIENCE) if patient else _HURRY
                if time.monotonic() - began > longest:
                    self._is_lost |= is_absent
                    raise self.error_of(error) from error
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                self._has_answered, self._is_lost = True, False
                return answer

    def _is_passing(self, error: Exception) -> bool:
        """Whether it may be otherwise soon: not where nobody has answered, or does any more."""
        from opensearchpy.exceptions import ConnectionError, SSLError, TransportError

        if isinstance(error, ConnectionError):
            is_known = self._has_answered and not self._is_lost
            return is_known and not isinstance(error, SSLError)
        if not isinstance(error, TransportError):
            return False
        is_busy = error.status_code in BUSY or error.error in _PARTED
        return is_busy and not is_full(error.status_code, error.error)

    def error_of(self, error: Exception) -> SearcherError:
        """An error of the client as one of ours."""
        from opensearchpy.exceptions import (
            AuthenticationException,
            AuthorizationException,
            ConnectionError,
            NotFoundError,
            SerializationError,
            SSLError,
        )

        address = self.address
        where = ", ".join(f"{host}:{port}" for host, port in address.hosts)
        if isinstance(error, NotFoundError):
            return IndexNotFound(
                say(
                    f"{address} is not there: {_reason(error)}",
                    f"{address} 不存在：{_reason(error)}",
                )
            )
        if isinstance(error, SSLError):
            return ClusterError(
                say(
                    f"{where}: the certificate is not trusted ({_reason(error)}). Name the file "
                    f"of the authority that signed it: export {CERTIFICATES}=FILE",
                    f"{where}：证书不受信任（{_reason(error)}）。请指定签发机构的证书文件："
                    f"export {CERTIFICATES}=文件",
                )
            )
        if isinstance(error, (AuthenticationException, AuthorizationException)):
            user = address.user or say("nobody", "匿名用户")
            return ClusterError(
                say(
                    f"{where} does not let {user} do that ({_reason(error)}). The password is "
                    f"taken from {PASSWORD}, else from ~/.netrc",
                    f"{where} 拒绝了 {user} 的请求（{_reason(error)}）。密码取自环境变量 "
                    f"{PASSWORD}，否则取自 ~/.netrc",
                )
            )
        if isinstance(error, ConnectionError):
            return ClusterError(
                say(
                    f"no OpenSearch answers at {where}: {_reason(error)}. Is it running?",
                    f"{where} 没有 OpenSearch 应答：{_reason(error)}。它在运行吗？",
                )
            )
        if isinstance(error, SerializationError):
            return ClusterError(
                say(
                    f"what answers at {where} is not OpenSearch: its answer is not JSON",
                    f"{where} 的应答不是 JSON，那里不是 OpenSearch",
                )
            )
        return ClusterError(
            say(f"{where} refuses: {_reason(error)}", f"{where} 拒绝了请求：{_reason(error)}")
        )


def password_for(address: Address, environment: Mapping[str, str] = os.environ) -> str:
    """The password of the user of an address; empty where none is kept.

    Raises:
        ClusterError: The netrc file cannot be read.
    """
    given = environment.get(PASSWORD)
    if given:
        return given
    path = Path(environment.get("NETRC") or Path.home() / ".netrc")
    try:
        known = netrc.netrc(path)
    except FileNotFoundError:
        return ""
    except (OSError, netrc.NetrcParseError, UnicodeDecodeError) as error:
        # A message of the parser may have what stands in the file.
        why = say("it is not UTF-8", "不是 UTF-8")
        if isinstance(error, OSError):
            why = system_reason(error)
        elif isinstance(error, netrc.NetrcParseError):
            why = say(f"line {error.lineno}", f"第 {error.lineno} 行")
        raise ClusterError(say(f"cannot read {path}: {why}", f"无法读取 {path}：{why}")) from None
    for host, _ in address.hosts:
        found = known.authenticators(host)
        if found is not None and found[0] in ("", None, address.user):
            return found[2] or ""
    return ""


def _client(address: Address) -> "OpenSearch":
    try:
        from opensearchpy import OpenSearch
        from opensearchpy.serializer import JSONSerializer
        from urllib3 import Timeout
    except ImportError as error:
        line = installing_extra("cluster")
        raise ClusterError(
            say(
                f"an index in a cluster takes the package opensearch-py: {line}",
                f"使用集群中的索引需要 opensearch-py：{line}",
            )
        ) from error
    certificates = os.environ.get(CERTIFICATES) or None
    if certificates is not None and not Path(certificates).exists():
        raise ClusterError(
            say(
                f"there is no {certificates}, which {CERTIFICATES} names",
                f"{CERTIFICATES} 所指的 {certificates} 不存在",
            )
        )
    options: dict[str, Any] = {}
    if address.user:
        # The client itself would have names and passwords of Latin letters only.
        known = f"{address.user}:{password_for(address)}".encode("utf-8", "surrogateescape")
        options["headers"] = {"authorization": f"Basic {base64.b64encode(known).decode()}"}
    if address.is_secure:
        options |= {"use_ssl": True, "verify_certs": True, "ca_certs": certificates}
    return OpenSearch(
        hosts=[{"host": host, "port": port} for host, port in address.hosts],
        timeout=Timeout(connect=_CONNECTED, read=TIMEOUT),
        max_retries=_RETRIES,
        retry_on_timeout=True,
        retry_on_status=(502, 503, 504),
        serializers={"text/plain": JSONSerializer()},  # nothing that is asked is answered so
        **options,
    )


def reason_of(error: Any) -> str:
    """What the cluster says is wrong, and what is behind it, in a line."""
    if not isinstance(error, dict):
        return f"{error!s:.300}"
    cause = error
    while isinstance(cause.get("caused_by"), dict):
        cause = cause["caused_by"]
    root = (error.get("root_cause") or [{}])[0]
    reasons = (str(one) for one in (root.get("reason") or error.get("reason"), cause.get("reason")))
    return ": ".join(f"{' '.join(one.split()):.300}" for one in dict.fromkeys(reasons))


def is_full(status: int | str, error: Any) -> bool:
    """Whether the cluster takes nothing any more because a disk is full, which does not pass."""
    kind = error.get("type") if isinstance(error, dict) else error
    return status == _TOO_MANY and kind == "cluster_block_exception"


def _reason(error: Exception) -> str:
    """The same of an error of the client."""
    info = getattr(error, "info", None)
    if isinstance(info, dict) and isinstance(info.get("error"), dict):
        return reason_of(info["error"])
    cause = getattr(error, "error", None) or type(error).__name__
    return " ".join(f"{info or cause!s:.300}".split())
