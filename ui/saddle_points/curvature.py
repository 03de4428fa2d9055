"""The Hessian along a path: its eigenvalues, what their signs say, and how near an optimizer's steps are to growing."""

from typing import NamedTuple

import numpy as np

from optim import theory
from optim.ends import judge
from optim.formula import Array
from optim.surfaces import Surface

from . import frames, share
from .frames import Box, Run
from .lineup import Entry
from .saddles import CLOSED


class Felt(NamedTuple):
    """The largest curvature along a path in units of the rates there, and the edge beyond which steps grow."""

    values: Array
    title: str
    edge: float
    """nan where none is known."""
    formula: str

    @property
    def name(self) -> str:
        """``the edge 2(1 + β) = 3.8``."""
        number = f"{self.edge:.3g}"
        return "" if np.isnan(self.edge) else f"the edge {self.formula}" + f" = {number}" * (number != self.formula)


def eigenvalues(hessian: Array) -> tuple[Array, Array]:
    """Both of symmetric (2, 2, *runs), the smaller first."""
    (a, b), (_, d) = hessian
    with np.errstate(all="ignore"):
        middle, half = (a + d) / 2, np.hypot((a - d) / 2, b)
        return middle - half, middle + half


def along(surface: Surface, run: Run) -> tuple[Array, Array]:
    """The Hessian's eigenvalues at every step on the map, the smaller first."""
    return eigenvalues(surface.hessian(_on_map(surface, run)))


def _on_map(surface: Surface, run: Run) -> Array:
    """The path (2, steps + 1), or what of it comes before it leaves the map for good."""
    left = frames.left(run.trace, Box(*surface.x_range, *surface.y_range))
    return np.moveaxis(run.trace["x"][:left], 1, 0)


SIGNS = {
    (-1, 1): "one eigenvalue is negative and one positive, as at a saddle",
    (1, 1): "both eigenvalues are positive, as around a minimum",
    (-1, -1): "both eigenvalues are negative, as around a maximum",
    (0, 0): "both eigenvalues are zero, as where it is flat",
    (0, 1): "one eigenvalue is zero and one positive",
    (-1, 0): "one eigenvalue is zero and one negative",
}

ENDS = {
    "minimum": "The run ends in a minimum.",
    "maximum": "The run ends on a maximum.",
    "saddle": "The run ends at the saddle.",
    "flat": "The run ends where it is flat.",
    "still moving": "At the end it is still moving.",
    "diverged": "By its end it has diverged.",
}


def shape(surface: Surface, run: Run, small: Array, large: Array) -> str:
    """What the signs of the eigenvalues say along the path, and what its end is."""
    signs = np.sign(np.stack([small, large], axis=1)).astype(int)
    turns = [0, *(np.flatnonzero((signs[1:] != signs[:-1]).any(axis=1)) + 1)]
    kinds = [SIGNS[int(signs[turn][0]), int(signs[turn][1])] for turn in turns]
    if len(turns) == 1:
        told = f"All along the path {kinds[0]}."
    elif len(turns) == 2:
        told = f"Before step {turns[1]} {kinds[0]}; from then on {kinds[1]}."
    else:
        told = f"The signs change {len(turns) - 1} times: at first {kinds[0]}; from step {turns[-1]} on {kinds[-1]}."
    end = ENDS[judge(surface, run.trace["x"][-1], run.trace["step"][-1])]
    off = f" It is off the map from step {len(small)} on." if len(small) < len(run.trace["f"]) else ""
    return f"Solid the larger, dashed the smaller. {told}{off} {end}"


AVERAGED = ("Adam", "AMSGrad", "AdaMax", "AdaBelief", "Yogi")
"""Their step is a rate for each coordinate times a moving average of the gradients."""


def feels(surface: Surface, entry: Entry, run: Run) -> Felt:
    """λmax of √D H √D along a path, where D has each coordinate's effective rate: η λmax where that is one for all.

    The edges are those of the recurrence on a quadratic: heavy ball's and Nesterov's are exact; an adaptive one's is
    what it would be if its rates stayed as they are (Cohen et al. 2022, Adaptive Gradient Methods at the Edge of
    Stability), heavy ball's with the average's η (1 - β₁) for η.
    """
    values, label = entry.optimizer.values, entry.optimizer.label
    hessian = surface.hessian(_on_map(surface, run))
    steps = hessian.shape[-1]
    rates = run.trace["effective_lr"][:steps].T
    with np.errstate(all="ignore"):
        felt = eigenvalues(hessian * np.sqrt(rates[:, None] * rates[None, :]))[1]
    beta, title = values.get("beta", 0.0), "λmax of √η H √η"
    if label in CLOSED:
        title = "η (1 − β) λmax" if values.get("average") else "η λmax"
        felt = felt * (1 - beta) if values.get("average") else felt
    if label == "SGD":
        return Felt(felt, title, 2.0, "2")
    if label == "Momentum":
        return Felt(felt, title, float(theory.heavy_ball_stable_lr(1.0, beta)), "2(1 + β)")
    if label == "Nesterov":
        return Felt(felt, title, float(theory.nesterov_stable_lr(1.0, beta)), "2(1 + β) / (1 + 2β)")
    if label == "AdaGrad":
        return Felt(felt, title, 2.0, "2")
    if label == "RMSProp":
        return Felt(
            felt,
            title,
            float(theory.heavy_ball_stable_lr(1.0, values["momentum"])),
            "2(1 + μ)" if values["momentum"] else "2",
        )
    if label in AVERAGED and not values.get("weight_decay"):
        beta = values["beta1"]
        return Felt(felt, title, float(theory.heavy_ball_stable_lr(1 - beta, beta)), "2(1 + β₁) / (1 − β₁)")
    return Felt(felt, title, np.nan, "")


def stability(entry: Entry, felt: Felt) -> str:
    """Whether the steps along the steepest curvature shrink or grow."""
    own = "" if entry.optimizer.label in CLOSED else " η is each coordinate's own effective rate"
    if np.isnan(felt.edge):
        return f"No edge is known for {share.escape(entry.optimizer.label)}.{own}{'.' * bool(own)}"
    frozen = f"{own}, and the edge is that of rates which stay as they are." if own else ""
    values = np.nan_to_num(felt.values)
    over = values >= felt.edge
    if not over.any():
        most = float(values.max())
        return f"At most {most:.3g}, which is {most / felt.edge:.2g} of {felt.name}: no oscillation grows.{frozen}"
    told = f"At or beyond {felt.name} in {int(over.sum())} steps, first at step {int(np.argmax(over))}"
    return f"{told}: there oscillations do not die away.{frozen}"
