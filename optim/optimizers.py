"""The optimizers: one function each, as in its paper.

An optimizer is ``(t, x, g, *state, **hyperparameters) -> (step, names)``: the step to add to x at time t = 1, 2, ...,
given the gradient g there.  State arguments start at their defaults and come back by name in ``names``, together with
every quantity the paper names and ``rate``, the effective learning rate of each coordinate.  The arithmetic is
elementwise: arrays of any shape, and hyperparameters that broadcast against them.

The state never contains the learning rate, so a schedule is a factor on the step.
With eps = 0, a coordinate whose gradients have all been 0 steps by 0/0 = nan: no formula hides that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import Annotated, Any

import numpy as np

from .averages import debias, ema_step
from .formula import Formula, Hyperparameter, Number, switch

Step = tuple[Any, dict[str, Any]]

LearningRate = Annotated[Number, Hyperparameter(r"\eta", "learning rate", low=0, scale="log", slider=(1e-5, 100.0))]
Epsilon = Annotated[
    Number,
    Hyperparameter(r"\varepsilon", "keeps the division away from 0", low=0, scale="log", slider=(1e-12, 1.0)),
]
WeightDecay = Annotated[Number, Hyperparameter(r"\lambda", "weight decay", low=0, scale="log", slider=(1e-5, 1.0))]


def _decay(symbol: str, meaning: str) -> Hyperparameter:
    return Hyperparameter(symbol, meaning, low=0, high=1, open_high=True, scale="decay", slider=(0.0, 0.9999))


Momentum = Annotated[Number, _decay(r"\beta", "momentum: how much of the velocity is kept")]
Beta = Annotated[Number, _decay(r"\beta", "memory of the squared gradients")]
Beta1 = Annotated[Number, _decay(r"\beta_1", "memory of the gradients")]
Beta2 = Annotated[Number, _decay(r"\beta_2", "memory of the squared gradients")]

Average = Annotated[bool, switch("momentum as an average: weigh the new gradient by 1 - β")]
BiasCorrection = Annotated[bool, switch("bias correction: divide the averages by 1 - βᵗ")]
EpsInside = Annotated[bool, switch("ε inside the square root")]
Centered = Annotated[bool, switch("centred: subtract the squared mean, so that v estimates a variance")]


@dataclass(frozen=True, eq=False, repr=False)
class Optimizer(Formula):
    """A formula for the next step."""

    @cached_property
    def state(self) -> Mapping[str, float]:
        """Name -> initial value of each state argument."""
        positional = list(signature(self.function).parameters.values())[3:]
        return {p.name: p.default for p in positional if p.kind is p.POSITIONAL_OR_KEYWORD}

    def step(self, t: int, x: Any, g: Any, state: Mapping[str, Any]) -> Step:
        """The step from x at time t, and all named quantities, the new state among them."""
        return self.function(t, x, g, *(state[name] for name in self.state), **self.values)


OPTIMIZERS: dict[str, Optimizer] = {}


def optimizer(label: str, *, latex: str, source: str) -> Callable[[Callable[..., Step]], Optimizer]:
    """Register the decorated function under ``label``."""

    def register(function: Callable[..., Step]) -> Optimizer:
        OPTIMIZERS[label] = Optimizer(function, label, latex, source)
        return OPTIMIZERS[label]

    return register


def _scaled(rate: Any, v: Any, eps: Any, eps_inside: bool) -> Any:
    """rate / (√v + ε), or rate / √(v + ε)."""
    return rate / np.sqrt(v + eps) if eps_inside else rate / (np.sqrt(v) + eps)


@optimizer(
    "SGD",
    latex=r"x_{t+1} = x_t - \eta\, g_t",
    source="Robbins & Monro 1951, A Stochastic Approximation Method, Annals of Mathematical Statistics 22",
)
def sgd(t: int, x: Any, g: Any, *, lr: LearningRate = 1e-3) -> Step:
    """Gradient descent: a step straight down, as long as the gradient is large.

    On a quadratic with curvatures λ it is stable if and only if η λ < 2 for the largest of them.
    """
    return -lr * g, {"rate": lr}


@optimizer(
    "Momentum",
    latex=r"\begin{aligned} v_t &= \beta\, v_{t-1} + g_t \\ x_{t+1} &= x_t - \eta\, v_t \end{aligned}",
    source="Polyak 1964, Some methods of speeding up the convergence of iteration methods",
)
def momentum(
    t: int, x: Any, g: Any, v: Any = 0.0, *, lr: LearningRate = 1e-3, beta: Momentum = 0.9, average: Average = False
) -> Step:
    """Heavy ball: the step is a velocity that remembers past gradients.

    In PyTorch, Keras and here the velocity is a sum, β v + g, so a steady gradient ends in steps of η / (1 - β).
    With ``average`` it is the course's β v + (1 - β) g, whose steady step is η: the same path at η times 1 / (1 - β).
    (Sutskever et al. 2013 put η inside the velocity; that differs only while η changes.)
    """
    v = ema_step(v, g, beta) if average else beta * v + g
    return -lr * v, {"v": v, "rate": lr}


@optimizer(
    "Nesterov",
    latex=r"\begin{aligned} v_t &= \beta\, v_{t-1} + g_t \\ x_{t+1} &= x_t - \eta\,(g_t + \beta\, v_t) \end{aligned}",
    source="Nesterov 1983, A method of solving a convex programming problem with convergence rate O(1/k²); "
    "in the form of Sutskever et al. 2013, section 2",
)
def nesterov(
    t: int, x: Any, g: Any, v: Any = 0.0, *, lr: LearningRate = 1e-3, beta: Momentum = 0.9, average: Average = False
) -> Step:
    """Momentum that looks ahead: the gradient is taken where the velocity is about to carry the point.

    As in PyTorch, x is the point looked ahead to, so that the gradient is the one at x itself.
    With ``average`` the velocity is β v + (1 - β) g and the step (1 - β) g + β v: the same path at η times 1 / (1 - β).
    """
    if average:
        v = ema_step(v, g, beta)
        ahead = ema_step(v, g, beta)
    else:
        v = beta * v + g
        ahead = g + beta * v
    return -lr * ahead, {"v": v, "ahead": ahead, "rate": lr}


@optimizer(
    "AdaGrad",
    latex=r"\begin{aligned} G_t &= G_{t-1} + g_t^2 \\ x_{t+1} &= x_t - \frac{\eta}{\sqrt{G_t} + \varepsilon}\, g_t"
    r" \end{aligned}",
    source="Duchi, Hazan & Singer 2011, Adaptive Subgradient Methods, JMLR 12 (diagonal form)",
)
def adagrad(
    t: int,
    x: Any,
    g: Any,
    G: Any = 0.0,
    *,
    lr: LearningRate = 1e-2,
    eps: Epsilon = 1e-10,
    eps_inside: EpsInside = False,
) -> Step:
    """Each coordinate's rate falls with the sum of all its squared gradients, and never recovers.

    PyTorch adds ε outside the root and starts the sum at 0, as here; Keras starts it at 0.1; Dive into Deep Learning
    puts ε inside.
    """
    total = G + g * g
    rate = _scaled(lr, total, eps, eps_inside)
    return -rate * g, {"G": total, "rate": rate}


@optimizer(
    "RMSProp",
    latex=r"\begin{aligned} v_t &= \beta\, v_{t-1} + (1-\beta)\, g_t^2 \\"
    r" x_{t+1} &= x_t - \frac{\eta}{\sqrt{v_t} + \varepsilon}\, g_t \end{aligned}",
    source="Tieleman & Hinton 2012, Coursera: Neural Networks for Machine Learning, lecture 6.5; "
    "centred: Graves 2013, Generating Sequences With Recurrent Neural Networks, equations 38-41",
)
def rmsprop(
    t: int,
    x: Any,
    g: Any,
    v: Any = 0.0,
    g_mean: Any = 0.0,
    *,
    lr: LearningRate = 1e-2,
    beta: Beta = 0.99,
    eps: Epsilon = 1e-8,
    eps_inside: EpsInside = False,
    centered: Centered = False,
) -> Step:
    """AdaGrad that forgets: the sum of squares becomes a moving average, so the rate can recover.

    v starts at 0 and is not corrected, so the first steps are up to 1 / √(1 - β) times too large.
    PyTorch: β = 0.99, ε outside the root, as here; Keras, Optax and Hinton's lecture: β = 0.9, and Optax ε inside.
    """
    v = ema_step(v, g * g, beta)
    g_mean = ema_step(g_mean, g, beta) if centered else 0.0
    rate = _scaled(lr, v - g_mean * g_mean if centered else v, eps, eps_inside)
    return -rate * g, {"v": v, "g_mean": g_mean, "rate": rate}


_ADAM_LATEX = (
    r"m_t &= \beta_1\, m_{t-1} + (1-\beta_1)\, g_t & \hat m_t &= \frac{m_t}{1-\beta_1^t} \\"
    r" v_t &= \beta_2\, v_{t-1} + (1-\beta_2)\, g_t^2 & \hat v_t &= \frac{v_t}{1-\beta_2^t} \\"
)


@optimizer(
    "Adam",
    latex=rf"\begin{{aligned}} {_ADAM_LATEX}"
    r" x_{t+1} &= x_t - \frac{\eta}{\sqrt{\hat v_t} + \varepsilon}\, \hat m_t \end{aligned}",
    source="Kingma & Ba 2015, Adam: A Method for Stochastic Optimization, algorithm 1",
)
def adam(
    t: int,
    x: Any,
    g: Any,
    m: Any = 0.0,
    v: Any = 0.0,
    *,
    lr: LearningRate = 1e-3,
    beta1: Beta1 = 0.9,
    beta2: Beta2 = 0.999,
    eps: Epsilon = 1e-8,
    bias_correction: BiasCorrection = True,
    eps_inside: EpsInside = False,
) -> Step:
    """Momentum over RMSProp, both averages corrected for their start at 0.

    Without ``bias_correction`` the first steps are too large, not too small: v is further from its mean than m is
    (a factor (1 - β1ᵗ) / √(1 - β2ᵗ): 3.16 at t = 1 and up to 6.57 at t = 12 for the default values).
    ε stands outside the root as in algorithm 1, PyTorch and Optax; Keras and TensorFlow use the paper's "ε̂",
    which is not divided by √(1 - β2ᵗ) with the rest.
    """
    m = ema_step(m, g, beta1)
    v = ema_step(v, g * g, beta2)
    m_hat = debias(m, beta1, t) if bias_correction else m
    v_hat = debias(v, beta2, t) if bias_correction else v
    rate = _scaled(lr, v_hat, eps, eps_inside)
    return -rate * m_hat, {"m": m, "v": v, "m_hat": m_hat, "v_hat": v_hat, "rate": rate}


@optimizer(
    "AdamW",
    latex=rf"\begin{{aligned}} {_ADAM_LATEX}"
    r" x_{t+1} &= x_t - \eta\,\lambda\, x_t - \frac{\eta}{\sqrt{\hat v_t} + \varepsilon}\, \hat m_t \end{aligned}",
    source="Loshchilov & Hutter 2019, Decoupled Weight Decay Regularization, algorithm 2",
)
def adamw(
    t: int,
    x: Any,
    g: Any,
    m: Any = 0.0,
    v: Any = 0.0,
    *,
    lr: LearningRate = 1e-3,
    beta1: Beta1 = 0.9,
    beta2: Beta2 = 0.999,
    eps: Epsilon = 1e-8,
    weight_decay: WeightDecay = 1e-2,
    bias_correction: BiasCorrection = True,
    eps_inside: EpsInside = False,
) -> Step:
    """Adam with decoupled weight decay: the pull towards 0 is not divided by √v̂.

    As in PyTorch and Optax the decay is η λ x; the paper's own η_t λ x leaves the learning rate out of it.
    """
    step, names = adam.function(t, x, g, m, v, lr=lr, beta1=beta1, beta2=beta2, eps=eps,
                                bias_correction=bias_correction, eps_inside=eps_inside)  # fmt: skip
    return step - lr * weight_decay * x, names
