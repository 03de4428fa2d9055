"""What the Moving averages page shows: curves, correction, weights, what β trades, and what it does to Adam."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import streamlit as st

from optim import OPTIMIZERS, SURFACES, averages, schedules, theory

from .. import charts as shared
from .. import controls, download, frames, html, palette, parts, player, runs
from ..page import Page, folded, part
from ..runs import Given, Run
from ..surface_page import start_at
from ..words import number
from . import charts, gradients, measures
from . import frames as own
from .gradients import STREAMS
from .setting import BETA, Setting, complement

FIRST = 50
"""Adam's steps that the map shows."""
TWELVE = 12
"""Steps whose lengths are written out."""

SCRUB = controls.marks(BETA)
"""The βs that are computed ahead."""

ADAM = {name: OPTIMIZERS["Adam"].hyperparameters[name] for name in ("beta1", "beta2", "eps", "lr")}

BETA2 = {
    0.95: "β₂ = 0.95, a window of 20 squared gradients: GPT-3 and many language models since.",
    0.98: "β₂ = 0.98, a window of 50 squared gradients: the Transformer (Vaswani et al. 2017).",
    0.99: "β₂ = 0.99, a window of 100 squared gradients: Progressive GAN and StyleGAN, with β₁ = 0.",
    0.999: "β₂ = 0.999, a window of 1,000 squared gradients: Adam's paper, PyTorch, Keras and Optax.",
}
"""Usual values of β₂, and where they are used."""

# The browser's own range input, under the chart whose β it moves.
SLIDER = """
[class*="-weights"] .vega-bindings { display: flex; margin: 0 0 .25rem; }
[class*="-weights"] .vega-bind { flex: 1; width: 100%; }
[class*="-weights"] .vega-bind label {
   display: flex; align-items: center; gap: .75rem; font-size: .9rem; width: 100%; }
[class*="-weights"] .vega-bind input {
   flex: 1; min-width: 0; width: auto !important; max-width: none !important; height: 1.5rem; }
[class*="-weights"] .vega-bind-name { min-width: 0 !important; flex: none !important; width: auto !important; }
[class*="-weights"] .vega-bind label > span:not(.vega-bind-name) { display: none; }
"""

FORMULAS = {
    "β": r"v_t = \beta\, v_{t-1} + (1 - \beta)\, \theta_t",
    "α": r"v_t = (1 - \alpha)\, v_{t-1} + \alpha\, \theta_t, \quad \alpha = 1 - \beta",
}
STARTS = {
    "corrected": {
        "β": r"v_0 = 0, \quad \hat v_t = \frac{v_t}{1 - \beta^t}",
        "α": r"v_0 = 0, \quad \hat v_t = \frac{v_t}{1 - (1 - \alpha)^t}",
    },
    "plain": {"β": "v_0 = 0", "α": "v_0 = 0"},
    "first": {"β": r"v_1 = \theta_1", "α": r"v_1 = \theta_1"},
}
"""The recursion and its start in either convention, as LaTeX."""

NOTES = f"""
The weights of the past fall geometrically and sum to 1 − βᵗ. The rest lies on v₀ = 0; dividing by 1 − βᵗ corrects for
it. For β close to 1, a weight falls to about 1/e in 1/(1 − β) steps. The span is 2/α − 1, as in pandas.

A **missing value** has no weight, and the weights of those before it go on falling, as with pandas' `ewm(adjust=True,
ignore_na=False)`. An average that starts at the first value is pandas' `adjust=False`.

**Noise** is known on made series. On all others it is the rest beside a centred mean of up to {measures.AROUND} values.
**Lag** is the shift at which the series without its noise lies best on its average. Both are measured where the start
weighs at most {measures.SETTLED:g} (the lag everywhere, if the first two values of that series are equal), and need
{measures.ENOUGH} values. “–” marks too few values, or nothing to measure. A lag is given only where the shifted series
explains at least half of the average's variance.

**Common mistakes**: counting t from 0, which divides by 1 − β⁰ = 0; (1 − β)ᵗ for 1 − βᵗ, which for β = 0.98 and t = 2
is 0.0004 in place of 0.0396; 0.02 × 20 = 4, where it is 0.4; reading α as β.
"""


