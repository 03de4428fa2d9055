"""The Saddle points page's state."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any, Self

from optim import Hyperparameter

from .. import controls, words
from ..fields import number
from ..lineup import Entry
from ..surface_page import SurfaceSetting, role
from .escapes import Escape, measure
from .geometry import SADDLES, WayOut, beside, way_out

DELTA = Hyperparameter(r"\delta", "distance from the stable axis", low=0, scale="log", slider=(1e-12, 1))
RADIUS = Hyperparameter("r", "escape radius", low=0, open_low=True, high=1e6, scale="log", slider=(0.01, 3))


@dataclass(frozen=True, kw_only=True)
class Setting(SurfaceSetting):
    """The state of the page."""

    radius: float = number(RADIUS, 1.0)
    """The distance from the stable axis at which a run has escaped."""
    inside: int | None = role()

    surfaces = SADDLES
    result = "Step of escape: "

    @property
    def race(self) -> Hashable:
        return super().race, self.radius

    @property
    def way(self) -> WayOut:
        """The saddle, and the way out of it."""
        return way_out(self.surface)

    @property
    def delta(self) -> float:
        """The start's distance from the stable axis: the slider's own mark where it is one, to the last digit."""
        saddle, at = self.way.saddle[self.way.axis], self.start[self.way.axis]
        marks = controls.marks(DELTA)
        return next((mark for mark in marks if at in (saddle + mark, saddle - mark)), abs(at - saddle))

    @property
    def escapes(self) -> list[Escape]:
        """Every optimizer's way out."""
        return [
            Escape(entry, run, *measure(entry.optimizer, self.given(entry), self.radius, self.delta))
            for entry, run in zip(self.lineup, self.runs, strict=True)
        ]

    def beside(self, delta: float) -> Self:
        """With the start at another distance from the stable axis."""
        return replace(self, start=beside(self.surface, self.start, delta))

    def usual_choice(self, role: str) -> Entry | None:
        return self.lineup[0] if self.lineup else None

    @property
    def results(self) -> list[str]:
        return [words.step(escape.at) for escape in self.escapes]

    def start_change(self, before: Any) -> str:
        along = 1 - self.way.axis
        if before.delta == self.delta or before.start[along] != self.start[along]:
            return "another start"
        return controls.change(DELTA, before.delta, self.delta)
