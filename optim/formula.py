"""A formula is one function; its keyword-only arguments are its hyperparameters.

Everything else about a formula is read off its signature: which values it takes, where each may lie,
how a slider should move it, and the sentence that says what is wrong with a bad one.
"""

import inspect
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache, cached_property
from importlib import import_module
from numbers import Real
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self, TypeVar, cast, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Number = float | Array
"""One value, or one per run: an array that broadcasts against ``runs``."""

Value = float | int | bool | Array
Scale = Literal["linear", "log", "decay", "whole", "switch"]


def real_numbers(value: object) -> Array:
    """A float64 copy of numbers, lists of them or arrays; nan and inf are among the numbers.

    Raises:
        TypeError: something in it is no real number: text, bytes, bool, complex, a time, None, a masked array; or a
            list is ragged.
        OverflowError: a number exceeds float64.

    >>> real_numbers([1, 2.5])
    array([1. , 2.5])
    """
    try:
        if is_real(value):
            with np.errstate(over="raise"):
                return np.array(value, dtype=np.float64)
    except FloatingPointError:
        raise OverflowError("a number exceeds float64") from None
    except (ValueError, RecursionError):
        pass  # a ragged list, or one that is in itself
    raise TypeError("not all real numbers")


def is_real(value: object) -> bool:
    """Whether whatever lists and arrays hold, however deep, is a real number by its type."""
    if type(value) in (float, int):  # the usual case, at a sixth of the time
        return True
    if isinstance(value, bool | str | bytes | bytearray | memoryview):
        return False
    if hasattr(value, "__array__"):
        array: NDArray[Any] = np.asarray(value)
        masked = isinstance(value, np.ma.MaskedArray)
        return not masked and (array.dtype.kind in "iuf" or (array.dtype == object and all(map(is_real, array.flat))))
    if isinstance(value, Sequence):
        return all(map(is_real, cast("Sequence[object]", value)))
    return isinstance(value, Real)


@dataclass(frozen=True, kw_only=True)
class Domain:
    """The numbers from ``low`` to ``high``, both included unless ``open_low`` or ``open_high`` says otherwise.

    Raises:
        TypeError, ValueError: ``low`` or ``high`` is no number, or ``low`` is above ``high``.
    """

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    whole: bool = False

    def __post_init__(self) -> None:
        numbers = isinstance(self.low, Real) and isinstance(self.high, Real)  # pyright: ignore[reportUnnecessaryIsInstance]
        if not (numbers and self.low <= self.high):
            sentence = f"low = {short(self.low)}, high = {short(self.high)}: they must be numbers, low not above high."
            raise (ValueError if numbers else TypeError)(sentence)

    @property
    def allowed(self) -> str:
        """The domain as the end of the sentence "it must be ..."."""
        bounds: list[str] = []
        if self.low > -math.inf:
            bounds.append(f"{'above' if self.open_low else 'at least'} {self.low:.12g}")
        if self.high < math.inf:
            bounds.append(f"{'below' if self.open_high else 'at most'} {self.high:.12g}")
        return " ".join(["a whole number" if self.whole else "a finite number", " and ".join(bounds)]).strip()

    def check(self, name: str, value: object) -> Value:
        """Return ``value`` as an int, float or read-only float64 array.

        Raises:
            TypeError: it is not made of real numbers.
            ValueError: it lies outside the domain, or is not finite.

        >>> Domain(low=0).check("lr", 1)
        1.0
        >>> Domain(low=0).check("lr", [0.1, -1])
        Traceback (most recent call last):
        ValueError: lr = -1: it must be a finite number at least 0.
        """
        if type(value) is float and not self.whole and self.low < value < self.high:
            return value  # the usual case, at a twentieth of the time
        try:
            array = real_numbers(value)
        except OverflowError:
            raise ValueError(f"{name} = {short(value)}: it must be {self.allowed}, within float64.") from None
        except TypeError:
            raise TypeError(f"{name} = {short(value)}: it must be {self.allowed}.") from None
        inside = np.isfinite(array)
        inside &= (array > self.low) if self.open_low else (array >= self.low)
        inside &= (array < self.high) if self.open_high else (array <= self.high)
        if self.whole:
            inside &= np.floor(array) == array
        if not inside.all():
            raise ValueError(f"{name} = {array[~inside][0]:.12g}: it must be {self.allowed}.")
        if array.ndim:
            return fixed(array)
        return int(array) if self.whole else float(array)

    def check_one(self, name: str, value: object) -> Any:
        """As ``check``, for a single number.

        >>> Domain(low=1, whole=True).check_one("size", 64.0)
        64
        """
        checked = self.check(name, value)
        if np.ndim(checked):
            raise TypeError(f"{name} = {short(value)}: it must be one number, {self.allowed}.")
        return checked


