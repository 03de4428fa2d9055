"""The Train-a-network page's state: the network, its mini-batches, the optimizers, and what was changed on the way."""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import groupby
from typing import Any, ClassVar, NamedTuple, Self

from optim import Batches, Domain, Hyperparameter, Network, Optimizer, Task
from optim.datasets import digits
from optim.learning import ACTIVATIONS, INITIALISATIONS, LOSSES

from .. import fields, lineup, share
from ..fields import number, word
from ..lineup import Entry, Lineup
from ..page import Query
from . import rates as searching
from . import training
from .rates import Search
from .training import Plan, Training

EXAMPLES = 1438
"""Digits to train on."""
STEPS = Hyperparameter("steps", "steps", low=1, high=2000, scale="whole", slider=(20, 2000))
BATCH = Hyperparameter("B", "batch size", low=1, high=EXAMPLES, scale="whole", slider=(1, EXAMPLES))
SEED = Hyperparameter("seed", "seed of weights and mini-batches", low=0, high=99_999, scale="whole")
SMALL = 128
"""Learning rates are searched unasked on mini-batches of at most so many."""
HIDDEN = ("32", "none", "8", "64", "32,16", "64,64", "16,16,16")
"""Sizes of the hidden layers."""


class Event(NamedTuple):
    """A hyperparameter that was changed on the way: the step from row ``step`` is the first with the new value."""

    step: int
    id: int
    """Of the line-up's entry."""
    name: str
    old: Any
    new: Any


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The state of the page."""

    lineup: Lineup
    """With the values that they have in the end."""
    events: tuple[Event, ...] = ()
    """In order of their steps."""
    hidden: str = word(*HIDDEN)
    activation: str = word(*ACTIVATIONS)
    loss: str = word(*LOSSES)
    start: str = word("He", *(name for name in INITIALISATIONS if name != "He"))
    """The initialisation."""
    batch: int = number(BATCH, 64)
    steps: int = number(STEPS, 400)
    seed: int = number(SEED, 0)
    curvature: str = word("off", "on")
    """Whether the sharpness is measured on the way."""
    rates: str = field(default="small", compare=False, metadata={"options": ("small", "all")})
    """Whether the learning rates are searched on small mini-batches only, or on all."""
    inside: int | None = field(default=None, compare=False)
    """The id of the optimizer that is looked into; none: the usual one."""
    at: int | None = field(default=None, compare=False)
    """The step that training has come to; none: the last."""
    paused: bool = field(default=False, compare=False)

    tunes: ClassVar[bool] = True
    tuning: ClassVar[str] = (
        f"For each, the learning rate with the lowest training loss after {searching.UPDATES} updates, on mini-batches "
        f"of at most {SMALL}."
    )

    @property
    def layout(self) -> Hashable:
        return tuple(entry.id for entry in self.lineup)

    @property
    def reached(self) -> int:
        """How far it may have come: the last step, or where it is on the way."""
        return self.steps if self.at is None else min(self.at, self.steps)

    @property
    def network(self) -> Network:
        hidden = [] if self.hidden == "none" else list(map(int, self.hidden.split(",")))
        return Network((64, *hidden, 10), self.activation, self.loss)

    @property
    def task(self) -> Task:
        return _task(self.network, self.batch, self.seed)

    @property
    def race(self) -> Hashable:
        """What decides the trainings."""
        return (self.lineup, self.events, self.network, self.start, self.batch, self.steps, self.seed, self.curvature)

    @property
    def plans(self) -> list[Plan]:
        """What each optimizer of the line-up does."""
        return [self.plan(entry) for entry in self.lineup]

    @property
    def trainings(self) -> list[Training]:
        """How far each of them is."""
        return [training.of(plan) for plan in self.plans]

    @property
    def progress(self) -> tuple[int, ...]:
        """The step that each shows."""
        return tuple(max(0, min(one.reached, self.reached)) for one in self.trainings)

    @property
    def step(self) -> int:
        """How far those are that go on; where none does, how far the last came."""
        shown = list(zip(self.progress, self.trainings, strict=True))
        going = [step for step, one in shown if one.rest is None or step < one.reached]
        return min(going, default=max(self.progress, default=0))

    @property
    def epochs(self) -> float:
        """How many epochs of examples those have seen; the last mini-batch of an epoch may be smaller."""
        whole, rest = divmod(self.step, -(-EXAMPLES // self.batch))
        return whole + rest * self.batch / EXAMPLES

    @property
    def busy(self) -> bool:
        """Whether there is something to be computed before it stands still."""
        return (self.at is not None and not self.paused) or not all(one.done(self.reached) for one in self.trainings)

    def plan(self, entry: Entry) -> Plan:
        own = [event for event in self.events if event.id == entry.id]
        changes = tuple((event.step, event.name, event.new) for event in own)
        first = replace_values(entry.optimizer, reversed([(event.name, event.old) for event in own]))
        return Plan(self.task, self.start, first, entry.schedule, changes, self.curvature == "on")

    def first(self, entry: Entry) -> Entry:
        """The entry with the values that it starts with."""
        return replace(entry, optimizer=self.plan(entry).optimizer)

    @property
    def chosen(self) -> Entry | None:
        """The optimizer that is looked into: Adam, or the first with an ε, or the first."""
        asked = next((entry for entry in self.lineup if entry.id == self.inside), None)
        return asked or self.usually

    @property
    def usually(self) -> Entry | None:
        fit = [entry for entry in self.lineup if "eps" in entry.optimizer.values] or list(self.lineup)
        return next((entry for entry in fit if entry.optimizer.label == "Adam"), fit[0] if fit else None)

    @property
    def searches(self) -> list[Search]:
        """The search for each optimizer's learning rate."""
        return [searching.of(entry.optimizer, self.task, self.start) for entry in self.lineup]

    def best_rate(self, entry: Entry) -> float:
        """The learning rate whose loss is lowest after a short run on mini-batches that are not too large."""
        return searching.best(entry.optimizer, _task(self.network, min(self.batch, SMALL), self.seed), self.start)

    def again(self, seed: int | None = None) -> Self:
        """From the beginning, with the values of the end throughout: from the same weights, or with a new seed."""
        return replace(self, events=(), seed=self.seed if seed is None else seed, at=0, paused=False)

    def pause(self) -> Self:
        return replace(self, at=max([0, *self.progress]), paused=True)

    def go_on(self) -> Self:
        return replace(self, paused=False)

    def since(self, before: Self) -> Self:
        """On the way, values that were moved are moved from here on; at the end, from the start."""
        on_the_way = before.at is not None and 0 < before.at < before.steps
        step, events = before.reached, list(self.events)
        for entry in self.lineup:
            old = lineup.find(before, entry.id)
            if old is None or old.optimizer.label != entry.optimizer.label:
                events = [event for event in events if event.id != entry.id]
                continue
            for name, new in entry.optimizer.values.items():
                was = old.optimizer.values[name]
                if was == new or self.events != before.events:
                    continue
                if on_the_way:
                    same = [e for e in events if (e.step, e.id, e.name) == (step, entry.id, name)]
                    events = [e for e in events if e not in same]
                    events.append(Event(step, entry.id, name, same[0].old if same else was, new))
                else:
                    events = [e for e in events if (e.id, e.name) != (entry.id, name)]
        ids = {entry.id for entry in self.lineup}
        events = sorted((e for e in events if e.id in ids and e.old != e.new), key=lambda event: event.step)
        return replace(self, events=tuple(events))

    def changes(self, before: Self) -> str:
        """What differs from another Setting, and what that did."""
        found = lineup.changes(before.lineup, self.lineup)
        if self.events != before.events:
            steps = ", ".join(f"step {step:,}" for step, _ in groupby(event.step for event in self.events))
            found.append(f"changes at {steps}" if steps else "no change on the way")
        found += fields.changes(before, self, TITLES)
        return f"**Changed**: {share.escape('; '.join(found) or 'what is shown')}."

    @property
    def query(self) -> dict[str, list[str]]:
        """Its link; what is as usual is left out."""
        query = {"run": lineup.codes(tuple(map(self.first, self.lineup))), **fields.query(self)}
        if self.events:
            query["event"] = [f"{event.step},{lineup.place(self, event.id) + 1},{event.name}={share.text(event.new)}"
                              for event in self.events]  # fmt: skip
        if self.chosen and self.usually and self.chosen.id != self.usually.id:
            query["inside"] = [str(lineup.place(self, self.chosen.id) + 1)]
        if self.paused and self.reached < self.steps:
            query["at"] = [str(self.reached)]
        return query

    @classmethod
    def parse(cls, query: Query, usual: Any, problems: list[str]) -> Self:
        """The Setting of a link."""
        share.unknown(query, ["inside", "at", *(one.name for one in fields.own(cls))], problems, "run", "event")
        entries = lineup.parse(query["run"], problems) if "run" in query else usual.lineup
        now = cls(lineup=entries, **fields.parse(cls, query, problems))
        events = query.get("event", [])
        if events and not entries:
            problems.append("event: there is no optimizer to change. All events are left out.")
            events = []
        if len(events) > MOST_EVENTS:
            problems.append(f"event: of {len(events)} changes the first {MOST_EVENTS} are kept.")
        for raw in events[:MOST_EVENTS]:
            now = now._with_event(raw, problems)
        if "inside" in query:
            place = share.place(query["inside"][0], "inside", len(entries), problems)
            now = replace(now, inside=entries[place - 1].id if place and entries else None)
        if "at" in query:
            step = Domain(low=0, high=now.steps, whole=True)
            now = replace(now, at=share.number(query["at"][0], "at", step, now.steps, problems), paused=True)
        return now if now.reached < now.steps else replace(now, at=None, paused=False)

    def _with_event(self, raw: str, problems: list[str]) -> Self:
        """With an event of a link."""
        step, _, rest = raw.partition(",")
        place, _, change = rest.partition(",")
        name, _, value = change.partition("=")
        try:
            meaning = Domain(low=1, high=len(self.lineup), whole=True)
            entry = self.lineup[int(meaning.check("event: place", share.parse(place, meaning))) - 1]
            at = int(STEPS.check("event: step", share.parse(step, STEPS)))
            if name not in entry.optimizer.hyperparameters:
                raise ValueError(f"event: {entry.optimizer.label} has no hyperparameter {name[:60]!r}.")
            old = entry.optimizer.values[name]
            new = entry.optimizer(**{name: share.parse(value, entry.optimizer.hyperparameters[name])})
        except (TypeError, ValueError) as error:
            problems.append(f"{error} This event is left out.")
            return self
        if self.events and self.events[-1].step > at:
            problems.append(f"event = {raw[:60]}: events must come in order of their steps. This event is left out.")
            return self
        event = Event(at, entry.id, name, old, new.values[name])
        changed = tuple(replace(e, optimizer=new) if e.id == entry.id else e for e in self.lineup)
        return replace(self, lineup=changed, events=(*self.events, event))


MOST_EVENTS = 100
TITLES = {"hidden": "hidden layers", "activation": "activation", "loss": "loss", "start": "initialisation",
          "curvature": "sharpness"}  # fmt: skip
"""What a visitor calls the plain values of a Setting."""


def replace_values(optimizer: Optimizer, values: Any) -> Optimizer:
    """The optimizer with these values, one after another."""
    for name, value in values:
        optimizer = optimizer(**{name: value})
    return optimizer


@lru_cache(maxsize=64)
def _task(network: Network, batch: int, seed: int) -> Task:
    train, _ = digits()
    return Task(network, train, Batches(len(train), batch, seed))
