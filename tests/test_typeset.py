"""What is typeset is what runs: boxes and written-out steps are read back, and computed, by a reader of LaTeX."""

import ast
import itertools
import re
import unicodedata
from dataclasses import replace
from typing import Annotated

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import given as given_
from hypothesis import strategies as st

import optim
from optim import (
    OPTIMIZERS,
    SCHEDULES,
    SURFACES,
    Hyperparameter,
    averages,
    graph,
    optimizers,
    schedules,
    surfaces,
    typeset,
)
from optim.optimizers import Optimizer
from optim.surfaces import Surface
from tests.latex import equations, read

QUOTES = '"' * 3
Lr = Annotated[float, Hyperparameter(r"\eta", "learning rate")]
Drag = Annotated[float, Hyperparameter("d", "drag")]


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


@pytest.mark.parametrize("label", OPTIMIZERS)
def test_the_box_is_the_function_that_runs(label):
    for optimizer in stands([OPTIMIZERS[label]]):
        assert_boxed(optimizer)


def assert_boxed(optimizer):
    """The box computes what the function does."""
    rng = np.random.default_rng(0)
    box = typeset.box(optimizer)
    times = np.array([1.0, 3.0, 40.0])
    x, g, *past = rng.normal(size=(2 + len(optimizer.state), 3))
    state = {name: abs(value) + 4 * (name == "v") for name, value in zip(optimizer.state, past, strict=True)}
    values = given(optimizer, times, x, g, state)
    with np.errstate(all="ignore"):
        steps = [optimizer.step(t, x[i], g[i], {name: v[i] for name, v in state.items()}) for i, t in enumerate(times)]
        if "mu_product" in state:
            values[r"\mu_{t+1}"] = np.array([optimizer.step(t + 1, 0.0, 0.0, optimizer.state)[1]["mu"] for t in times])
    shown = computed(box, values)
    assert shown["x_{t+1}"] == pytest.approx(x + [step for step, _ in steps], rel=1e-9, nan_ok=True)
    for name in steps[0][1]:
        symbol = typeset.latex(name, "t")
        if symbol in shown:
            expected = np.array([names[name] for _, names in steps])
            assert shown[symbol] == pytest.approx(expected, rel=1e-9, nan_ok=True), name


HEAVY, MEAN = r"v_t &= \beta\, v_{t-1} + g_t", r"v_t &= \beta\, v_{t-1} + (1 - \beta)\, g_t"
G = r"G_t &= G_{t-1} + g_t^2"
V = r"v_t &= \beta\, v_{t-1} + (1 - \beta)\, g_t^2"
M = r"m_t &= \beta_1\, m_{t-1} + (1 - \beta_1)\, g_t"
V2 = r"v_t &= \beta_2\, v_{t-1} + (1 - \beta_2)\, g_t^2"
M_HAT = rf"{M} & \hat m_t &= \frac{{m_t}}{{1 - \beta_1^t}}"
V_HAT = rf"{V2} & \hat v_t &= \frac{{v_t}}{{1 - \beta_2^t}}"
SGD = r"x_{t+1} = x_t - \eta\, g_t"


