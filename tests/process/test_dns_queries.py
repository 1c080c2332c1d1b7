"""Prepared queries of a real agent, asked by name."""
from support.agent import wait_for
from test_dns import dig, needs, register, short, start  # noqa: F401


def define(agent, service, **more):
    made = agent.request("POST", "/v1/query", {"Service": {"Service": "web", **service}, **more})
    assert made.status == 200, made.text
    return made.json()["ID"]


def in_order(agent, *arguments):
    return dig(agent, "+short", *arguments).split("\n")[:-1]


@needs("dig")
def test_a_prepared_query_is_asked_by_its_name(start):
    agent = start(dns_config={"service_ttl": {"web": "5s"}})
    for last, tag in ((1, "v1"), (2, "v2")):
        address = f"10.0.0.{last}"
        register(agent, "web", address, Check=None,
                 Service={"Service": "web", "Tags": [tag], "Address": address, "Port": 80})
    query = define(agent, {"Tags": ["!v2"]}, Name="Old.Web", DNS={"TTL": "9s"})
    for name in ("old.web.query.consul", "OLD.WEB.query.dc1.consul"):
        assert "9\tIN\tA\t10.0.0.1" in dig(agent, name), name
    assert short(agent, f"{query}.query.consul") == ["10.0.0.1"]
    assert short(agent, "old.web.query.consul", "SRV") == ["1 1 80 0a000001.addr.dc1.consul."]
    assert "status: NXDOMAIN" in dig(agent, "web.query.consul")
    template = define(agent, {"Service": "${name.suffix}"}, Name="find-", Template={"Type": "name_prefix_match"})
    assert "5\tIN\tA\t10.0.0.2" in dig(agent, "find-web.query.consul")
    assert short(agent, "_find-web._tcp.query.consul") == ["10.0.0.1", "10.0.0.2"]
    assert agent.request("DELETE", f"/v1/query/{query}").status == 200
    assert "status: NXDOMAIN" in dig(agent, f"{query}.query.consul")
    assert "status: SERVFAIL" in dig(agent, f"{template}.query.consul"), "it is there, but has no answer by its id"
    assert short(agent, "find-web.query.consul", "A") == ["10.0.0.1", "10.0.0.2"]


@needs("dig")
def test_a_prepared_query_may_be_near_to_who_asks(start):
    agent = start()
    for last in range(1, 5):
        register(agent, "web", f"10.0.0.{last}")
        moved = agent.put("/v1/coordinate/update", {"Node": f"n-10.0.0.{last}", "Coord": {
            "Vec": [last / 1000, 0, 0, 0, 0, 0, 0, 0], "Error": 1.5, "Adjustment": 0, "Height": 0.00001}})
        assert moved.status == 200, moved.text
    wait_for(lambda: len(agent.get("/v1/coordinate/nodes").json()) >= 4, what="the coordinates")
    define(agent, {"Near": "_ip"}, Name="near")
    upwards = [f"10.0.0.{last}" for last in range(1, 5)]
    for _ in range(5):
        assert in_order(agent, "+subnet=10.0.0.1/32", "near.query.consul") == upwards
        assert in_order(agent, "+subnet=10.0.0.4/32", "near.query.consul") == upwards[::-1]
    assert "CLIENT-SUBNET: 10.0.0.1/32/32" in dig(agent, "+subnet=10.0.0.1/32", "near.query.consul")
    from_nowhere = {tuple(in_order(agent, "+subnet=10.9.9.9/32", "near.query.consul")) for _ in range(30)}
    assert len(from_nowhere) > 5, "shuffled"
    assert {tuple(sorted(each)) for each in from_nowhere} == {tuple(upwards)}
