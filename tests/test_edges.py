"""Numbers at the edge: no formula gives nan or inf where its paper's is finite.

Not held, since float64 cannot: with ε = 0 the squares of gradients below 1e-162 are 0, and what divides by them divides
by 0.  So for ε = 0 gradients begin at 1e-150 here, except in AdaMax, which squares nothing; and there are no zeros
before them, where the papers divide by 0 themselves.  With an ε gradients go down to 1e-300, behind any zeros.

EDGE_CASES=100000 runs so many cases.
"""

import itertools
import os

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import optim
from optim import OPTIMIZERS, SCHEDULES, SURFACES, optimizers

from .budget import cases

NEAR_ONE = 1 - 1e-12
SIZES = [1e-300, 1e-200, 1e-150, 1e-100, 1e-20, 1e-8, 1.0, 3.7, 1e8, 1e50, 1e100, 1e150]
WITHOUT_EPS = [o for o in OPTIMIZERS.values() if "eps" not in o.values]

STREAMS = {
    "constant": lambda t: np.ones(len(t)),
    "alternating": lambda t: (-1.0) ** t,
    "falling": lambda t: 1 / t,
    "noisy": lambda t: np.cos(t * t) + 1.5,
}


def _ends(optimizer, eps):
    """For each hyperparameter the values to try: the ends of decay rates, all switches, the given ε."""
    for name, hyperparameter in optimizer.hyperparameters.items():
        if hyperparameter.scale == "switch":
            yield name, [False, True]
        elif hyperparameter.scale == "decay":
            yield name, [0.0, 0.5, optimizer.values[name], NEAR_ONE]
        elif name == "eps":
            yield name, eps
        elif name == "weight_decay":
            yield name, [0.0, 0.1]


def _assert_finite(optimizer, gradients):
    for name, value in optim.replay(optimizer, gradients, 1.0).items():
        assert np.isfinite(value).all(), f"{optimizer!r}: {name} on {gradients[:10]}"


def _deviates(optimizer, stream):
    """Whether what is divided by is surely above 0 in the paper: a deviation from a mean may be 0 at any step."""
    decay = {"AdaBelief": "beta1"}.get(optimizer.label, "beta" if optimizer.values.get("centered") else None)
    return decay is None or (stream == "noisy" and optimizer.values[decay] > 0)


@st.composite
def _cases(draw):
    optimizer = draw(st.sampled_from(list(OPTIMIZERS.values())))
    values = {name: draw(st.sampled_from(options)) for name, options in _ends(optimizer, [0.0, 1e-16, 1e-8, 1.0])}
    if values.get("centered") and "weight_decay" in values:
        values["weight_decay"] = 0.0  # λ x, once it is all the gradient, is divided by ε alone: that grows without end
    optimizer, stream = optimizer(**values), draw(st.sampled_from(list(STREAMS)))
    least, zeros = SIZES[0], draw(st.integers(0, 12))
    if optimizer.values.get("eps") == 0:
        zeros = 0
        least = least if optimizer.label == "AdaMax" else 1e-150
        if not _deviates(optimizer, stream):
            optimizer = optimizer(eps=1e-16)
    size = draw(st.sampled_from([size for size in SIZES if size >= least]) | st.floats(least, SIZES[-1]))
    gradients = size * STREAMS[stream](np.arange(1, draw(st.integers(1, 60)) + 1))
    return optimizer, np.concatenate([np.zeros(zeros), gradients])


@cases(int(os.environ.get("EDGE_CASES", "300")))
@given(case=_cases())
@example(case=(optimizers.rmsprop(beta=0.9, centered=True), np.full(400, 3.7)))
@example(case=(optimizers.adamax(eps=0), np.full(20, 1e-300)))
def test_everything_is_finite_where_the_paper_is(case):
    _assert_finite(*case)


@pytest.mark.parametrize("label", sorted(OPTIMIZERS))
def test_what_is_not_held_without_epsilon_is_what_the_docstring_says(label):
    if "eps" not in OPTIMIZERS[label].values or label == "AdaMax":
        return
    optimizer = OPTIMIZERS[label](eps=0)
    _assert_finite(optimizer, np.full(3, 1e-150) * [1, -1, 0.5])
    with np.errstate(all="ignore"):
        tiny = optim.replay(optimizer, np.full(12, 1e-170), 1.0)["x"]
    assert np.isfinite(tiny).all() == (label == "Yogi"), "Yogi's average starts above 0"


@pytest.mark.parametrize("optimizer", [*WITHOUT_EPS, optimizers.adagrad, optimizers.yogi], ids=lambda o: o.label)
def test_zeros_are_finite_where_nothing_is_divided_or_the_average_starts_above_0(optimizer):
    started = {"initial": 0.1, "eps": 0} if "initial" in optimizer.values else {}
    _assert_finite(optimizer(**started), np.zeros(20))


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=lambda optimizer: optimizer.label)
def test_ten_thousand_constant_gradients_are_finite(optimizer):
    ends = dict(_ends(optimizer, [0.0, 1e-16]))
    switches = {name: ends.pop(name) for name, h in optimizer.hyperparameters.items() if h.scale == "switch"}
    if "weight_decay" in ends:
        ends["weight_decay"] = [0.0]  # with it the gradients are not constant: λ x joins them
        switches.pop("decoupled", None)  # without it there is nothing to decouple
    for flags in itertools.product(*switches.values()):
        variant, state = optimizer(**dict(zip(switches, flags, strict=True))), None
        rows = np.array(list(itertools.product(*ends.values())), dtype=float)
        if "eps" in ends and not _deviates(variant(eps=0), "constant"):
            rows = rows[rows[:, list(ends).index("eps")] > 0]
        variant = variant(**{name: row[:, None] for name, row in zip(ends, rows.T, strict=True)})
        sizes = np.broadcast_to([1e-300, 1e-8, 3.7, 1e150], (len(rows), 4))
        if "eps" in ends:
            sizes = np.where(variant.values["eps"] == 0, np.maximum(sizes, 1e-150), sizes)
        x, state = np.zeros(sizes.shape), variant.state
        for t in range(1, 10_001):
            step, state = variant.step(t, x, sizes, state)
            x = x + step
            if t % 1000 == 331 or t == 10_000:
                for name, value in {"x": x, **state}.items():
                    assert np.isfinite(value).all(), f"{variant!r}: {name} at t = {t}"


@pytest.mark.parametrize("surface", SURFACES.values(), ids=lambda surface: surface.label)
def test_a_surface_is_finite_on_its_map_at_the_ends_of_its_domains(surface):
    points = np.stack(np.meshgrid(*(np.linspace(*span, 21) for span in (surface.x_range, surface.y_range))))
    for name, meaning in surface.hyperparameters.items():
        for value in {max(meaning.low, -1e300), min(meaning.high, 1e300), *meaning.slider}:
            if meaning.scale != "switch":
                assert all(np.isfinite(part).all() for part in surface(**{name: value}).at(points)), f"{name} = {value}"


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=lambda schedule: schedule.label)
def test_a_schedule_is_finite_and_never_negative_at_its_limits(schedule):
    options = {
        name: [False, True]
        if h.scale == "switch"
        else sorted({*h.slider, schedule.values[name], 2 if h.whole else 0.5})
        for name, h in schedule.hyperparameters.items()
    }
    t = np.array([1, 2, 3, 4, 5, 10, 99, 100, 101, 1000, 10**7])
    for values in itertools.product(*options.values()):
        factors = schedule(**dict(zip(options, values, strict=True))).at(t)
        assert np.isfinite(factors).all()
        assert (factors >= 0).all()
