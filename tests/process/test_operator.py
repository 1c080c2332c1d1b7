"""The servers of a datacenter as an operator sees and changes them: Raft's configuration and autopilot."""
import datetime
import signal
import subprocess
import time

import pytest

from support.agent import BINARY, wait_for
from support.ports import free_port

CONFIGURATION = "/v1/operator/autopilot/configuration"
FAST_GOSSIP = {"probe_interval": "100ms", "probe_timeout": "80ms", "gossip_interval": "40ms", "suspicion_mult": 3}


def peers(agent, query=""):
    """The servers that Raft knows, by name."""
    answer = agent.get("/v1/operator/raft/configuration" + query)
    assert answer.status == 200, answer.text
    return {server["Node"]: server for server in answer.json()["Servers"]}


def voters(agent):
    return sorted(name for name, server in peers(agent).items() if server["Voter"])


def operate(agent, *words):
    """The command's exit code and what it printed."""
    done = subprocess.run([BINARY, "operator", *words, f"-http-addr=127.0.0.1:{agent.port}"],
                          capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout + done.stderr


def is_healthy(agent):
    return agent.get("/v1/operator/autopilot/health").status == 200


class datacenter:
    """Three servers s1, s2, s3 and a client agent c1, each at a loopback address of its own."""

    def __init__(self, agents, autopilot):
        self.agents = agents
        self.ports = {"dns": -1, "grpc": -1, "grpc_tls": -1, "server": free_port(), "serf_lan": free_port(),
                      "serf_wan": free_port()}
        self.autopilot = autopilot
        names = ["s1", "s2", "s3"]
        self.servers = {name: self.add(n + 1, name, "-server", "-bootstrap-expect=3", wait=False)
                        for n, name in enumerate(names)}
        self.client = self.add(4, "c1")
        wait_for(lambda: voters(self.client) == names, seconds=20, what="a vote for all three")

    def add(self, n, name, *flags, wait=True):
        port = free_port()
        config = {"ports": {**self.ports, "http": port}, "autopilot": self.autopilot, "gossip_lan": FAST_GOSSIP,
                  "retry_join": [f"127.0.0.{i + 1}:{self.ports['serf_lan']}" for i in range(3)],
                  "retry_interval": "1s"}
        return self.agents(f"-node={name}", f"-bind=127.0.0.{n}", *flags, config=config, server=False, port=port,
                           wait=wait)

    def leader(self):
        """None while nobody leads."""
        return next((name for name, server in peers(self.client).items() if server["Leader"]), None)

    def follower(self):
        leader = wait_for(self.leader, what="a leader")
        return next(name for name in sorted(self.servers) if name != leader)


@pytest.fixture
def three(agents):
    return datacenter(agents, {"server_stabilization_time": "1s"})


# -- one server ----------------------------------------------------------------------------------

def test_a_single_server_is_a_healthy_datacenter(agents):
    agent = agents()
    (only,) = peers(agent).values()
    assert (only["Node"], only["Leader"], only["Voter"], only["ProtocolVersion"]) == ("n1", True, True, "3")
    health = agent.get("/v1/operator/autopilot/health")
    assert health.status == 200 and health.json()["FailureTolerance"] == 0
    state = agent.get("/v1/operator/autopilot/state").json()
    assert state["Leader"] == only["ID"] and state["Voters"] == [only["ID"]]
    code, text = operate(agent, "raft", "list-peers")
    header, row = text.splitlines()
    assert code == 0 and header.split()[:4] == ["Node", "ID", "Address", "State"]
    assert row.split()[:6] == ["n1", only["ID"], only["Address"], "leader", "true", "3"] and row.endswith("-")


def test_a_single_server_has_nobody_to_hand_over_to_and_nobody_to_remove(agents):
    agent = agents()
    refused = agent.request("POST", "/v1/operator/raft/transfer-leader")
    assert (refused.status, refused.text) == (500, "cannot find peer")
    code, text = operate(agent, "raft", "remove-peer", "-address=1.2.3.4:1")
    assert code == 1
    assert 'Unexpected response code: 500 (address "1.2.3.4:1" was not found in the Raft configuration)' in text


def test_the_configuration_is_written_only_over_what_was_read(agents):
    agent = agents()
    first = agent.get(CONFIGURATION).json()
    assert (first["MaxTrailingLogs"], first["ServerStabilizationTime"]) == (250, "10s")
    changed = {**first, "MaxTrailingLogs": 7}
    assert agent.put(f"{CONFIGURATION}?cas={first['ModifyIndex'] + 1}", changed).text == "false"
    assert agent.get(CONFIGURATION).json() == first
    assert agent.put(f"{CONFIGURATION}?cas={first['ModifyIndex']}", changed).text == "true"
    second = agent.get(CONFIGURATION).json()
    assert second["MaxTrailingLogs"] == 7 and second["CreateIndex"] == first["CreateIndex"]
    assert second["ModifyIndex"] > first["ModifyIndex"]
    assert operate(agent, "autopilot", "set-config", "-min-quorum=3") == (0, "Configuration updated!\n")
    code, text = operate(agent, "autopilot", "get-config")
    assert code == 0 and "MaxTrailingLogs = 7\nMinQuorum = 3\n" in text


def test_the_file_tells_only_the_first_configuration(agents):
    agent = agents("-hcl=autopilot { max_trailing_logs = 99 }")
    wait_for(lambda: agent.get(CONFIGURATION).json()["MaxTrailingLogs"] == 99)
    assert operate(agent, "autopilot", "set-config", "-max-trailing-logs=50")[0] == 0
    agent.kill()
    agent.start()
    assert is_healthy(agent)  # it has looked at its servers, and so at its configuration
    assert agent.get(CONFIGURATION).json()["MaxTrailingLogs"] == 50


# -- three servers, asked by a client agent --------------------------------------------------------

def test_leadership_is_handed_over_and_a_server_is_removed(three):
    wait_for(lambda: is_healthy(three.client), what="health")
    code, text = operate(three.client, "raft", "list-peers")
    assert code == 0 and sorted(line.split()[0] for line in text.splitlines()) == ["Node", "s1", "s2", "s3"]
    chosen = three.follower()
    assert operate(three.client, "raft", "transfer-leader", f"-id={peers(three.client)[chosen]['ID']}") == (
        0, "Success\n")
    wait_for(lambda: three.leader() == chosen, what="the chosen leader")
    unknown = three.client.request("POST", "/v1/operator/raft/transfer-leader?id=abc")
    assert (unknown.status, unknown.text) == (500, "Could not find address for server id abc")

    gone = three.follower()
    three.servers[gone].kill()
    address = peers(three.client)[gone]["Address"]
    removed = operate(three.client, "raft", "remove-peer", f"-address={address}")
    # Autopilot removes the dead as well: whoever is second finds nothing.
    assert removed == (0, f'Removed peer with address "{address}"\n') or "was not found" in removed[1]
    wait_for(lambda: gone not in peers(three.client), what="the removal")


def test_a_server_that_stands_still_makes_the_datacenter_unhealthy(three):
    wait_for(lambda: is_healthy(three.client), what="health")
    three.client.put(CONFIGURATION, {"CleanupDeadServers": False, "LastContactThreshold": "200ms",
                                     "MaxTrailingLogs": 250, "ServerStabilizationTime": "10s"})
    paused = three.follower()
    three.servers[paused].process.send_signal(signal.SIGSTOP)
    try:
        answer = wait_for(lambda: (found := three.client.get("/v1/operator/autopilot/health")).status == 429 and found,
                          seconds=20, what="429")
        assert [server["Name"] for server in answer.json()["Servers"] if not server["Healthy"]] == [paused]
        assert answer.json()["FailureTolerance"] == 0
    finally:
        three.servers[paused].process.send_signal(signal.SIGCONT)
    wait_for(lambda: is_healthy(three.client), seconds=20, what="health again")
    code, text = operate(three.client, "autopilot", "state")
    assert code == 0 and "Failure Tolerance:            1\n" in text
    assert sorted(line.split()[1] for line in text.splitlines() if line.startswith("      Name:")) == [
        "s1", "s2", "s3"]


def test_a_dead_server_is_removed_and_comes_back_when_it_is_started_again(three):
    dead = three.follower()
    three.servers[dead].kill()
    wait_for(lambda: dead not in peers(three.client), seconds=30, what="the removal")
    assert three.client.put("/v1/kv/while-away", "x").text == "true"
    three.servers[dead].start()
    wait_for(lambda: voters(three.client) == ["s1", "s2", "s3"], seconds=30, what="its vote")
    wait_for(lambda: three.servers[dead].get("/v1/kv/while-away?stale&raw").text == "x", what="what it missed")


def test_a_dead_server_stays_where_too_few_would_be_left(agents):
    three = datacenter(agents, {"server_stabilization_time": "1s", "min_quorum": 3})
    dead = three.follower()
    three.servers[dead].kill()

    def dead_for_long():
        (found,) = [server for server in three.client.get("/v1/operator/autopilot/state").json()["Servers"].values()
                    if server["Name"] == dead]
        since = datetime.datetime.fromisoformat(found["StableSince"][:19] + "+00:00").timestamp()
        return found["NodeStatus"] == "failed" and time.time() - since > 6

    wait_for(dead_for_long, seconds=40, what="some rounds with a dead server")
    assert dead in peers(three.client)
    assert operate(three.client, "autopilot", "set-config", "-min-quorum=0")[0] == 0
    wait_for(lambda: dead not in peers(three.client), seconds=20, what="the removal")


def test_a_server_that_leaves_is_a_peer_no_more(three):
    leaves = three.leader()
    three.servers[leaves].put("/v1/agent/leave")
    assert three.servers[leaves].process.wait(20) == 0
    wait_for(lambda: len(voters(three.client)) == 2, seconds=20, what="two voters")
    assert leaves not in peers(three.client)
    assert three.client.put("/v1/kv/after", "x").text == "true"


def test_a_replica_answers_stale_reads_and_has_no_vote(three):
    replica = three.add(5, "r1", "-server", "-read-replica")
    wait_for(lambda: "r1" in peers(three.client), seconds=20, what="the replica")
    assert peers(three.client)["r1"]["Voter"] is False
    assert voters(three.client) == ["s1", "s2", "s3"]
    assert three.client.put("/v1/kv/k", "v").text == "true"
    wait_for(lambda: replica.get("/v1/kv/k?stale&raw").text == "v", what="the entry at the replica")
    assert peers(replica, "?stale").keys() == {"s1", "s2", "s3", "r1"}

    def judged():
        """As the leader saw it in its last round, if it was there yet."""
        state = three.client.get("/v1/operator/autopilot/state").json()
        return next((server for server in state["Servers"].values() if server["Name"] == "r1"), None)

    wait_for(lambda: judged() and is_healthy(three.client), seconds=20, what="health with the replica")
    assert (judged()["ReadReplica"], judged()["Status"], judged()["NodeType"]) == (True, "non-voter", "read-replica")
    assert three.client.get("/v1/operator/autopilot/health").json()["FailureTolerance"] == 1


def test_servers_that_are_all_started_again_begin_no_second_datacenter(three):
    assert three.client.put("/v1/kv/k", "v").text == "true"
    before = three.client.get("/v1/operator/raft/configuration").json()
    for server in three.servers.values():
        server.kill()
    for server in three.servers.values():
        server.start(wait=False)
    wait_for(lambda: three.client.get("/v1/kv/k?raw", timeout=15).text == "v", seconds=40, what="the old entry")
    after = three.client.get("/v1/operator/raft/configuration").json()
    assert after["Index"] == before["Index"]
    assert {server["ID"] for server in after["Servers"]} == {server["ID"] for server in before["Servers"]}
