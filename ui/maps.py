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
from .words import number, point

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
    """The frames of ``shaded``, whose relief has the program of f too, and ``minima`` (points with text)."""
    x = np.linspace(*surface.x_range, PIXELS)
    y = np.linspace(*surface.y_range, PIXELS)
    with np.errstate(all="ignore"):
        f = surface.at(np.stack(np.meshgrid(x, y)))[0]
    # To the digits in which rounding does not show: 0 is 0.
    minima = [{"x": a, "y": b, "text": f"f{point((a, b))} = {number(round(float(surface.at((a, b))[0]), 9))}"}
              for a, b in surface.minima]  # fmt: skip
    found = shaded(x, y, f, theme)
    # With it the browser tells the loss anywhere on the map.
    found["relief"]["f"] = json.dumps(graph.program(graph.of(surface)["f"], surface.values))
    return {**found, "minima": pd.DataFrame(minima, columns=["x", "y", "text"])}


def shaded(x: np.ndarray, y: np.ndarray, f: np.ndarray, theme: Theme) -> dict[str, pd.DataFrame]:
    """The frames ``relief`` (the image and the corners it spans) and ``levels`` (points with text).

    Bands lie between quantiles of f over the map, rounded to two digits, so that each covers about the same area.

    Args:
        x, y: (PIXELS,) each.
        f: (PIXELS, PIXELS), a row for each y.
    """
    shades = getattr(MAP, theme).split()
    levels = _levels(f, 2 * len(shades) - 1)
    band = np.digitize(f, levels)
    edge = np.zeros(band.shape, dtype=bool)
    edge[:-1] |= band[:-1] != band[1:]
    edge[:, :-1] |= band[:, :-1] != band[:, 1:]
    # Low is deep: the darkest shade in the light theme and the lightest in the dark one lies at the bottom.
    fill = (len(levels) - band) * len(shades) // (len(levels) + 1)
    line = "#98A6B8" if theme == "light" else "#5B7088"
    url = png(np.where(edge, len(shades), fill), [*shades, line])
    return {
        "relief": pd.DataFrame([{"x": x[0], "x2": x[-1], "y": y[0], "y2": y[-1], "url": url}]),
        "levels": pd.DataFrame(_labels(x, y, band, levels), columns=["x", "y", "text"]),
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
            level = float(levels[min(along[i], along[i + 1])])
            spot = (row / PIXELS, column / PIXELS)
            near = any(abs(spot[0] - r) < 0.07 and abs(spot[1] - c) < 0.11 for r, c in taken)
            known = any(label["text"] == number(level) for label in labels)
            if near or known or not margin < row < PIXELS - margin or not margin < column < PIXELS - margin:
                continue
            taken.append(spot)
            labels.append({"x": float(x[column]), "y": float(y[row]), "text": number(level)})
    return labels
