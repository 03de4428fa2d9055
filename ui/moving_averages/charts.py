"""Chart specifications of the moving averages, each built once and cached; data is sent by name.

No text of a visitor's goes into them: titles and units come from the registries, and the names of averages are data.
"""

import math
from typing import Any, Literal

import altair as alt
import streamlit as st

from ..charts import LABELS, Spec, layered, powers, scientific
from ..palette import AVERAGES, COORDINATES, FAINT, INK, Theme

AXIS = 62
"""About what of a chart's height its time axis takes."""

SUM = {"β": "1 − βᵗ", "α": "1 − (1 − α)ᵗ"}
WINDOW = {"β": "1/(1 − β)", "α": "1/α"}
"""The sum of an average's weights and about how many values it covers, in either convention."""

DASH = {"corrected": [1, 0], "plain": [5, 4], "first": [2, 2]}
"""The same average with another start is distinguished by its dashes."""

LOOK: dict[str, Any] = {"clip": True, "invalid": None, "strokeJoin": "round", "tooltip": None}


def _data(name: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(name))


def _colors(count: int, theme: Theme) -> alt.Color:
    """The colour of each average by its place."""
    shades = [getattr(shade, theme) for shade in AVERAGES[:count]]
    return alt.Color("place:N", scale=alt.Scale(domain=list(range(count)), range=shades), legend=None)


def _points(data: str, width: float, theme: Theme, cap: Literal["round", "square"] = "round") -> alt.Chart:
    """The dots of ``data`` as a single path, broken between them, whose caps are the dots.

    Every mark is written anew whenever a chart's data changes: several hundred cost more than all else in it.
    """
    look = {"strokeOpacity": 0.55, "strokeWidth": width, "strokeCap": cap, "clip": True, "tooltip": None}
    return _data(data).mark_line(color=getattr(FAINT, theme), order=False, **look)


def _gaps(x: alt.X, theme: Theme) -> alt.Chart:
    """A pale band wherever values are missing.  Data: ``gaps`` (t, end)."""
    band = _data("gaps").mark_rect(color=getattr(FAINT, theme), opacity=0.25, clip=True, tooltip=None)
    return band.encode(x=x, x2=alt.X2("end:Q"))


def _dot(shown: int) -> float:
    """How wide the dots of so many values are."""
    return 4.2 if shown > 60 else 7.0


def _pointer(data: str, x: alt.X, count: int, tips: dict[str, str]) -> alt.Chart:
    """What is shown on pointing anywhere above a step: columns of texts and their titles."""
    width = alt.ExprRef(f"max(3, 1.1 * width / {count})")
    bar = _data(data).mark_rule(strokeOpacity=0, strokeWidth=width, clip=True)
    return bar.encode(x=x, tooltip=[alt.Tooltip(f"{name}:N", title=title) for name, title in tips.items()])


def _ordinals(count: int) -> dict[str, str]:
    """The averages' columns of texts, and titles that stay the same while the averages move."""
    return {f"average{place}": f"average {place + 1}" for place in range(count)}


def _time(name: str, shown: int, field: str = "t:Q") -> alt.X:
    axis = alt.Axis(tickMinStep=1, grid=False, labelBound=True, format=",d")
    return alt.X(field, title=f"{name} t", axis=axis).scale(domain=[0, shown], nice=False)


def _log_time(title: str, last: float) -> alt.X:
    """A log axis of steps.  Vega makes a label of every multiple of ten, and then hides most of them."""
    axis = alt.Axis(grid=False, labelOverlap=True, **powers(1, last))
    return alt.X("t:Q", title=title, axis=axis).scale(type="log", domain=[1, last], nice=False)


def _numbers(**look: Any) -> alt.Axis:
    """An axis whose labels are numbers as in sentences."""
    return alt.Axis(labelExpr=LABELS, **look)


