"""The plane of a path's first two principal directions."""

import math

import numpy as np
import pytest

from optim import optimizers
from ui import lineup, maps
from ui.train_a_network import planes, training
from ui.train_a_network.setting import Setting


def test_a_flat_path_lies_in_its_plane():
    angle = np.linspace(0, 3, 20)
    flat = np.stack([3 * np.cos(angle), np.sin(angle)], axis=1)
    turn, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((7, 7)))
    path = flat @ turn[:2] + 5
    found = planes.plane(path)
    assert found.share == pytest.approx(1)
    assert found.directions @ found.directions.T == pytest.approx(np.eye(2), abs=1e-12)
    shown = found.project(path)
    assert np.linalg.norm(np.diff(shown, axis=0), axis=1) == pytest.approx(
        np.linalg.norm(np.diff(flat, axis=0), axis=1)
    )
    assert (shown[0] <= 0).all()


def test_the_share_is_that_of_the_variance():
    path = np.random.default_rng(1).standard_normal((50, 5)) * [5, 3, 1, 1, 0.5]
    found = planes.plane(path)
    inside = found.project(path)
    assert found.share == pytest.approx((inside**2).sum() / ((path - path.mean(axis=0)) ** 2).sum())
    assert found.share == pytest.approx(np.sort(np.linalg.eigvalsh(np.cov(path.T)))[-2:].sum() / np.cov(path.T).trace())
    assert planes.plane(np.ones((4, 3))).share == 1


def test_the_map_is_the_loss_in_the_plane():
    now = Setting(lineup=lineup.of(optimizers.adam(lr=0.02)), hidden="8", batch=64)
    plan = now.plan(now.lineup[0])
    training.of(plan).go(40, math.inf)
    steps, path = planes.path(plan, 40)
    assert steps == [*range(11), 20, 30, 40]
    flat = planes.plane(path)
    box = planes.box([flat.project(path)])
    grid = planes.losses(plan, 40, box, planes.SIDE)
    x, y = np.linspace(*box[:2], planes.SIDE)[3], np.linspace(*box[2:], planes.SIDE)[10]
    w = flat.origin + x * flat.directions[0] + y * flat.directions[1]
    assert grid[10, 3] == pytest.approx(now.network.mean_loss(w, now.task.examples))


def test_between_the_grids_points_the_map_is_smooth():
    side = np.arange(planes.SIDE, dtype=float)
    places = np.linspace(0, planes.SIDE - 1, maps.GRID)
    found = planes.smooth(side[:, None] ** 2 + 3 * side)
    assert found.shape == (maps.GRID, maps.GRID)
    exact = places[:, None] ** 2 + 3 * places
    inner = slice(2 * maps.GRID // planes.SIDE, -2 * maps.GRID // planes.SIDE)
    assert found[inner, inner] == pytest.approx(exact[inner, inner])
    assert found[[0, -1], [-1, 0]] == pytest.approx(exact[[0, -1], [-1, 0]])
    assert planes.smooth(np.ones((planes.SIDE, planes.SIDE))) == pytest.approx(1.0)
    cliff = np.where(side < planes.SIDE / 2, 0.01, 1e9) * np.ones((planes.SIDE, 1))
    assert (planes.smooth(cliff).min(), planes.smooth(cliff).max()) == (0.01, 1e9)
