"""Real data, small enough to ship: inputs and targets as arrays.  Where each is from: ``optim/data/README.md``."""

import gzip
import hashlib
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .formula import FINITE, FIRST, Array, ByValue, Domain, fixed

FOLDER = Path(__file__).with_name("data")
_SHA256 = {
    "digits.csv.gz": "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22",
    "faithful.csv": "d40b983752ab7ec0b15b740089c3ca7b7b59d0c7433a029a1714d134de1e8d14",
}

TEST_SHARE = 5
"""One digit in so many is kept for the test."""
SPLIT_SEED = 0


class DataError(Exception):
    """A data file is missing or is not the one that was shipped; the message is a sentence that says which."""


@dataclass(frozen=True, eq=False)
class Examples(ByValue):
    """Inputs (examples, inputs) and targets (examples, outputs), in float64.

    The target of a class is one-hot: 1 at the class, 0 elsewhere.

    Raises:
        TypeError, ValueError: they are not such arrays of finite numbers, or of different length.
    """

    label: str
    inputs: Array
    targets: Array
    classes: NDArray[np.intp] | None = field(init=False)
    """(examples,): where each target is largest; None where there is but one output."""

    def __post_init__(self) -> None:
        for name in ("inputs", "targets"):
            array = np.asarray(FINITE.check(f"{self.label}: {name}", getattr(self, name)))
            if array.ndim != 2 or not array.size:
                raise ValueError(f"{self.label}: {name}: the shape is {array.shape}; it must be (examples, {name}).")
            object.__setattr__(self, name, array)
        if len(self.inputs) != len(self.targets):
            raise ValueError(f"{self.label}: {len(self.inputs)} inputs, but {len(self.targets)} targets.")
        classes = fixed(self.targets.argmax(axis=1)) if self.targets.shape[1] > 1 else None
        object.__setattr__(self, "classes", classes)

    @cached_property
    def distributions(self) -> bool:
        """Whether each target is a distribution over the outputs, as a one-hot one is."""
        return bool((self.targets >= 0).all() and np.allclose(self.targets.sum(axis=1), 1))

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, index: NDArray[Any] | slice) -> Self:
        """The examples at ``index``, in its order.

        Raises:
            IndexError, ValueError: there is none at one of these places, or no place at all.

        >>> digits()[0].take(slice(3)).classes.tolist()
        [0, 4, 9]
        """
        return replace(self, inputs=self.inputs[index], targets=self.targets[index])

    def sorted(self) -> Self:
        """In order of their class, or of their first target where there are no classes; ties stay in order.

        >>> digits()[0].sorted().classes[[0, -1]].tolist()
        [0, 9]
        """
        key = self.targets[:, 0] if self.classes is None else self.classes
        return self.take(np.argsort(key, kind="stable"))

    def standardised(self) -> Self:
        """Inputs less their mean, over their standard deviation; one that does not vary becomes 0.

        >>> inputs = old_faithful().standardised().inputs
        >>> round(abs(float(inputs.mean())), 9), round(float(inputs.std()), 9)
        (0.0, 1.0)
        """
        spread = self.inputs.std(axis=0)
        # The mean of equal numbers may be another one, by rounding: their range decides.
        spread[(np.ptp(self.inputs, axis=0) == 0) | (spread == 0)] = np.inf
        return replace(self, inputs=(self.inputs - self.inputs.mean(axis=0)) / spread)


def one_hot(classes: ArrayLike, count: int) -> Array:
    """(examples, count): row i is 1 at classes[i] and 0 elsewhere.

    Raises:
        TypeError, ValueError: a class is no whole number from 0 to ``count`` - 1.

    >>> one_hot([1, 0], 3).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    count = FIRST.check_one("count", count)
    places = Domain(low=0, high=count - 1, whole=True).check("classes", classes)
    return np.eye(count)[np.asarray(places, dtype=np.intp)]


@cache
def digits() -> tuple[Examples, Examples]:
    """Handwritten digits, 1,438 to train and 359 to test: 8 × 8 pixels, row by row, from 0 (paper) to 1 (ink).

    The file's 0 to 16 are divided by 16.  The examples are shuffled with a fixed seed, and the first fifth is the test.

    Raises:
        DataError: the file is missing or damaged.

    >>> train, test = digits()
    >>> train.inputs.shape, test.targets.shape
    ((1438, 64), (359, 10))
    """
    table = np.loadtxt(BytesIO(gzip.decompress(_read("digits.csv.gz"))), delimiter=",")
    order = np.random.default_rng(SPLIT_SEED).permutation(len(table))
    every = Examples("Digits", table[:, :64] / 16, one_hot(table[:, 64].astype(int), 10)).take(order)
    tested = len(every) // TEST_SHARE
    return every.take(slice(tested, None)), every.take(slice(tested))


@cache
def old_faithful() -> Examples:
    """272 eruptions of a geyser: how long each lasted, and how long it was until the next, both in minutes.

    Raises:
        DataError: the file is missing or damaged.

    >>> eruptions = old_faithful()
    >>> eruptions.inputs[0], eruptions.targets[0]
    (array([3.6]), array([79.]))
    """
    table = np.loadtxt(BytesIO(_read("faithful.csv")), delimiter=",", skiprows=1)
    return Examples("Old Faithful", table[:, :1], table[:, 1:])


def _read(name: str) -> bytes:
    path = FOLDER / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"The data file {name} cannot be read ({error.strerror}): it belongs in {FOLDER}.") from error
    if hashlib.sha256(content).hexdigest() != _SHA256[name]:
        raise DataError(f"The data file {name} is damaged or was changed: restore the one that was shipped.")
    return content
