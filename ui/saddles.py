"""Escapes from a saddle point: how far from it a run is, when it was out, and what the theory says of both."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from optim import SURFACES, Hyperparameter, schedules, theory
from optim.formula import Array
from optim.surfaces import Point, Surface

from . import controls, sweeps
from .experiment import Experiment, Setting
from .frames import Run
from .lineup import Entry
from .sweeps import Axis

SADDLES = {label: surface for label, surface in SURFACES.items() if surface.saddles}

DELTA = Hyperparameter(r"\delta", "distance from the stable axis", low=0, scale="log", slider=(1e-12, 1))
RADIUS = Hyperparameter("r", "escape radius", low=0, open_low=True, high=1e6, scale="log", slider=(0.01, 3))

RATES = tuple(float(f"{lr:.3g}") for lr in np.geomspace(1e-3, 1, 20))
GAPS = tuple(float(f"{gap:.3g}") for gap in np.geomspace(0.01, 1, 20))
DELTAS = tuple(float(f"{delta:.3g}") for delta in np.geomspace(1e-12, 1, 20))
"""What the small charts sweep over: learning rates, 1 - β, and starts."""


class WayOut(NamedTuple):
    """Where a surface's saddle is, and which way is down from it."""

    saddle: Point
    axis: int
    """The coordinate along which a run escapes; the other is the stable one."""
    gamma: float | None
    """The downward curvature along it; none where the Hessian is zero and has no directions to tell."""


@lru_cache(maxsize=256)
def way_out(surface: Surface) -> WayOut:
    """The direction of the Hessian's lowest eigenvalue at the saddle, which is a coordinate's on all ``SADDLES``.

    The monkey saddle has no such direction: its stable ray, the one that it is started by, is x ≥ 0, y = 0.
    """
    saddle = surface.saddles[0]
    curvatures, directions = np.linalg.eigh(surface.hessian(saddle))
    if not curvatures.any():
        return WayOut(saddle, 1, None)
    return WayOut(saddle, int(np.argmax(np.abs(directions[:, 0]))), -float(curvatures[0]) + 0.0)


def distance(surface: Surface, p: Array) -> Array:
    """How far p of shape (2, *runs) is from the points that walk into the saddle: the axis through it, or its ray."""
    way = way_out(surface)
    across = np.abs(p[way.axis] - way.saddle[way.axis])
    if way.gamma is not None:
        return across
    along = p[1 - way.axis] - way.saddle[1 - way.axis]
    return np.where(along >= 0, across, np.hypot(along, across))


@dataclass(frozen=True)
class Away:
    """Out is who is at least ``radius`` away."""

    surface: Surface
    radius: float

    def __call__(self, row: dict[str, Array]) -> Any:
        return distance(self.surface, row["x"]) >= self.radius


def delta(now: Setting) -> float:
    """The start's distance from the stable axis: the slider's own mark where it is one, to the last digit."""
    way = way_out(now.surface)
    saddle, at = way.saddle[way.axis], now.start[way.axis]
    return next((mark for mark in controls.marks(DELTA) if at in (saddle + mark, saddle - mark)), abs(at - saddle))


def beside(now: Setting, far: float) -> Point:
    """The start, at another distance on the same side of the stable axis."""
    way, start = way_out(now.surface), list(now.start)
    saddle = way.saddle[way.axis]
    start[way.axis] = saddle + (far if start[way.axis] >= saddle else -far)
    return start[0], start[1]


class Prediction(NamedTuple):
    """What the linearised saddle says: exact on the strict one."""

    steps: float
    """Until it is out; infinite where it never is."""
    distance: Array
    """After 0, 1, ... steps."""


CLOSED: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "SGD": (theory.gd_escape_steps, theory.gd_distance),
    "Momentum": (theory.heavy_ball_escape_steps, theory.heavy_ball_distance),
    "Nesterov": (theory.nesterov_escape_steps, theory.nesterov_distance),
}
"""The optimizers whose way out has a closed form: steps, and distance after k of them."""