@pytest.mark.parametrize(
    ("optimizer", "rows"),
    [
        (optimizers.sgd, [SGD]),
        (optimizers.sgd(lr=0), [SGD]),
        (optimizers.sgd(lr=[0.1, 0.2]), [SGD]),
        (optimizers.momentum, [HEAVY, r"x_{t+1} &= x_t - \eta\, v_t"]),
        (optimizers.momentum(average=True), [MEAN, r"x_{t+1} &= x_t - \eta\, v_t"]),
        (optimizers.momentum(beta=0), [SGD]),
        (optimizers.sgd(weight_decay=0.1), [r"x_{t+1} = x_t - \eta\, (g_t + \lambda\, x_t)"]),
        (
            optimizers.momentum(lr_in_velocity=True, weight_decay=0.1, decoupled=True),
            [
                r"v_t &= \beta\, v_{t-1} + \eta\, g_t",
                r"x_{t+1} &= x_t - v_t - \eta\, \lambda\, x_t",
            ],
        ),
        (
            optimizers.momentum(dampening=0.1),
            [
                r"v_t &= \beta\, v_{t-1} + g_t \cdot "
                r"\begin{dcases} 1 & t = 1 \\ 1 - \tau & \text{otherwise} \end{dcases}",
                r"x_{t+1} &= x_t - \eta\, v_t",
            ],
        ),
        (
            optimizers.nesterov(lr_in_velocity=True),
            [r"v_t &= \beta\, v_{t-1} + \eta\, g_t", r"x_{t+1} &= x_t - (\eta\, g_t + \beta\, v_t)"],
        ),
        (
            optimizers.rmsprop(momentum=0.9, lr_in_velocity=True),
            [V, r"b_t &= \mu\, b_{t-1} + \frac{\eta}{\sqrt{v_t} + \varepsilon}\, g_t", r"x_{t+1} &= x_t - b_t"],
        ),
        (
            optimizers.adam(eps_hat=True),
            [
                M_HAT,
                V_HAT,
                r"x_{t+1} &= x_t - \frac{\eta}{\sqrt{\hat v_t} + \frac{\varepsilon}{\sqrt{1 - \beta_2^t}}}\, \hat m_t",
            ],
        ),
        (
            optimizers.rprop,
            [
                r"s_t &= \min\left(\max\left(s_{t-1} \cdot \begin{dcases} "
                r"\alpha & \operatorname{sign}(g_t)\, d_{t-1} > 0 \\ "
                r"\gamma & \operatorname{sign}(g_t)\, d_{t-1} < 0 \\ "
                r"1 & \text{otherwise} \end{dcases}, l\right), h\right) & s_0 &= 1",
                r"d_t &= \begin{dcases} 0 & \operatorname{sign}(g_t)\, d_{t-1} < 0 \\ \operatorname{sign}(g_t) & "
                r"\text{otherwise} \end{dcases}",
                r"x_{t+1} &= x_t - \eta\, s_t\, d_t",
            ],
        ),
        (optimizers.nesterov, [HEAVY, r"x_{t+1} &= x_t - \eta\, (g_t + \beta\, v_t)"]),
        (
            optimizers.nesterov(average=True),
            [MEAN, r"x_{t+1} &= x_t - \eta\, (\beta\, v_t + (1 - \beta)\, g_t)"],
        ),
        (optimizers.adagrad, [G, r"x_{t+1} &= x_t - \frac{\eta}{\sqrt{G_t} + \varepsilon}\, g_t"]),
        (
            optimizers.adagrad(eps_inside=True, initial=0.1),
            [rf"{G} & G_0 &= 0.1", r"x_{t+1} &= x_t - \frac{\eta}{\sqrt{G_t + \varepsilon}}\, g_t"],
        ),
        (optimizers.adagrad(eps=0), [G, r"x_{t+1} &= x_t - \frac{\eta}{\sqrt{G_t}}\, g_t"]),
        (optimizers.rmsprop, [V, r"x_{t+1} &= x_t - \frac{\eta}{\sqrt{v_t} + \varepsilon}\, g_t"]),
        (optimizers.rmsprop(eps_inside=True), [V, r"x_{t+1} &= x_t - \frac{\eta}{\sqrt{v_t + \varepsilon}}\, g_t"]),
        (optimizers.rmsprop(beta=0), [r"x_{t+1} = x_t - \frac{\eta}{|g_t| + \varepsilon}\, g_t"]),
        (
            optimizers.rmsprop(momentum=0.9),
            [V, r"b_t &= \mu\, b_{t-1} + \frac{g_t}{\sqrt{v_t} + \varepsilon}", r"x_{t+1} &= x_t - \eta\, b_t"],
        ),
        (
            optimizers.rmsprop(centered=True),
            [
                V,
                r"\bar g_t &= \beta\, \bar g_{t-1} + (1 - \beta)\, g_t",
                r"x_{t+1} &= x_t - \frac{\eta}{\sqrt{\max(v_t - \bar g_t^2, 0)} + \varepsilon}\, g_t",
            ],
        ),
        (
            optimizers.adam,
            [M_HAT, V_HAT, r"x_{t+1} &= x_t - \frac{\eta}{\sqrt{\hat v_t} + \varepsilon}\, \hat m_t"],
        ),
        (
            optimizers.adam(bias_correction=False),
            [M, V2, r"x_{t+1} &= x_t - \frac{\eta}{\sqrt{v_t} + \varepsilon}\, m_t"],
        ),
        (
            optimizers.adam(eps_inside=True),
            [M_HAT, V_HAT, r"x_{t+1} &= x_t - \frac{\eta}{\sqrt{\hat v_t + \varepsilon}}\, \hat m_t"],
        ),
        (
            optimizers.adam(weight_decay=0.1, bias_correction=False),
            [
                r"m_t &= \beta_1\, m_{t-1} + (1 - \beta_1)(g_t + \lambda\, x_t)",
                r"v_t &= \beta_2\, v_{t-1} + (1 - \beta_2)(g_t + \lambda\, x_t)^2",
                r"x_{t+1} &= x_t - \frac{\eta}{\sqrt{v_t} + \varepsilon}\, m_t",
            ],
        ),
        (
            optimizers.adam(beta1=0),
            [V_HAT, r"x_{t+1} &= x_t - \frac{\eta}{\sqrt{\hat v_t} + \varepsilon}\, g_t"],
        ),
        (
            optimizers.adamw,
            [
                M_HAT,
                V_HAT,
                r"x_{t+1} &= x_t - \frac{\eta}{\sqrt{\hat v_t} + \varepsilon}\, \hat m_t - \eta\, \lambda\, x_t",
            ],
        ),
        (
            optimizers.nadam,
            [
                r"\mu_t &= \beta_1\, (1 - \tfrac12 \cdot 0.96^{t\, \psi})",
                r"\bar\mu_t &= \bar\mu_{t-1}\, \mu_t & \bar\mu_0 &= 1",
                rf"{M} & \hat m_t &= \frac{{m_t}}{{1 - \bar\mu_t\, \mu_{{t+1}}}}",
                V_HAT,
                r"\bar m_t &= (1 - \mu_t)\, \frac{g_t}{1 - \bar\mu_t} + \mu_{t+1}\, \hat m_t",
                r"x_{t+1} &= x_t - \frac{\eta}{\sqrt{\hat v_t} + \varepsilon}\, \bar m_t",
            ],
        ),
        (
            optimizers.yogi,
            [
                M_HAT,
                r"v_t &= v_{t-1} - (1 - \beta_2)\, \operatorname{sign}(v_{t-1} - g_t^2)\, g_t^2"
                r" & \hat v_t &= \frac{v_t}{1 - \beta_2^t} & v_0 &= 10^{-6}",
                r"x_{t+1} &= x_t - \frac{\eta}{\sqrt{\hat v_t} + \varepsilon}\, \hat m_t",
            ],
        ),
        (
            optimizers.lion(beta2=0),
            [
                r"c_t &= \beta_1\, m_{t-1} + (1 - \beta_1)\, g_t",
                r"m_t &= g_t",
                r"x_{t+1} &= x_t - \eta\, \operatorname{sign}(c_t)",
            ],
        ),
        (
            optimizers.radam,
            [
                M_HAT,
                V2,
                r"\rho_\infty &= \frac{2}{1 - \beta_2} - 1",
                r"\rho_t &= \rho_\infty - \frac{2\, t\, \beta_2^t}{1 - \beta_2^t}",
                r"r_t &= \begin{dcases} \sqrt{\frac{(\rho_t - 4)(\rho_t - 2)\, \rho_\infty}"
                r"{(\rho_\infty - 4)(\rho_\infty - 2)\, \rho_t}} & \rho_t > 5 \\ 0 & \text{otherwise} \end{dcases}",
                r"x_{t+1} &= x_t - \eta\, \hat m_t \cdot \begin{dcases} \frac{r_t\, \sqrt{1 - \beta_2^t}}"
                r"{\sqrt{v_t} + \varepsilon} & \rho_t > 5 \\ 1 & \text{otherwise} \end{dcases}",
            ],
        ),
    ],
    ids=lambda value: repr(value) if callable(value) else "",
)  # fmt: skip
def test_the_box_reads_as_in_the_papers(optimizer, rows):
    aligned = r"\begin{aligned} " + r" \\[4pt] ".join(rows) + r" \end{aligned}"
    assert typeset.box(optimizer) == (aligned if len(rows) > 1 else rows[0])


