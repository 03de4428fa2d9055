"""What a page shows of its runs: legend, map, curves, ends, the inside of one optimizer, and how it works.

The parts that follow a slider are fragments; ``Experiment.moved`` names which of them run.
"""

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from optim import averages
from optim.descent import replay
from optim.ends import judge
from optim.formula import Formula
from optim.optimizers import Optimizer
from optim.surfaces import Surface

from . import cache, charts, controls, frames, html, palette, worked
from .experiment import CURSOR, CURVES, ENDS, INSIDE, LEGEND, MAP, WITHIN, Experiment, Setting
from .frames import Box, Run
from .lineup import Entry
from .player import player

BORDERS = ("solid", "dashed", "dotted", "double")
"""What ``charts.DASHES`` are in CSS."""


def begin(experiment: Experiment, title: str) -> None:
    """How a page of runs begins: its title, its link's state, its sidebar, its presets and its legend."""
    st.title(title)
    experiment.open()
    with st.sidebar:
        experiment.sidebar()
    experiment.offer()
    if not experiment.read().entries:
        st.info("The line-up is empty. Add an optimizer in the sidebar, or pick an experiment above.")
        st.stop()
    legend(experiment)


@st.fragment(key=LEGEND)
def legend(experiment: Experiment) -> None:
    """A swatch and a name for every run, dashed as its line is."""
    html.legend([named(entry) for entry in experiment.read().entries])


def named(run: Run | Entry) -> str:
    """A run's name behind a swatch of its line."""
    return html.swatch(f"3px {BORDERS[run.dash]} {run.color}", run.name)


@st.fragment(key=MAP)
def map_of(experiment: Experiment) -> None:
    """The contour map with the paths."""
    now, theme = experiment.read(), palette.theme()
    surface, runs = now.surface, now.runs()
    told = f"Paths of the optimizers, which the legend names, over the level lines of {surface.label}."
    spec = charts.map_spec(now.box, theme, frames.looks(runs), axes=surface.axes)
    charts.draw(spec, map_data(now, runs), key=f"{experiment.key}.map", alt=told)


def map_data(now: Setting, runs: Sequence[Run]) -> dict[str, Any]:
    """What the map is drawn from."""
    data = cache.map_frames(now.surface, palette.theme()) | {
        "start": frames.point(now.start),
        "exits": frames.exits(runs, now.box),
    }
    return data | {f"path{i}": frames.path(run, now.box) for i, run in enumerate(runs)}


@st.fragment(key=CURSOR)
def cursor(experiment: Experiment) -> None:
    """The step cursor, which reaches as far as the runs; a click on the map is another start for the whole page."""
    now = experiment.read()

    def picked(x: float, y: float) -> None:
        experiment.start_at(x, y)
        st.rerun()

    player(experiment.key, now.steps, now.box, picked)


@st.fragment(key=CURVES)
def curves(experiment: Experiment) -> None:
    """Loss and gradient norm against step; on a log axis it is the loss above the lowest, where there is a lowest."""
    now = experiment.read()
    runs, log = now.runs(), now.scale == "log"
    lowest = lowest_loss(now.surface)
    above = log and lowest is not None
    losses = [run.trace["f"] - (lowest if above else 0.0) for run in runs]
    title = "loss f − f*" if above and lowest else "loss f"
    _curves(f"{experiment.key}.loss", title, runs, losses, above)
    norms = [np.hypot(*np.moveaxis(run.trace["g"], 1, 0)) for run in runs]
    _curves(f"{experiment.key}.gradient", "gradient norm ‖g‖", runs, norms, log)


def _curves(key: str, title: str, runs: Sequence[Run], ys: list[np.ndarray], log: bool) -> None:
    window = _window(runs, ys, log)
    data = {f"curve{i}": frames.line(run, y, window, log) for i, (run, y) in enumerate(zip(runs, ys, strict=True))}
    charts.draw(
        charts.curve_spec(title, "log" if log else "linear", frames.looks(runs)),
        data,
        key=key,
        alt=f"{title} against step.",
    )


