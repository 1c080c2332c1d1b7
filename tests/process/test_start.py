"""How an agent starts, refuses to start, and ends."""
import json
import os
import signal
import socket
import subprocess

import pytest

from support.agent import BINARY, wait_for
from support.ports import free_port


def run(*arguments, seconds=10):
    """A program that is expected to end by itself: (exit code, what it wrote)."""
    done = subprocess.run([BINARY, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, timeout=seconds, text=True)
    return done.returncode, done.stdout, done.stderr


def refusal(*arguments):
    """The one line with which an agent says why it does not start."""
    code, _, said = run("agent", *arguments)
    assert code == 1, said
    lines = [line for line in said.splitlines() if line.startswith("==> ")]
    assert len(lines) == 1, said
    return lines[0]


def server_flags(data_dir, **ports):
    settings = {"http": free_port(), "server": free_port(), "serf_lan": free_port(), "serf_wan": free_port(), **ports}
    return ["-server", "-bootstrap-expect=1", "-bind=127.0.0.1", "-node=n1", "-data-dir", data_dir,
            f"-http-port={settings['http']}", f"-server-port={settings['server']}", "-dns-port=-1",
            f"-serf-lan-port={settings['serf_lan']}", f"-serf-wan-port={settings['serf_wan']}"]


def test_the_command_line_of_today_starts_a_server_with_a_web_page_of_its_own(tmp_path):
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "index.html").write_text("<p>a page of one's own</p>")
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "web.hcl").write_text('service { name = "web" port = 80 tags = ["a"] }')
    port = free_port()
    (tmp_path / "conf" / "ports.json").write_text(json.dumps({"ports": {
        "http": port, "server": free_port(), "serf_lan": free_port(), "serf_wan": free_port(), "dns": -1}}))
    process = subprocess.Popen(
        [BINARY, "agent", "-server", "-bootstrap-expect", "1", "-data-dir", tmp_path / "data", "-node=jatel",
         "-bind=127.0.0.1", "-ui-dir", tmp_path / "ui", "-rejoin", f"-config-dir={tmp_path / 'conf'}",
         "-client", "0.0.0.0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        import urllib.request

        def get(path):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return answer.read().decode()

        wait_for(lambda: "jatel" in get("/v1/catalog/nodes"), what="the node in the catalog")
        wait_for(lambda: '"web":["a"]' in get("/v1/catalog/services"), what="the service of web.hcl")
        assert "a page of one's own" in get("/ui/")
    finally:
        process.kill()
        process.wait()


def test_called_as_consul_it_is_the_same(tmp_path):
    consul = tmp_path / "consul"
    consul.symlink_to(BINARY)
    said = subprocess.run([consul, "version", "-format=json"], stdout=subprocess.PIPE, check=True).stdout
    assert json.loads(said)["Version"] == "1.22.7"


def test_without_a_data_directory_it_says_so():
    assert refusal("-server", "-bootstrap-expect=1", "-bind=127.0.0.1") == "==> data_dir cannot be empty"


def test_an_unknown_key_is_named_with_its_file(tmp_path):
    broken = tmp_path / "a.json"
    broken.write_text('{"zonk": 1}')
    code, _, said = run("agent", "-dev", "-config-file", broken)
    assert code == 1
    assert f"==> failed to parse {broken}: 1 error occurred:\n\t* invalid config key zonk" in said


def test_a_setting_that_would_protect_is_refused_and_never_ignored(tmp_path):
    settings = tmp_path / "a.json"
    settings.write_text('{"acl": {"enabled": true}}')
    code, _, said = run("agent", "-dev", "-config-file", settings)
    assert code == 1 and "acl.enabled" in said


def test_a_second_agent_on_one_data_directory_is_refused(agents, tmp_path):
    agents(data_dir=tmp_path / "data")
    assert str(tmp_path / "data") in refusal(*server_flags(tmp_path / "data"))


def test_a_taken_port_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port}" in refusal(*server_flags(tmp_path / "data", http=port))


def test_a_data_directory_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    assert str(tmp_path / "file") in refusal(*server_flags(tmp_path / "file" / "data"))


def test_a_corrupt_log_is_named_and_left_alone(agents, tmp_path):
    running = agents(data_dir=tmp_path / "data")
    assert running.put("/v1/kv/a", "1").text == "true"
    running.kill()
    (database,) = [path for path in (tmp_path / "data").rglob("data.mdb") if path.parent.name == "log"]
    whole = database.read_bytes()
    database.write_bytes(b"\x5a" * len(whole))
    assert "log" in refusal(*server_flags(tmp_path / "data"))
    database.write_bytes(whole)
    running.start()
    assert running.get("/v1/kv/a?raw").text == "1"


def test_a_signal_ends_a_server_with_exit_code_1_and_a_leave_with_0(agents):
    server = agents()
    assert server.stop(signal.SIGTERM) == 1
    server.start()
    assert server.stop(signal.SIGINT) == 1
    server.start()
    done = subprocess.run([BINARY, "leave", f"-http-addr=127.0.0.1:{server.port}"], stdout=subprocess.PIPE, text=True,
                          timeout=20, check=False)
    assert (done.returncode, done.stdout) == (0, "Graceful leave complete\n")
    assert server.process.wait(20) == 0


def test_validate_says_what_is_wrong(tmp_path):
    (tmp_path / "data").mkdir()
    good = tmp_path / "good.hcl"
    good.write_text(f'data_dir = "{tmp_path / "data"}"\nbind_addr = "127.0.0.1"\n')
    assert run("validate", good)[:2] == (0, "Configuration is valid!\n")
    bad = tmp_path / "bad.hcl"
    bad.write_text("datacenter = 5 +\n")
    code, _, said = run("validate", bad)
    assert code == 1 and "Config validation failed" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system needs root")
def test_a_full_disk_ends_the_server_with_one_line_and_nothing_acknowledged_is_lost(agents, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(small)], check=True)
    try:
        server = agents(data_dir=small / "data")
        acknowledged = []
        for i in range(400):
            try:
                if server.put(f"/v1/kv/k{i}", "x" * 100_000).text == "true":
                    acknowledged.append(f"k{i}")
            except OSError:
                break
        assert server.process.wait(10) == 1
        (line,) = [line for line in server.log_text().splitlines() if line.startswith("==> ") and "disk" in line]
        assert "full" in line or "space" in line
        assert 0 < len(acknowledged) < 400
        subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
        server.start()
        kept = server.get("/v1/kv/?keys").json()
        assert set(acknowledged) <= set(kept)
    finally:
        server.close()
        subprocess.run(["umount", "-l", str(small)], check=True)
