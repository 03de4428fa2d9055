"""What ε is added to: for each optimizer that has one, the size that ε is to be compared with.

Where ε is the larger, the step is no longer divided by the gradients' size but by a constant, and the optimizer is
momentum, or gradient descent, with a large learning rate.  Each function here is named beside its optimizer; the
denominator of an optimizer that names none is measured.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from inspect import signature
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from . import probe
from .formula import Array, Number, expect, short

if TYPE_CHECKING:
    from .optimizers import Optimizer

Trace = Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class Denominator:
    """An optimizer's denominator, apart into what the gradients made and what ε adds; and the limit of a large ε."""

    symbol: str
    """Of ``size``, in plain Unicode."""
    size: Array
    """(steps + 1, 2, *runs): the denominator without ε.  nan where ε is not added, and where no number is."""
    bound_symbol: str
    bound: Number
    """Where ``size`` is below it, ε is more of the denominator than the gradients are."""
    limit: Literal["gradient descent", "momentum", "Nesterov momentum"] | None = None
    """What the optimizer is where ε is much the larger, weight decay apart; None where that is not known."""
    limit_lr_symbol: str = ""
    limit_lr: Number = np.nan
    """Its learning rate there: η / ``bound`` or, in one that adapts it still, the least or the most it can be."""
    limit_lr_is: Literal["exactly", "at most", "at least"] = "exactly"
    beta: Number = 0.0
    """The decay rate of the limit's velocity; 0 for gradient descent."""
    average: bool = False
    """Whether the limit's velocity is an average, β v + (1 - β) g, rather than a sum, β v + g."""
    corrected: bool = False
    """Whether that average is corrected for its start at 0."""


Maker = Callable[["Optimizer", Trace], Denominator]


def denominator(optimizer: "Optimizer", trace: Trace, maker: Maker | None = None) -> Denominator | None:
    """The denominator over a run; None where the optimizer has no ε.

    Args:
        trace: of ``optimizer``, as ``optim.trace`` returns it; of a single run or of many.
        maker: the function declared beside the optimizer; without one the denominator is measured.

    Raises:
        TypeError, ValueError: it is no optimizer, no trace of it, or the maker no function.

    >>> from optim import optimizers, surfaces, trace
    >>> adam = optimizers.adam(lr=0.01, eps=1e-4)
    >>> found = denominator(adam, trace(adam, surfaces.beale, steps=10), adam.divides)
    >>> f"{found.symbol} + {found.bound_symbol}", found.limit, float(found.limit_lr)
    ('√v̂ + ε', 'momentum', 100.0)
    """
    expect("trace", trace, Mapping, "optim.trace(optimizers.adam, surfaces.beale)")
    if not (maker is None or callable(maker)):
        raise TypeError(f"maker = {short(maker)}: it must be a function or None.")
    if "eps" not in probe.expected(optimizer).values:
        return None
    try:
        with np.errstate(all="ignore"):
            return (maker or _measured)(optimizer, trace)
    except KeyError as missing:
        raise ValueError(f"trace: it has no {missing}; it must be one of {optimizer.label}.") from None


def measured(optimizer: "Optimizer", trace: Trace) -> Denominator | None:
    """η over the effective learning rate: for the run's own gradients without ε, and for gradients of 0 at 0 with it.

    nan where in the latter ε changes nothing: there it is not added.

    >>> from optim import optimizers, surfaces, trace
    >>> adam = optimizers.adam(lr=0.01, eps=1e-4)
    >>> run = trace(adam, surfaces.beale, steps=10)
    >>> found = measured(adam, run)
    >>> found.bound_symbol, np.allclose(found.size, np.sqrt(run["v_hat"]))
    ('ε', True)
    """
    return denominator(optimizer, trace, _measured)


def _measured(optimizer: "Optimizer", trace: Trace) -> Denominator:
    values, zero = optimizer.values, np.zeros(trace["g"].shape)
    # Where an average starts is no part of ε.
    starts = {p.default: 0.0 for p in signature(optimizer.function).parameters.values() if isinstance(p.default, str)}

    def divisor(gradients: Array, x: Array, **other: Any) -> Array:
        return values["lr"] / probe.respond(optimizer, gradients, x, **other)["effective_lr"]

    alone, nothing = divisor(zero, zero, **starts), divisor(zero, zero, **starts, eps=0.0)
    size = np.where(alone == nothing, np.nan, divisor(trace["g"], trace["x"], eps=0.0))
    bound = alone[-1].max(axis=0)[()]
    known = {"ε": values["eps"], "√ε": np.sqrt(values["eps"])}
    symbol = next((s for s, value in known.items() if np.allclose(bound, value, rtol=1e-9, atol=0)), "the share of ε")
    return Denominator("the denominator without ε", size, symbol, bound)


def adagrad(optimizer: "Optimizer", trace: Trace) -> Denominator:
    """√G + ε, or √(G + ε)."""
    return _rooted(optimizer, "G", trace["G"])


