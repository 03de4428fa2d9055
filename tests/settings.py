"""Random settings of the pages, anywhere in their declared domains: for property tests."""

import math
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from optim import OPTIMIZERS, SCHEDULES
from optim.formula import Formula, Hyperparameter
from ui import lineup
from ui.lineup import Entry
from ui.surface_page import SurfaceSetting

PAGES = sorted(path.stem for path in (Path(__file__).parents[1] / "pages").glob("*.py"))
PRESETS = {name: import_module(f"ui.{name}.presets").PRESETS for name in PAGES}
ON_SURFACES = [name for name in PAGES if isinstance(PRESETS[name][0].setting, SurfaceSetting)]


def values(meaning: Hyperparameter) -> st.SearchStrategy[Any]:
    """Values of one hyperparameter: its slider's part, its ends, and anywhere in its domain."""
    if meaning.scale == "switch":
        return st.booleans()
    low, high = meaning.low, meaning.high
    if meaning.scale == "whole":
        most = int(min(high, 10**6))
        usual = st.integers(*(int(min(max(end, low), most)) for end in meaning.slider))
        return st.one_of(usual, st.integers(int(max(low, 0)), most))
    low = math.nextafter(low, math.inf) if meaning.open_low else low
    high = math.nextafter(high, -math.inf) if meaning.open_high else high
    inside = [value for value in meaning.slider if low <= value <= high]
    anywhere = st.floats(max(low, -1e12), min(high, 1e12), allow_nan=False, allow_infinity=False)
    usual = st.floats(max(low, meaning.slider[0]), min(high, meaning.slider[1]))
    return st.one_of(usual, usual, st.sampled_from(inside), anywhere) if inside else st.one_of(usual, anywhere)


def formulas(formula: Formula) -> st.SearchStrategy[Any]:
    """A formula with some of its values changed."""
    optional = {name: values(meaning) for name, meaning in formula.hyperparameters.items()}
    return st.fixed_dictionaries({}, optional=optional).map(lambda found: formula(**found))


def entries() -> st.SearchStrategy[Entry]:
    optimizers = st.sampled_from(sorted(OPTIMIZERS)).flatmap(lambda label: formulas(OPTIMIZERS[label]))
    schedules = st.one_of(
        st.just(SCHEDULES["Constant"]),
        st.sampled_from(sorted(SCHEDULES)).flatmap(lambda label: formulas(SCHEDULES[label])),
    )
    return st.builds(Entry, optimizers, schedules)


@st.composite
def settings(draw: st.DrawFn, page: str, most_steps: int = 120) -> SurfaceSetting:
    """A Setting of a page on a surface."""
    kind = type(PRESETS[page][0].setting)
    surface = draw(st.sampled_from(sorted(kind.surfaces)).flatmap(lambda label: formulas(kind.surfaces[label])))
    start = tuple(draw(st.floats(*map(float, span))) for span in (surface.x_range, surface.y_range))
    line = lineup.of(*draw(st.lists(entries(), min_size=1, max_size=4)))
    found: dict[str, Any] = {}
    for own in fields(kind):
        if "meaning" in own.metadata:
            found[own.name] = draw(values(own.metadata["meaning"]))
        elif "options" in own.metadata:
            found[own.name] = draw(st.sampled_from(own.metadata["options"]))
    found["steps"] = draw(st.integers(1, most_steps))
    found["noise"] = draw(st.one_of(st.just(0.0), st.floats(1e-4, 1.0)))
    found["seed"] = draw(st.integers(0, 99_999))
    return kind(surface=surface, start=start, lineup=line, **found)