@pytest.mark.parametrize("schedule", stands(SCHEDULES.values()), ids=repr)
def test_a_schedules_box_is_the_function_that_runs(schedule):
    box = typeset.box(schedule)
    if schedule.label == "Warm restarts":
        return  # with definitions of its own: below
    for t in (1, 2, 3, 5, 6, 7, 49, 99, 100, 101):
        (left, right), *_ = equations(box)
        assert left == r"\eta_t"
        assert read(right, {"t": t, r"\eta": 2.0, **symbols(schedule)}) == pytest.approx(2 * schedule.at(t), rel=1e-9)


@pytest.mark.parametrize("growth", [1, 2, 3])
@pytest.mark.parametrize("floor", [0, 0.05])
def test_the_box_of_warm_restarts_is_the_function_that_runs(growth, floor):
    schedule = schedules.warm_restarts(period=9, growth=growth, floor=floor)
    (left, right), (length, n_i), (begin, condition) = equations(typeset.box(schedule))
    assert (left, length, begin) == (r"\eta_t", "T_i", "b_i")
    assert condition == r"\textstyle\sum_{j<i} T_j \le t - 1 < b_{i+1}"

    t = np.arange(1, 400)
    periods = read(n_i, {"i": np.arange(50), **symbols(schedule)}) * np.ones(50)
    ends = np.cumsum(periods)
    i = np.searchsorted(ends, t - 1, side="right")
    begins = np.where(i > 0, ends[i - 1], 0)
    assert ((begins <= t - 1) & (t - 1 < begins + periods[i])).all()
    shown = read(right, {"t": t, r"\eta": 2.0, "b_i": begins, "T_i": periods[i], **symbols(schedule)})
    np.testing.assert_allclose(shown, [2 * schedule.at(one) for one in t], rtol=1e-9)


def sums(surface):
    """What the sums of two surfaces run over: the wells that the source lists, and the inputs' definition."""
    if surface.label == "Gaussian wells":
        wells = re.findall(r"\(([-\d.]+), ([-\d.]+); ([\d.]+)\)", surface.source)
        assert len(wells) == 4
        return {"terms": [dict(zip(["a", "b", r"\sigma"], map(float, well), strict=True)) for well in wells]}
    if surface.label == "Saturated neuron":
        return dict(equations(typeset.box(surface))[1:])
    return {}


@pytest.mark.parametrize("surface", stands(SURFACES.values()), ids=repr)
@pytest.mark.parametrize("made", [True, False])
def test_a_surfaces_box_is_the_function_that_runs(surface, made):
    box = typeset.box(replace(surface, latex="") if made else surface)
    more = {} if made else sums(surface)
    rng = np.random.default_rng(0)
    for p in rng.uniform(-1.5, 1.5, (5, 2)):
        (left, right), *_ = equations(box)
        assert left == "f"
        at = dict(zip("xy" if made else surface.axes, p, strict=True))
        shown = read(right, {**at, **symbols(surface)}, **more)
        assert shown == pytest.approx(surface.at(p)[0], rel=1e-9, abs=1e-12)


