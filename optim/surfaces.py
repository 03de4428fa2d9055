"""Loss surfaces over the plane: one function each, value and gradient together.

A surface is ``(p, **hyperparameters) -> (f, (df/dx, df/dy))`` with p of shape (2, *runs), coordinates first.
The functions are analytic: given complex p they return the complex values, which is how their Hessians are taken.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .formula import (
    FINITE,
    Array,
    Formula,
    Hyperparameter,
    Number,
    broadcast,
    fit,
    real_numbers,
    register,
    short,
    tried,
)

Range = tuple[float, float]
Point = tuple[float, float]
ValueAndGradient = tuple[Any, tuple[Any, Any]]


@dataclass(frozen=True, eq=False, repr=False)
class Surface(Formula):
    """A formula for a loss and its gradient, and what a map of it needs to know.

    Raises:
        TypeError, ValueError: the function is not as this module's docstring says, found by one trial point; or a fact
            is not of its type.
    """

    x_range: Range = (-1.0, 1.0)
    """The range of x worth looking at."""
    y_range: Range = (-1.0, 1.0)
    start: Point = (0.0, 0.0)
    minima: tuple[Point, ...] = ()
    """The global minima for hyperparameters above 0 (a quadratic with a = 0 has a line of them); none where the surface
    is unbounded below or approaches its infimum only in the limit."""
    saddles: tuple[Point, ...] = ()
    """Saddle points worth escaping from: those of a page's experiments."""
    axes: tuple[str, str] = ("x", "y")
    """What its coordinates are called."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _try(self.function)
        for name in ("x_range", "y_range", "start", "minima", "saddles"):
            value, many = getattr(self, name), name in ("minima", "saddles")
            array = np.asarray(FINITE.check(f"{self.label}: {name}", value))
            array = array.reshape(0, 2) if many and not array.size else array
            if array.ndim != 1 + many or array.shape[-1] != 2:
                form = "points (x, y)" if many else "two numbers"
                raise ValueError(f"{self.label}: {name} = {short(value)}: it must be {form}.")
            if name.endswith("range") and array[0] >= array[1]:
                raise ValueError(f"{self.label}: {name} = {short(value)}: its first number must be below its second.")
            object.__setattr__(self, name, tuple(map(tuple, array.tolist())) if many else tuple(array.tolist()))
        if not (isinstance(self.axes, tuple) and [type(name) for name in self.axes] == [str, str]):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"{self.label}: axes = {short(self.axes)}: it must be a tuple of two texts.")

    @property
    def diagonal(self) -> float:
        """The length of the map's diagonal, against which distances on it are judged."""
        return math.hypot(self.x_range[1] - self.x_range[0], self.y_range[1] - self.y_range[0])

    def contains(self, p: ArrayLike) -> NDArray[np.bool_]:
        """Whether points of shape (2, *runs) are on the map, its edges included: (*runs,).

        >>> quadratic.contains([[0.0, 11.0, 12.0], [0.0, 3.0, 0.0]]).tolist()
        [True, True, False]
        """
        x, y = points(p)
        (left, right), (bottom, top) = self.x_range, self.y_range
        return (x >= left) & (x <= right) & (y >= bottom) & (y <= top)

    @property
    def dimensions(self) -> int:
        """Two: a surface is over the plane."""
        return 2

    def at(self, p: ArrayLike, t: int = 1) -> tuple[Array, Array]:
        """Loss and gradient at p.

        Args:
            p: (2, *runs); nan and inf are allowed, and so are complex arrays.
            t: the step, which changes nothing: a surface stays as it is.

        Returns:
            f of shape (*runs,) and g of shape (2, *runs).

        Raises:
            TypeError, ValueError: p is not of such numbers, or does not broadcast with the hyperparameters.

        >>> f, g = quadratic(a=1, b=4).at([3, 1])
        >>> float(f), g.tolist()
        (6.5, [3.0, 4.0])
        """
        p = points(p, kept="dD")
        if self.shape:
            runs = broadcast("these shapes", {"p": p.shape[1:], self.label: self.shape})
            p = np.broadcast_to(p.reshape(2, *(1,) * (len(runs) - p.ndim + 1), *p.shape[1:]), (2, *runs))
        f, (gx, gy) = self.function(p, **self.values)
        f = np.asarray(f, dtype=p.dtype)
        if f.shape != p.shape[1:]:
            f = np.broadcast_to(f, p.shape[1:]).copy()
        g = np.empty_like(p)
        g[0] = gx
        g[1] = gy
        return f[()], g

    def along(self, steps: int) -> Self:
        """What a run sees at its first steps: a surface stays as it is."""
        return self

    def hessian(self, p: ArrayLike) -> Array:
        """Second derivatives at p of shape (2, *runs): (2, 2, *runs), by the complex step, exact to rounding.

        H_ij = Im g_i(p + i h e_j) / h (Squire & Trapp 1998, Using Complex Variables to Estimate Derivatives of Real
        Functions, applied to the gradient).

        Raises:
            TypeError, ValueError: p is not as above, or the gradient is not analytic, as where abs is in it.

        >>> quadratic(a=1, b=4).hessian([3, 1]).tolist()
        [[1.0, 0.0], [0.0, 4.0]]
        """
        _try_complex(self.function, self.x_range, self.y_range)
        return _second(self, points(p))


