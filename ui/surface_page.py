"""What the pages on a surface have in common: a surface, a start, a line-up, and how long and how noisily it runs."""

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
import streamlit as st

from optim import SURFACES, Hyperparameter, Surface
from optim.ends import Outcome

from . import controls, fields, lineup, share, words
from . import runs as cache
from .fields import choice, number
from .lineup import Entry, Lineup
from .page import Page, Query, part
from .runs import Given, Point, Run


def role() -> Any:
    """The id of the optimizer that a picture is of; none: the usual one.  It makes no other experiment."""
    return field(default=None, compare=False, metadata={"role": True})


STEPS = Hyperparameter("steps", "steps", low=1, high=2000, scale="whole", slider=(10, 2000))
"""A page that sweeps over its runs has no more, and one that only shows them may have ten times as many."""
TUNED = 2000
"""Over so many first steps at most the best learning rate is sought."""
NOISE = Hyperparameter(r"\sigma", "gradient noise", low=0, high=1e6, scale="log", slider=(1e-4, 100))
SEED = Hyperparameter("seed", "seed of the noise", low=0, high=99_999, scale="whole")


@dataclass(frozen=True, kw_only=True)
class SurfaceSetting:
    """The state of a page on a surface."""

    surface: Surface
    start: Point
    lineup: Lineup
    steps: int = number(STEPS, 50)
    noise: float = number(NOISE, 0.0)
    """Standard deviation of the normal noise on each coordinate of the gradient."""
    seed: int = number(SEED, 0)
    scale: str = choice("log", "linear")
    """The vertical axis of the curves."""

    surfaces: ClassVar[Mapping[str, Surface]] = SURFACES
    result: ClassVar[str] = ""
    """What ``results`` are, where they do not say so themselves."""
    tunes: ClassVar[bool] = False
    """Whether the best learning rate is the one that ends lowest."""
    tuning: ClassVar[str] = (
        "For each, the learning rate whose run ends lowest without leaving the map, in a sweep over up to 2,000 steps; "
        "where every run leaves it, the slider's smallest above 0."
    )

    def __post_init__(self) -> None:
        x, y = self.start
        object.__setattr__(self, "start", (float(x), float(y)))

    @property
    def race(self) -> Hashable:
        """What decides the runs: the slice of every part that shows them."""
        return self.surface, self.start, self.lineup, self.steps, self.noise, self.seed

    @property
    def layout(self) -> Hashable:
        return tuple(entry.id for entry in self.lineup)

    @property
    def traces(self) -> list[Mapping[str, Any]]:
        """What every optimizer of the line-up does."""
        return [cache.trace(entry.optimizer, self.given(entry)) for entry in self.lineup]

    @property
    def runs(self) -> list[Run]:
        """The same with their names and looks."""
        return [Run(*look, trace) for look, trace in zip(lineup.looks(self.lineup), self.traces, strict=True)]

    @property
    def outcomes(self) -> list[Outcome]:
        """What each of them came to."""
        return [cache.outcome(entry.optimizer, self.given(entry)) for entry in self.lineup]

    @property
    def results(self) -> list[str]:
        """The same in the words of what a change did."""
        return [words.outcome(end) for end in self.outcomes]

    @property
    def suits(self) -> str:
        """What ``on`` sets to suit another surface."""
        return "start, learning rates" if self.tunes else "start"

    def given(self, entry: Entry) -> Given:
        """What an entry's run depends on beside its optimizer."""
        return Given(self.surface, self.start, self.steps, entry.schedule, self.noise, self.seed)

    def fit(self, role: str) -> Lineup:
        """The optimizers that a picture may show."""
        return self.lineup

    def usual_choice(self, role: str) -> Entry | None:
        """The one that a picture shows as long as none was chosen."""
        return self.lineup[-1] if self.lineup else None

    def chosen(self, role: str) -> Entry | None:
        """The one that a picture shows."""
        asked = getattr(self, role)
        return next((entry for entry in self.fit(role) if entry.id == asked), None) or self.usual_choice(role)

    def best_rate(self, entry: Entry) -> float:
        """The best learning rate on this surface from this start."""
        return cache.best_rate(entry.optimizer, self.given(entry)._replace(steps=min(self.steps, TUNED)))

    def on(self, surface: Surface) -> Self:
        """Another surface is another experiment: its own start, and learning rates that suit it."""
        now = replace(self, surface=surface, start=surface.start)
        return lineup.tuned(now) if self.tunes else now

    def at_step(self, step: int) -> Self:
        """The Setting that shows what happens at this step of the cursor, where something is shown of one step."""
        return self

    def changes(self, before: Self) -> str:
        """What differs from another Setting, and what that did to the runs."""
        found = lineup.changes(before.lineup, self.lineup)
        if before.surface.label != self.surface.label:
            found.append(f"{before.surface.label} → {self.surface.label}")
        else:
            found += controls.changes(before.surface, self.surface)
        if before.start != self.start:
            found.append(self.start_change(before))
        found += fields.changes(before, self)
        return f"**Changed**: {share.escape('; '.join(found) or 'what is shown')}. {self.effects(before)}"

    def start_change(self, before: Any) -> str:
        """How the start differs from another."""
        return "another start"

    def effects(self, before: Any) -> str:
        """The results that differ now, of the optimizers that took part before too."""
        olds = dict(zip((entry.id for entry in before.lineup), before.results, strict=True))
        news = zip(self.lineup, lineup.names(self.lineup), self.results, strict=True)
        found = [
            f"{share.escape(name)}: {olds[entry.id]} → **{new}**"
            for entry, name, new in news
            if olds.get(entry.id, new) != new
        ]
        return f"{self.result}{'; '.join(found)}." if found else ""

    @property
    def query(self) -> dict[str, list[str]]:
        """Its link; what is as usual is left out."""
        query = {
            "surface": [share.encode(self.surface)],
            "start": [",".join(map(share.text, self.start))],
            "run": lineup.codes(self.lineup),
        }
        usual = self.usual(self.surface)
        for name in usual:
            value = getattr(self, name)
            if name in self.roles:
                chosen, other = self.chosen(name), self.usual_choice(name)
                if chosen and other and chosen.id != other.id:
                    query[name] = [str(lineup.place(self, chosen.id) + 1)]
            elif name == "steps" or value != usual[name]:
                query[name] = [share.text(value)]
        return query

    @property
    def roles(self) -> tuple[str, ...]:
        """The pictures of one optimizer."""
        return tuple(own.name for own in fields.own(self) if "role" in own.metadata)

    @classmethod
    def usual(cls, surface: Surface) -> dict[str, Any]:
        """What its numbers and choices are on a surface where a link does not say."""
        return {f.name: f.default for f in fields.own(cls)}

    @classmethod
    def parse(cls, query: Query, usual: Any, problems: list[str]) -> Self:
        """The Setting of a link."""
        share.unknown(query, ["surface", "start", *(own.name for own in fields.own(cls))], problems, "run")
        surface = usual.surface
        if "surface" in query:
            surface = share.decode(query["surface"][0], cls.surfaces, surface, problems)
        entries = lineup.parse(query["run"], problems) if "run" in query else usual.lineup
        found: dict[str, Any] = {}
        defaults = cls.usual(surface)
        for own in fields.own(cls):
            name, default = own.name, defaults[own.name]
            if not query.get(name):
                found[name] = default
            elif "meaning" in own.metadata:
                found[name] = share.number(query[name][0], name, own.metadata["meaning"], default, problems)
            elif "options" in own.metadata:
                found[name] = share.choice(query[name][0], name, own.metadata["options"], default, problems)
            else:
                found[name] = _place(query[name][0], name, entries, problems)
        now = cls(surface=surface, start=_start(query, surface, problems), lineup=entries, **found)
        return lineup.tuned(now) if cls.tunes and "run" not in query and surface != usual.surface else now


