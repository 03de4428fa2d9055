"""The Learning-rate decay page's state: schedules, the noisy quadratic they are tried on, and Adam's first steps."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from optim import Array, Hyperparameter, Optimizer, Schedule, Surface, optimizers, surfaces

from .. import controls, fields, share
from ..fields import choice, number
from ..page import Query
from ..runs import Point
from ..surface_page import NOISE, SEED, STEPS
from ..words import number as said
from . import plans, quadratic
from .plans import Plans

LR = Hyperparameter(r"\eta", "learning rate", low=0, high=1e6, scale="log", slider=(1e-3, 10.0))
BATCHES = Hyperparameter("n", "mini-batches/epoch", low=1, high=STEPS.high, scale="whole", slider=(1, 200))
WARMUP = Hyperparameter("w", "steps of warm-up", low=0, high=100, scale="whole", slider=(0, 100))


def _curvature(symbol: str, meaning: str) -> Hyperparameter:
    return Hyperparameter(symbol, meaning, low=1e-6, high=1e6, scale="log", slider=(0.01, 100.0))


ADAM = optimizers.adam(lr=0.2)
WELLS = surfaces.gaussian_wells
"""Where Adam is shown: the gradient is tiny around the start, and the first steps decide which well is found."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The state of the page."""

    plans: Plans
    lr: float = number(LR, 0.1)
    """η: what every schedule's factor multiplies."""
    steps: int = number(STEPS, 400)
    batches: int = number(BATCHES, 20)
    """Mini-batches per epoch: the steps of one epoch."""
    a: float = number(_curvature("a", "curvature along x"), 1.0)
    b: float = number(_curvature("b", "curvature along y"), 5.0)
    noise: float = number(NOISE, 1.0)
    """Standard deviation σ of the normal noise on each coordinate of the gradient."""
    seed: int = number(SEED, 0)
    scale: str = choice("log", "linear")
    """The axis of the learning rate."""
    adam: Optimizer = ADAM
    warmup: int = number(WARMUP, 20)
    start: Point = field(default=WELLS.start)
    """Adam's, on ``WELLS``."""

    @classmethod
    def meaning(cls, name: str) -> Hyperparameter:
        """What one of its numbers means."""
        return next(one.metadata["meaning"] for one in fields.own(cls) if one.name == name)

    @property
    def layout(self) -> Hashable:
        return tuple((plan.id, plan.schedule.label) for plan in self.plans), bool(self.noise)

    @property
    def surface(self) -> Surface:
        """The quadratic (a x² + b y²) / 2."""
        return surfaces.quadratic(a=self.a, b=self.b)

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """Each as it is where an epoch has ``batches`` steps."""
        return tuple(plan.within(self.batches) for plan in self.plans)

    @property
    def descent(self) -> Hashable:
        """What decides the runs on the quadratic: the slice of every part that shows them."""
        return self.plans, self.lr, self.steps, self.batches, self.a, self.b, self.noise, self.seed

    @property
    def expected(self) -> list[Array]:
        """The expected loss after 0 ... N steps under each schedule, in closed form."""
        return quadratic.expected(*map(self.given, self.schedules)) if self.plans else []

    @property
    def singles(self) -> list[Mapping[str, Array]]:
        """One run of SGD under each schedule."""
        return quadratic.singles(*map(self.given, self.schedules)) if self.plans else []

    def given(self, schedule: Schedule) -> quadratic.Given:
        """What SGD's run under a schedule depends on."""
        return quadratic.Given(self.surface, self.lr, self.steps, schedule, self.noise, self.seed)

    def changes(self, before: Self) -> str:
        """What differs from another Setting, and what that did to the expected losses at the end."""
        changed = plans.changes(before.plans, self.plans)
        changed += fields.changes(before, self)
        changed += [f"Adam: {controls.change(meaning, before.adam.values[name], self.adam.values[name])}"
                 for name, meaning in self.adam.hyperparameters.items()
                 if before.adam.values[name] != self.adam.values[name]]  # fmt: skip
        if before.start != self.start:
            changed.append("another start for Adam")
        olds = {plan.id: said(float(f[-1]), 3) for plan, f in zip(before.plans, before.expected, strict=True)}
        news = [(plan.id, name, said(float(f[-1]), 3))
                for plan, name, f in zip(self.plans, plans.names(self.plans), self.expected, strict=True)]  # fmt: skip
        moved = [f"{name}: {olds[i]} → **{new}**" for i, name, new in news if olds.get(i, new) != new]
        effects = f" Expected final loss: {'; '.join(moved)}." if moved else ""
        return f"**Changed**: {share.escape('; '.join(changed) or 'what is shown')}.{effects}"

    @property
    def query(self) -> dict[str, list[str]]:
        """Its link; what is as usual is left out."""
        query = {"schedule": plans.codes(self.plans), **fields.query(self, "steps")}
        if self.adam != ADAM:
            query["adam"] = [share.encode(self.adam)]
        if self.start != WELLS.start:
            query["start"] = [",".join(map(share.text, self.start))]
        return query

    @classmethod
    def parse(cls, query: Query, usual: Any, problems: list[str]) -> Self:
        """The Setting of a link."""
        share.unknown(query, ["adam", "start", *(one.name for one in fields.own(cls))], problems, "schedule")
        found = fields.parse(cls, query, problems)
        if "adam" in query:
            found["adam"] = share.decode(query["adam"][0], {"Adam": optimizers.adam}, ADAM, problems)
        if "start" in query:
            found["start"] = share.point(query["start"][0], WELLS, problems)
        schedules = plans.parse(query["schedule"], problems) if "schedule" in query else usual.plans
        return cls(plans=schedules, **found)