def points(p: Any, name: str = "p", kept: str = "d") -> Array:
    """p as float64 numbers of shape (2, *runs); arrays of the kinds that are kept are not copied.

    Raises:
        TypeError, ValueError: it is something else; the message has the name.

    >>> points([3, 4])
    array([3., 4.])
    """
    if type(p) is not np.ndarray or p.dtype.char not in kept:
        try:
            p = real_numbers(p)
        except (TypeError, OverflowError):
            raise TypeError(f"{name} = {short(p)}: it must be float64 numbers of shape (2, *runs).") from None
    if p.shape[:1] != (2,):
        raise ValueError(f"{name}: its shape is {p.shape}; it must be (2, *runs), coordinates first.")
    return p


@cache
def _try(function: Callable[..., ValueAndGradient]) -> None:
    def check(given: ValueAndGradient) -> None:
        f, (gx, gy) = given
        fit((3,), {"f": f, "df/dx": gx, "df/dy": gy})
        if np.shape(f) != (3,) and type(f) not in (float, int):
            raise ValueError(f"f = {short(f)} of 3 points must be of shape (3,)")

    points = np.array([[0.5, 1.0, 2.0], [1.0, 0.25, 3.0]])
    tried(function, "(p, **hyperparameters) -> (f, (df/dx, df/dy))", check, points)


def _second(surface: Surface, p: Array) -> Array:
    h = 1e-20
    columns: list[Array] = []
    for axis in (0, 1):
        nudged = p.astype(np.complex128)
        nudged[axis] += 1j * h
        columns.append(surface.at(nudged)[1].imag / h)
    return np.stack(columns, axis=1)


@cache
def _try_complex(function: Callable[..., ValueAndGradient], *ranges: tuple[float, float]) -> None:
    """Hold the second derivatives against differences, at three points of a map."""
    low, high = np.transpose(ranges)[:, :, None]
    points, width = low + (high - low) * np.array([[0.31, 0.46, 0.83], [0.62, 0.23, 0.77]]), 1e-6 * (high - low)
    surface = Surface(function, function.__name__, "", "")
    try:
        with np.errstate(all="ignore"):
            exact = _second(surface, points)
            little = 1e-4 * np.abs(surface.at(points)[1]).max() / np.hypot(*(high - low))
            for axis, nudge in enumerate(np.diag(width[:, 0])[:, :, None]):
                rough = (surface.at(points + nudge)[1] - surface.at(points - nudge)[1]) / (2 * width[axis])
                kept = np.isfinite(exact[:, axis]) & np.isfinite(rough)
                off = np.abs(exact[:, axis] - rough)[kept]
                if (off > 1e-2 * np.abs(rough[kept]) + little).any():
                    raise ValueError("its complex step is no derivative")
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{function.__name__} has no second derivatives by the complex step, so its gradient must be written for "
            f"complex numbers: instead of abs(x), np.where(x.real > 0, x, -x) ({error})."
        ) from error


SURFACES: dict[str, Surface] = {}


def surface(
    label: str, *, latex: str = "", source: str, **facts: Any
) -> Callable[[Callable[..., ValueAndGradient]], Surface]:
    """Register the decorated function under ``label``; ``facts`` are the fields that ``Surface`` adds.

    >>> @surface("Valley", latex="f = x^2", source="this example", start=(0.5, 0))
    ... def valley(p):
    ...     x, y = p
    ...     return x * x, (2 * x, 0 * y)
    >>> SURFACES.pop("Valley").at([3, 1])[1].tolist()
    [6.0, 0.0]
    """
    return lambda function: register(SURFACES, Surface(function, label, latex, source, **facts))