def _window(runs: Sequence[Run], ys: list[np.ndarray], log: bool) -> Box:
    """What the curves' chart shows: all of every sound run; a diverging one leaves at the top."""
    pairs = zip(runs, ys, strict=True)
    sound = [y for run, y in pairs if frames.diverged(run.trace) is None] or [y[:1] for y in ys]
    seen = np.concatenate([*sound, [y[0] for y in ys]])
    seen = seen[np.isfinite(seen) & ((seen > 0) | (not log))]
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (1.0, 1.0)
    steps = max(len(y) for y in ys) - 1
    if log:
        return Box(0, steps, max(low, 1e-18), 30 * high)
    return Box(0, steps, low - 0.02 * (high - low), high + max(0.05 * (high - low), 1e-12))


def scale(experiment: Experiment) -> None:
    """The curves' axis."""
    st.segmented_control(
        "Vertical axis",
        ["log", "linear"],
        key=f"{experiment.key}.scale",
        required=True,
        label_visibility="collapsed",
        on_change=experiment.moved,
        persist_state="session",
    )


def lowest_loss(surface: Surface) -> float | None:
    """The least value of the surface, if it has one."""
    return float(surface.at(surface.minima[0])[0]) if surface.minima else None


@st.fragment(key=ENDS)
def ends(experiment: Experiment) -> None:
    """Where every run ended, in numbers and in a word."""
    now = experiment.read()
    runs = now.runs()
    keep(experiment, now, runs)
    html.table([_row(now, run) for run in runs])


def keep(experiment: Experiment, now: Setting, runs: Sequence[Run]) -> None:
    """Make the link and the CSV those of what is shown; the last of what follows a slider."""
    experiment.link(now)
    _held(experiment)[:] = runs


def csv(experiment: Experiment) -> None:
    """All rows of all runs to take away, made on the click."""
    held = _held(experiment)
    make = lambda: frames.table(held).to_csv(index=False)  # noqa: E731
    icon = ":material/download:"
    st.download_button("Runs as CSV", make, f"{experiment.key}.csv", "text/csv", icon=icon, on_click="ignore")


def _held(experiment: Experiment) -> list[Run]:
    """The runs that the page shows, in a list that a click on the CSV can read outside of the session."""
    return st.session_state.setdefault(f"{experiment.key}.held", [])


def tolerance(experiment: Experiment) -> None:
    """What the table counts as arrived."""
    if experiment.read().surface.minima:
        label, key = "Arrived when f − f* is at most", f"{experiment.key}.within"
        controls.slide(label, controls.marks(WITHIN), key, experiment.moved, width=320)


def ending(now: Setting, run: Run) -> str:
    """A word for the end of a run: that it diverged or left the map, or else what its last point is."""
    if (gone := frames.diverged(run.trace)) is not None:
        return f"diverged at step {gone}"
    if (outside := frames.left(run.trace, now.box)) is not None:
        return f"off the map since step {outside}"
    return judge(now.surface, run.trace["x"][-1], run.trace["step"][-1])


def _row(now: Setting, run: Run) -> dict[str, str]:
    surface, trace = now.surface, run.trace
    end, f, minima = trace["x"][-1], float(trace["f"][-1]), np.array(surface.minima)
    verdict, lowest = ending(now, run), lowest_loss(surface)
    row = {"Optimizer": named(run), "Final loss": f"{f:.4g}"}
    with np.errstate(all="ignore"):
        path = np.hypot(*np.diff(trace["x"], axis=0).T).sum()
        row["Path length"] = f"{path:.4g}" if np.isfinite(path) else "∞"
        if lowest is not None:
            distance = np.hypot(*(end - minima).T).min()
            there = trace["f"] - lowest <= now.within
            row["Distance to the minimum"] = f"{distance:.3g}"
            row[f"First step with f − f* ≤ {now.within:g}"] = str(int(np.argmax(there))) if there.any() else "not yet"
            if verdict == "minimum" and distance > 0.05 * (surface.x_range[1] - surface.x_range[0]):
                verdict = "local minimum"
    row["The end is"] = verdict
    return row


