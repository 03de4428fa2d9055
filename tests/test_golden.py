"""Optimizers and schedules against what PyTorch, Keras and Optax did with the same gradients, in float64.

The data are made by tests/golden/make.py; the configurations stand side by side in tests/golden/cases.py.
"""

from pathlib import Path

import numpy as np
import pytest

import optim
from optim import OPTIMIZERS, SCHEDULES
from tests.golden.cases import FACTORS, KEPT, STEPS, STREAMS

GOLDENS = dict(np.load(Path(__file__).parent / "golden" / "goldens.npz"))


def test_every_formula_has_a_golden():
    assert {case.ours.label for case in STREAMS.values()} == set(OPTIMIZERS)
    assert {case.ours.label for case in FACTORS.values()} == set(SCHEDULES)


def test_the_gradients_are_hard():
    gradients = GOLDENS["gradients"]
    sizes = np.abs(gradients[gradients != 0])
    assert gradients.shape == (STEPS, 6)
    assert sizes.min() < 2e-3
    assert sizes.max() > 29
    assert (gradients == 0).mean() > 0.25
    assert (gradients[:, 5] == 0).all()
    assert (gradients[:20, 2] == 0).all()


@pytest.mark.parametrize("name", STREAMS)
def test_the_path_is_theirs(name):
    theirs = GOLDENS["stream: " + name]
    case = STREAMS[name]
    ours = optim.replay(case.ours, GOLDENS["gradients"], GOLDENS["start"], schedule=case.schedule)["x"][list(KEPT)]
    # Relative to how far each coordinate gets from its start; one that never moves must not move here either.
    reach = np.abs(theirs - GOLDENS["start"]).max(axis=0)
    error = np.abs(ours - theirs).max(axis=0) / np.where(reach == 0, 1e-300, reach)
    assert error.max() <= 1e-11


@pytest.mark.parametrize("name", FACTORS)
def test_the_factors_are_theirs(name):
    theirs = GOLDENS["factors: " + name]
    ours = FACTORS[name].ours.at(np.arange(1, STEPS + 1))
    error = np.abs(ours - theirs).max() / theirs.max()
    assert error <= FACTORS[name].tolerance
