"""Chart specifications, each built once and cached; data is sent by name, so that a moved slider changes rows only.

Every chart with a step has the parameter ``upto``, which the player moves in the browser: lines are drawn up to it, and a
dot marks the last point before it.
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


def draw(spec: Spec, data: dict[str, Any], *, key: str, alt: str, **options: Any) -> Any:
    """Send a specification and its named data."""
    return st.vega_lite_chart({**spec, "datasets": data}, key=key, alt=alt, width="stretch", **options)


def _cursor() -> alt.Parameter:
    """What the player moves; drawn to the end until it does."""
    return alt.param(name="upto", value=MOST_STEPS, bind=alt.binding_range(min=0, max=MOST_STEPS, step=1, name="upto"))


def _last(base: alt.Chart, by: str) -> alt.Chart:
    """The last point of each line up to the cursor."""
    return (
        base.transform_filter("datum.step <= upto")
        .transform_joinaggregate(last="max(step)", groupby=[by])
        .transform_filter("datum.step == datum.last")
    )


def _dash() -> alt.StrokeDash:
    return alt.StrokeDash("dash:O", scale=alt.Scale(domain=list(range(len(DASHES))), range=DASHES), legend=None)


@st.cache_data(show_spinner=False, max_entries=64)
def map_spec(box: Box, theme: Theme, height: int = 470) -> Spec:
    """The map: relief, level labels, minima, paths, the cursor's dots, and where runs left.

    Data: ``relief``, ``levels``, ``minima``, ``start``, ``paths``, ``exits``.
    """
    ink, paper = ("#1B2430", "#FFFFFF") if theme == "light" else ("#E4E8EE", "#12161C")
    x = alt.X("x:Q", title="x", axis=alt.Axis(grid=False)).scale(domain=[box.left, box.right], nice=False)
    y = alt.Y("y:Q", title="y", axis=alt.Axis(grid=False)).scale(domain=[box.bottom, box.top], nice=False)
    color = alt.Color("color:N", scale=None, legend=None)

    relief = (
        alt.Chart(alt.NamedData("relief")).mark_image(aspect=False).encode(x=x, x2="x2:Q", y=y, y2="y2:Q", url="url:N")
    )
    levels = (
        alt.Chart(alt.NamedData("levels"))
        .mark_text(fontSize=10, opacity=0.75, color=ink, stroke=paper, strokeWidth=2.5, strokeOpacity=0.8)
        .encode(x=x, y=y, text="text:N")
    )
    levels = levels + levels.mark_text(fontSize=10, opacity=0.75, color=ink)
    minima = (
        alt.Chart(alt.NamedData("minima"))
        .mark_point(shape="cross", size=130, filled=True, color=ink, stroke=paper, strokeWidth=1)
        .encode(x=x, y=y, tooltip=[alt.Tooltip("text:N", title="minimum")])
    )
    paths = alt.Chart(alt.NamedData("paths"))
    line = paths.mark_line(strokeWidth=2.2, strokeJoin="round", clip=True).encode(
        x=x, y=y, color=color, strokeDash=_dash(), detail="part:N", order="step:Q"
    )
    ahead = line.mark_line(strokeWidth=1.2, opacity=0.25, clip=True)
    walked = line.transform_filter("datum.step <= upto")
    dots = _last(paths, "run").mark_circle(size=75, opacity=1, stroke=paper, strokeWidth=1.2).encode(
        x=x, y=y, color=color,
        tooltip=[alt.Tooltip("run:N"), alt.Tooltip("step:Q", format=".4~g"), alt.Tooltip("x:Q", format=".4~g"),
                 alt.Tooltip("y:Q", format=".4~g")],
    )  # fmt: skip
    start = (
        alt.Chart(alt.NamedData("start"))
        .mark_point(size=110, strokeWidth=2, color=ink, fill=paper, opacity=1)
        .encode(x=x, y=y, tooltip=[alt.Tooltip("text:N", title="start")])
    )
    left = alt.Chart(alt.NamedData("exits"))
    exits = left.mark_point(shape="cross", angle=45, size=160, filled=True, opacity=1, clip=False).encode(
        x=x, y=y, color=color
    )
    text = {
        "fontSize": 12,
        "fontWeight": 600,
        "align": alt.ExprRef(_inwards("x", box.left, box.right, "'left'", "'center'", "'right'")),
        "dx": alt.ExprRef(_inwards("x", box.left, box.right, "12", "0", "-12")),
        "dy": alt.ExprRef(_inwards("y", box.bottom, box.top, "-14", "0", "14")),
    }
    told = left.mark_text(**text, stroke=paper, strokeWidth=4, strokeOpacity=0.9).encode(x=x, y=y, text="text:N")
    told = told + left.mark_text(**text).encode(x=x, y=y, text="text:N", color=color)
    return (
        alt.layer(relief, levels, ahead, walked, minima, start, dots, exits, told)
        .add_params(_cursor())
        .properties(height=height)
        .configure(aria=False)
        .to_dict()
    )


def _inwards(field: str, low: float, high: float, at_low: str, between: str, at_high: str) -> str:
    """An expression that keeps a mark's text away from the edge that the mark stands at."""
    near = 0.2 * (high - low)
    return f"datum.{field} < {low + near} ? {at_low} : datum.{field} > {high - near} ? {at_high} : {between}"


