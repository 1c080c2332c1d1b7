"""A day of a program that uses python-consul or python-consul2, unmodified, against a real agent."""
import inspect

import consul
import pytest
from consul.base import CB

from support.agent import wait_for
from targets import NOT_SERVING, SERVING

HAS_GRPC_CHECK = hasattr(consul.Check, "grpc")


def check_of(client, service_id):
    checks = client.agent.checks()
    return checks.get(f"service:{service_id}")


def becomes(client, service_id, status, seconds=6):
    return wait_for(lambda: (check_of(client, service_id) or {}).get("Status") == status and check_of(client, service_id),
                    seconds, what=f"{service_id} {status}")


def test_an_http_check_follows_its_target_down_up_and_ill(client, http_server):
    registered = client.agent.service.register(
        "jobNode", service_id="jobNode_1", address="127.0.0.1", tags=["via", "job"], port=http_server.port,
        check=consul.Check().http(http_server.url, interval="1s", timeout="5s", deregister="90s"))
    assert registered is True
    service = client.agent.services()["jobNode_1"]
    assert (service["Service"], service["Port"], service["Tags"]) == ("jobNode", http_server.port, ["via", "job"])

    passing = becomes(client, "jobNode_1", "passing")
    assert passing["Output"] == f"HTTP GET {http_server.url}: 200 OK Output: state of the service"
    http_server.down()
    critical = becomes(client, "jobNode_1", "critical")
    assert critical["Output"] == (f'Get "{http_server.url}": dial tcp 127.0.0.1:{http_server.port}: '
                                  "connect: connection refused")
    http_server.up()
    becomes(client, "jobNode_1", "passing")
    http_server.status = 503
    ill = becomes(client, "jobNode_1", "critical")
    assert ill["Output"] == f"HTTP GET {http_server.url}: 503 Service Unavailable Output: state of the service"
    http_server.status = 429
    becomes(client, "jobNode_1", "warning")


def test_health_and_catalog_show_what_the_agent_knows(client, http_server):
    client.agent.service.register("web", service_id="web1", port=80, tags=["a"],
                                  check=consul.Check().http(http_server.url, interval="1s"))
    wait_for(lambda: client.health.service("web", passing=True)[1], what="web passing in the catalog")
    index, nodes = client.catalog.service("web")
    assert [node["ServiceID"] for node in nodes] == ["web1"] and int(index) > 0
    assert client.catalog.services()[1]["web"] == ["a"]
    client.agent.service.deregister("web1")
    wait_for(lambda: "web" not in client.catalog.services()[1], what="web gone from the catalog")


@pytest.mark.skipif(not HAS_GRPC_CHECK, reason="this library has no gRPC check")
def test_each_name_of_a_grpc_server_answers_for_itself(client, grpc_server):
    grpc_server.set("", SERVING)
    grpc_server.set("alpha", SERVING)
    grpc_server.set("beta", NOT_SERVING)
    accepted = inspect.signature(consul.Check.grpc).parameters
    for name in ("alpha", "beta", "gamma"):
        wanted = {"grpc": f"{grpc_server.address}/{name}", "interval": "1s", "deregister": "90s"}
        check = consul.Check().grpc(**{k: v for k, v in wanted.items() if k in accepted})
        client.agent.service.register(name, service_id=name, address="127.0.0.1", port=grpc_server.port, check=check)
    assert becomes(client, "alpha", "passing")["Output"] == f"gRPC check {grpc_server.address}/alpha: success"
    becomes(client, "beta", "critical")
    becomes(client, "gamma", "critical")
    grpc_server.set("alpha", NOT_SERVING)
    grpc_server.set("beta", SERVING)
    becomes(client, "alpha", "critical")
    becomes(client, "beta", "passing")
    grpc_server.down()
    becomes(client, "beta", "critical")
    grpc_server.up()
    becomes(client, "beta", "passing")
    becomes(client, "alpha", "critical")


@pytest.mark.parametrize("expression, found", [
    ("Service==jobNode", ["jobNode_192.168.21.188_50053", "jobNode_2"]),
    ("via in Tags", ["jobNode_2", "via_1"]),
    ('ID=="jobNode_192.168.21.188_50053"', ["jobNode_192.168.21.188_50053"]),
])
def test_services_are_filtered(client, expression, found):
    client.agent.service.register("jobNode", service_id="jobNode_192.168.21.188_50053", port=50053)
    client.agent.service.register("jobNode", service_id="jobNode_2", tags=["via"])
    client.agent.service.register("viaNode", service_id="via_1", tags=["via", "b"])
    answer = client.http.get(CB.json(), "/v1/agent/services", params=[("filter", expression)])
    assert sorted(answer) == sorted(found)


def test_a_key_is_read_as_base64_and_a_token_is_accepted(agent, client):
    assert client.kv.put("metis/via_ip_port", "192.168.21.188_50053") is True
    raw = agent.get("/v1/kv/metis/via_ip_port", headers={"X-Consul-Token": "0123"})
    assert raw.status == 200 and raw.json()[0]["Value"] == "MTkyLjE2OC4yMS4xODhfNTAwNTM="
    index, entry = client.kv.get("metis/via_ip_port")
    assert entry["Value"] == b"192.168.21.188_50053" and int(index) == entry["ModifyIndex"]
    assert client.kv.get("metis/via_ip_port", token="0123")[1]["Value"] == entry["Value"]


def test_a_blocking_read_returns_with_the_write(client):
    import threading
    client.kv.put("watched", "1")
    index, _ = client.kv.get("watched")
    seen = []
    waiter = threading.Thread(target=lambda: seen.append(client.kv.get("watched", index=index, wait="10s")[1]))
    waiter.start()
    client.kv.put("other", "x")
    client.kv.put("watched", "2")
    waiter.join(10)
    assert seen and seen[0]["Value"] == b"2"


def test_an_instance_critical_for_too_long_is_deregistered(client):
    client.agent.service.register("gone", service_id="gone1", port=1,
                                  check=consul.Check().tcp("127.0.0.1", 1, interval="1s", deregister="1m"))
    becomes(client, "gone1", "critical")
    # At least one minute, looked at every 30 s.
    wait_for(lambda: "gone1" not in client.agent.services(), seconds=100, every=0.5, what="gone1 deregistered")


def test_services_checks_and_keys_survive_kill_and_restart(agent, client, http_server):
    client.agent.service.register("web", service_id="web1", port=80, tags=["a"],
                                  check=consul.Check().http(http_server.url, interval="1s"))
    client.kv.put("kept", "v")
    becomes(client, "web1", "passing")
    for end in (agent.kill, agent.stop):
        end()
        agent.start()
        assert client.agent.services()["web1"]["Tags"] == ["a"]
        assert client.kv.get("kept")[1]["Value"] == b"v"
        becomes(client, "web1", "passing")