def _curvature(symbol: str, meaning: str) -> Hyperparameter:
    return Hyperparameter(symbol, meaning, low=0, scale="log", slider=(0.01, 100.0))


@surface(
    "Quadratic",
    source="Goh 2017, Why Momentum Really Works, Distill; with a = 0.2, b = 10 it is 0.1 x² + 5 y²",
    x_range=(-11, 11),
    y_range=(-3, 3),
    start=(-10, 1.5),
    minima=((0, 0),),
)
def quadratic(
    p: Any,
    *,
    a: Annotated[Number, _curvature("a", "curvature along x")] = 0.2,
    b: Annotated[Number, _curvature("b", "curvature along y")] = 10.0,
    angle: Annotated[
        Number,
        Hyperparameter(r"\theta", "angle: degrees by which the ravine is turned", low=0, high=90, slider=(0.0, 90.0)),
    ] = 0.0,
) -> ValueAndGradient:
    """A bowl, or a ravine where a and b are far apart: their ratio is the condition number.

    Turned, its curvatures are those along the turned axes.  SGD and momentum turn with it, step by step.  A method that
    scales x and y each by itself does not: at 45° both see the same mixture of a and b.
    """
    x, y = p
    if not isinstance(angle, np.ndarray) and angle == 0:
        return (a * x * x + b * y * y) / 2, (a * x, b * y)
    cos, sin = np.cos(math.pi * angle / 180), np.sin(math.pi * angle / 180)
    u, w = cos * x + sin * y, cos * y - sin * x
    return (a * u * u + b * w * w) / 2, (cos * (a * u) - sin * (b * w), sin * (a * u) + cos * (b * w))


@surface(
    "Saddle",
    latex=r"f = \tfrac12 \left(x^2 - \gamma y^2\right)",
    source="Jin et al. 2017, How to Escape Saddle Points Efficiently, section 2 (strict saddle)",
    x_range=(-1.5, 1.5),
    y_range=(-1.5, 1.5),
    start=(1, 1e-3),
    saddles=((0, 0),),
)
def saddle(p: Any, *, gamma: Annotated[Number, _curvature(r"\gamma", "downward curvature")] = 1.0) -> ValueAndGradient:
    """A minimum along x, a maximum along y: runs that start on the line y = 0 converge to the saddle.

    It is unbounded below along y, so a run that leaves the saddle diverges.
    """
    x, y = p
    return (x * x - gamma * y * y) / 2, (x, -gamma * y)


@surface(
    "Bounded saddle",
    latex=r"f = x^2 - y^2 + 0.05\, y^4",
    source="the strict saddle with a quartic wall, so that an escape ends in a minimum",
    x_range=(-2, 2),
    y_range=(-4.5, 4.5),
    start=(1.5, 1e-3),
    minima=((0, math.sqrt(10)), (0, -math.sqrt(10))),
    saddles=((0, 0),),
)
def bounded_saddle(p: Any) -> ValueAndGradient:
    """A saddle at the origin between two minima at (0, ±√10), where f = -5."""
    x, y = p
    y2 = y * y
    return x * x - y2 + 0.05 * y2 * y2, (2 * x, y * (0.2 * y2 - 2))


@surface(
    "Monkey saddle",
    latex=r"f = x^3 - 3 x y^2",
    source="Hilbert & Cohn-Vossen 1932, Anschauliche Geometrie, section 29",
    x_range=(-1.5, 1.5),
    y_range=(-1.5, 1.5),
    start=(1, 0.05),
    saddles=((0, 0),),
)
def monkey_saddle(p: Any) -> ValueAndGradient:
    """Three valleys meet (two legs and a tail); the Hessian at the origin is zero."""
    x, y = p
    return x * x * x - 3 * x * y * y, (3 * (x * x - y * y), -6 * x * y)


@surface(
    "Sine saddle",
    latex=r"f = \sin x + y^2",
    source="the strict saddle on a wave, so that an escape either way ends in a minimum",
    x_range=(-2.5, 5.6),
    y_range=(-1.5, 1.5),
    start=(math.pi / 2 + 1e-3, 1),
    minima=((-math.pi / 2, 0), (3 * math.pi / 2, 0)),
    saddles=((math.pi / 2, 0),),
)
def sine_saddle(p: Any) -> ValueAndGradient:
    """Saddles on the crests of a wave and minima in its troughs, where f = -1."""
    x, y = p
    return np.sin(x) + y * y, (np.cos(x), 2 * y)


