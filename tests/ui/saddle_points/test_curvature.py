"""The Hessian along a path, and the edge beyond which oscillations grow."""

import math

import numpy as np
import pytest
from hypothesis import given

import optim
from optim import optimizers, schedules, surfaces
from optim.ends import left
from ui.saddle_points import curvature
from ui.saddle_points.curvature import along
from ui.saddle_points.geometry import SADDLES

from ...budget import cases
from ...settings import settings
from .made import STRICT, setting


def test_eigenvalues_are_numpys():
    p = np.random.default_rng(0).normal(size=(2, 50))
    for surface in SADDLES.values():
        hessian = surface.hessian(p)
        found = np.stack(curvature.eigenvalues(hessian), axis=1)
        np.testing.assert_allclose(found, np.linalg.eigvalsh(np.moveaxis(hessian, 2, 0)), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.sgd,
        optimizers.momentum(beta=0.8),
        optimizers.momentum(beta=0.8, average=True),
        optimizers.nesterov(beta=0.8),
        optimizers.nesterov(beta=0.8, average=True),
    ],
    ids=["sgd", "momentum", "averaged momentum", "nesterov", "averaged nesterov"],
)
def test_beyond_the_edge_oscillations_grow(optimizer):
    now = setting(optimizer(lr=0.01), start=(1.0, 0.0), surface=STRICT(gamma=0.0))
    felt, edge = along(now.surface, now.runs[0]).felt, optimizer.recurrence.edge
    np.testing.assert_allclose(felt, 0.01, rtol=1e-12)
    for factor, grows in ((0.98, False), (1.02, True)):
        x = optim.trace(optimizer(lr=factor * edge), STRICT, (1.0, 0.0), 800)["x"][:, 0]
        assert (np.abs(x[-50:]).max() > 1) == grows


def test_what_is_felt_is_each_coordinates_own_rate_with_the_schedule_in_it():
    now = setting(optimizers.adagrad(lr=0.05), start=(1.0, 0.5), steps=5)
    rate = 0.05 / np.sqrt(np.cumsum(now.runs[0].trace["g"][:, 0] ** 2))
    np.testing.assert_allclose(along(STRICT, now.runs[0]).felt, rate, rtol=1e-6)
    decayed = setting(optimizers.sgd(lr=0.05), steps=5, plan=schedules.exponential(gamma=0.5))
    np.testing.assert_allclose(along(STRICT, decayed.runs[0]).felt, 0.05 * 0.5 ** np.arange(6), rtol=1e-12)


def test_the_smaller_eigenvalue_turns_where_the_run_passes_the_inflection():
    now = setting(optimizers.sgd(lr=0.05), surface=surfaces.bounded_saddle, start=(1.5, 1e-4))
    found = along(now.surface, now.runs[0])
    turn = int(np.argmax(now.runs[0].trace["x"][:, 1] > math.sqrt(10 / 3)))
    assert (found.small[:turn] < 0).all()
    assert (found.small[turn:] > 0).all()
    assert (found.large > 0).all()


@cases(100)
@given(settings("saddle_points"))
def test_every_path_has_its_curvature_until_it_leaves_the_map(now):
    for run in now.runs:
        found, gone = along(now.surface, run), left(run.trace, now.surface)
        assert {len(values) for values in found} == {now.steps + 1 if gone is None else gone}
        sound = np.isfinite(found.small) & np.isfinite(found.large)
        assert (found.small <= found.large)[sound].all()
        assert sound.all(), "on the map the Hessian is finite"
