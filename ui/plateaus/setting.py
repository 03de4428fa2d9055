"""The Plateaus page's state: the level that a run must reach to have escaped, and the optimizers of its pictures."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from optim import SURFACES, Hyperparameter, optimizers
from optim.surfaces import Point, Surface

from .. import lineup, runs, words
from ..fields import number
from ..lineup import Entry, Lineup
from ..page import Query
from ..surface_page import SurfaceSetting, role
from .escapes import escape

LEVELS = {
    "Gaussian wells": -1.0,
    "Soft-plus plateau": -0.5,
    "Saturated neuron": 0.15,
    "Tanh step": 0.0,
    "Two pits": -1.5,
    "Himmelblau": 1.0,
}
"""The page's surfaces, and the loss at which a run has usually escaped.

It is about halfway down a plateau.  Of the two pits only the deeper one reaches below it; on Himmelblau's surface only
the surroundings of the minima do.
"""

LEVEL = Hyperparameter("level", "level", low=-1e6, high=1e6)


@dataclass(frozen=True, kw_only=True)
class Setting(SurfaceSetting):
    """The state of the page."""

    level: float = number(LEVEL, LEVELS["Gaussian wells"])
    """A run has escaped at the first step with a loss at or below it."""

    epsilon: int | None = role()
    left: int | None = role()
    right: int | None = role()
    """Whose ε is compared with what it is added to, and whose basins are shown."""

    result = "Step of escape: "
    surfaces: ClassVar[dict[str, Surface]] = {label: SURFACES[label] for label in LEVELS}

    @classmethod
    def of(cls, surface: Surface, start: Point, steps: int, line_up: Lineup, **more: Any) -> Self:
        """A state with the surface's usual level."""
        values: dict[str, Any] = {"level": LEVELS[surface.label]} | more
        return cls(surface=surface, start=start, steps=steps, lineup=line_up, **values)

    @classmethod
    def usual(cls, surface: Surface) -> dict[str, Any]:
        return super().usual(surface) | {"level": LEVELS[surface.label]}

    @classmethod
    def parse(cls, query: Query, usual: Any, problems: list[str]) -> Self:
        now = super().parse(query, usual, problems)
        entry = next((entry for entry in now.lineup if entry.id == now.epsilon), None)
        if entry is None or entry in now.fit("epsilon"):
            return now
        place = lineup.place(now, entry.id)
        problems.append(f"epsilon = {place + 1}: {lineup.names(now.lineup)[place]} has no ε. The usual one stands in.")
        return replace(now, epsilon=None)

    def fit(self, role: str) -> Lineup:
        if role != "epsilon":
            return self.lineup
        return tuple(entry for entry in self.lineup if "eps" in entry.optimizer.values)

    def usual_choice(self, role: str) -> Entry | None:
        """Adam, or the first that has an ε; the first optimizer, and beside it the first of another kind."""
        fit = self.fit(role)
        if not fit:
            return None
        if role == "epsilon":
            return next((entry for entry in fit if entry.optimizer.label == optimizers.adam.label), fit[0])
        if role == "left":
            return fit[0]
        first = self.chosen("left") or fit[0]
        others = [entry for entry in fit if entry.id != first.id]
        unlike = [entry for entry in others if entry.optimizer.label != first.optimizer.label]
        return [*unlike, *others, first][0]

    @property
    def suits(self) -> str:
        return "start, level, and each learning rate that led off the map"

    def on(self, surface: Surface) -> Self:
        """Another surface has another level; a learning rate that leads off its map gives way to its best."""
        now = replace(super().on(surface), level=LEVELS[surface.label])
        return replace(now, lineup=tuple(now._kept_on_the_map(entry) for entry in now.lineup))

    def _kept_on_the_map(self, entry: Entry) -> Entry:
        trace = runs.trace(entry.optimizer, self.given(entry))
        if self.surface.contains(trace["x"][-1]):
            return entry
        return replace(entry, optimizer=entry.optimizer(lr=self.best_rate(entry)))

    @property
    def escapes(self) -> list[int | None]:
        """The step at which each optimizer of the line-up escapes; None if it does not within the steps."""
        return [escape(trace, self.level) for trace in self.traces]

    @property
    def results(self) -> list[str]:
        return [words.step(at) for at in self.escapes]
