"""The proxy of the failure tests does to a real node's answers what it says."""

import http.client
import json
from typing import Any

import pytest

from tests.cluster.nodes import Cluster
from tests.cluster.proxy import Proxy, Trouble


def ask(proxy: Proxy, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=30)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_it_passes_on_what_it_does_not_refuse(cluster: Cluster) -> None:
    with Proxy(cluster.ports[0], Trouble()) as proxy:
        status, told = ask(proxy, "GET", "/")
    assert (status, told["cluster_name"]) == (200, cluster.name)


def test_it_refuses_so_many_in_a_row_at_the_most(cluster: Cluster) -> None:
    with Proxy(cluster.ports[0], Trouble(refused=1.0, most=2)) as proxy:
        statuses = [ask(proxy, "GET", "/")[0] for _ in range(6)]
    assert statuses[2] == statuses[5] == 200
    assert set(statuses[:2] + statuses[3:5]) <= {429, 502, 503, 504}
    assert proxy.counts == {"requests": 6, "refused": 4}


def test_what_is_dropped_was_done(cluster: Cluster, index_name: str) -> None:
    path = f"/{index_name}/_doc/1?refresh=true"
    with (
        Proxy(cluster.ports[0], Trouble(dropped=1.0)) as proxy,
        pytest.raises(http.client.RemoteDisconnected),
    ):
        ask(proxy, "PUT", path, json.dumps({"text": "核酸"}))
    assert cluster.request("GET", f"{index_name}/_doc/1")["found"]


def test_items_of_a_bulk_request_are_rejected_where_they_stand(
    cluster: Cluster, index_name: str
) -> None:
    lines: list[str] = []
    for number in range(40):
        lines.append(json.dumps({"index": {"_id": str(number)}}))
        lines.append(json.dumps({"text": "核酸"}))
    body = "\n".join(lines) + "\n"
    with Proxy(cluster.ports[0], Trouble(rejected=0.5)) as proxy:
        status, told = ask(proxy, "POST", f"/{index_name}/_bulk?refresh=true", body)
    items = [item["index"] for item in told["items"]]
    assert status == 200 and told["errors"]
    assert [item["_id"] for item in items] == [str(number) for number in range(40)]
    rejected = {item["_id"] for item in items if item["status"] == 429}
    assert len(rejected) == proxy.counts["rejected"] > 0
    assert cluster.request("GET", f"{index_name}/_count")["count"] == 40 - len(rejected) > 0
