"""Chart specifications, each built once and shared by all visitors; data is sent by name: a moved slider changes rows.

Every chart with a step has the parameter ``upto``, which the player moves in the browser: lines are drawn up to it and
pale beyond it, and a dot marks the last point before it.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import altair as alt
import streamlit as st
from altair.utils.schemapi import disable_debug_mode

from optim.typeset import PLAIN

from .frames import Box, with_points
from .palette import DASHES, INK, PAPER, Theme
from .words import SUPERSCRIPTS

# Or every mark and scale is checked as it is made, which the first visitor waits for; a test checks the whole charts.
disable_debug_mode()

Spec = dict[str, Any]
Axis = Literal["linear", "log"]

MOST_STEPS = 20_000
"""Where the cursor is past the end of every run."""

COLOR = alt.Color("color:N", scale=None, legend=None)

Looks = tuple[tuple[str, int], ...]
"""Colour and dashes (a place in ``DASHES``) of each line: every run has a line and a dataset of its own, so that where
one run changes the others stay as they are."""


FRAME: Spec = {
    # Streamlit's theme leaves 20 px free below a chart and 16 px around the labels of its axes.
    "padding": {"left": 2, "top": 4, "right": 4, "bottom": 2},
    # A chart as a whole has a text alternative; to describe every point of every line doubles the time of a repaint.
    # Two legends stand close, one below the other: in a row they are cut off where charts share it.
    "config": {
        "aria": False,
        "mark": {"aria": False},
        "axis": {"labelPadding": 6, "titlePadding": 8},
        "legend": {
            "padding": 0,
            "offset": 8,
            "layout": {"expr": "{top: {direction: 'vertical', anchor: 'start', margin: 2}}"},
        },
    },
}
"""What all charts have in common."""


def draw(spec: Spec, data: dict[str, Any], *, key: str, alt: str) -> None:
    """Send a specification and its named data, in a container whose CSS class follows from ``key``.

    ``alt`` becomes part of the specification: a text that follows the values would rebuild the chart on each move.
    """
    with st.container(key=key):
        st.vega_lite_chart(
            {**spec, **FRAME, "datasets": with_points(data)}, key=f"{key}.chart", alt=alt, width="stretch"
        )


@lru_cache(maxsize=256)
def map_spec(box: Box, theme: Theme, looks: Looks, height: int = 420, axes: tuple[str, str] = ("x", "y")) -> Spec:
    """The map: relief, level labels, minima, paths, the cursor's dots, and where runs left.

    Data: ``relief``, ``levels``, ``minima``, ``start``, ``path0`` and so on, ``exits``.
    """
    ink, paper = getattr(INK, theme), getattr(PAPER, theme)
    x = alt.X("x:Q", title=axes[0], axis=alt.Axis(grid=False)).scale(domain=[box.left, box.right], nice=False)
    y = alt.Y("y:Q", title=axes[1], axis=alt.Axis(grid=False)).scale(domain=[box.bottom, box.top], nice=False)

    def base(data: str) -> alt.Chart:
        return alt.Chart(alt.NamedData(data)).encode(x=x, y=y)

    relief = (
        base("relief")
        .mark_image(aspect=False, tooltip=None)
        .encode(x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"), url=alt.Url("url:N"))
    )
    levels = halo(base("levels"), theme, ink, fontSize=10, fillOpacity=0.75)
    cross = base("minima").mark_point(shape="cross", size=130, filled=True, color=ink, stroke=paper, strokeWidth=1)
    start = base("start").mark_point(size=110, strokeWidth=2, color=ink, fill=paper, opacity=1)
    left = (
        base("exits")
        .mark_point(shape="cross", angle=45, size=160, filled=True, opacity=1, tooltip=None)
        .encode(color=COLOR)
    )
    sentences = halo(
        base("exits"),
        theme,
        alt.Color("color:N", scale=None, legend=None, condition={"test": "datum.shared", "value": ink}),
        fontSize=12,
        fontWeight=600,
        lineBreak="\n",
        lineHeight=14,
        dx=alt.ExprRef("clamp(scale('x', datum.x), datum.half, width - datum.half) - scale('x', datum.x)"),
        dy=alt.ExprRef("scale('y', datum.y) < height / 2 ? 18 : -4 - 14 * datum.lines"),
    )
    layers = [
        relief,
        levels,
        *lines([base(f"path{i}") for i in range(len(looks))], looks, 2.2),
        cross.encode(tooltip=alt.Tooltip("text:N", title="minimum")),
        start.encode(tooltip=alt.Tooltip("text:N", title="start")),
        *(dot(base(f"path{i}"), ["x", "y"], color=color, stroke=paper) for i, (color, _) in enumerate(looks)),
        left,
        sentences,
    ]
    return finished(layers, height)


def halo(chart: alt.Chart, theme: Theme, color: str | alt.Color, **text: Any) -> Any:
    """The chart's ``text`` so that it stays legible over lines and colours."""
    written = chart.encode(text=alt.Text("text:N"))
    stroke: dict[str, Any] = {"strokeWidth": 3, "strokeOpacity": 0.85}
    under = written.mark_text(**text, tooltip=None, color=getattr(PAPER, theme), stroke=getattr(PAPER, theme), **stroke)
    if isinstance(color, str):
        return under + written.mark_text(**text, tooltip=None, color=color)
    return under + written.mark_text(**text, tooltip=None).encode(color=color)


