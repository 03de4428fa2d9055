"""Colours: each optimizer has its own."""

from optim import OPTIMIZERS
from ui import palette


def test_every_optimizer_has_a_colour_of_its_own_in_each_theme():
    assert set(palette.OPTIMIZERS) == set(OPTIMIZERS)
    for shades in zip(*palette.OPTIMIZERS.values(), strict=True):
        assert len(set(shades)) == len(OPTIMIZERS)
