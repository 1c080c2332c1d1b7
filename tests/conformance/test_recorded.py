"""What Consul 1.22.7 answered, replayed against a fresh agent: everything in must_match.txt matches."""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from replay import replay  # noqa: E402
from support.agent import BINARY, wait_for  # noqa: E402
from support.ports import free_port  # noqa: E402

MUST_MATCH = pathlib.Path(__file__).with_name("must_match.txt")


def http_get(port, path):
    import http.client
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    response = connection.getresponse()
    return response.status, response.read().decode()


def run():
    port = free_port()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [BINARY, "agent", "-dev", "-node=n22", f"-http-port={port}", f"-server-port={free_port()}",
             f"-serf-lan-port={free_port()}", f"-serf-wan-port={free_port()}", "-dns-port=-1"],
            stdout=log, stderr=log)
        try:
            wait_for(lambda: "serfHealth" in http_get(port, "/v1/health/node/n22")[1], what="a running agent")
            return replay("127.0.0.1", port, ready=lambda: wait_for(
                lambda: '"web"' in http_get(port, "/v1/catalog/services")[1], what="the service in the catalog"))
        finally:
            process.kill()
            process.wait()


def test_answers_are_as_recorded():
    outcomes = run()
    matched = {name for name, why in outcomes if why is None}
    print(f"{sum(why is None for _, why in outcomes)} of {len(outcomes)} exchanges are as recorded")
    wanted = [line for line in MUST_MATCH.read_text().splitlines() if line]
    differing = [f"{name}: {why}" for name, why in outcomes if why is not None and name in wanted]
    assert not differing, "\n".join(differing)
    assert matched.issuperset(wanted)


if __name__ == "__main__":
    results = run()
    for name, why in results:
        if why is not None or "-v" in sys.argv:
            print(f"{name}: {why or 'as recorded'}")
    print(f"{sum(why is None for _, why in results)} passed, {sum(why is not None for _, why in results)} failed")