def _ticks(low: float, high: float, count: int = 6) -> list[float]:
    """About ``count`` round values from low to high."""
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.99)
    return [float(f"{i * step:.6g}") for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


@st.cache_data(show_spinner=False, max_entries=64)
def curves(
    count: int, kinds: tuple[str, ...], shown: int, low: float, high: float, title: str, time: str, theme: Theme
) -> Spec:
    """The raw points, the averages over them, gaps behind them, and each window 1/(1−β) as a bar on the time axis.

    Data: ``gaps`` (t, end), ``raw`` (t, y), ``curves0`` ... (t, and a column for each kind),
    ``windows`` (place, start, t, text), ``pointed`` (t, value, average0, ...).
    """
    height, strip = 420, 17 * count + 8
    x = _time(time, shown)
    # The windows lie in a strip below the values.
    floor = low - (high - low) * strip / (height - AXIS - strip)
    scale = alt.Scale(domain=[floor, high], nice=False, zero=False)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title=title, scale=scale, axis=_numbers(values=_ticks(low, high)))

    layers: list[Any] = [_gaps(x, theme), _points("raw", _dot(shown), theme).encode(x=x, y=y("y"))]
    for place in range(count):
        base, color = _data(f"curves{place}").encode(x=x), getattr(AVERAGES[place], theme)
        for kind in kinds:
            line = base.mark_line(color=color, strokeWidth=2.1, strokeDash=DASH[kind], order=False, **LOOK)
            layers.append(line.encode(y=y(kind)))
    level = alt.YValue(alt.ExprRef(f"height - {17 * count - 5} + 17 * datum.place"))
    bars = _data("windows").encode(color=_colors(count, theme), y=level)
    layers.append(bars.mark_rule(strokeWidth=5, clip=True, tooltip=None).encode(x=x, x2=alt.X2("start:Q")))
    late = f"datum.t > {0.6 * shown}"
    beside: dict[str, Any] = {"align": alt.ExprRef(f"{late} ? 'right' : 'left'"), "dx": alt.ExprRef(f"{late} ? -6 : 6"),
              "dy": alt.ExprRef(f"{late} ? -8 : 1")}  # fmt: skip
    layers.append(bars.mark_text(fontSize=11, clip=True, tooltip=None, **beside).encode(x=x, text=alt.Text("text:N")))
    layers.append(_pointer("pointed", x, min(shown, 140), {"t": time, "value": "value"} | _ordinals(count)))
    return layered(layers, height)


@st.cache_data(show_spinner=False, max_entries=64)
def bias(count: int, last: float, time: str, symbol: str, theme: Theme) -> Spec:
    """1 − βᵗ and the step from which it is within 1 % of 1.

    Data: ``bias`` (place, t, y), ``settled`` (place, t, y, text), ``pointed`` (t, average0, ...).
    """
    height = 350
    x = _log_time(f"{time} t, log scale", last)
    y = alt.Y(
        "y:Q", title=f"sum of weights {SUM[symbol]}", axis=alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2~f")
    )
    y = y.scale(domain=[0, (height - AXIS) / (height - AXIS - 13 * count - 6)], nice=False)
    color = _colors(count, theme)
    lines = _data("bias").mark_line(strokeWidth=2, order=False, **LOOK).encode(x=x, y=y, color=color)
    settled = _data("settled").encode(x=x, color=color)
    label = alt.YValue(alt.ExprRef("9 + 13 * datum.place"))
    late = f"log(datum.t) > 0.7 * log({last})"
    beside: dict[str, Any] = {"align": alt.ExprRef(f"{late} ? 'right' : 'left'"), "dx": alt.ExprRef(f"{late} ? -6 : 6")}
    rule = settled.mark_rule(strokeDash=[2, 3], strokeOpacity=0.8, clip=True, tooltip=None)
    layers = [
        lines,
        rule.encode(y=label, y2=alt.Y2Value("height")),
        settled.mark_point(size=45, filled=True, opacity=1, clip=True, tooltip=None).encode(y=y),
        settled.mark_text(fontSize=11, clip=True, tooltip=None, **beside).encode(y=label, text=alt.Text("text:N")),
        _pointer("pointed", x, 70, {"t": time} | _ordinals(count)),
    ]
    return layered(layers, height)


