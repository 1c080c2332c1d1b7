"""The DNS interface of a real agent, asked by those who ask it in practice: dig, a libc resolver, a forwarder."""
import contextlib
import json
import os
import pathlib
import random
import shutil
import socket
import struct
import subprocess
import threading
import time

import pytest

from support.agent import BINARY, wait_for
from support.ports import free_port

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None and not pathlib.Path("/usr/sbin", program).exists(),
                              reason=f"{program} is not installed")


def settings(port, **more):
    return {"ports": {"http": free_port(), "dns": port, "server": free_port(), "serf_lan": free_port(),
                      "serf_wan": free_port(), "grpc": -1, "grpc_tls": -1}, **more}


@pytest.fixture
def start(agents):
    def begin(*flags, **more):
        port = free_port()
        config = settings(port, **more)
        running = agents(*flags, config=config, port=config["ports"]["http"])
        running.dns_port = port
        wait_for(lambda: "n1" in running.get("/v1/catalog/nodes").text, what="the node in the catalog")
        return running

    return begin


def register(agent, service, address, **more):
    body = {"Node": "n-" + address, "Address": address, "SkipNodeUpdate": False,
            "Service": {"ID": service + address, "Service": service, "Address": address, "Port": 8080},
            "Check": {"CheckID": "c-" + service, "ServiceID": service + address, "Name": "c", "Status": "passing"}}
    body.update(more)
    body = {key: value for key, value in body.items() if value is not None}
    assert agent.put("/v1/catalog/register", body).text == "true"


def set_status(agent, service, address, status):
    register(agent, service, address,
             Check={"CheckID": "c-" + service, "ServiceID": service + address, "Name": "c", "Status": status})


def dig(agent, *arguments):
    done = subprocess.run(["dig", "@127.0.0.1", "-p", str(agent.dns_port), "+tries=1", "+time=3", *arguments],
                          stdout=subprocess.PIPE, text=True, timeout=20, check=False)
    return done.stdout


def short(agent, *arguments):
    return sorted(dig(agent, "+short", *arguments).split("\n")[:-1])


def question(name, kind=1, flags=0x0100, number=0x1234, payload=0):
    packet = struct.pack(">HHHHHH", number, flags, 1, 0, 0, 1 if payload else 0)
    for label in name.split("."):
        packet += bytes([len(label)]) + label.encode()
    packet += b"\0" + struct.pack(">HH", kind, 1)
    if payload:
        packet += b"\0" + struct.pack(">HHIH", 41, payload, 0, 0)
    return packet


def ask_udp(port, packet, seconds=3.0):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(seconds)
        client.sendto(packet, ("127.0.0.1", port))
        return client.recv(65535)


@needs("dig")
def test_dig_finds_services_nodes_and_the_zone(start):
    agent = start("-alt-domain=alt.consul")
    register(agent, "web", "10.0.0.1")
    register(agent, "web", "10.0.0.2")
    assert short(agent, "web.service.consul") == ["10.0.0.1", "10.0.0.2"]
    assert short(agent, "WEB.Service.dc1.alt.consul") == ["10.0.0.1", "10.0.0.2"]
    assert short(agent, "web.service.consul", "SRV") == ["1 1 8080 0a000001.addr.dc1.consul.",
                                                         "1 1 8080 0a000002.addr.dc1.consul."]
    assert short(agent, "+tcp", "_web._tcp.service.consul", "SRV") == short(agent, "web.service.consul", "SRV")
    assert short(agent, "n1.node.consul") == ["127.0.0.1"]
    assert short(agent, "0a000001.addr.consul") == ["10.0.0.1"]
    assert short(agent, "consul", "NS") == ["n1.node.dc1.consul."]
    assert short(agent, "consul", "SOA")[0].startswith("ns.consul. hostmaster.consul. ")
    assert short(agent, "-x", "127.0.0.1") == ["n1.node.dc1.consul."]
    assert short(agent, "-x", "10.0.0.1") == ["n-10.0.0.1.node.dc1.consul."]
    for nothing in ("nobody.node.consul", "no.service.consul", "foo.consul", "web.service.dc7.consul"):
        said = dig(agent, nothing)
        assert "status: NXDOMAIN" in said and "SOA" in said and "flags: qr aa rd;" in said, said
    assert "status: REFUSED" in dig(agent, "example.com")
    assert "status: REFUSED" in dig(agent, "CH", "TXT", "version.bind")
    said = dig(agent, "+subnet=192.0.2.0/24", "+bufsize=1232", "web.service.consul")
    assert "CLIENT-SUBNET: 192.0.2.0/24/0" in said and "udp: 1232" in said


