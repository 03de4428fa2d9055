"""The optimizers: one function each, as in its paper.

An optimizer is ``(t, x, g, *state, **hyperparameters) -> (step, names)``: the step to add to x at time t = 1, 2, ...,
given the gradient g there.  State arguments start at their defaults, or, where the default is the name of a
hyperparameter, at its value; they come back by name in ``names``, together with every quantity the paper names and
``effective_lr``, the effective learning rate of each coordinate.  The arithmetic is elementwise: arrays of any shape,
and hyperparameters that broadcast against them.

A schedule is a factor on ``lr``, applied before the formula sees it.
For gradients up to 1e150, whose squares float64 holds, every step is finite where the paper's is, but for one thing:
the square of a gradient below 1e-162 is 0, and that of one below 1e-150 has few digits once it is weighed by a 1 - β.
So with eps = 0 an optimizer that divides by an average or a sum of squares divides by 0 where all gradients so far were
that small; where all were 0 it does so in the paper too.  No formula hides that nan or inf, and any eps of use is far
above it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, wraps
from inspect import signature
from typing import Annotated, Any

import numpy as np

from . import conventions, denominators, probe
from .averages import debias, ema_step, power
from .formula import Array, Formula, Hyperparameter, Number, fit, is_real, register, short, switch, tried
from .theory import Recurrence

Step = tuple[Any, dict[str, Any]]
Recurs = Callable[[Mapping[str, Any], Number], Recurrence | None]
"""(values, t) -> the recurrence of an optimizer with these values."""

LearningRate = Annotated[Number, Hyperparameter(r"\eta", "learning rate", low=0, scale="log", slider=(1e-5, 100.0))]
WeightDecay = Annotated[Number, Hyperparameter(r"\lambda", "weight decay", low=0, scale="log", slider=(1e-5, 1.0))]


def _decay(symbol: str, meaning: str) -> Hyperparameter:
    return Hyperparameter(symbol, meaning, low=0, high=1, open_high=True, scale="decay", slider=(0.0, 0.9999))


def _epsilon(least: float) -> Hyperparameter:
    meaning = "in the denominator: added, against a division by 0"
    return Hyperparameter(r"\varepsilon", meaning, low=0, scale="log", slider=(least, 1.0))


Epsilon = Annotated[Number, _epsilon(1e-12)]
Start = Annotated[Number, Hyperparameter("v_0", "initial average", low=0, scale="log", slider=(1e-8, 10.0))]
Momentum = Annotated[Number, _decay(r"\beta", "momentum: decay rate of the velocity")]
Beta = Annotated[Number, _decay(r"\beta", "second moment: decay rate of the average of squared gradients")]
Beta1 = Annotated[Number, _decay(r"\beta_1", "first moment: decay rate of the gradient average")]
Beta2 = Annotated[Number, _decay(r"\beta_2", "second moment: decay rate of the average of squared gradients")]

Average = Annotated[bool, switch("momentum as an average: weigh the new gradient by 1 - β")]
BiasCorrection = Annotated[bool, switch("bias correction: divide the averages by 1 - βᵗ")]
EpsInside = Annotated[bool, switch("ε inside the square root")]
EpsHat = Annotated[bool, switch("ε before the bias correction: added to √v and divided with it, as Adam's ε̂")]
Centered = Annotated[bool, switch("centred: subtract the squared mean, so that v estimates a variance")]
LrInVelocity = Annotated[bool, switch("η inside the velocity: steps add up, so that a later η changes only later ones")]
Decoupled = Annotated[bool, switch("decoupled weight decay: η λ x joins the step, not λ x the gradient")]


@dataclass(frozen=True, eq=False, repr=False)
class Optimizer(Formula):
    """A formula for the next step.

    Raises:
        TypeError, ValueError: the function is not as this module's docstring says, found by one trial step; or a fact
            is no function.
    """

    recurs: Recurs | None = None
    """The function behind ``recurrence``."""
    divides: denominators.Maker | None = None
    """The function behind ``denominator``."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _try(self.function)
        for name in ("recurs", "divides"):
            if not callable(fact := getattr(self, name)) and fact is not None:
                raise TypeError(f"{self.label}: {name} = {short(fact)}: it must be a function or None.")

    @property
    def recurrence(self) -> Recurrence | None:
        """What the steps obey on a quadratic in the long run, with bias corrections and warm-ups over.

        For an ``adaptive`` optimizer that is as long as its effective learning rates, which then stand for η, stay as
        they are.  None where no such recurrence is known.
        """
        return self.recurrence_at(np.inf)

    def recurrence_at(self, t: Number) -> Recurrence | None:
        """``recurrence`` with the momentum as it is at step t, which only NAdam's warm-up changes: its edge rises.

        >>> [round(float(nadam(momentum_decay=0.01).recurrence_at(t).edge), 1) for t in (1.0, 1000.0)]
        [3.5, 4.6]
        """
        return None if self.recurs is None else self.recurs(self.values, t)

    @cached_property
    def adaptive(self) -> bool:
        """Whether the effective learning rate depends on the gradients.  Lion's does not: it is η."""
        return probe.adaptive(self)

    @cached_property
    def normalises(self) -> bool:
        """Whether the step of a constant gradient does not depend on the gradient's size, for ε → 0."""
        return probe.normalises(self)

    def denominator(self, trace: Mapping[str, Array]) -> denominators.Denominator | None:
        """What ε is added to over a run of this optimizer; None where it has no ε.

        Args:
            trace: as ``optim.trace`` returns it.

        >>> from optim import surfaces, trace
        >>> run = trace(adagrad(eps=1e-4), surfaces.beale, steps=10)
        >>> found = adagrad(eps=1e-4).denominator(run)
        >>> f"{found.symbol} + {found.bound_symbol}", found.limit
        ('√G + ε', 'gradient descent')
        """
        return denominators.denominator(self, trace, self.divides)

    def convention(self) -> str | None:
        """The framework whose conventions these are: "PyTorch", "Keras", "Optax" or "paper"; None if they are its own.

        >>> adam.convention(), adam(eps_hat=True).convention(), conventions.as_in(adam, "Keras").convention()
        ('PyTorch', None, 'Keras')
        """
        return conventions.convention(self)

    @cached_property
    def state(self) -> Mapping[str, Number]:
        """Name -> initial value of each state argument."""
        return {name: self.values.get(initial, initial) for name, initial in _state(self.function).items()}

    def step(self, t: int, x: Any, g: Any, state: Mapping[str, Any], factor: Number = 1.0) -> Step:
        """The step from x at time t with ``factor`` times the learning rate, and all named quantities, the new state
        among them.

        Raises:
            TypeError, ValueError: the state is no mapping or lacks a quantity; or a quantity has a name that every row
                has already, or one of the state is not named.

        >>> adam(lr=0.1).step(1, x=2.0, g=3.0, state=adam.state)[0].round(6)
        np.float64(-0.1)
        """
        values = {**self.values, "lr": self.values["lr"] * factor}
        step, names = self.function(t, x, g, *self.kept(state), **values)
        # Behind a switch, or later than the trial step:
        if not ROW.isdisjoint(names):
            raise _taken(self.function, names)
        if not names.keys() >= self._named:
            raise _lacks(self.function, self._named - names.keys())
        return step, names

    def kept(self, state: Mapping[str, Any]) -> list[Any]:
        """The values of the state, in the order of the function's arguments.

        Raises:
            TypeError, ValueError: it is no mapping or lacks something.

        >>> adagrad.kept({})
        Traceback (most recent call last):
        ValueError: state: 'G' is missing; AdaGrad keeps G.
        """
        try:
            return [state[name] for name in self.state]
        except (KeyError, TypeError, IndexError):
            if not isinstance(state, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(f"state = {short(state)}: it must be a mapping, such as a row.") from None
            name = next(name for name in self.state if name not in state)
            raise ValueError(f"state: {name!r} is missing; {self.label} keeps {', '.join(self.state)}.") from None

    @cached_property
    def _named(self) -> frozenset[str]:
        """What every step must name."""
        return frozenset([*self.state, "effective_lr"])


ROW = frozenset(["x", "f", "g", "step"])
"""The names that every row has already."""


def _taken(function: Callable[..., Step], names: Mapping[str, Any]) -> ValueError:
    name = next(name for name in names if name in ROW)
    return ValueError(
        f"{function.__name__} names a quantity {name!r}; x, f, g and step are names that every row has already."
    )


def _lacks(function: Callable[..., Step], missing: Iterable[str]) -> ValueError:
    return ValueError(f"{function.__name__} must return {min(missing)!r} among its named quantities.")


@cache
def _state(function: Callable[..., Step]) -> Mapping[str, Any]:
    positional = list(signature(function).parameters.values())[3:]
    return {p.name: p.default for p in positional if p.kind is p.POSITIONAL_OR_KEYWORD}


@cache
def _try(function: Callable[..., Step]) -> None:
    name, state = function.__name__, _state(function)
    values = Formula(function, name, "", "").values
    if "lr" not in values:
        raise TypeError(f"{name} needs the hyperparameter lr, which a schedule multiplies.")
    for argument, initial in state.items():
        if not (initial in values if isinstance(initial, str) else is_real(initial) and np.ndim(initial) == 0):
            raise TypeError(f"{name}: {argument} must start at a number or at a hyperparameter's name.")

    def check(given: Step) -> None:
        step, names = given
        fit(x.shape, {"step": step, **names})

    x, start = np.ones((2, 1)), (values.get(initial, initial) for initial in state.values())
    _, names = tried(function, "(t, x, g, *state, **hyperparameters) -> (step, names)", check, 1, x, x, *start)
    if not ROW.isdisjoint(names):
        raise _taken(function, names)
    if missing := {*state, "effective_lr"} - names.keys():
        raise _lacks(function, missing)


OPTIMIZERS: dict[str, Optimizer] = {}


def optimizer(label: str, *, latex: str = "", source: str, **facts: Any) -> Callable[[Callable[..., Step]], Optimizer]:
    """Register the decorated function under ``label``; ``facts`` are the fields that ``Optimizer`` adds.

    >>> @optimizer("Sign", latex=r"x_{t+1} = x_t - \\eta\\operatorname{sign}(g_t)", source="this example")
    ... def sign(t, x, g, *, lr: LearningRate = 0.5):
    ...     return -lr * np.sign(g), {"effective_lr": lr}
    >>> OPTIMIZERS.pop("Sign").step(1, x=0.0, g=3.0, state={})
    (np.float64(-0.5), {'effective_lr': 0.5})
    """
    return lambda function: register(OPTIMIZERS, Optimizer(function, label, latex, source, **facts))


def _undecayed(recurs: Recurs) -> Recurs:
    """The same, but not known with weight decay or dampening."""

    @wraps(recurs)
    def known(values: Mapping[str, Any], t: Number) -> Recurrence | None:
        other = any(np.any(values.get(name, 0.0)) for name in ("weight_decay", "dampening"))
        return None if other else recurs(values, t)

    return known


@_undecayed
def _gradient_descent(values: Mapping[str, Any], t: Number) -> Recurrence:
    return Recurrence()


@_undecayed
def _heavy_ball(values: Mapping[str, Any], t: Number) -> Recurrence:
    return Recurrence.heavy_ball(values["beta"], values["average"])


@_undecayed
def _nesterov(values: Mapping[str, Any], t: Number) -> Recurrence:
    return Recurrence.nesterov(values["beta"], values["average"])


@_undecayed
def _scaled_heavy_ball(values: Mapping[str, Any], t: Number) -> Recurrence:
    return Recurrence.heavy_ball(values["momentum"], symbol="μ")


@_undecayed
def _averaged(values: Mapping[str, Any], t: Number) -> Recurrence:
    """The velocity is the average of the gradients."""
    return Recurrence.heavy_ball(values["beta1"], average=True, symbol="β₁")


@_undecayed
def _averaged_nesterov(values: Mapping[str, Any], t: Number) -> Recurrence:
    """NAdam's: (1 - μ_t) g_t + μ_{t+1} m_t."""
    beta, end = values["beta1"], Recurrence.nesterov(values["beta1"], average=True, symbol="β₁")
    if not values["momentum_warmup"]:
        return end
    with np.errstate(invalid="ignore"):
        mu, mu_next = (
            beta * (1 - 0.5 * np.where(values["momentum_decay"] == 0, 1.0, 0.96 ** (at * values["momentum_decay"])))
            for at in (t, t + 1)
        )
    if np.all(mu == beta):
        return end
    return Recurrence(beta, 1 - mu, mu_next * (1 - beta), "2(1 + β₁)/(1 + β₁ − 2β₁μₜ)")


def _scaled(lr: Any, v: Any, eps: Any, eps_inside: bool = False) -> Any:
    """lr / (√v + ε), or lr / √(v + ε)."""
    return lr / np.sqrt(v + eps) if eps_inside else lr / (np.sqrt(v) + eps)


def _decayed(change: Any, x: Any, rate: Any) -> Any:
    """change + rate · x; at a rate of 0 the change itself (0 · ∞ is nan)."""
    if isinstance(rate, np.ndarray):
        return change + rate * np.where(rate == 0, 0.0, x)
    return change if rate == 0 else change + rate * x


def _coupled(g: Any, x: Any, weight_decay: Any, decoupled: bool = False) -> Any:
    """The gradient with its weight decay, g + λ x, unless that is decoupled."""
    return g if decoupled else _decayed(g, x, weight_decay)


def _decoupled(step: Any, x: Any, rate: Any, decoupled: bool = True) -> Any:
    """The step with its weight decay at that rate, η λ, if it is decoupled."""
    return _decayed(step, x, -rate) if decoupled else step


def _damped(g: Any, dampening: Any, t: int) -> Any:
    """(1 - τ) g from the second gradient on."""
    undamped = isinstance(dampening, float) and dampening == 0.0
    return g if undamped else np.where(t == 1, 1.0, 1 - dampening) * g


def _eps_hat(eps: Any, beta2: Any, t: int, eps_inside: bool) -> Any:
    """What an ε that was added to √v, or to v, is beside the corrected √v̂, or v̂."""
    return debias(eps, beta2, t) if eps_inside else eps / np.sqrt(1 - power(beta2, t))


@optimizer(
    "SGD",
    source="Robbins & Monro 1951, A Stochastic Approximation Method, Annals of Mathematical Statistics 22",
    recurs=_gradient_descent,
)
def sgd(t: int, x: Any, g: Any, *, lr: LearningRate = 1e-3, weight_decay: WeightDecay = 0.0) -> Step:
    """Gradient descent: the step is −η times the gradient.

    On a quadratic it is stable if and only if η c < 2 for the largest of its curvatures c.
    The weight decay λ x joins the gradient, as in PyTorch; decoupled, as in Keras, it is the same step.
    """
    return -lr * _coupled(g, x, weight_decay), {"effective_lr": lr}


@optimizer(
    "Momentum",
    source="Polyak 1964, Some methods of speeding up the convergence of iteration methods",
    recurs=_heavy_ball,
)
def momentum(
    t: int,
    x: Any,
    g: Any,
    v: Any = 0.0,
    *,
    lr: LearningRate = 1e-3,
    beta: Momentum = 0.9,
    dampening: Annotated[
        Number, Hyperparameter(r"\tau", "dampening: of the gradients in the velocity, but for the first", low=0, high=1)
    ] = 0.0,
    weight_decay: WeightDecay = 0.0,
    average: Average = False,
    lr_in_velocity: LrInVelocity = False,
    decoupled: Decoupled = False,
) -> Step:
    """Heavy ball: the step is a velocity, a decaying sum of past gradients.

    In PyTorch, Optax and here the velocity is β v + g, so that under a constant gradient the steps approach
    η / (1 - β).  As an average it is the course's β v + (1 - β) g, whose steps approach η: the same path at η times
    1 / (1 - β).  PyTorch's dampening, τ = β, is that average too, except for the first velocity, which is g itself.
    Keras, Polyak and Sutskever et al. 2013 have η inside the velocity: it adds up steps and not gradients, which
    differs while η changes.  PyTorch couples the weight decay, Keras decouples it.
    """
    push = _damped(_coupled(g, x, weight_decay, decoupled), dampening, t)
    push = lr * push if lr_in_velocity else push
    v = ema_step(v, push, beta) if average else beta * v + push
    step = -v if lr_in_velocity else -lr * v
    return _decoupled(step, x, lr * weight_decay, decoupled), {"v": v, "effective_lr": lr}


@optimizer(
    "Nesterov",
    source="Nesterov 1983, A method of solving a convex programming problem with convergence rate O(1/k²); "
    "in the form of Sutskever et al. 2013, section 2",
    recurs=_nesterov,
)
def nesterov(
    t: int,
    x: Any,
    g: Any,
    v: Any = 0.0,
    *,
    lr: LearningRate = 1e-3,
    beta: Momentum = 0.9,
    weight_decay: WeightDecay = 0.0,
    average: Average = False,
    lr_in_velocity: LrInVelocity = False,
    decoupled: Decoupled = False,
) -> Step:
    """Momentum whose gradient is taken at the look-ahead point, where the velocity leads.

    As in PyTorch, Keras and Optax, x is that look-ahead point, so the gradient is the one at x itself.
    As an average the velocity is β v + (1 - β) g and the step (1 - β) g + β v: the same path at η times 1 / (1 - β).
    Keras and Sutskever et al. have η inside the velocity.  PyTorch couples the weight decay, Keras decouples it.
    """
    push = _coupled(g, x, weight_decay, decoupled)
    push = lr * push if lr_in_velocity else push
    if average:
        v = ema_step(v, push, beta)
        ahead = ema_step(v, push, beta)
    else:
        v = beta * v + push
        ahead = push + beta * v
    step = -ahead if lr_in_velocity else -lr * ahead
    return _decoupled(step, x, lr * weight_decay, decoupled), {"v": v, "ahead": ahead, "effective_lr": lr}


@optimizer(
    "AdaGrad",
    source="Duchi, Hazan & Singer 2011, Adaptive Subgradient Methods, JMLR 12 (diagonal form)",
    recurs=_gradient_descent,
    divides=denominators.adagrad,
)
def adagrad(
    t: int,
    x: Any,
    g: Any,
    G: Any = "initial",
    *,
    lr: LearningRate = 1e-2,
    eps: Epsilon = 1e-10,
    initial: Annotated[Number, Hyperparameter("G_0", "initial sum", low=0, scale="log", slider=(1e-6, 100.0))] = 0.0,
    weight_decay: WeightDecay = 0.0,
    eps_inside: EpsInside = False,
    decoupled: Decoupled = False,
) -> Step:
    """Each coordinate's effective learning rate falls with the sum of its squared gradients, and never rises.

    PyTorch adds ε outside the root and starts the sum at G₀ = 0, as here.  Keras and Optax start it at 0.1 and add
    ε = 10⁻⁷ inside; Dive into Deep Learning starts at 0, with ε inside.
    From 0 the first step is ± η in every coordinate whose gradient is well above ε, or, with ε inside the root, well
    above √ε; a larger start shortens it.
    PyTorch couples the weight decay, Keras decouples it.
    """
    g = _coupled(g, x, weight_decay, decoupled)
    total = G + g * g
    effective_lr = _scaled(lr, total, eps, eps_inside)
    step = -effective_lr * g
    return _decoupled(step, x, lr * weight_decay, decoupled), {"G": total, "effective_lr": effective_lr}


@optimizer(
    "Rprop",
    source="Riedmiller & Braun 1993, A Direct Adaptive Method for Faster Backpropagation Learning: The RPROP "
    "Algorithm; without backtracking: Igel & Hüsken 2000, Improving the Rprop Learning Algorithm (iRprop−)",
)
def rprop(
    t: int,
    x: Any,
    g: Any,
    s: Any = 1.0,
    d: Any = 0.0,
    *,
    lr: LearningRate = 1e-2,
    up: Annotated[
        Number, Hyperparameter(r"\alpha", "increase: factor while the sign stays", low=1, slider=(1.0, 2.0))
    ] = 1.2,
    down: Annotated[Number, Hyperparameter(r"\gamma", "decrease: factor where the sign turns", low=0, high=1)] = 0.5,
    low: Annotated[
        Number, Hyperparameter("l", "smallest step over η", low=0, high=1, scale="log", slider=(1e-6, 1.0))
    ] = 1e-4,
    high: Annotated[Number, Hyperparameter("h", "largest step over η", low=1, scale="log", slider=(1.0, 1e4))] = 5e3,
) -> Step:
    """Only the sign of the gradient counts: steps grow while it stays, and shrink where it turns.

    Made for full batches: noise in the sign shrinks the steps.  Where the sign turns x stays for one step, as in
    PyTorch (iRprop−); the paper takes the last step back, and Optax makes every step one gradient late.  s is the
    length over η, so that a schedule shrinks all steps; PyTorch bounds the length itself, by 10⁻⁶ and 50: at its
    η = 0.01 as here.
    """
    sign = np.sign(g)
    turn = sign * d
    s = np.minimum(np.maximum(s * np.where(turn > 0, up, np.where(turn < 0, down, 1.0)), low), high)
    d = np.where(turn < 0, 0.0, sign)
    effective_lr = lr * s
    return -effective_lr * d, {"s": s, "d": d, "effective_lr": effective_lr}


@optimizer(
    "RMSProp",
    source="Tieleman & Hinton 2012, Coursera: Neural Networks for Machine Learning, lecture 6.5; "
    "centred: Graves 2013, Generating Sequences With Recurrent Neural Networks, equations 38-41",
    recurs=_scaled_heavy_ball,
    divides=denominators.rmsprop,
)
def rmsprop(
    t: int,
    x: Any,
    g: Any,
    v: Any = 0.0,
    g_mean: Any = 0.0,
    b: Any = 0.0,
    *,
    lr: LearningRate = 1e-2,
    beta: Beta = 0.99,
    eps: Epsilon = 1e-8,
    momentum: Annotated[Number, _decay(r"\mu", "momentum: decay rate of the sum of scaled gradients")] = 0.0,
    weight_decay: WeightDecay = 0.0,
    eps_inside: EpsInside = False,
    centered: Centered = False,
    lr_in_velocity: LrInVelocity = False,
    decoupled: Decoupled = False,
) -> Step:
    """AdaGrad with a moving average in place of the sum, so that the effective learning rate can rise as well.

    v starts at 0 and is not corrected, so the first steps are up to 1 / √(1 - β) times too large.
    PyTorch: β = 0.99, ε outside the root, as here.  Keras, Optax and Hinton's lecture: β = 0.9; Keras and Optax have ε
    inside.  The momentum adds up the scaled gradients, as in PyTorch; Keras and Optax, with η inside the velocity, add
    up the steps, which differs while η changes.  PyTorch couples the weight decay, Keras decouples it.
    Rounding can leave the centred variance below 0, where PyTorch's step is nan; here it is 0 then.
    """
    g = _coupled(g, x, weight_decay, decoupled)
    v = ema_step(v, g * g, beta)
    g_mean = ema_step(g_mean, g, beta) if centered else 0.0
    scale = _scaled(1.0, np.maximum(v - g_mean * g_mean, 0.0) if centered else v, eps, eps_inside)
    b = momentum * b + (lr * scale if lr_in_velocity else scale) * g
    step = -b if lr_in_velocity else -lr * b
    names = {"v": v, "g_mean": g_mean, "b": b, "effective_lr": lr * scale}
    return _decoupled(step, x, lr * weight_decay, decoupled), names


@optimizer(
    "Adadelta",
    source="Zeiler 2012, ADADELTA: An Adaptive Learning Rate Method, algorithm 1",
    recurs=_gradient_descent,
    divides=denominators.adadelta,
)
def adadelta(
    t: int,
    x: Any,
    g: Any,
    E_g2: Any = 0.0,
    E_delta2: Any = 0.0,
    *,
    lr: LearningRate = 1.0,
    rho: Annotated[Number, _decay(r"\rho", "both averages: decay rate of those of g² and of Δ²")] = 0.9,
    eps: Epsilon = 1e-6,
    weight_decay: WeightDecay = 0.0,
    decoupled: Decoupled = False,
) -> Step:
    """RMSProp scaled by the root mean square of its own recent steps, so that the step has the units of x.

    The first step is about √(ε / (1 - ρ)) where the gradient is well above that, and about g where it is well below.
    Under a constant gradient the steps then grow.
    The paper has no η; PyTorch and Optax scale by η = 1, as here, Keras by 0.001.  All have ε inside both roots.
    PyTorch couples the weight decay, Keras decouples it.
    """
    g = _coupled(g, x, weight_decay, decoupled)
    E_g2 = ema_step(E_g2, g * g, rho)
    scale = np.sqrt(E_delta2 + eps) / np.sqrt(E_g2 + eps)
    delta = scale * g
    E_delta2 = ema_step(E_delta2, delta * delta, rho)
    names = {"E_g2": E_g2, "E_delta2": E_delta2, "delta": delta, "effective_lr": lr * scale}
    return _decoupled(-lr * delta, x, lr * weight_decay, decoupled), names


@optimizer(
    "Adam",
    source="Kingma & Ba 2015, Adam: A Method for Stochastic Optimization, algorithm 1",
    recurs=_averaged,
    divides=denominators.adam,
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
    weight_decay: WeightDecay = 0.0,
    bias_correction: BiasCorrection = True,
    eps_inside: EpsInside = False,
    eps_hat: EpsHat = False,
    decoupled: Decoupled = False,
) -> Step:
    """The average gradient over the root of the average squared gradient, both corrected for their start at 0.

    Without bias correction the first steps are too large, not too small, by the factor (1 - β₁ᵗ) / √(1 - β₂ᵗ):
    3.16 at t = 1 and up to 6.57 at t = 12 for the default values.
    Here ε is outside the root, as in algorithm 1, PyTorch and Optax; Keras and TensorFlow use the paper's "ε̂": ε before
    the bias correction, added to √v, which is ε / √(1 - β₂ᵗ) beside √v̂: 32 ε at first.
    The weight decay is coupled, as in PyTorch's Adam: λ x joins the gradient and is divided by √v̂ with it, so that
    coordinates with large gradients decay least.  In AdamW, and in Keras' Adam, it is decoupled: all decay alike.
    """
    g = _coupled(g, x, weight_decay, decoupled)
    m = ema_step(m, g, beta1)
    v = ema_step(v, g * g, beta2)
    m_hat = debias(m, beta1, t) if bias_correction else m
    v_hat = debias(v, beta2, t) if bias_correction else v
    added = _eps_hat(eps, beta2, t, eps_inside) if eps_hat and bias_correction else eps
    effective_lr = _scaled(lr, v_hat, added, eps_inside)
    names = {"m": m, "v": v, "m_hat": m_hat, "v_hat": v_hat, "effective_lr": effective_lr}
    return _decoupled(-effective_lr * m_hat, x, lr * weight_decay, decoupled), names


@optimizer(
    "AdamW",
    source="Loshchilov & Hutter 2019, Decoupled Weight Decay Regularization, algorithm 2",
    recurs=_averaged,
    divides=denominators.adam,
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
    eps_hat: EpsHat = False,
) -> Step:
    """Adam with decoupled weight decay: the decay is not divided by √v̂.

    As in PyTorch, Keras and Optax the decay is η λ x; the paper's own η_t λ x leaves the learning rate out of it.
    """
    step, names = adam.function(t, x, g, m, v, lr=lr, beta1=beta1, beta2=beta2, eps=eps,
                                bias_correction=bias_correction, eps_inside=eps_inside, eps_hat=eps_hat)  # fmt: skip
    return _decoupled(step, x, lr * weight_decay), names


@optimizer(
    "AMSGrad",
    source="Reddi, Kale & Kumar 2018, On the Convergence of Adam and Beyond, algorithm 2",
    recurs=_averaged,
    divides=denominators.adam,
)
def amsgrad(
    t: int,
    x: Any,
    g: Any,
    m: Any = 0.0,
    v: Any = 0.0,
    v_max: Any = 0.0,
    *,
    lr: LearningRate = 1e-3,
    beta1: Beta1 = 0.9,
    beta2: Beta2 = 0.999,
    eps: Epsilon = 1e-8,
    weight_decay: WeightDecay = 0.0,
    bias_correction: BiasCorrection = True,
    max_of_corrected: Annotated[bool, switch("maximum of the corrected v: as in Optax")] = False,
    eps_hat: EpsHat = False,
    decoupled: Decoupled = False,
) -> Step:
    """Adam with the largest v so far: rare large gradients keep their weight.

    PyTorch and Keras keep the largest v and correct that, as here; then v̂ still falls while 1 - βᵗ rises.
    Optax keeps the maximum of the corrected v, which at first is g² and may stay the largest.
    The paper has neither bias correction nor ε.  In Keras ε is added before the bias correction.
    """
    g = _coupled(g, x, weight_decay, decoupled)
    m = ema_step(m, g, beta1)
    v = ema_step(v, g * g, beta2)
    m_hat = debias(m, beta1, t) if bias_correction else m
    if max_of_corrected and bias_correction:
        v_hat = v_max = np.maximum(v_max, debias(v, beta2, t))
    else:
        v_max = np.maximum(v_max, v)
        v_hat = debias(v_max, beta2, t) if bias_correction else v_max
    added = _eps_hat(eps, beta2, t, eps_inside=False) if eps_hat and bias_correction else eps
    effective_lr = _scaled(lr, v_hat, added)
    names = {"m": m, "v": v, "v_max": v_max, "m_hat": m_hat, "v_hat": v_hat, "effective_lr": effective_lr}
    return _decoupled(-effective_lr * m_hat, x, lr * weight_decay, decoupled), names


@optimizer(
    "AdaMax",
    source="Kingma & Ba 2015, Adam: A Method for Stochastic Optimization, algorithm 2",
    recurs=_averaged,
    divides=denominators.adamax,
)
def adamax(
    t: int,
    x: Any,
    g: Any,
    m: Any = 0.0,
    u: Any = 0.0,
    *,
    lr: LearningRate = 2e-3,
    beta1: Beta1 = 0.9,
    beta2: Beta2 = 0.999,
    eps: Epsilon = 1e-8,
    weight_decay: WeightDecay = 0.0,
    bias_correction: BiasCorrection = True,
    eps_outside: Annotated[bool, switch("ε outside the maximum: added to u")] = False,
    decoupled: Decoupled = False,
) -> Step:
    """Adam with a decaying maximum of |g| in place of the root mean square; u needs no bias correction.

    PyTorch and Optax add ε to |g|, inside the maximum, as here; Keras adds it to u, outside the maximum; the
    paper has none.  PyTorch couples the weight decay, Keras decouples it.
    """
    g = _coupled(g, x, weight_decay, decoupled)
    m = ema_step(m, g, beta1)
    u = np.maximum(beta2 * u, np.abs(g) if eps_outside else np.abs(g) + eps)
    m_hat = debias(m, beta1, t) if bias_correction else m
    effective_lr = lr / (u + eps if eps_outside else u)
    names = {"m": m, "u": u, "m_hat": m_hat, "effective_lr": effective_lr}
    return _decoupled(-effective_lr * m_hat, x, lr * weight_decay, decoupled), names


@optimizer(
    "NAdam",
    source="Dozat 2016, Incorporating Nesterov Momentum into Adam, ICLR workshop, algorithm 2",
    recurs=_averaged_nesterov,
    divides=denominators.nadam,
)
def nadam(
    t: int,
    x: Any,
    g: Any,
    m: Any = 0.0,
    v: Any = 0.0,
    mu_product: Any = 1.0,
    *,
    lr: LearningRate = 2e-3,
    beta1: Beta1 = 0.9,
    beta2: Beta2 = 0.999,
    eps: Epsilon = 1e-8,
    momentum_decay: Annotated[
        Number, Hyperparameter(r"\psi", "warm-up speed: that of the momentum", low=0, scale="log", slider=(1e-4, 10.0))
    ] = 4e-3,
    weight_decay: WeightDecay = 0.0,
    momentum_warmup: Annotated[bool, switch("momentum warm-up: μ rises from half of β₁ to β₁")] = True,
    decoupled: Decoupled = False,
) -> Step:
    """Adam with Nesterov's look-ahead: the step mixes the new gradient with the average as it will be one step later.

    In PyTorch the momentum μ rises from β₁ / 2 with ψ = 0.004, as here, and in Keras with ψ = 1; both average m with β₁
    itself, where the paper uses μ.  Optax has no momentum warm-up: μ = β₁ throughout.
    PyTorch couples the weight decay, and can decouple it; Keras decouples it.
    """
    g = _coupled(g, x, weight_decay, decoupled)
    mu = beta1 * (1 - 0.5 * power(0.96, t * momentum_decay)) if momentum_warmup else beta1
    mu_next = beta1 * (1 - 0.5 * power(0.96, (t + 1) * momentum_decay)) if momentum_warmup else beta1
    mu_product = mu_product * mu
    m = ema_step(m, g, beta1)
    v = ema_step(v, g * g, beta2)
    m_hat = m / (1 - mu_product * mu_next)
    v_hat = debias(v, beta2, t)
    m_bar = (1 - mu) * (g / (1 - mu_product)) + mu_next * m_hat
    effective_lr = _scaled(lr, v_hat, eps)
    names = {"mu": mu, "mu_product": mu_product, "m": m, "v": v, "m_hat": m_hat, "v_hat": v_hat, "m_bar": m_bar,
             "effective_lr": effective_lr}  # fmt: skip
    return _decoupled(-effective_lr * m_bar, x, lr * weight_decay, decoupled), names


@optimizer(
    "RAdam",
    source="Liu et al. 2020, On the Variance of the Adaptive Learning Rate and Beyond, algorithm 2",
    recurs=_averaged,
    divides=denominators.radam,
)
def radam(
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
    weight_decay: WeightDecay = 0.0,
    eps_hat: EpsHat = True,
    decoupled: Decoupled = False,
) -> Step:
    """Adam without the division by √v̂ while v averages too few gradients; then with a warm-up factor r.

    ρ is the number of gradients that v effectively averages.  PyTorch divides where ρ > 5, as here (for β₂ = 0.999 from
    t = 6; for β₂ ≤ 2/3 never), Optax and the authors' program where ρ ≥ 5, the paper where ρ > 4.
    As in PyTorch ε is added to √v before the bias correction; Optax adds it after.  PyTorch couples the weight decay,
    and can decouple it.
    """
    g = _coupled(g, x, weight_decay, decoupled)
    m = ema_step(m, g, beta1)
    v = ema_step(v, g * g, beta2)
    m_hat = debias(m, beta1, t)
    corrected = 1 - power(beta2, t)
    rho_inf = 2 / (1 - beta2) - 1
    rho = rho_inf - 2 * t * power(beta2, t) / corrected
    tractable = rho > 5
    # Where it is not, any ρ at which r is a number will do.
    p, p_inf = np.maximum(rho, 5), np.maximum(rho_inf, 5)
    r = np.where(tractable, np.sqrt((p - 4) * (p - 2) * p_inf / ((p_inf - 4) * (p_inf - 2) * p)), 0.0)
    added = eps if eps_hat else eps * np.sqrt(corrected)
    effective_lr = lr * np.where(tractable, r * np.sqrt(corrected), 1.0) / np.where(tractable, np.sqrt(v) + added, 1.0)
    names = {"m": m, "v": v, "m_hat": m_hat, "rho_inf": rho_inf, "rho": rho, "r": r, "effective_lr": effective_lr}
    return _decoupled(-effective_lr * m_hat, x, lr * weight_decay, decoupled), names


@optimizer("Lion", source="Chen et al. 2023, Symbolic Discovery of Optimization Algorithms, algorithm 2")
def lion(
    t: int,
    x: Any,
    g: Any,
    m: Any = 0.0,
    *,
    lr: LearningRate = 1e-4,
    beta1: Annotated[Number, _decay(r"\beta_1", "in the step: weight of the momentum against the new gradient")] = 0.9,
    beta2: Annotated[Number, _decay(r"\beta_2", "momentum: decay rate of the gradient average")] = 0.99,
    weight_decay: WeightDecay = 0.0,
) -> Step:
    """The sign of a momentum: every coordinate moves by η or, where the momentum is exactly 0, not at all.

    The new gradient weighs more in the step (β₁) than in the momentum that is kept (β₂).  The decay is
    decoupled, λ η x, as in the paper, Keras and Optax, whose default λ is 0.001.
    """
    c = ema_step(m, g, beta1)
    m = ema_step(m, g, beta2)
    return -lr * _decayed(np.sign(c), x, weight_decay), {"m": m, "c": c, "effective_lr": lr}


@optimizer(
    "AdaBelief",
    source="Zhuang et al. 2020, AdaBelief Optimizer: Adapting Stepsizes by the Belief in Observed Gradients, "
    "algorithm 2",
    recurs=_averaged,
    divides=denominators.adabelief,
)
def adabelief(
    t: int,
    x: Any,
    g: Any,
    m: Any = 0.0,
    s: Any = 0.0,
    *,
    lr: LearningRate = 1e-3,
    beta1: Beta1 = 0.9,
    beta2: Annotated[Number, _decay(r"\beta_2", "(g − m)²: decay rate of its average")] = 0.999,
    eps: Annotated[Number, _epsilon(1e-16)] = 1e-16,
    bias_correction: BiasCorrection = True,
) -> Step:
    """Adam that divides by the gradient's deviation from its average, g - m, in place of its size.

    It adds ε twice: to s at every step, where it adds up to ε / (1 - β₂), and outside the root; the authors' program
    and Optax do the same with 10⁻¹⁶, as here.  With so small an ε the steps of a constant gradient grow very large.
    """
    m = ema_step(m, g, beta1)
    s = ema_step(s, (g - m) * (g - m), beta2) + eps
    m_hat = debias(m, beta1, t) if bias_correction else m
    s_hat = debias(s, beta2, t) if bias_correction else s
    effective_lr = _scaled(lr, s_hat, eps)
    return -effective_lr * m_hat, {"m": m, "s": s, "m_hat": m_hat, "s_hat": s_hat, "effective_lr": effective_lr}


@optimizer(
    "Yogi",
    source="Zaheer et al. 2018, Adaptive Methods for Nonconvex Optimization, algorithm 2",
    recurs=_averaged,
    divides=denominators.adam,
)
def yogi(
    t: int,
    x: Any,
    g: Any,
    m: Any = 0.0,
    v: Any = "initial",
    *,
    lr: LearningRate = 1e-2,
    beta1: Beta1 = 0.9,
    beta2: Beta2 = 0.999,
    eps: Epsilon = 1e-3,
    initial: Start = 1e-6,
    bias_correction: BiasCorrection = True,
) -> Step:
    """Adam whose v moves by (1 - β₂) g², up or down: it rises as Adam's does but falls much more slowly.

    The paper corrects no bias; Optax does, as here, and starts m at v₀ too, which the paper starts at 0.
    """
    m = ema_step(m, g, beta1)
    v = v - (1 - beta2) * np.sign(v - g * g) * (g * g)
    m_hat = debias(m, beta1, t) if bias_correction else m
    v_hat = debias(v, beta2, t) if bias_correction else v
    effective_lr = _scaled(lr, v_hat, eps)
    return -effective_lr * m_hat, {"m": m, "v": v, "m_hat": m_hat, "v_hat": v_hat, "effective_lr": effective_lr}