@st.cache_data(show_spinner=False, max_entries=64)
def weights(
    betas: tuple[float, ...],
    names: tuple[str, ...],
    at: int,
    place: int,
    whole: bool,
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

    It opens with ``betas[at]``, which is that of the average at ``place`` and has its colour, and at step ``first``.
    ``names`` are the βs as they are written; the series is ``whole`` if no value is missing.
    Data: ``raw`` (t, y), ``gaps`` (t, end), ``averages`` (k, t, corrected, plain) for every k-th β, ``steps`` (t), and
    of a series that is not whole ``missing`` (t, none).
    """
    height, upper, lower, top, bars = 430, 275, 310, 34, 240
    ink = getattr(INK, theme)
    x = _time(time, shown)
    unit = (high - low) / (upper - top)
    scale = alt.Scale(domain=[low - (height - upper) * unit, high + top * unit], nice=False, zero=False)
    look = _numbers(values=_ticks(low, high, 4), titleAnchor="end", titleAlign="right")

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title=title, scale=scale, axis=look)

    # The parameters: β by its place, and what follows from it and from the step that is pointed at.
    bind = alt.binding_range(min=0, max=len(betas) - 1, step=1, name=f"{symbol} ")
    pick = alt.selection_point(
        name="pick", fields=["t"], on="pointermove", nearest=True, empty=False, clear=False, encodings=["x"]
    )
    params = [
        alt.param(name="place", value=at, bind=bind),
        alt.param(name="beta", expr=f"[{','.join(map(repr, betas))}][place]"),
        alt.param(name="written", expr=f"{list(names)!r}[place]"),
        alt.param(name="start", value=first),
        alt.param(name="here", expr="isArray(pick.t) ? pick.t[0] : start"),
        alt.param(name="stride", expr=f"max(1, ceil(min(6 / (1 - beta), here) / {bars}))"),
    ]
    # Any other β is not one of the page's averages, and has none of their colours.
    accent = alt.ExprRef(f"place == {at} ? '{getattr(AVERAGES[place], theme)}' : '{ink}'")

    # Above: the series and the average, and the step that is pointed at.
    curve = _data("averages").transform_filter("datum.k == place").encode(x=x)
    here = curve.transform_filter("datum.t == here")
    rule = _data("steps").transform_filter("datum.t == here").encode(x=x)
    above = alt.layer(
        _gaps(x, theme),
        _points("raw", _dot(shown), theme).encode(x=x, y=y("y")),
        curve.mark_line(color=accent, strokeDash=DASH["plain"], strokeWidth=1.6, **LOOK).encode(y=y("plain")),
        curve.mark_line(color=accent, strokeWidth=2.2, **LOOK).encode(y=y("corrected")),
        rule.mark_rule(color=ink, strokeOpacity=0.5, strokeDash=[2, 3], tooltip=None),
        here.mark_point(size=80, filled=True, color=accent, opacity=1, tooltip=None).encode(y=y("corrected")),
    )

    # Below: a bar for the weight of each value, or of every stride-th where they are many.
    age = (
        alt.Chart(alt.SequenceGenerator(alt.SequenceParams(start=0, stop=bars, step=1, **{"as": "i"})))
        .transform_calculate(n="datum.i * stride")
        .transform_filter("datum.n < here")
        .transform_calculate(
            weight="(1 - beta) * pow(beta, datum.n)",
            left="here - datum.n - 0.45 * stride",
            right="here - datum.n + 0.45 * stride",
            inside="datum.n <= 1 / (1 - beta)",
            text=scientific("datum.weight"),
        )
    )
    if not whole:
        age = (
            age.transform_calculate(t="here - datum.n")
            .transform_lookup("t", from_=alt.LookupData(alt.NamedData("missing"), key="t", fields=["none"]))
            .transform_filter("stride > 1 || !isValid(datum.none)")
        )
    ticks = alt.ExprRef("[0, (1 - beta) / 2, 1 - beta]")
    w = alt.Y("weight:Q", title=None, axis=_numbers(values=ticks, orient="right", grid=False))
    top = alt.ExprRef(f"{height / (height - lower)} * (1 - beta)")
    w = w.scale(domain=[0, top], nice=False)
    bar = age.mark_bar(color=accent, clip=True).encode(
        x=alt.X("left:Q", title=f"{time} t").scale(domain=[0, shown], nice=False),
        x2=alt.X2("right:Q"),
        y=w,
        y2=alt.datum(0),
        fillOpacity=alt.condition("datum.inside", alt.value(0.9), alt.value(0.35)),
        tooltip=[
            alt.Tooltip("n:Q", title=f"{time}s back n"),
            alt.Tooltip("text:N", title="weight"),
        ],
    )
    one = alt.Chart(alt.SequenceGenerator(alt.SequenceParams(start=0, stop=1, step=1, **{"as": "i"})))
    fold = one.transform_calculate(
        t="max(0, here - 1 / (1 - beta))",
        edge="here",
        weight="(1 - beta) * pow(beta, 1 / (1 - beta))",
        text="format(100 * pow(beta, 1 / (1 - beta)), '.2~r') + "
        f"' % left after {WINDOW[symbol]} = ' + {scientific('1 / (1 - beta)')}",
    ).transform_filter("beta > 0 && here > 1 / (1 - beta)")
    # Left of its point, unless there is no room for it.
    narrow = f"here < {shown} * min(180 / width, 0.5)"
    text = fold.mark_text(
        color=ink,
        align=alt.ExprRef(f"{narrow} ? 'left' : 'right'"),
        dx=alt.ExprRef(f"{narrow} ? 8 + width * (datum.edge - datum.t) / {shown} : -8"),
        dy=-8,
        fontSize=11,
        tooltip=None,
    )
    level = fold.mark_rule(color=ink, strokeDash=[2, 3], strokeOpacity=0.7, tooltip=None)
    below = alt.layer(
        bar,
        level.encode(x=x, x2=alt.X2("edge:Q"), y=w),
        fold.mark_point(size=45, filled=True, color=ink, opacity=1, tooltip=None).encode(x=x, y=w),
        text.encode(x=x, y=w, text=alt.Text("text:N")),
    )

    # Over both: the numbers in words, and what is pointed at.
    rest = "(pow(beta, here) >= 0.00005 ? '; the rest, ' + format(pow(beta, here), '.4~f') + ', lies on v₀ = 0' : '')"
    total = f"'sum of the weights {SUM[symbol]} = ' + {scientific('(1 - pow(beta, here))')} + {rest}"
    said = here.transform_calculate(
        value=f"'{symbol} = ' + written + ' · t = ' + format(here, ',d') + "
        "(isValid(datum.corrected) ? ' · corrected average ' + " + scientific("datum.corrected") + " : '')",
        total=total if whole else "'missing values have no weight: the others share it'",
    )
    lines: list[tuple[str, Literal["bold", "normal"], int]] = [("value", "bold", 4), ("total", "normal", 20)]
    over = [
        said.mark_text(align="left", fontSize=12, fontWeight=bold, color=ink, tooltip=None).encode(
            x=alt.XValue(4), y=alt.YValue(line), text=alt.Text(f"{column}:N")
        )
        for column, bold, line in lines
    ]
    left = f"here > {shown / 2}"
    name = one.mark_text(align=alt.ExprRef(f"{left} ? 'left' : 'right'"), fontSize=11, color=ink, tooltip=None)
    formula = "α(1 − α)ⁿ" if symbol == "α" else "(1 − β)βⁿ"
    named = name.encode(
        x=alt.XValue(alt.ExprRef(f"{left} ? 4 : width - 4")),
        y=alt.YValue(alt.ExprRef(f"{(lower - 14) / height} * height")),
        text=alt.TextValue(f"weight {formula} of the value n {time}s back"),
    )
    touch = (
        _data("steps")
        .mark_point(opacity=1, fillOpacity=0, strokeOpacity=0, size=1)
        .encode(x=x, y=alt.YValue(upper / 2), tooltip=alt.TooltipValue(None))
        .add_params(pick)
    )
    return layered([above, below, *over, named, touch], height, *params, y="independent")


@st.cache_data(show_spinner=False, max_entries=64)
def trade(lag: bool, count: int, low: float, least: float, time: str, symbol: str, theme: Theme) -> Spec:
    """Noise or lag against β, whose axis is logarithmic in 1 − β and ends at 1 − β = ``low``.

    The axis of the variance ratio begins at ``least``.
    Data: ``theory`` (gap, y), ``found0`` and ``found1`` (gap, y; for the lag one kind only), ``now`` (place, gap, y,
    kind, name, text) and ``rules`` (place, gap): the averages, with and without something to measure.
    """
    ink = getattr(INK, theme)
    gaps = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, *(10.0**-power for power in range(3, 10))]
    label = LABELS if symbol == "α" else "format(1 - datum.value, '.9~f')"
    x = alt.X("gap:Q", title="α, log scale" if symbol == "α" else "β, in steps of log(1 − β)")
    x = x.axis(values=[gap for gap in gaps if gap > low], labelExpr=label, grid=False, labelOverlap=True,
               labelBound=True)  # fmt: skip
    x = x.scale(type="log", domain=[low, 1.05], nice=False, reverse=True)
    if lag:
        decades = range(math.ceil(-math.log10(low)))
        within = (1, 2, 5) if len(decades) < 4 else (1,)
        ticks = [0, *(tick * 10.0**power for power in decades for tick in within if tick * 10.0**power < 1 / low)]
        y = alt.Y("y:Q", title=f"lag in {time}s", axis=_numbers(values=ticks))
        y = y.scale(type="symlog", domain=[0, 1 / low])
    else:
        y = alt.Y("y:Q", title="variance ratio", axis=alt.Axis(labelOverlap=True, **powers(least, 2)))
        y = y.scale(type="log", domain=[least, 2], nice=False)
    theory = _data("theory").mark_line(color=ink, strokeWidth=1.6, order=False, **LOOK).encode(x=x, y=y)
    kinds = alt.Scale(domain=["noise", "whole", "lag"], range=["circle", "square", "circle"])
    caps: tuple[Literal["round", "square"], ...] = ("round",) if lag else ("round", "square")
    found = [_points(f"found{i}", 5.5, theme, cap).encode(x=x, y=y) for i, cap in enumerate(caps)]
    color = _colors(count, theme)
    rules = _data("rules").mark_rule(strokeOpacity=0.6, strokeWidth=1.5, clip=True, tooltip=None)
    dots = _data("now").mark_point(size=90, filled=True, opacity=1, clip=True)
    tips = [alt.Tooltip("name:N", title="average"), alt.Tooltip("text:N", title="measured")]
    shape = alt.Shape("kind:N", legend=None, scale=kinds)
    dots = dots.encode(x=x, y=y, shape=shape, color=color, tooltip=tips)
    return layered([rules.encode(x=x, color=color), theory, *found, dots], 260)


@st.cache_data(show_spinner=False, max_entries=64)
def factor(last: float, color: str, theme: Theme) -> Spec:
    """Adam's step without correction over that with it, for a constant gradient, up to t = ``last``.

    Data: ``factor`` (t, y, text), ``peak`` (t, y, text), ``one`` (y, text).
    """
    ink = getattr(INK, theme)
    x = _log_time("step t, log scale", last)
    y = alt.Y("y:Q", title="step without correction / η", axis=_numbers(tickCount=5)).scale(zero=True, nice=True)
    look: dict[str, Any] = {"strokeDash": DASH["plain"], "strokeWidth": 2.2, "order": False} | LOOK
    line = _data("factor").mark_line(color=color, **look).encode(x=x, y=y)
    one = _data("one").encode(y=y)
    # Below the line, clear of the other, where there is room above the axis.
    below = alt.ExprRef("scale('y', 0) - scale('y', datum.y) > 20 ? 12 : -8")
    label = one.mark_text(align="right", dx=-4, dy=below, fontSize=11, color=ink, tooltip=None)
    peak = _data("peak").encode(x=x, y=y)
    late = f"log(datum.t) > 0.55 * log({last})"
    # A line that rises from its first step leaves room below its name; from next to nothing, above.
    clear = alt.ExprRef("datum.y > 1 ? -4 : scale('y', 0) - scale('y', datum.y) > 22 ? 12 : -24")
    beside: dict[str, Any] = {
        "align": alt.ExprRef(f"{late} ? 'right' : 'left'"),
        "dx": alt.ExprRef(f"{late} ? -10 : 10"),
    }
    name = peak.mark_text(dy=clear, fontSize=12, fontWeight=600, color=ink, tooltip=None, **beside)
    layers = [
        one.mark_rule(color=color, strokeWidth=2.2, tooltip=None),
        label.encode(x=alt.XValue("width"), text=alt.Text("text:N")),
        line,
        peak.mark_point(size=70, filled=True, opacity=1, color=color, tooltip=None),
        name.encode(text=alt.Text("text:N")),
        _pointer("factor", x, 140, {"t": "step", "text": "step without correction"}),
    ]
    return layered(layers, 260)


@st.cache_data(show_spinner=False, max_entries=64)
def stream(what: Literal["step", "inside"], steps: int, root: str, color: str, theme: Theme) -> Spec:
    """Of one kind of gradients: Adam's step in units of η with and without correction, or what it is the ratio of.

    ``root`` is how the denominator is written; ``color`` is Adam's.
    Data: ``inside`` (t; g, m, root, step, and with a 0 behind it the same without correction; texts of all).
    """
    first, second = getattr(COORDINATES["x"], theme), getattr(COORDINATES["y"], theme)
    x = _time("step", steps)
    base = _data("inside").encode(x=x)

    def line(column: str, color: str, dash: list[int], width: float) -> alt.Chart:
        title = "step / η" if what == "step" else f"g, m̂, {root}"
        axis = _numbers(tickCount=5)
        look = base.mark_line(color=color, strokeDash=dash, strokeWidth=width, order=False, **LOOK)
        return look.encode(y=alt.Y(f"{column}:Q", title=title, axis=axis).scale(zero=True, nice=True))

    if what == "step":
        lines = [line("step0", color, DASH["plain"], 1.8), line("step", color, DASH["corrected"], 2.1)]
        tips = {"step": "with correction", "step0": "without correction"}
    else:
        lines = [line("g", getattr(FAINT, theme), [1, 0], 1.1), line("m", first, [1, 0], 2.1)]
        lines.append(line("root", second, [6, 3], 2.1))
        tips = {"g": "gradient g", "m": "m̂", "root": root}
    titles = {"t": "step", **{f"{column}_text": title for column, title in tips.items()}}
    return layered([*lines, _pointer("inside", x, steps, titles)], 220)