def drawn(f):
    """A surface that someone typed."""
    return Surface(lambda p: (f(*p), (0.0, 0.0)), "Typed", "", "")


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (schedules.constant, r"\eta_t = \eta"),
        (schedules.inverse_time, r"\eta_t = \frac{\eta}{1 + d\, \lfloor (t - 1) / n \rfloor}"),
        (schedules.exponential(from_one=True), r"\eta_t = \eta\, \gamma^{\lfloor (t - 1) / n \rfloor + 1}"),
        (schedules.inverse_time(decay=0), r"\eta_t = \eta"),
        (replace(surfaces.himmelblau, latex=""), "f = (x^2 + y - 11)^2 + (x + y^2 - 7)^2"),
        (replace(surfaces.rosenbrock, latex=""), r"f = (1 - x)^2 + b\, (y - x^2)^2"),
        (replace(surfaces.saddle(gamma=0), latex=""), r"f = \frac{x^2}{2}"),
        (drawn(lambda x, y: x - y * -(y + 1)), r"f = x + y\, (y + 1)"),
        (drawn(lambda x, y: (x - y) ** 2 / -(x + 3 - 3)), r"f = -\frac{(x - y)^2}{x}"),
        (drawn(lambda x, y: np.cos(x) ** 2 - np.exp(-x * y) / 4 * x), r"f = (\cos(x))^2 - \frac{e^{-x\, y}}{4}\, x"),
        (surfaces.rosenbrock, r"f = (1 - x)^2 + b \left(y - x^2\right)^2"),
    ],
)
def test_other_boxes(formula, text):
    assert typeset.box(formula) == text


