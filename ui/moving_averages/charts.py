"""Chart specifications of the moving averages, each built once and cached; data is sent by name.

No text of a visitor's goes into them: titles and units come from the registries.
"""

import math
from typing import Any, Literal

import altair as alt
import streamlit as st

from .charts import Spec
from .palette import AVERAGES, FAINT, INK, Theme

AXIS = 62
"""About what of a chart's height its time axis takes."""

SUM = {"β": "1 − βᵗ", "α": "1 − (1 − α)ᵗ"}
WINDOW = {"β": "1/(1 − β)", "α": "1/α"}
"""The sum of an average's weights and about how many values it remembers, in either convention."""

DECADES = [1, 10, 100, 1000, 10_000]
"""Labels of a log axis of steps.  Vega makes a label of every multiple of ten, and then hides most of them."""

CORRECTED = "corrected"
PLAIN = "plain"

LOOK: dict[str, Any] = {"clip": True, "invalid": None, "strokeJoin": "round", "tooltip": None}


def _spec(layers: list[Any], height: int, *params: Any, **resolve: Any) -> Spec:
    """The layers as one view.  It has a text alternative as a whole; describing every point would double a repaint."""
    chart = alt.layer(*layers).resolve_scale(**resolve) if resolve else alt.layer(*layers)
    return chart.add_params(*params).properties(height=height).configure(aria=False).to_dict()


def _colors(slots: int, theme: Theme) -> alt.Color:
    """The colour of each average by its place."""
    shades = [getattr(shade, theme) for shade in AVERAGES[:slots]]
    return alt.Color("slot:N", scale=alt.Scale(domain=list(range(slots)), range=shades), legend=None)


def _points(data: str, width: float, theme: Theme, cap: Literal["round", "square"] = "round") -> alt.Chart:
    """The dots of ``data`` as a single path, broken between them, whose caps are the dots.

    Every mark is written anew whenever a chart's data changes: several hundred cost more than all else in it.
    """
    look = {"strokeOpacity": 0.55, "strokeWidth": width, "strokeCap": cap, "clip": True, "tooltip": None}
    return alt.Chart(alt.NamedData(data)).mark_line(color=getattr(FAINT, theme), order=False, **look)


def _time(name: str, shown: int, field: str = "t:Q") -> alt.X:
    return alt.X(field, title=f"{name} t", axis=alt.Axis(tickMinStep=1, grid=False, labelBound=True)).scale(
        domain=[0, shown], nice=False
    )


def _ticks(low: float, high: float, count: int = 6) -> list[float]:
    """About ``count`` round values from low to high."""
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.99)
    return [float(f"{i * step:.6g}") for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


@st.cache_data(show_spinner=False, max_entries=64)
def curves(
    slots: int, kinds: tuple[str, ...], shown: int, low: float, high: float, title: str, time: str, theme: Theme
) -> Spec:
    """The raw points, the averages over them, and each window 1/(1−β) as a bar on the time axis.

    Data: ``raw`` (t, y), ``curves0`` ... (t, corrected, plain), ``windows`` (slot, end, text).
    """
    height, strip = 470, 14 * slots + 8
    x = _time(time, shown)
    # The windows lie in a strip below the values.
    floor = low - (high - low) * strip / (height - AXIS - strip)
    scale = alt.Scale(domain=[floor, high], nice=False, zero=False)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title=title, scale=scale, axis=alt.Axis(values=_ticks(low, high)))

    layers: list[Any] = [_points("raw", 4.2, theme).encode(x=x, y=y("y"))]
    for slot in range(slots):
        base = alt.Chart(alt.NamedData(f"curves{slot}")).encode(x=x)
        color = getattr(AVERAGES[slot], theme)
        for kind in kinds:
            # The same line with and without correction is told apart by its dashes.
            dash = [5, 4] if kind == PLAIN else [1, 0]
            layers.append(base.mark_line(color=color, strokeWidth=2.1, strokeDash=dash, **LOOK).encode(y=y(kind)))
    level = alt.value(alt.ExprRef(f"height - {14 * slots - 5} + 14 * datum.slot"))
    bars = alt.Chart(alt.NamedData("windows")).encode(color=_colors(slots, theme), y=level)
    layers.append(bars.mark_rule(strokeWidth=5, clip=True).encode(x=x, x2="start:Q"))
    layers.append(
        bars.mark_text(
            align=alt.ExprRef(f"datum.t > {0.6 * shown} ? 'right' : 'left'"),
            dx=alt.ExprRef(f"datum.t > {0.6 * shown} ? -6 : 6"),
            dy=alt.ExprRef(f"datum.t > {0.6 * shown} ? -8 : 1"),
            fontSize=11,
            clip=True,
        ).encode(x=x, text="text:N")
    )
    return _spec(layers, height)


