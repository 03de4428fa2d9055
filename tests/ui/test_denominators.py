"""What ε is held against: with it, each optimizer's own effective rate must come out."""

import numpy as np
import pytest

import optim
from optim import OPTIMIZERS, optimizers, surfaces
from ui.denominators import denominator

WITH_EPSILON = {label: o for label, o in OPTIMIZERS.items() if "eps" in o.values}


def run(optimizer, steps=40):
    return optim.trace(optimizer, surfaces.gaussian_wells, steps=steps)


def test_each_optimizer_with_an_epsilon_has_a_denominator_and_no_other():
    for label, optimizer in OPTIMIZERS.items():
        assert (denominator(optimizer, run(optimizer)) is not None) == (label in WITH_EPSILON)


@pytest.mark.parametrize("eps", [1e-9, 1e-7, 1e-4])
@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.adagrad(initial=1e-15),
        optimizers.rmsprop,
        optimizers.rmsprop(momentum=0.9),
        optimizers.adam,
        optimizers.adam(bias_correction=False),
        optimizers.adamw,
        optimizers.amsgrad,
        optimizers.nadam,
        optimizers.yogi(initial=1e-15),
    ],
    ids=repr,
)
def test_outside_the_root_the_rate_is_lr_over_size_plus_eps(optimizer, eps):
    optimizer = optimizer(lr=0.05, eps=eps)
    trace = run(optimizer)
    weighed = denominator(optimizer, trace)
    assert (weighed.bound, weighed.bound_symbol) == (eps, "ε")
    np.testing.assert_allclose(trace["effective_lr"], 0.05 / (weighed.size + eps), rtol=1e-12)


def test_centred_the_variance_is_what_epsilon_is_added_to():
    optimizer = optimizers.rmsprop(lr=0.05, centered=True, eps=1e-6)
    trace = run(optimizer)
    weighed = denominator(optimizer, trace)
    np.testing.assert_allclose(trace["effective_lr"], 0.05 / (weighed.size + 1e-6), rtol=1e-12)


@pytest.mark.parametrize("optimizer", [optimizers.adagrad, optimizers.rmsprop, optimizers.adam], ids=repr)
def test_inside_the_root_it_is_held_against_the_root_of_epsilon(optimizer):
    optimizer = optimizer(lr=0.05, eps=1e-14, eps_inside=True)
    trace = run(optimizer)
    weighed = denominator(optimizer, trace)
    assert weighed.bound == pytest.approx(1e-7)
    assert weighed.bound_symbol == "√ε"
    np.testing.assert_allclose(trace["effective_lr"], 0.05 / np.hypot(weighed.size, weighed.bound), rtol=1e-12)


def test_adadelta_has_it_inside():
    optimizer = optimizers.adadelta(eps=1e-12)
    trace = run(optimizer)
    weighed = denominator(optimizer, trace)
    assert weighed.bound == pytest.approx(1e-6)
    before = np.vstack([np.zeros((1, 2)), trace["E_delta2"][:-1]])
    np.testing.assert_allclose(
        trace["effective_lr"], np.sqrt(before + 1e-12) / np.hypot(weighed.size, weighed.bound), rtol=1e-12
    )


def test_radam_adds_it_before_the_correction():
    optimizer = optimizers.radam(lr=0.05, eps=1e-7)
    trace = run(optimizer)
    weighed = denominator(optimizer, trace)
    t = np.arange(6, 42)[:, None]
    expected = 0.05 * trace["r"][5:] * np.sqrt(1 - 0.999**t) / (weighed.size[5:] + 1e-7)
    np.testing.assert_allclose(trace["effective_lr"][5:], expected, rtol=1e-9)


def test_adamax_takes_the_larger_of_the_two():
    optimizer = optimizers.adamax(lr=0.05, eps=1e-3)
    trace = run(optimizer)
    weighed = denominator(optimizer, trace)
    assert (weighed.size < weighed.bound).all()
    np.testing.assert_allclose(0.05 / trace["effective_lr"], weighed.bound, rtol=1e-3)
    fine = optimizers.adamax(lr=0.05, eps=1e-20)
    np.testing.assert_allclose(denominator(fine, run(fine)).size, run(fine)["u"], rtol=1e-9)


def test_in_adabelief_epsilon_adds_up():
    optimizer = optimizers.adabelief(lr=0.05, eps=1e-16)
    trace = run(optimizer)
    weighed = denominator(optimizer, trace)
    assert weighed.bound == pytest.approx(np.sqrt(1e-16 / 0.001))
    expected = 0.05 / (np.hypot(weighed.size, weighed.bound) + 1e-16)
    np.testing.assert_allclose(trace["effective_lr"], expected, rtol=1e-6)


@pytest.mark.parametrize("label", ["AdaGrad", "RMSProp", "Adam", "AdamW", "AMSGrad", "Yogi", "AdaMax"])
def test_where_epsilon_rules_the_step_is_that_of_its_kin(label):
    """The words on the page: momentum, or gradient descent, with learning rate η/ε."""
    optimizer = WITH_EPSILON[label](lr=0.05, eps=1.0)
    if label == "Yogi":
        optimizer = optimizer(initial=1e-15)
    trace = run(optimizer, steps=30)
    weighed = denominator(optimizer, trace)
    if "momentum" in weighed.kin:
        kin = optimizers.momentum(lr=0.05 / weighed.bound, beta=0.9, average=True)
        correction = 1 / (1 - 0.9 ** np.arange(1, 32))[:, None]
    else:
        kin, correction = optimizers.sgd(lr=0.05 / weighed.bound), 1.0
    expected = optim.replay(kin, trace["g"])["step"] * correction
    decay = 0.05 * optimizer.values.get("weight_decay", 0.0) * trace["x"]
    np.testing.assert_allclose(trace["step"] + decay, expected, rtol=2e-3)
    assert weighed.rate.endswith("= 0.05")


def test_an_epsilon_of_zero_is_told_as_a_division_by_zero():
    optimizer = optimizers.adam(eps=0.0)
    weighed = denominator(optimizer, run(optimizer))
    assert weighed.bound == 0
    assert "division by 0" in weighed.rate
