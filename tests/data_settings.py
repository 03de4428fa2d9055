"""Random settings of the pages on data, anywhere in their declared domains; what trains is kept small."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from optim import OPTIMIZERS, SCHEDULES
from optim.learning import ACTIVATIONS, INITIALISATIONS, LOSSES
from ui import lineup
from ui.learning_rate_decay import plans
from ui.learning_rate_decay.plans import PER_EPOCH, Plan
from ui.learning_rate_decay.setting import WARMUP, WELLS
from ui.learning_rate_decay.setting import Setting as Decay
from ui.mini_batches import data
from ui.mini_batches import entries as batched
from ui.mini_batches.data import COUNTS, DATA, FULL, MODELS
from ui.mini_batches.setting import Setting as Batches
from ui.train_a_network.setting import HIDDEN, Event
from ui.train_a_network.setting import Setting as Training

from .settings import entries, formulas, values

SEEDS = st.integers(0, 99_999)


def _plan(label: str) -> st.SearchStrategy[Plan]:
    made = formulas(SCHEDULES[label]).map(lambda schedule: schedule(**{
        name: value for name, value in schedule.defaults.items() if name == PER_EPOCH}))  # fmt: skip
    unit = st.booleans() if PER_EPOCH in SCHEDULES[label].values else st.just(False)
    return st.builds(Plan, made, unit)


@st.composite
def decays(draw: st.DrawFn, most_steps: int = 120) -> Decay:
    """A Setting of Learning-rate decay."""
    numbers = {name: draw(values(Decay.meaning(name))) for name in ("lr", "batches", "a", "b", "noise")}
    if draw(st.booleans()):
        numbers["lr"] = min(draw(st.floats(0.1, 2)) * 2 / max(numbers["a"], numbers["b"]), 1e6)  # around the edge
    line = draw(st.lists(st.sampled_from(sorted(SCHEDULES)).flatmap(_plan), min_size=1, max_size=4))
    return Decay(
        plans=plans.of(*line),
        steps=draw(st.integers(1, most_steps)),
        seed=draw(SEEDS),
        scale=draw(st.sampled_from(["log", "linear"])),
        adam=draw(formulas(OPTIMIZERS["Adam"])),
        warmup=draw(values(WARMUP)),
        start=tuple(draw(st.floats(*map(float, span))) for span in (WELLS.x_range, WELLS.y_range)),
        **numbers,
    )


@st.composite
def batches(draw: st.DrawFn, sources: tuple[str, ...] = DATA, epochs: int = 50, updates: int = 2000) -> Batches:
    """A Setting of Mini-batches, on one of ``sources``, with runs of at most so many epochs and updates."""
    source = draw(st.sampled_from(sources))
    sizes = st.one_of(st.just(FULL), st.sampled_from(data.sizes(source)), st.integers(1, COUNTS[source] - 1))
    made = st.sampled_from(sorted(OPTIMIZERS)).flatmap(lambda label: formulas(OPTIMIZERS[label]))
    line = draw(st.lists(st.builds(batched.Entry, made, sizes, st.booleans()), min_size=1, max_size=4))
    return Batches(
        entries=batched.of(*line),
        data=source,
        model=draw(st.sampled_from(MODELS)),
        epochs=draw(st.integers(1, epochs)),
        updates=draw(st.integers(1, updates)),
        seed=draw(SEEDS),
        axis=draw(st.sampled_from(["epochs", "updates", "examples"])),
        scale=draw(st.sampled_from(["log", "linear"])),
        start=tuple(draw(st.floats(*span)) for span in (data.bowl().x_range, data.bowl().y_range)),
    )


@st.composite
def trainings(
    draw: st.DrawFn, hidden: tuple[str, ...] = HIDDEN, most_steps: int = 2000, batch: int = 1438, most: int = 4
) -> Training:
    """A Setting of Train a network at its end, with changes on the way."""
    now = Training(
        lineup=lineup.of(*draw(st.lists(entries(), min_size=1, max_size=most))),
        hidden=draw(st.sampled_from(hidden)),
        activation=draw(st.sampled_from(sorted(ACTIVATIONS))),
        loss=draw(st.sampled_from(sorted(LOSSES))),
        start=draw(st.sampled_from(sorted(INITIALISATIONS))),
        batch=draw(st.integers(1, batch)),
        steps=draw(st.integers(1, most_steps)),
        seed=draw(SEEDS),
        curvature=draw(st.sampled_from(["off", "on"])),
    )
    for step in sorted(draw(st.lists(st.integers(1, max(most_steps - 1, 1)), max_size=3))):
        entry = draw(st.sampled_from(now.lineup))
        name = draw(st.sampled_from(sorted(entry.optimizer.hyperparameters)))
        old, new = entry.optimizer.values[name], draw(values(entry.optimizer.hyperparameters[name]))
        if old != new and not any((e.step, e.id, e.name) == (step, entry.id, name) for e in now.events):
            now = _changed(now, entry, Event(step, entry.id, name, old, new))
    return now


def _changed(now: Training, entry: lineup.Entry, event: Any) -> Training:
    """With a value of an entry changed on the way."""
    optimizer = entry.optimizer(**{event.name: event.new})
    line = tuple(replace(e, optimizer=optimizer) if e.id == entry.id else e for e in now.lineup)
    event = event._replace(new=optimizer.values[event.name])
    return replace(now, lineup=line, events=(*now.events, event))