def formulas(now: Setting) -> list[str]:
    """The recursion as the page has it, and its start, as LaTeX."""
    starts = [kind for kind in now.kinds if kind != "plain" or len(now.kinds) == 1]
    return [FORMULAS[now.written], *(STARTS[kind][now.written] for kind in starts)]


@part(shows=lambda now: (now.correction, now.written))
def convention(page: Page[Any], now: Setting) -> None:
    """The recursion as it is written here, and which way its number points."""
    st.markdown(" \u2003 ".join(f"${formula}$" for formula in formulas(now)))
    if now.alpha:
        st.caption("α is the weight of the newest value. Closer to 0 is smoother and later; closer to 1 is noisier.")
    else:
        st.caption("β is the weight of the past. Closer to 1 is smoother and later; closer to 0 is noisier.")


def beyond(now: Setting) -> str:
    """That what happens in the series happens later than what is shown; empty if it does not."""
    event, length = now.series.event, len(now.series.values)
    if event is None or event <= now.shown:
        return ""
    if event > length:
        return f"Nothing happens in this series: t₀ = {event:,} lies beyond its end at step {length:,}."
    return f"What happens in this series is not shown: t₀ = {event:,} lies beyond the first {now.shown:,} steps."


@part(shows=lambda now: (now.source, now.averages, now.correction, now.written, now.show))
def curves(page: Page[Any], now: Setting) -> None:
    """The series and its averages."""
    theme, series, shown = palette.theme(), now.series, now.shown
    if sentence := beyond(now):
        st.info(sentence)
    _legend(now)
    ends = [1 / complement(beta) for beta in now.betas]
    windows = {
        "place": range(len(ends)),
        "start": [0.0] * len(ends),
        "t": np.minimum(ends, shown),
        "text": [f"{charts.WINDOW[now.written]} = {number(end)}" for end in ends],
    }
    data = {"gaps": own.gaps(series, shown), "raw": own.raw(series, shown), "windows": pa.table(windows)}
    data |= {f"curves{place}": own.curve(series, beta, shown, now.kinds) for place, beta in enumerate(now.betas)}
    data["pointed"] = own.pointed(now)
    span = _span(now, "plain" in now.kinds)
    spec = charts.curves(len(ends), now.kinds, shown, *span, series.axis, series.time, theme)
    alt = f"The series “{now.source.label}” and its moving averages against {series.time}."
    shared.draw(spec, data, key=f"{page.key}.curves", alt=alt)


def _legend(now: Setting) -> None:
    """A swatch and a name for each average, and what its dashes mean."""
    theme = palette.theme()
    swatches = [_swatch(place, now.name(beta)) for place, beta in enumerate(now.betas)]
    ink, borders = getattr(palette.INK, theme), {"corrected": "solid", "plain": "dashed", "first": "dotted"}
    names = {"corrected": "corrected", "plain": "not corrected: starts at v₀ = 0", "first": "starts at the first value"}
    swatches += [html.swatch(f"2px {borders[kind]} {ink}", names[kind]) for kind in now.kinds]
    faint = getattr(palette.FAINT, theme)
    missing = [html.swatch(f"10px solid {faint}44", "missing values")] if now.series.gaps else []
    html.legend([*swatches, html.dot(faint, "the series"), *missing])


def _swatch(place: int, name: str) -> str:
    return html.swatch(f"3px solid {getattr(palette.AVERAGES[place], palette.theme())}", name)


def _span(now: Setting, from_zero: bool) -> tuple[float, float]:
    """The value axis: all values shown, and 0 where averages start there."""
    seen = now.series.values[: now.shown]
    seen = seen[np.isfinite(seen)]
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.0, 0.0)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = 0.03 * (high - low) or 0.1 * abs(high) or 1.0
    low, high = float(f"{low - room:.4g}"), float(f"{high + room:.4g}")
    return (low, high) if low < high else (low - abs(low) * 1e-3, high + abs(high) * 1e-3)


