"""Addresses of indexes in a cluster: ``opensearch+https://user@host:9200/news``.

Several hosts may be named, ``host1:9200,host2:9200``: any of them answers. ``?part=NAME`` names a
part of the index: what one feeder of several has read from its own folders.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote

from searcher.errors import ArgumentError
from searcher.language import say

_SCHEMES = {"opensearch+https": True, "opensearch+http": False}
_BEGINS = re.compile(r"opensearch(?:\+\w+)?:/", re.IGNORECASE)
_PORT = 9200
_LONGEST_NAME = 200  # bytes, so that there is room for what is put behind it
_FORBIDDEN = re.compile(r'[\\/*?"<>|\s,#:]')
_TAKEN = (".state", ".writer")  # endings of what is kept beside an index
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::(?P<port>[0-9]{1,5}))?")
_SECRET = re.compile(r":/.*:.*@", re.DOTALL)  # what may have a password in it
_LONGEST_PART = 200  # bytes, as its name is in the names of records
EXAMPLE = "opensearch+https://user@host:9200/news"


@dataclass(frozen=True, slots=True)
class Address:
    """Where an index is in a cluster.

    Attributes:
        hosts: The hosts that answer, with their ports.
        name: The name of the index.
        is_secure: Whether they are asked by TLS.
        user: Who asks; empty for nobody in particular.
        part: The part of the index that a sync concerns; empty where there are no parts.
    """

    hosts: tuple[tuple[str, int], ...]
    name: str
    is_secure: bool = True
    user: str = ""
    part: str = ""

    def __str__(self) -> str:
        """The address as it is typed."""
        scheme = next(one for one, is_secure in _SCHEMES.items() if is_secure == self.is_secure)
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        hosts = ",".join(f"{_bracketed(host)}:{port}" for host, port in self.hosts)
        part = f"?part={quote(self.part, safe='')}" if self.part else ""
        return f"{scheme}://{user}{hosts}/{self.name}{part}"


def is_address(value: object) -> bool:
    """Whether a string is meant for the address of an index in a cluster, and not for a path."""
    return isinstance(value, str) and _BEGINS.match(value) is not None


def parse(text: str) -> Address:
    """Read an address.

    Raises:
        ArgumentError: It is none, or it has a password in it.
    """
    scheme, separator, rest = text.partition("://")
    is_secure = _SCHEMES.get(scheme.lower())
    if not separator or is_secure is None:
        raise _wrong(text, say("it has to begin with", "须以下列之一开头："), *_SCHEMES)
    authority, _, path = rest.partition("/")
    user, at, hosts = authority.rpartition("@")
    if at and ":" in unquote(user):
        # The address itself is not repeated: it may end in a log.
        raise ArgumentError(
            say(
                "a password does not belong into an address, where others can read it. Put it "
                "into SEARCHER_OPENSEARCH_PASSWORD or ~/.netrc, and type "
                f"{scheme}://{_named(user)}@{hosts}/{path}",
                "密码不应写在地址里，以免被旁人看到。请放进环境变量 "
                "SEARCHER_OPENSEARCH_PASSWORD 或 ~/.netrc，地址写作 "
                f"{scheme}://{_named(user)}@{hosts}/{path}",
            )
        )
    name, _, query = path.partition("?")
    name = unquote(name.removesuffix("/"))
    options = dict(parse_qsl(query, keep_blank_values=True))
    return Address(
        tuple(_host(host, text) for host in hosts.split(",")),
        _checked_name(name, text),
        is_secure,
        unquote(user),
        _part(options, text),
    )


def _host(text: str, address: str) -> tuple[str, int]:
    match = _HOST.fullmatch(text)
    port = int(match["port"] or _PORT) if match else 0
    if match is None or not 0 < port < 1 << 16:
        raise _wrong(address, say(f"{text!r} is no host", f"{text!r} 不是主机"))
    return match["name"].strip("[]").lower(), port


def _checked_name(name: str, address: str) -> str:
    is_right = (
        0 < len(name.encode("utf-8", "replace")) <= _LONGEST_NAME
        and name == name.lower()
        and not _FORBIDDEN.search(name)
        and name.isprintable()
        and name[0] not in "-_+."
        and not name.endswith(_TAKEN)
    )
    if not is_right:
        raise _wrong(
            address,
            say(
                f"an index there cannot be called {name!r}; use lower case letters, digits, - _",
                f"集群中的索引不能命名为 {name!r}，请用小写字母、数字、- 和 _",
            ),
        )
    return name


def _part(options: Mapping[str, str], address: str) -> str:
    unknown = [name for name in options if name != "part"]
    part = options.get("part", "")
    size = len(part.encode("utf-8", "replace"))
    if unknown or size > _LONGEST_PART or not part.isprintable():
        what = unknown[0] if unknown else f"part={part:.40}"
        raise _wrong(address, say(f"not understood: {what}", f"无法理解：{what}"))
    return part


def _named(user: str) -> str:
    """Who asks, without the password behind the name."""
    return quote(unquote(user).partition(":")[0], safe="")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _wrong(address: str, *what: str) -> ArgumentError:
    told = " ".join(what)
    if _SECRET.search(address):
        # A password with a slash in it, say, which nothing of may be repeated.
        return ArgumentError(
            say(
                "that is not the address of an index. It is not repeated, as there may be a "
                "password in it, which belongs into SEARCHER_OPENSEARCH_PASSWORD or ~/.netrc. "
                f"An address looks like {EXAMPLE}",
                "这不是索引的地址。其中可能含有密码，故不重复显示；密码请放进环境变量 "
                f"SEARCHER_OPENSEARCH_PASSWORD 或 ~/.netrc。地址形如 {EXAMPLE}",
            )
        )
    return ArgumentError(
        say(
            f"{address!r:.200} is not the address of an index: {told}. It looks like {EXAMPLE}",
            f"{address!r:.200} 不是索引的地址：{told}。地址形如 {EXAMPLE}",
        )
    )
