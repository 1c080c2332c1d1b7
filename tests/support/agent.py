"""A real agent in a process of its own, for tests: free ports, a data directory that outlives it."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from support.ports import free_port

BINARY = os.environ.get("TROUPE") or str(
    pathlib.Path(__file__).resolve().parents[2] / "build" / "deploy" / "agent" / "troupe")


def wait_for(condition, seconds=10.0, every=0.02, what="the condition"):
    """The first truthy value of condition(); an assertion if there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            value = condition()
        except (OSError, http.client.HTTPException):
            value = None
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds} s"
        time.sleep(every)


class answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


class agent:
    """agent(...) starts; close() ends it; kill() is kill -9; start() again is a restart."""

    def __init__(self, *flags, config=None, data_dir=None, server=True, environment=None, port=None, wait=True):
        self.port = port or free_port()
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="troupe-test-"))
        self.data_dir = pathlib.Path(data_dir) if data_dir else self.home / "data"
        settings = {"ports": {"http": self.port, "dns": -1, "server": free_port(), "serf_lan": free_port(),
                              "serf_wan": free_port(), "grpc": -1, "grpc_tls": -1},
                    "performance": {"raft_multiplier": 1}}
        settings.update(config or {})
        (self.home / "agent.json").write_text(json.dumps(settings))
        self.command = [BINARY, "agent", "-node=n1", "-bind=127.0.0.1", "-data-dir", str(self.data_dir),
                        "-config-file", str(self.home / "agent.json"), *flags]
        if server:
            self.command += ["-server", "-bootstrap-expect=1"]
        self.environment = {**os.environ, **(environment or {})}
        self.process = None
        self.start(wait)

    def start(self, wait=True):
        self.log = open(self.home / "log", "ab")
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log, env=self.environment)
        if wait:
            self.wait_for_leader()

    def wait_for_leader(self):
        wait_for(self.has_leader, what="a leader")

    def has_leader(self):
        assert self.process.poll() is None, "the agent ended:\n" + self.log_text()
        found = self.get("/v1/status/leader")
        return found.status == 200 and len(found.text) > 2

    def log_text(self):
        return (self.home / "log").read_text(errors="replace")

    def request(self, method, path, body=None, headers=None, timeout=30):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
            connection.request(method, path, body=body, headers=headers or {})
            return answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def put(self, path, body=None, **more):
        return self.request("PUT", path, body=body, **more)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, how=signal.SIGTERM, seconds=10):
        """Ends the agent by a signal; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(seconds)

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.home, ignore_errors=True)
