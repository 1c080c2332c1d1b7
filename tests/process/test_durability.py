"""kill -9 in the middle of writes: every acknowledged one is there afterwards."""
import http.client
import threading

from support.agent import wait_for


def write_until_it_dies(server, name, acknowledged):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    i = 0
    while True:
        try:
            connection.request("PUT", f"/v1/kv/{name}/{i}", body=f"{name} {i}")
            if connection.getresponse().read() != b"true":
                return
        except (OSError, http.client.HTTPException):
            return
        acknowledged.append((f"{name}/{i}", f"{name} {i}"))
        i += 1


def test_every_acknowledged_write_survives_kill(agents):
    server = agents()
    acknowledged = []
    for life in range(3):
        goal = len(acknowledged) + 300
        writers = [threading.Thread(target=write_until_it_dies, args=(server, f"w{life}-{n}", acknowledged))
                   for n in range(4)]
        for writer in writers:
            writer.start()
        wait_for(lambda goal=goal: len(acknowledged) >= goal, seconds=30, what="300 more writes")
        server.kill()
        for writer in writers:
            writer.join()
        server.start()
    for key, value in acknowledged:
        assert server.get(f"/v1/kv/{key}?raw").text == value


def test_indexes_go_on_where_they_stood(agents):
    server = agents()
    server.put("/v1/kv/a", "1")
    before = server.get("/v1/kv/a").json()[0]
    server.kill()
    server.start()
    assert server.get("/v1/kv/a").json()[0] == before
    server.put("/v1/kv/b", "2")
    assert server.get("/v1/kv/b").json()[0]["ModifyIndex"] > before["ModifyIndex"]
