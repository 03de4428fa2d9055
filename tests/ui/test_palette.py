"""Colours: each optimizer and each schedule has its own, that no other is like."""

from itertools import combinations

import numpy as np
import pytest

from optim import OPTIMIZERS, SCHEDULES
from ui import palette


def lab(color):
    """CIELAB: equal distances look about equally large (CIE 15:2004, section 8.2.1; sRGB of IEC 61966-2-1)."""
    rgb = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    x, y, z = np.cbrt(xyz / [0.9505, 1, 1.089])  # none is so dark that the cube root would not hold
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize(
    ("shades", "registry"), [(palette.OPTIMIZERS, OPTIMIZERS), (palette.SCHEDULES, SCHEDULES)], ids=["o", "s"]
)
def test_every_formula_has_a_colour_of_its_own_in_each_theme(shades, registry):
    assert set(shades) == set(registry)
    for theme in zip(*shades.values(), strict=True):
        assert len(set(theme)) == len(registry)
        assert min(np.linalg.norm(lab(a) - lab(b)) for a, b in combinations(theme, 2)) > 19
