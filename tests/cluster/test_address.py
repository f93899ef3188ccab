"""Addresses of indexes in a cluster, and where the password of one comes from."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from searcher import ArgumentError, ClusterError, Index, copy
from searcher.cluster.address import Address, is_address, parse
from searcher.cluster.connection import password_for

USUAL = "opensearch+https://me@search.example.org:9200/news"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (USUAL, Address((("search.example.org", 9200),), "news", True, "me")),
        ("opensearch+http://localhost/news", Address((("localhost", 9200),), "news", False)),
        (
            "opensearch+http://one:9201,two:9202/新闻?part=3",
            Address((("one", 9201), ("two", 9202)), "新闻", False, part="3"),
        ),
        ("opensearch+http://[::1]:9200/n", Address((("::1", 9200),), "n", False)),
        ("OpenSearch+HTTP://LocalHost/n/", Address((("localhost", 9200),), "n", False)),
        (
            "opensearch+https://%E5%BC%A0%40x@h/n",
            Address((("h", 9200),), "n", user="张@x"),
        ),
    ],
)
def test_an_address_says_which_hosts_which_index_and_who_asks(text: str, expected: Address) -> None:
    assert parse(text) == expected
    assert parse(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "opensearch://localhost/news",
        "opensearch+ftp://localhost/news",
        "opensearch+http://localhost:99999/news",
        "opensearch+http://localhost/",
        "opensearch+http://localhost/News",
        "opensearch+http://localhost/a/b",
        "opensearch+http://localhost/news.state",
        "opensearch+http://localhost/_all",
        "opensearch+http://localhost/news?shards=3",
        "opensearch+http:///news",
        "opensearch+http://local host/news",
        "opensearch+http://localhost?part=1",
        "opensearch+http://local%68ost/news",
        f"opensearch+http://localhost/news?part={'长' * 70}",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ArgumentError, match=r"opensearch\+https://user@host:9200/news"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "opensearch+https://me:s3cret@localhost/news",
        "opensearch+https://me%3As3cret@localhost/news",
        "opensearch+https://me:12/s3cret@localhost/news",
        "opensearch+https://me:s3cret/s3cret@localhost/news",
        "opensearch+https://me:s3cret?s3cret@localhost/news",
        "opensearch+https://me:s3cret@localhost/News",
        "opensearch://me:s3cret@localhost/news",
        "opensearch+https:/me:s3cret@localhost/news",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ArgumentError, match="SEARCHER_OPENSEARCH_PASSWORD") as caught:
        Index.open(text)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("words", [["nosuch", "--index"], ["search", "x", "-i"], ["status"]])
@pytest.mark.parametrize("password", ["s3cret", "s3/cret", "x@s3cret", "s3cret?"])
def test_no_message_of_a_command_repeats_a_password(words: list[str], password: str) -> None:
    command = [sys.executable, "-m", "searcher", *words]
    address = f"opensearch+https://me:{password}@localhost:1/news"
    done = subprocess.run([*command, address], capture_output=True, text=True)
    assert done.returncode == 2
    assert "s3" not in done.stdout + done.stderr
    assert "cret" not in done.stdout + done.stderr


@pytest.mark.parametrize("text", ["index", "./opensearch", "/var/opensearch+http", ""])
def test_paths_are_not_taken_for_addresses(text: str) -> None:
    assert not is_address(text)


def test_the_password_is_that_of_the_environment_else_that_of_netrc(tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine search.example.org login me password from-netrc\n")
    netrc.chmod(0o600)
    address = parse(USUAL)
    environment = {"NETRC": str(netrc)}
    assert password_for(address, environment) == "from-netrc"
    environment["SEARCHER_OPENSEARCH_PASSWORD"] = "from-environment"
    assert password_for(address, environment) == "from-environment"
    other = parse(USUAL.replace("me@", "you@"))
    assert password_for(other, {"NETRC": str(netrc)}) == ""


def test_a_netrc_file_that_cannot_be_read_is_named_without_what_is_in_it(tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine a login b passwort s3cret\n")
    with pytest.raises(ClusterError, match="netrc") as caught:
        password_for(parse(USUAL), {"NETRC": str(netrc)})
    assert "s3cret" not in str(caught.value)


def test_shards_are_of_indexes_in_a_cluster(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="cluster"):
        Index.open(tmp_path / "index", create=True, shards=3)
    assert not (tmp_path / "index").exists()
    with pytest.raises(ArgumentError, match="shards"):
        Index.open("opensearch+http://localhost:1/news", create=True, shards=0)


def test_without_the_package_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['opensearchpy'] = None\n"
        "import searcher\n"
        "try: searcher.Index.open('opensearch+http://localhost:1/news')\n"
        "except searcher.ClusterError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "-m pip install 'opensearch-py>=3.0,<4'" in done.stdout, done.stderr


def test_nobody_at_an_address_is_an_error_that_names_the_host() -> None:
    with pytest.raises(ClusterError, match="localhost:1"):
        Index.open("opensearch+http://localhost:1/news")


def test_an_index_is_not_copied_into_itself_by_another_name_for_it(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    names = [tmp_path / "index", tmp_path / "other" / ".." / "index"]
    with (
        Index.open(names[0], create=True) as index,
        Index.open(names[1]) as same,
        Index.open(tmp_path / "other" / "index", create=True) as other,
    ):
        with pytest.raises(ArgumentError, match="itself"):
            copy(index, same)
        assert copy(index, other) == 0


def test_a_pickle_has_the_address_and_no_connection() -> None:
    from searcher.api.remote import ClusterIndex

    index = ClusterIndex(parse(USUAL))
    assert isinstance(index, Index)
    again = pickle.loads(pickle.dumps(index))
    assert isinstance(again, ClusterIndex)
    assert again._address == index._address