@st.cache_data(show_spinner=False, max_entries=64)
def bias(slots: int, last: int, time: str, symbol: str, theme: Theme) -> Spec:
    """1 − βᵗ and the step from which it is within 1 % of 1.

    Data: ``bias`` (slot, t, y), ``settled`` (slot, t, y, text).
    """
    height = 230
    x = alt.X("t:Q", title=f"{time} t, log scale", axis=alt.Axis(format="~s", grid=False, values=DECADES))
    x = x.scale(type="log", domain=[1, last], nice=False)
    y = alt.Y("y:Q", title=f"sum of weights, {SUM[symbol]}", axis=alt.Axis(values=[0, 0.25, 0.5, 0.75, 1]))
    y = y.scale(domain=[0, (height - AXIS) / (height - AXIS - 13 * slots - 6)], nice=False)
    color = _colors(slots, theme)
    lines = alt.Chart(alt.NamedData("bias")).mark_line(strokeWidth=2, **LOOK).encode(x=x, y=y, color=color)
    settled = alt.Chart(alt.NamedData("settled")).encode(x=x, color=color)
    label = alt.value(alt.ExprRef("9 + 13 * datum.slot"))
    near = alt.ExprRef(f"log(datum.t) > {0.75} * log({last}) ? 'right' : 'left'")
    side = alt.ExprRef(f"log(datum.t) > {0.75} * log({last}) ? -6 : 6")
    return _spec(
        [
            lines,
            settled.mark_rule(strokeDash=[2, 3], strokeOpacity=0.8, clip=True).encode(y=label, y2=alt.value("height")),
            settled.mark_point(size=45, filled=True, opacity=1, clip=True).encode(y=y),
            settled.mark_text(align=near, dx=side, fontSize=11, clip=True).encode(y=label, text="text:N"),
        ],
        height,
    )


