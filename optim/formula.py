"""A formula is one function; its keyword-only arguments are its hyperparameters.

Everything else about a formula is read off its signature: which values it takes, where each may lie,
how a slider should move it, and the sentence that says what is wrong with a bad one.
"""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib import import_module
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Number = float | Array
"""One value, or one per run: an array that broadcasts against ``runs``."""

Value = float | int | bool | Array
Scale = Literal["linear", "log", "decay", "whole", "switch"]


@dataclass(frozen=True)
class Hyperparameter:
    """What one argument of a formula means, where it may lie, and how a slider moves it.

    ``low`` to ``high`` is the domain, both ends included unless ``open_low`` or ``open_high`` says otherwise;
    ``slider`` is the part of it worth exploring.  ``scale`` is how equal steps feel: ``"log"`` in
    log(value), ``"decay"`` in log(1 - value), so that 0.9, 0.99 and 0.999 are equally far apart.
    """

    symbol: str
    """LaTeX."""
    meaning: str
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    scale: Scale = "linear"
    slider: tuple[float, float] = (0.0, 1.0)

    @property
    def allowed(self) -> str:
        """The domain as the end of the sentence "it must be ..."."""
        if self.scale == "switch":
            return "True or False"
        noun = "a whole number" if self.scale == "whole" else "a finite number"
        bounds: list[str] = []
        if self.low > -math.inf:
            bounds.append(f"{'above' if self.open_low else 'at least'} {self.low:g}")
        if self.high < math.inf:
            bounds.append(f"{'below' if self.open_high else 'at most'} {self.high:g}")
        return " ".join([noun, " and ".join(bounds)]).strip()

    def check(self, name: str, value: object) -> Value:
        """Return ``value`` as a bool, int, float or read-only float64 array.

        Raises:
            TypeError: it is of no fitting type.
            ValueError: it lies outside the domain, or is not finite.
        """
        if self.scale == "switch":
            if type(value) in (bool, np.bool_):
                return bool(value)
            raise TypeError(f"{name} = {value!r}: it must be {self.allowed}.")
        if value is None or type(value) in (bool, np.bool_, str, bytes):
            raise TypeError(f"{name} = {value!r}: it must be {self.allowed}.")
        try:
            array = np.array(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise TypeError(f"{name} = {_short(value)}: it must be {self.allowed}.") from None
        bad = array[~self._holds(array)]
        if bad.size:
            raise ValueError(f"{name} = {bad[0]:g}: it must be {self.allowed}.")
        if array.ndim:
            array.flags.writeable = False
            return array
        return int(array) if self.scale == "whole" else float(array)

    def _holds(self, value: Array) -> NDArray[np.bool_]:
        holds = np.isfinite(value)
        holds &= (value > self.low) if self.open_low else (value >= self.low)
        holds &= (value < self.high) if self.open_high else (value <= self.high)
        if self.scale == "whole":
            holds &= np.where(np.isfinite(value), value, 0.5) % 1 == 0
        return holds


def switch(meaning: str) -> Hyperparameter:
    """A yes-or-no hyperparameter, for use in ``Annotated[bool, switch("...")]``."""
    return Hyperparameter("", meaning, scale="switch")


@dataclass(frozen=True, eq=False)
class Formula:
    """A function and values for its hyperparameters; call it with other values to get a validated copy.

    Formulas are values: equal, and of equal hash, when the function and all values are.
    """

    function: Callable[..., Any]
    label: str
    latex: str
    source: str
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType[str, Any]({}))

    def __post_init__(self) -> None:
        values = {**self.defaults, **self.values}
        object.__setattr__(self, "values", MappingProxyType(values))

    def __call__(self, **values: object) -> Self:
        """A copy with these hyperparameters changed.

        Raises:
            TypeError: a name the formula does not have, or a value of no fitting type.
            ValueError: a value outside its hyperparameter's domain.
        """
        checked: dict[str, Value] = {}
        for name, value in values.items():
            if name not in self.hyperparameters:
                known = ", ".join(self.hyperparameters) or "none"
                raise TypeError(f"{self.label} has no hyperparameter {name!r}; it has: {known}.")
            checked[name] = self.hyperparameters[name].check(f"{self.label}: {name}", value)
        return replace(self, values={**self.values, **checked})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Formula) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[Any, ...]:
        values = (v if np.ndim(v) == 0 else (v.shape, v.tobytes()) for v in self.values.values())
        return (self.function, *values)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, str, dict[str, Any]]]:
        return _restore, (self.function.__module__, self.function.__name__, dict(self.values))

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={_short(value)}" for name, value in self.values.items())
        return f"{self.function.__name__}({inside})"

    @property
    def hyperparameters(self) -> Mapping[str, Hyperparameter]:
        """Name -> what it means, in the order of the signature."""
        return _hyperparameters(self.function)

    @property
    def defaults(self) -> Mapping[str, Any]:
        """Name -> the value in the signature."""
        return _defaults(self.function)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The runs that the hyperparameters span, by broadcasting: ``()`` if all are single values."""
        return np.broadcast_shapes(*(np.shape(value) for value in self.values.values()))

    @property
    def doc(self) -> str:
        """The function's docstring, dedented."""
        return inspect.getdoc(self.function) or ""


@cache
def _defaults(function: Callable[..., Any]) -> Mapping[str, Any]:
    parameters = inspect.signature(function).parameters.values()
    return MappingProxyType({p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY})


@cache
def _hyperparameters(function: Callable[..., Any]) -> Mapping[str, Hyperparameter]:
    hints = get_type_hints(function, include_extras=True)
    found: dict[str, Hyperparameter] = {}
    for name in _defaults(function):
        if get_origin(hints[name]) is not Annotated:
            raise TypeError(f"{function.__name__}: {name} needs an Annotated[...] with a Hyperparameter.")
        found[name] = next(a for a in get_args(hints[name]) if isinstance(a, Hyperparameter))
    return MappingProxyType(found)


def _restore(module: str, name: str, values: dict[str, Any]) -> Formula:
    """Unpickle: the decorator has put the formula where its function's name leads."""
    return getattr(import_module(module), name)(**values)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
