"""What the page shows of moving averages: curves, correction, weights, what β trades, and what it does to Adam."""

import inspect
import math

import numpy as np
import pyarrow as pa
import streamlit as st

from optim import SURFACES, averages, schedules, theory

from . import average_charts, average_frames, cache, charts, controls, frames, html, measures, palette, share
from .averaging import ADAM, BETA, BIAS, CURVES, KINDS, STEPS, TRADE, Averaging, Setting
from .frames import Box, Run

FIRST = 50
"""Adam's steps that are shown."""

SCRUB = controls.marks(BETA)
"""The βs that are computed ahead."""

# The browser's own range input, under the chart whose β it moves, and none under the map, which has no player here.
SLIDER = """
[class*="-weights"] .vega-bindings { display: flex; margin: 0 0 .25rem; }
[class*="-weights"] .vega-bind { flex: 1; width: 100%; }
[class*="-weights"] .vega-bind label {
   display: flex; align-items: center; gap: .75rem; font-size: .9rem; width: 100%; }
[class*="-weights"] .vega-bind input {
   flex: 1; min-width: 0; width: auto !important; max-width: none !important; height: 1.5rem; }
[class*="-weights"] .vega-bind-name { min-width: 0 !important; flex: none !important; width: auto !important; }
[class*="-weights"] .vega-bind label > span:not(.vega-bind-name) { display: none; }
[class*="-map"] .vega-bindings { display: none; }
"""


NOTES = f"""
The weights of the past fall geometrically and sum to 1 − βᵗ: what is missing to 1 lies on v₀ = 0, and dividing by 1
− βᵗ gives it back. After 1/(1 − β) steps a weight has fallen to about 1/e, since (1 − ε)^(1/ε) ≈ 1/e.

**Noise** is measured where it is known, on made series; elsewhere it is what is left beside a centred mean of
{measures.AROUND} values. That is not white, so that the theory is only a guide. **Lag** is the shift at which the
series lies best on its average: its cross-correlation, freed of the level, as a straight line correlates with all
its shifts. Both are taken from where the start weighs at most {measures.SETTLED:g}, and need {measures.ENOUGH}
values; “–” says that there are too few, or nothing to measure.

**Mistakes one meets**: counting t from 0, which divides by 1 − β⁰ = 0; (1 − β)ᵗ for 1 − βᵗ, which for β = 0.98, t =
2 is 0.0004 in place of 0.0396; 0.02 × 20 = 4, where it is 0.4; reading α as β.
"""


@st.fragment(key=CURVES)
def curves(page: Averaging) -> None:
    """The series and its averages."""
    now, theme = page.read(), palette.theme()
    page.link(now)
    _legend(now)
    shown, slots, series = now.shown, len(now.betas), now.series
    ends = np.minimum([theory.ema_window(beta) for beta in now.betas], 1e9)
    unit, back = series.time, average_charts.WINDOW[now.symbol]
    windows = pa.table(
        {
            "slot": np.arange(slots),
            "start": np.zeros(slots),
            "t": np.minimum(ends, shown),
            "text": [f"{back} = {end:.4g} {unit}{'s' if end != 1 else ''}" for end in ends],
        }
    )
    data = {"raw": average_frames.raw(series, shown), "windows": windows}
    data |= {f"curves{slot}": average_frames.curve(series, beta, shown) for slot, beta in enumerate(now.betas)}
    kinds = KINDS[now.correction]
    spec = average_charts.curves(slots, kinds, shown, *_span(now, "plain" in kinds), series.axis, unit, theme)
    told = f"{now.label} and its moving averages against {series.time}."
    charts.draw(spec, data, key=f"{page.key}.curves", alt=told)