def rmsprop(optimizer: "Optimizer", trace: Trace) -> Denominator:
    """√v + ε, or √(v + ε), where v may be centred."""
    mu, centered = optimizer.values["momentum"], optimizer.values["centered"]
    square = np.maximum(trace["v"] - trace["g_mean"] ** 2, 0.0) if centered else trace["v"]
    return _rooted(optimizer, "(v − ḡ²)" if centered else "v", square, mu, average=False)


def adam(optimizer: "Optimizer", trace: Trace) -> Denominator:
    """√v̂ + ε, or √(v̂ + ε); the same for all whose v̂ is named ``v_hat``.

    An ε̂ is added to the uncorrected average: √v + ε, and the whole is corrected.
    """
    values = optimizer.values
    hat = "̂" if values.get("bias_correction", True) else ""
    if not (hat and values.get("eps_hat", False)):
        return _rooted(optimizer, f"v{hat}", trace["v_hat"], values["beta1"])
    symbol, square = ("max v", trace["v_max"]) if "v_max" in trace else ("v", trace["v"])
    return _rooted(optimizer, symbol, square, values["beta1"], limit_lr_is="at most")


def nadam(optimizer: "Optimizer", trace: Trace) -> Denominator:
    """√v̂ + ε."""
    return _rooted(optimizer, "v̂", trace["v_hat"], optimizer.values["beta1"], limit="Nesterov momentum")


def _rooted(optimizer: "Optimizer", symbol: str, square: Array, beta: Number = 0.0, **others: Any) -> Denominator:
    """√square + ε, or √(square + ε)."""
    inside, eps = optimizer.values.get("eps_inside", False), optimizer.values["eps"]
    bound_symbol, bound = ("√ε", np.sqrt(eps)) if inside else ("ε", eps)
    return _dividing(optimizer, f"√{symbol}", np.sqrt(square), bound_symbol, bound, beta, **others)


def _dividing(
    optimizer: "Optimizer",
    symbol: str,
    size: Array,
    bound_symbol: str,
    bound: Number,
    beta: Number,
    average: bool = True,
    limit: Literal["momentum", "Nesterov momentum"] = "momentum",
    limit_lr_is: Literal["exactly", "at most"] = "exactly",
) -> Denominator:
    """The denominator of an average of the gradients or, without ``average``, of their sum."""
    moving = bool(np.any(beta))
    average = average and moving
    corrected = average and optimizer.values.get("bias_correction", True)
    return Denominator(symbol, size, bound_symbol, bound, limit if moving else "gradient descent", f"η/{bound_symbol}",
                       _over(optimizer, bound), limit_lr_is, beta, average, corrected)  # fmt: skip


def adadelta(optimizer: "Optimizer", trace: Trace) -> Denominator:
    """√(E[g²] + ε), under √(E[Δ²] + ε): where ε is the larger in both, the learning rate is η."""
    return Denominator("√E[g²]", np.sqrt(trace["E_g2"]), "√ε", np.sqrt(optimizer.values["eps"]), "gradient descent",
                       "η", optimizer.values["lr"], "at least")  # fmt: skip


def radam(optimizer: "Optimizer", trace: Trace) -> Denominator:
    """√v + ε, or √v̂ + ε, where v is trusted, r > 0; before that nothing is divided."""
    eps, beta, before = (optimizer.values[name] for name in ("eps", "beta1", "eps_hat"))
    v = trace["v"]
    if not before:
        t = np.arange(1.0, len(v) + 1).reshape(-1, *(1,) * (v.ndim - 1))
        v = v / (1 - np.power(optimizer.values["beta2"], t))
    size = np.where(trace["r"] > 0, np.sqrt(v), np.nan)
    return _dividing(optimizer, "√v" if before else "√v̂", size, "ε", eps, beta, limit_lr_is="at most")


def adamax(optimizer: "Optimizer", trace: Trace) -> Denominator:
    """u, which has ε within its maximum, max(β₂ u, |g| + ε), or u + ε."""
    symbol, u = "u", trace["u"]
    if not optimizer.values["eps_outside"]:
        symbol, u = "u without ε", probe.respond(optimizer, trace["g"], trace["x"], eps=0.0)["u"]
    return _dividing(optimizer, symbol, u, "ε", optimizer.values["eps"], optimizer.values["beta1"])


def adabelief(optimizer: "Optimizer", trace: Trace) -> Denominator:
    """√ŝ + ε, where ε joins s at every step as well: in ŝ that adds up to ε/(1 − β₂)."""
    values = optimizer.values
    # Without the correction both shares are smaller by the same factor.
    s = probe.respond(optimizer, trace["g"], trace["x"], eps=0.0, bias_correction=True)["s_hat"]
    bound = np.sqrt(values["eps"] / (1 - values["beta2"]))
    found = _dividing(optimizer, "√ŝ without ε", np.sqrt(s), "√(ε/(1 − β₂))", bound, values["beta1"])
    return replace(
        found,
        limit_lr_symbol=f"η/({found.bound_symbol} + ε)",
        limit_lr=_over(optimizer, bound + values["eps"]),
        limit_lr_is="exactly" if values["bias_correction"] else "at least",
    )


def _over(optimizer: "Optimizer", bound: Any) -> Number:
    """η over the bound, infinite where that is 0."""
    return np.divide(optimizer.values["lr"], bound)[()]
