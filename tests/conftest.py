"""What all tests share: Hypothesis draws the same cases in every run of the CI, and new ones at a developer's."""

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

from .budget import CI, cases

settings.register_profile("lab", cases(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lab")
if CI:
    settings.register_profile("lab in CI", derandomize=True, database=None)
    settings.load_profile("lab in CI")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A hundred drawn cases take their time, one by one."""
    for item in items:
        if isinstance(item, pytest.Function) and is_hypothesis_test(item.obj):
            item.add_marker(pytest.mark.slow)