def _legend(now: Setting) -> None:
    """A swatch and a name for each average, and what its dashes mean."""
    theme = palette.theme()
    swatches = [
        html.swatch(f"3px solid {getattr(palette.AVERAGES[slot], theme)}", now.written(beta))
        for slot, beta in enumerate(now.betas)
    ]
    ink = getattr(palette.INK, theme)
    known = {"corrected": ("solid", "corrected"), "plain": ("dashed", "not corrected, v₀ = 0")}
    swatches += [html.swatch(f"2px {dash} {ink}", name) for dash, name in map(known.get, KINDS[now.correction])]
    html.legend([*swatches, html.dot(getattr(palette.FAINT, theme), "the series")])


def _span(now: Setting, from_zero: bool) -> tuple[float, float]:
    """The value axis: all values shown, and 0 where averages start there."""
    seen = now.series.values[: now.shown]
    low, high = float(seen.min()), float(seen.max())
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = 0.03 * (high - low) or 0.1 * abs(high) or 1.0
    return float(f"{low - room:.4g}"), float(f"{high + room:.4g}")


@st.fragment(key=BIAS)
def bias(page: Averaging) -> None:
    """1 − βᵗ, and when it is close enough to 1; beside it what each average is worth."""
    now = page.read()
    steps = [measures.last_step(beta) for beta in now.betas]
    total = average_charts.SUM[now.symbol]
    last = 5000 if max(steps) <= 5000 else 50_000
    settled = pa.table(
        {
            "slot": np.arange(len(steps)),
            "t": steps,
            "y": [1 - beta**t for beta, t in zip(now.betas, steps, strict=True)],
            "text": [f"t = {t:,}" for t in steps],
        }
    )
    st.caption("How much of an average is data, and from when on the correction changes it by less than 1 %")
    spec = average_charts.bias(len(steps), last, now.series.time, now.symbol, palette.theme())
    told = f"{total} against t, and the step from which it is within 1 % of 1, which the table below gives too."
    charts.draw(
        spec, {"bias": average_frames.bias(now.betas, last), "settled": settled}, key=f"{page.key}.bias", alt=told
    )
    rows = []
    for slot, (beta, t) in enumerate(zip(now.betas, steps, strict=True)):
        color = getattr(palette.AVERAGES[slot], palette.theme())
        rows.append(
            {
                "": html.swatch(f"3px solid {color}", _plain(now, beta)),
                f"window {average_charts.WINDOW[now.symbol]}": f"{theory.ema_window(beta):.4g}",
                total.replace("ᵗ", "¹⁰"): f"{1 - beta**10:.3f}",
                "correction over": f"t = {t:,}",
            }
        )
    html.table(rows)


def _plain(now: Setting, beta: float) -> str:
    return f"{beta:.9g}" if not now.alpha else f"{1 - beta:.9g}"


def convention(page: Averaging) -> None:
    """The recursion as it is written here, and which way its number points."""
    if page.read().alpha:
        st.markdown(
            "$s_t = \\alpha x_t + (1 - \\alpha)\\, s_{t-1}$ with $\\alpha = 1 - \\beta$. "
            "α weighs the **new** value: closer to 1 is nervous and prompt, closer to 0 smooth and late."
        )
    else:
        st.markdown(
            "$v_t = \\beta v_{t-1} + (1 - \\beta)\\, \\theta_t$, $\\;v_0 = 0$; "
            "corrected $\\hat v_t = v_t / (1 - \\beta^t)$. "
            "β weighs the **past**: closer to 1 is smooth and late, closer to 0 nervous and prompt."
        )


def weights(page: Averaging) -> None:
    """One average to take apart: its β and the step are chosen in the browser."""
    now, theme = page.read(), palette.theme()
    st.html(f"<style>{SLIDER}</style>")
    series, shown = now.series, now.shown
    betas = tuple(sorted(SCRUB, reverse=now.alpha))
    frame, steps = average_frames.scrubbed(series, betas, shown)
    first = min(steps["t"].to_pylist(), key=lambda t: abs(t - shown * 2 / 3))
    spec = average_charts.weights(
        betas, betas.index(0.9), first, shown, *_span(now, True), series.axis, series.time, now.symbol, theme
    )
    told = "One average and the weights behind its value at a step that is pointed at."
    data = {"raw": average_frames.raw(series, shown), "averages": frame, "steps": steps}
    charts.draw(spec, data, key=f"{page.key}.weights", alt=told)