FINITE = Domain()
FIRST = Domain(low=1, whole=True)
"""The steps t = 1, 2, ..."""


def fixed(array: NDArray[Any]) -> NDArray[Any]:
    """The array, to be read only from now on."""
    array.flags.writeable = False
    return array


@dataclass(frozen=True)
class Hyperparameter(Domain):
    """What one argument of a formula means, its domain, and how a slider moves it.

    ``slider`` is the part of the domain worth exploring.  ``scale`` is how equal steps feel: ``"log"`` in log(value),
    ``"decay"`` in log(1 - value), so that 0.9, 0.99 and 0.999 are equally far apart, ``"whole"`` by whole numbers.
    An argument annotated as bool is a ``"switch"``.

    Raises:
        TypeError, ValueError: the scale is none of these, or the slider is not two rising numbers of the domain.
    """

    symbol: str
    """LaTeX."""
    meaning: str
    scale: Scale = "linear"
    slider: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.scale not in get_args(Scale):
            raise ValueError(f"scale = {short(self.scale)}: it must be one of {', '.join(get_args(Scale))}.")
        object.__setattr__(self, "whole", self.whole or self.scale == "whole")
        if self.slider is not Hyperparameter.slider:
            ends = np.asarray(super().check("slider", self.slider))
            if ends.shape != (2,) or ends[0] >= ends[1] or (self.scale == "log" and ends[0] <= 0):
                raise ValueError(
                    f"slider = {short(self.slider)}: it must be two rising numbers, above 0 for the scale log."
                )

    @property
    def allowed(self) -> str:
        return "True or False" if self.scale == "switch" else super().allowed

    def check(self, name: str, value: object) -> Value:
        if self.scale != "switch":
            return super().check(name, value)
        if type(value) not in (bool, np.bool_):
            raise TypeError(f"{name} = {short(value)}: it must be {self.allowed}.")
        return bool(value)


def switch(meaning: str) -> Hyperparameter:
    """A yes-or-no hyperparameter, for use in ``Annotated[bool, switch("...")]``.

    >>> switch("count from 1").allowed
    'True or False'
    """
    return Hyperparameter("", meaning, scale="switch")


YES_NO = switch("yes or no")


class ByValue:
    """Base of dataclasses that are values: equal, and of equal hash, when all their fields are, arrays bit by bit."""

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, ByValue) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)

    @cached_property
    def _key(self) -> tuple[Any, ...]:
        return (type(self), *(_hashable(getattr(self, f.name)) for f in fields(cast("Any", self))))

    def __getstate__(self) -> dict[str, Any]:
        """What pickle takes: the fields, and nothing that is cached beside them."""
        return {f.name: getattr(self, f.name) for f in fields(cast("Any", self))}