@part(shows=lambda now: (now.averages, now.written, now.series.time))
def bias(page: Page[Any], now: Setting) -> None:
    """1 − βᵗ, and when it is close enough to 1."""
    steps, time = [measures.last_step(beta) for beta in now.betas], now.series.time
    last = max(5000.0, 5 * 10.0 ** math.ceil(math.log10(max(steps) / 5)))
    settled = {
        "place": range(len(steps)),
        "t": steps,
        "y": [float(measures.weight(beta, t)) for beta, t in zip(now.betas, steps, strict=True)],
        "text": [f"t = {t:,}" for t in steps],
    }
    st.caption("How much of an average that starts at 0 is data, if no value is missing: the sum of its weights. From "
               "the mark on, the uncorrected average is within 1 % of the corrected one.")  # fmt: skip
    lines, pointed = own.bias(now, last)
    spec = charts.bias(len(steps), last, time, now.written, palette.theme())
    alt = f"The sum of the weights, {charts.SUM[now.written]}, against {time}, and where it is within 1 % of 1."
    data = {"bias": lines, "settled": pa.table(settled), "pointed": pointed}
    shared.draw(spec, data, key=f"{page.key}.bias", alt=alt)


@part(shows=folded("guess", lambda now: (now.source, now.averages, now.written)))
def guess(page: Page[Any], now: Setting) -> None:
    """What a longer window gains and costs."""

    def answer() -> None:
        html.table([_doubled(now, place, beta) for place, beta in enumerate(now.betas)])
        st.caption(
            "Noise: its standard deviation in the average over that in the series. In theory it is white, and the lag "
            f"is that of a straight line, in {now.series.time}s."
        )

    parts.guess(page, "what does a window twice as long do to an average's noise, and to its lag?", answer)


def _doubled(now: Setting, place: int, beta: float) -> dict[str, str]:
    """The noise and the lag of an average, and of one whose newest value has half the weight."""
    both = beta, 1 - complement(beta) / 2
    measured = measures.measure(now.series, both)

    def moved(values: Iterable[float]) -> str:
        return " → ".join(_measured(value, 3) for value in values)

    return {
        now.written: _swatch(place, " → ".join(map(now.number, both))),
        "noise: theory": moved(math.sqrt(theory.ema_variance_ratio(one)) for one in both),
        "noise: measured": moved(math.sqrt(one.noise) for one in measured),
        "lag: theory": moved(float(theory.ema_lag(one)) for one in both),
        "lag: measured": moved(round(one.lag, 2) for one in measured),
    }


@part(shows=lambda now: (now.averages, now.written))
def numbers(page: Page[Any], now: Setting) -> None:
    """What each average is worth."""
    html.table([_numbers(now, place, beta) for place, beta in enumerate(now.betas)])


def _numbers(now: Setting, place: int, beta: float) -> dict[str, str]:
    span = "2/α − 1" if now.alpha else "(1 + β)/(1 − β)"
    tenth = charts.SUM[now.written].replace("ᵗ", "¹⁰")
    return {
        now.written: _swatch(place, now.number(beta)),
        f"window {charts.WINDOW[now.written]}": number(1 / complement(beta)),
        f"span {span}": number((1 + beta) / complement(beta)),
        "half-life": number(measures.half_life(beta)),
        tenth: number(float(measures.weight(beta, 10))),
        "within 1 % from": f"t = {measures.last_step(beta):,}",
    }


@part(shows=lambda now: (now.averages, now.written, now.weighed))
def weighed(page: Page[Any], now: Setting) -> None:
    """Which average is taken apart."""
    names = {average.id: now.name(average.beta) for average in now.averages}
    if len(names) > 1:
        lens = (lambda now: now.averages[now.place].id), (lambda now, i: replace(now, weighed=i))
        label = {"format_func": lambda i: names.get(i, i), "width": 220}
        controls.choose(page, "weighed", lens, "Average", list(names), **label)


def _weights_shows(now: Setting) -> Any:
    return now.source, now.show, now.written, now.place, now.betas[now.place]


@part(shows=_weights_shows)
def weights(page: Page[Any], now: Setting) -> None:
    """One average to take apart: its β and the step are scrubbed in the browser."""
    html.style_of([SLIDER])
    theme, series, shown, beta = palette.theme(), now.series, now.shown, now.betas[now.place]
    betas = tuple(sorted({*SCRUB, beta}, reverse=now.alpha))
    frame, steps = own.scrubbed(series, betas, shown)
    first = min(steps["t"].to_pylist(), key=lambda t: abs(t - shown * 2 / 3))
    spec = charts.weights(
        betas, tuple(map(now.number, betas)), betas.index(beta), now.place, series.gaps == 0, first, shown,
        *_span(now, True), series.axis, series.time, now.written, theme,
    )  # fmt: skip
    alt = "One average, and the weights behind its value at the step that is pointed at."
    data = {"raw": own.raw(series, shown), "gaps": own.gaps(series, shown), "averages": frame, "steps": steps}
    if series.gaps:
        data["missing"] = own.missing(series, shown)
    shared.draw(spec, data, key=f"{page.key}.weights", alt=alt)


