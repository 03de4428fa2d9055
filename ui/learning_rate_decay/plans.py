"""A line-up of learning-rate schedules: each with its own values, counted in epochs or in steps, in its own colour."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from optim import SCHEDULES, Schedule, schedules

from .. import cards, controls, palette, share

MOST = 8

PER_EPOCH = "steps_per_epoch"
"""The hyperparameter that the page's number of mini-batches is."""
STEPWISE = "step"
"""What stands behind the semicolon of a link's schedule that is counted in steps where it could be in epochs."""


@dataclass(frozen=True)
class Plan:
    """One schedule of a line-up."""

    schedule: Schedule
    stepwise: bool = False
    """Whether its epochs are single steps, as in k / √t; only where its formula has epochs."""
    id: int = field(default=0, compare=False)
    """Distinguishes it from the others while its values move; unique in its line-up."""

    @property
    def has_epochs(self) -> bool:
        """Whether its formula counts epochs."""
        return PER_EPOCH in self.schedule.values

    def within(self, batches: int) -> Schedule:
        """The schedule where an epoch has so many mini-batches."""
        return self.schedule(**{PER_EPOCH: 1 if self.stepwise else batches}) if self.has_epochs else self.schedule

    @property
    def code(self) -> str:
        """``Inverse time,decay=0.5``, and ``;step`` where it is counted in steps."""
        return share.encode(self.schedule) + f";{STEPWISE}" * self.stepwise


Plans = tuple[Plan, ...]


class Look(NamedTuple):
    """How a schedule's lines and its name look."""

    name: str
    color: str
    dash: int


def of(*plans: Schedule | Plan) -> Plans:
    """A line-up, numbered from 1."""
    return cards.numbered(plan if isinstance(plan, Plan) else Plan(plan) for plan in plans)


def parse(codes: Sequence[str], problems: list[str]) -> Plans:
    """The line-up of a link, whose ``none`` is an empty one."""
    if list(codes) == ["none"]:
        return ()
    if len(codes) > MOST:
        problems.append(f"{len(codes)} schedules: at most {MOST} are shown.")
    return of(*(_plan(code, problems) for code in codes[:MOST]))


def _plan(code: str, problems: list[str]) -> Plan:
    first, _, unit = code.partition(";")
    plan = Plan(share.decode(first, SCHEDULES, schedules.constant, problems))
    if plan.has_epochs and PER_EPOCH in first:
        problems.append(f"{plan.schedule.label}: {PER_EPOCH} is the page's own number of mini-batches per epoch.")
        plan = Plan(plan.schedule(**{PER_EPOCH: plan.schedule.defaults[PER_EPOCH]}))
    if not unit:
        return plan
    if unit != STEPWISE or not plan.has_epochs:
        problems.append(f"{code[:60]}: only “{STEPWISE}” may stand behind a schedule that counts epochs.")
        return plan
    return replace(plan, stepwise=True)


def codes(plans: Plans) -> list[str]:
    """The same in a link."""
    return [plan.code for plan in plans] or ["none"]


def looks(plans: Plans) -> list[Look]:
    """Name, colour and dashes of each."""
    return _looks(plans, palette.theme())


@lru_cache(maxsize=512)
def _looks(plans: Plans, theme: palette.Theme) -> list[Look]:
    labels = [plan.schedule.label for plan in plans]
    return [
        Look(name, palette.of(label, theme), labels[:i].count(label) % len(palette.DASHES))
        for i, (name, label) in enumerate(zip(names(plans), labels, strict=True))
    ]


@lru_cache(maxsize=512)
def names(plans: Plans) -> tuple[str, ...]:
    """Labels, distinguished by the values in which schedules of the same label differ."""
    found: list[str] = []
    for plan in plans:
        peers = [peer for peer in plans if peer.schedule.label == plan.schedule.label]
        meanings, values = plan.schedule.hyperparameters, plan.schedule.values
        parts = [controls.value(meanings[name], values[name])
                 for name in values if len({peer.schedule.values[name] for peer in peers}) > 1]  # fmt: skip
        unit = ["per step"] if plan.stepwise else []
        found.append(", ".join([plan.schedule.label, *unit, *parts]))
    return cards.distinct(found)


def changes(before: Plans, after: Plans) -> list[str]:
    """What differs between two states of a line-up: ``Exponential: γ 0.95 → 0.9``."""
    return cards.changes(before, after, names, lambda plan: plan.schedule, _further)


def _further(old: Plan, new: Plan) -> list[str]:
    return [] if old.stepwise == new.stepwise else [f"counted in {'steps' if new.stepwise else 'epochs'}"]


def fitted(schedule: Schedule, steps: int) -> Schedule:
    """A schedule whose lengths suit a run of so many steps: it ends with the run, or falls a few times in it."""
    suits = {
        "total": steps,
        "warmup": steps // 20,
        "decay": steps // 4,
        "first": steps // 2,
        "second": 3 * steps // 4,
        "third": 7 * steps // 8,
        "steps_per_stair": steps // 5,
        "period": steps // 4,
        "half": steps // 8,
    }
    lengths = {name: max(suits[name], 1) for name, meaning in schedule.hyperparameters.items()
               if name in suits and meaning.whole}  # fmt: skip
    return schedule(**lengths)