def _hashable(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        array = cast("NDArray[Any]", value)
        return array.shape, array.dtype.str, array.tobytes()
    if isinstance(value, Mapping):
        return tuple((name, _hashable(item)) for name, item in cast("Mapping[Any, Any]", value).items())
    return value


@dataclass(frozen=True, eq=False, repr=False)
class Formula(ByValue):
    """A function and values for its hyperparameters; call it with other values to get a validated copy.

    Raises:
        TypeError, ValueError: the function is none, or a value is not one of its hyperparameters'.
    """

    function: Callable[..., Any]
    label: str
    latex: str
    source: str
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    shape: tuple[int, ...] = field(init=False)
    """The runs that the hyperparameters span, by broadcasting: ``()`` if all are single values."""

    def __post_init__(self) -> None:
        if not inspect.isfunction(self.function):
            raise TypeError(f"{self.label}: function = {short(self.function)}: it must be a plain function.")
        known, values = self.hyperparameters, {**self.defaults}
        expect(f"{self.label}: values", self.values, Mapping, "{'lr': 0.1}")
        for name, value in self.values.items():
            if name not in known:
                raise TypeError(f"{self.label} has no hyperparameter {name!r}; it has: {', '.join(known) or 'none'}.")
            values[name] = known[name].check(f"{self.label}: {name}", value)
        shapes = {name: np.shape(value) for name, value in values.items() if not isinstance(value, float | int)}
        object.__setattr__(self, "values", MappingProxyType(values))
        object.__setattr__(self, "shape", broadcast(f"{self.label}: these values", shapes) if shapes else ())
        # What help() and inspect.signature() show.
        object.__setattr__(self, "__doc__", _help(self.function))
        object.__setattr__(self, "__signature__", _signature(self.function))

    def __call__(self, *unnamed: object, **values: object) -> Self:
        """A copy with these hyperparameters changed.

        Raises:
            TypeError: a value without a name, a name the formula does not have, or a value of no fitting type.
            ValueError: a value outside its hyperparameter's domain, or arrays that do not broadcast.

        >>> from optim import optimizers
        >>> optimizers.adam(lr=0.3)(beta1=[0.5, 0.9])
        adam(lr=0.3, beta1=array([0.5, 0.9]))
        """
        if unnamed:
            example = f", such as {name}={short(unnamed[0])}" if (name := next(iter(self.values), "")) else ""
            raise TypeError(f"{self.label} takes its hyperparameters by name{example}.")
        return replace(self, values={**self.values, **values})

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        facts = {f.name: getattr(self, f.name) for f in fields(self) if f.init} | {"values": dict(self.values)}
        if self._original is not None:
            # A decorated function's name leads to its formula, so pickle would not find the function itself.
            del facts["function"]
            return _restore, (type(self), facts, self.function.__module__, self.function.__qualname__)
        return _restore, (type(self), facts)

    @property
    def _original(self) -> "Formula | None":
        """What the function's name leads to, if that is the formula that it was decorated to be."""
        found = getattr(sys.modules.get(self.function.__module__), self.function.__qualname__, None)
        return found if isinstance(found, Formula) and found.function is self.function else None

    def __repr__(self) -> str:
        """The call that makes it: what differs from the defaults, and from the facts it was declared with."""
        changed = (
            f"{name}={short(value)}"
            for name, value in self.values.items()
            if not np.array_equal(value, self.defaults[name])
        )
        call = f"{self.function.__name__}({', '.join(changed)})"
        other = self._original or self
        facts = {f.name: getattr(self, f.name) for f in fields(self) if f.init and f.name != "values"}
        replaced = [
            f"{name}={getattr(fact, '__qualname__', short(fact))}"
            for name, fact in facts.items()
            if fact != getattr(other, name)
        ]
        return f"replace({', '.join([call, *replaced])})" if replaced else call

    @property
    def hyperparameters(self) -> Mapping[str, Hyperparameter]:
        """Name -> what it means, in the order of the signature."""
        return _hyperparameters(self.function)

    @property
    def defaults(self) -> Mapping[str, Any]:
        """Name -> the value in the signature."""
        return _defaults(self.function)

    @property
    def doc(self) -> str:
        """The function's docstring, dedented."""
        return inspect.getdoc(self.function) or ""


F = TypeVar("F", bound=Formula)


def register(registry: dict[str, F], formula: F) -> F:
    """Enter ``formula`` under its label; ``registry.pop(label)`` takes it out again.

    Raises:
        ValueError: the label is taken, no text, or has a mark that separates formulas where they are written as text.
    """
    label = formula.label
    if not isinstance(label, str) or not label.strip() or set(label) & set(",;="):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"{label!r} is no label: it must be text without ',', ';' and '='.")
    if formula.label in registry:
        raise ValueError(f"{formula.label!r} is already the label of {registry[formula.label]!r}.")
    registry[formula.label] = formula
    return formula


Kind = TypeVar("Kind")


def expect(name: str, value: object, kind: type[Kind], example: str) -> Kind:
    """``value``, if it is of this kind.

    Raises:
        TypeError: it is something else; the message says what it must be.
    """
    if isinstance(value, kind):
        return value
    raise TypeError(f"{name} = {short(value)}: it must be one of kind {kind.__name__}, such as {example}.")


