"""The sharpness of a network's loss, its Hessian's largest eigenvalue, and the threshold it is held against.

On a quadratic of curvature λ an optimizer converges only while η λ is below the edge of its recurrence.  Full-batch
training raises the sharpness to that threshold, where it hovers: Cohen et al. 2021, Gradient Descent on Neural Networks
Typically Occurs at the Edge of Stability; for adaptive optimizers Cohen et al. 2022, Adaptive Gradient Methods at the
Edge of Stability.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .formula import FIRST, Array, Domain, Number, expect, fit, short
from .learning import Task
from .optimizers import Optimizer

_LR = Domain(low=0)


class Sharpness(NamedTuple):
    """The largest eigenvalue, and how exact it is."""

    value: float
    vector: Array
    """Its eigenvector, (parameters,), of length 1: where to begin the next time."""
    residual: float
    """|P^-½ H P^-½ u - value · u|: an eigenvalue lies at least that close to ``value``."""


@np.errstate(over="ignore", invalid="ignore")
def sharpness(
    task: Task, w: Array, *, scale: ArrayLike = 1.0, vector: Array | None = None, iterations: int = 10
) -> Sharpness:
    """The largest eigenvalue of the Hessian H of the loss over all examples, by Lanczos iterations.

    With a ``scale`` it is that of P⁻¹ H, P = diag(1 / scale): what an adaptive optimizer meets.  It is found as that of
    the symmetric P^-½ H P^-½, which has the same eigenvalues.  A few iterations suffice where ``vector`` is the result
    of a few training steps before.  The value never exceeds the true one by more than rounding.

    Args:
        w: (parameters,); where they are not finite, the value is nan.
        scale: (parameters,), above 0: ``row["effective_lr"] / η``, which is 1 / (√v̂ + ε) for Adam and 1 for SGD.
        vector: where to begin; random by default.
        iterations: products with the Hessian, at least 1.

    Raises:
        TypeError, ValueError: an argument is not as above.

    >>> from optim import datasets
    >>> from optim.learning import Network
    >>> line = Task(Network((1, 1), loss="squared error"), datasets.old_faithful().standardised())
    >>> round(sharpness(line, line.start).value, 9)  # of the Hessian (1, 0; 0, 1)
    1.0
    """
    if not hasattr(task, "full"):
        expect("task", task, Task, "Task(Network((64, 10)), datasets.digits()[0])")
    size = (np.size(w),)
    q = np.random.default_rng(0).standard_normal(size) if vector is None else vector
    fit(size, {"w": w, "scale": scale, "vector": q})
    FIRST.check_one("iterations", iterations)
    if np.any(np.less(scale, 0)):
        raise ValueError(f"scale = {short(scale)}: it must be above 0, as effective learning rates are.")
    w, q, root = np.broadcast_to(w, size), np.broadcast_to(q, size), np.sqrt(np.broadcast_to(scale, size))
    q = q / np.linalg.norm(q)
    basis: list[Array] = []
    products: list[Array] = []
    for _ in range(min(iterations, len(w))):
        basis.append(q)
        products.append(root * task.full.hessian_product(w, root * q))
        rest, known = products[-1], np.array(basis)
        for _ in range(2):  # once would leave rounding errors that grow
            rest = rest - known.T @ (known @ rest)
        size = float(np.linalg.norm(rest))
        if not size > 1e-12 * float(np.linalg.norm(products[-1])):
            break
        q = rest / size
    known, mapped = np.array(basis), np.array(products)
    small = known @ mapped.T
    if not np.isfinite(small).all():
        return Sharpness(math.nan, basis[0], math.nan)
    values, vectors = np.linalg.eigh((small + small.T) / 2)
    u = vectors[:, -1] @ known
    value = float(values[-1])
    return Sharpness(value, u, float(np.linalg.norm(vectors[:, -1] @ mapped - value * u)))


def threshold(optimizer: Optimizer, lr: Number | None = None, t: Number = math.inf) -> Number | None:
    """The sharpness above which the optimizer diverges on a quadratic: the edge of its recurrence over η.

    2 / η for gradient descent, (2 + 2β) / η for heavy ball, and for Adam, against the scaled Hessian,
    (2 + 2β₁) / ((1 - β₁) η).

    Args:
        lr: η as it is with its schedule; the optimizer's own by default.
        t: the step, which matters to NAdam's momentum; long after its warm-up by default.

    Returns:
        None where no recurrence is known.

    >>> from optim import optimizers
    >>> float(threshold(optimizers.sgd(lr=0.2))), round(float(threshold(optimizers.adam(lr=0.01))))
    (10.0, 3800)
    """
    recurrence = expect("optimizer", optimizer, Optimizer, "optimizers.adam").recurrence_at(t)
    if recurrence is None:
        return None
    with np.errstate(divide="ignore", over="ignore"):
        return np.divide(recurrence.edge, optimizer.values["lr"] if lr is None else _LR.check("lr", lr))[()]