def _place(raw: str, name: str, entries: Lineup, problems: list[str]) -> int | None:
    """The id of an optimizer that a link names by its place."""
    place = share.place(raw, name, len(entries), problems)
    return entries[place - 1].id if place and entries else None


def _start(query: Query, surface: Surface, problems: list[str]) -> Point:
    return share.point(query["start"][0], surface, problems) if "start" in query else surface.start


def begin(page: Page[Any], title: str, lead: str, start: "Start | None" = None) -> None:
    """The page's head and its sidebar; ``start`` draws the widgets of the start."""
    page.open(title, lead)
    with st.sidebar:
        setup(page, start or start_widgets)
        st.header("Optimizers")
        lineup.cards(page)
    if not page.now.lineup:
        st.info("The line-up is empty. Add an optimizer in the sidebar, or pick an experiment above.")
        st.stop()


Start = Callable[[Page[Any], Any], None]


@part(shows=lambda now, _: (now.surface.label, bool(now.noise)))
def setup(page: Page[Any], now: SurfaceSetting, start: Start) -> None:
    """Widgets for the surface, the start, the length and the noise."""

    def chosen(now: SurfaceSetting, label: str) -> SurfaceSetting:
        page.say(f"Set to suit {label}: {now.suits}.")
        return now.on(now.surfaces[label])

    controls.choose(page, "surface", (lambda now: now.surface.label, chosen), "Surface", list(now.surfaces))
    with st.container(key=f"{page.key}-grid-setup", gap=None):
        for name, meaning in now.surface.hyperparameters.items():
            controls.widget(page, f"{now.surface.label}.{name}", controls.at("surface", name), meaning)
        # Two to a row, and the coordinates of the start in one.
        meaning = next(own.metadata["meaning"] for own in fields.own(now) if own.name == "steps")
        steps = partial(controls.slide, page, "steps", controls.at("steps"), "Steps", controls.marks(meaning))
        odd = len(now.surface.hyperparameters) % 2
        for draw in (steps, partial(start, page, now)) if odd else (partial(start, page, now), steps):
            draw()
        same = "Standard deviation of the noise on each coordinate of the gradient. All optimizers see the same draws."
        controls.slide(page, "noise", controls.at("noise"), "Gradient noise σ", controls.marks(NOISE), help=same)
        if now.noise:
            controls.number(page, "seed", controls.at("seed"), "Seed", int(SEED.low), int(SEED.high))


