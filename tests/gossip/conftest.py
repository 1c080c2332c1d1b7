import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from gossip.pool import pool as new_pool  # noqa: E402


@pytest.fixture
def pool():
    made = new_pool()
    yield made
    made.close()
