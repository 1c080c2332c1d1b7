"""For a conftest: which part of a test failed, so that its fixtures can show what they know."""
import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    setattr(item, "failed_in_" + report.when, report.failed)


def has_failed(item):
    return getattr(item, "failed_in_setup", True) or getattr(item, "failed_in_call", False)