def predict(now: Setting, entry: Entry) -> Prediction | None:
    """What theory says of one optimizer; nothing of noise, of schedules, or where there is no curvature."""
    gamma = way_out(now.surface).gamma
    if gamma is None or now.noise or entry.schedule.label != schedules.constant.label:
        return None
    if entry.optimizer.label not in CLOSED:
        return None
    steps, far = CLOSED[entry.optimizer.label]
    lr, beta, average = (entry.optimizer.values.get(name, 0) for name in ("lr", "beta", "average"))
    told = (lr * (1 - beta) if average else lr, *[beta] * ("beta" in entry.optimizer.values), gamma, delta(now))
    return Prediction(float(steps(*told, now.more["radius"])), far(np.arange(now.steps + 1.0), *told))


class Escape(NamedTuple):
    """One optimizer's way out."""

    entry: Entry
    run: Run
    distance: Array
    """From the stable axis after 0, 1, ... steps."""
    at: int | None
    """The step at which it was first out."""
    predicted: Prediction | None

    @property
    def moved(self) -> bool:
        """Whether it was ever off the stable axis."""
        return bool((self.distance > 0).any())


def escapes(now: Setting) -> list[Escape]:
    """Everyone's way out."""
    out, found = Away(now.surface, now.more["radius"]), []
    for entry in now.entries:
        run = now.run(entry)
        trace = dict(run.trace)
        far = distance(now.surface, np.moveaxis(trace["x"], 1, 0))
        found.append(Escape(entry, run, far, sweeps.first(trace, out), predict(now, entry)))
    return found


def beta_of(entry: Entry) -> str | None:
    """The name of an optimizer's first β, if it has one."""
    return next((name for name in ("beta", "beta1") if name in entry.optimizer.values), None)


def times(now: Setting, entry: Entry) -> dict[str, Array]:
    """The step of escape at each of ``RATES``, ``GAPS`` (of an optimizer with a β) and ``DELTAS``; nan is never."""
    axes = {
        "lr": Axis("lr", RATES),
        "delta": Axis("start", tuple(beside(now, far) for far in DELTAS)),
    }
    if beta := beta_of(entry):
        axes["beta"] = Axis(beta, tuple(1 - gap for gap in GAPS))
    out = Away(now.surface, now.more["radius"])
    return dict(
        zip(axes, sweeps.times(entry.optimizer, sweeps.given(now, entry), out, tuple(axes.values())), strict=True)
    )


def over_seeds(now: Setting, entry: Entry, seeds: int) -> Array:
    """The steps of escape under so many seeds, in order; nan, which is never, last."""
    return sweeps.over_seeds(entry.optimizer, sweeps.given(now, entry), Away(now.surface, now.more["radius"]), seeds)


class Saddles(Experiment):
    """An experiment whose start is told by its distance from the stable axis."""

    def start_widgets(self, now: Setting) -> None:
        """The place along the stable axis, the distance from it, and the radius at which a run counts as out."""
        along = 1 - way_out(now.surface).axis
        low, high = (now.surface.x_range, now.surface.y_range)[along]
        name, far = now.surface.axes[along], f"{self.key}.delta"
        st.session_state[far] = delta(now)
        help = "How far beside the line on which everyone walks into the saddle. At exactly 0 the start is on it."
        controls.slide("Start δ · distance from the stable axis", controls.marks(DELTA), far, self._shifted, help=help)
        st.number_input(
            f"Start {name} · along the stable axis",
            float(low),
            float(high),
            key=f"{self.key}.{'xy'[along]}0",
            step=(high - low) / 100,
            format="%.4g",
            on_change=self.moved,
            persist_state="session",
        )
        help = "A run is out at the first step at which its distance from the stable axis is at least r."
        controls.slide("Escape radius r", controls.marks(RADIUS), f"{self.key}.radius", self.moved, help=help)

    def add_noise(self, sigma: float) -> None:
        """Give the gradients noise of standard deviation ``sigma``."""
        st.session_state[f"{self.key}.noise"] = sigma
        self.moved()

    def _shifted(self) -> None:
        for axis, value in zip("xy", beside(self.read(), st.session_state[f"{self.key}.delta"]), strict=True):
            st.session_state[f"{self.key}.{axis}0"] = value
        self.moved()
