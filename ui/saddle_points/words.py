"""What the Saddle points page says of its runs: sentences that are made from them, as Markdown."""

from collections.abc import Sequence

import numpy as np

from optim import surfaces
from optim.descent import replay
from optim.formula import Array

from . import controls, share
from .experiment import Setting
from .frames import Run
from .saddles import CLOSED, DELTAS, Escape, beta_of, delta, way_out


def about_theory(now: Setting, found: Sequence[Escape]) -> str:
    """What the dotted lines of the distances are, or why there are none."""
    if way_out(now.surface).gamma is None:
        return (
            "The Hessian is zero at this saddle: no escape is exponential, no line straight, and no closed form known."
        )
    if now.noise:
        return "The closed forms know of no noise: none is drawn."
    if not delta(now):
        return "From δ = 0 the closed forms stay at 0, for which a log axis has no place."
    if not any(escape.predicted for escape in found):
        return "There are closed forms for SGD, Momentum and Nesterov at constant rates: none is in the line-up."
    if now.surface.label == surfaces.saddle.label:
        return "Dotted: the closed form, exact on this surface. An exponential escape is a straight line."
    return "Dotted: the closed form of the saddle's linearisation, good as long as a run is near it."


def verdict(now: Setting, found: Sequence[Escape]) -> list[str]:
    """Who is out first, by how much, who is not, and whether theory agrees: as the runs have it."""
    out = sorted((escape for escape in found if escape.at is not None), key=_at)
    sentences: list[str] = []
    if not out:
        everyone = "None of them is" if len(found) > 1 else f"{_names(found)} is not"
        sentences.append(f"**{everyone} out within {now.steps} steps.**")
    else:
        first = [escape for escape in out if escape.at == out[0].at]
        is_, both = ("are", " both" if len(first) == 2 else " all") if len(first) > 1 else ("is", "")
        told = f"**{_names(first)} {is_} out first,{both} at step {_at(out[0])}**"
        sentences.append(told + _than_sgd(found, first) + ".")
        if stuck := [escape for escape in found if escape.at is None]:
            sentences[-1] += f" Not within {now.steps} steps: {_names(stuck)}."
        sentences += _kinds(out)
    if any(escape.moved for escape in found) and (told := standstill(now, found)):
        sentences.append(told)
    return [*sentences, *_agreement(now, found)]


def _at(escape: Escape) -> int:
    return -1 if escape.at is None else escape.at


def _names(found: Sequence[Escape]) -> str:
    return listed([share.escape(escape.entry.name) for escape in found])


def listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``; with semicolons where a word has a comma of its own."""
    comma = "; " if len(words) > 1 and any("," in word for word in words) else ", "
    last = "; " if comma == "; " else " and "
    return last.join([comma.join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _than_sgd(found: Sequence[Escape], first: Sequence[Escape]) -> str:
    """How much sooner than SGD the first are."""
    sgd = next((escape for escape in found if escape.entry.optimizer.label == "SGD"), None)
    if sgd is None:
        return ""
    if sgd.at == first[0].at:
        return ": nobody is sooner than plain SGD"
    name = share.escape(sgd.entry.name)
    if not first[0].at or sgd.at is None:
        return ""
    return f", {sgd.at / first[0].at:.2g} times sooner than {name} (step {sgd.at})"


def _kinds(out: Sequence[Escape]) -> list[str]:
    """The soonest with one rate for all coordinates against the soonest of the adaptive ones."""
    plain = [escape for escape in out if escape.entry.optimizer.label in CLOSED]
    adaptive = [escape for escape in out if escape.entry.optimizer.label not in CLOSED]
    if not plain or not adaptive:
        return []
    one, other = (f"{share.escape(best.entry.name)} ({best.at})" for best in (plain[0], adaptive[0]))
    if plain[0].at == adaptive[0].at:
        return [f"Without adaptive rates {one} is as soon as the best with them, {other}."]
    if _at(plain[0]) < _at(adaptive[0]):
        return [f"Adaptive rates do not help here: {one} beats the best of them, {other}."]
    return [f"Without adaptive rates {one} is the best, with them {other}."]


def _agreement(now: Setting, found: Sequence[Escape]) -> list[str]:
    """Whether what was predicted is what was measured, as far as it lies within the steps."""
    right: list[Escape] = []
    never: list[Escape] = []
    told: list[str] = []
    for escape in found:
        if escape.predicted is None:
            continue
        steps = escape.predicted.steps
        if escape.at == steps:
            right.append(escape)
        elif np.isinf(steps) and escape.at is None:
            never.append(escape)
        else:
            measured = f"not within {now.steps}" if escape.at is None else escape.at
            word = "never" if np.isinf(steps) else f"step {steps:.0f}"
            told.append(f"{word} for {_names([escape])} (the run: {measured})")
    told += [f"never for {_names(never)}"] * bool(never)
    sentences = [f"Theory is right to the step for {_names(right)}."] * bool(right)
    return sentences + [f"Theory says {listed(told)}."] * bool(told)


def unpredicted(now: Setting, found: Sequence[Escape]) -> list[str]:
    """When the optimizers that scale the gradient's size away would be out, were its sign and size to stay."""
    known: list[tuple[str, str]] = []
    small: list[str] = []
    slope = abs(float(now.surface.at(now.start)[1][way_out(now.surface).axis]))
    if not slope and not now.noise:
        return []
    for escape in found:
        optimizer, schedule = escape.entry.optimizer, escape.entry.schedule
        if optimizer.label in CLOSED:
            continue
        once, twice = (replay(optimizer, np.full(now.steps, size), schedule=schedule)["x"] for size in (1.0, 1e3))
        if not np.allclose(once, twice, rtol=1e-3):
            continue
        out = np.abs(once) >= now.more["radius"] - delta(now)
        steps = f"{int(np.argmax(out))}" if out.any() else f"more than {now.steps}"
        known.append((share.escape(escape.entry.name), steps))
        if 0 < slope < 10 * optimizer.values.get("eps", 0.0):
            small.append(f"{share.escape(escape.entry.name)} (ε = {optimizer.values['eps']:g})")
    sentences: list[str] = []
    if known:
        told = listed([f"{name} {steps}" for name, steps in known])
        sentences.append(
            "The adaptive ones divide the gradient by its own size: were it to stay as it is, however small, being out "
            f"would take {told} steps."
        )
    if small:
        sentences.append(f"At the start that is {slope:.1g}, which is not large beside the ε of {listed(small)}.")
    return sentences


