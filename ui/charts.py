"""Chart specifications, each built once and cached; data is sent by name, so that a moved slider changes rows only.

Every chart with a step has the parameter ``upto``, which the player moves in the browser: lines are drawn up to it and
pale beyond it, and a dot marks the last point before it.
"""

from typing import Any, Literal

import altair as alt
import streamlit as st

from .frames import Box
from .palette import COORDINATES, Theme

Spec = dict[str, Any]
Axis = Literal["linear", "log"]

MOST_STEPS = 2000

DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3]]
"""Told apart by eye: the first, second, ... run of the same optimizer."""

COLOR = alt.Color("color:N", scale=None, legend=None)
DASH = alt.StrokeDash("dash:O", scale=alt.Scale(domain=list(range(len(DASHES))), range=DASHES), legend=None)


def draw(spec: Spec, data: dict[str, Any], *, key: str, alt: str) -> None:
    """Send a specification and its named data, in a container whose CSS class follows from ``key``."""
    with st.container(key=key):
        st.vega_lite_chart({**spec, "datasets": data}, key=f"{key}.chart", alt=alt, width="stretch")


@st.cache_data(show_spinner=False, max_entries=64)
def map_spec(box: Box, theme: Theme, height: int = 470) -> Spec:
    """The map: relief, level labels, minima, paths, the cursor's dots, and where runs left.

    Data: ``relief``, ``levels``, ``minima``, ``start``, ``paths``, ``exits``.
    """
    ink, paper = ("#1B2430", "#FFFFFF") if theme == "light" else ("#E4E8EE", "#12161C")
    x = alt.X("x:Q", title="x", axis=alt.Axis(grid=False)).scale(domain=[box.left, box.right], nice=False)
    y = alt.Y("y:Q", title="y", axis=alt.Axis(grid=False)).scale(domain=[box.bottom, box.top], nice=False)

    def base(data: str) -> alt.Chart:
        return alt.Chart(alt.NamedData(data)).encode(x=x, y=y)

    def halo(chart: alt.Chart, color: Any, **text: Any) -> alt.LayerChart:
        """Text that stays legible over lines."""
        written = chart.encode(text="text:N")
        under = written.mark_text(**text, color=paper, stroke=paper, strokeWidth=3, strokeOpacity=0.85)
        return under + (
            written.mark_text(**text, color=color) if color else written.mark_text(**text).encode(color=COLOR)
        )

    relief = base("relief").mark_image(aspect=False).encode(x2="x2:Q", y2="y2:Q", url="url:N")
    levels = halo(base("levels"), ink, fontSize=10, opacity=0.75)
    cross = base("minima").mark_point(shape="cross", size=130, filled=True, color=ink, stroke=paper, strokeWidth=1)
    start = base("start").mark_point(size=110, strokeWidth=2, color=ink, fill=paper, opacity=1)
    left = base("exits").mark_point(shape="cross", angle=45, size=160, filled=True, opacity=1).encode(color=COLOR)
    told = halo(
        base("exits"),
        None,
        fontSize=12,
        fontWeight=600,
        align=alt.ExprRef(_inwards("x", box.left, box.right, "'left'", "'center'", "'right'")),
        dx=alt.ExprRef(_inwards("x", box.left, box.right, "12", "0", "-12")),
        dy=alt.ExprRef(_inwards("y", box.bottom, box.top, "-14", "0", "14")),
    )
    layers = [
        relief,
        levels,
        *_lines(base("paths").encode(color=COLOR), 2.2, DASH, "part:N"),
        cross.encode(tooltip=alt.Tooltip("text:N", title="minimum")),
        start.encode(tooltip=alt.Tooltip("text:N", title="start")),
        _dots(base("paths").encode(color=COLOR), ["run", "color"], ["x", "y"], paper),
        left,
        told,
    ]
    return _finished(layers, height)


@st.cache_data(show_spinner=False, max_entries=64)
def curve_spec(title: str, axis: Axis, height: int = 200) -> Spec:
    """Curves of several runs against step.  Data: ``curves``."""
    base = alt.Chart(alt.NamedData("curves")).encode(x=_step(), y=_value("y:Q", title, axis), color=COLOR)
    return _finished([*_lines(base, 2, DASH, "part:N"), _dots(base, ["run", "color"], ["y"])], height)


