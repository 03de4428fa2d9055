"""Small networks on data: a mini-batch's loss is a surface that changes from step to step.

A ``Task`` takes a surface's place in ``trace``, ``sweep`` and ``descend``.  Its point is the network's weights, one
flat array (parameters, *runs): each layer's matrix (outputs × inputs, row by row), then its biases, layer after layer.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .batch import Place, cut
from .datasets import Examples
from .formula import FIRST, YES_NO, Array, ByValue, Domain, expect, fixed, short

_SIZE = Domain(low=1, whole=True)
_SEED = Domain(low=0, high=2**53, whole=True)


@dataclass(frozen=True)
class Activation:
    """φ(z), and its first and second derivatives as functions of a = φ(z)."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    bend: Callable[[Array], Array]


def _sigmoid(z: Array) -> Array:
    """1 / (1 + e⁻ᶻ), from e^-|z|, which cannot overflow."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


ACTIVATIONS: Mapping[str, Activation] = {
    "ReLU": Activation(lambda z: np.maximum(z, 0), lambda a: (a > 0).astype(np.float64), np.zeros_like),
    "tanh": Activation(np.tanh, lambda a: 1 - a * a, lambda a: -2 * a * (1 - a * a)),
    "sigmoid": Activation(_sigmoid, lambda a: a * (1 - a), lambda a: a * (1 - a) * (1 - 2 * a)),
}
"""Of the hidden layers.  ReLU's slope at 0 is taken to be 0, as in PyTorch."""


@dataclass(frozen=True)
class Loss:
    """Of the last layer's output z (*, examples, outputs) against targets y: the value of each example and its gradient
    ∂/∂z; and, from y and that gradient, the product of its Hessian with a direction in z."""

    value: Callable[[Array, Array], tuple[Array, Array]]
    product: Callable[[Array, Array, Array], Array]


def _cross_entropy(z: Array, y: Array) -> tuple[Array, Array]:
    """-Σ y ln p with p = softmax(z), where Σ y = 1; the largest z is subtracted first, so that nothing overflows."""
    z = z - np.maximum.reduce(z, axis=-1, keepdims=True)
    p = np.exp(z)
    total = np.add.reduce(p, axis=-1, keepdims=True)
    p /= total
    return np.log(total[..., 0]) - np.add.reduce(y * z, axis=-1), p - y


def _softmax_product(y: Array, delta: Array, rz: Array) -> Array:
    """(diag p - p pᵀ) rz, with p = delta + y."""
    p = delta + y
    return p * (rz - (p * rz).sum(axis=-1, keepdims=True))


def _squared_error(z: Array, y: Array) -> tuple[Array, Array]:
    """Half the squared error, summed over the outputs."""
    delta = z - y
    return 0.5 * np.add.reduce(delta * delta, axis=-1), delta


LOSSES: Mapping[str, Loss] = {
    "cross-entropy": Loss(_cross_entropy, _softmax_product),
    "squared error": Loss(_squared_error, lambda y, delta, rz: rz),
}
"""The loss of a batch is the mean over its examples."""


def _xavier(random: np.random.Generator, outputs: int, inputs: int) -> tuple[Array, Any]:
    limit = math.sqrt(6 / (inputs + outputs))
    return random.uniform(-limit, limit, (outputs, inputs)), 0.0


def _pytorch(random: np.random.Generator, outputs: int, inputs: int) -> tuple[Array, Any]:
    limit = 1 / math.sqrt(inputs)
    return random.uniform(-limit, limit, (outputs, inputs)), random.uniform(-limit, limit, outputs)


Initialisation = Callable[[np.random.Generator, int, int], tuple[Array, Any]]
INITIALISATIONS: Mapping[str, Initialisation] = {
    "zeros": lambda random, outputs, inputs: (np.zeros((outputs, inputs)), 0.0),
    "small normal": lambda random, outputs, inputs: (random.normal(0, 0.01, (outputs, inputs)), 0.0),
    "Xavier": _xavier,
    "He": lambda random, outputs, inputs: (random.normal(0, math.sqrt(2 / inputs), (outputs, inputs)), 0.0),
    "PyTorch's": _pytorch,
}
"""Of a layer's matrix and biases; biases start at 0 but in the last.

"small normal": N(0, 0.01²), as in Krizhevsky, Sutskever & Hinton 2012, section 5.
"Xavier": U(-r, r) with r = √(6 / (inputs + outputs)), Glorot & Bengio 2010, equation 16.
"He": N(0, 2 / inputs), He et al. 2015, equation 10.
"PyTorch's": what its Linear starts from, U(-r, r) with r = 1 / √inputs, for matrix and biases.
"""