@pytest.mark.parametrize(
    ("function", "text"),
    [
        # Products.
        (lambda x, y: np.square(x * y) * x, r"(x\, y)^2\, x"),
        (lambda x, y: x * y * 3 * y, r"3\, x\, y^2"),
        (lambda x, y: x / 3 * (1 / y) * x, r"\frac{x}{3}\, \frac{x}{y}"),
        (lambda x, y: x * (1 / y) * x, r"\frac{x}{y}\, x"),
        (lambda x, y: x * y * (1 / (x + 1)), r"x\, \frac{y}{x + 1}"),
        (lambda x, y: x / 3 * y * (1 / x), r"\frac{x}{3}\, \frac{y}{x}"),
        (lambda x, y: -x / y * -x, r"\frac{x}{y}\, x"),
        (lambda x, y: x / -y * -x, r"\frac{x}{y}\, x"),
        (lambda x, y: 1 / x * 2 * y, r"\frac{2}{x}\, y"),
        (lambda x, y: -3 * x * -y * -2, r"-3 \cdot 2\, x\, y"),
        (lambda x, y: -(x / y) * -2.5, r"2.5\, \frac{x}{y}"),
        (lambda x, y: -(x - 1) / y + x / -y, r"-\frac{x - 1}{y} - \frac{x}{y}"),
        (lambda x, y: np.tanh(x) * (x + y), r"\tanh(x)(x + y)"),
        (lambda x, y: (x % y) * 2, r"2\, (x \bmod y)"),
        (lambda x, y: np.where(x > 1, x, y) * 2 * y,
         r"2\, y \cdot \begin{dcases} x & x > 1 \\ y & \text{otherwise} \end{dcases}"),
        # Sums.
        (lambda x, y: 1 - x + 2 - 4 * y, r"3 - x - 4\, y"),
        (lambda x, y: x + 2 - 5 + y, "x - 3 + y"),
        (lambda x, y: x - (y - (x - 1)), "x - y + x - 1"),
        (lambda x, y: x - -3 * y, r"x + 3\, y"),
        # Powers.
        (lambda x, y: x**10, "x^{10}"),
        (lambda x, y: x**-2, "x^{-2}"),
        (lambda x, y: (-x) ** y, "(-x)^y"),
        (lambda x, y: (x**2) ** (y + 1), "(x^2)^{y + 1}"),
        (lambda x, y: np.exp(x) ** 2, "(e^{x})^2"),
        (lambda x, y: (x / y) ** 2, r"\left(\frac{x}{y}\right)^2"),
        (lambda x, y: np.hypot(x, y) ** 2, r"(\operatorname{hypot}(x, y))^2"),
        (lambda x, y: np.sqrt(x) ** 3, r"\sqrt{x}^3"),
        # Numbers.
        (lambda x, y: np.pi * x + 2 * np.pi * y + np.e, r"\pi\, x + 2\pi\, y + e"),
        (lambda x, y: (0.1 + 0.2) * x, r"0.30000000000000004\, x"),
        (lambda x, y: 0.5 * x + 1e-8, r"\tfrac12\, x + 10^{-8}"),
        (lambda x, y: 2.5e-8 * x * x, r"2.5 \cdot 10^{-8}\, x^2"),
        # Functions.
        (lambda x, y: abs(x / y), r"\left|\frac{x}{y}\right|"),
        (lambda x, y: np.log1p(x + y) + np.log(x), r"\ln(1 + (x + y)) + \ln(x)"),
        (lambda x, y: np.log1p(x * y), r"\ln(1 + x\, y)"),
        (lambda x, y: np.floor(x + y), r"\left\lfloor x + y \right\rfloor"),
        (lambda x, y: (x + y) // (x * y), r"\lfloor (x + y) / (x\, y) \rfloor"),
        (lambda x, y: (x * y) // y, r"\lfloor x\, y / y \rfloor"),
        (lambda x, y: (x + y) % (x * y), r"(x + y) \bmod (x\, y)"),
        (lambda x, y: (x * y) % y, r"x\, y \bmod y"),
        (lambda x, y: x % (y / 2), r"x \bmod \frac{y}{2}"),
        (lambda x, y: x % y + 2, r"(x \bmod y) + 2"),
        (lambda x, y: np.clip(x / y, -1, y), r"\min\left(\max\left(\frac{x}{y}, -1\right), y\right)"),
        (lambda x, y: np.minimum(x, y) + np.maximum(x, -y), r"\min(x, y) + \max(x, -y)"),
        # Cases.
        *(
            (lambda x, y, f=f: np.where(f(x, -y), x, 1),
             rf"\begin{{dcases}} x & x {relation} -y \\ 1 & \text{{otherwise}} \end{{dcases}}")
            for f, relation in [(np.greater, ">"), (np.greater_equal, r"\ge"), (np.less, "<"), (np.less_equal, r"\le"),
                                (np.equal, "="), (np.not_equal, r"\ne")]
        ),
        (lambda x, y: np.where(x > 1, -x, np.where(y > 1, y, 2)),
         r"\begin{dcases} -x & x > 1 \\ y & y > 1 \\ 2 & \text{otherwise} \end{dcases}"),
    ],
)  # fmt: skip
def test_how_operations_are_written(function, text):
    assert typeset.box(drawn(function)) == f"f = {text}"


# A step in numbers.


def lines(text):
    """Left side, formula if there is one, = or ≈, value."""
    body = re.sub(r"^\\begin\{aligned\} | \\end\{aligned\}$", "", text)
    for line in body.split(r" \\[9pt] "):
        left, right = re.split(r" &(?=[=\\])", line) if "&" in line else line.split(" = ")
        parts = re.split(r" ?(=|\\approx) ", right)
        yield (left, None, *parts[-2:]) if len(parts) == 3 else (left, parts[-3], *parts[-2:])


def assert_true(text):
    """Every equation holds as it is printed: = to rounding, ≈ to the digits of its value."""
    for _, formula, relation, value in lines(text):
        if formula is not None:
            reached, shown = read(formula, {}), read(value, {})
            if relation == "=":
                assert reached == pytest.approx(shown, rel=1e-8, abs=0), text
            else:
                near = [reached * nudge for nudge in (1, 1 - 1e-12, 1 + 1e-12)]
                assert any(value == typeset.number(n, digits) for digits in typeset.DIGITS for n in near), text


@pytest.mark.slow
@pytest.mark.parametrize("label", OPTIMIZERS)
def test_a_written_step_is_the_runs(label):
    for optimizer in stands([OPTIMIZERS[label]]):
        run = optim.trace(optimizer(lr=0.05), surfaces.rosenbrock, steps=8)
        for t, factor in (1, 1.0), (2, 0.95), (7, 1 / 3):
            assert_written(optimizer(lr=0.05), run, t, factor)


def assert_written(optimizer, run, t, factor):
    """What is written of step t is what the run did, along both axes."""
    for axis in (0, 1):
        state = {k: float(run[k][t - 2, axis]) if t > 1 else v for k, v in optimizer.state.items()}
        x, g = (float(run[k][t - 1, axis]) for k in "xg")
        with np.errstate(all="ignore"):
            step, names = optimizer.step(t, np.float64(x), g, state, factor)
        text = typeset.worked(optimizer, t, x, g, state, factor, "xy"[axis])
        if not np.isfinite([x, g, step]).all():
            assert "diverged" in text
            continue
        assert_true(text)
        shown = {left: read(value, {}) for left, _, _, value in lines(text) if "diverged" not in value}
        assert shown[f"{'xy'[axis]}_{{t+1}}"] == pytest.approx(x + step, rel=5e-4)
        assert (shown.get(r"\eta_t") == pytest.approx(0.05 * factor, rel=5e-4)) or factor == 1
        for name in optimizer.state:
            if typeset.latex(name, "t") in shown:
                assert shown[typeset.latex(name, "t")] == pytest.approx(names[name], rel=5e-4), name


@given_(
    st.sampled_from([optimizers.sgd, optimizers.momentum, optimizers.adam, optimizers.rmsprop(centered=True)]),
    st.floats(1e-5, 10), st.floats(-20, 20), st.floats(-1e3, 1e3), st.floats(0, 1e3), st.integers(1, 300),
)  # fmt: skip
def test_no_written_equation_is_false(optimizer, lr, x, g, v, t):
    # What is smaller is read with few digits.
    assume(all(value == 0 or abs(value) > 1e-280 for value in (x, g, v)))
    state = {name: v * v + v if name == "v" else -v for name in optimizer.state}
    assert_true(typeset.worked(optimizer(lr=lr), t, x, g, state))


def test_a_square_that_is_too_small_for_a_float_is_about_0_and_one_of_0_is_0():
    def squares(g):
        text = typeset.worked(optimizers.adam, 2, -9.7, g, {"m": 0.0, "v": 0.0})
        return next((formula, relation, value) for left, formula, relation, value in lines(text) if left == "v_t")

    assert squares(1e-200) == (r"0.999 \cdot 0 + (1 - 0.999) \cdot (10^{-200})^2", r"\approx", "0")
    assert squares(0.0)[1:] == ("=", "0")


def test_adam_in_numbers():
    text = typeset.worked(optimizers.adam(lr=0.3), 2, -9.7, -1.94, {"m": -0.2, "v": 0.004}, axis="y")
    assert text == (
        r"\begin{aligned} g_t &= -1.94 \\[9pt] "
        r"m_t &= 0.9 \cdot (-0.2) + (1 - 0.9) \cdot (-1.94) = -0.374 \\[9pt] "
        r"v_t &= 0.999 \cdot 0.004 + (1 - 0.999) \cdot (-1.94)^2 \approx 0.00776 \\[9pt] "
        r"\hat m_t &= \frac{-0.374}{1 - 0.9^2} \approx -1.968 \\[9pt] "
        r"\hat v_t &= \frac{0.00776}{1 - 0.999^2} \approx 3.882 \\[9pt] "
        r"\eta^{\text{eff}}_t &= \frac{0.3}{\sqrt{3.882} + 10^{-8}} \approx 0.1523 \\[9pt] "
        r"y_{t+1} &= -9.7 - 0.1523 \cdot (-1.968) \approx -9.4 \end{aligned}"
    )


@pytest.mark.parametrize(
    ("lr", "x", "g", "shown"),
    [
        (0.1, 1.5, 14.99999999, r"1.5 - 0.1 \cdot 14.99999999 \approx 10^{-9}"),
        (0.1, 0.3, 3.0, r"0.3 - 0.1 \cdot 3 \approx -5.551 \cdot 10^{-17}"),
        (0.5, 1.0, 2.0, r"1 - 0.5 \cdot 2 = 0"),
        (0.5, 1.0, 2 / 3, r"1 - 0.5 \cdot 0.66667 \approx 0.6667"),
        (0.5, 1.0, 1e-7, r"1 - 0.5 \cdot 10^{-7} = 0.99999995"),
        (0.5, 1.0, 0.0, "1 - 0.5 \\cdot 0 = 1"),
        (0.5, 1 / 3, 0.0, r"0.3333 - 0.5 \cdot 0 = 0.3333"),
        (0.5, -1.0, -3.0, r"-1 - 0.5 \cdot (-3) = 0.5"),
        (1.0, 1e5, -123456, r"100{,}000 - 1 \cdot (-123{,}500) = 223{,}500"),
        # What is left of 4 digits where n of them cancel: n + 4 digits, or as few more as there are.
        (1.0, 1.0, 1 / 3, r"1 - 1 \cdot 0.3333 = 0.6667"),
        (1.0, 0.4, 1 / 3, r"0.4 - 1 \cdot 0.33333 = 0.06667"),
        (1.0, 0.34, 1 / 3, r"0.34 - 1 \cdot 0.333333 = 0.006667"),
        (1.0, 0.334, 1 / 3, r"0.334 - 1 \cdot 0.33333333 \approx 6.667 \cdot 10^{-4}"),
        (1.0, 0.33334, 1 / 3, r"0.33334 - 1 \cdot 0.3333333333 \approx 6.667 \cdot 10^{-6}"),
        (1.0, 0.3333334, 1 / 3, r"0.3333334 - 1 \cdot 0.333333333333 \approx 6.667 \cdot 10^{-8}"),
        (1.0, 0.333333334, 1 / 3, r"0.333333334 - 1 \cdot 0.333333333333333 \approx 6.667 \cdot 10^{-10}"),
        # The last digit of a large sum may be rounding alone.
        (1.0, 1e16 + 2, 1e16, r"1.0000000000000002 \cdot 10^{16} - 1 \cdot 10^{16} \approx 2"),
        (0.1, 0.1 + 0.2, 3.0, r"0.30000000000000004 - 0.1 \cdot 3 = 0"),
        (1.0, 1.0, np.inf, r"\text{diverged}"),
        (1.0, np.nan, 1.0, r"\text{diverged}"),
    ],
)
def test_a_step_has_the_digits_that_make_it_true(lr, x, g, shown):
    text = typeset.worked(optimizers.sgd(lr=lr), 1, x, g, {})
    assert text.endswith(rf"x_{{t+1}} &= {shown} \end{{aligned}}")


def test_tiny_products_are_equal_to_their_values():
    # Only of a sum can so little be what rounding leaves.
    text = typeset.worked(optimizers.sgd(lr=1e-20), 1, 1.0, 1e-20, {}, 0.5)
    assert r"g_t &= 10^{-20} \\[9pt] \eta_t &= 10^{-20} \cdot 0.5 = 5 \cdot 10^{-21} \\[9pt]" in text


def test_where_numbers_say_nothing_the_value_stands_alone():
    assert r"\eta^{\text{eff}}_t &= 0 \\[9pt]" in typeset.worked(optimizers.adagrad, 2, 1.0, 2.0, {"G": np.inf})

    def turned(t, x, g, *, lr: Lr = 0.5):
        """Downhill."""
        d = -g
        return lr * d, {"d": d, "effective_lr": lr}

    assert typeset.worked(Optimizer(turned, "Turned", "", ""), 1, 1.0, 2.0, {}) == (
        r"\begin{aligned} g_t &= 2 \\[9pt] d_t &= -2 \\[9pt] x_{t+1} &= 1 + 0.5 \cdot (-2) = 0 \end{aligned}"
    )


def test_a_schedule_multiplies_the_learning_rate():
    text = typeset.worked(optimizers.sgd(lr=0.5), 3, 1.0, 2.0, {}, 0.25)
    assert r"\eta_t &= 0.5 \cdot 0.25 = 0.125 \\[9pt] x_{t+1} &= 1 - 0.125 \cdot 2 = 0.75" in text
    assert r"\eta_t" not in typeset.worked(optimizers.sgd(lr=0.5), 3, 1.0, 2.0, {})


def test_the_branch_taken_is_the_one_written():
    before, after = (typeset.worked(optimizers.radam, t, 1.0, 2.0, {"m": 0.5, "v": 0.25}) for t in (2, 50))
    assert r"r_t" not in before
    assert r"r_t" in after
    assert "cases" not in before + after
    assert_true(before)
    assert_true(after)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.5, 4, "0.5"),
        (1e-8, 4, "10^{-8}"),
        (-1e-8, 4, "-10^{-8}"),
        (-0.0, 4, "0"),
        (123456, 4, "123{,}500"),
        (123456, 17, "123{,}456"),
        (1234567, 4, r"1.235 \cdot 10^{6}"),
        (0.001, 4, "0.001"),
        (0.0001, 4, "10^{-4}"),
        (0.0004035, 4, r"4.035 \cdot 10^{-4}"),
        (0.1, 17, "0.1"),
        (100.0, 17, "100"),
        (1 / 3, 6, "0.333333"),
        (0.1 + 0.2, 16, "0.3"),
        (0.1 + 0.2, 17, "0.30000000000000004"),
        (np.inf, 4, r"\text{diverged}"),
        (-np.inf, 4, r"\text{diverged}"),
        (np.nan, 17, r"\text{diverged}"),
    ],
)
def test_numbers(value, digits, text):
    assert typeset.number(value, digits) == text