@st.fragment(key=TRADE)
def trade(page: Averaging) -> None:
    """Noise kept and lag, in theory and as measured on the series, against β."""
    now, theme = page.read(), palette.theme()
    series, slots = now.series, len(now.betas)
    measured = measures.measure(series, tuple(now.betas))
    everywhere = measures.measure(series, SCRUB)
    gaps = np.geomspace(0.002, 1, 60)
    kinds = {False: ("noise", "whole"), True: ("lag",)}
    titles = {
        False: f"Variance kept. Line: theory, {_fraction(now, False)}; measured ● noise, ■ whole series",
        True: f"Lag. Line: theory for a ramp, {_fraction(now, True)}; measured ● on this series",
    }
    for column, lag in zip(st.columns(2, gap="medium"), (False, True), strict=True):
        formula = theory.ema_lag if lag else theory.ema_variance_ratio
        data = {
            "theory": pa.table({"gap": gaps, "y": formula(1 - gaps)}),
            "now": average_frames.found(tuple(now.betas), measured, kinds[lag]),
            "rules": pa.table({"gap": [1 - beta for beta in now.betas], "slot": np.arange(slots)}),
        }
        for i, kind in enumerate(kinds[lag]):
            ys = np.array([getattr(one, kind) for one in everywhere])
            data[f"found{i}"] = average_frames.dots("gap", 1 - np.array(SCRUB), ys)
        with column:
            st.caption(titles[lag])
            told = f"{titles[lag]}, against {now.symbol}, with the present averages marked."
            key = f"{page.key}.{'lag' if lag else 'noise'}"
            charts.draw(average_charts.trade(lag, slots, series.time, now.symbol, theme), data, key=key, alt=told)
    rows = []
    for slot, (beta, one) in enumerate(zip(now.betas, measured, strict=True)):
        rows.append(
            {
                now.symbol: html.swatch(f"3px solid {getattr(palette.AVERAGES[slot], theme)}", _plain(now, beta)),
                "noise kept: theory": f"{theory.ema_variance_ratio(beta):.4f}",
                "measured ●": _measured(one.noise, ".4f"),
                "variance of the whole ■": _measured(one.whole, ".4f"),
                "lag: theory": f"{theory.ema_lag(beta):.4g}",
                "lag: measured ●": _measured(one.lag, ".1f"),
            }
        )
    html.table(rows)


def _fraction(now: Setting, lag: bool) -> str:
    if now.alpha:
        return "(1 − α)/α" if lag else "α/(2 − α)"
    return "β/(1 − β)" if lag else "(1 − β)/(1 + β)"


def _measured(value: float, form: str) -> str:
    return format(value, form) if math.isfinite(value) else "–"


def sliders(page: Averaging) -> None:
    """Adam's values and the surface it walks on."""
    key = page.key
    columns = st.columns(4, gap="medium")
    for column, (name, meaning) in zip(columns, ADAM.items(), strict=False):
        with column:
            controls.widget(meaning, f"{key}.adam.{name}", page.stepped)
    columns[3].selectbox(
        "Surface", list(SURFACES), key=f"{key}.surface", on_change=page.stepped, persist_state="session"
    )


