"""How many cases Hypothesis draws: as many as a test asks for; in CI, where they are the same every time, a third."""

import os

from hypothesis import settings

CI = bool(os.environ.get("CI"))


def cases(number: int) -> settings:
    """The decorator of a test that is worth so many cases."""
    return settings(max_examples=max(number // 3, 1) if CI else number)
