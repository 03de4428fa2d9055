"""What ε is added to: from it each optimizer's own effective learning rate must come out."""

from dataclasses import replace
from typing import Annotated

import numpy as np
import pytest

import optim
from optim import OPTIMIZERS, Hyperparameter, Optimizer, denominators, optimizers, surfaces

WITH_EPSILON = {label: o for label, o in OPTIMIZERS.items() if "eps" in o.values}


def run(optimizer, steps=40, **more):
    return optim.trace(optimizer, surfaces.gaussian_wells, steps=steps, **more)


def test_each_optimizer_with_an_epsilon_has_a_denominator_and_no_other():
    for label, optimizer in OPTIMIZERS.items():
        assert (optimizer.denominator(run(optimizer)) is not None) == (label in WITH_EPSILON)


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
    weighed = optimizer.denominator(trace)
    assert (weighed.bound, weighed.bound_symbol) == (eps, "ε")
    np.testing.assert_allclose(trace["effective_lr"], 0.05 / (weighed.size + eps), rtol=1e-12)


def test_centred_the_variance_is_what_epsilon_is_added_to():
    optimizer = optimizers.rmsprop(lr=0.05, centered=True, eps=1e-6)
    trace = run(optimizer)
    weighed = optimizer.denominator(trace)
    np.testing.assert_allclose(trace["effective_lr"], 0.05 / (weighed.size + 1e-6), rtol=1e-12)


def test_a_centred_variance_that_rounding_leaves_below_0_is_0():
    steady = optimizers.rmsprop(beta=0.9, centered=True)
    trace = optim.replay(steady, np.full(400, 3.7))
    assert (trace["v"] < trace["g_mean"] ** 2).any()
    assert (steady.denominator(trace).size >= 0).all()


@pytest.mark.parametrize("optimizer", [optimizers.adagrad, optimizers.rmsprop, optimizers.adam], ids=repr)
def test_inside_the_root_it_is_held_against_the_root_of_epsilon(optimizer):
    optimizer = optimizer(lr=0.05, eps=1e-14, eps_inside=True)
    trace = run(optimizer)
    weighed = optimizer.denominator(trace)
    assert weighed.bound == pytest.approx(1e-7)
    assert weighed.bound_symbol == "√ε"
    np.testing.assert_allclose(trace["effective_lr"], 0.05 / np.hypot(weighed.size, weighed.bound), rtol=1e-12)


def test_adadelta_has_it_inside():
    optimizer = optimizers.adadelta(eps=1e-12)
    trace = run(optimizer)
    weighed = optimizer.denominator(trace)
    assert weighed.bound == pytest.approx(1e-6)
    before = np.vstack([np.zeros((1, 2)), trace["E_delta2"][:-1]])
    np.testing.assert_allclose(
        trace["effective_lr"], np.sqrt(before + 1e-12) / np.hypot(weighed.size, weighed.bound), rtol=1e-12
    )


def test_radam_adds_it_before_the_correction():
    optimizer = optimizers.radam(lr=0.05, eps=1e-7)
    trace = run(optimizer)
    weighed = optimizer.denominator(trace)
    t = np.arange(6, 42)[:, None]
    expected = 0.05 * trace["r"][5:] * np.sqrt(1 - 0.999**t) / (weighed.size[5:] + 1e-7)
    np.testing.assert_allclose(trace["effective_lr"][5:], expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("optimizer", "symbol"),
    [(optimizers.adam, "√v"), (optimizers.adamw, "√v"), (optimizers.amsgrad, "√max v")],
    ids=repr,
)
def test_an_epsilon_hat_is_added_before_the_correction(optimizer, symbol):
    optimizer = optimizer(lr=0.05, eps=1e-7, eps_hat=True)
    trace = run(optimizer)
    weighed = optimizer.denominator(trace)
    t = np.arange(1, 42)[:, None]
    np.testing.assert_allclose(trace["effective_lr"], 0.05 * np.sqrt(1 - 0.999**t) / (weighed.size + 1e-7), rtol=1e-9)
    assert (weighed.symbol, weighed.bound, weighed.limit_lr_is) == (symbol, 1e-7, "at most")
    # Where nothing is corrected there is no before.
    plain = optimizer(bias_correction=False)
    assert plain.denominator(run(plain)).limit_lr_is == "exactly"