@surface(
    "Rosenbrock",
    latex=r"f = (1 - x)^2 + b \left(y - x^2\right)^2",
    source="Rosenbrock 1960, An Automatic Method for Finding the Greatest or Least Value of a Function",
    x_range=(-2, 2),
    y_range=(-1, 3),
    start=(-1.2, 1),
    minima=((1, 1),),
)
def rosenbrock(
    p: Any,
    *,
    b: Annotated[Number, Hyperparameter("b", "wall steepness", low=0, scale="log", slider=(1.0, 1000.0))] = 100.0,
) -> ValueAndGradient:
    """A curved valley: easy to reach, slow to follow to its minimum at (1, 1)."""
    x, y = p
    u = 1 - x
    w = y - x * x
    return u * u + b * w * w, (-2 * u - 4 * b * x * w, 2 * b * w)


@surface(
    "Beale",
    latex=r"f = (1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2",
    source="Beale 1958, On an Iterative Method for Finding a Local Minimum of a Function of More than One Variable",
    x_range=(-4.5, 4.5),
    y_range=(-4.5, 4.5),
    start=(1, 1.5),
    minima=((3, 0.5),),
)
def beale(p: Any) -> ValueAndGradient:
    """A flat floor with steep corners: gradients differ in size by a factor of a million."""
    x, y = p
    y2 = y * y
    u, v, w = y - 1.0, y2 - 1.0, y2 * y - 1.0
    a, b, c = 1.5 + x * u, 2.25 + x * v, 2.625 + x * w
    f = a * a + b * b + c * c
    return f, (2.0 * (a * u + b * v + c * w), 2.0 * x * (a + y * (2.0 * b + y * (3.0 * c))))


@surface(
    "Himmelblau",
    latex=r"f = (x^2 + y - 11)^2 + (x + y^2 - 7)^2",
    source="Himmelblau 1972, Applied Nonlinear Programming",
    x_range=(-5, 5),
    y_range=(-5, 5),
    start=(0, -1),
    minima=(
        (3, 2),
        (-2.8051180869527448, 3.1313125182505730),
        (-3.7793102533777469, -3.2831859912861694),
        (3.5844283403304918, -1.8481265269644034),
    ),
)
def himmelblau(p: Any) -> ValueAndGradient:
    """Four equally good minima: which one is reached depends on the start and on the optimizer."""
    x, y = p
    a = x * x + y - 11
    b = x + y * y - 7
    return a * a + b * b, (4 * x * a + 2 * b, 2 * a + 4 * y * b)


@surface(
    "Six-hump camel",
    latex=r"f = \left(4 - 2.1 x^2 + \tfrac{x^4}{3}\right) x^2 + xy + \left(4 y^2 - 4\right) y^2",
    source="Dixon & Szegő 1978, Towards Global Optimisation 2",
    x_range=(-2, 2),
    y_range=(-1.2, 1.2),
    start=(-1.7, 1.1),
    minima=((0.08984201310031807, -0.7126564030207396), (-0.08984201310031807, 0.7126564030207396)),
)
def six_hump_camel(p: Any) -> ValueAndGradient:
    """Six valleys, two of them the deepest (f = -1.0316), with saddles in between."""
    x, y = p
    x2 = x * x
    y2 = y * y
    f = (4 - 2.1 * x2 + x2 * x2 / 3) * x2 + x * y + (4 * y2 - 4) * y2
    return f, (x * (8 - 8.4 * x2 + 2 * x2 * x2) + y, x + y * (16 * y2 - 8))


@surface(
    "Styblinski–Tang",
    latex=r"f = \tfrac12 \left(x^4 - 16 x^2 + 5 x + y^4 - 16 y^2 + 5 y\right)",
    source="Styblinski & Tang 1990, Experiments in Nonconvex Optimization, Neural Networks 3",
    x_range=(-5, 5),
    y_range=(-5, 5),
    start=(0.5, 4),
    minima=((-2.9035340277711770, -2.9035340277711770),),
)
def styblinski_tang(p: Any) -> ValueAndGradient:
    """Four minima of three depths: the nearest one is rarely the best."""
    x, y = p
    x2 = x * x
    y2 = y * y
    f = (x2 * (x2 - 16) + 5 * x + y2 * (y2 - 16) + 5 * y) / 2
    return f, (x * (2 * x2 - 16) + 2.5, y * (2 * y2 - 16) + 2.5)