@st.cache_data(show_spinner=False, max_entries=64)
def weights(
    betas: tuple[float, ...],
    at: int,
    first: int,
    shown: int,
    low: float,
    high: float,
    title: str,
    time: str,
    symbol: str,
    theme: Theme,
) -> Spec:
    """One average whose β is scrubbed in the browser, and beneath it the weights behind the point that is pointed at.

    It opens with the β whose place in ``betas`` is ``at``, and at step ``first``.
    Data: ``raw`` (t, y), ``averages`` (k, t, corrected, plain) for every k-th β, ``steps`` (t).
    """
    height, upper, lower, top = 430, 275, 310, 34
    ink, accent = (getattr(shade, theme) for shade in (INK, AVERAGES[1]))
    back = WINDOW[symbol]
    bars, slow = 240, getattr(AVERAGES[2], theme)
    x = _time(time, shown)
    unit = (high - low) / (upper - top)
    scale = alt.Scale(domain=[low - (height - upper) * unit, high + top * unit], nice=False, zero=False)
    look = alt.Axis(values=_ticks(low, high, 4), titleAnchor="end", titleAlign="right")

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title=title, scale=scale, axis=look)

    # The parameters: β by its place, and with what follows from it and from the step that is pointed at.
    place = alt.param(
        name="place", value=at, bind=alt.binding_range(min=0, max=len(betas) - 1, step=1, name=f"{symbol} ")
    )
    beta = alt.param(name="beta", expr=f"[{','.join(f'{b!r}' for b in betas)}][place]")
    here = alt.param(name="here", expr="isArray(pick.t) ? pick.t[0] : start")
    start = alt.param(name="start", value=first)
    stride = alt.param(name="stride", expr=f"max(1, ceil(6 / (1 - beta) / {bars}))")
    pick = alt.selection_point(
        name="pick", fields=["t"], on="pointermove", nearest=True, empty=False, clear=False, encodings=["x"]
    )

    curve = alt.Chart(alt.NamedData("averages")).transform_filter("datum.k == place").encode(x=x)
    point = curve.transform_filter("datum.t == here").mark_point(size=80, filled=True, color=accent, opacity=1)
    step = alt.Chart(alt.NamedData("steps"))
    rule = step.transform_filter("datum.t == here").mark_rule(color=ink, strokeOpacity=0.5, strokeDash=[2, 3])
    age = (
        alt.Chart(alt.SequenceGenerator(alt.SequenceParams(start=0, stop=bars, step=1, **{"as": "i"})))
        .transform_calculate(n="datum.i * stride")
        .transform_filter("datum.n < here")
        .transform_calculate(
            weight="(1 - beta) * pow(beta, datum.n)",
            t="here - datum.n",
            left="here - datum.n - 0.45 * stride",
            right="here - datum.n + 0.45 * stride",
            inside="datum.n <= 1 / (1 - beta)",
        )
    )
    newest = alt.Axis(
        values=alt.ExprRef("[0, (1 - beta) / 2, 1 - beta]"),
        format=".3~g",
        orient="right",
        grid=False,
    )
    w = alt.Y("weight:Q", title=None, axis=newest)
    w = w.scale(domainMin=0, domainMax=alt.ExprRef(f"{height / (height - lower)} * (1 - beta)"), nice=False)
    tips = [
        alt.Tooltip("n:Q", title="steps back n"),
        alt.Tooltip("weight:Q", title="weight", format=".4~g"),
    ]
    bar = age.mark_bar(color=accent, clip=True).encode(
        x=alt.X("left:Q", title=f"{time} t").scale(domain=[0, shown], nice=False),
        x2="right:Q",
        y=w,
        y2=alt.datum(0),
        fillOpacity=alt.condition("datum.inside", alt.value(0.9), alt.value(0.35)),
        tooltip=tips,
    )
    one = alt.Chart(alt.SequenceGenerator(alt.SequenceParams(start=0, stop=1, step=1, **{"as": "i"})))
    fold = one.transform_calculate(
        t="max(0, here - 1 / (1 - beta))",
        edge="here",
        weight="(1 - beta) * pow(beta, 1 / (1 - beta))",
        text=f"'1/e after {back} = ' + format(1 / (1 - beta), '.4~g')",
    ).transform_filter("beta > 0 && here > 1 / (1 - beta)")
    level = fold.mark_rule(color=ink, strokeDash=[2, 3], strokeOpacity=0.7).encode(x=x, x2="edge:Q", y=w)
    dot = fold.mark_point(size=45, filled=True, color=ink, opacity=1).encode(x=x, y=w)
    # Left of its point, unless there is no room for it.
    narrow = f"here < {shown} * min(150 / width, 0.5)"
    share = fold.mark_text(
        color=ink,
        align=alt.ExprRef(f"{narrow} ? 'left' : 'right'"),
        dx=alt.ExprRef(f"{narrow} ? 8 + width * (datum.edge - datum.t) / {shown} : -8"),
        dy=-8,
        fontSize=11,
    ).encode(x=x, y=w, text="text:N")
    told = curve.transform_filter("datum.t == here").transform_calculate(
        value=f"'{symbol} = ' + format({'1 - beta' if symbol == 'α' else 'beta'}, '.4~g') + ' · t = ' + here + "
        "' · average ' + format(datum.corrected, '.4~g')",
        total=f"'sum of the weights {SUM[symbol]} = ' + format(1 - pow(beta, here), '.4~f') + "
        "(pow(beta, here) >= 0.00005 ? '; the other ' + format(pow(beta, here), '.4~f') + ' lie on v₀ = 0' : '')",
    )
    over = [
        told.mark_text(align="left", fontSize=12, fontWeight=weight, color=ink).encode(
            x=alt.value(4), y=alt.value(line), text=f"{text}:N"
        )
        for text, weight, line in (("value", 600, 4), ("total", 400, 20))
    ]
    power = "α(1 − α)ⁿ" if symbol == "α" else "(1 − β)βⁿ"
    left = f"here > {shown / 2}"
    named = one.mark_text(
        align=alt.ExprRef(f"{left} ? 'left' : 'right'"), fontSize=11, color=ink, fillOpacity=0.75
    ).encode(
        x=alt.value(alt.ExprRef(f"{left} ? 4 : width - 4")),
        y=alt.value(alt.ExprRef(f"{lower / height} * height")),
        text=alt.value(f"weight {power} of the value n {time}s back"),
    )
    touch = (
        step.mark_point(opacity=1, fillOpacity=0, strokeOpacity=0, size=1)
        .encode(x=x, y=alt.value(upper / 2), tooltip=alt.value(None))
        .add_params(pick)
    )
    layers = [
        _points("raw", 3.9, theme).encode(x=x, y=y("y")),
        curve.mark_line(color=slow, strokeDash=[5, 4], strokeWidth=1.6, **LOOK).encode(y=y(PLAIN)),
        curve.mark_line(color=accent, strokeWidth=2.2, **LOOK).encode(y=y(CORRECTED)),
        rule.encode(x=x),
        point.encode(y=y(CORRECTED)),
        bar,
        level,
        dot,
        share,
        *over,
        named,
        touch,
    ]
    return _split(layers, height, [place, beta, start, here, stride])