def test_radam_can_add_it_after_the_correction():
    optimizer = optimizers.radam(lr=0.05, eps=1e-7, eps_hat=False)
    trace = run(optimizer)
    weighed = optimizer.denominator(trace)
    np.testing.assert_allclose(trace["effective_lr"][5:], 0.05 * trace["r"][5:] / (weighed.size[5:] + 1e-7), rtol=1e-9)
    assert weighed.symbol == "√v̂"


def test_adamax_can_add_it_outside_of_the_maximum():
    optimizer = optimizers.adamax(lr=0.05, eps=1e-3, eps_outside=True)
    trace = run(optimizer)
    weighed = optimizer.denominator(trace)
    assert weighed.symbol == "u"
    np.testing.assert_allclose(trace["effective_lr"], 0.05 / (weighed.size + weighed.bound), rtol=1e-12)


def test_adamax_takes_the_larger_of_the_two():
    optimizer = optimizers.adamax(lr=0.05, eps=1e-3)
    trace = run(optimizer)
    weighed = optimizer.denominator(trace)
    assert (weighed.size < weighed.bound).all()
    np.testing.assert_allclose(0.05 / trace["effective_lr"], weighed.bound, rtol=1e-3)
    fine = optimizers.adamax(lr=0.05, eps=1e-20)
    np.testing.assert_allclose(fine.denominator(run(fine)).size, run(fine)["u"], rtol=1e-9)


def test_in_adabelief_epsilon_adds_up():
    optimizer = optimizers.adabelief(lr=0.05, eps=1e-16)
    trace = run(optimizer)
    weighed = optimizer.denominator(trace)
    assert weighed.bound == pytest.approx(np.sqrt(1e-16 / 0.001))
    expected = 0.05 / (np.hypot(weighed.size, weighed.bound) + 1e-16)
    np.testing.assert_allclose(trace["effective_lr"], expected, rtol=1e-6)


def test_in_adabelief_without_correction_the_shares_are_those_with_it():
    optimizer = optimizers.adabelief(lr=0.05, eps=1e-14, bias_correction=False)
    trace = run(optimizer)
    weighed = optimizer.denominator(trace)
    built_up = 1 - 0.999 ** np.arange(1, 42)[:, None]
    np.testing.assert_allclose(trace["s"], (weighed.size**2 + weighed.bound**2) * built_up, rtol=1e-9)


def limit_of(weighed, gradients):
    """The steps of the optimizer that ``limit``, ``limit_lr``, ``beta``, ``average`` and ``corrected`` name."""
    velocity = np.zeros_like(gradients[0])
    for t, g in enumerate(gradients, start=1):
        velocity = weighed.beta * velocity + (1 - weighed.beta if weighed.average else 1) * g
        ahead = weighed.beta * velocity + (1 - weighed.beta) * g if weighed.limit == "Nesterov momentum" else velocity
        # Nesterov's look ahead is one power further.
        power = t + (weighed.limit == "Nesterov momentum")
        yield -weighed.limit_lr * ahead / (1 - weighed.beta**power if weighed.corrected else 1)


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.adagrad,
        optimizers.adagrad(eps_inside=True),
        optimizers.rmsprop,
        optimizers.rmsprop(momentum=0.8),
        optimizers.rmsprop(momentum=0.8, lr_in_velocity=True),
        optimizers.rmsprop(eps_inside=True, centered=True),
        optimizers.adam,
        optimizers.adam(beta1=0),
        optimizers.adam(eps_inside=True, bias_correction=False),
        optimizers.adamw,
        optimizers.amsgrad,
        optimizers.yogi(initial=1e-15),
        optimizers.adamax,
        optimizers.adamax(beta1=0),
        optimizers.adabelief(beta1=0.5),
        optimizers.adabelief(beta1=0),
        optimizers.nadam(momentum_warmup=False),
    ],
    ids=repr,
)
def test_far_above_all_gradients_it_makes_the_steps_of_the_limit(optimizer):
    optimizer = optimizer(lr=0.05, eps=10.0)
    # Noise, so that it matters which gradients a step weighs, and how.
    trace = run(optimizer, steps=40, noise=1e-3)
    weighed = optimizer.denominator(trace)
    assert weighed.limit_lr_is == "exactly"
    expected = np.array([*limit_of(weighed, trace["g"])])
    decay = 0.05 * optimizer.values.get("weight_decay", 0.0) * trace["x"]
    # NAdam's two parts are corrected apart.
    rest = 30 if weighed.limit == "Nesterov momentum" else 0
    np.testing.assert_allclose((trace["step"] + decay)[rest:], expected[rest:], rtol=0.05 if rest else 4e-3, atol=1e-9)
    assert weighed.limit_lr_symbol.startswith("η/")