def standstill(now: Setting, found: Sequence[Escape]) -> str | None:
    """What starting exactly on the axis does, without noise."""
    if delta(now) or now.noise:
        return None
    gone = [escape for escape in found if escape.moved]
    lost = [escape for escape in found if not escape.moved and np.isnan(escape.distance).any()]
    still = [escape for escape in found if not escape.moved and not np.isnan(escape.distance).any()]
    sentences: list[str] = []
    if slope := float(now.surface.at(now.start)[1][way_out(now.surface).axis]):
        sentences.append(
            f"π/2 is no floating-point number: beside it the gradient across the axis is {slope:.0e}, not 0."
        )
        sentences += [f"{_names(gone)} {'grows' if len(gone) == 1 else 'grow'} from that."] * bool(gone)
    elif gone:
        sentences.append(f"{_names(gone)} {'runs' if len(gone) == 1 else 'run'} past the saddle along the axis.")
    if still and not gone:
        sentences.append(f"From exactly δ = 0 nothing escapes without noise: {now.steps} steps later {_names(still)}")
        sentences[-1] += f" {'is' if len(still) == 1 else 'are'} still on the axis. Add a little noise."
    elif still:
        sentences.append(f"{_names(still)} {'stays' if len(still) == 1 else 'stay'} on the axis, for want of noise.")
    if lost:
        sentences.append(f"{_names(lost)} {'divides' if len(lost) == 1 else 'divide'} 0 by 0 there.")
    return " ".join(sentences)


def whose_beta(found: Sequence[Escape]) -> str:
    """Whose β the middle chart moves, and who has none."""
    owners: dict[str, list[Escape]] = {}
    for escape in found:
        name = beta_of(escape.entry)
        meaning = escape.entry.optimizer.hyperparameters[name] if name else None
        words = f"{controls.symbol(meaning)} is the {meaning.meaning.partition(':')[0]} of" if meaning else ""
        owners.setdefault(words, []).append(escape)
    absent = owners.pop("", [])
    told = [f"{words} {_names(who)}" for words, who in owners.items()]
    if absent:
        told.append(f"{_names(absent)} {'has' if len(absent) == 1 else 'have'} no β")
    return "; ".join(told) + "."


def price(now: Setting, found: Sequence[Escape], swept: Sequence[Array]) -> str:
    """How many steps a start ten times closer to the axis costs each optimizer, over the swept starts.

    With noise, or where there is no curvature, that is not the same everywhere.
    """
    if now.noise or way_out(now.surface).gamma is None:
        return ""
    told: list[str] = []
    cheap: list[Escape] = []
    deltas = np.array(DELTAS)
    for escape, steps in zip(found, swept, strict=True):
        near = np.flatnonzero(np.isfinite(steps) & (deltas <= now.more["radius"] / 10))
        if len(near) > 1:
            first, last = near[0], near[-1]
            cost = float((steps[first] - steps[last]) / np.log10(deltas[last] / deltas[first]))
            if abs(cost) < 0.5:
                cheap.append(escape)
            else:
                told.append(f"{_names([escape])} {cost:.{0 if abs(cost) >= 10 else 1}f}".replace("-", "−"))
    parts = [f"{listed(told)} steps"] * bool(told) + [f"{_names(cheap)} less than one"] * bool(cheap)
    return f"Each factor of ten closer to the axis costs {', but '.join(parts)}." if parts else ""


def freed(now: Setting, runs: Sequence[Run], hits: Sequence[Array]) -> str:
    """What the noise does, in a sentence."""
    names = [share.escape(run.name) for run in runs]
    stuck = [bool(np.isnan(hit).any()) for hit in hits]
    free = listed([name for name, is_ in zip(names, stuck, strict=True) if not is_])
    some = listed([name for name, is_ in zip(names, stuck, strict=True) if is_])
    start = "From exactly on the axis" if not delta(now) else f"From δ = {delta(now):.3g}"
    if not some:
        return f"{start}, all {len(hits[0])} seeds let everyone out within {now.steps} steps."
    if not free:
        return f"{start}, nobody is out under all of {len(hits[0])} seeds within {now.steps} steps."
    return f"{start}, all {len(hits[0])} seeds let {free} out within {now.steps} steps; not so {some}."