@part(shows=lambda now: (now.source, now.averages, now.written))
def trade(page: Page[Any], now: Setting) -> None:
    """Noise kept and lag, in theory and as measured on the series, against β."""
    theme, series, betas = palette.theme(), now.series, now.betas
    measured, everywhere = measures.measure(series, betas), measures.measure(series, SCRUB)
    low = min(0.0018, 0.9 * 10.0 ** math.floor(math.log10(1 - max(betas)) + 1e-9))
    gaps = np.geomspace(low, 1, 60)
    ratios = [value for one in (*measured, *everywhere) for value in one[:2] if value > 0]
    least = 0.6 * 10.0 ** min(math.floor(math.log10(v)) for v in [low / 2, *ratios])
    kinds = {False: ("noise", "whole"), True: ("lag",)}
    titles = {
        False: f"Variance kept. Line: white noise, {_fraction(now, False)}. Measured: ● noise, ■ whole series.",
        True: f"Lag. Line: a straight line, {_fraction(now, True)}. Measured: ● the series without its noise.",
    }
    for column, lag in zip(st.columns(2, gap="medium"), (False, True), strict=True):
        theoretical = theory.ema_lag if lag else theory.ema_variance_ratio
        data = {
            "theory": pa.table({"gap": gaps, "y": theoretical(1 - gaps)}),
            "now": own.found(now, measured, kinds[lag]),
            "rules": pa.table({"gap": [1 - beta for beta in betas], "place": range(len(betas))}),
        }
        for i, kind in enumerate(kinds[lag]):
            ys = np.array([getattr(one, kind) for one in everywhere])
            data[f"found{i}"] = own.dots("gap", 1 - np.array(SCRUB), ys)
        with column:
            st.caption(titles[lag])
            spec = charts.trade(lag, len(betas), low, least, series.time, now.written, theme)
            alt = f"{titles[lag]} Against {now.written}, with the page's averages marked."
            shared.draw(spec, data, key=f"{page.key}.{'lag' if lag else 'noise'}", alt=alt)
    pairs = zip(betas, measured, strict=True)
    html.table([_traded(now, place, beta, one) for place, (beta, one) in enumerate(pairs)])
    st.caption(
        "Why theory and measurement differ: the noise of real series is not white, so that an average keeps more or "
        "less of it. The lag is that of a straight line; where the series turns or jumps within a window, its average "
        "lies closer. After a jump, an average is half-way after one half-life."
    )


def _traded(now: Setting, place: int, beta: float, one: measures.Measured) -> dict[str, str]:
    return {
        now.written: _swatch(place, now.number(beta)),
        "noise kept: theory": number(float(theory.ema_variance_ratio(beta))),
        "measured ●": _measured(one.noise),
        "variance of the whole ■": _measured(one.whole),
        "lag: theory": number(float(theory.ema_lag(beta))),
        "lag: measured ●": _measured(one.lag, 3),
    }


def _fraction(now: Setting, lag: bool) -> str:
    if now.alpha:
        return "(1 − α)/α" if lag else "α/(2 − α)"
    return "β/(1 − β)" if lag else "(1 − β)/(1 + β)"


def _measured(value: float, digits: int = 4) -> str:
    return number(value, digits) if math.isfinite(value) else "–"


@part(shows=lambda now: None)
def adam(page: Page[Any], now: Setting) -> None:
    """Adam's values."""
    with st.container(key=f"{page.key}-grid-adam"):
        for name, meaning in ADAM.items():
            controls.widget(page, f"adam.{name}", controls.at("adam", name), meaning)
    chosen = now.adam.values["beta2"]
    get, put = controls.at("adam", "beta2")
    lens = (lambda now: get(now) if get(now) in BETA2 else None), (lambda now, value: put(now, value) if value else now)
    st.pills(
        "Usual values of β₂",
        list(BETA2),
        default=lens[0](now),
        format_func=lambda value: f"β₂ = {value:g}",
        **page.view("beta2", *lens),
    )
    if chosen in BETA2:
        st.caption(BETA2[chosen])


