"""Which start ends where: minima, ends and tiles against single runs."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

import optim
from optim import SURFACES, optimizers, schedules, surfaces
from optim.ends import NEAR, Minimum, minima
from ui import runs
from ui.plateaus import basins
from ui.plateaus.setting import LEVELS
from ui.runs import Given

PARAMETERS = {
    "Soft-plus plateau": [{"k": 1.0}, {"k": 20.0}],
    "Saturated neuron": [{"s": 0.5}, {"s": 4.0}],
    "Tanh step": [{"k": 1.0}, {"k": 10.0}, {"k": 1000.0}],
}


def given(surface, steps, start=None):
    return Given(surface, start or surface.start, steps, schedules.constant, 0.0, 0)


@pytest.mark.parametrize("label", LEVELS)
def test_every_known_minimum_is_found_and_each_one_found_is_a_minimum(label):
    for values in [{}, *PARAMETERS.get(label, [])]:
        surface = SURFACES[label](**values)
        found = minima(surface)
        for x, y in surface.minima:
            assert any(np.hypot(m.x - x, m.y - y) < 1e-6 for m in found), (label, values)
        for m in found:
            f, g = surface.at((m.x, m.y))
            assert f == m.f
            assert np.hypot(*g) < 1e-9
            assert np.linalg.eigvalsh(surface.hessian((m.x, m.y)))[0] > 0
        assert [m.f for m in found] == pytest.approx(sorted(m.f for m in found), abs=1e-9)


def test_how_many_there_are():
    counts = {"Gaussian wells": 3, "Soft-plus plateau": 1, "Saturated neuron": 1, "Tanh step": 0, "Two pits": 2,
              "Himmelblau": 4}  # fmt: skip
    assert {label: len(minima(SURFACES[label])) for label in LEVELS} == counts
    small = minima(surfaces.two_pits)[1]
    assert (small.x, small.y, small.f) == pytest.approx((0.905318, 0, -1.092732), abs=1e-6)


def test_a_tile_is_where_its_start_is():
    grid = runs.tiles(surfaces.quadratic, 4)
    np.testing.assert_allclose(grid[0, 0], [-8.25, -2.75, 2.75, 8.25])
    np.testing.assert_allclose(grid[1, :, 0], [-2.25, -0.75, 0.75, 2.25])


@pytest.mark.parametrize(
    ("label", "optimizer"),
    [
        ("Two pits", optimizers.momentum(lr=0.01)),
        ("Himmelblau", optimizers.momentum(lr=0.005)),
        ("Gaussian wells", optimizers.adam(lr=0.05)),
        ("Saturated neuron", optimizers.momentum(lr=10)),
        ("Himmelblau", optimizers.sgd(lr=0.05)),
        ("Tanh step", optimizers.adam(lr=0.05, eps=1e-4)),
    ],
)
@pytest.mark.slow
def test_a_tiles_colour_is_what_a_single_run_from_there_does(label, optimizer):
    surface, level = SURFACES[label], LEVELS[label]
    found = basins.basins(optimizer, given(surface, 120), level)
    side = basins.fine(120)
    names = [*found.minima, *basins.OTHERS]
    grid = runs.tiles(surface, side)
    for row, column in np.random.default_rng(1).integers(0, side, (60, 2)):
        run = optim.trace(optimizer, surface, grid[:, row, column], 120)
        (x, y), f = run["x"][-1], run["f"][-1]
        kind = names[found.kinds[row, column]]
        if not np.isfinite(run["f"]).all() or np.abs(run["x"]).max() > 1e6:
            assert kind == basins.DIVERGED
        elif not surface.contains((x, y)):
            assert kind == basins.OUTSIDE
        elif isinstance(kind, Minimum):
            assert np.hypot(kind.x - x, kind.y - y) <= NEAR * surface.diagonal
        else:
            assert kind == (basins.BELOW if f <= level else basins.ABOVE)
            assert all(np.hypot(m.x - x, m.y - y) > NEAR * surface.diagonal for m in found.minima)


def test_the_start_of_the_line_up_is_no_part_of_it():
    """So that the sweep is known again when a click has moved the start."""
    optimizer, surface = optimizers.sgd(lr=0.0123), surfaces.himmelblau
    one, other = (runs.over_starts(optimizer, given(surface, 5, start)._replace(start=surface.start), 8)
                  for start in ((0.0, 0.0), (1.0, 1.0)))  # fmt: skip
    assert one is other
    maps = [basins.basins(optimizer, given(surface, 5, start), 1.0).kinds for start in ((0.0, 0.0), (1.0, 1.0))]
    np.testing.assert_array_equal(*maps)


def test_shares_are_of_all_starts():
    found = basins.basins(optimizers.sgd(lr=0.05), given(surfaces.himmelblau, 60), 1.0)
    shares = found.shares()
    assert len(shares) == 4 + len(basins.OTHERS)
    assert sum(shares) == pytest.approx(1)
    assert shares[-1] == pytest.approx((found.kinds == 4 + basins.OTHERS.index(basins.DIVERGED)).mean())
    assert shares[-1] > 0.1


def test_the_image_has_a_pixel_for_each_start_north_up():
    surface = surfaces.himmelblau
    found = basins.basins(optimizers.sgd(lr=0.005), given(surface, 150), 1.0)
    table = basins.image(found, surface, "light").to_pydict()
    assert [table[name][0] for name in ("x", "x2", "y", "y2")] == [-5, 5, -5, 5]
    data = base64.b64decode(table["url"][0].partition(",")[2])
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert pixels.shape == (basins.fine(150), basins.fine(150), 3)
    shades = basins.colors(len(found.minima), "light")
    for i, m in enumerate(found.minima):
        column = int((m.x + 5) / 10 * len(pixels))
        row = int((5 - m.y) / 10 * len(pixels))
        assert "#" + bytes(pixels[row, column].tolist()).hex().upper() == shades[i], "a minimum lies in its own basin"


def test_long_runs_have_fewer_starts():
    assert basins.fine(10) == basins.fine(400) == basins.SIDE
    assert 20 <= basins.fine(2000) < basins.fine(800) < basins.SIDE


# Machado, Oliveira & Fernandes 2009, A Physiologically-based Model for Simulation of Color Vision Deficiency.
BLINDNESS = {
    "none": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def _lab(color: str, seen: np.ndarray) -> np.ndarray:
    rgb = np.array(list(bytes.fromhex(color[1:]))) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = (seen @ linear).clip(0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    f = np.cbrt(xyz / (0.9505, 1.0, 1.089))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_of_tiles_differ_for_every_reader(theme, blindness):
    """A colour difference ΔE*ab of 10 is seen at a glance; four minima is the most that the page's surfaces have."""
    shades = basins.colors(4, theme)
    labs = [_lab(shade, BLINDNESS[blindness]) for shade in shades]
    pairs = {
        (a, b): float(np.linalg.norm(labs[i] - labs[j]))
        for i, a in enumerate(shades)
        for j, b in enumerate(shades)
        if i < j
    }
    closest = min(pairs, key=pairs.__getitem__)
    assert pairs[closest] >= 10, (closest, pairs[closest])
