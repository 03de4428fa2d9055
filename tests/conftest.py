"""What all tests share: Hypothesis draws the same cases in every run of the CI, and new ones at a developer's."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("lab", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("lab in CI", settings.get_profile("lab"), derandomize=True, database=None)
settings.load_profile("lab in CI" if os.environ.get("CI") else "lab")