def verdict(now: Setting) -> str:
    """How long Adam's uncorrected steps are for a constant gradient, as a sentence with its numbers."""
    beta1, beta2 = now.adam.values["beta1"], now.adam.values["beta2"]
    first, t = number(_factor(1, beta1, beta2)), gradients.peak(beta1, beta2)
    if t is None:
        return f"Without correction the first step is {first} η, and no step is longer than η."
    longest = number(_factor(t, beta1, beta2))
    return f"Without correction the first step is {first} η, and the longest **{longest} η, at t = {t:,}**."


def _factor(t: int, beta1: float, beta2: float) -> float:
    return float(theory.adam_bias_factor(t, beta1, beta2))


@part(shows=lambda now: (now.adam.values["beta1"], now.adam.values["beta2"]))
def factor(page: Page[Any], now: Setting) -> None:
    """How long Adam's steps are without correction, for a constant gradient."""
    beta1, beta2 = now.adam.values["beta1"], now.adam.values["beta2"]
    t = gradients.peak(beta1, beta2)
    last = max(1e4, 10.0 ** math.ceil(math.log10(20 * (t or 1))))
    at = t or 1
    value = _factor(at, beta1, beta2)
    data = {
        "factor": own.factor(beta1, beta2, t, last),
        "peak": pa.table({"t": [at], "y": [value], "text": [f"{number(value, 3)} η at t = {at:,}"]}),
        "one": pa.table({"y": [1.0], "text": ["with correction: η"]}),
    }
    st.markdown("**A constant gradient**")
    st.markdown(f"{verdict(now)} With correction every step has length η, as long as ε adds little to √v̂.")
    st.caption("Step t without correction, (1 − β₁ᵗ)/√(1 − β₂ᵗ), in units of η.")
    alt = "Length of the uncorrected step against t. Marked: the longest, or the first if none is longer than η."
    shared.draw(charts.factor(last, _adams(), palette.theme()), data, key=f"{page.key}.factor", alt=alt)


@part(shows=lambda now: None)
def streams(page: Page[Any], now: Setting) -> None:
    """Which gradients Adam is given."""
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        controls.segments(page, "gradients", controls.at("gradients"), "Gradients", list(STREAMS))
        with st.container(width=320):
            controls.slide(page, "size", controls.at("size"), "Gradient size", controls.marks(gradients.SIZE))


def _bare(now: Setting) -> Any:
    """Adam without its learning rate, on which a step in units of η does not depend."""
    return now.adam(lr=1.0), now.size


@part(shows=lambda now: (_bare(now), now.gradients))
def steps(page: Page[Any], now: Setting) -> None:
    """Adam's steps on one kind of gradients, and what they are the ratio of."""
    theme, place = palette.theme(), list(STREAMS).index(now.gradients)
    corrected, plain = (gradients.steps(now.adam, now.size, on) for on in (True, False))
    data = {"inside": own.inside(corrected, plain, place)}
    st.caption(f"The gradients: {gradients.ABOUT[now.gradients]}, times the gradient size.")
    shades = (palette.COORDINATES["x"], palette.COORDINATES["y"], palette.FAINT)
    first, second, faint = (getattr(shade, theme) for shade in shades)
    root = gradients.divisor(now.adam)
    left, right = st.columns(2, gap="medium")
    with left:
        html.legend([html.swatch(f"3px solid {_adams()}", f"step / η = m̂/({root})"),
                     html.swatch(f"3px dashed {_adams()}", "without correction")])  # fmt: skip
        alt = "Adam's step in units of η against t, with and without bias correction."
        shared.draw(
            charts.stream("step", gradients.STEPS, root, _adams(), theme), data, key=f"{page.key}.steps", alt=alt
        )
    with right:
        html.legend([html.swatch(f"3px solid {first}", "m̂"), html.swatch(f"3px dashed {second}", root),
                     html.swatch(f"1px solid {faint}", "gradient")])  # fmt: skip
        alt = "The gradient, its corrected average, and what that is divided by, against t."
        shared.draw(
            charts.stream("inside", gradients.STEPS, root, _adams(), theme), data, key=f"{page.key}.inside", alt=alt
        )
    html.table(twelve(corrected.step[:, place], plain.step[:, place]))