@surface(
    "Rastrigin",
    latex=r"f = 20 + x^2 + y^2 - 10 \cos 2\pi x - 10 \cos 2\pi y",
    source="Rastrigin 1974, Systems of Extremal Control",
    x_range=(-5.12, 5.12),
    y_range=(-5.12, 5.12),
    start=(-3.2, 2.3),
    minima=((0, 0),),
)
def rastrigin(p: Any) -> ValueAndGradient:
    """A bowl with a dent at every whole number: 121 minima in the box, one of them the best."""
    x, y = p
    turn = 2 * math.pi
    f = 20 + x * x + y * y - 10 * np.cos(turn * x) - 10 * np.cos(turn * y)
    return f, (2 * x + 10 * turn * np.sin(turn * x), 2 * y + 10 * turn * np.sin(turn * y))


@surface(
    "Ackley",
    latex=r"f = 20 + e - 20\, e^{-0.2 \sqrt{(x^2 + y^2)/2}} - e^{(\cos 2\pi x + \cos 2\pi y)/2}",
    source="Ackley 1987, A Connectionist Machine for Genetic Hillclimbing",
    x_range=(-5, 5),
    y_range=(-5, 5),
    start=(-3.2, 2.4),
    minima=((0, 0),),
)
def ackley(p: Any) -> ValueAndGradient:
    """A dented plain around a sharp funnel.

    The minimum is a cusp, where no gradient exists; it is taken to be 0 there.
    """
    x, y = p
    turn = 2 * math.pi
    r = np.sqrt((x * x + y * y) / 2)
    funnel = 20 * np.exp(-0.2 * r)
    dents = np.exp((np.cos(turn * x) + np.cos(turn * y)) / 2)
    pull = 0.1 * funnel / np.where(r == 0, 1, r)
    f = (20 - funnel) + (math.e - dents)  # in this order 0 at the minimum, and nowhere below
    return f, (pull * x + math.pi * dents * np.sin(turn * x), pull * y + math.pi * dents * np.sin(turn * y))


@surface(
    "Two pits",
    latex=r"f = x^2 + y^2 - 2 e^{-\left((x-1)^2 + y^2\right)/0.2} - 3 e^{-\left((x+1)^2 + y^2\right)/0.2}",
    source="a bowl with two Gaussian pits, a usual picture for local minima in lecture notes",
    x_range=(-2, 2),
    y_range=(-2, 2),
    start=(1.6, 1.4),
    minima=((-0.9363006340109187, 0),),
)
def two_pits(p: Any) -> ValueAndGradient:
    """A shallow pit on the right and a deeper one on the left, with a low ridge between."""
    x, y = p
    y2 = y * y
    right = np.exp(-((x - 1) * (x - 1) + y2) / 0.2)
    left = np.exp(-((x + 1) * (x + 1) + y2) / 0.2)
    f = x * x + y2 - 2 * right - 3 * left
    return f, (2 * x + 20 * right * (x - 1) + 30 * left * (x + 1), y * (2 + 20 * right + 30 * left))


_WELLS = ((-0.5, -0.8, 0.35), (1.0, -0.5, 0.2), (-1.0, 0.5, 0.2), (-0.5, -0.8, 0.2))


@surface(
    "Gaussian wells",
    latex=r"f = -\!\!\sum_{(a, b, \sigma)} \frac{1}{2 \pi \sigma^2}\, e^{-\frac{(x-a)^2 + (y-b)^2}{2 \sigma^2}}",
    source="sums of normal densities, as in lecture notes on plateaus; wells (a, b; σ): "
    + ", ".join(f"({a:g}, {b:g}; {s:g})" for a, b, s in _WELLS),
    x_range=(-2, 2),
    y_range=(-2, 2),
    start=(0.75, 1),
    minima=((-0.5000000000130155, -0.7999999999654079),),
)
def gaussian_wells(p: Any) -> ValueAndGradient:
    """Deep wells in a plain: at (0.75, 1) the gradient is 7·10⁻⁸ long, near Adam's ε, so that ε decides the speed."""
    x, y = p
    f = gx = gy = 0.0
    for a, b, sigma in _WELLS:
        dx, dy, s2 = x - a, y - b, sigma * sigma
        well = np.exp(-(dx * dx + dy * dy) / (2 * s2)) / (2 * math.pi * s2)
        f = f - well
        gx = gx + well * dx / s2
        gy = gy + well * dy / s2
    return f, (gx, gy)