Layer = tuple[Array, Array]


@dataclass(frozen=True)
class Network:
    """A multilayer perceptron: a ← φ(W a + b) layer by layer, without φ after the last.

    ``sizes`` are those of the layers, the inputs first and the outputs last.  With two sizes there is no hidden layer:
    ``Network((1, 1), loss="squared error")`` is linear regression, its parameters slope and intercept.

    Raises:
        TypeError, ValueError: fewer than two sizes, one that is not a whole number from 1, or no such activation or
            loss.

    >>> Network((64, 32, 10)).parameters
    2410
    """

    sizes: tuple[int, ...]
    activation: str = "ReLU"
    loss: str = "cross-entropy"

    def __post_init__(self) -> None:
        sizes = np.asarray(_SIZE.check("sizes", self.sizes))
        if sizes.ndim != 1 or len(sizes) < 2:
            raise ValueError(f"sizes = {self.sizes}: there must be at least two, inputs and outputs.")
        object.__setattr__(self, "sizes", tuple(map(int, sizes)))
        _member("activation", self.activation, ACTIVATIONS)
        _member("loss", self.loss, LOSSES)

    def __str__(self) -> str:
        return "–".join(map(str, self.sizes))

    @cached_property
    def parameters(self) -> int:
        """How many weights and biases there are."""
        return sum(outputs * (inputs + 1) for inputs, outputs in pairwise(self.sizes))

    def initial(self, initialisation: str = "Xavier", seed: ArrayLike = 0) -> Array:
        """Weights to start from, (parameters, *runs): for each seed those it gives alone.  See ``INITIALISATIONS``.

        >>> network = Network((64, 32, 10))
        >>> network.initial("He", seed=0).shape, network.initial("He", seed=[0, 1, 2]).shape
        ((2410,), (2410, 3))
        """
        draw = _member("initialisation", initialisation, INITIALISATIONS)
        seeds = np.asarray(_SEED.check("seed", seed)).astype(np.int64)
        flat = np.zeros((seeds.size, self.parameters))
        for w, one in zip(flat, seeds.flat, strict=True):
            random = np.random.default_rng(int(one))
            for matrix, bias in self._split(w):
                matrix[...], bias[...] = draw(random, *matrix.shape)
        return flat.T.reshape(self.parameters, *seeds.shape)

    def layers(self, w: Array) -> list[Layer]:
        """The matrix (outputs, inputs, *runs) and biases (outputs, *runs) of each layer: views of w, or of whatever
        else there is one of for each parameter (a gradient, v̂).

        Args:
            w: (parameters, *runs).

        >>> network = Network((64, 32, 10))
        >>> [(matrix.shape, biases.shape) for matrix, biases in network.layers(network.initial())]
        [((32, 64), (32,)), ((10, 32), (10,))]
        """
        self._check(w)
        return [
            (w[begin:middle].reshape(*shape, *w.shape[1:]), w[middle:end]) for shape, begin, middle, end in self._places
        ]

    @np.errstate(over="ignore", invalid="ignore")
    def outputs(self, w: Array, inputs: Array) -> Array:
        """What the last layer gives, (*runs, examples, outputs): before the softmax, where the loss has one.

        Args:
            w: (parameters, *runs).
            inputs: (examples, inputs).

        >>> line = Network((1, 1), loss="squared error")  # slope 2, intercept 1
        >>> line.outputs(np.array([2.0, 1.0]), np.array([[0.0], [3.0]])).tolist()
        [[1.0], [7.0]]
        """
        _ends("inputs", inputs, self.sizes[0])
        return self._activations(self._split(self._flat(w)), inputs)[-1].reshape(*w.shape[1:], -1, self.sizes[-1])

    def accuracy(self, w: Array, examples: Examples) -> Array:
        """The share of the examples whose class has the largest output: (*runs,).

        >>> from optim import datasets
        >>> network, (train, _) = Network((64, 10)), datasets.digits()
        >>> round(float(network.accuracy(network.initial("zeros"), train)), 3)  # all are read as 0
        0.104
        """
        self.check(examples)
        if examples.classes is None:
            raise ValueError(f"The examples of {examples.label} have no classes, of which a share could be right.")
        return (self.outputs(w, examples.inputs).argmax(axis=-1) == examples.classes).mean(axis=-1)

    def check(self, examples: Examples) -> None:
        """Check that the network takes the examples' inputs and has their outputs.

        Raises:
            TypeError, ValueError: it does not, or cross-entropy is the loss and a target is no distribution over the
                outputs.

        >>> from optim import datasets
        >>> Network((1, 1)).check(datasets.old_faithful())
        Traceback (most recent call last):
        ValueError: Cross-entropy is of probabilities: each target of Old Faithful must be at least 0, their sum 1.
        """
        expect("examples", examples, Examples, "datasets.digits()[0]")
        inputs, outputs = examples.inputs.shape[1], examples.targets.shape[1]
        if (self.sizes[0], self.sizes[-1]) != (inputs, outputs):
            raise ValueError(
                f"The network {self} has {self.sizes[0]} inputs and {self.sizes[-1]} outputs; "
                f"the examples of {examples.label} have {inputs} and {outputs}."
            )
        if self.loss == "cross-entropy" and not examples.distributions:
            raise ValueError(
                f"Cross-entropy is of probabilities: each target of {examples.label} must be at least 0, their sum 1."
            )

    @np.errstate(over="ignore", invalid="ignore")
    def mean_loss(self, w: Array, examples: Examples) -> Array:
        """The mean loss over the examples, (*runs,): that of ``loss_and_gradient`` without its gradient.

        >>> from optim import datasets
        >>> network, (train, _) = Network((64, 10)), datasets.digits()
        >>> round(float(network.mean_loss(network.initial("zeros"), train)), 6)  # ln 10: every digit as likely
        2.302585
        """
        self.check(examples)
        return LOSSES[self.loss].value(self.outputs(w, examples.inputs), examples.targets)[0].mean(axis=-1)

    def loss_and_gradient(self, w: Array, inputs: Array, targets: Array) -> tuple[Array, Array]:
        """The mean loss and its gradient, by backpropagation.

        Args:
            w: (parameters, *runs).
            inputs: (examples, inputs), or (runs, examples, inputs) with the runs in one axis; ``targets`` likewise.

        Returns:
            (*runs,) and (parameters, *runs).

        Raises:
            TypeError, ValueError: an argument is not as above, or the targets are not as many as the inputs.

        >>> line = Network((1, 1), loss="squared error")
        >>> f, g = line.loss_and_gradient(np.array([2.0, 1.0]), np.array([[3.0]]), np.array([[5.0]]))
        >>> float(f), g.tolist()
        (2.0, [6.0, 2.0])
        """
        self._check_batch(inputs, targets)
        flat = self._flat(w)
        layers, gradient = self._split(flat), np.empty_like(flat)
        activations = self._activations(layers, inputs)
        losses, delta = LOSSES[self.loss].value(activations.pop(), targets)
        f = np.add.reduce(losses, axis=-1) / inputs.shape[-2]  # ``mean`` takes twice the time on a small batch
        delta /= inputs.shape[-2]
        slope = ACTIVATIONS[self.activation].slope
        ones = _ones(inputs.shape[-2])
        for (matrix, _), a, (d_matrix, d_bias) in _backward(layers, activations, self._split(gradient)):
            np.matmul(delta.swapaxes(-1, -2), a, out=d_matrix)
            np.matmul(ones, delta, out=d_bias)
            if a is not inputs:
                delta = delta @ matrix
                delta *= slope(a)
        return f.reshape(w.shape[1:]), gradient.T.reshape(w.shape)

    def hessian_product(self, w: Array, v: Array, inputs: Array, targets: Array) -> Array:
        """The Hessian of the mean loss at w times v: exact, at about twice the cost of a gradient.

        Every quantity of backpropagation is differentiated along v (R below): Pearlmutter 1994, Fast Exact
        Multiplication by the Hessian.  Arguments and result are those of ``loss_and_gradient``; v is as w.

        >>> line = Network((1, 1), loss="squared error")
        >>> w, v = np.array([2.0, 1.0]), np.array([1.0, 0.0])
        >>> line.hessian_product(w, v, np.array([[3.0]]), np.array([[5.0]])).tolist()  # (x², x; x, 1) v
        [9.0, 3.0]
        """
        self._check_batch(inputs, targets)
        flat = self._flat(w)
        layers, along, product = self._split(flat), self._split(self._flat(v, "v")), np.empty_like(flat)
        activations = self._activations(layers, inputs)
        phi, loss = ACTIVATIONS[self.activation], LOSSES[self.loss]
        r_sums: list[Array] = []  # R z of each layer
        for i, ((matrix, _), (v_matrix, v_bias)) in enumerate(zip(layers, along, strict=True)):
            a = activations[i]
            rz = a @ v_matrix.swapaxes(-1, -2) + v_bias[..., None, :]
            if i:
                rz += (phi.slope(a) * r_sums[-1]) @ matrix.swapaxes(-1, -2)
            r_sums.append(rz)
        delta = loss.value(activations.pop(), targets)[1]
        r_delta = loss.product(targets, delta, r_sums.pop()) / inputs.shape[-2]
        delta /= inputs.shape[-2]
        steps = _backward(layers, along, activations, [None, *r_sums], self._split(product))
        for (matrix, _), (v_matrix, _), a, rz, (d_matrix, d_bias) in steps:
            np.matmul(r_delta.swapaxes(-1, -2), a, out=d_matrix)
            d_bias[...] = r_delta.sum(axis=-2)
            if a is not inputs:
                slope, back = phi.slope(a), delta @ matrix
                d_matrix += delta.swapaxes(-1, -2) @ (slope * rz)
                r_delta = (r_delta @ matrix + delta @ v_matrix) * slope + back * phi.bend(a) * rz
                delta = back * slope
        return product.T.reshape(w.shape)

    def _activations(self, layers: list[Layer], inputs: Array) -> list[Array]:
        """The inputs, what each hidden layer gives, and the last layer's output."""
        value = ACTIVATIONS[self.activation].value
        found = [inputs]
        for matrix, bias in layers:
            z = found[-1] @ matrix.swapaxes(-1, -2)
            z += bias[..., None, :]
            found.append(value(z) if len(found) < len(layers) else z)
        return found

    def _flat(self, w: Array, name: str = "w") -> Array:
        """(runs, parameters): each run's weights lie together, as the matrix products need them."""
        if type(w) is not np.ndarray or w.dtype.char != "d" or w.shape[:1] != (self.parameters,):
            self._check(w, name)
        return np.ascontiguousarray(w.reshape(len(w), -1).T)

    def _check_batch(self, inputs: Array, targets: Array) -> None:
        _ends("inputs", inputs, self.sizes[0])
        _ends("targets", targets, inputs.shape[-2], self.sizes[-1])

    def _check(self, w: Array, name: str = "w") -> None:
        if not isinstance(w, np.ndarray) or w.dtype.kind not in "iuf":  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"{name} = {short(w)}: it must be an array of numbers, (parameters, *runs).")
        if w.shape[:1] != (self.parameters,):
            raise ValueError(f"{name}: its shape is {w.shape}; the network {self} has {self.parameters} parameters.")

    def _split(self, flat: Array) -> list[Layer]:
        """Views of (*runs, parameters): matrices (*runs, outputs, inputs) and biases (*runs, outputs)."""
        runs = flat.shape[:-1]
        return [
            (flat[..., begin:middle].reshape(*runs, *shape), flat[..., middle:end])
            for shape, begin, middle, end in self._places
        ]

    @cached_property
    def _places(self) -> list[tuple[tuple[int, int], int, int, int]]:
        """Of each layer: its matrix's shape, and where its matrix begins and ends and its biases end."""
        found: list[tuple[tuple[int, int], int, int, int]] = []
        begin = 0
        for inputs, outputs in pairwise(self.sizes):
            middle, end = begin + outputs * inputs, begin + outputs * (inputs + 1)
            found.append(((outputs, inputs), begin, middle, end))
            begin = end
        return found


