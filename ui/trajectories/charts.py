"""The chart of the quantities inside one optimizer."""

from functools import lru_cache

import altair as alt

from ..charts import Axis, Spec, dot, finished, line, step_axis, value_axis
from ..palette import COORDINATES, DASHES, Theme


@lru_cache(maxsize=256)
def inside_spec(
    names: tuple[str, ...],
    labels: tuple[str, ...],
    coordinates: tuple[str, str],
    axis: Axis,
    theme: Theme,
    height: int = 240,
) -> Spec:
    """Quantities of one optimizer against step, by coordinate (colour) and quantity (dash).  Data: ``inside``."""
    legend = {"title": None, "orient": "top", "symbolSize": 220, "symbolOpacity": 1}
    colors = alt.Scale(domain=list(coordinates), range=[getattr(COORDINATES[c], theme) for c in "xy"])
    color = alt.Color("coordinate:N", scale=colors, legend=alt.Legend(**legend, symbolType="stroke"))
    named = "{" + ", ".join(f"'{n}': '{label}'" for n, label in zip(names, labels, strict=True)) + "}[datum.label]"
    dash = alt.StrokeDash("quantity:N", scale=alt.Scale(domain=list(names), range=[list(dash) for dash in DASHES]))
    dash = dash.legend(**legend, labelExpr=named) if len(names) > 1 else dash.legend(None)
    base = alt.Chart(alt.NamedData("inside")).encode(x=step_axis(), y=value_axis("y:Q", None, axis), color=color)
    return finished([*line(base.encode(strokeDash=dash), 1.8), dot(base, ["y"], ["quantity", "coordinate"])], height)
