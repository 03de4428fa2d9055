"""Chart specifications of the saddle points, each built once and cached; data is sent by name."""

from typing import Any

import altair as alt
import streamlit as st

from . import charts
from .charts import DASHES, Looks, Spec
from .frames import Box
from .palette import FAINT, INK, Theme

DECADES = [10.0**power for power in range(-18, 7)]
"""Labels of a log axis: Vega makes one of every multiple of ten, and then hides most of them."""

SHORT = "datum.value < 0.01 ? format(datum.value, '.0e') : format(datum.value, '~g')"


@st.cache_data(show_spinner=False, max_entries=64)
def map_spec(box: Box, theme: Theme, looks: Looks, axes: tuple[str, str]) -> Spec:
    """The map, and over its relief the line at which a run is out.  Data: the map's, and ``out`` (x, y)."""
    spec = charts.map_spec(box, theme, looks, axes=axes)
    places = {name: spec["layer"][0]["encoding"][name] for name in ("x", "y")}
    look = {
        "type": "line",
        "color": getattr(INK, theme),
        "strokeDash": [5, 4],
        "strokeWidth": 1.2,
        "strokeOpacity": 0.6,
    }
    line = {"data": {"name": "out"}, "encoding": places, "mark": look | {"order": False, "tooltip": None, "clip": True}}
    return spec | {"layer": [spec["layer"][0], line, *spec["layer"][1:]]}


@st.cache_data(show_spinner=False, max_entries=64)
def distance(title: str, looks: Looks, theme: Theme, height: int = 320) -> Spec:
    """Distances from the stable axis against step, the theory's over them, and the radius that counts as out.

    Data: ``curve0`` and so on, ``theory`` (step, y; a row of nan between two lines), ``radius`` (y, text).
    """
    x, y, ink = charts._step(), _decades(title), getattr(INK, theme)
    bases = [alt.Chart(alt.NamedData(f"curve{i}")).encode(x=x, y=y) for i in range(len(looks))]
    dots = [charts._dot(base, ["y"], color=color) for base, (color, _) in zip(bases, looks, strict=True)]
    dotted = {"strokeDash": [0.5, 5], "strokeCap": "round", "order": False, "tooltip": None, "clip": True}
    theory = alt.Chart(alt.NamedData("theory")).encode(x=x, y=y).mark_line(color=ink, strokeWidth=1.7, **dotted)
    return charts._finished([*_rule("radius", y, theme), *charts._lines(bases, looks, 2), theory, *dots], height)


@st.cache_data(show_spinner=False, max_entries=64)
def eigenvalues(look: tuple[str, int], theme: Theme, height: int = 200) -> Spec:
    """The Hessian's eigenvalues along one path, the larger solid and the smaller dashed.

    Data: ``large`` and ``small`` (run, step, y), ``zero`` (y, text).
    """
    x, y = charts._step(), charts._value("y:Q", "eigenvalues", "linear")
    bases = [alt.Chart(alt.NamedData(name)).encode(x=x, y=y) for name in ("large", "small")]
    dots = [charts._dot(base, ["y"], color=look[0]) for base in bases]
    lines = charts._lines(bases, ((look[0], 0), (look[0], 1)), 2)
    return charts._finished([*_rule("zero", y, theme), *lines, *dots], height)


@st.cache_data(show_spinner=False, max_entries=64)
def edge(title: str, look: tuple[str, int], theme: Theme, height: int = 200) -> Spec:
    """The curvature that one optimizer feels, against the edge beyond which its steps would grow.

    Data: ``felt`` (run, step, y), ``edge`` (y, text).
    """
    base = alt.Chart(alt.NamedData("felt")).encode(x=charts._step(), y=_decades(title))
    dot = charts._dot(base, ["y"], color=look[0])
    return charts._finished([*_rule("edge", _decades(title), theme), *charts._lines([base], (look,), 2), dot], height)


@st.cache_data(show_spinner=False, max_entries=64)
def shares(steps: int, looks: Looks, height: int = 240) -> Spec:
    """The share of seeds that are out by each step.  Data: ``share0`` and so on (step, y)."""
    x = alt.X("step:Q", title="step t", axis=alt.Axis(tickMinStep=1, format="~s", grid=False, labelBound=True))
    x = x.scale(domain=[0, steps], nice=False)
    y = alt.Y("y:Q", title="share of seeds that are out", axis=alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format="%"))
    y = y.scale(domain=[0, 1.02], nice=False)
    layers: list[Any] = []
    for i, (color, dash) in enumerate(looks):
        look = {"strokeDash": DASHES[dash], "interpolate": "step-after", "clip": True, "tooltip": None, "order": False}
        base = alt.Chart(alt.NamedData(f"share{i}")).encode(x=x, y=y)
        layers.append(base.mark_line(color=color, strokeWidth=2, **look))
    return alt.layer(*layers).properties(height=height).configure(aria=False).to_dict()


def _decades(title: str) -> alt.Y:
    axis = alt.Axis(values=DECADES, labelExpr=SHORT, grid=False, labelOverlap=True, minExtent=40)
    return alt.Y("y:Q", title=title, axis=axis).scale(type="log", nice=False)


def _rule(data: str, y: alt.Y, theme: Theme) -> list[alt.Chart]:
    """A level, and its name under the right end of it."""
    base, faint = alt.Chart(alt.NamedData(data)).encode(y=y), getattr(FAINT, theme)
    name = base.encode(x=alt.value(alt.ExprRef("width - 6")), text="text:N")
    return [
        base.mark_rule(color=faint, strokeDash=[5, 4], tooltip=None),
        name.mark_text(color=faint, align="right", baseline="top", dy=5, fontSize=11, tooltip=None),
    ]
