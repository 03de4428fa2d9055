"""The written-out step: its numbers are the run's, for every optimizer."""

import numpy as np
import pytest

import optim
from optim import OPTIMIZERS, optimizers, surfaces
from ui.worked import Term, equations, number


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("t", [1, 2, 7])
def test_every_line_ends_in_the_value_of_the_run(optimizer, t):
    run = optim.trace(optimizer(lr=0.05), surfaces.rosenbrock, steps=8)
    for axis in (0, 1):
        state = {k: float(run[k][t - 2, axis]) if t > 1 else v for k, v in optimizer.state.items()}
        x, g = (float(run[k][t - 1, axis]) for k in "xg")
        lines = equations(optimizer(lr=0.05), t, x, g, state, 1.0, "xy"[axis]).split(r"\\[9pt]")
        for name in ("m_hat", "v_hat", "effective_lr"):
            shown = [
                line for line in lines if line.strip().startswith((rf"\{name[2:]} {name[0]}_t", rf"\text{{{name}}}_t"))
            ]
            if shown:
                assert f"= {number(run[name][t - 1, axis])}" in shown[0]
        assert lines[-1].replace(r"\end{aligned}", "").strip().endswith(f"= {number(run['x'][t, axis])}")


def test_adam_reads_as_in_the_paper():
    text = equations(optimizers.adam(lr=0.3), 2, -9.7, -1.94, {"m": -0.2, "v": 0.004}, 1.0)
    assert r"m_t &= 0.9 \cdot \left(-0.2\right) + \left(1 - 0.9\right) \cdot \left(-1.94\right) = -0.374" in text
    assert r"\hat m_t &= \frac{-0.374}{1 - 0.9^{2}} = -1.968" in text
    assert r"\sqrt{" in text
    assert "0.9^{2}" in text


def test_a_schedule_is_a_factor_on_the_learning_rate():
    text = equations(optimizers.sgd(lr=0.5), 3, 1.0, 2.0, {}, 0.25)
    assert r"\text{rate}_t &= 0.5 \cdot 0.25 = 0.125" in text
    assert r"x_{t+1} &= 1 - 0.125 \cdot 2 = 0.75" in text


def test_terms_follow_arithmetic():
    a, b = Term(3.0, "a"), Term(4.0, "b")
    assert np.sqrt(a * a + b * b).value == 5
    assert (2 / b - a).value == -2.5


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5"),
        (1e-8, r"1 \cdot 10^{-8}"),
        (123456, r"1.235 \cdot 10^{5}"),
        (np.inf, r"\infty"),
        (np.nan, r"\text{nan}"),
    ],
)
def test_numbers_have_four_digits(value, text):
    assert number(value) == text
