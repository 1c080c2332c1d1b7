"""Sessions and locks over a real agent: who may lock, what ends a session, what outlives a kill -9."""
import time

from support.agent import wait_for


def session(server, **body):
    answer = server.put("/v1/session/create", {"LockDelay": "0s", **body})
    assert answer.status == 200, answer.text
    return answer.json()["ID"]


def acquire(server, key, owner, value="1"):
    return server.put(f"/v1/kv/{key}?acquire={owner}", value).text == "true"


def holder(server, key):
    return server.get(f"/v1/kv/{key}").json()[0].get("Session")


def ready(agents):
    """An agent that is in its own catalog: before that no session can be."""
    server = agents()
    wait_for(lambda: "serfHealth" in server.get("/v1/health/node/n1").text, what="the node's check")
    return server


def test_a_lock_is_one_sessions_until_it_lets_go(agents):
    server = ready(agents)
    first, second = session(server), session(server)
    assert acquire(server, "lock", first)
    assert not acquire(server, "lock", second)
    assert acquire(server, "lock", first, "2")
    entry = server.get("/v1/kv/lock").json()[0]
    assert (entry["LockIndex"], entry["Session"]) == (1, first)
    assert server.put(f"/v1/kv/lock?release={second}", "x").text == "false"
    assert server.put(f"/v1/kv/lock?release={first}", "x").text == "true"
    # Letting go of one's own accord has no lock delay.
    assert acquire(server, "lock", second)
    assert server.get("/v1/kv/lock").json()[0]["LockIndex"] == 2


def test_the_end_of_a_session_releases_or_deletes_its_keys_and_wakes_watchers(agents):
    server = ready(agents)
    releasing, deleting = session(server), session(server, Behavior="delete")
    assert acquire(server, "kept", releasing) and acquire(server, "dropped", deleting)
    before = server.get("/v1/kv/kept").json()[0]["ModifyIndex"]
    for owner in (releasing, deleting):
        assert server.put(f"/v1/session/destroy/{owner}").text == "true"
        assert server.get(f"/v1/session/info/{owner}").json() == []
    assert holder(server, "kept") is None
    assert server.get("/v1/kv/kept").json()[0]["ModifyIndex"] > before
    assert server.get("/v1/kv/dropped").status == 404


def test_a_lock_that_was_lost_stays_refused_for_its_delay(agents):
    server = ready(agents)
    first, second = session(server, LockDelay="2s"), session(server)
    assert acquire(server, "delayed", first)
    server.put(f"/v1/session/destroy/{first}")
    began = time.monotonic()
    assert not acquire(server, "delayed", second)
    refused = server.put("/v1/txn", [{"KV": {"Verb": "lock", "Key": "delayed", "Session": second}}])
    assert refused.status == 409
    assert refused.json()["Errors"] == [{"OpIndex": 0, "What": 'failed to lock key "delayed" due to lock delay'}]
    wait_for(lambda: acquire(server, "delayed", second), seconds=10, what="the end of the delay")
    assert time.monotonic() - began > 1.5


def test_a_session_ends_twice_its_ttl_after_it_was_last_renewed(agents):
    server = agents(config={"session_ttl_min": "1s"})
    wait_for(lambda: "serfHealth" in server.get("/v1/health/node/n1").text, what="the node's check")
    renewed, left = session(server, TTL="2s"), session(server, TTL="2s")
    assert acquire(server, "a", renewed) and acquire(server, "b", left)
    began = time.monotonic()

    def the_other_ended():
        assert server.put(f"/v1/session/renew/{renewed}").status == 200
        return holder(server, "b") is None

    wait_for(the_other_ended, seconds=20, every=0.2, what="the end of the session")
    assert 3.5 < time.monotonic() - began < 8
    assert holder(server, "a") == renewed
    gone = server.put(f"/v1/session/renew/{left}")
    assert (gone.status, gone.text) == (404, f"Session id '{left}' not found")


def test_a_check_that_turns_critical_ends_the_sessions_that_named_it(agents):
    server = ready(agents)
    server.put("/v1/agent/check/register", {"Name": "mine", "TTL": "60s", "Status": "passing"})
    wait_for(lambda: '"mine"' in server.get("/v1/health/node/n1").text, what="the check in the catalog")
    bound, free = session(server, Checks=["mine"]), session(server)
    assert acquire(server, "bound", bound) and acquire(server, "free", free)
    assert server.put("/v1/agent/check/fail/mine").status == 200
    wait_for(lambda: holder(server, "bound") is None, what="the end of the session")
    assert server.get(f"/v1/session/info/{bound}").json() == []
    assert holder(server, "free") == free


def test_sessions_and_locks_outlive_a_kill(agents):
    server = ready(agents)
    owner = session(server, TTL="60s")
    assert acquire(server, "lock", owner)
    server.kill()
    server.start()
    assert server.get(f"/v1/session/info/{owner}").json()[0]["TTL"] == "60s"
    assert holder(server, "lock") == owner
    assert server.put(f"/v1/session/renew/{owner}").status == 200
    assert not acquire(server, "lock", session(server))


def test_a_transaction_is_done_as_a_whole_or_not_at_all(agents):
    server = ready(agents)
    server.put("/v1/kv/there", "1")
    before = server.get("/v1/kv/?recurse").headers["x-consul-index"]
    refused = server.put("/v1/txn", [
        {"KV": {"Verb": "set", "Key": "new", "Value": "MQ=="}},
        {"KV": {"Verb": "delete", "Key": "there"}},
        {"Service": {"Verb": "set", "Node": "n1", "Service": {"ID": "s", "Service": "s"}}},
        {"KV": {"Verb": "cas", "Key": "absent", "Value": "MQ==", "Index": 7}},
    ])
    assert refused.status == 409
    assert server.get("/v1/kv/new").status == 404
    assert server.get("/v1/kv/?recurse").headers["x-consul-index"] == before
    assert server.get("/v1/catalog/service/s").json() == []
    done = server.put("/v1/txn", [
        {"KV": {"Verb": "set", "Key": "new", "Value": "MQ=="}},
        {"KV": {"Verb": "get", "Key": "new"}},
        {"Service": {"Verb": "set", "Node": "n1", "Service": {"ID": "s", "Service": "s"}}},
    ])
    assert done.status == 200
    written, read, service = done.json()["Results"]
    assert written["KV"]["Value"] is None and read["KV"]["Value"] == "MQ=="
    assert service["Service"]["CreateIndex"] == written["KV"]["ModifyIndex"]
