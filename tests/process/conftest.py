import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.agent import agent as start_agent  # noqa: E402
from support.failures import has_failed, pytest_runtest_makereport  # noqa: E402, F401

LOG_LINES = 40


@pytest.fixture
def agents(request):
    """agents(...) starts one; all end with the test, and their logs are shown if that failed."""
    started = []

    def start(*flags, wait=True, **more):
        started.append(start_agent(*flags, wait=False, **more))
        if wait:
            started[-1].wait_for_leader()
        return started[-1]

    yield start
    for each in started:
        if has_failed(request.node):
            print(f"-- {' '.join(each.command)}", *each.log_text().splitlines()[-LOG_LINES:], sep="\n")
        each.close()