@st.fragment(key=INSIDE)
def inside(experiment: Experiment) -> None:
    """One optimizer's quantities against step, and one of its steps written out."""
    now = experiment.read()
    entries = {entry.id: entry for entry in now.entries}
    chosen, at = f"{experiment.key}.inside", f"{experiment.key}.t"
    if st.session_state.get(chosen) not in entries:
        st.session_state[chosen] = max(entries)
    st.session_state[at] = min(st.session_state.get(at, 1), now.steps)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = lambda i: entries[i].name if i in entries else ""  # noqa: E731
        st.selectbox("Optimizer", list(entries), format_func=name, width=320, key=chosen, persist_state="session")
        t = st.number_input("Step t", 1, now.steps, key=at, width=160, persist_state="session")
    entry = entries[st.session_state[chosen]]
    trace, groups = now.run(entry).trace, _groups(entry.optimizer)
    for column, (title, names) in zip(st.columns(len(groups)), groups.items(), strict=True):
        with column:
            labels = tuple(map(worked.plain, names))
            st.caption(f"{title}: {', '.join(labels)}")
            spec = charts.inside_spec(
                tuple(names), labels, "log" if names == ["effective_lr"] else "linear", palette.theme()
            )
            data = {"inside": frames.inside(trace, names)}
            charts.draw(
                spec, data, key=f"{experiment.key}.{title}", alt=f"{title} of the optimizer chosen above against step."
            )
    for axis, column in enumerate(st.columns(2)):
        column.caption(f"Step {t} for the coordinate {'xy'[axis]}")
        state = {
            key: float(trace[key][t - 2, axis]) if t > 1 else first for key, first in entry.optimizer.state.items()
        }
        x, g = (float(trace[key][t - 1, axis]) for key in "xg")
        column.latex(worked.equations(entry.optimizer, t, x, g, state, float(entry.schedule.at(t)), "xy"[axis]))


def _groups(optimizer: Optimizer) -> dict[str, list[str]]:
    """The optimizer's quantities by unit, found by doubling the gradients: those of g, those of g², and the rate."""
    gradients = np.linspace(1.0, 2.0, 8)
    once, twice = (replay(optimizer, scale * gradients) for scale in (1, 2))
    titles = {1: "Gradient and its averages", 2: "Squares", None: "Effective learning rate"}
    groups: dict[str, list[str]] = {titles[1]: ["g"], titles[2]: [], titles[None]: ["effective_lr"]}
    for name in once:
        if name not in ("x", "g", "step", "effective_lr") and once[name].any():
            ratio = twice[name][-1] / once[name][-1] if once[name][-1] else 1.0
            groups.setdefault(titles.get(round(np.log2(abs(ratio) or 1.0)), "Other"), []).append(name)
    return {title: names for title, names in groups.items() if names}


def how_it_works(experiment: Experiment) -> None:
    """For each formula in use: the paper's box, its notes, and the source of the function that ran."""
    now = experiment.read()
    formulas: dict[str, Formula] = {}
    for entry in now.entries:
        formulas[entry.optimizer.label] = entry.optimizer
        if entry.schedule.hyperparameters:
            formulas[entry.schedule.label] = entry.schedule
    formulas[now.surface.label] = now.surface
    section = st.expander("How it works", on_change="rerun", icon=":material/function:")
    if not section.open:
        return
    with section:
        for tab, formula in zip(st.tabs(list(formulas)), formulas.values(), strict=True):
            with tab:
                st.latex(formula.latex)
                st.markdown(formula.doc)
                st.caption(f"Source: {formula.source}")
                st.code(inspect.getsource(formula.function))
        st.caption("The averages that these functions call:")
        st.code("\n\n".join(inspect.getsource(function) for function in (averages.ema_step, averages.debias)))
