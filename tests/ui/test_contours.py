"""The drawn level lines, held against f itself."""

import re
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

from optim import SURFACES
from optim.surfaces import Surface
from ui import contours, maps

SIDE = contours.SIDE
DISC = SIDE / 400 * np.exp(2j * np.pi * np.arange(12) / 12) * [[0], [0.5], [1]]
"""Places within a pixel of 400."""


def at(surface: Surface, places: np.ndarray) -> np.ndarray:
    """f at places of the drawing, right + i down."""
    (left, right), (bottom, top) = surface.x_range, surface.y_range
    x, y = left + (right - left) * places.real / SIDE, top - (top - bottom) * places.imag / SIDE
    return surface.at(np.stack([x, y]))[0]


@cache
def outlines(surface: Surface) -> list[tuple[float, list[np.ndarray]]]:
    """Some levels, and the corners of each closed curve of theirs."""
    x, y = (np.linspace(*side, maps.GRID) for side in (surface.x_range, surface.y_range))
    f = surface.at(np.stack(np.meshgrid(x, y)))[0]
    levels = np.quantile(f, [0.002, 0.05, 0.3, 0.6, 0.9, 0.99])
    return [(level, read(path)) for level, path in zip(levels, contours.outlines(f, levels), strict=True)]


def read(path: str) -> list[np.ndarray]:
    assert re.fullmatch(r"(M-?\d+ -?\d+l(-?\d+( ?))*z)+", path)
    numbers = [np.array(re.findall(r"-?\d+", curve), dtype=float) for curve in path.split("z")[:-1]]
    return [np.cumsum(steps[::2] + 1j * steps[1::2]) for steps in numbers]


def ends(surface: Surface) -> Iterator[Surface]:
    """The surface as it is, and with each of its sliders at both ends."""
    yield surface
    for name, meaning in surface.hyperparameters.items():
        yield from (surface(**{name: value}) for value in meaning.slider)


CASES = [surface for usual in SURFACES.values() for surface in ends(usual)]


@pytest.mark.parametrize("surface", CASES, ids=lambda surface: f"{surface.label}-{surface.values}")
def test_a_line_lies_within_a_pixel_of_where_f_has_its_level(surface):
    for level, curves in outlines(surface):
        places = np.concatenate([(c + np.outer([0, 0.5], np.roll(c, -1) - c)).ravel() for c in curves])
        seen = (places.real >= 0) & (places.real <= SIDE) & (places.imag >= 0) & (places.imag <= SIDE)
        near = at(surface, places[seen, None, None] + DISC)
        assert seen.any()
        assert (near.min(axis=(1, 2)) <= level).all()
        assert (near.max(axis=(1, 2)) >= level).all()


@pytest.mark.parametrize("surface", CASES, ids=lambda surface: f"{surface.label}-{surface.values}")
def test_within_the_curves_is_what_lies_below_the_level(surface):
    places = np.random.default_rng(0).uniform(0, SIDE, (400, 2)) @ [1, 1j]
    for level, curves in outlines(surface):
        crossings = np.zeros(len(places), dtype=int)
        for a in curves:
            b = np.roll(a, -1)
            # A ray to the right of each place crosses what begins above it and ends below, or the other way round.
            spans = (a.imag > places.imag[:, None]) != (b.imag > places.imag[:, None])
            with np.errstate(all="ignore"):
                where = a.real + (places.imag[:, None] - a.imag) / (b.imag - a.imag) * (b.real - a.real)
            crossings += (spans & (where > places.real[:, None])).sum(axis=1)
        near = at(surface, places[:, None, None] + DISC)
        clear = (near.min(axis=(1, 2)) > level) | (near.max(axis=(1, 2)) < level)
        assert (crossings % 2 == (at(surface, places) < level))[clear].all()
        assert clear.any()


def test_what_is_not_finite_is_below_no_level_and_a_line_goes_round_it():
    f = np.zeros((21, 21))
    f[8:13, 8:13] = np.nan
    (path,) = contours.outlines(f, np.array([1.0]))
    _, hole = sorted((np.abs(curve.real - SIDE / 2).max() for curve in read(path)), reverse=True)
    assert hole == 3 / 20 * SIDE
    f[:] = -np.inf
    (path,) = contours.outlines(f, np.array([1.0]))
    assert len(read(path)) == 1


@pytest.mark.parametrize(("corner", "curves"), [(0.9, 2), (1.1, 1)])
def test_opposite_low_corners_are_joined_where_the_middle_is_low(corner, curves):
    f = np.full((6, 6), 2.0)
    f[2, 2] = f[3, 3] = 1 - corner
    (path,) = contours.outlines(f, np.array([1.0]))
    assert len(read(path)) == curves


def test_no_level_no_curve():
    assert contours.outlines(np.ones((5, 5)), np.array([0.5, 1.0])) == ["", ""]