# Symbols.


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        (r"\eta", "η"), (r"\beta_1", "β₁"), (r"\varepsilon", "ε"), (r"\lambda", "λ"), (r"\gamma", "γ"), (r"\rho", "ρ"),
        (r"\mu", "μ"), (r"\sigma", "σ"), (r"\psi", "ψ"), ("G_0", "G₀"), ("v_0", "v₀"), ("T_0", "T₀"), ("t_0", "t₀"),
        ("lr", "η"), ("eps", "ε"), ("beta2", "β₂"), ("beta", "β"), ("weight_decay", "λ"), ("rho", "ρ"), ("m", "m"),
        ("m_hat", "m̂"), ("v_hat", "v̂"), ("s_hat", "ŝ"), ("m_bar", "m̄"), ("g_mean", "ḡ"), ("v_max", "max v"),
        ("E_g2", "E[g²]"), ("E_delta2", "E[Δ²]"), ("delta", "Δ"), ("mu", "μ"), ("mu_product", "μ̄"), ("rho_inf", "ρ∞"),
        ("effective_lr", "η eff"), ("ahead", "ahead"), ("my_own_sum", "my_own_sum"), ("theta_tilde", "θ̃"), ("d", "d"),
        (r"\text{epoch}", "epoch"), (r"\Delta", "Δ"), (r"\hat m", "m̂"), (r"w^2", "w²"),
        (r"\Delta x", "Δx"),
    ],
)  # fmt: skip
def test_plain_symbols(name, symbol):
    assert typeset.plain(name) == unicodedata.normalize("NFC", symbol)


