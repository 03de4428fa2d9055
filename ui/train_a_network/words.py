"""Sentences and table cells of the Train-a-network page."""

from collections.abc import Sequence
from html import escape

import numpy as np

from optim import Network
from optim.denominators import Denominator

from .. import lineup, parts
from ..lineup import Look as Line
from ..words import number
from . import rates, training
from .frames import looked
from .rates import Found
from .setting import EXAMPLES, Setting
from .training import Look, Training

NOT_MEASURED = (
    "The sharpness is the largest eigenvalue of the training loss's Hessian. On a quadratic, an optimizer diverges "
    "once it exceeds a threshold: 2/η for gradient descent. Measuring it takes time; it is off."
)
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
has moved by more than 10⁻¹⁰ in {training.RESTING} steps (still).
"""


def progress(now: Setting, tick: float, portion: float, drawings: int) -> str:
    """Where it is, and how long it will take."""
    trainings = now.trainings
    step, per_epoch = min(now.progress, default=0), now.per_epoch
    where = f"Step {step:,} of {now.steps:,} (epoch {step / per_epoch:.1f})"
    if now.busy:
        paced = tick * (now.steps - now.reached) * drawings / now.steps
        end = now.reached if now.paused else now.steps
        seconds = max(paced if not now.paused else 0.0, training.left(trainings, end) * tick / portion)
        return f"{where}. About {max(1, round(seconds))} s left. A value moved now holds from here on." if (
            now.at is not None) else f"{where}. About {max(1, round(seconds))} s left."  # fmt: skip
    if now.paused:
        return f"{where}. Paused: a value moved now holds from here on."
    if trainings and all(one.rest for one in trainings):
        last = max(one.reached for one in trainings)
        why = {one.rest for one in trainings}
        ended = "all have diverged" if why == {"diverged"} else "nothing changes any more"
        return f"Ended at step {last:,}: {ended}."
    if per_epoch == 1:
        return f"{now.steps:,} steps on full batches: an epoch each."
    return f"{now.steps:,} steps, {now.steps / per_epoch:.1f} epochs of {per_epoch} mini-batches."


def results(now: Setting) -> list[dict[str, str]]:
    """What each training has come to."""
    rows: list[dict[str, str]] = []
    for look, one in zip(lineup.looks(now.lineup), now.trainings, strict=True):
        some = looked(one, now.reached)
        last = some[-1] if some else None
        best = max((look.accuracy for look in some), default=0.0)
        rows.append(
            {
                "optimizer": parts.named(look),
                "training loss": number(last.loss) if last else "–",
                "test accuracy": percent(last.accuracy) if last else "–",
                "best on the way": percent(best) if some else "–",
                "state": state(one, now),
            }
        )
    return rows


def state(one: Training, now: Setting) -> str:
    """Where a training is."""
    if one.rest and one.reached <= now.reached:
        return f"diverged at step {one.reached}" if one.rest == "diverged" else f"still since step {one.reached}"
    return f"step {max(0, min(one.reached, now.reached))}"


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def sharpness(now: Setting) -> list[dict[str, str]]:
    """The sharpness beside its threshold, over the last quarter of the steps."""
    rows: list[dict[str, str]] = []
    for entry, look, one in zip(now.lineup, lineup.looks(now.lineup), now.trainings, strict=True):
        some = [seen for seen in looked(one, now.reached) if seen.step >= 0.75 * now.reached]
        values = [seen.sharpness for seen in some if np.isfinite(seen.sharpness)]
        recurrence, bound = entry.optimizer.recurrence, one.threshold(min(max(0, one.reached), now.reached))
        told, ratio = "none known", "–"
        if bound is not None and recurrence is not None:
            told = f"{_over_eta(recurrence.edge_formula)} = {number(bound) if np.isfinite(bound) else '∞'}"
            ratio = number(float(np.median(values)) / bound, 3) if values and bound > 0 else "–"
        rows.append(
            {
                "optimizer": parts.named(look),
                "threshold": told,
                "sharpness, last quarter": f"{number(min(values))} to {number(max(values))}" if values else "–",
                "median over threshold": ratio,
            }
        )
    return rows


def _over_eta(formula: str) -> str:
    """``2/η``, ``2(1 + β)/η``, ``2(1 + β₁)/((1 − β₁) η)``."""
    above, _, below = formula.partition("/")
    return f"{above}/({below} η)" if below else f"{above}/η"


def shapes(network: Network) -> list[str]:
    """``64 → 32``: inputs and outputs of each layer."""
    return [f"{a} → {b}" for a, b in zip(network.sizes, network.sizes[1:], strict=False)]


def vanishing(some: Sequence[Look]) -> str:
    """How the first layer's gradient compares with the last's."""
    if not some:
        return "Nothing was measured yet."
    first, last = some[-1].norms[0], some[-1].norms[-1]
    if len(some[-1].norms) == 1:
        return f"At step {some[-1].step} the gradient's norm is {number(first, 3)}."
    beside = (
        f"At step {some[-1].step} the norm is {number(first, 3)} in the first layer and {number(last, 3)} in the last"
    )
    return f"{beside}: {number(first / last, 3)} times." if last > 0 else f"{beside}."


def bitten(weighed: Denominator, step: int) -> str:
    """Where ε is not negligible."""
    sizes = weighed.size[-1]
    share, zero = float((sizes < 10 * weighed.bound).mean()), float((sizes == 0).mean())
    rest = f" {percent(zero)} are 0: their pixels are always blank, or their units silent." if zero else ""
    below = f"{weighed.symbol} is below 10 {weighed.bound_symbol}"
    return f"At step {step}, {below} for {percent(share)} of the parameters.{rest}"


def mistakes(wrong: int, count: int) -> str:
    if not wrong:
        return f"All {count} digits of the test are read correctly."
    more = " The first 60 are shown." if wrong > 60 else ""
    share = percent(wrong / count)
    return f"{wrong} of the test's {count} digits are misread ({share}): what each is → what it is read as.{more}"


RULES = (
    f"Each line: {rates.UPDATES} updates from the same weights at each η; where it ends, the runs diverge. The range "
    f"test raises η from 10⁻⁵ to 10 in {rates.UPDATES} steps, and three rules read a rate off its smoothed loss: "
    "▲ the steepest fall, ■ a tenth of the minimum's, ◆ the middle of the longest fall (fastai's valley)."
)


LONG = (
    "For each optimizer, short runs at 22 learning rates are compared. On mini-batches of more than 128 that takes a "
    "while, and is not done unasked."
)


def rules(found: Sequence[tuple[Line, Found]]) -> list[dict[str, str]]:
    """What each rule picks, and how many times the best loss that comes to."""
    rows: list[dict[str, str]] = []
    for look, one in found:
        row = {"optimizer": parts.named(look), "best η": f"{number(one.best.rate, 2)}: {number(one.best.loss, 3)}"}
        for pick in one.picks:
            row[pick.rule] = f"{number(pick.rate, 2)}: {_times(pick.loss, one.best.loss)}"
        rows.append(row)
    return rows


def _times(loss: float, best: float) -> str:
    if not np.isfinite(loss):
        return "diverged"
    return f"{number(loss / best, 3)} × the best loss" if best > 0 and np.isfinite(best) else number(loss, 3)


def winner(found: Sequence[Found]) -> str:
    """Which rule came closest to the best, over the line-up."""
    names = [pick.rule for pick in found[0].picks]
    worst = {name: max(next(p.loss for p in one.picks if p.rule == name) / one.best.loss for one in found)
             if all(0 < one.best.loss < np.inf for one in found) else np.inf for name in names}  # fmt: skip
    name = min(worst, key=lambda name: worst[name])
    if not np.isfinite(worst[name]):
        return "No rule picks a rate that works for every optimizer of the line-up."
    return f"Over the line-up “{name}” is the safest: at most {number(worst[name], 3)} times the best loss."


def plane(now: Setting, share: float, count: int) -> list[str]:
    """How much of the path the plane holds."""
    name = escape(lineup.names(now.lineup)[lineup.place(now, now.chosen.id)]) if now.chosen else ""
    others = " The other paths lie outside of it: what is drawn is their projection." if count > 1 else ""
    return [
        f"The plane holds {percent(share)} of the variance of the path of {name}.{others}",
        "The map is the training loss in the plane.",
    ]
