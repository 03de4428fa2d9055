"""The Plateaus page's sentences: plain HTML, made from the runs that are shown and from nothing else."""

from collections.abc import Sequence
from html import escape

import numpy as np

from . import basins, denominators, frames, plateaus, sweeps
from .denominators import Denominator
from .experiment import Setting
from .frames import Run
from .lineup import Entry
from .plateaus import EPSILONS, FASTER

Escape = int | None
"""The step of escape; none if it does not come within the steps."""


def escapes(now: Setting, runs: Sequence[Run]) -> list[Escape]:
    """The step at which each run is first off the plateau."""
    return [sweeps.first(dict(run.trace), plateaus.criterion(now)) for run in runs]


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


def basins_told(now: Setting, names: Sequence[str], found: Sequence[basins.Basins]) -> list[str]:
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
    above = [100 * share[len(known) + basins.OTHERS.index(basins.ABOVE)] for share in shares]
    told.append(f"Still above the level, and in no minimum: {above[0]:.0f} % and {above[1]:.0f} %.")
    apart = 100 * float((found[0].kinds != found[1].kinds).mean())
    told.append(f"From {apart:.0f} % of the starts it makes a difference which of the two walks.")
    return told
