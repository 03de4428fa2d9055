"""Adam's steps on kinds of gradients: those of the optimizer itself, and what is known of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optim import OPTIMIZERS, replay, theory
from ui.moving_averages import frames, gradients, parts
from ui.moving_averages.gradients import STREAMS

ADAM = OPTIMIZERS["Adam"]
PLACE = {name: place for place, name in enumerate(STREAMS)}


@pytest.mark.parametrize("corrected", [True, False])
@pytest.mark.parametrize("inside", [True, False])
def test_a_step_is_the_ratio_beside_it_and_the_optimizers_own(corrected, inside):
    adam = ADAM(lr=0.01, beta1=0.8, beta2=0.95, eps=0.1, eps_inside=inside, weight_decay=0.5)
    found = gradients.steps(adam, 2.0, corrected)
    np.testing.assert_allclose(found.m / found.root, found.step, rtol=1e-12)
    for name, stream in STREAMS.items():
        run = replay(adam(bias_correction=corrected, weight_decay=0.0), 2.0 * stream())
        np.testing.assert_allclose(found.step[:, PLACE[name]], -run["step"] / 0.01, rtol=1e-12)
        squares = run["v_hat"]
        root = np.sqrt(squares + 0.1) if inside else np.sqrt(squares) + 0.1
        np.testing.assert_allclose(found.root[:, PLACE[name]], root, rtol=1e-12)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("inside", [True, False])
def test_the_divisor_is_written_as_it_is(inside, before):
    adam = ADAM(beta2=0.95, eps=0.1, eps_inside=inside, eps_hat=before)
    written = gradients.divisor(adam).replace("√v̂", "√(v̂)").replace("√(1 − β₂ᵗ)", "√(1 - β₂ᵗ)").replace("−", "-")
    g = 2.0 * next(iter(STREAMS.values()))()
    values = {"v": replay(adam, g)["v_hat"], "b": 0.95 ** np.arange(1, len(g) + 1), "e": 0.1, "root": np.sqrt}
    code = written.replace("β₂ᵗ", "b").replace("v̂", "v").replace("ε", "e").replace("√", "root")
    found = gradients.steps(adam, 2.0, True).root[:, 0]
    np.testing.assert_allclose(found, eval(code, values), rtol=1e-12)


@pytest.mark.parametrize("size", [1e-10, 1e-8, 1.0, 10.0])
def test_steady_gradients_give_the_step_of_the_closed_form(size):
    step = gradients.steps(ADAM(), size, True).step[:, PLACE["steady"]]
    np.testing.assert_allclose(step, theory.adam_steady_step(1.0, size, 1e-8), rtol=1e-9)


def test_uncorrected_steps_follow_the_factor():
    step = gradients.steps(ADAM(eps=0.0), 1.0, False).step[:, PLACE["steady"]]
    np.testing.assert_allclose(step, theory.adam_bias_factor(gradients.t), rtol=1e-11)


def test_alternating_gradients_nearly_cancel():
    step = gradients.steps(ADAM(eps=0.0), 1.0, True).step[:, PLACE["alternating"]]
    assert np.abs(step[-1]) == pytest.approx(0.1 / 1.9, rel=1e-6)


def test_a_spike_shortens_later_steps_for_as_long_as_the_window_of_the_squares():
    after = slice(gradients.EVERY + 60, 2 * gradients.EVERY - 1)
    short, long = (gradients.steps(ADAM(beta2=beta2), 1.0, True).step[after, PLACE["spiky"]] for beta2 in (0.95, 0.999))
    assert short.min() > 0.7
    assert long.max() < 0.55


@given(st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True))
def test_the_peak_is_the_greatest_of_all_steps(beta1, beta2):
    t = gradients.peak(beta1, beta2)
    assert (t is None) == (beta1 >= beta2)
    if t:
        near = np.unique(np.concatenate([np.arange(max(1, t - 50), t + 50), np.geomspace(1, 1e9, 500).round()]))
        top = theory.adam_bias_factor(float(t), beta1, beta2)
        assert top >= theory.adam_bias_factor(near, beta1, beta2).max() * (1 - 1e-12)


def test_the_default_peak_is_the_papers():
    assert gradients.peak(0.9, 0.999) == 12
    assert theory.adam_bias_factor(12) == pytest.approx(6.5685, abs=5e-5)


def test_the_table_has_the_first_of_equal_lengths():
    row = parts._kind("steady", np.array([1 - 1e-16, 1.0, 1 + 2e-16, *[0.5] * 197]))
    assert row["longest / η"] == "1 at t = 1"
    assert row["root mean square of the last 100"] == "0.5"


def test_twelve_steps_are_written_out():
    with_, without = parts.twelve(*(gradients.steps(ADAM(), 1.0, on).step[:, 0] for on in (True, False)))
    assert {with_[str(t)] for t in range(1, 13)} == {"1"}
    assert (without["1"], without["12"]) == ("3.16", "6.57")


def test_what_is_pointed_at_reads_as_it_is():
    adam = ADAM()
    table = frames.inside(*(gradients.steps(adam, 1.0, on) for on in (True, False)), PLACE["spiky"]).to_pydict()
    assert table["g_text"][gradients.EVERY - 1] == "20"
    assert table["step0_text"][0] == "3.162"
