"""How many cases Hypothesis draws: as many as a test asks for; in CI, where they are the same every time, a third.

CASES=20 python -m pytest tests/ui        # twenty times as many, new ones each time
"""

import os

from hypothesis import settings

CI = bool(os.environ.get("CI"))
SHARE = float(os.environ.get("CASES", 1 / 3 if CI else 1))


def cases(number: int) -> settings:
    """The decorator of a test that is worth so many cases."""
    return settings(max_examples=max(int(number * SHARE), 1))