@pytest.mark.parametrize("formula", [*OPTIMIZERS.values(), *SCHEDULES.values(), *SURFACES.values()], ids=repr)
def test_no_symbol_is_raw(formula):
    for h in formula.hyperparameters.values():
        assert not re.search(r"[\\{}^_$]", typeset.plain(h.symbol)), h.symbol
    names = set(graph.of(formula)) if formula.label in OPTIMIZERS else set()
    for name in names - {"step", "ahead"}:
        assert not re.search(r"[\\{}^_$]", typeset.plain(name)), name
        assert "text{" not in typeset.latex(name) or name == "effective_lr"


@pytest.mark.parametrize(
    ("name", "index", "symbol"),
    [
        ("m_hat", "t", r"\hat m_t"), ("m_hat", "t-1", r"\hat m_{t-1}"), ("m", "", "m"), ("beta1", "", r"\beta_1"),
        ("m", "10", "m_{10}"),
        ("v_max", "t-1", r"v^{\max}_{t-1}"), ("rho", "t", r"\rho_t"), ("mu_hat", "t", r"\hat \mu_t"),
        ("my_sum", "t", r"\text{my\_sum}_t"), ("x_hat_old", "", r"\text{x\_hat\_old}"), ("word", "", r"\text{word}"),
    ],
)  # fmt: skip
def test_latex_symbols(name, index, symbol):
    assert typeset.latex(name, index) == symbol


def my_own(t, x, g, speed=0.0, my_sum=0.1 + 0.2, *, lr: Lr = 0.1, drag: Drag = 0.0):
    """Not registered, with names that nobody foresaw."""
    speed = speed * 0.5 + g
    my_sum = my_sum + abs(speed)
    note = np.sin(g)
    return -lr * np.log1p(my_sum) * speed * note - drag * x, {
        "speed": speed, "my_sum": my_sum, "note": note, "effective_lr": lr,
    }  # fmt: skip


def test_a_branch_on_the_learning_rate_is_the_one_taken():
    def braked(t, x, g, *, lr: Lr = 0.1):
        """Large learning rates are halved."""
        return -np.where(lr > 0.5, lr / 2, lr) * g, {"effective_lr": lr}

    boxes = [typeset.box(Optimizer(braked, "Braked", "", "")(lr=lr)) for lr in (0, 0.5, 0.75)]
    assert boxes == [SGD, SGD, r"x_{t+1} = x_t - \frac{\eta}{2}\, g_t"]


