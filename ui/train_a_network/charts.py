"""Chart specifications of the Train-a-network page, each built once and cached; data is sent by name."""

from functools import lru_cache
from typing import Any

import altair as alt

from .. import charts
from ..charts import Axis, Looks, Spec
from ..palette import DASHES, INK, Theme

_LINE: dict[str, Any] = {"strokeJoin": "round", "clip": True, "tooltip": None, "order": False}


@lru_cache(maxsize=256)
def curves(title: str, axis: Axis, steps: int, looks: Looks, theme: Theme, share: bool = False) -> Spec:
    """A value of every run against step; a ``share`` in percent, and what was changed is written below.

    Data: ``curve0`` and so on (run, step, y; nan is a gap), ``events`` (step, text, color, row): a value was changed.
    """
    x, y = _steps(steps), charts.value_axis("y:Q", title, axis)
    if share:
        y = alt.Y("y:Q", title=title, axis=alt.Axis(format=".4~p", minExtent=46, tickCount=5)).scale(zero=False)
    return charts.layered(_with_events(_lines("curve", looks, x, y), x, theme, low=share), 300)


@lru_cache(maxsize=256)
def sharpness(title: str, axis: Axis, steps: int, looks: Looks, bounds: Looks, theme: Theme) -> Spec:
    """The sharpness of every run against step, thick, and its threshold, thin.

    Data: ``curve0`` and so on, ``bound0`` and so on (run, step, y), ``events``.
    """
    x, y = _steps(steps), charts.value_axis("y:Q", title, axis)
    lines = [*_lines("bound", bounds, x, y, 1), *_lines("curve", looks, x, y, 2.4)]
    return charts.layered(_with_events(lines, x, theme), 300)


@lru_cache(maxsize=64)
def histogram(title: str, layers: int, theme: Theme) -> Spec:
    """How many of each layer's parameters have which size, on a log axis, and where ε is.

    Data: ``bars0`` and so on (low, high, y), ``epsilon`` (x, text).
    """
    x = alt.X("low:Q", title=title, axis=alt.Axis(grid=False, **charts.powers(1e-14, 1e2, 9)))
    x = x.scale(type="log", domain=[1e-14, 1e2], nice=False)
    y = alt.Y("y:Q", title="share of the layer's parameters", axis=alt.Axis(format="~%", tickCount=4))
    found: list[Any] = []
    for i in range(layers):
        bars = alt.Chart(alt.NamedData(f"bars{i}")).encode(x=x, y=y)
        look = {"interpolate": "step-after", "strokeWidth": 2, "color": layer_color(i, theme), **_LINE}
        found.append(bars.mark_line(**look))
    ink = getattr(INK, theme)
    epsilon = alt.Chart(alt.NamedData("epsilon")).encode(x=alt.X("x:Q").scale(type="log"))
    found.append(epsilon.mark_rule(color=ink, strokeDash=[5, 3], clip=True, tooltip=None))
    words = epsilon.mark_text(color=ink, fontWeight=600, align="left", dx=5, dy=8, clip=True, tooltip=None)
    found.append(words.encode(y=alt.YValue(0), text=alt.Text("text:N")))
    return charts.layered(found, 240)


@lru_cache(maxsize=64)
def norms(steps: int, layers: int, theme: Theme) -> Spec:
    """The norm of the gradient's part in each layer against step.  Data: ``curve0`` and so on, ``events``."""
    x, y = _steps(steps), charts.value_axis("y:Q", "gradient norm in the layer", "log")
    looks = tuple((layer_color(i, theme), 0) for i in range(layers))
    return charts.layered(_with_events(_lines("curve", looks, x, y), x, theme), 240)


