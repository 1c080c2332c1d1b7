"""What a reload changes and what it leaves alone, and the log as it occurs."""
import json
import re
import signal
import socket
import subprocess

import pytest

from support.agent import BINARY, wait_for


class configured:
    """A file of an agent's configuration that a test changes, and what the agent shows of it."""

    def __init__(self, agents, folder, text):
        folder.mkdir()
        self.file = folder / "own.hcl"
        self.file.write_text(text)
        self.agent = agents(f"-config-dir={folder}")

    def services(self):
        return self.agent.get("/v1/agent/services").json()

    def checks(self):
        return self.agent.get("/v1/agent/checks").json()

    def by_http(self):
        answer = self.agent.put("/v1/agent/reload")
        assert (answer.status, answer.text) == (200, "")

    def by_command(self):
        done = subprocess.run([BINARY, "reload", f"-http-addr=127.0.0.1:{self.agent.port}"], timeout=20,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert (done.returncode, done.stdout) == (0, "Configuration reload triggered\n"), done.stderr

    def by_signal(self):
        before = self.agent.log_text().count("agent: Configuration reloaded")
        self.agent.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.agent.log_text().count("agent: Configuration reloaded") > before,
                 what="the end of the reload")


@pytest.fixture
def start(agents, tmp_path):
    return lambda text: configured(agents, tmp_path / "conf", text)


@pytest.mark.parametrize("way", ["by_http", "by_command", "by_signal"])
def test_a_reload_adds_changes_and_removes_services(start, way):
    node = start('services { name = "web" port = 80 check { id = "web-ttl" ttl = "1h" } }\n'
                 'services { name = "gone" check { id = "gone-ttl" ttl = "1h" } }')
    reload = getattr(node, way)
    assert set(node.services()) == {"web", "gone"}
    node.agent.put("/v1/agent/service/register", {"Name": "by-api", "Check": {"CheckID": "api-ttl", "TTL": "1h"}})
    assert node.agent.put("/v1/agent/check/pass/web-ttl").status == 200
    node.file.write_text('services { name = "web" port = 81 tags = ["new"] check { id = "web-ttl" ttl = "1h" } }\n'
                         'services { name = "added" }')
    reload()
    services = node.services()
    assert set(services) == {"web", "added", "by-api"}
    assert (services["web"]["Port"], services["web"]["Tags"]) == (81, ["new"])
    checks = node.checks()
    assert set(checks) == {"web-ttl", "api-ttl"}
    assert checks["web-ttl"]["Status"] == "passing", "a check that stays keeps its status"
    wait_for(lambda: set(node.agent.get("/v1/catalog/services").json()) == {"consul", "web", "added", "by-api"},
             what="the catalog to follow")


def test_checks_of_their_own_come_and_go(start):
    node = start('check { id = "disk" name = "disk" ttl = "1h" }')
    assert set(node.checks()) == {"disk"}
    node.file.write_text('check { id = "memory" name = "memory" ttl = "1h" }')
    node.by_http()
    assert set(node.checks()) == {"memory"}


def test_a_service_that_loses_a_check_keeps_the_one_that_was_added_by_request(start):
    node = start('service { name = "web" checks = [{ id = "a" ttl = "1h" }, { id = "b" ttl = "1h" }] }')
    added = node.agent.put("/v1/agent/check/register",
                           {"ID": "by-api", "Name": "by-api", "TTL": "1h", "ServiceID": "web"})
    assert added.status == 200
    node.file.write_text('service { name = "web" checks = [{ id = "a" ttl = "1h" }] }')
    node.by_http()
    assert set(node.checks()) == {"a", "by-api"}


@pytest.mark.parametrize("bad, why", [
    ('service { name = "web" ', "failed to parse"),
    ('services { name = "web" port = 90 }\nservices { name = "other" check { ttl = "1h" http = "http://x" } }', "other"),
    ('service { name = "web" port = 90 }\ncheck { name = "lone" ttl = "1h" service_id = "none" }', "none"),
    ('log_level = "zonk"', "zonk"),
])
def test_a_bad_configuration_leaves_everything_as_it_is_and_says_why(start, bad, why):
    node = start('service { name = "web" port = 80 }')
    node.file.write_text(bad)
    answer = node.agent.put("/v1/agent/reload")
    assert answer.status == 500
    assert why in answer.text
    done = subprocess.run([BINARY, "reload", f"-http-addr=127.0.0.1:{node.agent.port}"], timeout=20,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and done.stderr.startswith("Error reloading: ") and why in done.stderr
    assert "agent: the configuration is not reloaded: " in node.agent.log_text()
    services = node.services()
    assert set(services) == {"web"} and services["web"]["Port"] == 80
    node.file.write_text('service { name = "web" port = 91 }')
    node.by_http()
    assert node.services()["web"]["Port"] == 91


def test_a_bad_configuration_does_not_end_the_agent_on_a_signal(start):
    node = start('service { name = "web" }')
    node.file.write_text("service {")
    node.agent.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "agent: the configuration is not reloaded: " in node.agent.log_text(), what="the reason")
    assert set(node.services()) == {"web"}


