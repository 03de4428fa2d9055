"""A surface as a shaded map: one small image with its level lines, their labels, and the minima."""

import base64
import io
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from PIL import Image

from optim import graph
from optim.surfaces import Surface

from .palette import MAP, Theme

PIXELS = 400


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
    """The frames ``relief``, ``levels`` and ``minima`` (points with text).

    The relief is the image, the corners that it spans, and the program of f.
    Bands lie between quantiles of f over the map, rounded to two digits, so that each covers about the same area.
    """
    shades = getattr(MAP, theme).split()
    x = np.linspace(*surface.x_range, PIXELS)
    y = np.linspace(*surface.y_range, PIXELS)
    with np.errstate(all="ignore"):
        f = surface.at(np.stack(np.meshgrid(x, y)))[0]
    levels = _levels(f, 2 * len(shades) - 1)
    band = np.digitize(f, levels)
    edge = np.zeros(band.shape, dtype=bool)
    edge[:-1] |= band[:-1] != band[1:]
    edge[:, :-1] |= band[:, :-1] != band[:, 1:]
    # Low is deep: the darkest shade in the light theme and the lightest in the dark one lies at the bottom.
    fill = (len(levels) - band) * len(shades) // (len(levels) + 1)
    line = "#98A6B8" if theme == "light" else "#5B7088"
    url = png(np.where(edge, len(shades), fill), [*shades, line])
    # With it the browser tells the loss anywhere on the map.
    program = json.dumps(graph.program(graph.of(surface)["f"], surface.values))
    (left, right), (bottom, top) = surface.x_range, surface.y_range
    minima = [{"x": a, "y": b, "text": f"f({a:.4g}, {b:.4g}) = {surface.at((a, b))[0]:.4g}"} for a, b in surface.minima]
    return {
        "relief": pd.DataFrame([{"x": left, "x2": right, "y": bottom, "y2": top, "url": url, "f": program}]),
        "levels": pd.DataFrame(_labels(x, y, band, levels), columns=["x", "y", "text"]),
        "minima": pd.DataFrame(minima, columns=["x", "y", "text"]),
    }


def _levels(f: np.ndarray, count: int) -> np.ndarray:
    quantiles = np.quantile(f[np.isfinite(f)], np.linspace(0, 1, count + 2)[1:-1])
    # The lower half of the values holds the paths, and most of a steep surface's map: give its bottom finer levels.
    quantiles = np.concatenate([np.quantile(f[np.isfinite(f)], (0.002, 0.01, 0.03)), quantiles])
    return np.unique([float(f"{q:.2g}") for q in quantiles])


def _labels(x: np.ndarray, y: np.ndarray, band: np.ndarray, levels: np.ndarray) -> list[dict[str, Any]]:
    """Where level lines cross the map's two diagonals, one label a level, none close to another."""
    labels: list[dict[str, Any]] = []
    taken: list[tuple[float, float]] = []
    margin = PIXELS // 20
    for flip in (False, True):
        rows = np.arange(PIXELS)
        columns = rows[::-1] if flip else rows
        along = band[rows, columns]
        for i in np.flatnonzero(np.diff(along)):
            row, column = int(rows[i]), int(columns[i])
            level = levels[min(along[i], along[i + 1])]
            spot = (row / PIXELS, column / PIXELS)
            near = any(abs(spot[0] - r) < 0.07 and abs(spot[1] - c) < 0.11 for r, c in taken)
            known = any(label["text"] == f"{level:g}" for label in labels)
            if near or known or not margin < row < PIXELS - margin or not margin < column < PIXELS - margin:
                continue
            taken.append(spot)
            labels.append({"x": float(x[column]), "y": float(y[row]), "text": f"{level:g}"})
    return labels