@lru_cache(maxsize=128)
def rates(looks: Looks, updates: int) -> Spec:
    """The loss after short runs against the learning rate.

    Data: ``curve0`` and so on (run, x, y), ``picks`` (x, y, color, shape): what the rules pick.
    """
    x = alt.X("x:Q", title="learning rate η", axis=alt.Axis(grid=False, **charts.powers(1e-5, 10)))
    x = x.scale(type="log", domain=[1e-5, 10], nice=False)
    y = charts.value_axis("y:Q", f"training loss after {updates} updates", "log", padding=8)
    layers = _lines("curve", looks, x, y)
    picks = alt.Chart(alt.NamedData("picks")).encode(x=x, y=charts.placed("y", "y"), color=charts.COLOR)
    picks = picks.encode(shape=alt.Shape("shape:N", scale=None, legend=None))
    layers.append(picks.mark_point(size=80, filled=True, opacity=1, clip=True, tooltip=None))
    return charts.layered(layers, 300)


@lru_cache(maxsize=128)
def plane(looks: Looks, domain: tuple[float, float, float, float], theme: Theme) -> Spec:
    """Paths in the plane of one path's first two principal directions, over the loss around them.

    Data: ``relief`` (the image and the corners it spans), ``levels`` (x, y, text), ``curve0`` and so on (run, step, x,
    y), ``ends`` (x, y, color).
    """
    left, right, bottom, top = domain
    x = alt.X("x:Q", title="first principal direction", axis=alt.Axis(grid=False)).scale(
        domain=[left, right], nice=False
    )
    y = alt.Y("y:Q", title="second principal direction", axis=alt.Axis(grid=False))
    y = y.scale(domain=[bottom, top], nice=False)
    relief = alt.Chart(alt.NamedData("relief")).encode(
        x=x, y=y, x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"), url=alt.Url("url:N")
    )
    levels = alt.Chart(alt.NamedData("levels")).encode(x=x, y=y)
    ends = alt.Chart(alt.NamedData("ends")).encode(x=x, y=y, color=charts.COLOR)
    layers = [
        relief.mark_image(aspect=False, tooltip=None),
        charts.halo(levels, theme, getattr(INK, theme), fontSize=10, fillOpacity=0.75),
        *_lines("curve", looks, x, y),
        ends.mark_circle(size=70, opacity=1, clip=True, tooltip=None),
    ]
    return charts.layered(layers, 380)


LAYERS = {
    "light": ("#0B6DB0", "#C98500", "#00865F", "#B6598F"),
    "dark": ("#4BA3E3", "#F0B429", "#2FC598", "#E59AC6"),
}
"""Of the first, second, ... layer."""


def layer_color(i: int, theme: Theme) -> str:
    return LAYERS[theme][i % len(LAYERS[theme])]


def _steps(steps: int) -> alt.X:
    axis = alt.Axis(tickMinStep=1, format=",d", grid=False)
    return alt.X("step:Q", title="step", axis=axis).scale(domain=[0, steps], nice=False)


def _lines(name: str, looks: Looks, x: alt.X, y: alt.Y, width: float = 2) -> list[Any]:
    return [
        alt.Chart(alt.NamedData(f"{name}{i}"))
        .encode(x=x, y=y)
        .mark_line(color=color, strokeWidth=width, strokeDash=list(DASHES[dash]), **_LINE)
        for i, (color, dash) in enumerate(looks)
    ]


def _with_events(lines: list[Any], x: alt.X, theme: Theme, low: bool = False) -> list[Any]:
    """The lines, with rules under them where a value was changed, and over them what was changed."""
    events = alt.Chart(alt.NamedData("events")).encode(x=x)
    rule = events.mark_rule(strokeDash=[3, 3], strokeWidth=1.4, clip=True, tooltip=None).encode(color=charts.COLOR)
    place = alt.YValue(alt.ExprRef("height - 8 - 14 * datum.row" if low else "8 + 14 * datum.row"))
    look: dict[str, Any] = {"align": "left", "dx": 4, "fontSize": 11, "fontWeight": 600, "clip": True}
    return [rule, *lines, charts.halo(events.encode(y=place), theme, charts.COLOR, **look)]
