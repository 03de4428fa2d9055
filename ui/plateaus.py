"""The Plateaus page's experiment: the level that says who is off the plateau, and whom its pictures are of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import streamlit as st

from optim import SURFACES, Hyperparameter, optimizers, schedules
from optim.optimizers import Optimizer
from optim.surfaces import Surface

from . import cache, frames, lineup, palette, share, sweeps
from .experiment import CURVES, ENDS, MAP, Experiment, Setting
from .frames import Run

EPSILON, TIMES, RATES, BASINS = "epsilon", "times", "rates", "basins"
"""The keys of this page's own fragments."""


class Goal(NamedTuple):
    """From which loss on a run counts as escaped, and how that is said."""

    level: float
    off: str
    """Said in full, and in short."""
    short: str


OFF, DOWN = ("off the plateau", "off"), ("below the level", "down")

GOALS = {
    "Gaussian wells": Goal(-1.0, *OFF),
    "Soft-plus plateau": Goal(-0.5, *OFF),
    "Saturated neuron": Goal(0.15, *OFF),
    "Tanh step": Goal(0.0, *OFF),
    "Two pits": Goal(-1.5, *DOWN),
    "Himmelblau": Goal(1.0, *DOWN),
}
"""The page's surfaces.

The level is about halfway down a plateau; of the two pits only the deeper one reaches below it, and on Himmelblau's
surface who is below it is close to a minimum.
"""

LEVEL = Hyperparameter("", "level", low=-1e6, high=1e6)

EPSILONS = tuple(float(f"{eps:.6g}") for eps in np.logspace(-12, 0, 37))
"""Where the escape time is taken over ε: three values a decade."""

FASTER = (1.0, 10.0, 100.0)
"""AdaGrad's learning rates beside RMSProp's, as multiples of its own."""

Role = Literal["epsilon", "left", "right"]
"""A picture of one optimizer: ε against its denominator, and the two maps of basins."""

ROLES: tuple[Role, ...] = ("epsilon", "left", "right")


def _surfaces() -> dict[str, Surface]:
    return {label: SURFACES[label] for label in GOALS}


@dataclass(frozen=True)
class Plateaus(Experiment):
    """Who gets off a plateau, and which minimum is reached."""

    surfaces: Mapping[str, Surface] = field(default_factory=_surfaces)
    more: Mapping[str, tuple[Hyperparameter, Any]] = field(default_factory=lambda: {"level": (LEVEL, None)})
    follow: tuple[str, ...] = (MAP, CURVES, ENDS, EPSILON, TIMES, RATES, BASINS)
    tunes: bool = False

    @property
    def numbers(self) -> dict[str, tuple[Hyperparameter, Any]]:
        """All numbers; the usual level is the surface's."""
        return super().numbers | {"level": (LEVEL, GOALS[st.session_state[f"{self.key}.surface"]].level)}

    def start_widgets(self, now: Setting) -> None:
        """Widgets for the start and the level."""
        super().start_widgets(now)
        st.number_input(
            f"{goal(now).off.capitalize()} when f ≤",
            LEVEL.low,
            LEVEL.high,
            key=f"{self.key}.level",
            step=0.05,
            format="%.6g",
            on_change=self.moved,
            persist_state="session",
            help="The step of escape is the first with a loss at or below this level, in the table and in all charts.",
        )

    def chosen(self, role: Role, now: Setting) -> lineup.Entry | None:
        """The optimizer that a picture is of: the chosen one, or else the usual; none where none fits."""
        fit = with_epsilon(now.entries) if role == "epsilon" else now.entries
        asked = st.session_state.get(f"{self.key}.{role}")
        return next((entry for entry in fit if entry.id == asked), None) or self._usual(role, now)

    def _usual(self, role: Role, now: Setting) -> lineup.Entry | None:
        """Adam, or the first that has an ε; the first optimizer, and beside it the first of another kind."""
        entries = now.entries
        if role == "epsilon":
            fit = with_epsilon(entries)
            return next((entry for entry in fit if entry.optimizer.label == "Adam"), fit[0] if fit else None)
        if role == "left":
            return entries[0]
        first = self.chosen("left", now) or entries[0]
        others = [entry for entry in entries if entry.id != first.id]
        unlike = [entry for entry in others if entry.optimizer.label != first.optimizer.label]
        return [*unlike, *others, first][0]

    def query(self, now: Setting) -> dict[str, list[str]]:
        """The query of its link; an optimizer that is not the usual one for its picture is told by its place."""
        query, places = super().query(now), {entry.id: i for i, entry in enumerate(now.entries, 1)}
        for role in ROLES if now.entries else ():
            chosen, usual = self.chosen(role, now), self._usual(role, now)
            if chosen and usual and chosen.id != usual.id:
                query[role] = [str(places[chosen.id])]
        return query

    def load(self, query: Mapping[str, list[str]], problems: list[str]) -> None:
        """Take the state from a query."""
        super().load(query, problems)
        query = query or next(iter(self.presets.values())).query
        entries = self.read().entries
        place = Hyperparameter("", "", low=1, high=len(entries), scale="whole")
        for role in ROLES:
            st.session_state[f"{self.key}.{role}"] = None
            if role not in query:
                continue
            found: list[str] = []
            at = share.number(query[role][0], role, place, 0, found)
            entry = entries[at - 1] if at else None
            if role == "epsilon" and entry and "eps" not in entry.optimizer.values:
                found = [f"epsilon = {at}: {entry.name} has no ε."]
            problems.extend(problem.removesuffix(" 0 stands in.") + " The usual one stands in." for problem in found)
            if entry and not found:
                st.session_state[f"{self.key}.{role}"] = entry.id

    def _surface_chosen(self) -> None:
        """Another surface has another level; a learning rate that leads off its map gives way to its best."""
        super()._surface_chosen()
        label = st.session_state[f"{self.key}.surface"]
        st.session_state[f"{self.key}.level"] = GOALS[label].level
        now = self.read()
        lost = [run.name for run in now.runs() if frames.left(run.trace, now.box) is not None]
        for entry in now.entries:
            if entry.name in lost:
                st.session_state[f"{self.key}.{entry.id}.lr"] = self.best_rate(entry.optimizer)
        if lost:
            st.toast(f"So were the learning rates that led off its map: {share.escape(', '.join(lost))}.")