def _tail(u: Array) -> Array:
    """e^(-|u|), where |u| is u or -u by its real part: np.abs is not analytic."""
    return np.exp(np.where(u.real > 0, -u, u))


TINY = 1e-300
"""Its reciprocal is still a number."""


def _positive(symbol: str, meaning: str, slider: Range) -> Hyperparameter:
    return Hyperparameter(symbol, meaning, low=TINY, scale="log", slider=slider)


@surface(
    "Soft-plus plateau",
    latex=r"f = -\tfrac1k \ln\left(1 + e^{k \left(1 - (x^2 + y^2)/2\right)}\right)",
    source="a bowl under the soft-plus of Dugas et al. 2001, Incorporating Second-Order Functional Knowledge "
    "for Better Option Pricing",
    x_range=(-2.8, 2.8),
    y_range=(-2.8, 2.8),
    start=(2.5, 1.5),
    minima=((0, 0),),
)
def softplus_plateau(
    p: Any, *, k: Annotated[Number, _positive("k", "flatness", slider=(1.0, 20.0))] = 4.0
) -> ValueAndGradient:
    """A round bowl about 1 deep, in a plain whose gradient falls as e^(-k (x² + y²)/2)."""
    x, y = p
    u = k * (1 - (x * x + y * y) / 2)
    tail = _tail(u)
    inside = u.real > 0
    slope = np.where(inside, 1, tail) / (1 + tail)
    return -(np.where(inside, u, 0) + np.log1p(tail)) / k, (slope * x, slope * y)


_INPUTS = np.arange(-2.0, 3.0)


def _logistic(z: Any) -> tuple[Any, Any]:
    """σ(z) and 1 - σ(z) = σ(-z), neither by a difference."""
    tail = _tail(z)
    fires = z.real > 0
    return np.where(fires, 1, tail) / (1 + tail), np.where(fires, tail, 1) / (1 + tail)


@surface(
    "Saturated neuron",
    latex=r"f = \tfrac15 \sum_{i=-2}^{2} \left(\sigma(w x_i + b) - \sigma(1.5\, x_i - 0.5)\right)^2,"
    r" \quad x_i = s\, i",
    source="Auer, Herbster & Warmuth 1996, Exponentially Many Local Minima for Single Neurons; "
    "its targets are a teacher's, so that one minimum is 0",
    x_range=(-10, 10),
    y_range=(-10, 10),
    start=(-1, -9),
    minima=((1.5, -0.5),),
    axes=("w", "b"),
)
def saturated_neuron(
    p: Any, *, s: Annotated[Number, _positive("s", "spread of the inputs", slider=(0.5, 4.0))] = 1.0
) -> ValueAndGradient:
    """The squared error of a sigmoid neuron, with weight w (across) and bias b (up), on five answers of a teacher.

    Where its outputs are all near 0, or all near 1, it is saturated: the gradient is tiny, however large the error.
    """
    w, b = p
    x = _INPUTS.reshape(-1, *(1,) * w.ndim) * s
    (yes, no), (teacher_yes, teacher_no) = _logistic(w * x + b), _logistic(1.5 * x - 0.5)
    # The difference of the two answers, without taking one of numbers that may both be almost 1.
    error = np.tanh(((w - 1.5) * x + (b + 0.5)) / 2) * (yes * teacher_no + no * teacher_yes)
    slope = 2 * error * yes * no
    return sum(error * error) / 5, (sum(slope * x) / 5, sum(slope) / 5)


@surface(
    "Tanh step",
    latex=r"f = \tanh(k x) + \tfrac12 y^2",
    source="a cliff between plains, as in Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.2.4",
    x_range=(-2, 2),
    y_range=(-1.2, 1.2),
    start=(1.5, 1),
)
def tanh_step(
    p: Any, *, k: Annotated[Number, _positive("k", "steepness", slider=(1.0, 10.0))] = 5.0
) -> ValueAndGradient:
    """A high plain, a cliff and a low plain that approaches -1 but has no minimum."""
    x, y = p
    u = k * x
    tail = _tail(2 * u)
    return np.tanh(u) + y * y / 2, (4 * k * tail / ((1 + tail) * (1 + tail)), y)
