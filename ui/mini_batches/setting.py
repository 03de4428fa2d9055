"""The Mini-batches page's state: the data, the model, how long the runs are, and the runs themselves."""

import math
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any, Self

from optim import Array, Hyperparameter

from .. import fields, share
from ..fields import choice, number, word
from ..page import Query
from ..runs import Point
from ..words import number as said
from . import data, entries, training
from .data import DATA, GEYSER, MODELS, ORIGIN
from .entries import Entries
from .training import Plan, Record

EPOCHS = Hyperparameter("E", "epochs", low=1, high=50, scale="whole", slider=(1, 50))
UPDATES = Hyperparameter("T", "updates", low=1, high=2000, scale="whole", slider=(10, 2000))
SEED = Hyperparameter("seed", "seed of the orders and weights", low=0, high=99_999, scale="whole")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The state of the page."""

    entries: Entries
    data: str = word(*DATA)
    model: str = word(*MODELS)
    """Of the digits."""
    epochs: int = number(EPOCHS, 10)
    updates: int = number(UPDATES, 200)
    """How much is shown: so many epochs, or against updates so many updates."""
    seed: int = number(SEED, 0)
    start: Point = ORIGIN
    """The geyser's slope and intercept."""
    axis: str = choice("epochs", "updates", "examples")
    """What the costs are drawn against."""
    scale: str = choice("log", "linear")

    @property
    def layout(self) -> Hashable:
        return self.data, tuple(entry.id for entry in self.entries)

    @property
    def race(self) -> Hashable:
        """What decides the runs."""
        return self.entries, self.data, self.model, self.epochs, self.updates, self.seed, self.start

    @property
    def plans(self) -> list[Plan]:
        """What each run is."""
        # The geyser has but one model, and a batch of all examples has no order.
        model = MODELS[0] if self.data == GEYSER else self.model
        return [Plan(self.data, model, entry.optimizer, entry.size, entry.shuffled, self.seed, self.epochs,
                     self.updates, self.start) for entry in self.entries]  # fmt: skip

    @property
    def records(self) -> list[Record]:
        """What each of them came to."""
        return [training.record(plan) for plan in self.plans]

    def after(self, plan: Plan, found: Record, values: Array) -> float:
        """Of what was measured at a run's looks the value after the last epoch, or as far as it came; nan if the run
        has diverged by then.
        """
        last = min(self.epochs * plan.per_epoch, plan.steps)
        return float(values[found.looks == last][0]) if found.diverged is None or found.diverged > last else math.nan

    @property
    def finals(self) -> list[float]:
        """The cost over all examples of each run after the last epoch; nan for one that has diverged."""
        return [self.after(plan, found, found.full) for plan, found in zip(self.plans, self.records, strict=True)]

    def over(self, source: str) -> Self:
        """The same on other data."""
        return replace(self, data=source, entries=entries.on(self.entries, source))

    def changes(self, before: Self) -> str:
        """What differs from another Setting, and what that did to the costs in the end."""
        changed = entries.changes(before.entries, self.entries)
        changed += fields.changes(before, self)
        if before.start != self.start:
            changed.append("another start of the line")
        moved: list[str] = []
        if before.data == self.data and data.problem(self.data) is None:
            olds = {entry.id: said(cost) for entry, cost in zip(before.entries, before.finals, strict=True)}
            rows = zip(self.entries, entries.names(self.entries), self.finals, strict=True)
            moved = [f"{share.escape(name)}: {olds[entry.id]} → **{said(cost)}**"
                     for entry, name, cost in rows if olds.get(entry.id, said(cost)) != said(cost)]  # fmt: skip
        effects = f" Cost after the last epoch: {'; '.join(moved)}." if moved else ""
        return f"**Changed**: {share.escape('; '.join(changed) or 'what is shown')}.{effects}"

    @property
    def query(self) -> dict[str, list[str]]:
        """Its link; what is as usual is left out."""
        query = {"run": entries.codes(self.entries), **fields.query(self, "data")}
        if self.start != ORIGIN:
            query["start"] = [",".join(map(share.text, self.start))]
        return query

    @classmethod
    def parse(cls, query: Query, usual: Any, problems: list[str]) -> Self:
        """The Setting of a link."""
        share.unknown(query, ["start", *(one.name for one in fields.own(cls))], problems, "run")
        found = fields.parse(cls, query, problems)
        line = entries.parse(query["run"], problems) if "run" in query else usual.entries
        source = found.get("data", GEYSER)
        problems += entries.too_large(line, source)
        if "start" in query and data.problem(GEYSER) is None:
            found["start"] = share.point(query["start"][0], data.bowl(), problems)
        return cls(entries=entries.on(line, source), **found)
