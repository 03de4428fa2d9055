"""What the Saddle points page shows: map, distances, the meter of escape times, what they depend on, seeds, curvature.

The parts that follow a slider are fragments; ``Experiment.moved`` names which of them run.
"""

import inspect

import numpy as np
import streamlit as st

from optim import theory
from optim.formula import Array

from . import charts, frames, html, palette, report, saddle_charts, saddle_curvature, saddle_frames, saddle_words
from .experiment import INSIDE, MAP, Setting
from .frames import Box, Run
from .saddles import DELTAS, GAPS, RATES, Escape, Saddles, beta_of, delta, escapes, over_seeds, times, way_out

DISTANCES, METER, VERDICT, TIMES, SEEDS = "distances", "meter", "verdict", "times", "seeds"
FOLLOW = (MAP, DISTANCES, METER, VERDICT, TIMES, SEEDS)
"""The keys of the fragments that follow every slider."""

MANY = 200
"""Seeds."""

LITTLE = 1e-3
"""The noise that is offered."""


@st.fragment(key=MAP)
def map_of(experiment: Saddles) -> None:
    """The contour map with the paths, and where a run counts as out."""
    now, theme = experiment.read(), palette.theme()
    runs = now.runs()
    spec = saddle_charts.map_spec(now.box, theme, frames.looks(runs), now.surface.axes)
    told = f"Paths of the optimizers, which the legend names, over the level lines of {now.surface.label}."
    charts.draw(
        spec, report.map_data(now, runs) | {"out": saddle_frames.fence(now)}, key=f"{experiment.key}.map", alt=told
    )


@st.fragment(key=DISTANCES)
def distances(experiment: Saddles) -> None:
    """The distance from the stable axis against step, on a log axis, with the theory's line over it."""
    now = experiment.read()
    found, way, radius = escapes(now), way_out(now.surface), now.more["radius"]
    if not any(escape.moved for escape in found):
        st.info(saddle_words.standstill(now, found) or "Every gradient across the axis is 0.", icon=":material/block:")
        return
    name, saddle = now.surface.axes[way.axis], way.saddle[way.axis]
    title = f"distance |{name} − {saddle:.3g}|" if saddle else f"distance |{name}|"
    if way.gamma is None:
        title = "distance from the stable ray"
    box = saddle_frames.window(now, found)
    data = saddle_frames.distances(found, box) | {"radius": saddle_frames.level(radius, "out")}
    spec = saddle_charts.distance(title, frames.looks([escape.run for escape in found]), palette.theme())
    charts.draw(spec, data, key=f"{experiment.key}.distance", alt=f"{title} against step, on a log axis.")
    st.caption(saddle_words.about_theory(now, found))


@st.fragment(key=METER)
def meter(experiment: Saddles) -> None:
    """Who was out when, and what theory says of it."""
    now = experiment.read()
    found = escapes(now)
    longest = max((escape.at for escape in found if escape.at is not None), default=0)
    html.table([_row(now, escape, longest) for escape in found])


def _row(now: Setting, escape: Escape, longest: int) -> dict[str, str]:
    told, at = escape.predicted, escape.at
    predicted = "–" if told is None else "never" if np.isinf(told.steps) else f"{told.steps:.0f}"
    where = told.steps / longest if told and longest and told.steps <= longest else None
    if at is not None:
        measured = html.meter(str(at), at / longest if longest else 0.0, escape.run.color, where)
    elif (gone := frames.diverged(escape.run.trace)) is not None:
        measured = f"diverged at step {gone}, but not out"
    else:
        measured = f"not within {now.steps} steps"
    row = {"Optimizer": report.named(escape.run), "Out at step": measured, "Predicted": predicted}
    return row | ({"The end is": _end(now, escape.run)} if now.surface.minima else {})


def _end(now: Setting, run: Run) -> str:
    """A word for where a run ended, and which minimum where it is one."""
    end, word = run.trace["x"][-1], report.ending(now, run)
    if word != "minimum":
        return word
    x, y = min(now.surface.minima, key=lambda at: float(np.hypot(*(end - at))))
    return f"minimum ({x:.3g}, {y:.3g})".replace("-", "−")


@st.fragment(key=VERDICT)
def verdict(experiment: Saddles) -> None:
    """What the runs say, in words."""
    now = experiment.read()
    found = escapes(now)
    first, *rest = [*saddle_words.verdict(now, found), *saddle_words.unpredicted(now, found)]
    st.markdown(f"{first}\n\n{' '.join(rest)}")


@st.fragment(key=TIMES)
def sweeps(experiment: Saddles) -> None:
    """Escape times against learning rate, β and δ, by one sweep for each optimizer."""
    now = experiment.read()
    found = escapes(now)
    swept = [times(now, escape.entry) for escape in found]
    rates = [escape.entry.optimizer.values["lr"] for escape in found]
    gaps = [1 - escape.entry.optimizer.values.get(beta_of(escape.entry), 0.0) for escape in found]
    parts = {
        "lr": ("learning rate η", "log", RATES, rates),
        "beta": ("β", "decay", GAPS, gaps),
        "delta": ("start δ", "log", DELTAS, [delta(now)] * len(found)),
    }
    for column, (name, (title, axis, values, present)) in zip(st.columns(3), parts.items(), strict=True):
        who = [i for i, by in enumerate(swept) if name in by]
        if not who:
            column.caption("No optimizer of the line-up has a β.")
            continue
        shown = [found[i] for i in who]
        data = saddle_frames.times(shown, values, [swept[i][name] for i in who], [present[i] for i in who])
        looks = frames.looks([escape.run for escape in shown])
        spec = charts.times_spec(title, axis, min(values), max(values), now.steps, looks)
        with column:
            charts.draw(spec, data, key=f"{experiment.key}.by-{name}", alt=f"Step of escape against {title}.")
    about = f"Dots: the values at present. Triangles: not out within {now.steps} steps."
    price = saddle_words.price(now, found, [by["delta"] for by in swept])
    st.caption(f"{about} {saddle_words.whose_beta(found)} {price}")


