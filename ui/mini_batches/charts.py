"""Chart specifications of the Mini-batches page, each built once and cached; data is sent by name."""

from functools import lru_cache
from typing import Any

import altair as alt

from .. import charts
from ..charts import Axis, Looks, Spec
from ..palette import DASHES, FAINT, INK, Theme

LINE: dict[str, Any] = {"strokeJoin": "round", "clip": True, "tooltip": None, "order": False}


def _data(name: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(name))


def _across(axis: str) -> alt.X:
    """Updates, epochs or examples seen."""
    field, title = ("step:Q", "updates") if axis == "updates" else ("x:Q", axis)
    look = alt.Axis(grid=False, labelBound=True, labelExpr=charts.LABELS)
    return alt.X(field, title=title if axis != "examples" else "examples seen", axis=look).scale(nice=False, zero=False)


@lru_cache(maxsize=256)
def costs_spec(axis: str, scale: Axis, looks: Looks, height: int = 380) -> Spec:
    """Costs over all examples, and behind them those of the mini-batches.

    Data: ``full0``, ``batch0`` and so on (run, step, y, and against epochs and examples x).
    """
    x, y = _across(axis), charts.value_axis("y:Q", "cost J", scale)
    layers: list[Any] = []
    for name, width, opacity in (("batch", 0.9, 0.4), ("full", 2.4, 1.0)):
        for i, (color, dash) in enumerate(looks):
            look: dict[str, Any] = {"color": color, "strokeWidth": width, "strokeOpacity": opacity}
            look["strokeDash"] = list(DASHES[dash if name == "full" else 0])
            layers.append(_data(f"{name}{i}").mark_line(**look, **LINE).encode(x, y))
    return charts.layered(layers, height)


@lru_cache(maxsize=256)
def accuracies_spec(axis: str, looks: Looks, height: int = 380) -> Spec:
    """Shares of the test that are read correctly.  Data: ``accuracy0`` and so on (run, step, y, perhaps x)."""
    y = alt.Y("y:Q", title="test accuracy", axis=alt.Axis(format="%", tickCount=6))
    y = y.scale(domain=[0, 1], nice=False)
    layers: list[Any] = []
    for i, (color, dash) in enumerate(looks):
        mark = _data(f"accuracy{i}").mark_line(color=color, strokeDash=list(DASHES[dash]), strokeWidth=2, **LINE)
        layers.append(mark.encode(_across(axis), y))
    return charts.layered(layers, height)


@lru_cache(maxsize=16)
def noise_spec(theme: Theme, height: int = 320) -> Spec:
    """The noise of the gradient against batch size: in closed form, as σ/√B, and as measured.

    Data: ``theory``, ``infinite``, ``measured`` (x, y), ``own`` (x, y, color).
    """
    ink, faint = getattr(INK, theme), getattr(FAINT, theme)
    axis = alt.Axis(grid=False, values=[2**i for i in range(12)], format=",d", labelOverlap=True)
    x = alt.X("x:Q", title="batch size B, log scale", axis=axis).scale(type="log", nice=False, padding=8)
    y = charts.value_axis("y:Q", "‖gradient of B − of all‖, RMS", "log", padding=8)
    dots: dict[str, Any] = {"filled": True, "opacity": 1, "clip": True, "tooltip": None}
    layers = [
        _data("infinite").mark_line(color=faint, strokeDash=[5, 4], strokeWidth=1.4, **LINE).encode(x, y),
        _data("theory").mark_line(color=ink, strokeWidth=1.8, **LINE).encode(x, y),
        _data("measured").mark_point(color=faint, size=55, shape="square", **dots).encode(x, y),
        _data("own")
        .mark_point(size=95, **dots)
        .encode(x=charts.placed("x", "x"), y=charts.placed("y", "y"), color=charts.COLOR),
    ]
    return charts.layered(layers, height)