def test_only_what_depends_on_the_time_has_an_index():
    def paced(t, x, g, *, lr: Lr = 0.1):
        """Three speeds, the last that of the next step."""
        k, r = 2 * lr, lr / t
        return -(k + r + lr / (t + 1)) * g, {"k": k, "r": r, "effective_lr": lr}

    assert typeset.box(Optimizer(paced, "Paced", "", "")) == (
        r"\begin{aligned} k &= 2\, \eta \\[4pt] r_t &= \frac{\eta}{t} \\[4pt] "
        r"x_{t+1} &= x_t - (k + r_t + r_{t+1})\, g_t \end{aligned}"
    )


def test_a_fraction_of_what_has_no_line_has_its_own():
    def bounded(t, x, g, *, lr: Lr = 0.1):
        """No gradient is above 1."""
        r = g / (1 + abs(g))
        return -lr * r, {"r": r, "effective_lr": lr}

    assert typeset.box(Optimizer(bounded, "Bounded", "", "")) == (
        r"\begin{aligned} r_t &= \frac{g_t}{1 + |g_t|} \\[4pt] x_{t+1} &= x_t - \eta\, r_t \end{aligned}"
    )


def test_a_new_optimizer_is_typeset_too():
    own = Optimizer(my_own, "My own", "", "")
    assert typeset.box(own) == (
        r"\begin{aligned} \text{speed}_t &= \tfrac12\, \text{speed}_{t-1} + g_t \\[4pt] "
        r"\text{my\_sum}_t &= \text{my\_sum}_{t-1} + |\text{speed}_t| & "
        r"\text{my\_sum}_0 &= 0.30000000000000004 \\[4pt] "
        r"x_{t+1} &= x_t - \eta\, \ln(1 + \text{my\_sum}_t)\, \text{speed}_t\, \sin(g_t) \end{aligned}"
    )
    assert r"- d\, x_t \end{aligned}" in typeset.box(own(drag=0.1))
    assert_true(typeset.worked(own(drag=0.1), 2, 1.0, 0.5, own.state))


# Source.


def test_the_code_is_the_algorithm():
    assert typeset.code(optimizers.lion) == (
        "def lion(t, x, g, m=0.0, *, lr, beta1, beta2, weight_decay):\n"
        "    c = ema_step(m, g, beta1)\n"
        "    m = ema_step(m, g, beta2)\n"
        '    return -lr * _decayed(np.sign(c), x, weight_decay), {"m": m, "c": c, "effective_lr": lr}\n'
        "\n"
        "def ema_step(mean, value, beta):\n"
        "    return beta * mean + (1 - beta) * value\n"
        "\n"
        "# _decayed(change, x, rate): change + rate · x; at a rate of 0 the change itself (0 · ∞ is nan)."
    )


@pytest.mark.parametrize("label", OPTIMIZERS)
def test_the_code_is_short_and_handles_no_arrays(label):
    text = typeset.code(OPTIMIZERS[label])
    assert len(text.splitlines()) <= (32 if label == "Adam" else 38)
    assert "isinstance" not in text


@pytest.mark.parametrize("formula", [*OPTIMIZERS.values(), *SCHEDULES.values(), *SURFACES.values()], ids=repr)
def test_the_code_has_all_that_runs_and_nothing_else(formula):
    text = typeset.code(formula)
    tree = ast.parse(text)
    names = [node.name for node in tree.body]
    assert names[0] == formula.function.__name__
    assert len(names) == len(set(names))
    assert ast.get_docstring(tree.body[0]) is None
    assert not any(node.decorator_list for node in tree.body)
    assert "Annotated" not in text
    assert max(map(len, text.splitlines())) <= 120 + len(QUOTES)
    names += re.findall(r"^# (\w+)\(.*\): .*\.$", text, re.M)  # what sees to arrays is named
    assert len(names) == len(set(names))
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert called - {"sum", "fall", "isinstance"} <= {*names}


def test_the_code_runs():
    own = {"np": np, "power": averages.power, "_decayed": lambda change, x, rate: change + rate * x}
    exec(typeset.code(optimizers.adam(lr=0.1)), own)
    ours = own["adam"](3, 1.0, 2.0, 0.5, 0.25, **optimizers.adam.values)
    assert ours == optimizers.adam.step(3, 1.0, 2.0, {"m": 0.5, "v": 0.25})


def test_long_heads_are_wrapped():
    assert typeset.code(optimizers.adam).startswith(
        "def adam(t, x, g, m=0.0, v=0.0, *, lr, beta1, beta2, eps, weight_decay, bias_correction, eps_inside,\n"
        "        eps_hat, decoupled):\n"
        "    g = _coupled("
    )


def test_functions_stand_in_the_order_of_their_calls():
    # The helpers of Adam's own lines, from left to right, before the helpers of those.
    names = re.findall(r"^def (\w+)", typeset.code(optimizers.adam), re.M)
    assert names == [
        "adam", "_coupled", "ema_step", "debias", "_eps_hat", "_scaled", "_decoupled",
    ]  # fmt: skip


def test_the_code_of_helpers():
    assert typeset.code(optimizers.adamw).count("def adam(") == 1
    assert typeset.code(schedules.warm_restarts).count("# power(base, exponent): base^exponent") == 1
    assert "def optimizer" not in typeset.code(optimizers.rmsprop)
    assert "def momentum" not in typeset.code(optimizers.rmsprop)
