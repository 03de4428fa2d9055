"""Sentences and table cells of the Train-a-network page."""

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from optim import Network
from optim.denominators import Denominator

from .. import lineup, parts
from ..lineup import Look as Line
from ..words import listed, number, spread
from . import pictures, rates, training
from .frames import looked
from .rates import Found
from .setting import EXAMPLES, SMALL, Setting
from .training import Look, Training

NOT_MEASURED = (
    "The sharpness is the largest eigenvalue of the training loss's Hessian. On a quadratic, an optimizer diverges "
    "once it exceeds a threshold: 2/η for gradient descent. Measuring it takes time; it is off."
)
NOTHING_READ = "This network has diverged: it reads no digit."
NONE_LEFT = "No network is left to compare."
NO_PLANE = "This path has diverged. Choose an optimizer whose path has not."
EDGE = (
    "Thick: the sharpness, the largest eigenvalue of the training loss's Hessian. Thin: the threshold above which the "
    "optimizer diverges on a quadratic. For an adaptive optimizer the Hessian is scaled by the effective learning "
    "rates over η."
)
NO_EPSILON = "This optimizer adds no ε to anything. Choose Adam, RMSProp or another with an ε."
NOT_SHOWN = "What ε is added to in this optimizer depends on all steps before, and is not shown here."
NOTES = f"""
**Data.** 1,797 handwritten digits of 8 × 8 pixels (Alpaydın & Kaynak 1998, *Optical Recognition of Handwritten
Digits*, UCI, CC BY 4.0): {EXAMPLES:,} to train on, 359 to test. Pixels go from 0 to 1.

**Mini-batches.** Each epoch shuffles the examples by the seed; the last mini-batch is smaller where B does not divide
{EXAMPLES:,}. The training loss is over all {EXAMPLES:,} examples, measured at steps 0 to 10 and then every 10.

**Changes on the way.** A value moved while it trains, or while it is paused, holds from that step on. Moved at the
end, it holds from the start.

**Early ends.** A training ends once its loss is no longer finite or a weight exceeds 10⁶ (diverged), and once no weight
has moved by more than 10⁻¹⁰ in any of {training.RESTING} steps in a row (still).
"""


def progress(now: Setting, seconds: float) -> str:
    """Where it is, and about how long it will take."""
    sentences = [f"Step {now.step:,} of {now.steps:,} (epoch {now.epochs:.1f})."]
    if now.busy:
        sentences.append(f"About {max(1, round(seconds))} s left.")
    elif now.at is None and now.step < now.steps:
        sentences.append("Ended early.")
    if now.paused:
        sentences.append("Paused.")
    if now.at is not None:
        sentences.append("A value moved now holds from here on.")
    return " ".join(sentences)


def results(now: Setting) -> list[dict[str, str]]:
    """What each training has come to."""
    rows: list[dict[str, str]] = []
    for look, one in zip(lineup.looks(now.lineup), now.trainings, strict=True):
        some = looked(one, now.reached)
        last = some[-1] if some else None
        diverged = one.diverged(now.reached)
        rows.append(
            {
                "optimizer": parts.named(look),
                "training loss": "diverged" if diverged else number(last.loss) if last else "–",
                "test accuracy": percent(last.accuracy) if last and not diverged else "–",
                "best on the way": percent(max(look.accuracy for look in some)) if some else "–",
                "state": state(one, now),
            }
        )
    return rows


def state(one: Training, now: Setting) -> str:
    """Where a training is, and where its loss and accuracy were measured, if that was before."""
    some, shown = looked(one, now.reached), max(0, min(one.reached, now.reached))
    at = f"{one.rest}: ended at step {shown:,}" if one.rest and one.reached <= now.reached else f"step {shown:,}"
    if one.diverged(now.reached) or not some or some[-1].step == shown:
        return at
    return f"{at} (measured at {some[-1].step:,})"


def percent(share: float) -> str:
    """``12.3 %``, which no line breaks within."""
    return f"{100 * share:.1f}\u00a0%"


def sharpness(now: Setting) -> list[dict[str, str]]:
    """The sharpness beside its threshold, over the last quarter of the steps."""
    rows: list[dict[str, str]] = []
    for look, one in zip(lineup.looks(now.lineup), now.trainings, strict=True):
        step = max(0, min(one.reached, now.reached))
        bound, recurrence = one.threshold(step), one.optimizer(step).recurrence_at(step + 1)
        late = [(seen.sharpness, one.threshold(seen.step)) for seen in looked(one, now.reached)
                if seen.step >= 0.75 * now.reached and np.isfinite(seen.sharpness)]  # fmt: skip
        values, threshold, ratios = [value for value, _ in late], "none known", []
        if bound is not None and recurrence is not None:
            threshold = f"{_over_eta(recurrence.edge_formula)} = {number(bound) if np.isfinite(bound) else '∞'}"
            ratios = [value / then for value, then in late if then]
        rows.append(
            {
                "optimizer": parts.named(look),
                "threshold": threshold,
                "sharpness, last quarter": spread(min(values), max(values)) if values else "–",
                "median over threshold": number(float(np.median(ratios)), 3) if ratios else "–",
            }
        )
    return rows


