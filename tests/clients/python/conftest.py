import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
# Both libraries are the module `consul`: the runner calls pytest once for each and names its folder.
if os.environ.get("CONSUL_LIBRARY"):
    sys.path.insert(0, os.environ["CONSUL_LIBRARY"])

from support.agent import agent as start_agent  # noqa: E402
from targets import grpc_target, http_target  # noqa: E402


@pytest.fixture
def agent():
    running = start_agent()
    yield running
    running.close()


@pytest.fixture
def http_server():
    server = http_target()
    yield server
    server.close()


@pytest.fixture
def grpc_server():
    server = grpc_target()
    yield server
    server.close()


@pytest.fixture
def client(agent):
    import consul
    return consul.Consul("127.0.0.1", port=agent.port)
