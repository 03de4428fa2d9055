"""Level lines traced on a grid, as paths of an SVG: crisp at any size, and of fewer bytes than an image of them."""

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.complex128]
"""Column + i row of the grid."""

SIDE = 2000
"""So many units of the SVG make up each side of the grid."""
FLAT = 0.05
"""How near to the line between its neighbours, in the grid's cells, a point is left out; asked PASSES times."""
PASSES = 5


def outlines(f: np.ndarray, levels: np.ndarray) -> list[str]:
    """For each level the outline of all that is below it: closed curves, of which the map's edge is no visible part.

    Args:
        f: (rows, columns), row 0 the lowest.  What is nan is below no level.

    Source: marching squares with linear interpolation, Lorensen & Cline 1987 in two dimensions.
    """
    # Outside the map f goes on as at its edge for one cell, and is infinite from there: each curve closes out of sight.
    f = np.pad(np.clip(np.nan_to_num(f, nan=np.inf, posinf=np.inf), -1e300, None), 1, mode="edge")
    f = np.pad(f, 1, constant_values=np.inf)
    return [_path(*_simpler(*_curves(f, level)), f.shape) for level in levels]


def _curves(f: np.ndarray, level: float) -> tuple[Points, np.ndarray]:
    """Points of the curves, one after the other, and to which curve each belongs.

    A curve is followed from edge to edge of the grid: the edge to the right of node n is 2n, the one above it 2n + 1.
    """
    width, low = f.shape[1], f < level
    lows = np.add(low[:-1, :-1], low[:-1, 1:], dtype=np.int8) + low[1:, 1:] + low[1:, :-1]
    row, column = np.nonzero((lows > 0) & (lows < 4))  # the cells that the level crosses
    node, low = row * width + column, low.ravel()
    corners = node + np.array([[0], [1], [width + 1], [width]])
    # A cell's corners, and the edge after each, counterclockwise; a curve enters where low is followed by high.
    edges = np.stack([2 * node, 2 * node + 3, 2 * (node + width), 2 * node + 1])
    here, there = low[corners], low[np.roll(corners, -1, axis=0)]
    # It leaves where high is followed by low: two low corners are apart, unless the middle of the cell is low too.
    turn = np.where(f.ravel()[corners].mean(axis=0) < level, 1, -1)
    after: dict[int, int] = {}
    for side in range(4):
        cell = np.flatnonzero(here[side] & ~there[side])
        to = cell
        for by in (3, 2, 1):
            other = (side + by * turn[cell]) % 4
            to = np.where(~here[other, cell] & there[other, cell], edges[other, cell], to)
        after.update(zip(edges[side, cell].tolist(), to.tolist(), strict=True))
    crossed: list[int] = []
    lengths: list[int] = []
    while after:
        first, edge = after.popitem()
        curve = [first]
        while edge != first:
            curve.append(edge)
            edge = after.pop(edge)
        crossed += curve
        lengths.append(len(curve))
    begin, upwards = np.divmod(np.array(crossed, dtype=int), 2)
    a, b = f.ravel()[begin], f.ravel()[begin + np.where(upwards, width, 1)]
    with np.errstate(all="ignore"):
        along = np.nan_to_num((level - a) / (b - a), nan=1.0)  # nan: a is infinite, and the line as near to b as can be
    points = begin % width + 1j * (begin // width) + along * np.where(upwards, 1j, 1)
    return points, np.arange(len(lengths)).repeat(lengths)


def _simpler(points: Points, curve: np.ndarray) -> tuple[Points, np.ndarray]:
    """The same curves with fewer points where they are straight; each time every other point may go."""
    for _ in range(PASSES):
        before, after = points[1:-1] - points[:-2], points[2:] - points[:-2]
        straight = np.abs((before.conj() * after).imag) <= FLAT * np.abs(after)
        keep = np.ones(len(points), dtype=bool)
        keep[1:-1:2] = ~(straight & (curve[2:] == curve[:-2]))[::2]
        points, curve = points[keep], curve[keep]
    return points, curve


def _path(points: Points, curve: np.ndarray, shape: tuple[int, ...]) -> str:
    """Curves as an SVG path's data: where each begins, and the steps from there, in whole units."""
    rows, columns = shape
    x = np.rint((points.real - 2) * SIDE / (columns - 5)).astype(int)
    y = np.rint((rows - 3 - points.imag) * SIDE / (rows - 5)).astype(int)
    begins = np.diff(curve, prepend=-1) > 0
    dx, dy = (np.where(begins, at, np.diff(at, prepend=0)).tolist() for at in (x, y))
    written = [
        f"zM{a} {b}l" if first else f"{a}{' ' * (b >= 0)}{b}{' '}"
        for a, b, first in zip(dx, dy, begins.tolist(), strict=True)
        if a or b or first
    ]
    # A minus sign separates too.
    return "".join([*written, "z"]).replace(" -", "-").replace(" z", "z")[1:]
