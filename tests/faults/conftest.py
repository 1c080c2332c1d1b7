import os
import pathlib
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from faults import namespaces  # noqa: E402
from faults.cluster import datacenter  # noqa: E402
from support.failures import has_failed, pytest_runtest_makereport  # noqa: E402, F401

LOG_LINES = 25


def _prepare():
    """A file system in memory that only this process and its agents see: (where, why there is none)."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        namespaces.die_with_parent()
    try:
        namespaces.private_mounts()
        where = pathlib.Path("/media")  # there on every system, and nothing of ours in it
        namespaces.mount_memory(where, 4096)
        return where, namespaces.why_not()
    except OSError as error:
        return None, f"not privileged enough for namespaces ({error})"


@pytest.fixture(scope="session")
def scratch():
    where, why_not = _prepare()
    if why_not:
        pytest.skip(why_not)
    return where


@pytest.fixture
def start_datacenter(scratch, request):
    """start_datacenter(...) makes one; it ends with the test, and its logs are shown if that failed."""
    started = []

    def start(**more):
        started.append(datacenter(pathlib.Path(tempfile.mkdtemp(dir=scratch)), **more))
        started[-1].start()
        return started[-1]

    yield start
    for each in started:
        if has_failed(request.node):
            for node in each.nodes:
                print(f"-- {node.name}", *node.log_text().splitlines()[-LOG_LINES:], sep="\n")
        each.close()