def expect_trace(trace: object, *names: str) -> None:
    """Check that it is a record of runs, with the named quantities as large as x.

    Raises:
        TypeError: it is something else, such as the result of a sweep.
    """
    known: Any = trace if hasattr(trace, "keys") else {}
    x, f, *others = (np.shape(known[name]) if name in known else () for name in ("x", "f", *names))
    if len(x) < 2 or f != x[:1] + x[2:] or any(other != x for other in others):
        raise TypeError(f"trace = {short(trace)}: it must be the record of a run, such as optim.trace returns.")


def tried(function: Callable[..., Any], form: str, check: Callable[[Any], None], *arguments: object) -> Any:
    """What the function gives for these arguments and its default values.

    Raises:
        TypeError: it takes others, or ``check`` raises an error of what it gives; the message says what form it must
            have.
    """
    try:
        with np.errstate(all="ignore"):
            given = function(*arguments, **_defaults(function))
        check(given)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{function.__name__} must be of the form {form}: {str(error).rstrip('.')}.") from error
    return given


def fit(shape: tuple[int, ...], values: Mapping[str, Any]) -> None:
    """Check that each of the named values is of numbers that broadcast to the shape.

    Raises:
        ValueError: one is not.
    """
    for name, value in values.items():
        try:
            numbers = np.broadcast_to(value, shape).dtype.kind in "biuf"
        except ValueError:
            numbers = False
        if not numbers:
            raise ValueError(f"{name} = {short(value)} is no array of numbers of shape {shape}.")


def broadcast(what: str, shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
    """The one shape to which the named shapes broadcast.

    Raises:
        ValueError: there is none; the message names the shapes.
    """
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        named = ", ".join(f"{name} {shape}" for name, shape in shapes.items() if shape)
        raise ValueError(f"{what} do not broadcast to one shape of runs: {named}.") from None


def short(value: object) -> str:
    """The value as it appears in a message: in one line, cut to 60 characters."""
    try:
        text = re.sub(r"\n\s*", " ", repr(value))
    except (ValueError, RecursionError):  # Python prints no whole number of more than 4,300 digits.
        text = f"a very long {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


@cache
def _defaults(function: Callable[..., Any]) -> Mapping[str, Any]:
    parameters = inspect.signature(function).parameters.values()
    hints = _hyperparameters(function)
    return MappingProxyType(
        {
            p.name: hints[p.name].check(f"{function.__name__}: {p.name}", p.default)
            for p in parameters
            if p.name in hints
        }
    )


@cache
def _hyperparameters(function: Callable[..., Any]) -> Mapping[str, Hyperparameter]:
    hints = get_type_hints(function, include_extras=True)
    found: dict[str, Hyperparameter] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            continue
        if parameter.kind is not parameter.KEYWORD_ONLY:
            raise TypeError(f"{function.__name__}: {parameter.name} must be an ordinary or a keyword-only argument.")
        hint = hints.get(parameter.name)
        declared = [a for a in get_args(hint) if isinstance(a, Hyperparameter)] if get_origin(hint) is Annotated else []
        if not declared:
            raise TypeError(f"{function.__name__}: {parameter.name} needs an Annotated[...] with a Hyperparameter.")
        if parameter.default is parameter.empty:
            raise TypeError(f"{function.__name__}: {parameter.name} needs a default value.")
        found[parameter.name] = replace(declared[0], scale="switch") if get_args(hint)[0] is bool else declared[0]
    return MappingProxyType(found)


@cache
def _signature(function: Callable[..., Any]) -> inspect.Signature:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Signature([inspect.Parameter(n, kind, default=v) for n, v in _defaults(function).items()])


@cache
def _help(function: Callable[..., Any]) -> str:
    lines = [f"{name}: {h.meaning}; {h.allowed}." for name, h in _hyperparameters(function).items()]
    head = f"{function.__name__}{_signature(function)}"
    return "\n\n".join(part for part in (head, inspect.getdoc(function), "\n".join(lines)) if part)


def _restore(kind: type[Formula], facts: dict[str, Any], module: str = "", name: str = "") -> Formula:
    function = {"function": getattr(import_module(module), name).function} if module else {}
    return kind(**function, **facts)
