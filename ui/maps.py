"""A surface as a shaded map: one small drawing of its level lines, their labels, and the minima."""

import base64
import io
import json
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import pyarrow as pa
from PIL import Image

from optim import Surface, graph

from . import contours
from .palette import MAP, Theme
from .words import number, point

GRID = 250
"""A map is drawn from f at so many points across and up."""

ROOM = 1 / 3
"""Where lines would cross the grid more often than that at each of its points, levels are left out: lines need room."""


@lru_cache(maxsize=64)
def tables(surface: Surface, theme: Theme) -> dict[str, pa.Table]:
    """What a map shows beneath its runs, in the form in which Streamlit sends it."""
    return {name: pa.Table.from_pandas(frame) for name, frame in frames(surface, theme).items()}


def png(pixels: np.ndarray, colors: Sequence[str]) -> str:
    """The URL of an image whose pixels are places in ``colors``; row 0 of them is the lowest."""
    image = Image.fromarray(pixels[::-1].astype(np.uint8), "P")
    image.putpalette([value for color in colors for value in bytes.fromhex(color[1:])])
    file = io.BytesIO()
    image.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def frames(surface: Surface, theme: Theme) -> dict[str, pd.DataFrame]:
    """The frames of ``shaded``, whose relief has the program of f too, and ``minima`` (points with text)."""
    x = np.linspace(*surface.x_range, GRID)
    y = np.linspace(*surface.y_range, GRID)
    with np.errstate(all="ignore"):
        f = surface.at(np.stack(np.meshgrid(x, y)))[0]
    # To the digits in which rounding does not show: 0 is 0.
    minima = [{"x": a, "y": b, "text": f"f{point((a, b))} = {number(round(float(surface.at((a, b))[0]), 9))}"}
              for a, b in surface.minima]  # fmt: skip
    found = shaded(x, y, f, theme)
    # With it the browser reads off the loss anywhere on the map.
    found["relief"]["f"] = json.dumps(graph.program(graph.of(surface)["f"], surface.values))
    return {**found, "minima": pd.DataFrame(minima, columns=["x", "y", "text"])}


def shaded(x: np.ndarray, y: np.ndarray, f: np.ndarray, theme: Theme) -> dict[str, pd.DataFrame]:
    """The frames ``relief`` (the drawing and the corners it spans) and ``levels`` (points with text).

    Bands lie between quantiles of f over the map, rounded to two digits, so that each covers about the same area.

    Args:
        x, y: (GRID,) each.
        f: (GRID, GRID), a row for each y.
    """
    shades = getattr(MAP, theme).split()
    levels = _levels(f, 2 * len(shades) - 1)
    band = np.digitize(f, levels)
    crossings = sum(np.abs(np.diff(band, axis=axis)).sum() for axis in (0, 1)) / band.size
    if crossings > ROOM:
        levels = levels[:: math.ceil(crossings / ROOM)]
        band = np.digitize(f, levels)
    # Low is deep: the darkest shade in the light theme and the lightest in the dark one lies at the bottom.
    depths = np.linspace(len(shades) - 1, 0, len(levels) + 1).round().astype(int)
    fill = [shades[depth] for depth in depths]
    url = _drawing(contours.outlines(f, levels), fill, "#98A6B8" if theme == "light" else "#5B7088")
    return {
        "relief": pd.DataFrame([{"x": x[0], "x2": x[-1], "y": y[0], "y2": y[-1], "url": url}]),
        "levels": pd.DataFrame(_labels(x, y, band, levels), columns=["x", "y", "text"]),
    }


def _drawing(outlines: Sequence[str], fill: Sequence[str], line: str) -> str:
    """The URL of an SVG: what is below each level lies on what is below the next one."""
    side = contours.SIDE
    below = "".join(
        f"<path fill='{color}' d='{d}'/>" for d, color in reversed([*zip(outlines, fill, strict=False)]) if d
    )
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' class='relief' viewBox='0 0 {side} {side}' "
        f"preserveAspectRatio='none'><style>.relief path{{stroke:{line};vector-effect:non-scaling-stroke}}</style>"
        f"<rect width='{side}' height='{side}' fill='{fill[-1]}'/>{below}</svg>"
    )
    return "data:image/svg+xml," + quote(svg, safe=" '/:;,=<>{}")


def _levels(f: np.ndarray, count: int) -> np.ndarray:
    quantiles = np.quantile(f[np.isfinite(f)], np.linspace(0, 1, count + 2)[1:-1])
    # The lower half of the values holds the paths, and most of a steep surface's map: give its bottom finer levels.
    quantiles = np.concatenate([np.quantile(f[np.isfinite(f)], (0.002, 0.01, 0.03)), quantiles])
    return np.unique([float(f"{q:.2g}") for q in quantiles])


def _labels(x: np.ndarray, y: np.ndarray, band: np.ndarray, levels: np.ndarray) -> list[dict[str, Any]]:
    """Where level lines cross the map's diagonals and two lines beside them: one label a level, none near another."""
    labels: dict[float, tuple[float, float]] = {}
    along, quarter = np.arange(GRID), np.full(GRID, GRID // 4)
    for rows, columns in ((along, along), (along, along[::-1]), (quarter, along), (along, GRID - quarter)):
        bands = band[rows, columns]
        for i in np.flatnonzero(np.diff(bands)):
            level = float(levels[bands[i : i + 2].min()])
            up, right = (float(at[i : i + 2].mean()) / (GRID - 1) for at in (rows, columns))
            near = any(abs(up - other) < 0.07 and abs(right - beside) < 0.11 for other, beside in labels.values())
            if not near and level not in labels and 0.05 < up < 0.95 and 0.05 < right < 0.95:
                labels[level] = up, right
    return [
        {"x": x[0] + right * (x[-1] - x[0]), "y": y[0] + up * (y[-1] - y[0]), "text": number(level)}
        for level, (up, right) in labels.items()
    ]
