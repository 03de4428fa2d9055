"""The Trajectories page's state."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from optim import Hyperparameter

from .. import surface_page
from ..charts import MOST_STEPS
from ..fields import number
from ..surface_page import SurfaceSetting, role

STEPS = replace(surface_page.STEPS, high=MOST_STEPS, slider=(10, MOST_STEPS))
WITHIN = Hyperparameter("tolerance", "tolerance", low=0, open_low=True, high=1e6, scale="log", slider=(1e-8, 1))
WRITTEN = Hyperparameter("t", "step written out", low=1, high=MOST_STEPS, scale="whole")


@dataclass(frozen=True, kw_only=True)
class Setting(SurfaceSetting):
    """The state of the page."""

    steps: int = number(STEPS, 50)
    within: float = number(WITHIN, 0.01)
    """How far above the lowest loss counts as arrived."""

    inside: int | None = role()
    t: int = number(WRITTEN, 1, compare=False)
    """The step that is written out."""

    tunes: ClassVar[bool] = True

    def at_step(self, step: int) -> Self:
        """The step after ``step`` steps, written out."""
        return replace(self, t=min(step + 1, self.steps))