@st.fragment(key=SEEDS)
def seeds(experiment: Saddles) -> None:
    """How escape times are distributed over seeds; without noise there is nothing to distribute."""
    now = experiment.read()
    report.keep(experiment, now, now.runs())
    if not now.noise:
        st.markdown("There is no noise at present: every seed gives the same run.")
        label, key = f"Add gradient noise σ = {LITTLE:g}", f"{experiment.key}.add-noise"
        st.button(label, icon=":material/grain:", key=key, on_click=experiment.add_noise, args=(LITTLE,))
        return
    runs, hits = now.runs(), [over_seeds(now, entry, MANY) for entry in now.entries]
    left, right = st.columns(2, gap="medium")
    with left:
        data = {f"share{i}": saddle_frames.share(hit, now.steps) for i, hit in enumerate(hits)}
        spec = saddle_charts.shares(now.steps, frames.looks(runs))
        told = f"Share of {MANY} seeds that are out, against step."
        charts.draw(spec, data, key=f"{experiment.key}.shares", alt=told)
    with right:
        html.table([_spread(now, run, hit) for run, hit in zip(runs, hits, strict=True)])
        st.markdown(saddle_words.freed(now, runs, hits))


def _spread(now: Setting, run: Run, hits: Array) -> dict[str, str]:
    """Quantiles over the seeds; one that is never reached is beyond the steps."""
    low, middle, high = (saddle_frames.quantile(hits, part) for part in (0.05, 0.5, 0.95))
    word = lambda step: f"{step:.0f}" if np.isfinite(step) else f"> {now.steps}"  # noqa: E731
    never = int(np.isnan(hits).sum())
    return {
        "Optimizer": report.named(run),
        "Median": word(middle),
        "5 %–95 %": f"{word(low)}–{word(high)}",
        f"Not within {now.steps}": f"{never} of {len(hits)}" if never else "none",
    }


@st.fragment(key=INSIDE)
def curvature(experiment: Saddles) -> None:
    """The Hessian's eigenvalues along one optimizer's path, and how near its steps are to growing."""
    now, theme, key = experiment.read(), palette.theme(), experiment.key
    entries = {entry.id: entry for entry in now.entries}
    chosen = f"{key}.inside"
    if st.session_state.get(chosen) not in entries:
        st.session_state[chosen] = next(iter(entries))
    name = lambda i: entries[i].name if i in entries else ""  # noqa: E731
    st.selectbox("Optimizer", list(entries), format_func=name, width=320, key=chosen, persist_state="session")
    entry = entries[st.session_state[chosen]]
    run = now.run(entry)
    small, large = saddle_curvature.along(now.surface, run)
    felt = saddle_curvature.feels(now.surface, entry, run)
    look, everything = (run.color, run.dash), Box(0, now.steps, -1e9, 1e9)
    left, right = st.columns(2, gap="medium")
    with left:
        data = {"large": saddle_frames.series(run, large, everything), "zero": saddle_frames.level(0.0, "")}
        data["small"] = saddle_frames.series(run, small, everything)
        told = "Eigenvalues of the Hessian along the path against step."
        charts.draw(saddle_charts.eigenvalues(look, theme), data, key=f"{key}.eigenvalues", alt=told)
        st.markdown(saddle_curvature.shape(now.surface, run, small, large))
    with right:
        data = {"felt": saddle_frames.series(run, felt.values, everything._replace(bottom=1e-9), log=True)}
        data["edge"] = saddle_frames.level(felt.edge, felt.name)
        told = f"{felt.title} against step, and the edge of stability."
        charts.draw(saddle_charts.edge(felt.title, look, theme), data, key=f"{key}.edge", alt=told)
        st.markdown(saddle_curvature.stability(entry, felt))


def how_it_works(experiment: Saddles) -> None:
    """The formulas in use, and the closed forms."""
    report.how_it_works(experiment)
    section = st.expander("The closed forms", on_change="rerun", icon=":material/calculate:")
    if not section.open:
        return
    with section:
        st.markdown(
            r"On $f = \tfrac12 (x^2 - \gamma y^2)$ each coordinate goes its own way, and along y each of these is a "
            r"linear recurrence, so that $y_k = y_0 \left(A\, s_1^k + (1 - A)\, s_2^k\right)$ with the roots of"
        )
        st.latex(
            r"\begin{aligned}"
            r"\text{SGD:}\quad & s = 1 + \eta\gamma \\"
            r"\text{Momentum:}\quad & s^2 - (1 + \beta + \eta\gamma)\, s + \beta = 0 \\"
            r"\text{Nesterov:}\quad & s^2 - (1 + \eta\gamma)(1 + \beta)\, s + \beta\,(1 + \eta\gamma) = 0"
            r"\end{aligned}"
        )
        st.markdown(
            "On the other surfaces γ is the downward curvature at the saddle itself. Where momentum is an average, "
            "η (1 − β) stands in for η. The functions that ran:"
        )
        st.code("\n\n".join(inspect.getsource(function) for function in CLOSED_FORMS))


CLOSED_FORMS = (
    theory.gd_escape_steps,
    theory.heavy_ball_growth,
    theory.heavy_ball_escape_steps,
    theory.heavy_ball_distance,
    theory.nesterov_growth,
    theory.nesterov_escape_steps,
    theory.nesterov_distance,
    theory.heavy_ball_stable_lr,
    theory.nesterov_stable_lr,
)
