"""Chart specifications of the Learning-rate decay page, each built once and cached; data is sent by name.

Axes take their ranges from the data, so that a moved slider changes rows and nothing else.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt

from .. import charts
from ..charts import Axis, Looks, Spec
from ..palette import DASHES, FAINT, INK, Theme

LINE: dict[str, Any] = {"strokeJoin": "round", "clip": True, "tooltip": None, "order": False}


def _data(name: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(name))


def _lines(names: Sequence[str], looks: Looks, x: alt.X, y: alt.Y, **more: Any) -> list[alt.Chart]:
    """A line for each dataset, in its look as far as ``more`` does not say otherwise."""
    found: list[alt.Chart] = []
    for name, (color, dash) in zip(names, looks, strict=True):
        look: dict[str, Any] = {"color": color, "strokeDash": list(DASHES[dash]), "strokeWidth": 2} | LINE | more
        found.append(_data(name).mark_line(**look).encode(x, y))
    return found


def _in_epochs(layers: Sequence[Any], height: int) -> Spec:
    """Layers against step, and above them the same axis in epochs.  Data: ``span`` (step, epoch), its two ends."""
    axis = alt.Axis(orient="top", grid=False, tickCount=8, format="~f", titlePadding=4)
    epochs = alt.X("epoch:Q", title="epochs", axis=axis).scale(nice=False)
    span = _data("span").mark_point(opacity=0, tooltip=None)
    steps = alt.layer(*layers, span.encode(x=_step()))
    return charts.layered([steps, span.encode(x=epochs)], height, x="independent")


def _step() -> alt.X:
    axis = alt.Axis(tickMinStep=1, format=",d", grid=False)
    return alt.X("step:Q", title="step", axis=axis).scale(nice=False, zero=False)


@lru_cache(maxsize=256)
def rates_spec(axis: Axis, looks: Looks, height: int = 330) -> Spec:
    """The learning rate of each step.  Data: ``rate0`` and so on (run, step, epoch, y), ``span``."""
    title = "learning rate η"
    y = charts.value_axis("y:Q", title, axis)
    y = y if axis == "log" else y.scale(zero=True, nice=False)
    names = [f"rate{i}" for i in range(len(looks))]
    return _in_epochs(_lines(names, looks, _step(), y, interpolate="step-after"), height)


@lru_cache(maxsize=256)
def losses_spec(looks: Looks, theme: Theme, level: bool, height: int = 330) -> Spec:
    """Expected losses, behind them one run of each, and the ``level`` of the ball where there is one.

    Data: ``expected0``, ``single0`` and so on (run, step, epoch, y), ``level`` (y, text), ``span``.
    """
    x, y = _step(), charts.value_axis("y:Q", "loss f", "log")
    singles, expected = ([f"{name}{i}" for i in range(len(looks))] for name in ("single", "expected"))
    layers = [
        *_lines(singles, looks, x, y, strokeWidth=0.8, strokeOpacity=0.4, strokeDash=[1, 0]),
        *(_rule("level", y, theme) if level else []),
        *_lines(expected, looks, x, y, strokeWidth=2.4),
    ]
    return _in_epochs(layers, height)


def _rule(name: str, y: alt.Y, theme: Theme) -> list[alt.Chart]:
    """A level, and its name over the right end of it."""
    base, ink = _data(name).encode(y=y), getattr(INK, theme)
    text = base.mark_text(color=ink, align="right", baseline="bottom", dx=-6, dy=-4, fontSize=11, tooltip=None)
    rule = base.mark_rule(color=ink, strokeDash=[5, 4], strokeWidth=1.2, clip=True, tooltip=None)
    return [rule, text.encode(x=alt.XValue("width"), text=alt.Text("text:N"))]


@lru_cache(maxsize=256)
def ball_spec(looks: Looks, theme: Theme, height: int = 340) -> Spec:
    """Where the runs are in the second half of their steps, around the minimum, and the ball's size.

    Data: ``path0`` and so on (run, step, x, y), ``ring`` (x, y), ``corners`` (x, y).
    """
    ink = getattr(INK, theme)
    x = alt.X("x:Q", title="x", axis=alt.Axis(grid=False, tickCount=6)).scale(nice=False, zero=False)
    y = alt.Y("y:Q", title="y", axis=alt.Axis(grid=False, tickCount=6)).scale(nice=False, zero=False)
    ring = _data("ring").mark_line(color=ink, strokeDash=[5, 4], strokeWidth=1.4, **LINE).encode(x, y)
    names = [f"path{i}" for i in range(len(looks))]
    layers = [
        _data("corners").mark_point(opacity=0, tooltip=None).encode(x, y),
        *_lines(names, looks, x, y, strokeWidth=1.1, strokeOpacity=0.75, strokeDash=[1, 0]),
        ring,
    ]
    return charts.layered(layers, height)


@lru_cache(maxsize=256)
def radius_spec(theme: Theme, measured: bool, ends: bool, height: int = 340) -> Spec:
    """The ball's radius against the learning rate: the closed form, measurements, the edge, and where schedules end.

    Some ``measured`` and some ``ends`` are on the chart, or none: of an axis of no data the console warns.

    Data: ``theory`` (x, y), ``measured`` (x, y), ``edge`` (x, text), ``now`` (x, y), ``ends`` (run, x, y, color).
    """
    ink, faint = getattr(INK, theme), getattr(FAINT, theme)
    axis = alt.Axis(grid=False, labelOverlap=True, **charts.powers(1e-18, 1e7, 26))
    x = alt.X("x:Q", title="learning rate η, log scale", axis=axis).scale(type="log", nice=False)
    y = charts.value_axis("y:Q", "distance from the minimum, RMS", "log")
    edge = _data("edge").encode(x=x)
    dots: dict[str, Any] = {"filled": True, "opacity": 1, "clip": True, "tooltip": None}
    layers = [
        edge.mark_rule(color=faint, strokeDash=[5, 4], tooltip=None),
        edge.mark_text(color=ink, align="right", baseline="bottom", dx=-5, fontSize=11, tooltip=None).encode(
            # The curve rises to the edge: there is room below.
            y=alt.YValue(alt.ExprRef("height - 4")),
            text=alt.Text("text:N"),
        ),
        _data("theory").mark_line(color=ink, strokeWidth=1.8, **LINE).encode(x, y),
        *(
            [_data("measured").mark_point(color=faint, size=55, shape="square", **dots).encode(x, y)]
            if measured
            else []
        ),
        _data("now")
        .mark_point(color=ink, size=120, strokeWidth=2, opacity=1, tooltip=None)
        .encode(x=charts.placed("x", "x"), y=charts.placed("y", "y")),
        *([_data("ends").mark_point(size=85, **dots).encode(x, y, color=charts.COLOR)] if ends else []),
    ]
    return charts.layered(layers, height)


@lru_cache(maxsize=256)
def shares_spec(looks: Looks, height: int = 300) -> Spec:
    """The share of seeds that end at or below a loss.  Data: ``share0`` and so on (run, x, y)."""
    axis = alt.Axis(grid=False, **charts.value_ticks("log"))
    x = alt.X("x:Q", title="loss f at the last step", axis=axis).scale(type="log", nice=False)
    y = alt.Y("y:Q", title="share of seeds at or below", axis=alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format="%"))
    y = y.scale(domain=[0, 1.02], nice=False)
    names = [f"share{i}" for i in range(len(looks))]
    return charts.layered(_lines(names, looks, x, y), height)


@lru_cache(maxsize=256)
def lengths_spec(looks: Looks, theme: Theme, height: int = 360) -> Spec:
    """The length of each of Adam's steps over η.  Data: ``length0`` and so on (run, step, y), ``one`` (y, text)."""
    x, y = _step(), charts.value_axis("y:Q", "step / η", "log")
    names = [f"length{i}" for i in range(len(looks))]
    return charts.layered([*_rule("one", y, theme), *_lines(names, looks, x, y)], height)
