"""The parts of the Plateaus page: who escapes and when, ε against what it is added to, rates, and basins."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import streamlit as st

from . import basins as maps
from . import (
    charts,
    controls,
    denominators,
    frames,
    html,
    palette,
    plateau_charts,
    plateau_words,
    plateaus,
    report,
    sweeps,
)
from .experiment import ENDS, Setting
from .frames import Box, Run
from .lineup import Entry
from .plateau_words import Escape
from .plateaus import BASINS, EPSILON, EPSILONS, RATES, TIMES, Plateaus, Role


@st.fragment(key=ENDS)
def ends(experiment: Plateaus) -> None:
    """Who is off the plateau first, who is not, and what ε has to do with it; in words and in a table."""
    now = experiment.read()
    runs = now.runs()
    off = plateau_words.escapes(now, runs)
    html.told([*plateau_words.verdict(now, runs, off), *plateau_words.blame(now, runs, off)])
    html.table([_row(now, run, step) for run, step in zip(runs, off, strict=True)])


def _row(now: Setting, run: Run, step: Escape) -> dict[str, str]:
    trace = run.trace
    first, last = (float(np.hypot(*trace["g"][i])) for i in (0, -1))
    word = report.ending(now, run)
    if word == "minimum" and (known := maps.minima(now.surface)):
        place = min(known, key=lambda m: np.hypot(m.x - trace["x"][-1, 0], m.y - trace["x"][-1, 1]))
        word = f"minimum ({place.x:.3g}, {place.y:.3g})"
    with np.errstate(all="ignore"):
        moved = float(np.hypot(*(trace["x"][-1] - trace["x"][0])))
    return {
        "Optimizer": report.named(run),
        f"{plateaus.goal(now).off.capitalize()} at step": f"not within {now.steps} steps"
        if step is None
        else str(step),
        "Final loss": f"{float(trace['f'][-1]):.4g}",
        "‖g‖ at the start": f"{first:.3g}",
        "‖g‖ at the end": f"{last:.3g}" if np.isfinite(last) else "∞",
        "Moved": f"{moved:.3g}" if np.isfinite(moved) else "∞",
        "The end is": word,
    }


@st.fragment(key=EPSILON)
def epsilon(experiment: Plateaus) -> None:
    """ε against what it is added to, over one optimizer's run; ε can be moved right here."""
    now = experiment.read()
    fit = plateaus.with_epsilon(now.entries)
    entry = experiment.chosen("epsilon", now)
    if entry is None:
        st.info("No optimizer of the line-up has an ε. Add Adam, RMSProp or AdaGrad in the sidebar.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _choice(experiment, "epsilon", "Optimizer", fit, entry)
        _slider(experiment, entry)
    run = now.run(entry)
    weighed = denominators.denominator(entry.optimizer, run.trace)
    assert weighed, "each optimizer with an ε has a denominator"
    step = sweeps.first(dict(run.trace), plateaus.criterion(now))
    theme, axes = palette.theme(), now.surface.axes
    low, high = decades(weighed.size)
    window = Box(0, now.steps, 10.0**low, 10.0**high)
    named = [f"{weighed.symbol} of {axis}" for axis in axes]
    data = {
        f"size{i}": frames.line(run._replace(name=named[i]), _positive(weighed.size[:, i]), window, log=True)
        for i in range(2)
    }
    shown = weighed.bound > 0
    data["epsilon"] = pa.table(
        {
            "y": pa.array([min(weighed.bound, 10.0**high)] * shown, pa.float64()),
            "text": pa.array([f"{weighed.bound_symbol} = {weighed.bound:.3g}"] * shown, pa.string()),
        }
    )
    data["off"] = pa.table(
        {
            "step": pa.array([step] if step else [], pa.int64()),
            "text": pa.array([plateaus.goal(now).off] if step else [], pa.string()),
        }
    )
    colors = [getattr(palette.COORDINATES[c], theme) for c in "xy"]
    shade = getattr(palette.FAINT, theme)
    html.legend(
        [
            *(html.swatch(f"3px solid {color}", name) for color, name in zip(colors, named, strict=True)),
            html.swatch(f"9px solid {shade}38", f"below {weighed.bound_symbol}: ε rules"),
        ]
    )
    spec = plateau_charts.root_spec(weighed.symbol, low, high, theme)
    told = "What epsilon is added to, against step, and the region where epsilon is larger."
    charts.draw(spec, data, key=f"{experiment.key}.epsilon.chart", alt=told)
    html.told(plateau_words.epsilon_told(entry, weighed, now.steps, axes))


def _choice(experiment: Plateaus, role: Role, label: str, fit: Sequence[Entry], entry: Entry) -> None:
    """A selectbox over entries of the line-up.

    The browser answers with a name, and a name goes out of date when a value in it moves: only one that an entry has
    at present is a choice.
    """
    names = {entry.id: entry.name for entry in fit}
    chosen = f"{experiment.key}.{role}"
    widget = f"{chosen}.pick"

    def picked() -> None:
        if st.session_state[widget] in names:
            st.session_state[chosen] = st.session_state[widget]
            experiment.moved()

    st.session_state[chosen] = entry.id
    _show(widget, entry.id)
    name = lambda i: names.get(i, "")  # noqa: E731
    st.selectbox(label, list(names), format_func=name, key=widget, on_change=picked, width=300, persist_state="session")


def _slider(experiment: Plateaus, entry: Entry) -> None:
    """The ε of an entry, which its card has too.

    Where ε was moved elsewhere this is another widget: the browser may still send what the old one showed.
    """
    state, key = st.session_state, f"{experiment.key}.eps"
    there, value = f"{experiment.key}.{entry.id}.eps", entry.optimizer.values["eps"]
    if state.get(f"{key}.{state.get(key)}") != value:
        state[key] = state.get(key, 0) + 1
        state[f"{key}.{state[key]}"] = value
    here = f"{key}.{state[key]}"

    def moved() -> None:
        if here == f"{key}.{state[key]}":
            state[there] = state[here]
            experiment.moved(entry.id, True)

    with st.container(key=key):
        controls.slide("ε", controls.marks(entry.optimizer.hyperparameters["eps"]), here, moved)


def _show(key: str, value: float) -> None:
    """Make a widget show a value.  One that shows it already is left alone, since it may be moving on."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _positive(size: np.ndarray) -> np.ndarray:
    return np.where(size > 0, size, np.nan)


def decades(values: np.ndarray, usual: tuple[int, int] = (-14, 2), stride: int = 10) -> tuple[int, int]:
    """The powers of ten that a log axis spans: the usual ones, or more where the values need more.

    It grows in strides, so that the axis stands still while values move.
    """
    low, high = usual
    seen = np.log10(values[np.isfinite(values) & (values > 0)])
    if seen.size:
        low -= stride * max(0, int(np.ceil((low - seen.min()) / stride)))
        high += stride * max(0, int(np.ceil((seen.max() - high) / stride)))
    # What lies beyond these powers has hardly a digit left, or none.
    return max(low, -300), min(high, 300)


@st.fragment(key=TIMES)
def times(experiment: Plateaus) -> None:
    """The step of escape against ε, for each that has one."""
    now = experiment.read()
    fit = plateaus.with_epsilon(now.entries)
    if not fit:
        return
    groups = plateaus.kin(fit)
    runs = [now.run(group[0])._replace(name=_apart_from_epsilon(group[0].name)) for group in groups]
    found = [plateaus.over_epsilon(now, group[0]) for group in groups]
    # A line for everyone, empty where another's is the same, so that the chart stays as values come to differ.
    curves = {group[0].id: frames.times(EPSILONS, steps) for group, steps in zip(groups, found, strict=True)}
    nothing = frames.times((), np.empty(0))
    data: dict[str, pa.Table] = {f"times{i}": curves.get(entry.id, nothing) for i, entry in enumerate(fit)}
    data["never"] = frames.never(runs, [EPSILONS] * len(runs), found)
    data["now"] = _present(now, groups)
    html.legend([report.named(run) for run in runs])
    spec = charts.times_spec("ε", "log", EPSILONS[0], EPSILONS[-1], now.steps, frames.looks(fit))
    told = "Step of escape against epsilon, for each optimizer that has one; marks at the top stand for never."
    charts.draw(spec, data, key=f"{experiment.key}.times", alt=told)
    html.told(plateau_words.times_told(now, runs, found))


def _apart_from_epsilon(name: str) -> str:
    """A name without the ε in it, or the number behind it, by which it is told from its kin."""
    kept = [part for part in name.split(" #")[0].split(", ") if not part.startswith("ε = ")]
    return ", ".join(kept)


def _present(now: Setting, groups: Sequence[Sequence[Entry]]) -> pa.Table:
    """The present ε of each on its curve, or in its row of the marks at the top."""
    strip = 16 + 5 * (sum(map(len, groups)) - 1)
    top = now.steps ** (200 / (200 - strip))
    rows = []
    for row, group in enumerate(groups):
        runs = [now.run(entry) for entry in group]
        for entry, run, step in zip(group, runs, plateau_words.escapes(now, runs), strict=True):
            # The axis and its title leave about 117 of the chart's 200 pixels.
            y = top ** (1 - (4 + 5 * row) / 117) if step is None else max(step, 1)
            rows.append((entry.optimizer.values["eps"], y, run.color))
    seen = [row for row in rows if EPSILONS[0] <= row[0] <= EPSILONS[-1]]
    return _table(seen, {"x": pa.float64(), "y": pa.float64(), "color": pa.string()})


@st.fragment(key=RATES)
def rates(experiment: Plateaus) -> None:
    """AdaGrad's effective learning rates beside RMSProp's, in the flatter of the two coordinates."""
    now = experiment.read()
    duel = plateaus.duel(now)
    slope = np.abs(duel.runs[0].trace["g"][0])
    axis = int(np.argmin(np.where(slope > 0, slope, np.inf)))
    lines = [rate[:, axis] for rate in duel.rates]
    low, high = decades(np.concatenate(lines), (-4, 8), 4)
    window = Box(0, now.steps, 10.0**low, 10.0**high)
    data: dict[str, pa.Table] = {
        f"rate{i}": frames.line(run, _positive(line), window, log=True)
        for i, (run, line) in enumerate(zip(duel.runs, lines, strict=True))
    }
    off = plateau_words.escapes(now, duel.runs)
    out = [(step, float(line[step]), run.color)
           for step, line, run in zip(off, lines, duel.runs, strict=True) if step is not None]  # fmt: skip
    data["off"] = _table(out, {"step": pa.int64(), "y": pa.float64(), "color": pa.string()})
    spec = plateau_charts.rates_spec(low, high, frames.looks(duel.runs))
    told = "Effective learning rate of AdaGrad with three learning rates, and of RMSProp, against step."
    chart, words = st.columns([3, 2], gap="medium")
    with chart:
        html.legend([report.named(run) for run in duel.runs])
        charts.draw(spec, data, key=f"{experiment.key}.rates", alt=told)
    with words:
        for sentence in plateau_words.rates_told(now, duel, off, axis):
            html.told([sentence])


def _table(rows: Sequence[tuple[object, ...]], columns: dict[str, pa.DataType]) -> pa.Table:
    return pa.table({name: pa.array([row[i] for row in rows], kind) for i, (name, kind) in enumerate(columns.items())})


@st.fragment(key=BASINS)
def basins(experiment: Plateaus) -> None:
    """Which start ends in which minimum, for two optimizers side by side; the last of what follows a slider."""
    now, theme = experiment.read(), palette.theme()
    known = maps.minima(now.surface)
    spec = plateau_charts.basin_spec(now.box, now.surface.axes, theme)
    maps_of: list[maps.Basins] = []
    names: list[str] = []
    for column, role in zip(st.columns(2, gap="medium"), ("left", "right"), strict=True):
        entry = experiment.chosen(role, now)
        assert entry, "there is somebody in the line-up"
        with column:
            _choice(experiment, role, "Optimizer", now.entries, entry)
            found = basins_of(now, entry)
            start = pa.table({"x": [now.start[0]], "y": [now.start[1]]})
            data = {"basins": maps.image(found, now.surface, theme), "minima": maps.letters(known), "start": start}
            told = "A map of starts, coloured by where they end; the table beneath it gives the shares."
            charts.draw(spec, data, key=f"{experiment.key}.basins.{role}", alt=told)
        maps_of.append(found)
        names.append(entry.name)
    _shares(now, names, maps_of)
    html.told(plateau_words.basins_told(now, names, maps_of))
    report.keep(experiment, now, now.runs())


def basins_of(now: Setting, entry: Entry) -> maps.Basins:
    """Where an entry ends from all over the map."""
    level = now.more["level"]
    return maps.basins(entry.optimizer, now.surface, now.steps, entry.schedule, now.noise, now.seed, level)


def _shares(now: Setting, names: Sequence[str], found: Sequence[maps.Basins]) -> None:
    """The maps' legend: each colour's place, its depth, and how many starts of either map it has."""
    known, shares = found[0].minima, [one.shares() for one in found]
    colors = maps.colors(len(known), palette.theme())
    labels = [f"{maps.letter(i)}: minimum ({m.x:.4g}, {m.y:.4g})" for i, m in enumerate(known)]
    depths = [f"{round(m.f, 9) + 0:.4g}" for m in known] + ["–"] * len(maps.OTHERS)
    told = [f"{what} (f > {now.more['level']:.6g})" if what == maps.ABOVE else what for what in maps.OTHERS]
    rows = []
    for i, label in enumerate([*labels, *told]):
        if i >= len(known) and not any(share[i] for share in shares):
            continue
        row = {f"After {now.steps} steps": html.dot(colors[i], label), "f there": depths[i]}
        for side, name, share in zip(("left", "right"), names, shares, strict=True):
            row[f"{name} ({side})"] = f"{100 * share[i]:.1f} %"
        rows.append(row)
    html.table(rows)
