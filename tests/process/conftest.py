import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.agent import agent as start_agent  # noqa: E402


@pytest.fixture
def agents():
    """agents(...) starts one; all end with the test."""
    started = []

    def start(*flags, **more):
        started.append(start_agent(*flags, **more))
        return started[-1]

    yield start
    for each in started:
        each.close()
