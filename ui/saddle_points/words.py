"""The sentences of the Saddle points page that are made from its runs: plain text, one template each."""

from collections.abc import Sequence

import numpy as np

from optim import Array, surfaces
from optim.theory import Recurrence

from ..frames import Box
from ..words import listed, no_line, number
from .escapes import Escape
from .setting import Setting
from .sweeps import Swept


def verdict(now: Setting, found: Sequence[Escape]) -> list[str]:
    """Which runs escaped first, and which did not escape."""
    steps = [escape.at for escape in found if escape.at is not None]
    if len(steps) == len(found) and not any(steps):
        return ["Every run starts at the escape radius or beyond it."]
    first = min(steps, default=None)
    stuck = [escape for escape in found if escape.at is None]
    thrown = [escape for escape in stuck if (escape.distance >= now.radius).any()]
    sentences = {
        f"First to escape, at step {first or 0:,}": [
            escape for escape in found if first is not None and escape.at == first
        ],
        f"Not escaped by step {now.steps:,}": stuck,
        "At the radius only while climbing or diverging": thrown,
    }
    return [f"{what}: {listed([e.run.name for e in escapes])}." for what, escapes in sentences.items() if escapes]


def theory(now: Setting, found: Sequence[Escape]) -> str:
    """What the dotted lines of the distances are, or why there are none."""
    if now.way.gamma is None:
        return "No closed form: the Hessian is zero at this saddle."
    if now.noise:
        return "No closed form: it assumes exact gradients."
    if not any(escape.predicted for escape in found):
        return (
            "No closed form: one is known for SGD, Momentum and Nesterov, at a constant learning rate and without "
            "weight decay or dampening."
        )
    if not now.delta:
        return "From δ = 0 the closed form stays at 0, which a log axis cannot show."
    if now.surface.label == surfaces.saddle.label:
        return "Dotted: the closed form, exact on this surface. Exponential growth is a straight line on a log axis."
    return "Dotted: the closed form of the linearised saddle, which holds near it."


def nothing(now: Setting, found: Sequence[Escape], box: Box) -> list[str]:
    """Why there is no distance to draw."""
    if any(escape.moved for escape in found):
        return [no_line(f"The distance from the {now.way.stable}", box.bottom, box.top)]
    sentences = [f"No run is ever at a distance above 0 from the {now.way.stable}."]
    if now.noise:
        return sentences
    slope = abs(float(now.surface.at(now.start)[1][now.way.axis]))
    return [*sentences, f"At the start the gradient across it is {number(slope)}.", "Set δ above 0, or add noise."]


def symbols(found: Sequence[Escape], swept: Sequence[Swept]) -> str:
    """Which optimizer's values a chart moves, where they have several symbols: ``β: Momentum · β₁: Adam``."""
    groups: dict[str, list[str]] = {}
    for escape, by in zip(found, swept, strict=True):
        groups.setdefault(by.symbol, []).append(escape.run.name)
    return " · ".join(f"{symbol}: {listed(names)}" for symbol, names in groups.items())


def edge(name: str, felt: Array, recurrence: Recurrence | None) -> str:
    """How often an optimizer's steps are at or beyond its stability edge, and what happens there."""
    if recurrence is None:
        return f"No stability edge is known for {name} as it is set."
    known = np.isfinite(felt)
    beyond = int((known & (felt >= recurrence.edge)).sum())
    return (
        f"Stability edge: {edge_name(recurrence)}. Steps at or beyond it: {beyond:,} of {known.sum():,}. On a "
        "quadratic, oscillations beyond it grow; in adaptive optimizers, as long as the effective rates do not change."
    )


def edge_name(recurrence: Recurrence) -> str:
    """``2(1 + β) = 3.8``; of one that moves, its value at the last step."""
    edges = np.atleast_1d(recurrence.edge)
    value = number(float(edges[-1]), 3) + f" at step {len(edges):,}" * (len(edges) > 1)
    return recurrence.edge_formula + f" = {value}" * (recurrence.edge_formula != value)
