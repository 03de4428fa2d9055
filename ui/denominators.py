"""What ε is added to: for each optimizer that has one, the size that ε is to be held against.

Where ε is larger, it rules: the step is no longer divided by the gradients' size but by a constant, and the optimizer
is momentum, or gradient descent, with a large learning rate.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from optim.descent import replay
from optim.optimizers import Optimizer

Trace = Mapping[str, np.ndarray]


class Denominator(NamedTuple):
    """One optimizer's denominator, apart into what the gradients made and what ε adds."""

    symbol: str
    size: np.ndarray
    """(steps + 1, 2), without ε; at or below 0, or nan, where it cannot stand on a log axis."""
    bound_symbol: str
    bound: float
    """Where ``size`` is below it, ε is more of the denominator than the gradients are."""
    step: str
    """What the step is about then."""
    kin: str
    """Whose step that is."""
    rate: str
    """With which learning rate."""


def denominator(optimizer: Optimizer, trace: Trace) -> Denominator | None:
    """The denominator of a run of ``optimizer``; none where it has no ε."""
    make = _MAKERS.get(optimizer.label)
    if make is None:
        return None
    with np.errstate(all="ignore"):
        return make(optimizer, trace)


def _adam(optimizer: Optimizer, trace: Trace) -> Denominator:
    values = optimizer.values
    hat = "̂" if values.get("bias_correction", True) else ""
    average = "m̄" if optimizer.label == "NAdam" else f"m{hat}"
    return _rooted(optimizer, f"v{hat}", trace["v_hat"], average, _momentum(values["beta1"]))


def _rmsprop(optimizer: Optimizer, trace: Trace) -> Denominator:
    values = optimizer.values
    v = trace["v"] - trace["g_mean"] ** 2 if values["centered"] else trace["v"]
    kin = _momentum(values["momentum"], "μ") if values["momentum"] else "gradient descent"
    return _rooted(optimizer, "(v − ḡ²)" if values["centered"] else "v", v, "b" if values["momentum"] else "g", kin)


def _adagrad(optimizer: Optimizer, trace: Trace) -> Denominator:
    return _rooted(optimizer, "G", trace["G"], "g", "gradient descent")


def _rooted(optimizer: Optimizer, symbol: str, square: np.ndarray, average: str, kin: str) -> Denominator:
    """√v + ε, or √(v + ε)."""
    values = optimizer.values
    inside = values.get("eps_inside", False)
    bound, told = (np.sqrt(values["eps"]), "√ε") if inside else (values["eps"], "ε")
    return Denominator(f"√{symbol}", np.sqrt(square), told, float(bound), f"η {average}/{told}", kin,
                       _over(f"η/{told}", values["lr"], bound))  # fmt: skip


def _adadelta(optimizer: Optimizer, trace: Trace) -> Denominator:
    values = optimizer.values
    return Denominator("√E[g²]", np.sqrt(trace["E_g2"]), "√ε", float(np.sqrt(values["eps"])),
                       "η √(E[Δ²] + ε) g/√ε", "gradient descent", f"at least η = {values['lr']:.4g}")  # fmt: skip


def _radam(optimizer: Optimizer, trace: Trace) -> Denominator:
    values = optimizer.values
    return Denominator("√v", np.sqrt(trace["v"]), "ε", values["eps"], "η r √(1 − β₂ᵗ) m̂/ε",
                       _momentum(values["beta1"]), _over("at most η/ε", values["lr"], values["eps"]))  # fmt: skip


def _adamax(optimizer: Optimizer, trace: Trace) -> Denominator:
    values = optimizer.values
    u = _without_eps(optimizer, trace)["u"]
    return Denominator("u without ε", u, "ε", values["eps"], "η m̂/ε", _momentum(values["beta1"]),
                       _over("η/ε", values["lr"], values["eps"]))  # fmt: skip


def _adabelief(optimizer: Optimizer, trace: Trace) -> Denominator:
    """ε joins s at every step and is averaged with it: in ŝ that adds up to ε/(1 − β₂)."""
    values = optimizer.values
    s = _without_eps(optimizer(bias_correction=True), trace)["s_hat"]
    bound = float(np.sqrt(values["eps"] / (1 - values["beta2"])))
    return Denominator("√ŝ without ε", np.sqrt(s), "√(ε/(1 − β₂))", bound, "η m̂/√(ε/(1 − β₂))",
                       _momentum(values["beta1"]), _over("η/√(ε/(1 − β₂))", values["lr"], bound))  # fmt: skip


def _without_eps(optimizer: Optimizer, trace: Trace) -> dict[str, np.ndarray]:
    """What the same gradients would have made of the optimizer's state had there been no ε."""
    return replay(optimizer(eps=0.0), trace["g"])


def _momentum(beta: float, symbol: str = "β") -> str:
    return f"momentum ({symbol} = {beta:.9g})" if beta else "gradient descent"


def _over(symbol: str, lr: float, bound: Any) -> str:
    return f"{symbol} = {lr / bound:.4g}" if bound else f"{symbol}, a division by 0"


_MAKERS: dict[str, Callable[[Optimizer, Trace], Denominator]] = {
    "AdaGrad": _adagrad,
    "RMSProp": _rmsprop,
    "Adadelta": _adadelta,
    "Adam": _adam,
    "AdamW": _adam,
    "AMSGrad": _adam,
    "NAdam": _adam,
    "Yogi": _adam,
    "RAdam": _radam,
    "AdaMax": _adamax,
    "AdaBelief": _adabelief,
}
