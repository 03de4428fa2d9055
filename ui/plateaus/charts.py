"""Chart specifications of the Plateaus page, each built once and cached; data is sent by name."""

from functools import lru_cache
from typing import Any

import altair as alt

from .. import charts
from ..charts import Looks, Spec
from ..frames import Box
from ..palette import COORDINATES, FAINT, INK, PAPER, Theme


@lru_cache(maxsize=256)
def root_spec(title: str, box: Box, theme: Theme) -> Spec:
    """The denominator's size without ε against step, and shaded beneath it where ε is larger.

    Data: ``size0``, ``size1`` (run, step, y) for the coordinates; ``epsilon`` (y, text); ``escape`` (step, text).
    """
    ink, shade = getattr(INK, theme), getattr(FAINT, theme)
    x, y = _axes(title, box)
    looks = tuple((getattr(COORDINATES[c], theme), 0) for c in "xy")
    bases = [alt.Chart(alt.NamedData(f"size{i}")).encode(x=x, y=y) for i in range(2)]
    epsilon = alt.Chart(alt.NamedData("epsilon")).encode(y=y)
    escape, at = alt.Chart(alt.NamedData("escape")), charts.placed("x", "step")
    words = {"fontSize": 11, "color": ink, "clip": True, "tooltip": None}
    late = "scale('x', datum.step) > width - 44"  # then its name stands before it
    beside: dict[str, Any] = {"align": alt.ExprRef(f"{late} ? 'right' : 'left'"), "dx": alt.ExprRef(f"{late} ? -4 : 4")}
    layers = [
        epsilon.mark_rect(color=shade, fillOpacity=0.22, clip=True, tooltip=None).encode(
            x=alt.XValue(0), x2=alt.X2Value("width"), y2=alt.Y2Value("height")
        ),
        epsilon.mark_rule(color=ink, strokeWidth=1.2, strokeDash=[5, 3], clip=True, tooltip=None).encode(
            x=alt.XValue(0), x2=alt.X2Value("width")
        ),
        escape.mark_rule(color=ink, strokeOpacity=0.45, strokeDash=[2, 3], clip=True, tooltip=None).encode(x=at),
        *charts.lines(bases, looks, 2),
        *(charts.dot(base, ["y"], color=color) for base, (color, _) in zip(bases, looks, strict=True)),
        epsilon.mark_text(**words, fontWeight=600, align="right", dx=-6, dy=10).encode(
            x=alt.XValue("width"), text=alt.Text("text:N")
        ),
        escape.mark_text(**words, **beside, dy=-8).encode(x=at, y=alt.YValue("height"), text=alt.Text("text:N")),
    ]
    return charts.finished(layers, 300)


@lru_cache(maxsize=256)
def rates_spec(title: str, box: Box, looks: Looks) -> Spec:
    """Effective learning rates against step, with a diamond at each escape.

    Data: ``rate0`` and so on (run, step, y); ``escape`` (step, y, color).
    """
    x, y = _axes(title, box)
    bases = [alt.Chart(alt.NamedData(f"rate{i}")).encode(x=x, y=y) for i in range(len(looks))]
    escape = alt.Chart(alt.NamedData("escape")).encode(x=charts.placed("x", "step"), y=y, color=charts.COLOR)
    layers = [
        *charts.lines(bases, looks, 2),
        *(charts.dot(base, ["y"], color=color) for base, (color, _) in zip(bases, looks, strict=True)),
        escape.mark_point(shape="diamond", size=110, filled=True, opacity=1, clip=True, tooltip=None),
    ]
    return charts.finished(layers, 300)


def _axes(title: str, box: Box) -> tuple[alt.X, alt.Y]:
    """Steps, and powers of ten."""
    axis = alt.Axis(grid=False, **charts.powers(box.bottom, box.top, 9))
    y = alt.Y("y:Q", title=title, axis=axis)
    return charts.step_axis(), y.scale(type="log", domain=[box.bottom, box.top], nice=False)


@lru_cache(maxsize=256)
def basin_spec(box: Box, axes: tuple[str, str], theme: Theme) -> Spec:
    """A map whose tiles are starts, coloured by where they end.

    Data: ``basins`` (the image and the corners it spans), ``minima`` (x, y, text), ``start`` (x, y).
    """
    ink, paper = getattr(INK, theme), getattr(PAPER, theme)
    x = alt.X("x:Q", title=f"start {axes[0]}", axis=alt.Axis(grid=False, labelBound=True, tickCount=6))
    y = alt.Y("y:Q", title=f"start {axes[1]}", axis=alt.Axis(grid=False, tickCount=6))
    x, y = x.scale(domain=[box.left, box.right], nice=False), y.scale(domain=[box.bottom, box.top], nice=False)
    tiles, minima, start = (alt.Chart(alt.NamedData(name)).encode(x=x, y=y) for name in ("basins", "minima", "start"))
    layers = [
        tiles.mark_image(aspect=False, tooltip=None).encode(x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"), url=alt.Url("url:N")),
        charts.halo(minima, theme, ink, fontSize=13, fontWeight=700),
        start.mark_point(size=90, strokeWidth=2, color=ink, fill=paper, opacity=1, clip=True, tooltip=None),
    ]
    return charts.layered(layers, 340)