def test_the_limit_of_radam_is_the_most_and_of_adadelta_the_least_that_the_learning_rate_can_be():
    for optimizer, sign in (
        (optimizers.radam(lr=0.05, eps=10.0), "at most"),
        (optimizers.adadelta(eps=1.0), "at least"),
        (optimizers.adabelief(eps=1.0, bias_correction=False), "at least"),
    ):
        trace = run(optimizer, steps=300)
        weighed = optimizer.denominator(trace)
        assert weighed.limit_lr_is == sign
        least = sign == "at least"
        rates = trace["effective_lr"] if least else trace["effective_lr"][trace["r"][:, 0] > 0]
        over = rates / weighed.limit_lr
        assert (over >= 1 - 1e-6).all() if least else (over <= 1).all()


def test_before_radam_trusts_v_epsilon_is_added_to_nothing():
    optimizer = optimizers.radam(lr=0.05, eps=1e-7)
    size = optimizer.denominator(run(optimizer)).size
    assert np.isnan(size[:5]).all()
    assert (size[5:] > 0).all()
    never = optimizers.radam(beta2=0.6)
    assert np.isnan(never.denominator(run(never)).size).all()


@pytest.mark.parametrize("label", WITH_EPSILON)
@pytest.mark.parametrize("beta", [0.0, 0.5, np.array([0.0, 0.5])], ids=str)
def test_the_limit_has_a_velocity_where_the_optimizer_has(label, beta):
    optimizer = WITH_EPSILON[label]
    names = {"beta1", "momentum"} & optimizer.values.keys()
    weighed = optimizer(**dict.fromkeys(names, beta)).denominator(run(optimizer))
    expected = {"NAdam": "Nesterov momentum"}.get(label, "momentum") if names and np.any(beta) else "gradient descent"
    assert weighed.limit == expected
    np.testing.assert_array_equal(weighed.beta, beta if names else 0)
    assert weighed.average == (expected != "gradient descent" and label != "RMSProp")
    assert weighed.corrected == weighed.average


@pytest.mark.parametrize(
    ("optimizer", "symbol", "bound"),
    [
        (optimizers.adagrad, "√G", "ε"),
        (optimizers.rmsprop, "√v", "ε"),
        (optimizers.rmsprop(centered=True, eps_inside=True), "√(v − ḡ²)", "√ε"),
        (optimizers.adadelta, "√E[g²]", "√ε"),
        (optimizers.adam, "√v̂", "ε"),
        (optimizers.adam(bias_correction=False), "√v", "ε"),
        (optimizers.adamax, "u without ε", "ε"),
        (optimizers.adamax(bias_correction=False, eps_outside=True), "u", "ε"),
        (optimizers.nadam, "√v̂", "ε"),
        # What has no switch for it is taken to correct its averages.
        (replace(optimizers.nadam, divides=denominators.adam), "√v̂", "ε"),
        (optimizers.radam, "√v", "ε"),
        (optimizers.adabelief, "√ŝ without ε", "√(ε/(1 − β₂))"),
    ],
    ids=repr,
)
def test_symbols_follow_the_switches(optimizer, symbol, bound):
    weighed = optimizer.denominator(run(optimizer))
    assert (weighed.symbol, weighed.bound_symbol) == (symbol, bound)


def test_an_epsilon_of_zero_bounds_nothing_and_its_limit_has_no_end():
    for optimizer in WITH_EPSILON.values():
        weighed = optimizer(eps=0.0).denominator(run(optimizer(eps=0.0)))
        assert weighed.bound == 0
        assert np.isposinf(weighed.limit_lr) or weighed.limit_lr_is == "at least"


def test_a_sweep_has_a_denominator_for_each_run():
    adam = optimizers.adam(eps=np.array([1e-9, 1e-5]), lr=0.05)
    trace = optim.trace(adam, surfaces.gaussian_wells, np.array([[0.75, 0.7], [1.0, 1.1]]), 20)
    weighed = adam.denominator(trace)
    np.testing.assert_array_equal(weighed.bound, [1e-9, 1e-5])
    np.testing.assert_allclose(trace["effective_lr"], 0.05 / (weighed.size + weighed.bound), rtol=1e-12)