@st.fragment(key=STEPS)
def steps(page: Averaging) -> None:
    """How large Adam's first steps are without correction, and where they lead."""
    now, theme = page.read(), palette.theme()
    page.link(now)
    beta1, beta2 = now.adam.values["beta1"], now.adam.values["beta2"]
    t = np.arange(1, 10_001)
    size = theory.adam_bias_factor(t, beta1, beta2)
    top = int(np.argmax(size))
    over = size[top] > 1 + 1e-9
    at, value = (top + 1, float(size[top])) if over else (1, float(size[0]))
    st.markdown(_verdict(now, at, value, float(size[0]), over))
    keep = np.unique(np.concatenate([np.geomspace(1, len(t), 140).round().astype(int), [at]])) - 1
    data = {
        "factor": pa.table({"t": t[keep], "y": size[keep]}),
        "peak": pa.table({"t": [at], "y": [value], "text": [f"{value:.3g} × η at t = {at:,}"]}),
        "one": pa.table({"y": [1.0], "text": ["with correction: 1"]}),
    }
    left, right = st.columns(2, gap="medium")
    with left:
        st.caption("Size of step t for a constant gradient, (1 − β₁ᵗ)/√(1 − β₂ᵗ), in units of η")
        told = "Size of the uncorrected step against t, with its largest value, which the sentence above gives too."
        charts.draw(average_charts.factor(theme), data, key=f"{page.key}.factor", alt=told)
    with right:
        runs = _pair(now)
        html.legend([html.swatch(f"3px {'dashed' if run.dash else 'solid'} {run.color}", run.name) for run in runs])
        surface, box = now.surface, Box(*now.surface.x_range, *now.surface.y_range)
        data = cache.map_frames(surface, theme) | {
            "start": frames.point(surface.start),
            "exits": frames.exits(runs, box),
        }
        data |= {f"path{i}": frames.path(run, box) for i, run in enumerate(runs)}
        told = f"The first {FIRST} steps of Adam with and without correction on {surface.label}."
        charts.draw(charts.map_spec(box, theme, frames.looks(runs), 320), data, key=f"{page.key}.map", alt=told)


def _pair(now: Setting) -> list[Run]:
    """Adam's first steps with its correction and without, from the same start."""
    color = palette.of("Adam")
    start = (float(now.surface.start[0]), float(now.surface.start[1]))
    pair = {f"with correction, first {FIRST} steps": True, "without": False}
    return [
        Run(
            name,
            color,
            dash,
            cache.trace(now.adam(bias_correction=corrected), now.surface, start, FIRST, schedules.constant, 0.0, 0),
        )
        for dash, (name, corrected) in enumerate(pair.items())
    ]


def _verdict(now: Setting, at: int, value: float, first: float, over: bool) -> str:
    """What the factor says, as a sentence with its numbers."""
    b1, b2 = (share.text(now.adam.values[name]) for name in ("beta1", "beta2"))
    base = f"For β₁ = {b1} and β₂ = {b2} "
    if not over:
        return (
            f"{base}the uncorrected steps are never too large: the first is {first:.3g} × η, as β₁ is closer to 1 "
            "than it takes. With the usual values it is the other way round."
        )
    return (
        f"{base}the uncorrected steps are too **large**, not too small: {first:.3g} × η at t = 1 and up to "
        f"**{value:.3g} × η at t = {at}**. Both averages start too low, but v stands under a root in the denominator."
    )


def how_it_works(page: Averaging) -> None:
    """The formulas, the mistakes one meets, and the source that ran."""
    section = st.expander("How it works", on_change="rerun", icon=":material/function:")
    if not section.open:
        return
    with section:
        st.latex(
            r"v_t = (1-\beta) \sum_{n=0}^{t-1} \beta^n \theta_{t-n}, \qquad "
            r"(1-\beta)\sum_{n=0}^{t-1}\beta^n = 1 - \beta^t"
        )
        st.markdown(NOTES)
        st.code("\n\n".join(inspect.getsource(f) for f in (averages.ema, averages.ema_step, averages.debias)))


def csv(page: Averaging) -> None:
    """All values of all averages, made when asked for."""

    def make() -> str:
        now = page.read()
        return average_frames.table(now.series, now.betas).to_csv(index=False)

    name = f"{page.key}.csv"
    st.download_button(
        "Download the averages (CSV)", make, name, "text/csv", icon=":material/download:", on_click="ignore"
    )