@lru_cache(maxsize=64)
def _ones(count: int) -> Array:
    return np.ones(count)


def _backward(*layers: list[Any]) -> Iterator[tuple[Any, ...]]:
    """What there is of each layer, the last layer first."""
    return reversed(list(zip(*layers, strict=True)))


Kind = TypeVar("Kind")


def _ends(name: str, array: Array, *shape: int) -> None:
    if not isinstance(array, np.ndarray):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{name} = {short(array)}: it must be an array of numbers, (examples, {name}).")
    if array.shape[-len(shape) :] != shape or array.ndim < 2:
        raise ValueError(f"{name}: the shape is {array.shape}; it must end with {shape}.")


def _member(what: str, name: str, known: Mapping[str, Kind]) -> Kind:
    if isinstance(name, str) and name in known:  # pyright: ignore[reportUnnecessaryIsInstance]
        return known[name]
    raise ValueError(f"{what} = {short(name)}: it must be one of {', '.join(known)}.")


@dataclass(frozen=True, eq=False)
class Batches(ByValue):
    """Which examples each step sees: ``at(t)`` for any t, so that a run may go on from anywhere.

    An epoch is ``per_epoch`` steps and sees each example once, in an order of its own; the last mini-batch is smaller
    where ``size`` does not divide ``examples`` (PyTorch's ``drop_last=False``).  Without ``shuffle`` every epoch takes
    them as they stand, as does a batch of all of them.

    Args:
        seed: of the orders; an array gives each run orders of its own.

    Raises:
        TypeError, ValueError: an argument is not as above, or ``size`` exceeds ``examples``.

    >>> batches = Batches(examples=5, size=2, seed=0)
    >>> [batches.at(t).tolist() for t in (1, 2, 3, 4)]
    [[2, 4], [3, 0], [1], [1, 4]]
    """

    examples: int
    size: int
    seed: int | NDArray[np.int64] = 0
    shuffle: bool = True

    def __post_init__(self) -> None:
        examples, seed = _SIZE.check_one("examples", self.examples), _SEED.check("seed", self.seed)
        checked = {
            "examples": examples,
            "size": Domain(low=1, high=examples, whole=True).check_one("size", self.size),
            "seed": fixed(seed.astype(np.int64)) if isinstance(seed, np.ndarray) else seed,
            "shuffle": YES_NO.check("shuffle", self.shuffle),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    @property
    def per_epoch(self) -> int:
        """Steps per epoch."""
        return -(-self.examples // self.size)

    def epoch(self, t: int) -> int:
        """In which epoch step t = 1, 2, ... is, from 0.

        >>> batches = Batches(examples=5, size=2)
        >>> [batches.epoch(t) for t in (1, 2, 3, 4)]
        [0, 0, 0, 1]
        """
        if type(t) is not int or t < 1:
            t = FIRST.check_one("t", t)
        return (t - 1) // self.per_epoch

    @property
    def plain(self) -> bool:
        """Whether every epoch takes the examples as they stand."""
        return not self.shuffle or self.size == self.examples

    def at(self, t: int) -> NDArray[np.intp]:
        """The examples of step t: (size,), or with an array of seeds (*seed.shape, size).

        >>> Batches(examples=5, size=2, shuffle=False).at(3).tolist()
        [4]
        >>> Batches(examples=5, size=2, seed=[0, 1, 2]).at(1).shape
        (3, 2)
        """
        epoch = self.epoch(t)
        begin = (int(t) - 1) % self.per_epoch * self.size
        return self.order(epoch)[..., begin : begin + self.size]

    def order(self, epoch: int) -> NDArray[np.intp]:
        """All examples as an epoch sees them: (examples,), or with an array of seeds (*seed.shape, examples).

        >>> batches = Batches(examples=5, size=2, seed=0)
        >>> sorted(batches.order(0).tolist()), batches.order(0).tolist() == batches.order(1).tolist()
        ([0, 1, 2, 3, 4], False)
        """
        if type(epoch) is not int or epoch < 0:
            epoch = _SEED.check_one("epoch", epoch)
        if self.plain:
            return np.arange(self.examples)
        # Those of many runs take as many times the memory: fewer are kept.
        return (_orders if self.shape else _order)(self.examples, self.shape, self._seeds, epoch)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The runs that the seeds span."""
        return np.shape(self.seed)

    def block(self, place: Place) -> Self:
        """Those of some of the runs."""
        return replace(self, seed=cut(self.seed, place)) if isinstance(self.seed, np.ndarray) else self

    @cached_property
    def _seeds(self) -> tuple[int, ...]:
        return tuple(np.ravel(self.seed).tolist())


def _draw(examples: int, shape: tuple[int, ...], seeds: tuple[int, ...], epoch: int) -> NDArray[np.intp]:
    """The order of the examples in an epoch, for each of the seeds: (*shape, examples)."""
    orders = [np.random.default_rng([seed, epoch]).permutation(examples) for seed in seeds]
    return fixed(np.reshape(orders, (*shape, examples)))  # all who train with this seed share it


_order = lru_cache(maxsize=256)(_draw)
_orders = lru_cache(maxsize=16)(_draw)


@dataclass(frozen=True)
class Task:
    """A network on data.  It takes a surface's place: ``at(w, t)`` is the loss of step t's mini-batch at the weights w.

    Without ``batches`` every step sees all examples, and the task is a surface that stays as it is.

    Raises:
        TypeError, ValueError: the examples do not fit the network, or the batches the examples.

    >>> from optim import datasets, optimizers, sweep
    >>> train, test = datasets.digits()
    >>> task = Task(Network((64, 32, 10)), train, Batches(len(train), size=64, seed=0))
    >>> run = sweep(optimizers.adam(lr=0.01), task, steps=200)
    >>> float(task.network.accuracy(run["x"], test)) > 0.95
    True
    """

    network: Network
    examples: Examples
    batches: Batches | None = None

    def __post_init__(self) -> None:
        expect("network", self.network, Network, "Network((64, 32, 10))")
        expect("examples", self.examples, Examples, "datasets.digits()[0]")
        if self.batches is not None:
            expect("batches", self.batches, Batches, "Batches(1438, size=64)")
        self.network.check(self.examples)
        if self.batches is not None and self.batches.examples != len(self.examples):
            raise ValueError(f"The batches are of {self.batches.examples} examples; there are {len(self.examples)}.")

    @property
    def label(self) -> str:
        return f"{self.network} on {self.examples.label}"

    @property
    def dimensions(self) -> int:
        return self.network.parameters

    @property
    def shape(self) -> tuple[int, ...]:
        """The runs that the batches' seeds span."""
        return self.batches.shape if self.batches else ()

    @property
    def start(self) -> Array:
        """Where runs begin unless they are given their own weights: Xavier's, of seed 0."""
        return self.network.initial()

    @property
    def full(self) -> Self:
        """The same without batches: the loss over all examples."""
        return replace(self, batches=None)

    def at(self, w: Array, t: int = 1) -> tuple[Array, Array]:
        """Loss (*runs,) and gradient (parameters, *runs) on the examples of step t, at w of (parameters, *runs).

        >>> from optim import datasets
        >>> train, _ = datasets.digits()
        >>> task = Task(Network((64, 10)), train, Batches(len(train), size=64))
        >>> f, g = task.at(task.network.initial("zeros"), t=1)
        >>> round(float(f), 6), g.shape
        (2.302585, (650,))
        """
        return self.network.loss_and_gradient(w, *self._seen(w, t))

    def hessian_product(self, w: Array, v: Array, t: int = 1) -> Array:
        """The Hessian of the loss on the examples of step t, at w, times v.

        >>> from optim import datasets
        >>> line = Task(Network((1, 1), loss="squared error"), datasets.old_faithful().standardised())
        >>> line.hessian_product(line.start, np.array([3.0, 2.0])).round(9).tolist()  # of the Hessian (1, 0; 0, 1)
        [3.0, 2.0]
        """
        return self.network.hessian_product(w, v, *self._seen(w, t))

    def along(self, steps: int) -> None:
        """None: NumPy's products of matrices have no loop over floats."""

    def block(self, place: Place) -> Self:
        """The task of some of the runs."""
        return self if self.batches is None else replace(self, batches=self.batches.block(place))

    def _seen(self, w: Array, t: int) -> tuple[Array, Array]:
        inputs, targets = self.examples.inputs, self.examples.targets
        if self.batches is None or self.batches.size == len(inputs):
            return inputs, targets
        index = self.batches.at(t)
        if index.ndim > 1:
            runs = np.shape(w)[1:]
            index = np.broadcast_to(index, (*runs, index.shape[-1])).reshape(-1, index.shape[-1])
        return inputs.take(index, axis=0), targets.take(index, axis=0)