@lru_cache(maxsize=256)
def curve_spec(title: str, axis: Axis, looks: Looks, height: int = 200) -> Spec:
    """Curves of several runs against step.  Data: ``curve0`` and so on."""
    x, y = step_axis(), value_axis("y:Q", title, axis)
    bases = [alt.Chart(alt.NamedData(f"curve{i}")).encode(x=x, y=y) for i in range(len(looks))]
    dots = [dot(base, ["y"], color=color) for base, (color, _) in zip(bases, looks, strict=True)]
    return finished([*lines(bases, looks, 2), *dots], height)


@lru_cache(maxsize=256)
def times_spec(title: str, axis: Literal["log", "decay"], low: float, high: float, steps: int, looks: Looks) -> Spec:
    """Escape times against a hyperparameter, the present value marked; what never escapes stands at the top, by line.

    On a ``decay`` axis, that of a β, x is 1 − β and grows to the left.
    Data: ``times0`` and so on (x, y; nan is a gap), ``never`` (x, row, color), ``now`` (x, y, color; see ``present``).
    """
    height = 200
    room = 16 + 5 * (len(looks) - 1)
    decay = axis == "decay"
    marks = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 1e-4]
    ticks = {"values": marks, "labelExpr": "format(1 - datum.value, '.4~f')"} if decay else powers(low, high)
    x = alt.X("x:Q", title=title, axis=alt.Axis(grid=False, labelOverlap=True, labelBound=True, **ticks))
    x = x.scale(type="log", domain=[low, high], nice=False, reverse=decay)
    # Steps are counted on a log axis that leaves a strip free for those that have none.
    top = max(steps, 2) ** (height / (height - room))
    y = alt.Y("y:Q", title="step of escape", axis=alt.Axis(**powers(1, steps)))
    y = y.scale(type="log", domain=[1, top], nice=False)
    layers: list[Any] = []
    for i, (color, dash) in enumerate(looks):
        base = alt.Chart(alt.NamedData(f"times{i}")).encode(x=x, y=y)
        look = {"strokeDash": list(DASHES[dash]), "strokeJoin": "round", "clip": True, "tooltip": None, "order": False}
        layers.append(base.mark_line(color=color, strokeWidth=1.8, **look))
    never = alt.Chart(alt.NamedData("never")).encode(x=x, color=COLOR, y=alt.YValue(alt.ExprRef("4 + 5 * datum.row")))
    now = alt.Chart(alt.NamedData("now")).encode(x=x, y=y, color=COLOR)
    layers.append(never.mark_point(shape="triangle-up", size=18, filled=True, opacity=1, clip=True, tooltip=None))
    dot = {"size": 60, "filled": True, "opacity": 1, "clip": True, "tooltip": None}
    layers.append(now.transform_filter("isValid(datum.y)").mark_point(**dot))
    strip = now.transform_filter("!isValid(datum.y)").encode(y=alt.YValue(alt.ExprRef("4 + 5 * datum.row")))
    layers.append(strip.mark_point(**dot))
    return layered(layers, height)


def scientific(value: str, digits: int = 4) -> str:
    """A Vega expression for a number as it stands in sentences: ``0.01``, ``2,000``, ``10⁻⁴``, ``−2.5·10⁻⁴``.

    One that is written out has so many significant digits.
    """
    # From 9.9995 on a mantissa is rounded to 10: that is 1, one power higher.
    power = f"floor(log(abs({value}) / 9.9995) / LN10 + 1)"
    raised = f"toString({power})"
    for sign, small in SUPERSCRIPTS.items():
        raised = f"replace({raised}, regexp('{chr(sign)}', 'g'), '{chr(small)}')"
    mantissa = f"format({value} / pow(10, {power}), '.4~g')"
    factor = f"({mantissa} == '1' ? '' : {mantissa} == '−1' ? '−' : {mantissa} + '·')"
    plain = f"{value} == 0 || ({power} >= {PLAIN.start} && {power} < {PLAIN.stop})"
    return f"({plain} ? format({value}, ',.{digits}~r') : {factor} + '10' + {raised})"


# A label that Vega leaves empty stays so.
LABELS = f"datum.label && {scientific('datum.value', 6)}"
"""Labels of an axis of numbers."""