def test_the_level_of_the_log_follows_and_what_cannot_change_is_named_once(start):
    node = start("")
    node.by_http()
    assert "at the next start only" not in node.agent.log_text()
    node.file.write_text('log_level = "error"\nserver = false\ndns_config { only_passing = true }')
    node.by_http()
    late = [line for line in node.agent.log_text().splitlines() if "at the next start only" in line]
    assert len(late) == 1
    assert late[0].endswith("at the next start only: dns_config.only_passing")
    assert "Configuration reloaded" not in node.agent.log_text().splitlines()[-1], "written at error level"


class monitor:
    """A client of /v1/agent/monitor over a plain socket."""

    def __init__(self, port, query=""):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.sendall(f"GET /v1/agent/monitor{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        self.seen = b""
        self.until(b"\r\n\r\n")

    def until(self, text):
        while text not in self.seen:
            got = self.socket.recv(65536)
            assert got, "the agent ended the monitor"
            self.seen += got
        return self.seen.decode()

    def close(self):
        self.socket.close()


def watched(node):
    """How many clients are connected to the agent's HTTP port."""
    established = "01"
    rows = [line.split() for line in open("/proc/net/tcp").read().splitlines()[1:]]
    return sum(1 for row in rows if row[1].endswith(f":{node.port:04X}") and row[3] == established)


def test_a_monitor_shows_the_line_that_a_registration_causes_until_its_client_goes(agents):
    node = agents()
    client = monitor(node.port)
    head = client.seen.decode()
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert "Transfer-Encoding: chunked\r\n" in head and "Content-Length" not in head
    node.put("/v1/agent/service/register", {"Name": "seen-by-monitor"})
    seen = client.until(b"Synced service: service=seen-by-monitor\n")
    assert re.search(r"\n\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[INFO\]  agent: Synced service: ", seen)
    assert watched(node) == 1
    client.close()
    wait_for(lambda: watched(node) == 0, what="the end of the connection")


def test_a_monitor_may_see_more_than_the_agent_writes_down(agents):
    node = agents("-log-level=error")
    client = monitor(node.port, "?loglevel=DEBUG&logjson")
    node.put("/v1/agent/check/register", {"ID": "c", "Name": "c", "TTL": "1h"})
    seen = client.until(b"Synced check: check=c")
    line = next(line for line in seen.splitlines() if "Synced check" in line)
    shown = json.loads(line)
    assert (shown["@level"], shown["@message"]) == ("debug", "agent: Synced check: check=c")
    assert "Synced check" not in node.log_text()
    client.close()


def test_an_unknown_level_is_refused(agents):
    answer = agents().get("/v1/agent/monitor?loglevel=zonk")
    assert (answer.status, answer.text) == (400, "Unknown log level: zonk")


def test_the_command_prints_lines_until_it_is_interrupted(agents, tmp_path):
    node = agents()
    with open(tmp_path / "out", "wb") as out:
        command = subprocess.Popen([BINARY, "monitor", "-log-level=debug", f"-http-addr=127.0.0.1:{node.port}"],
                                   stdout=out, stderr=subprocess.PIPE)
        try:
            wait_for(lambda: watched(node) == 1, what="the monitor")
            count = iter(range(1000))

            def printed():
                node.put("/v1/agent/service/register", {"Name": f"s{next(count)}"})
                return "[INFO]  agent: Synced service: service=s" in (tmp_path / "out").read_text()

            wait_for(printed, what="a line")
            command.send_signal(signal.SIGINT)
            assert command.wait(5) == 0
        finally:
            command.kill()
    wrong = subprocess.run([BINARY, "monitor", "-log-level=zonk", f"-http-addr=127.0.0.1:{node.port}"], timeout=10,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert wrong.returncode == 1
    assert wrong.stderr == "Error starting monitor: Unexpected response code: 400 (Unknown log level: zonk)\n"


def resident_kib(process):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{process.pid}/status").read())[1])


def test_a_hundred_monitors_that_never_read_cost_bounded_memory_and_stop_nobody(agents):
    node = agents()
    clients = [monitor(node.port, "?loglevel=trace") for _ in range(100)]
    reader = monitor(node.port, "?loglevel=trace")
    before = resident_kib(node.process)
    name = "n" * 100
    for i in range(1500):
        node.put("/v1/agent/service/register", {"ID": f"{name}-{i}", "Name": "web"})
    reader.until(f"service={name}-1499\n".encode())
    grown = resident_kib(node.process) - before
    assert grown < 40 * 1024, f"{grown} KiB more"
    for client in [*clients, reader]:
        client.close()
    wait_for(lambda: watched(node) == 0, what="the end of the monitors")
