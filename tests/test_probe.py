"""What an optimizer is, measured: whether its rates adapt, and whether it normalises the gradient."""

from typing import Annotated

import numpy as np
import pytest

import optim
from optim import OPTIMIZERS, Hyperparameter, Optimizer, optimizers, probe, switch

# adaptive, normalises
FACTS = {
    "SGD": (False, False),
    "Momentum": (False, False),
    "Nesterov": (False, False),
    "Lion": (False, True),
} | dict.fromkeys(
    [
        "AdaGrad",
        "Rprop",
        "RMSProp",
        "Adadelta",
        "Adam",
        "AdamW",
        "AMSGrad",
        "AdaMax",
        "NAdam",
        "RAdam",
        "AdaBelief",
        "Yogi",
    ],
    (True, True),
)


@pytest.mark.parametrize("label", OPTIMIZERS)
def test_what_each_optimizer_is_does_not_hang_on_its_numbers(label):
    optimizer = OPTIMIZERS[label]
    assert (optimizer.adaptive, optimizer.normalises) == FACTS[label]
    many = optimizer(lr=np.array([0.0, 1e-9, 3.0]))
    assert (many.adaptive, many.normalises) == FACTS[label]
    if "eps" in optimizer.values:
        huge = optimizer(eps=1e300)
        assert (huge.adaptive, huge.normalises) == FACTS[label]


LR = Annotated[float, Hyperparameter("h", "learning rate", low=0)]


def _signs(t, x, g, before=0.0, rate=1.0, *, lr: LR = 0.1):
    """Rprop: the rate grows while the sign stays."""
    rate = rate * np.where(g * before >= 0, 1.2, 0.5)
    return -lr * rate * g, {"before": g, "rate": rate, "effective_lr": lr * rate}


def _clipped(t, x, g, *, lr: LR = 0.1):
    rate = lr / np.maximum(1, np.abs(g))
    return -rate * g, {"effective_lr": rate}


def _logarithmic(t, x, g, *, lr: LR = 1e-3):
    return -lr * np.sign(g) * np.log1p(np.abs(g)), {"effective_lr": lr}


def _cubed(t, x, g, *, lr: LR = 0.1, flat: Annotated[bool, switch("keep the sign alone")] = False):
    return -lr * (np.sign(g) if flat else g**3), {"effective_lr": lr}


@pytest.mark.parametrize(
    ("function", "values", "facts"),
    [
        (_signs, {}, (True, False)),
        (_clipped, {}, (True, True)),
        (_logarithmic, {}, (False, False)),
        (_cubed, {}, (False, False)),
        (_cubed, {"flat": True}, (False, True)),
    ],
)
def test_what_is_registered_elsewhere_is_measured_too(function, values, facts):
    optimizer = Optimizer(function, "made up", "x", "this test")(**values)
    assert (optimizer.adaptive, optimizer.normalises) == facts
    assert optimizer.recurrence is None
    assert optimizer.denominator({}) is None


@pytest.mark.parametrize(
    ("differs", "adapts"),
    [
        (lambda t, g, before: np.abs(g) > 1, True),
        (lambda t, g, before: np.abs(g) > 2, False),
        (lambda t, g, before: g < 0, True),
        (lambda t, g, before: (g > 0) & (g < before), True),
        (lambda t, g, before: g == 0, False),
        (lambda t, g, before: (t >= 50) & (g < 0.5), True),
        (lambda t, g, before: (t > 50) & (g < 0.5), False),
    ],
    ids=["size", "size beyond 2", "sign", "fall", "zeros", "late", "later than 50 steps"],
)
def test_rates_adapt_if_they_depend_on_size_sign_or_course_within_50_steps_of_gradients_up_to_2(differs, adapts):
    def function(t, x, g, before=0.0, *, lr: LR = 0.1):
        rate = np.where(differs(t, g, before), lr / 2, lr)
        return -rate * g, {"before": g, "effective_lr": rate}

    assert Optimizer(function, "made up", "x", "this test").adaptive == adapts


@pytest.mark.parametrize(("first", "normalises"), [(50, True), (51, False)])
def test_it_normalises_if_its_fiftieth_step_does(first, normalises):
    def function(t, x, g, *, lr: LR = 0.1):
        return -lr * (np.sign(g) if t >= first else g), {"effective_lr": lr}

    assert Optimizer(function, "made up", "x", "this test").normalises == normalises


@pytest.mark.parametrize("label", OPTIMIZERS)
def test_responses_are_those_of_replay(label):
    gradients = np.random.default_rng(5).standard_normal((30, 4))
    found, expected = probe.respond(OPTIMIZERS[label], gradients), optim.replay(OPTIMIZERS[label], gradients)
    assert found.keys() | {"x", "g"} == expected.keys()
    for name, value in found.items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-12, atol=1e-300)


def test_a_response_starts_at_the_values_given_and_sees_the_points_given():
    gradients, x = np.ones((3, 2)), np.array([[1.0, 2], [3, 4], [5, 6]])
    assert probe.respond(optimizers.adagrad(initial=7), gradients, initial=2.0)["G"][0, 0] == 3
    decayed = probe.respond(optimizers.adamw(lr=0.5, weight_decay=0.1), gradients, x)["step"]
    plain = probe.respond(optimizers.adam(lr=0.5), gradients, x)["step"]
    np.testing.assert_allclose(decayed, plain - 0.05 * x, rtol=1e-12)


def test_a_response_from_the_origin_shows_the_formula_a_point_of_the_gradients_shape():
    shapes = []

    def function(t, x, g, *, lr: LR = 0.1):
        shapes.append(np.shape(x))
        return -lr * g, {"effective_lr": lr}

    made_up = Optimizer(function, "made up", "x", "this test")
    shapes.clear()
    probe.respond(made_up, np.ones((3, 2, 4)))
    assert shapes == [(2, 4)] * 3
