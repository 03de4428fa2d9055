"""The parts of the Plateaus page: who escapes and when, ε against what it is added to, rates, and basins.

Every sentence about results is made from the runs that are shown.
"""

from collections.abc import Sequence
from html import escape

import numpy as np
import pyarrow as pa
import streamlit as st

from optim.ends import judge

from . import basins as maps
from . import charts, controls, denominators, frames, html, palette, plateau_charts, plateaus, report, sweeps
from .denominators import Denominator
from .experiment import ENDS, Setting
from .frames import Box, Run
from .lineup import Entry
from .plateaus import BASINS, EPSILON, EPSILONS, FASTER, RATES, TIMES, Plateaus, Role

Escape = int | None
"""The step of escape; none if it does not come within the steps."""


def escapes(now: Setting, runs: Sequence[Run]) -> list[Escape]:
    """The step at which each run is first off the plateau."""
    return [sweeps.first(dict(run.trace), plateaus.criterion(now)) for run in runs]


@st.fragment(key=ENDS)
def ends(experiment: Plateaus) -> None:
    """Who is off the plateau first, who is not, and what ε has to do with it; in words and in a table."""
    now = experiment.read()
    runs = now.runs()
    off = escapes(now, runs)
    html.told([*verdict(now, runs, off), *blame(now, runs, off)])
    html.table([_row(now, run, step) for run, step in zip(runs, off, strict=True)])


def verdict(now: Setting, runs: Sequence[Run], off: Sequence[Escape]) -> list[str]:
    """Sentences: the order of escape, and who does not escape."""
    level, goal = f"f ≤ {now.more['level']:.6g}", plateaus.goal(now)
    if all(step == 0 for step in off):
        return [f"At this start f is below the level already ({level}): there is nothing to get away from."]
    done = sorted((step, i) for i, step in enumerate(off) if step is not None)
    told: list[str] = []
    if done:
        steps = sorted({step for step, _ in done})
        parts = [f"{_list([runs[i].name for s, i in done if s == step], bold=step == steps[0])} at step {step}"
                 for step in steps]  # fmt: skip
        told.append(f"{goal.off.capitalize()} ({level}) first: {', then '.join(parts)}.")
    still = [run for run, step in zip(runs, off, strict=True) if step is None]
    gone = [run for run in still if frames.left(run.trace, now.box) is not None]
    here = [run for run in still if frames.left(run.trace, now.box) is None]
    if here:
        told.append(f"Not within {now.steps} steps: {_list([_moved(run) for run in here], escaped=True)}.")
    if gone:
        told.append(f"Off the map instead: {_list([run.name for run in gone])}.")
    return told


def _moved(run: Run) -> str:
    return f"{escape(run.name)} (moved {np.hypot(*(run.trace['x'][-1] - run.trace['x'][0])):.2g})"


def _list(names: Sequence[str], bold: bool = False, escaped: bool = False) -> str:
    told = [name if escaped else escape(name) for name in names]
    told = [f"<b>{name}</b>" for name in told] if bold else told
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"


def blame(now: Setting, runs: Sequence[Run], off: Sequence[Escape]) -> list[str]:
    """For each whose ε costs it steps, or the escape: what the sweep over ε says that another would have done."""
    told = []
    for entry, run, step in zip(now.entries, runs, off, strict=True):
        weighed = denominators.denominator(entry.optimizer, run.trace)
        if weighed is None or step == 0:
            continue
        times = plateaus.over_epsilon(now, entry)
        smaller = np.array(EPSILONS) < entry.optimizer.values["eps"]
        better = [(int(t), eps) for t, eps in zip(times[smaller], np.array(EPSILONS)[smaller], strict=True) if t == t]
        if not better:
            continue
        if step is None:
            at, eps = better[-1]
            count, _ = ruled(weighed, now.steps)
            told.append(
                f"{escape(run.name)} is held back by its ε, which outweighs {weighed.symbol} of "
                f"{now.surface.axes[int(np.argmax(count))]} in {_of(int(count.max()), now.steps)}: "
                f"with ε = {_rounded(eps)} it would be {plateaus.goal(now).short} at step {at}."
            )
        elif step > 1.1 * min(better)[0] + 1:
            at = min(better)[0]
            eps = max(eps for t, eps in better if t == at)
            told.append(
                f"{escape(run.name)} loses {step - at} steps to its ε: "
                f"with {_rounded(eps)} it would be {plateaus.goal(now).short} at step {at}."
            )
    return told