@needs("dig")
def test_an_address_that_is_no_nodes_belongs_to_a_service(start):
    agent = start()
    for number, address in enumerate(("10.7.7.7", "2001:db8:0::7")):
        register(agent, "other", f"10.0.0.{number}")
        register(agent, "db", "10.0.0.1", Service={"ID": f"db{number}", "Service": "db", "Address": address},
                 Check=None)
    assert short(agent, "-x", "10.7.7.7") == ["db.service.dc1.consul."]
    assert short(agent, "-x", "2001:db8::7") == ["db.service.dc1.consul."]
    assert short(agent, "db.service.consul", "AAAA") == ["2001:db8::7"]
    assert "status: NXDOMAIN" in dig(agent, "-x", "10.7.7.8")


def test_a_service_without_an_address_of_its_own_points_to_its_node(start):
    agent = start()
    assert agent.put("/v1/agent/service/register", {"Name": "plain", "Port": 90}).status == 200
    wait_for(lambda: short(agent, "plain.service.consul", "SRV") == ["1 1 90 n1.node.dc1.consul."],
             what="the service's place")
    said = dig(agent, "plain.service.consul", "SRV")
    assert "n1.node.dc1.consul.\t0\tIN\tA\t127.0.0.1" in said
    assert "consul-network-segment=" in said