@st.cache_data(show_spinner=False, max_entries=64)
def curve_spec(title: str, axis: Axis, height: int = 200) -> Spec:
    """Curves of several runs against step.  Data: ``curves``."""
    x = alt.X("step:Q", title="step", axis=alt.Axis(tickMinStep=1, format="~s")).scale(nice=False)
    scale = alt.Scale(type=axis, nice=False, **_from_zero(axis))
    y = alt.Y("y:Q", title=title, scale=scale, axis=_value_axis(axis))
    color = alt.Color("color:N", scale=None, legend=None)
    curves = alt.Chart(alt.NamedData("curves"))
    line = curves.mark_line(strokeWidth=2).encode(
        x=x, y=y, color=color, strokeDash=_dash(), detail="part:N", order="step:Q"
    )
    return (
        alt.layer(
            line.mark_line(strokeWidth=1.2, opacity=0.25),
            line.transform_filter("datum.step <= upto"),
            _last(curves, "run").mark_circle(size=45, opacity=1).encode(
                x=x, y=y, color=color,
                tooltip=[alt.Tooltip("run:N"), alt.Tooltip("step:Q", format=".4~g"),
                         alt.Tooltip("y:Q", title=title, format=".4~g")],
            ),
        )
        .add_params(_cursor())
        .properties(height=height)
        .configure(aria=False)
        .to_dict()
    )  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=64)
def inside_spec(names: tuple[str, ...], labels: tuple[str, ...], axis: Axis, theme: Theme, height: int = 240) -> Spec:
    """Quantities of one optimizer against step, by coordinate (colour) and quantity (dash).  Data: ``inside``."""
    colors = [getattr(COORDINATES[c], theme) for c in "xy"]
    x = alt.X("step:Q", title="step", axis=alt.Axis(tickMinStep=1, format="~s")).scale(nice=False)
    y = alt.Y("value:Q", title=None, axis=_value_axis(axis))
    y = y.scale(type=axis, **_from_zero(axis))
    legend = alt.Legend(
        title=None, orient="top", symbolType="stroke", symbolSize=220, symbolOpacity=1, columnPadding=12
    )
    named = "{" + ", ".join(f"'{n}': '{label}'" for n, label in zip(names, labels, strict=True)) + "}[datum.label]"
    dash = alt.StrokeDash("quantity:N", scale=alt.Scale(domain=list(names), range=DASHES))
    dash = (
        dash.legend(title=None, orient="top", labelExpr=named, symbolSize=220, symbolOpacity=1)
        if len(names) > 1
        else dash.legend(None)
    )
    data = alt.Chart(alt.NamedData("inside"))
    color = alt.Color("coordinate:N", scale=alt.Scale(domain=["x", "y"], range=colors), legend=legend)
    line = data.mark_line(strokeWidth=1.8).encode(x=x, y=y, color=color, strokeDash=dash)
    return (
        alt.layer(
            line.mark_line(strokeWidth=1.2, opacity=0.25),
            line.transform_filter("datum.step <= upto"),
            data.transform_filter("datum.step <= upto")
            .transform_joinaggregate(last="max(step)", groupby=["quantity", "coordinate"])
            .transform_filter("datum.step == datum.last")
            .mark_circle(size=40, opacity=1)
            .encode(x=x, y=y, color=color, tooltip=["quantity:N", "coordinate:N", "step:Q", alt.Tooltip("value:Q", format=".4~g")]),
        )
        .add_params(_cursor())
        .properties(height=height)
        .configure(aria=False)
        .to_dict()
    )  # fmt: skip


def _value_axis(axis: Axis) -> alt.Axis:
    """A log axis labels its decades; its minor ticks would be a fog of lines."""
    return alt.Axis(tickCount=5, format="~g", grid=axis == "linear", labelOverlap=True)


def _from_zero(axis: Axis) -> dict[str, bool]:
    """A linear axis need not show 0; a log axis cannot, and warns when told so."""
    return {"zero": False} if axis == "linear" else {}