def start_widgets(page: Page[Any], now: SurfaceSetting) -> None:
    """Widgets for the start."""
    for axis in (0, 1):
        coordinate(page, now, axis, f"Start {now.surface.axes[axis]}")


def coordinate(page: Page[Any], now: SurfaceSetting, axis: int, label: str) -> None:
    """A field for one coordinate of the start."""
    low, high = map(float, (now.surface.x_range, now.surface.y_range)[axis])
    lens = (lambda now: now.start[axis]), (lambda now, value: moved(now, axis, value))
    controls.number(page, f"start-{'xy'[axis]}", lens, label, low, high, step=(high - low) / 100, format="%.4g")


def moved(now: Any, axis: int, value: float) -> Any:
    """The Setting with one coordinate of its start changed."""
    return replace(now, start=(value, now.start[1]) if axis == 0 else (now.start[0], value))


def start_at(now: Any, x: float, y: float) -> Any:
    """The Setting that starts where the map was clicked."""
    return replace(now, start=clicked(now.surface, x, y))


def clicked(surface: Surface, x: float, y: float) -> Point:
    """A point of the map, to three digits of its size: no more can be meant by a click."""
    point: list[float] = []
    for value, (low, high) in zip((x, y), (surface.x_range, surface.y_range), strict=True):
        digits = 2 - math.floor(math.log10(high - low))
        point.append(float(np.clip(round(float(value), digits), low, high)))
    return point[0], point[1]