# What is not declared is measured.


@pytest.mark.parametrize("label", ["AdaGrad", "RMSProp", "Adam", "AdamW", "AMSGrad", "AdaMax", "NAdam", "Yogi"])
def test_measured_it_is_the_declared_one(label):
    optimizer = WITH_EPSILON[label](lr=0.05, eps=1e-7)
    trace = run(optimizer)
    declared, measured = optimizer.denominator(trace), replace(optimizer, divides=None).denominator(trace)
    np.testing.assert_allclose(measured.size, declared.size, rtol=1e-9)
    assert measured.bound == pytest.approx(declared.bound, rel=1e-12)
    assert measured.bound_symbol == "ε"
    assert measured.limit is None


def test_measured_names_the_root_of_epsilon_and_has_decay_that_joins_the_gradient():
    optimizer = optimizers.adam(lr=0.05, eps=1e-12, eps_inside=True, weight_decay=0.01)
    trace = run(optimizer)
    declared, measured = optimizer.denominator(trace), replace(optimizer, divides=None).denominator(trace)
    np.testing.assert_allclose(measured.size, declared.size, rtol=1e-9)
    assert (measured.bound_symbol, measured.bound) == ("√ε", pytest.approx(1e-6))


def test_measured_it_is_nan_where_epsilon_is_not_added():
    optimizer = replace(optimizers.radam(lr=0.05, eps=1e-7), divides=None)
    size = optimizer.denominator(run(optimizer)).size
    np.testing.assert_array_equal(np.isnan(size[:, 0]), np.arange(41) < 5)


def test_measured_epsilons_share_is_that_of_the_last_step():
    optimizer = replace(optimizers.radam(lr=0.05, eps=1e-7), divides=None)
    trace = run(optimizer)
    weighed = optimizer.denominator(trace)
    assert weighed.bound == pytest.approx(1e-7 / (trace["r"][-1, 0] * np.sqrt(1 - 0.999**41)), rel=1e-12)
    assert weighed.bound_symbol == "the share of ε"


def test_measured_a_sweep_has_a_bound_for_each_run():
    adam = replace(optimizers.adam(eps=np.array([1e-9, 1e-5, 1e-7])), divides=None)
    weighed = adam.denominator(optim.trace(adam, surfaces.gaussian_wells, np.ones((2, 3)), 20))
    np.testing.assert_allclose(weighed.bound, [1e-9, 1e-5, 1e-7], rtol=1e-12)
    assert weighed.bound_symbol == "ε"


def test_measured_an_epsilon_of_one_is_added_too_even_squared():
    eps = Hyperparameter("e", "keeps the division away from 0", low=0)
    lr = Hyperparameter("h", "learning rate", low=0)

    def smooth(t, x, g, *, lr: Annotated[float, lr] = 0.1, eps: Annotated[float, eps] = 1.0):
        rate = lr / np.sqrt(g * g + eps * eps)
        return -rate * g, {"effective_lr": rate}

    optimizer = Optimizer(smooth, "made up", "x", "this test")
    trace = run(optimizer)
    weighed = optimizer.denominator(trace)
    np.testing.assert_allclose(weighed.size, np.abs(trace["g"]), rtol=1e-12)
    assert (weighed.bound_symbol, weighed.bound) == ("ε", pytest.approx(1))


def test_an_optimizer_that_declares_nothing_has_a_denominator():
    eps = Hyperparameter("e", "keeps the division away from 0", low=0)
    lr = Hyperparameter("h", "learning rate", low=0)

    def normalised(t, x, g, *, lr: Annotated[float, lr] = 0.1, eps: Annotated[float, eps] = 1e-3):
        rate = lr / (3 * np.abs(g) + 2 * eps)
        return -rate * g, {"effective_lr": rate}

    optimizer = Optimizer(normalised, "made up", "x", "this test")
    trace = run(optimizer)
    weighed = optimizer.denominator(trace)
    np.testing.assert_allclose(weighed.size, 3 * np.abs(trace["g"]), rtol=1e-12)
    assert weighed.bound == pytest.approx(2e-3)
    assert weighed.bound_symbol == "the share of ε"
