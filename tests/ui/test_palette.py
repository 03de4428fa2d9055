"""Colours: each optimizer and each schedule has its own."""

import pytest

from optim import OPTIMIZERS, SCHEDULES
from ui import palette


@pytest.mark.parametrize(
    ("shades", "registry"), [(palette.OPTIMIZERS, OPTIMIZERS), (palette.SCHEDULES, SCHEDULES)], ids=["o", "s"]
)
def test_every_formula_has_a_colour_of_its_own_in_each_theme(shades, registry):
    assert set(shades) == set(registry)
    for theme in zip(*shades.values(), strict=True):
        assert len(set(theme)) == len(registry)
