"""An experiment on a surface: where it starts, how long it runs, who takes part; its widgets, its link, its runs.

Its state lives in the session under ``key.name``.  Links, presets and clicks write there, widgets and runs read there.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import numpy as np
import streamlit as st

from optim import SURFACES, Hyperparameter
from optim.optimizers import Optimizer
from optim.surfaces import Surface

from . import cache, charts, controls, html, lineup, share
from .frames import Box, Run

STEPS = Hyperparameter("N", "steps", low=1, high=charts.MOST_STEPS, scale="whole", slider=(10, charts.MOST_STEPS))
NOISE = Hyperparameter(r"\sigma", "gradient noise", low=0, high=1e6, scale="log", slider=(1e-4, 100))
SEED = Hyperparameter("", "seed of the noise", low=0, high=99_999, scale="whole")
WITHIN = Hyperparameter("", "tolerance", low=0, open_low=True, high=1e6, scale="log", slider=(1e-8, 1))

NUMBERS = {"steps": (STEPS, 50), "noise": (NOISE, 0.0), "seed": (SEED, 0), "within": (WITHIN, 0.01)}
"""The numbers that every page has: what each means and what it usually is."""

MAP, CURVES, ENDS, INSIDE, LEGEND = "map", "curves", "ends", "inside", "legend"
OFFER, CURSOR = "offer", "cursor"
"""The keys of the fragments that follow a slider: they run alone, without the rest of the page."""


class Preset(NamedTuple):
    """An experiment worth trying, as the query of its link, and what to look for."""

    link: str
    look: str

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(self.link)


class Setting(NamedTuple):
    """The experiment as the session has it."""

    surface: Surface
    start: tuple[float, float]
    entries: list[lineup.Entry]
    steps: int
    noise: float
    seed: int
    within: float
    """How far above the lowest loss counts as arrived."""
    scale: charts.Axis
    more: Mapping[str, Any]
    """The numbers that only this page has."""

    @property
    def box(self) -> Box:
        return Box(*self.surface.x_range, *self.surface.y_range)

    def runs(self) -> list[Run]:
        """What every optimizer of the line-up does."""
        return [self.run(entry) for entry in self.entries]

    def run(self, entry: lineup.Entry) -> Run:
        """What one optimizer of the line-up does."""
        setting = (self.surface, self.start, self.steps, entry.schedule, self.noise, self.seed)
        return Run(entry.name, entry.color, entry.dash, cache.trace(entry.optimizer, *setting))


class _Shown(NamedTuple):
    """All that depends on values outside the fragments that always follow them."""

    names: dict[int, str]
    noisy: bool
    steps: int
    preset: str | None


@dataclass(frozen=True)
class Experiment:
    """One page's experiment; its first preset is what the page opens on."""

    key: str
    presets: Mapping[str, Preset]
    surfaces: Mapping[str, Surface] = field(default_factory=lambda: SURFACES)
    more: Mapping[str, tuple[Hyperparameter, Any]] = field(default_factory=dict)
    """The page's own numbers beside ``NUMBERS``."""
    follow: tuple[str, ...] = (MAP, CURVES, ENDS)
    """The fragments that follow every slider."""
    tunes: bool = True
    """Whether the best learning rate is the one that ends lowest."""

    def open(self) -> None:
        """Take the state from the link, if that is new; say what is wrong with it."""
        html.style()
        share.sync(self.key, self.load)

    def read(self) -> Setting:
        """The present state.  What no widget sends, and a tampered session may hold, gives way to the usual."""
        state, key = st.session_state, self.key
        label = state[f"{key}.surface"]
        surface = controls.read(self.surfaces[label], f"{key}.{label}")
        start = tuple(
            float(np.clip(state[f"{key}.{a}0"], *r))
            for a, r in zip("xy", (surface.x_range, surface.y_range), strict=True)
        )
        numbers = {}
        for name, (meaning, usual) in self.numbers.items():
            try:
                numbers[name] = meaning.check(name, state.get(f"{key}.{name}", usual))
            except (TypeError, ValueError):
                numbers[name] = usual
        more = {name: numbers.pop(name) for name in self.more}
        scale = state[f"{key}.scale"] or "log"
        return Setting(surface, start, lineup.entries(key), **numbers, scale=scale, more=more)

    @property
    def numbers(self) -> dict[str, tuple[Hyperparameter, Any]]:
        """All numbers: what each means and what it usually is."""
        return NUMBERS | dict(self.more)

    def sidebar(self) -> None:
        """Widgets for the surface, the start, the length and the noise, and the line-up's cards."""
        key, now = self.key, self.read()
        labels = list(self.surfaces)
        st.selectbox("Surface", labels, key=f"{key}.surface", on_change=self._surface_chosen, persist_state="session")
        for name, meaning in now.surface.hyperparameters.items():
            controls.widget(meaning, f"{key}.{now.surface.label}.{name}", self.moved)
        self.start_widgets(now)
        controls.slide("Steps", controls.marks(STEPS), f"{key}.steps", self.moved)
        same = "Standard deviation of the noise on each coordinate of the gradient. All optimizers see the same draws."
        controls.slide("Gradient noise σ", controls.marks(NOISE), f"{key}.noise", self.moved, help=same)
        if now.noise:
            low, high = int(SEED.low), int(SEED.high)
            st.number_input("Seed", low, high, key=f"{key}.seed", on_change=self.moved, persist_state="session")
        st.subheader("Optimizers")
        lineup.show(key, self.best_rate if self.tunes else None, self.moved)
        st.session_state[f"{key}.shown"] = self._shown()

    def start_widgets(self, now: Setting) -> None:
        """Widgets for the start."""
        names, ranges = now.surface.axes, (now.surface.x_range, now.surface.y_range)
        for column, axis, name, (low, high) in zip(st.columns(2), "xy", names, ranges, strict=True):
            column.number_input(
                f"Start {name}",
                float(low),
                float(high),
                key=f"{self.key}.{axis}0",
                step=(high - low) / 100,
                format="%.4g",
                on_change=self.moved,
                persist_state="session",
            )

    def offer(self) -> None:
        """Offer the presets, and tell what to look for in the present one."""
        st.fragment(self._offer, key=OFFER)()

    def _offer(self) -> None:
        state, told = st.session_state, f"{self.key}.preset"
        chosen = self.preset(self.read())
        if told not in state or state[told] != chosen:
            # A browser that has not heard of it yet sends the old choice with its next slider, as if it were a click:
            # another choice is another widget, and nobody listens to the old one.
            state[f"{self.key}.offers"] = state.get(f"{self.key}.offers", 0) + 1
        state[told] = chosen
        key = f"{told}.{state[f'{self.key}.offers']}"
        look = {"label_visibility": "collapsed", "default": chosen}
        st.pills("Try this", list(self.presets), key=key, on_change=self._preset_chosen, args=(key,), **look)
        if chosen:
            st.caption(self.presets[chosen].look)

    def preset(self, now: Setting) -> str | None:
        """The preset that the state equals, if any."""
        query = self.query(now)
        return next((name for name, preset in self.presets.items() if preset.query == query), None)

    def link(self, now: Setting) -> None:
        """Make the page's link say what it shows: the bare page for what it opens on."""
        share.write(self.key, {} if self.preset(now) == next(iter(self.presets)) else self.query(now))

    def query(self, now: Setting) -> dict[str, list[str]]:
        """The query of its link; what is as usual is left out."""
        query = {
            "surface": [share.encode(now.surface)],
            "start": [",".join(map(share.exact, now.start))],
            "steps": [str(now.steps)],
            "run": [entry.code for entry in now.entries],
        }
        usual = {name: value for name, (_, value) in self.numbers.items() if name != "steps"} | {"scale": "log"}
        told = now._asdict() | dict(now.more)
        return query | {name: [share.text(told[name])] for name in usual if told[name] != usual[name]}

    def best_rate(self, optimizer: Optimizer) -> float:
        """The best learning rate for this surface, start and number of steps."""
        now = self.read()
        rates = controls.marks(optimizer.hyperparameters["lr"])[1:]
        return cache.best_rate(optimizer, now.surface, now.start, now.steps, rates)

    def moved(self, entry: int | None = None, card: bool = False) -> None:
        """A value of one ``entry`` of the line-up, or of all, has moved: run the fragments that follow it alone.

        ``card`` says that the entry's own card must be drawn anew.
        """
        before: _Shown = st.session_state[f"{self.key}.shown"]
        after = st.session_state[f"{self.key}.shown"] = self._shown()
        if not after.names or after.names.keys() != before.names.keys() or after.noisy != before.noisy:
            st.rerun()
        renamed = [i for i, name in after.names.items() if name != before.names[i]]
        cards = {lineup.card(self.key, i) for i in [*renamed, *[entry] * card] if i is not None}
        chosen = st.session_state.get(f"{self.key}.inside")
        inside = chosen is not None and (bool(renamed) or entry in (None, chosen))
        offer = after.preset != before.preset
        more = {INSIDE: inside, LEGEND: bool(renamed), OFFER: offer, CURSOR: after.steps != before.steps}
        st.rerun([*self.follow, *cards, *(fragment for fragment, follows in more.items() if follows)])

    def start_at(self, x: float, y: float) -> None:
        """Start there, to three digits of the map's size: no more can be meant by a click."""
        surface = self.read().surface
        for axis, value, (low, high) in zip("xy", (x, y), (surface.x_range, surface.y_range), strict=True):
            digits = 2 - math.floor(math.log10(high - low))
            st.session_state[f"{self.key}.{axis}0"] = float(np.clip(round(float(value), digits), low, high))

    def load(self, query: Mapping[str, list[str]], problems: list[str]) -> None:
        """Take the state from a query; what it leaves out is as usual, or follows from its surface.

        What is wrong with it is told in ``problems``.
        """
        state, usual = st.session_state, next(iter(self.presets.values())).query
        query = query or usual
        first = next(iter(self.surfaces.values()))
        fallback = share.decode(usual["surface"][0], self.surfaces, first, [])
        surface = (
            share.decode(query["surface"][0], self.surfaces, fallback, problems) if "surface" in query else fallback
        )
        state[f"{self.key}.surface"] = surface.label
        controls.set_values(surface, f"{self.key}.{surface.label}")

        start = query["start"][0].split(",") if "start" in query else list(map(share.exact, surface.start))
        if len(start) != 2:
            problems.append(f"start = “{','.join(start)[:60]}”: it must be two numbers, as in 1,-0.5.")
            start = list(map(share.exact, surface.start))
        for axis, raw, (low, high), own in zip(
            "xy", start, (surface.x_range, surface.y_range), surface.start, strict=True
        ):
            meaning = Hyperparameter("", "", low=low, high=high)
            state[f"{self.key}.{axis}0"] = float(share.number(raw, f"start {axis}", meaning, float(own), problems))
        for name, (meaning, value) in self.numbers.items():
            raw = query.get(name, [share.text(value)])[0]
            state[f"{self.key}.{name}"] = share.number(raw, name, meaning, value, problems)
        scale = query.get("scale", ["log"])[0]
        if scale not in ("log", "linear"):
            problems.append(f"scale = “{scale[:60]}”: it must be log or linear. log stands in.")
        state[f"{self.key}.scale"] = "linear" if scale == "linear" else "log"

        lineup.load(self.key, query.get("run", usual["run"]), problems)
        if self.tunes and "run" not in query and surface != fallback:
            lineup.tune(self.key, self.best_rate)

    def _shown(self) -> _Shown:
        now = self.read()
        return _Shown({entry.id: entry.name for entry in now.entries}, bool(now.noise), now.steps, self.preset(now))

    def _surface_chosen(self) -> None:
        """Another surface is another experiment: it starts at its own start, with learning rates that suit it."""
        surface = self.surfaces[st.session_state[f"{self.key}.surface"]]
        controls.set_values(surface, f"{self.key}.{surface.label}")
        for axis, value in zip("xy", surface.start, strict=True):
            st.session_state[f"{self.key}.{axis}0"] = float(value)
        if self.tunes:
            lineup.tune(self.key, self.best_rate)
        st.toast(f"Start{' and learning rates were' if self.tunes else ' was'} set to suit {surface.label}.")

    def _preset_chosen(self, key: str) -> None:
        """A preset was clicked; a click on the present one is no other choice."""
        state = st.session_state
        if key != f"{self.key}.preset.{state[f'{self.key}.offers']}":
            return
        if chosen := state[key]:
            self.load(self.presets[chosen].query, [])
            st.rerun()
        state.pop(f"{self.key}.preset")
