"""Whose conventions an optimizer follows: PyTorch's, Keras', Optax', its paper's, or none of theirs.

For each optimizer the table says what a framework sets otherwise than the defaults here, which are PyTorch's: the
switches, and the numbers that frameworks start differently.  Learning rates are left out, as are numbers that all start
alike.  A framework is missing where it lacks the optimizer, or does something that no switch expresses: AdamW's paper
keeps η out of the decay, Rprop's takes steps back and Optax lags by a step, NAdam's paper averages with μ, RAdam's
divides from ρ > 4, Optax' Yogi starts m at v's initial value.
The golden tests hold every row against the framework itself.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .formula import Formula, expect

if TYPE_CHECKING:
    from .optimizers import Optimizer

Values = Mapping[str, Any]

_STEPS_ADD_UP = {"lr_in_velocity": True}
_KERAS = {"eps": 1e-7, "decoupled": True}

CONVENTIONS: dict[str, Mapping[str, Values]] = {
    "SGD": {"PyTorch": {}, "Keras": {}, "Optax": {}, "paper": {}},
    "Momentum": {"PyTorch": {}, "Keras": {**_STEPS_ADD_UP, "decoupled": True}, "Optax": {}, "paper": _STEPS_ADD_UP},
    "Nesterov": {"PyTorch": {}, "Keras": {**_STEPS_ADD_UP, "decoupled": True}, "Optax": {}, "paper": _STEPS_ADD_UP},
    "AdaGrad": {
        "PyTorch": {},
        "Keras": {**_KERAS, "initial": 0.1, "eps_inside": True},
        "Optax": {"eps": 1e-7, "initial": 0.1, "eps_inside": True},
        "paper": {},
    },
    "Rprop": {"PyTorch": {}},
    "RMSProp": {
        "PyTorch": {},
        "Keras": {**_KERAS, **_STEPS_ADD_UP, "beta": 0.9, "eps_inside": True},
        "Optax": {**_STEPS_ADD_UP, "beta": 0.9, "eps_inside": True},
        "paper": {"beta": 0.9},
    },
    "Adadelta": {"PyTorch": {}, "Keras": {**_KERAS, "rho": 0.95}, "Optax": {}, "paper": {"rho": 0.95}},
    "Adam": {"PyTorch": {}, "Keras": {**_KERAS, "eps_hat": True}, "Optax": {}, "paper": {}},
    "AdamW": {
        "PyTorch": {},
        "Keras": {"eps": 1e-7, "eps_hat": True, "weight_decay": 4e-3},
        "Optax": {"weight_decay": 1e-4},
    },
    "AMSGrad": {
        "PyTorch": {},
        "Keras": {**_KERAS, "eps_hat": True},
        "Optax": {"max_of_corrected": True},
        "paper": {"eps": 0.0, "bias_correction": False},
    },
    "AdaMax": {"PyTorch": {}, "Keras": {**_KERAS, "eps_outside": True}, "Optax": {}, "paper": {"eps": 0.0}},
    "NAdam": {"PyTorch": {}, "Keras": {**_KERAS, "momentum_decay": 1.0}, "Optax": {"momentum_warmup": False}},
    "RAdam": {"PyTorch": {}, "Optax": {"eps_hat": False}},
    "Lion": {"Keras": {}, "Optax": {"weight_decay": 1e-3}, "paper": {}},
    "AdaBelief": {"Optax": {}, "paper": {}},
    "Yogi": {"paper": {"bias_correction": False}},
}
"""Label -> framework -> what it sets otherwise than the defaults here."""


def known(optimizer: "Optimizer") -> Mapping[str, Values]:
    """Framework -> the values that are its conventions: of all switches, and of the numbers that frameworks start
    differently.  Empty where nothing is known of the optimizer.

    >>> from optim import optimizers
    >>> known(optimizers.lion)["Optax"]
    {'weight_decay': 0.001}
    """
    table = CONVENTIONS.get(expect("optimizer", optimizer, Formula, "optimizers.adam").label, {})
    differing = {name for values in table.values() for name in values}
    usual = {
        name: optimizer.defaults[name]
        for name, meaning in optimizer.hyperparameters.items()
        if meaning.scale == "switch" or name in differing
    }
    return {framework: {**usual, **values} for framework, values in table.items()}


def as_in(optimizer: "Optimizer", framework: str) -> "Optimizer":
    """The optimizer with the framework's conventions; its learning rate and numbers that all start alike stay.

    Raises:
        ValueError: nothing is known of the optimizer in that framework.

    >>> from optim import optimizers
    >>> as_in(optimizers.adam(lr=0.3, beta1=0.8), "Keras")
    adam(lr=0.3, beta1=0.8, eps=1e-07, eps_hat=True, decoupled=True)
    """
    found = known(optimizer)
    if framework not in list(found):
        names = ", ".join(found) or "none"
        raise ValueError(f"{optimizer.label} has no conventions of {framework!r}; it has those of: {names}.")
    return optimizer(**found[framework])


def convention(optimizer: "Optimizer") -> str | None:
    """The framework whose conventions these are: all of its switches, and no number left at its default here that the
    framework starts elsewhere.  A number that was moved counts for no one; of several frameworks it is the one with the
    most numbers as they are, and the first of those.  None where the conventions are no framework's.

    >>> from optim import optimizers
    >>> convention(optimizers.momentum), convention(optimizers.momentum(lr_in_velocity=True))
    ('PyTorch', 'paper')
    """
    same = {
        framework: sum(_equal(optimizer.values[name], value) for name, value in values.items())
        for framework, values in known(optimizer).items()
        if all(_agrees(optimizer, name, value) for name, value in values.items())
    }
    return max(same, key=lambda framework: same[framework], default=None)


def _agrees(optimizer: "Optimizer", name: str, value: Any) -> bool:
    now = optimizer.values[name]
    moved = type(value) is not bool and not _equal(now, optimizer.defaults[name])
    return moved or _equal(now, value)


def _equal(now: Any, value: Any) -> bool:
    return bool(np.all(now == value))