def with_epsilon(entries: Sequence[lineup.Entry]) -> list[lineup.Entry]:
    """Those that have an ε."""
    return [entry for entry in entries if "eps" in entry.optimizer.values]


def kin(entries: Sequence[lineup.Entry]) -> list[list[lineup.Entry]]:
    """Entries that differ in nothing but ε, together: they share a curve over ε."""
    groups: dict[Any, list[lineup.Entry]] = {}
    for entry in with_epsilon(entries):
        groups.setdefault((_any_epsilon(entry.optimizer), entry.schedule), []).append(entry)
    return list(groups.values())


def _any_epsilon(optimizer: Optimizer) -> Optimizer:
    """The optimizer without an ε of its own, so that a sweep over ε is known again after it has moved."""
    return optimizer(eps=optimizer.defaults["eps"])


def goal(now: Setting) -> Goal:
    """What there is to escape from."""
    return GOALS[now.surface.label]


def criterion(now: Setting) -> sweeps.Fallen:
    """What it takes to be off the plateau."""
    return sweeps.Fallen(now.more["level"])


def over_epsilon(now: Setting, entry: lineup.Entry) -> np.ndarray:
    """The step of escape for each of ``EPSILONS``, in place of the optimizer's own ε."""
    axis = sweeps.Axis("eps", EPSILONS)
    return sweeps.times(_any_epsilon(entry.optimizer), sweeps.given(now, entry), criterion(now), (axis,))[0]


class Duel(NamedTuple):
    """AdaGrad with each of ``FASTER`` learning rates and then RMSProp, on the same plateau."""

    runs: list[Run]
    rates: list[np.ndarray]
    """(steps + 1, 2) each: the effective learning rate."""
    absent: list[str]
    """Which of the two is not in the line-up."""


def duel(now: Setting) -> Duel:
    """AdaGrad beside RMSProp, as the line-up has them.

    Who is not in it gets the other's learning rate, or that of the first optimizer, and RMSProp β = 0.9.
    """
    entries = {entry.optimizer.label: entry for entry in reversed(now.entries)}
    known = entries.get("AdaGrad") or entries.get("RMSProp") or now.entries[0]
    lr = known.optimizer.values["lr"]
    usual = {"AdaGrad": optimizers.adagrad(lr=lr), "RMSProp": optimizers.rmsprop(lr=lr, beta=0.9)}
    duel = Duel([], [], [label for label in usual if label not in entries])
    for label, optimizer in usual.items():
        entry = entries.get(label)
        optimizer, schedule = (entry.optimizer, entry.schedule) if entry else (optimizer, schedules.constant)
        multiples = np.array(FASTER if label == "AdaGrad" else (1.0,))
        rates = optimizer.values["lr"] * multiples
        together = cache.trace(optimizer(lr=rates), now.surface, now.start, now.steps, schedule, now.noise, now.seed)
        for i, rate in enumerate(rates):
            trace = {name: value[..., i] for name, value in together.items()}
            duel.runs.append(Run(f"{label}, η = {rate:.4g}", palette.of(label), i, trace))
            duel.rates.append(trace["effective_lr"])
    return duel
