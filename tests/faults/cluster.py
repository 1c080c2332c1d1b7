"""A datacenter of real processes: a network namespace for every node, all joined by one switch."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess

from support.agent import BINARY, answer, wait_for

from faults import namespaces

BUILD = pathlib.Path(os.environ.get("BUILD_DIR") or pathlib.Path(__file__).resolve().parents[2] / "build")
SLOW_DISK = BUILD / "tests" / "faults" / "slow_disk.so"
HTTP_PORT = 8500


class local_connection(http.client.HTTPConnection):
    """To the agent of a node by the loopback of its namespace: whatever happens to the network, it is there."""

    def __init__(self, network, timeout):
        super().__init__("127.0.0.1", HTTP_PORT, timeout=timeout)
        self.network = network

    def connect(self):
        with self.network.entered():
            self.sock = socket.create_connection((self.host, self.port), self.timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class node:
    """One agent and its namespace, its data in a file system of its own."""

    def __init__(self, name, address, home, settings, disk_megabytes):
        self.name, self.address, self.home = name, address, home
        self.is_server = settings.get("server", False)
        self.network = namespaces.network()
        self.disk = home / "disk"
        namespaces.mount_memory(self.disk, disk_megabytes)
        self.delay = home / "delay"
        self.slow_disk(0)
        (home / "agent.json").write_text(json.dumps(
            {"node_name": name, "data_dir": str(self.disk / "data"), "bind_addr": address, "log_level": "debug",
             "ports": {"dns": -1, "grpc": -1, "grpc_tls": -1}, **settings}))
        self.process = None
        self.is_running = False

    # -- the process

    def start(self):
        with open(self.home / "log", "ab") as log:
            # Whoever kills the test kills its agents.
            self.process = subprocess.Popen(
                self.network.command("setpriv", "--pdeathsig", "KILL", BINARY, "agent", "-config-file",
                                     self.home / "agent.json"),
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env={**os.environ, "LD_PRELOAD": str(SLOW_DISK), "SLOW_DISK": str(self.delay)})
        self.is_running = True

    def kill(self):
        self.is_running = False
        self.process.kill()
        self.process.wait()

    def expect_end(self, seconds):
        """It is to end by itself: its exit code."""
        self.is_running = False
        return self.process.wait(seconds)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def died(self):
        """Whether it ended though nobody asked it to."""
        return self.is_running and self.process.poll() is not None

    # -- the disk

    def slow_disk(self, milliseconds):
        """What each wait for the disk takes longer, from now on."""
        if not self.delay.exists():
            self.delay.write_bytes(bytes(4))
        with open(self.delay, "r+b") as file:
            file.write(struct.pack("=I", milliseconds * 1000))

    def fill_disk(self):
        with open(self.disk / "ballast", "wb", buffering=0) as file:
            block = bytes(1 << 16)
            try:
                while True:
                    file.write(block)
            except OSError:
                pass

    def free_disk(self):
        (self.disk / "ballast").unlink()

    def wipe(self):
        shutil.rmtree(self.disk / "data")

    # -- what it says

    def connection(self, timeout):
        return local_connection(self.network, timeout)

    def get(self, path, timeout=5):
        connection = self.connection(timeout)
        try:
            connection.request("GET", path)
            return answer(connection.getresponse())
        finally:
            connection.close()

    def put(self, path, body, timeout=5):
        connection = self.connection(timeout)
        try:
            connection.request("PUT", path, body=json.dumps(body))
            return answer(connection.getresponse())
        finally:
            connection.close()

    def log_text(self):
        return (self.home / "log").read_text(errors="replace")

    def proc(self, name):
        return (pathlib.Path("/proc") / str(self.process.pid) / name).read_text()

    def kilobytes(self, field):
        """A field of /proc/PID/status."""
        (line,) = [line for line in self.proc("status").splitlines() if line.startswith(field + ":")]
        return int(line.split()[1])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        namespaces.unmount(self.disk)
        self.network.close()


class datacenter:
    """Three servers and two client agents, once start() has waited until all know all."""

    def __init__(self, home, servers=3, clients=2, disk_megabytes=512):
        self.switch = namespaces.switch()
        self.home, self.nodes = home, []
        addresses = [f"10.77.0.{n + 1}" for n in range(servers + clients)]
        common = {"retry_join": addresses[:servers], "retry_interval": "1s"}
        for n, address in enumerate(addresses):
            name = f"server-{n + 1}" if n < servers else f"client-{n + 1 - servers}"
            (home / name).mkdir(parents=True)
            settings = {**common, "server": True, "bootstrap_expect": servers} if n < servers else common
            self.nodes.append(node(name, address, home / name, settings, disk_megabytes))
            self.switch.connect(name, self.nodes[-1].network, address)

    def start(self):
        for each in self.nodes:
            each.start()
        self.wait_until_whole()
        for each in self.nodes:
            assert each.put("/v1/agent/service/register", {"Name": f"on-{each.name}", "Port": 80}).status == 200
        self.wait_until_whole()

    @property
    def servers(self):
        return [each for each in self.nodes if each.is_server]

    def running(self):
        return [each for each in self.nodes if each.is_running]

    def leader(self, asked=None, but_not=None):
        """The node that `asked` (default: any that answers) takes for the leader."""

        def find():
            for each in [asked] if asked else self.running():
                try:
                    at = each.get("/v1/status/leader", timeout=1).json().rpartition(":")[0]
                except (OSError, http.client.HTTPException, ValueError):
                    continue
                for server in self.servers:
                    if server.address == at and server is not but_not:
                        return server
            return None

        return wait_for(find, seconds=20, what="a leader")

    def term(self):
        """Of Raft: it grows with every election."""
        return int(self.leader().get("/v1/agent/self").json()["Stats"]["raft"]["term"])

    def followers(self):
        leader = self.leader()
        return [each for each in self.servers if each is not leader]

    def serf_health(self, asked, of):
        """The status of serfHealth of one node in the catalog as another reads it."""
        checks = asked.get(f"/v1/health/node/{of.name}").json()
        return next((check["Status"] for check in checks if check["CheckID"] == "serfHealth"), None)

    def what_is_missing(self, each):
        """Why a running node does not see the datacenter as it is; empty if it does."""
        wanted = {other.name for other in self.running()}
        nodes = {entry["Node"] for entry in each.get("/v1/catalog/nodes").json()}
        if not wanted <= nodes:
            return f"{each.name} does not know {sorted(wanted - nodes)}"
        health = {check["Node"]: check["Status"] for check in each.get("/v1/health/state/any").json()
                  if check["CheckID"] == "serfHealth"}
        ill = {name: health.get(name) for name in wanted if health.get(name) != "passing"}
        return f"{each.name} has serfHealth {ill}" if ill else ""

    def wait_until_whole(self, seconds=30):
        """Every running node reads a catalog in which all running nodes are and are healthy."""
        missing = {}

        def is_whole():
            for each in self.running():
                assert not each.died(), f"{each.name} ended by itself"
                missing[each.name] = f"{each.name} does not answer"
                missing[each.name] = self.what_is_missing(each)
            return not any(missing.values())

        try:
            wait_for(is_whole, seconds=seconds, every=0.1)
        except AssertionError as late:
            raise AssertionError(f"not whole after {seconds} s: {missing}") from late

    def wait_for_serf_health(self, of, status, seconds=25):
        """Until all other running nodes read this status of serfHealth."""
        others = [each for each in self.running() if each is not of]
        wait_for(lambda: all(self.serf_health(each, of) == status for each in others), seconds=seconds, every=0.1,
                 what=f"{of.name} {status} in the catalog")

    def wait_until_servers_agree(self, seconds=10):
        """Every server's own copy of the data is the same."""

        def copies():
            paths = ("/v1/kv/?recurse&stale", "/v1/catalog/nodes?stale", "/v1/health/state/any?stale")
            return [[each.get(path).body for path in paths] for each in self.servers]

        wait_for(lambda: (lambda all_: all(each == all_[0] for each in all_))(copies()), seconds=seconds, every=0.2,
                 what="the same data on every server")

    def close(self):
        for each in self.nodes:
            each.close()
        self.switch.close()