@st.cache_data(show_spinner=False, max_entries=64)
def inside_spec(names: tuple[str, ...], labels: tuple[str, ...], axis: Axis, theme: Theme, height: int = 240) -> Spec:
    """Quantities of one optimizer against step, by coordinate (colour) and quantity (dash).  Data: ``inside``."""
    legend = {"title": None, "orient": "top", "symbolSize": 220, "symbolOpacity": 1}
    colors = alt.Scale(domain=["x", "y"], range=[getattr(COORDINATES[c], theme) for c in "xy"])
    color = alt.Color("coordinate:N", scale=colors, legend=alt.Legend(**legend, symbolType="stroke"))
    named = "{" + ", ".join(f"'{n}': '{label}'" for n, label in zip(names, labels, strict=True)) + "}[datum.label]"
    dash = alt.StrokeDash("quantity:N", scale=alt.Scale(domain=list(names), range=DASHES))
    dash = dash.legend(**legend, labelExpr=named) if len(names) > 1 else dash.legend(None)
    base = alt.Chart(alt.NamedData("inside")).encode(x=_step(), y=_value("y:Q", None, axis), color=color)
    return _finished([*_lines(base, 1.8, dash), _dots(base, ["quantity", "coordinate"], ["y"])], height)


def _finished(layers: list[Any], height: int) -> Spec:
    """The layers and the cursor: what the player moves, at the end until it does."""
    slider = alt.binding_range(min=0, max=MOST_STEPS, step=1, name="upto")
    chart = alt.layer(*layers).add_params(alt.param(name="upto", value=MOST_STEPS, bind=slider))
    # The chart as a whole has a text alternative; describing every point of every line doubles the time of a repaint.
    return chart.properties(height=height).configure(aria=False).to_dict()


def _lines(base: alt.Chart, width: float, dash: alt.StrokeDash, *detail: str) -> list[alt.Chart]:
    """Lines up to the cursor, and pale beyond it.

    What every point of every line would be asked on each repaint is switched off: whether it is finite, as frames only
    hold finite numbers; what to tell on pointing at it, which the dots do; and the pale line, until there is a beyond.
    """
    line = base.encode(strokeDash=dash, detail=list(detail), order="step:Q")
    beyond = f"upto < {MOST_STEPS} || datum.step < 1"
    look = {"strokeJoin": "round", "clip": True, "invalid": None, "tooltip": None}
    return [
        line.transform_filter(beyond).mark_line(strokeWidth=width / 2, opacity=0.35, **look),
        line.transform_filter("datum.step <= upto").mark_line(strokeWidth=width, **look),
    ]


def _dots(base: alt.Chart, by: list[str], values: list[str], edge: str | None = None) -> alt.Chart:
    """The last point of each line before the cursor, with its numbers on pointing at it."""
    look = {"stroke": edge, "strokeWidth": 1.2} if edge else {}
    tips = [alt.Tooltip(f"{name}:N") for name in by if name != "color"]
    tips += [alt.Tooltip(f"{name}:Q", format=".4~g") for name in ["step", *values]]
    return (
        base.transform_filter("datum.step <= upto")
        .transform_aggregate(last="argmax(step)", groupby=by)
        .transform_calculate(**{name: f"datum.last.{name}" for name in ["step", *values]})
        .mark_circle(size=60, opacity=1, **look)
        .encode(tooltip=tips)
    )


def _step() -> alt.X:
    return alt.X("step:Q", title="step", axis=alt.Axis(tickMinStep=1, format="~s")).scale(nice=False)


def _value(field: str, title: str | None, axis: Axis) -> alt.Y:
    """A value axis; a log one labels its decades only, whose minor ticks would be a fog of lines."""
    look = alt.Axis(tickCount=5, format="~g", grid=axis == "linear", labelOverlap=True)
    # A linear axis need not show 0; a log axis cannot, and warns when told so.
    zero = {"zero": False} if axis == "linear" else {}
    return alt.Y(field, title=title, axis=look, scale=alt.Scale(type=axis, nice=False, **zero))


def _inwards(field: str, low: float, high: float, at_low: str, between: str, at_high: str) -> str:
    """An expression that keeps a mark's text away from the edge that the mark stands at."""
    near = 0.2 * (high - low)
    return f"datum.{field} < {low + near} ? {at_low} : datum.{field} > {high - near} ? {at_high} : {between}"