def _split(layers: list[Any], height: int, params: list[Any]) -> Spec:
    """Curves above and bars below in one view: two scales of y share its height, and what is pointed at."""
    above = alt.layer(*layers[:5])
    below = alt.layer(*layers[5:9])
    chart = alt.layer(above, below, *layers[9:]).resolve_scale(y="independent").add_params(*params)
    return chart.properties(height=height).configure(aria=False).to_dict()


MARKS = (0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998)
"""Where the axis of β is labelled."""


@st.cache_data(show_spinner=False, max_entries=64)
def trade(lag: bool, slots: int, time: str, symbol: str, theme: Theme) -> Spec:
    """Noise or lag against β, whose axis is logarithmic in 1 − β.

    Data: ``theory`` (gap, y), ``found0`` and ``found1`` (gap, y; for the lag one kind only), ``now`` (slot, gap, y,
    kind) and ``rules`` (slot, gap): the present averages, with and without something to measure.
    """
    ink = getattr(INK, theme)
    values = [round(1 - b, 6) for b in MARKS]
    label = "format(datum.value, '.4~g')" if symbol == "α" else "format(1 - datum.value, '.4~f')"
    x = alt.X("gap:Q", title=f"{symbol}, in steps of log(1 − β)", sort="descending")
    x = x.axis(values=values, labelExpr=label, grid=False, labelOverlap=True, labelBound=True)
    x = x.scale(type="log", domain=[0.0018, 1.05], nice=False, reverse=True)
    if lag:
        ticks = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500]
        y = alt.Y("y:Q", title=f"lag in {time}s", axis=alt.Axis(values=ticks)).scale(type="symlog", domain=[0, 560])
    else:
        y = alt.Y(
            "y:Q", title="variance ratio", axis=alt.Axis(format="~g", values=[1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001])
        )
        y = y.scale(type="log", domain=[0.0006, 2], nice=False)
    theory = alt.Chart(alt.NamedData("theory")).mark_line(color=ink, strokeWidth=1.6, **LOOK).encode(x=x, y=y)
    shapes = alt.Shape(
        "kind:N", legend=None, scale=alt.Scale(domain=["noise", "whole", "lag"], range=["circle", "square", "circle"])
    )
    caps: tuple[Literal["round", "square"], ...] = ("round",) if lag else ("round", "square")
    found = [_points(f"found{i}", 5.5, theme, cap).encode(x=x, y=y) for i, cap in enumerate(caps)]
    now = alt.Chart(alt.NamedData("now")).encode(x=x, color=_colors(slots, theme))
    rules = alt.Chart(alt.NamedData("rules")).encode(x=x, color=_colors(slots, theme))
    dots = now.mark_point(size=90, filled=True, opacity=1, clip=True).encode(y=y, shape=shapes)
    return _spec(
        [
            rules.mark_rule(strokeOpacity=0.6, strokeWidth=1.5, clip=True),
            theory,
            *found,
            dots,
        ],
        260,
    )


@st.cache_data(show_spinner=False, max_entries=64)
def factor(theme: Theme) -> Spec:
    """Adam's step without correction over that with it.  Data: ``factor`` (t, y), ``peak`` (t, y, text)."""
    ink, accent = getattr(INK, theme), getattr(AVERAGES[1], theme)
    x = alt.X("t:Q", title="step t, log scale", axis=alt.Axis(format="~s", grid=False, values=DECADES))
    x = x.scale(type="log", domain=[1, 10_000], nice=False)
    y = alt.Y("y:Q", title="step without correction / η", axis=alt.Axis(tickCount=5)).scale(zero=True, nice=True)
    line = alt.Chart(alt.NamedData("factor")).mark_line(color=accent, strokeWidth=2.2, **LOOK).encode(x=x, y=y)
    one = alt.Chart(alt.NamedData("one")).encode(y=y)
    peak = alt.Chart(alt.NamedData("peak")).encode(x=x, y=y)
    far = "datum.t > 300"
    side = alt.ExprRef(f"{far} ? -10 : 10")
    return _spec(
        [
            one.mark_rule(color=ink, strokeDash=[5, 4], strokeWidth=1.5),
            one.mark_text(align="right", dx=-4, dy=-8, fontSize=11, color=ink).encode(
                x=alt.value("width"), text="text:N"
            ),
            line,
            peak.mark_point(size=70, filled=True, opacity=1, color=accent),
            peak.mark_text(
                align=alt.ExprRef(f"{far} ? 'right' : 'left'"), dx=side, dy=-4, fontSize=12, fontWeight=600, color=ink
            ).encode(text="text:N"),
        ],
        320,
    )
