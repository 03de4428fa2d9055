"""Chart specifications of the saddle points, each built once and cached; data is sent by name."""

from functools import lru_cache
from typing import Any

import altair as alt

from .. import charts
from ..charts import Looks, Spec
from ..frames import Box
from ..palette import DASHES, FAINT, INK, Theme

FELT = (1e-12, 1e12)
"""What the chart of the stability edge can show."""


@lru_cache(maxsize=256)
def map_spec(box: Box, theme: Theme, looks: Looks, axes: tuple[str, str]) -> Spec:
    """The map, and over its relief the line at the escape radius.  Data: the map's, and ``radius`` (x, y)."""
    spec = charts.map_spec(box, theme, looks, axes=axes)
    places = {name: spec["layer"][0]["encoding"][name] for name in ("x", "y")}
    look = {"color": getattr(INK, theme), "strokeDash": [5, 4], "strokeWidth": 1.2, "strokeOpacity": 0.6}
    mark = {"type": "line", "order": False, "tooltip": None, "clip": True, **look}
    line = {"data": {"name": "radius"}, "encoding": places, "mark": mark}
    return spec | {"layer": [spec["layer"][0], line, *spec["layer"][1:]]}


@lru_cache(maxsize=256)
def distance_spec(title: str, looks: Looks, theme: Theme, height: int = 400) -> Spec:
    """Distances from the stable axis against step, the closed forms over them, and the escape radius.

    Data: ``curve0`` and so on, ``theory`` (step, y; a row of nan between two lines), ``radius`` (y, text).
    """
    x, y = charts.step_axis(), charts.value_axis("y:Q", title, "log")
    bases = [alt.Chart(alt.NamedData(f"curve{i}")).encode(x=x, y=y) for i in range(len(looks))]
    dots = [charts.dot(base, ["y"], color=color) for base, (color, _) in zip(bases, looks, strict=True)]
    look = {"color": getattr(INK, theme), "strokeWidth": 2, "strokeDash": [1.5, 6]}
    theory = alt.Chart(alt.NamedData("theory")).encode(x=x, y=y)
    dotted = theory.mark_line(**look, order=False, tooltip=None, clip=True)
    return charts.finished([*_rule("radius", y, theme), *charts.lines(bases, looks, 2), dotted, *dots], height)


@lru_cache(maxsize=256)
def eigenvalues_spec(look: tuple[str, int], theme: Theme, height: int = 200) -> Spec:
    """The Hessian's eigenvalues along one path, the larger solid and the smaller dashed.

    Data: ``large`` and ``small`` (run, step, y), ``zero`` (y, text).
    """
    x, y = charts.step_axis(), charts.value_axis("y:Q", "eigenvalues", "linear")
    bases = [alt.Chart(alt.NamedData(name)).encode(x=x, y=y) for name in ("large", "small")]
    dots = [charts.dot(base, ["y"], color=look[0]) for base in bases]
    lines = charts.lines(bases, ((look[0], 0), (look[0], 1)), 2)
    return charts.finished([*_rule("zero", y, theme), *lines, *dots], height)


@lru_cache(maxsize=256)
def edge_spec(look: tuple[str, int], theme: Theme, edge: bool, height: int = 200) -> Spec:
    """The curvature in units of the effective learning rates, and the stability ``edge`` where one is known.

    Data: ``felt`` (run, step, y), ``edge`` (step, until, y, text).
    """
    y = charts.value_axis("y:Q", "effective η × curvature", "log")
    base = alt.Chart(alt.NamedData("felt")).encode(x=charts.step_axis(), y=y)
    dot = charts.dot(base, ["y"], color=look[0])
    rule = _rule("edge", y, theme, x=charts.step_axis(), x2=alt.X2("until:Q")) if edge else []
    # The name of the edge stays legible over an oscillation about it.
    return charts.finished([*rule[:1], *charts.lines([base], (look,), 2), dot, *rule[1:]], height)


@lru_cache(maxsize=256)
def shares_spec(steps: int, looks: Looks, height: int = 240) -> Spec:
    """The share of seeds that have escaped by each step.  Data: ``share0`` and so on (step, y)."""
    x = charts.step_axis().scale(domain=[0, steps], nice=False)
    y = alt.Y("y:Q", title="share of seeds escaped", axis=alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format="%"))
    y = y.scale(domain=[0, 1.02], nice=False)
    layers: list[Any] = []
    for i, (color, dash) in enumerate(looks):
        look = {"strokeDash": DASHES[dash], "interpolate": "step-after", "clip": True, "tooltip": None, "order": False}
        base = alt.Chart(alt.NamedData(f"share{i}")).encode(x=x, y=y)
        layers.append(base.mark_line(color=color, strokeWidth=2, **look))
    return charts.layered(layers, height)


def _rule(data: str, y: alt.Y, theme: Theme, **across: Any) -> list[alt.Chart]:
    """A level, and its name under the right end of it, or over it where the axis would be beneath."""
    base, faint = alt.Chart(alt.NamedData(data)).encode(y=y), getattr(FAINT, theme)
    place = base.encode(x=alt.XValue(alt.ExprRef("width - 6")))
    dy = alt.ExprRef("scale('y', datum.y) > height - 20 ? -16 : 5")
    return [
        base.encode(**across).mark_rule(color=faint, strokeDash=[5, 4], tooltip=None),
        charts.halo(place, theme, getattr(INK, theme), align="right", baseline="top", dy=dy, fontSize=11),
    ]