def twelve(corrected: np.ndarray, plain: np.ndarray) -> list[dict[str, str]]:
    """The first twelve steps in units of η."""
    rows = {"with correction": corrected, "without correction": plain}
    return [
        {"step / η at t =": name, **{str(t + 1): number(float(row[t]), 3) for t in range(TWELVE)}}
        for name, row in rows.items()
    ]


@part(shows=_bare)
def kinds(page: Page[Any], now: Setting) -> None:
    """The lengths of Adam's steps on every kind of gradients."""
    step = np.abs(gradients.steps(now.adam, now.size, True).step)
    html.table([_kind(name, step[:, place]) for place, name in enumerate(STREAMS)])


def _kind(name: str, length: np.ndarray) -> dict[str, str]:
    # Of lengths that differ by rounding only, the first.
    longest = int(np.argmax(length >= length.max() * (1 - 1e-9)))
    return {
        "gradients": f"{name}: {gradients.ABOUT[name]}",
        "first step / η": number(float(length[0]), 3),
        "longest / η": f"{number(float(length[longest]), 3)} at t = {longest + 1:,}",
        "root mean square of the last 100": number(float(np.sqrt(np.square(length[100:]).mean())), 3),
    }


@part(shows=lambda now: now.surface.label)
def surface(page: Page[Any], now: Setting) -> None:
    """On which surface the steps are taken."""

    def put(now: Setting, label: str) -> Setting:
        return now.over(SURFACES[label])

    controls.choose(page, "surface", (lambda now: now.surface.label, put), "Surface", list(SURFACES), width=320)


@part(shows=lambda now: (now.adam, now.surface, now.start))
def walk(page: Page[Any], now: Setting) -> None:
    """Adam's first steps with its correction and without, from the same start."""
    found, surface = pair(now), now.surface
    html.legend([html.swatch(f"3px {palette.BORDERS[run.dash]} {run.color}", run.name) for run in found])
    spec = shared.map_spec(parts.box(surface), palette.theme(), frames.looks(found), 360, axes=surface.axes)
    alt = f"The first {FIRST} steps of Adam with and without correction on {surface.label}."
    shared.draw(spec, parts.map_data(surface, now.start, found), key=f"{page.key}.map", alt=alt)


@part(shows=lambda now: now.surface)
def cursor(page: Page[Any], now: Setting) -> None:
    """The step cursor of the map; a click on it is another start."""

    def picked(x: float, y: float) -> None:
        page.act(lambda now: start_at(now, x, y))

    player.player(page.key, FIRST, parts.box(now.surface), picked)


def _adams() -> str:
    """Adam's colour."""
    return palette.of("Adam", palette.theme())


def pair(now: Setting) -> list[Run]:
    """Adam's first steps with its correction and without."""
    color = _adams()
    given = Given(now.surface, now.start, FIRST, schedules.constant, 0.0, 0)
    names = {"with correction": True, "without correction": False}
    return [
        Run(name, color, dash, runs.trace(now.adam(bias_correction=corrected), given))
        for dash, (name, corrected) in enumerate(names.items())
    ]


@part(shows=lambda now: None)
def how_it_works(page: Page[Any], now: Setting) -> None:
    """The formulas, the mistakes one meets, and the source that ran."""
    section = st.expander("How it works", key=f"{page.key}.how", on_change="rerun", icon=":material/function:")
    if not section.open:
        return
    with section:
        st.latex(
            r"v_t = (1-\beta) \sum_{n=0}^{t-1} \beta^n \theta_{t-n}, \qquad "
            r"(1-\beta)\sum_{n=0}^{t-1}\beta^n = 1 - \beta^t"
        )
        st.markdown(NOTES)
        parts.code(averages.ema_step, averages.debias)


def csv(page: Page[Any]) -> None:
    """All values of all averages, of what the page shows at the click."""
    latest = page.latest()
    download.button("Averages as CSV", "moving-averages", lambda: own.table(latest()))