def powers(low: float, high: float, most: int = 7) -> dict[str, Any]:
    """Labels of a log axis: at most so many powers of ten."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    every = -(-(last - first + 1) // most)
    return {"values": [10.0**power for power in range(first, last + 1) if power % every == 0], "labelExpr": LABELS}


def finished(layers: list[Any], height: int) -> Spec:
    """The layers and the cursor: what the player moves, at the end until it does."""
    slider = alt.binding_range(min=0, max=MOST_STEPS, step=1, name="upto")
    return layered(layers, height, alt.param(name="upto", value=MOST_STEPS, bind=slider))


def layered(layers: Sequence[Any], height: int, *params: Any, **resolve: Any) -> Spec:
    """The layers as one view; ``resolve`` says which of their scales are independent.

    Altair's own layering copies each layer several times and checks it against the schema: four fifths of the time.
    The tests do the checking.
    """
    view: Spec = {"$schema": alt.SCHEMA_URL, "height": height, "layer": [_bare(layer) for layer in layers]}
    if params:
        view["params"] = [param.param.to_dict(validate=False) for param in params]
    if resolve:
        view["resolve"] = {"scale": resolve}
    return view


def _bare(layer: Any) -> Spec:
    """What a layer is where it does not stand alone."""
    return {name: value for name, value in layer.to_dict(validate=False).items() if name not in ("$schema", "config")}


def lines(bases: Sequence[alt.Chart], looks: Looks, width: float) -> list[alt.Chart]:
    """A line for each run: first all that is beyond the cursor, and over it what is before."""
    pairs = [
        line(base, width, color=color, strokeDash=list(DASHES[dash]))
        for base, (color, dash) in zip(bases, looks, strict=True)
    ]
    return [*(beyond for beyond, _ in pairs), *(line for _, line in pairs)]


def line(base: alt.Chart, width: float, **look: Any) -> tuple[alt.Chart, alt.Chart]:
    """A line beyond the cursor, pale, and before it.  Its rows are in order, and nan is a gap in it."""
    # Until there is a beyond only the first point is asked for: of no points at all the console would warn.
    first = f"data('{base.data.name}')[0].step"
    beyond = base.transform_filter(f"upto < {MOST_STEPS} || datum.step <= {first}")
    # What to show on pointing at it is for the dots; asking every point for it slows each repaint.
    look |= {"strokeJoin": "round", "clip": True, "tooltip": None, "order": False}
    return (
        beyond.mark_line(strokeWidth=width / 2, strokeOpacity=0.35, **look),
        base.transform_filter("datum.step <= upto").mark_line(strokeWidth=width, **look),
    )


def dot(base: alt.Chart, values: list[str], by: Sequence[str] = ("run",), **look: Any) -> alt.Chart:
    """The last point of each line before the cursor."""
    x = "x" if "x" in values else "step"
    return (
        base.transform_filter(f"datum.step <= upto && isValid(datum.y) && isValid(datum.{by[0]})")
        .transform_aggregate(last="argmax(step)", groupby=list(by))
        .transform_calculate(**{name: f"datum.last.{name}" for name in ["step", *values]})
        .mark_circle(size=60, opacity=1, strokeWidth=1.2, tooltip=None, **look)
        .encode(x=placed("x", x), y=placed("y", "y"))
    )


def placed(axis: Literal["x", "y"], field: str) -> Any:
    """A place on an axis for what lies among other marks: it has no part in the axis' range, and need not be there.

    Of a range that is to be found from no data at all the console warns.
    """
    # A channel by its class: what Altair must find the class for takes it several milliseconds.
    return {"x": alt.XValue, "y": alt.YValue}[axis](alt.ExprRef(f"scale('{axis}', datum.{field})"))


def step_axis() -> alt.X:
    return alt.X("step:Q", title="step", axis=alt.Axis(tickMinStep=1, format=",d")).scale(nice=False)


def value_ticks(axis: Axis) -> dict[str, Any]:
    """The ticks of an axis of values, whatever they are; a log one labels its decades only, whose minor ticks would be
    a fog of lines."""
    return {
        # Beyond this many decades Vega labels decades alone; below, it makes nine labels a decade and hides most.
        "tickCount": 4 if axis == "log" else 5,
        "format": "~g",
        "labelOverlap": True,
        "labelExpr": LABELS,
    }


def value_axis(field: str, title: str | None, axis: Axis, padding: float = 0) -> alt.Y:
    """A value axis, perhaps with a padding in pixels, where marks at its ends would be cut."""
    # Room for the usual labels, so that charts above one another begin at the same place.
    look = alt.Axis(minExtent=46, grid=axis == "linear", **value_ticks(axis))
    # A linear axis need not show 0; a log axis cannot, and warns if asked to.
    own: dict[str, Any] = {"zero": False} if axis == "linear" else {}
    if padding:
        own["padding"] = padding
    return alt.Y(field, title=title, axis=look, scale=alt.Scale(type=axis, nice=False, **own))
