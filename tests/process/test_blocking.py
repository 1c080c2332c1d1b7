"""?index= over real connections: woken by what it watches, by nothing else, and cheap in numbers."""
import http.client
import pathlib
import threading

from support.agent import wait_for


class waiter(threading.Thread):
    def __init__(self, server, path):
        super().__init__(daemon=True)
        self.server, self.path, self.answer = server, path, None
        self.start()

    def run(self):
        self.answer = self.server.get(self.path, timeout=60)


def test_a_write_wakes_only_what_it_touches(agents):
    server = agents()
    server.put("/v1/kv/a/x", "1")
    server.put("/v1/kv/b/x", "1")
    index = server.get("/v1/kv/b/x").headers["x-consul-index"]
    single = waiter(server, f"/v1/kv/a/x?index={index}&wait=30s")
    tree = waiter(server, f"/v1/kv/a/?recurse&index={index}&wait=30s")
    other = waiter(server, f"/v1/kv/b/?recurse&index={index}&wait=1s")
    server.put("/v1/kv/c", "1")
    server.put("/v1/kv/a/x", "2")
    single.join(5)
    tree.join(5)
    assert single.answer.json()[0]["Value"] == "Mg=="
    assert tree.answer.json()[0]["Value"] == "Mg=="
    other.join(10)
    assert other.answer.headers["x-consul-index"] == index


def test_a_thousand_waiting_queries_cost_no_thread_and_all_wake(agents):
    server = agents(config={"limits": {"http_max_conns_per_client": 2000}})
    server.put("/v1/kv/many", "1")
    index = server.get("/v1/kv/many").headers["x-consul-index"]

    def threads():
        return len(list(pathlib.Path(f"/proc/{server.process.pid}/task").iterdir()))

    before = threads()
    connections = []
    for _ in range(1000):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("GET", f"/v1/kv/many?index={index}&wait=60s")
        connections.append(connection)
    assert threads() == before
    server.put("/v1/kv/many", "2")
    for connection in connections:
        assert b'"Value":"Mg=="' in connection.getresponse().read()
        connection.close()


def test_a_client_that_hangs_up_leaves_nothing_behind(agents):
    server = agents()
    server.put("/v1/kv/left", "1")
    index = server.get("/v1/kv/left").headers["x-consul-index"]

    def descriptors():
        return len(list(pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir()))

    before = descriptors()
    connections = []
    for _ in range(100):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("GET", f"/v1/kv/left?index={index}&wait=600s")
        connections.append(connection)
    wait_for(lambda: descriptors() >= before + 95, what="100 connections")
    for connection in connections:
        connection.close()
    wait_for(lambda: descriptors() <= before + 5, what="the connections gone")