def _row(now: Setting, run: Run, step: Escape) -> dict[str, str]:
    trace = run.trace
    first, last = (float(np.hypot(*trace["g"][i])) for i in (0, -1))
    word = str(judge(now.surface, trace["x"][-1], trace["step"][-1]))
    if (gone := frames.diverged(trace)) is not None:
        word = f"diverged at step {gone}"
    elif (outside := frames.left(trace, now.box)) is not None:
        word = f"off the map since step {outside}"
    elif word == "minimum" and (known := maps.minima(now.surface)):
        place = min(known, key=lambda m: np.hypot(m.x - trace["x"][-1, 0], m.y - trace["x"][-1, 1]))
        word = f"minimum ({place.x:.3g}, {place.y:.3g})"
    with np.errstate(all="ignore"):
        moved = float(np.hypot(*(trace["x"][-1] - trace["x"][0])))
    return {
        "Optimizer": report._named(run),
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
    html.told(epsilon_told(entry, weighed, now.steps, axes))


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


def ruled(weighed: Denominator, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """For each coordinate: in how many of the steps ε is larger than what it is added to, and in how many that is 0."""
    size = weighed.size[:steps]
    with np.errstate(invalid="ignore"):
        return (size < weighed.bound).sum(axis=0), (size == 0).sum(axis=0)


def epsilon_told(entry: Entry, weighed: Denominator, steps: int, axes: tuple[str, str]) -> list[str]:
    """Sentences: how often ε rules, and what the step is about then."""
    count, zeros = ruled(weighed, steps)
    what, bound = weighed.symbol, weighed.bound_symbol
    first = " and ".join(f"{size:.2g}" for size in weighed.size[0])
    told = [f"At the first step {what} is {first} ({axes[0]} and {axes[1]}), and {bound} is {weighed.bound:.3g}."]
    if not weighed.bound:
        told.append("With ε = 0 there is nothing to shade, and no log axis to show it on.")
    elif not count.any():
        told.append(f"{bound} is the smaller in every one of the {steps} steps.")
    else:
        both = count[0] == count[1]
        where = (
            f"{_of(count[0], steps)}" if both else f"{_of(count[0], steps)} in {axes[0]} and {count[1]} in {axes[1]}"
        )
        told.append(f"{bound} is the larger in {where}.")
        told.append(f"There the step is about {weighed.step}: {escape(weighed.kin)} with learning rate {weighed.rate}.")
    if zeros.any():
        told.append(f"{what} is 0 in {_of(zeros.max(), steps)}, which a log axis cannot show.")
    return told


def _of(count: int, steps: int) -> str:
    if count == steps:
        return "the only step" if steps == 1 else f"all {steps} steps"
    return f"{count} of the {steps} steps"


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
    html.legend([report._named(run) for run in runs])
    spec = charts.times_spec("ε", "log", EPSILONS[0], EPSILONS[-1], now.steps, plateaus.looks(fit))
    told = "Step of escape against epsilon, for each optimizer that has one; marks at the top stand for never."
    charts.draw(spec, data, key=f"{experiment.key}.times", alt=told)
    html.told(times_told(now, runs, found))


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
        for entry, run, step in zip(group, runs, escapes(now, runs), strict=True):
            # The axis and its title leave about 117 of the chart's 200 pixels.
            y = top ** (1 - (4 + 5 * row) / 117) if step is None else max(step, 1)
            rows.append((entry.optimizer.values["eps"], y, run.color))
    seen = [row for row in rows if EPSILONS[0] <= row[0] <= EPSILONS[-1]]
    return _table(seen, {"x": pa.float64(), "y": pa.float64(), "color": pa.string()})


def times_told(now: Setting, runs: Sequence[Run], found: Sequence[np.ndarray]) -> list[str]:
    """A sentence on each curve: where ε costs next to nothing, and where it costs the escape."""
    short = plateaus.goal(now).short
    told = ["Marks at the top: " + (f"not within {now.steps} steps." if np.isnan(found).any() else "none here.")]
    for run, steps in zip(runs, found, strict=True):
        if np.isnan(steps).all():
            told.append(f"{escape(run.name)} is not {short} with any ε.")
            continue
        least = np.nanmin(steps)
        good = steps <= 1.1 * least + 1
        sentence = (
            f"{escape(run.name)} is {short} at step {least:.0f} at the earliest, {_where(good)} at most a tenth later"
        )
        lost = np.isnan(steps)
        told.append(f"{sentence}{f', and {_where(lost)} never' if lost.any() else ''}.")
    return told


def _where(held: np.ndarray) -> str:
    """The values of ε for which something held."""
    at = np.flatnonzero(held)
    low, high = _rounded(EPSILONS[at[0]]), _rounded(EPSILONS[at[-1]])
    if held.all():
        return "with any ε"
    if len(at) <= at[-1] - at[0]:
        return f"with {len(at)} of the {len(held)} values of ε"
    if at[0] == 0:
        return f"with ε up to {high}"
    return f"with ε from {low}" + ("" if at[-1] == len(held) - 1 else f" to {high}")


def _rounded(eps: float) -> str:
    return f"{eps:.2g}"


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
    off = escapes(now, duel.runs)
    out = [(step, float(line[step]), run.color)
           for step, line, run in zip(off, lines, duel.runs, strict=True) if step is not None]  # fmt: skip
    data["off"] = _table(out, {"step": pa.int64(), "y": pa.float64(), "color": pa.string()})
    spec = plateau_charts.rates_spec(low, high, frames.looks(duel.runs))
    told = "Effective learning rate of AdaGrad with three learning rates, and of RMSProp, against step."
    chart, words = st.columns([3, 2], gap="medium")
    with chart:
        html.legend([report._named(run) for run in duel.runs])
        charts.draw(spec, data, key=f"{experiment.key}.rates", alt=told)
    with words:
        for sentence in rates_told(now, duel, off, axis):
            html.told([sentence])


def _table(rows: Sequence[tuple[object, ...]], columns: dict[str, pa.DataType]) -> pa.Table:
    return pa.table({name: pa.array([row[i] for row in rows], kind) for i, (name, kind) in enumerate(columns.items())})


def rates_told(now: Setting, duel: plateaus.Duel, off: Sequence[Escape], axis: int) -> list[str]:
    """Sentences: how far each rate falls, and what a larger learning rate does."""
    name = now.surface.axes[axis]
    told: list[str] = []
    if duel.absent:
        words = ("is", "it only walks") if len(duel.absent) == 1 else ("are", "they only walk")
        told.append(f"{_list(duel.absent)} {words[0]} not in the line-up; {words[1]} here.")
    for i in (0, len(FASTER)):
        run, rate = duel.runs[i], duel.rates[i][:, axis]
        first, last = float(rate[0]), float(rate[now.steps])
        change = f"ends at {last:.2g}" if np.isfinite(last) else "is no longer a number at the end"
        out = off[i]
        at = f", is {float(rate[out]):.2g} as it gets {plateaus.goal(now).short} at step {out}," if out else ""
        told.append(f"The rate of {escape(run.name)} in {name} starts at {first:.2g}{at} and {change}.")
    words = [f"with η × {FASTER[i]:g} it {_fate(now, duel.runs[i], off[i])}" for i in range(1, len(FASTER))]
    own = _fate(now, duel.runs[0], off[0])
    told.append(f"AdaGrad {own}; {'; '.join(words)}. RMSProp {_fate(now, duel.runs[-1], off[-1])}.")
    return told


def _fate(now: Setting, run: Run, step: Escape) -> str:
    outside, short = frames.left(run.trace, now.box), plateaus.goal(now).short
    if step is not None:
        return f"is {short} at step {step}" + (f", but off the map since step {outside}" if outside is not None else "")
    if outside is not None:
        return f"overshoots and is off the map since step {outside}"
    return f"is not {short} within {now.steps} steps"


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
    html.told(basins_told(now, names, maps_of))
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


def basins_told(now: Setting, names: Sequence[str], found: Sequence[maps.Basins]) -> list[str]:
    """Sentences: from how many starts each gets to the deepest minimum, and from how many it matters who walks."""
    known, shares = found[0].minima, [one.shares() for one in found]
    told: list[str] = []
    if known:
        deepest = [i for i, m in enumerate(known) if m.f - known[0].f <= 1e-9 * max(1, abs(known[0].f))]
        parts = [100 * sum(share[i] for i in deepest) for share in shares]
        what = "the deepest minimum" if len(deepest) == 1 < len(known) else "the minimum"
        what = what if len(deepest) == 1 else "one of the deepest minima"
        told.append(f"{escape(names[0])} is in {what} from {parts[0]:.0f} % of the starts, "
                    f"{escape(names[1])} from {parts[1]:.0f} %.")  # fmt: skip
    else:
        told.append("This surface has no minimum.")
    above = [100 * share[len(known) + maps.OTHERS.index(maps.ABOVE)] for share in shares]
    told.append(f"Still above the level, and in no minimum: {above[0]:.0f} % and {above[1]:.0f} %.")
    apart = 100 * float((found[0].kinds != found[1].kinds).mean())
    told.append(f"From {apart:.0f} % of the starts it makes a difference which of the two walks.")
    return told