def _over_eta(formula: str) -> str:
    """``2/η``, ``2(1 + β)/η``, ``2(1 + β₁)/((1 − β₁) η)``."""
    above, _, below = formula.partition("/")
    factors = below[1:-1] if below.startswith("((") else below
    return f"{above}/({factors} η)" if factors else f"{above}/η"


def shapes(network: Network) -> list[str]:
    """``64 → 32``: inputs and outputs of each layer."""
    return [f"{a} → {b}" for a, b in zip(network.sizes, network.sizes[1:], strict=False)]


def norms(some: Sequence[Look]) -> str:
    """The last gradient norms that were measured."""
    if not some:
        return "Nothing has been measured yet."
    sizes = listed([number(norm, 3) for norm in some[-1].norms])
    return f"Gradient norm at step {some[-1].step:,}, layer by layer: {sizes}."


def bitten(weighed: Denominator, step: int) -> str:
    """Where ε is not negligible."""
    sizes = weighed.size[-1]
    small, zero = percent(float((sizes < 10 * weighed.bound).mean())), percent(float((sizes == 0).mean()))
    below = f"{weighed.symbol} is below 10 {weighed.bound_symbol}"
    sentence = f"At step {step:,}, {below} for {small} of the parameters, and exactly 0 for {zero}."
    none = float(np.isnan(sizes).mean())
    return sentence + (f" For {percent(none)} it divides nothing yet, or is not a number." if none else "")


def mistakes(wrong: int, count: int) -> str:
    sentences = f"Misread: {wrong} of the test's {count} digits ({percent(wrong / count)})."
    if wrong:
        sentences += " Below each: what it is → what it is read as."
    if wrong > pictures.MOST:
        sentences += f" The first {pictures.MOST} are shown."
    return sentences


def alike(wrong: NDArray[np.bool_]) -> str:
    """How many digits all misread, (networks, digits), and how many at least one."""
    every, some = int(wrong.all(axis=0).sum()), int(wrong.any(axis=0).sum())
    return f"Misread by every network: {every} of {wrong.shape[1]} digits. By at least one: {some}."


def left_out(names: Sequence[str]) -> str:
    """Which networks the counts are without."""
    return f"Diverged, and left out: {listed(names)}."


def misread(looks: Sequence[Line], wrong: NDArray[np.bool_]) -> list[dict[str, str]]:
    """How many digits each network misreads, (networks, digits), and how many of them no other does."""
    alone = wrong & (wrong.sum(axis=0) == 1)
    return [
        {"optimizer": parts.named(look), "misread": str(own.sum()), "by no other": str(only.sum())}
        for look, own, only in zip(looks, wrong, alone, strict=True)
    ]


RULES = (
    f"Each line: {rates.UPDATES} updates from the same weights at each constant η; where it breaks off, they diverge. "
    f"The range test raises η from 10⁻⁵ to 10 in {rates.UPDATES} steps, and three rules read a rate off its smoothed "
    "loss: ▲ the steepest fall, ■ a tenth of the minimum's (at least 10⁻⁵), ◆ the middle of the longest fall (fastai's "
    "valley)."
)


LONG = (
    f"For each optimizer, short runs over the learning rates are compared. On mini-batches of more than {SMALL} that "
    "takes a while: it starts on request."
)


def rules(found: Sequence[tuple[Line, Found]]) -> list[dict[str, str]]:
    """What each rule picks, and how many times the best loss that comes to."""
    rows: list[dict[str, str]] = []
    for look, one in found:
        best = f"{number(one.best.rate, 2)}: {number(one.best.loss, 3)}" if np.isfinite(one.best.loss) else "–"
        row = {"optimizer": parts.named(look), "best η": best}
        for pick in one.picks:
            row[pick.rule] = f"{number(pick.rate, 2)}: {_times(pick.loss, one.best.loss)}"
        rows.append(row)
    return rows


def _times(loss: float, best: float) -> str:
    return f"{number(loss / best, 3)} × the best loss" if np.isfinite(loss) and best > 0 else number(loss, 3)


def winner(found: Sequence[Found]) -> str:
    """Which rule came closest to the best, over the line-up."""
    worst: dict[str, float] = {}
    for one in found:
        for pick in one.picks:
            times = pick.loss / one.best.loss if np.isfinite(pick.loss) and one.best.loss > 0 else np.inf
            worst[pick.rule] = max(times, worst.get(pick.rule, 0.0))
    least = min(worst.values())
    if not np.isfinite(least):
        return "No rule picks a rate that works for every optimizer of the line-up."
    safest = listed([rule for rule, times in worst.items() if times == least])
    return f"Safest over the line-up: {safest}, with at most {number(least, 3)} × the best loss."


def plane(now: Setting, share: float) -> list[str]:
    """How much of the path the plane holds."""
    name = escape(lineup.names(now.lineup)[lineup.place(now, now.chosen.id)]) if now.chosen else ""
    return [
        f"The plane holds {percent(share)} of the variance of the path of {name}.",
        "Each path that has not diverged is drawn as its projection. The map is the training loss in the plane.",
    ]
