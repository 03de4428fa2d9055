"""What is typeset is what runs: boxes and written-out steps are read back, and computed, by a reader of LaTeX."""

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest

import optim
from optim import OPTIMIZERS, SCHEDULES, SURFACES, Hyperparameter, optimizers, schedules, surfaces, typeset
from tests.latex import equations, read

RNG = np.random.default_rng(0)


def stands(formulas):
    """Every formula with its switches in every position, with and without zeros."""
    found = []
    for formula in formulas:
        names = [name for name, h in formula.hyperparameters.items() if h.scale == "switch"]
        zeros = [name for name, h in formula.hyperparameters.items() if h.low == 0 and not h.open_low and name != "lr"]
        for positions in itertools.product([False, True], repeat=len(names)):
            at = formula(**dict(zip(names, positions, strict=True)))
            some = {name: 0.75 if h.high <= 1 else 2.5 for name, h in formula.hyperparameters.items()
                    if h.scale not in ("switch", "whole")}  # fmt: skip
            found += [at, at(**some), *(at(**{**some, name: 0}) for name in zeros)]
    return list(dict.fromkeys(found))


def symbols(formula):
    return {h.symbol: formula.values[name] for name, h in formula.hyperparameters.items() if h.scale != "switch"}


def computed(latex, values):
    """The last left-hand side's value after all equations in turn."""
    values = dict(values)
    with np.errstate(all="ignore"):
        for left, right in equations(latex):
            values[left] = read(right, values)
    return values


def given(optimizer, t, x, g, state):
    """What the symbols of an optimizer's box are worth before the step."""
    past = {typeset.latex(name, "t-1"): value for name, value in state.items()}
    return {"t": t, "x_t": x, "g_t": g, **past, **symbols(optimizer)}


@pytest.mark.parametrize("optimizer", stands(OPTIMIZERS.values()), ids=repr)
def test_the_box_is_the_function_that_runs(optimizer):
    box = typeset.box(replace(optimizer, latex=""))
    for t in (1, 3, 40):
        x, g, *past = RNG.normal(size=2 + len(optimizer.state))
        state = {name: abs(value) + (name == "v") * 4 for name, value in zip(optimizer.state, past, strict=True)}
        values = given(optimizer, t, x, g, state)
        if "mu_product" in state:
            values |= {r"\mu_{t+1}": optimizer.step(t + 1, x, g, state)[1]["mu"]}
        with np.errstate(all="ignore"):
            step, names = optimizer.step(np.float64(t), x, g, state)
        shown = computed(box, values)
        assert shown["x_{t+1}"] == pytest.approx(x + step, rel=1e-9, nan_ok=True)
        for name, value in names.items():
            symbol = typeset.latex(name, "t")
            if symbol in shown:
                assert shown[symbol] == pytest.approx(value, rel=1e-9, nan_ok=True), name