def test_answers_follow_a_check_within_50_ms(start):
    """Asked all the time, so that whatever is kept is kept. Counts from the acknowledged change to the last question
    that got an old answer: when this process gets to read it is the machine's business."""
    agent = start()
    for last in range(1, 4):
        register(agent, "web", f"10.0.0.{last}")
    stop = threading.Event()
    seen = []
    packet = question("web.service.consul")

    def watch():
        while not stop.is_set():
            asked = time.monotonic()
            seen.append((asked, b"\x0a\0\0\x01" in ask_udp(agent.dns_port, packet)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        lateness = []
        for status in ["critical", "passing"] * 10:
            set_status(agent, "web", "10.0.0.1", status)
            acknowledged = time.monotonic()
            time.sleep(0.1)
            wrong = [at for at, named in seen if at > acknowledged and named != (status == "passing")]
            lateness.append(max(wrong, default=acknowledged) - acknowledged)
    finally:
        stop.set()
        watcher.join()
    assert max(lateness) < 0.050, lateness


def test_services_may_be_asked_of_the_request_cache(start):
    agent = start(dns_config={"use_cache": True, "cache_max_age": "1m"})
    register(agent, "web", "10.0.0.1")
    assert short(agent, "web.service.consul") == ["10.0.0.1"]
    register(agent, "web", "10.0.0.2")
    wait_for(lambda: short(agent, "web.service.consul") == ["10.0.0.1", "10.0.0.2"], what="the second address")


def test_the_port_of_another_agent_is_not_shared(start, agents):
    first = start()
    config = settings(first.dns_port)
    second = agents(config=config, port=config["ports"]["http"], wait=False)
    assert second.process.wait(15) == 1
    assert f"127.0.0.1:{first.dns_port}" in second.log_text()


def test_settings_shape_the_answers(start):
    agent = start("-domain=example.internal", dns_config={
        "node_ttl": "7s", "service_ttl": {"web": "5s", "*": "9s"}, "only_passing": True, "a_record_limit": 2,
        "enable_truncate": True, "enable_additional_node_meta_txt": False, "soa": {"min_ttl": 30}})
    for last in range(1, 6):
        register(agent, "web", f"10.0.0.{last}")
    set_status(agent, "web", "10.0.0.5", "warning")
    wait_for(lambda: len(short(agent, "+tcp", "web.service.example.internal", "SRV")) == 4, what="four places")
    answer = dig(agent, "+tcp", "web.service.example.internal")
    assert answer.count("\tIN\tA\t") == 2 and "5\tIN\tA\t10.0.0." in answer
    assert "7\tIN\tA\t127.0.0.1" in dig(agent, "n1.node.example.internal")
    assert "TXT" not in dig(agent, "n1.node.example.internal")
    assert " 30\n" in dig(agent, "no.service.example.internal")
    assert "qr aa tc rd" in dig(agent, "+ignore", "+noedns", "web.service.example.internal", "SRV")


def test_answers_come_from_the_address_that_was_asked(start):
    agent = start(addresses={"dns": "0.0.0.0"})
    for address in ("127.0.0.1", "127.0.0.9", "127.1.2.3"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(3)
            client.connect((address, agent.dns_port))  # takes nothing from anywhere else
            client.send(question("n1.node.consul"))
            assert b"\x7f\0\0\x01" in client.recv(512)


def test_a_client_agent_answers_from_its_servers(start, agents):
    server = start()
    register(server, "web", "10.0.0.1")
    lan = json.loads((server.home / "agent.json").read_text())["ports"]["serf_lan"]
    port = free_port()
    config = settings(port)
    client = agents("-node=n2", f"-retry-join=127.0.0.1:{lan}", server=False, config=config,
                    port=config["ports"]["http"])
    client.dns_port = port
    wait_for(lambda: short(client, "n2.node.consul") == ["127.0.0.1"], what="the client agent in the catalog")
    assert short(client, "web.service.consul") == ["10.0.0.1"]
    assert short(client, "web.service.consul", "SRV") == ["1 1 8080 0a000001.addr.dc1.consul."]
    assert short(client, "-x", "10.0.0.1") == short(server, "-x", "10.0.0.1") != []
    server.kill()
    wait_for(lambda: "status: SERVFAIL" in dig(client, "web.service.consul"), seconds=15,
             what="a failure without any server")


def test_settings_that_mean_nothing_are_refused_by_name(agents):
    for key, value, word in (("dns_config", {"recursor_strategy": "best"}, "recursor_strategy"),
                             ("dns_config", {"service_ttl": {"web": "long"}}, "service_ttl"),
                             ("dns_config", {"a_record_limit": -1}, "a_record_limit"),
                             ("recursors", ["nobody"], "recursors"), ("domain", "a..b", "a..b")):
        config = settings(free_port(), **{key: value})
        started = agents(config=config, port=config["ports"]["http"], wait=False)
        assert started.process.wait(15) == 1
        assert word in started.log_text(), started.log_text()


def test_an_agent_under_questions_ends_in_time(start, recursors):
    agent = start(recursors=[f"127.0.0.1:{recursors(silent=True).port}"])
    with socket.create_connection(("127.0.0.1", agent.dns_port), timeout=5) as stream, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for number in range(50):
            packet = question("example.com", number=number)
            stream.sendall(struct.pack(">H", len(packet)) + packet)
            client.sendto(packet, ("127.0.0.1", agent.dns_port))
        assert agent.stop() == 1


# -- TCP -------------------------------------------------------------------------------


def read_exactly(stream, size):
    data = b""
    while len(data) < size:
        piece = stream.recv(size - len(data))
        assert piece, "the connection ended"
        data += piece
    return data


def read_reply(stream):
    return read_exactly(stream, struct.unpack(">H", read_exactly(stream, 2))[0])


def test_many_questions_on_one_connection_are_all_answered(start):
    agent = start()
    register(agent, "web", "10.0.0.1")
    with socket.create_connection(("127.0.0.1", agent.dns_port), timeout=5) as stream:
        asked = [question("web.service.consul", number=n) for n in range(500)]
        framed = b"".join(struct.pack(">H", len(each)) + each for each in asked)
        sender = threading.Thread(target=stream.sendall, args=(framed,))
        sender.start()
        got = {struct.unpack(">H", read_reply(stream)[:2])[0] for _ in asked}
        sender.join()
        assert got == set(range(500))
        # One byte at a time, and a half-closed connection still gets its answer.
        for byte in framed[:2 + len(asked[0])]:
            stream.sendall(bytes([byte]))
        stream.shutdown(socket.SHUT_WR)
        assert read_reply(stream)[:2] == b"\0\0"
        assert stream.recv(1) == b""


def test_broken_tcp_ends_that_connection_alone(start):
    agent = start()
    with socket.create_connection(("127.0.0.1", agent.dns_port), timeout=5) as broken:
        broken.sendall(b"\0\1x")
        assert broken.recv(1) == b""
    with socket.create_connection(("127.0.0.1", agent.dns_port), timeout=5) as stream:
        packet = question("n1.node.consul")
        stream.sendall(struct.pack(">H", len(packet)) + packet)
        assert b"\x7f\0\0\x01" in read_reply(stream)


def test_connections_of_one_client_are_limited(start):
    agent = start()
    with contextlib.ExitStack() as open_ones:
        streams = [open_ones.enter_context(socket.create_connection(("127.0.0.1", agent.dns_port), timeout=5))
                   for _ in range(120)]
        packet = question("n1.node.consul")
        answered = 0
        for stream in streams:
            with contextlib.suppress(OSError, AssertionError):
                stream.sendall(struct.pack(">H", len(packet)) + packet)
                answered += read_reply(stream)[:2] == packet[:2]
        assert answered == 100
    assert ask_udp(agent.dns_port, packet)[:2] == packet[:2]


# -- hostile packets ---------------------------------------------------------------------


def test_hostile_packets_get_the_right_code_or_silence(start):
    agent = start()
    port = agent.dns_port
    codes = {"FORMERR": 1, "NOTIMP": 4, "REFUSED": 5}

    def code_of(packet):
        reply = ask_udp(port, packet)
        assert len(reply) <= len(packet)
        return reply[3] & 15

    good = question("n1.node.consul")
    assert code_of(good[:12] + b"\xc0\x0c\0\1\0\1") == codes["FORMERR"]
    assert code_of(good[:12] + b"\x01a" * 1500) == codes["FORMERR"]
    assert code_of(good[:-3]) == codes["FORMERR"]
    assert code_of(question("consul", flags=5 << 11)) == codes["NOTIMP"]
    assert code_of(question("consul", kind=252)) == codes["NOTIMP"]
    assert code_of(question("example.com", payload=4096)) == codes["REFUSED"]
    for silent in (b"", b"\0" * 11, question("consul", flags=0x8180)):
        with pytest.raises(socket.timeout):
            ask_udp(port, silent, seconds=0.2)
    drawn = random.Random(6)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for _ in range(20_000):
            packet = bytearray(good)
            for _ in range(drawn.randrange(6)):
                packet[drawn.randrange(2, len(packet))] = drawn.randrange(256)
            client.sendto(packet[:drawn.randrange(1, 60)], ("127.0.0.1", port))
    assert b"\x7f\0\0\x01" in ask_udp(port, good)
    assert agent.process.poll() is None


# -- recursion -----------------------------------------------------------------------------


class recursor:
    """A DNS server for one address, over UDP and TCP. `code` fails; silent says nothing; counts what it is asked."""

    def __init__(self, code=0, silent=False, addresses=1):
        self.port, self.code, self.silent, self.addresses, self.asked = free_port(), code, silent, addresses, []
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.tcp = socket.create_server(("127.0.0.1", self.port))
        for serve in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def reply(self, packet, transport):
        self.asked.append(transport)
        end = packet.index(b"\0", 12) + 5
        count = 0 if self.code else self.addresses
        head = packet[:2] + bytes([0x81, 0x80 | self.code]) + struct.pack(">HHHH", 1, count, 0, 0)
        return head + packet[12:end] + count * b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\x01"

    def serve_udp(self):
        with contextlib.suppress(OSError):
            while True:
                packet, client = self.udp.recvfrom(4096)
                reply = self.reply(packet, "udp")
                if not self.silent:
                    self.udp.sendto(b"\xff\xff" + reply[2:], client)  # a guess at the id comes first
                    self.udp.sendto(reply, client)

    def serve_tcp(self):
        with contextlib.suppress(OSError, AssertionError):
            while True:
                stream, _ = self.tcp.accept()
                with stream:
                    packet = read_reply(stream)
                    reply = self.reply(packet, "tcp")
                    if not self.silent:
                        stream.sendall(struct.pack(">H", len(reply)) + reply)

    def close(self):
        self.udp.close()
        self.tcp.close()


@pytest.fixture
def recursors():
    made = []

    def make(**how):
        made.append(recursor(**how))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_names_of_others_go_to_the_recursors_in_their_order(start, recursors):
    failing, silent, good = recursors(code=2), recursors(silent=True), recursors()
    agent = start(recursors=[f"127.0.0.1:{each.port}" for each in (failing, silent, good)],
                  dns_config={"recursor_timeout": "300ms"})
    said = dig(agent, "example.com")
    assert "192.0.2.1" in said and "status: NOERROR" in said and " ra;" in said and " aa" not in said
    assert [each.asked for each in (failing, silent, good)] == [["udp"]] * 3
    assert "192.0.2.1" in dig(agent, "+tcp", "example.com")
    assert good.asked == ["udp", "tcp"]
    # Our own names are nobody else's.
    said = dig(agent, "no.service.consul")
    assert "status: NXDOMAIN" in said and "flags: qr aa rd ra;" in said
    # An address that is nobody's here may be somebody's elsewhere.
    dig(agent, "-x", "198.51.100.7")
    assert good.asked == ["udp", "tcp", "udp"]


def test_recursors_that_all_fail_are_a_server_failure(start, recursors):
    agent = start(f"-recursor=127.0.0.1:{recursors(code=5).port}")
    said = dig(agent, "example.com")
    assert "status: SERVFAIL" in said and " ra;" in said


def test_an_answer_too_long_for_the_client_sends_it_to_tcp(start, recursors):
    agent = start(recursors=[f"127.0.0.1:{recursors(addresses=60).port}"])
    reply = ask_udp(agent.dns_port, question("example.com"))
    assert len(reply) <= 512 and reply[2] & 2
    assert short(agent, "+noedns", "example.com") == ["192.0.2.1"] * 60


def test_a_host_behind_a_service_is_resolved_by_recursors(start, recursors):
    agent = start(recursors=[f"127.0.0.1:{recursors().port}"])
    register(agent, "out", "host.example.com")
    assert short(agent, "out.service.consul") == ["192.0.2.1", "host.example.com."]
    said = dig(agent, "out.service.consul", "SRV")
    assert "8080 host.example.com." in said and "host.example.com.\t0\tIN\tA\t192.0.2.1" in said


def test_one_client_may_not_recurse_without_end(start, recursors):
    agent = start(recursors=[f"127.0.0.1:{recursors().port}"])
    refused = answered = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.5)
        for burst in range(60):
            for number in range(100):
                client.sendto(question("example.com", number=burst * 100 + number), ("127.0.0.1", agent.dns_port))
            with contextlib.suppress(socket.timeout):
                for _ in range(100):
                    code = client.recv(4096)[3] & 15
                    refused += code == 5
                    answered += code == 0
    assert refused > 1000 and answered > 500, (refused, answered)


# -- those who ask in practice ----------------------------------------------------------------


@needs_root
@needs("unshare")
def test_a_libc_resolver_finds_a_service(tmp_path):
    """getaddrinfo() of a process whose resolv.conf names the agent, which has port 53 in a network of its own."""
    script = tmp_path / "inside"
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\nsearch service.consul\noptions timeout:2 attempts:2\n")
    (tmp_path / "nsswitch.conf").write_text("hosts: dns\n")
    (tmp_path / "agent.json").write_text(
        '{"ports": {"dns": 53}, "service": {"name": "web", "port": 80, "address": "10.0.0.1"}}')
    script.write_text(f"""#!/bin/sh
set -e
ip link set lo up
# Without an address that is no loopback one, getaddrinfo() asks nobody.
ip addr add 192.0.2.9/32 dev lo
mount --bind {tmp_path}/resolv.conf /etc/resolv.conf
mount --bind {tmp_path}/nsswitch.conf /etc/nsswitch.conf
{BINARY} agent -server -bootstrap-expect=1 -node=n1 -bind=127.0.0.1 -data-dir={tmp_path}/data \
  -config-file={tmp_path}/agent.json >{tmp_path}/log 2>&1 &
trap "kill $!" EXIT
for i in $(seq 100); do
  getent ahostsv4 web.service.consul >{tmp_path}/long && break
  sleep 0.1
done
getent ahostsv4 web >{tmp_path}/short
getent ahostsv4 no.service.consul && exit 7
python3 -c 'import socket; print(socket.getaddrinfo("web.service.consul", 80, type=socket.SOCK_STREAM))' >{tmp_path}/python
""")
    script.chmod(0o755)
    done = subprocess.run(["unshare", "--net", "--mount", str(script)], timeout=60, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    log = (tmp_path / "log").read_text() if (tmp_path / "log").exists() else ""
    assert done.returncode == 0, done.stdout + log
    for file in ("long", "short", "python"):
        assert "10.0.0.1" in (tmp_path / file).read_text()


def test_forwarding_as_systemd_resolved_does_it(start):
    """One upstream for ~consul alone: EDNS with its size, letters of drawn case, questions beside each other."""
    agent = start()
    register(agent, "web", "10.0.0.1")
    drawn = random.Random(20)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(3)
        client.connect(("127.0.0.1", agent.dns_port))
        asked = {}
        for number in range(200):
            name = "".join(drawn.choice((c.upper(), c.lower())) for c in "web.service.consul")
            asked[number] = question(name, kind=drawn.choice((1, 28)), number=number, payload=1472)
            client.send(asked[number])
        for _ in range(200):
            reply = client.recv(4096)
            sent = asked.pop(struct.unpack(">H", reply[:2])[0])
            end = sent.index(b"\0", 12) + 5
            assert reply[12:end] == sent[12:end], "the question comes back letter by letter"
            assert reply[3] & 15 == 0
            assert reply[-11:-6] == b"\0\0\x29\x05\xc0", "OPT with the size that was offered"
    assert not asked


@needs("unbound")
def test_unbound_forwards_a_stub_zone(start, tmp_path):
    agent = start()
    register(agent, "web", "10.0.0.1")
    port = free_port()
    (tmp_path / "unbound.conf").write_text(f"""
server:
  interface: 127.0.0.1@{port}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{tmp_path}"
  pidfile: "{tmp_path}/pid"
  use-caps-for-id: yes
  do-not-query-localhost: no
  domain-insecure: "consul"
  module-config: "iterator"
  logfile: "{tmp_path}/log"
forward-zone:
  name: "consul"
  forward-addr: 127.0.0.1@{agent.dns_port}
""")
    unbound = subprocess.Popen(["/usr/sbin/unbound", "-c", str(tmp_path / "unbound.conf")])
    try:
        agent_port, agent.dns_port = agent.dns_port, port
        wait_for(lambda: short(agent, "web.service.consul") == ["10.0.0.1"], what="an answer through unbound")
        assert short(agent, "web.service.consul", "SRV") == ["1 1 8080 0a000001.addr.dc1.consul."]
        assert short(agent, "n1.node.consul") == ["127.0.0.1"]
        assert "status: NXDOMAIN" in dig(agent, "no.service.consul")
        assert short(agent, "+tcp", "web.service.consul") == ["10.0.0.1"]
        agent.dns_port = agent_port
    finally:
        unbound.kill()
        unbound.wait()
