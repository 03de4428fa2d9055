"""Numbers at the edge: no formula gives nan or inf where its paper's is finite.

Squares of gradients below 1e-154 are not normal numbers in float64 and below 1e-162 they are 0.  So without ε gradients
are at least 1e-150 here; with one they go down to 1e-300.
"""

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import optim
from optim import OPTIMIZERS, SCHEDULES, optimizers

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


@st.composite
def _cases(draw, eps, zeros, sizes):
    optimizer = draw(st.sampled_from(list(OPTIMIZERS.values())))
    values = {name: draw(st.sampled_from(options)) for name, options in _ends(optimizer, eps)}
    stream = draw(st.sampled_from(list(STREAMS.values())))(np.arange(1, draw(st.integers(1, 60)) + 1))
    size = draw(st.sampled_from(sizes) | st.floats(min(sizes), max(sizes)))
    return optimizer(**values), np.concatenate([np.zeros(draw(st.integers(0, zeros))), size * stream])


@settings(max_examples=150)
@given(case=_cases(eps=[1e-16, 1e-8, 1e-3, 1.0], zeros=12, sizes=SIZES))
@example(case=(optimizers.rmsprop(beta=0.9, centered=True), np.full(400, 3.7)))
def test_with_epsilon_everything_is_finite_even_after_zeros(case):
    _assert_finite(*case)


@settings(max_examples=150)
@given(case=_cases(eps=[0.0], zeros=0, sizes=SIZES[2:]))
def test_without_epsilon_everything_is_finite_from_the_first_gradient(case):
    optimizer, gradients = case
    if optimizer.label == "AdaBelief" or optimizer.values.get("centered"):
        return  # they divide by a deviation, which is 0 for a constant gradient in the paper too
    _assert_finite(optimizer, gradients)


@pytest.mark.parametrize("optimizer", [*WITHOUT_EPS, optimizers.adagrad, optimizers.yogi], ids=lambda o: o.label)
def test_zeros_are_finite_where_nothing_is_divided_or_the_average_starts_above_0(optimizer):
    started = {"initial": 0.1, "eps": 0} if "initial" in optimizer.values else {}
    _assert_finite(optimizer(**started), np.zeros(20))


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=lambda optimizer: optimizer.label)
def test_ten_thousand_constant_gradients_are_finite(optimizer):
    ends = dict(_ends(optimizer, [1e-16]))
    switches = {name: ends.pop(name) for name, h in optimizer.hyperparameters.items() if h.scale == "switch"}
    if "weight_decay" in ends:
        ends["weight_decay"] = [0.0]  # with it the gradients are not constant: λ x joins them
    rows = np.array(list(itertools.product(*ends.values())), dtype=float).T
    values = {name: row[:, None] for name, row in zip(ends, rows, strict=True)}
    sizes = np.array([1e-300, 1e-8, 3.7, 1e150])
    for flags in itertools.product(*switches.values()):
        variant, state = optimizer(**values, **dict(zip(switches, flags, strict=True))), None
        x, state = np.zeros((rows.shape[1] or 1, len(sizes))), variant.state
        for t in range(1, 10_001):
            step, state = variant.step(t, x, sizes, state)
            x = x + step
            if t % 1000 == 331 or t == 10_000:
                for name, value in {"x": x, **state}.items():
                    assert np.isfinite(value).all(), f"{variant!r}: {name} at t = {t}"


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
