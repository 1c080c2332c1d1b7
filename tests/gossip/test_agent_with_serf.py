"""Our agent, as a user runs it, in one pool with an unmodified serf agent that says what a Consul client says."""
import json
import subprocess

import pytest

from gossip.pool import own_network
from support.agent import BINARY, agent as start_agent, wait_for
from support.ports import free_port

KEY = "BwcHBwcHBwcHBwcHBwcHBw=="
OTHER_KEY = "CQkJCQkJCQkJCQkJCQkJCQ=="
CLIENT_ID = "11111111-2222-3333-4444-555555555555"
# What a Consul client agent tells of itself.
CLIENT_TAGS = {"role": "node", "dc": "dc1", "segment": "", "vsn": "2", "vsn_min": "2", "vsn_max": "3",
               "build": "1.22.7:", "id": CLIENT_ID}


class server:
    """Our agent on an address of its own, and its command line."""

    def __init__(self, address, key=None):
        self.lan = free_port(address)
        self.address = address
        settings = {"ports": {"http": free_port("127.0.0.1"), "dns": -1, "server": free_port(address),
                              "serf_lan": self.lan, "serf_wan": free_port(address), "grpc": -1, "grpc_tls": -1},
                    "performance": {"raft_multiplier": 1}, "bind_addr": address}
        if key:
            settings["encrypt"] = key
        self.agent = start_agent(f"-bind={address}", config=settings, port=settings["ports"]["http"])
        self.at = f"{address}:{self.lan}"

    def run(self, *arguments):
        done = subprocess.run([BINARY, arguments[0], f"-http-addr=127.0.0.1:{self.agent.port}", *arguments[1:]],
                              capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    def get(self, path):
        return self.agent.get(path)

    def statuses(self):
        return {each["Name"]: each["Status"] for each in self.get("/v1/agent/members").json()}

    def serf_health(self, node):
        checks = self.get(f"/v1/health/node/{node}").json()
        return next((each["Status"] for each in checks if each["CheckID"] == "serfHealth"), None)


@pytest.fixture
def servers():
    started = []

    def start(address, **more):
        started.append(server(address, **more))
        return started[-1]

    yield start
    for each in started:
        each.agent.close()


def test_a_serf_agent_becomes_a_node_fails_and_is_removed(pool, servers):
    ours = servers(pool.next_address())
    client = pool.start("serf", "client", tags=CLIENT_TAGS)
    code, said = ours.run("join", client.at)
    assert (code, said) == (0, "Successfully joined cluster by contacting 1 nodes.\n")
    wait_for(lambda: client.sees(n1="alive"), what="serf to see our agent")
    assert client.members()["n1"]["tags"]["role"] == "consul"

    wait_for(lambda: ours.serf_health("client") == "passing", what="the client in the catalog")
    node = ours.get("/v1/catalog/node/client").json()["Node"]
    assert (node["ID"], node["Address"], node["Meta"]) == (CLIENT_ID, client.address, {"consul-version": "1.22.7"})

    client.kill()
    wait_for(lambda: ours.serf_health("client") == "critical", 60, what="the check to be critical")
    assert ours.statuses() == {"n1": 1, "client": 4}
    assert ours.run("force-leave", "client")[0] == 0
    wait_for(lambda: ours.get("/v1/catalog/node/client").text == "null", 20, what="the node to go")
    assert ours.statuses()["client"] == 3
    assert ours.run("force-leave", "-prune", "client")[0] == 0
    wait_for(lambda: ours.statuses() == {"n1": 1}, 20, what="the member to be forgotten")


def test_who_leaves_is_out_of_the_catalog_at_once(pool, servers):
    ours = servers(pool.next_address())
    client = pool.start("serf", "client", tags=CLIENT_TAGS)
    client.join(ours)
    wait_for(lambda: ours.serf_health("client") == "passing", what="the client in the catalog")
    client.leave()
    wait_for(lambda: ours.get("/v1/catalog/node/client").text == "null", 20, what="the node to go")
    assert ours.statuses() == {"n1": 1, "client": 3}


def test_our_agent_says_goodbye_and_finds_back_from_its_snapshot(pool, servers):
    ours = servers(pool.next_address())
    client = pool.start("serf", "client", tags=CLIENT_TAGS)
    client.join(ours)
    wait_for(lambda: client.sees(n1="alive") and "client" in ours.statuses(), what="both to see each other")
    snapshot = ours.agent.data_dir / "serf" / "local.snapshot"
    wait_for(lambda: "alive: client" in snapshot.read_text(), what="the snapshot to name the client")

    ours.agent.kill()
    ours.agent.start()
    wait_for(lambda: ours.statuses() == {"n1": 1, "client": 1}, 30, what="the client to be found back")
    wait_for(lambda: client.sees(n1="alive"), 30, what="serf to see our agent again")

    assert ours.run("leave") == (0, "Graceful leave complete\n")
    wait_for(lambda: client.sees(n1="left"), 20, what="serf to hear the goodbye")


def test_a_member_of_another_datacenter_does_not_get_in(pool, servers):
    ours = servers(pool.next_address())
    stranger = pool.start("serf", "stranger", tags={**CLIENT_TAGS, "dc": "elsewhere"})
    friend = pool.start("serf", "friend", tags={**CLIENT_TAGS, "id": "a" + CLIENT_ID[1:]})
    friend.join(ours)
    stranger.join(ours)
    wait_for(lambda: "friend" in ours.statuses(), what="the friend to be seen")
    wait_for(lambda: "part of wrong datacenter 'elsewhere'" in ours.agent.log_text(), what="a line in the log")
    assert set(ours.statuses()) == {"n1", "friend"}


def test_the_keyring_is_rotated_from_the_command_line(pool, servers):
    ours = servers(pool.next_address(), key=KEY)
    client = pool.start("serf", "client", tags=CLIENT_TAGS, key=KEY)
    client.join(ours)
    wait_for(lambda: set(ours.statuses()) == {"n1", "client"}, what="both in the pool")
    for arguments, expected in (
            (("-list",), f"  {KEY} [2/2]"),
            (("-install", OTHER_KEY), "==> Installing new gossip encryption key..."),
            (("-use", OTHER_KEY), "==> Changing primary gossip encryption key..."),
            (("-remove", KEY), "==> Removing gossip encryption key..."),
            (("-list",), f"  {OTHER_KEY} [2/2]"),
            (("-list-primary",), f"  {OTHER_KEY} [2/2]")):
        code, said = ours.run("keyring", *arguments)
        assert code == 0 and expected in said, said
    assert client.keys("list") == {OTHER_KEY: 2}
    keyring = ours.agent.data_dir / "serf" / "local.keyring"
    assert json.loads(keyring.read_text()) == [OTHER_KEY]
    assert keyring.stat().st_mode & 0o777 == 0o600
    code, said = ours.run("keyring", "-use", KEY)
    assert code == 1 and "Requested key is not in the keyring" in said
    assert KEY not in ours.agent.log_text() and OTHER_KEY not in ours.agent.log_text()

    # The file counts from now on, not the key of the configuration.
    ours.agent.kill()
    ours.agent.start()
    wait_for(lambda: ours.statuses().get("client") == 1, 30, what="the client to be found back")


def test_retries_that_are_used_up_end_the_agent(servers):
    address = own_network()()
    nobody = f"{address}:{free_port(address)}"
    started = start_agent("-bind", address, f"-retry-join={nobody}", "-retry-max=2", "-retry-interval=1s",
                          wait=False, config={"bind_addr": address})
    try:
        assert started.process.wait(30) == 1
        assert "Join cluster failed, will retry: cluster=LAN" in started.log_text()
        assert "max join LAN retry exhausted, exiting" in started.log_text()
    finally:
        started.close()


def test_a_key_of_the_wrong_size_keeps_the_agent_from_starting():
    done = subprocess.run([BINARY, "keygen"], capture_output=True, text=True, check=True)
    assert len(done.stdout.strip()) == 44
    done = subprocess.run([BINARY, "agent", "-dev", "-encrypt", "dG9vIHNob3J0"], capture_output=True, text=True,
                          check=False, timeout=20)
    assert done.returncode == 1
