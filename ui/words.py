"""Numbers and names as they stand in sentences and tables."""

import math
from collections.abc import Sequence
from decimal import Decimal

from optim import typeset
from optim.ends import Outcome

from . import share

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 4) -> str:
    """A number with so many significant digits: ``0.05``, ``−1.5``, ``2,000``, ``7.14·10⁻⁸``, ``10⁻⁴``.

    What is not finite has diverged; the word says so.
    """
    if not math.isfinite(value):
        return "diverged"
    return _typeset(Decimal(f"{value:.{digits - 1}e}"))


def exact(value: float) -> str:
    """A number with as many digits as lead back to it, as in a link: ``0.9999``, ``2.5·10⁻⁸``."""
    return _typeset(Decimal(share.text(value)))


def _typeset(value: Decimal) -> str:
    mantissa, power = typeset.parted(value)
    text = f"{mantissa:,f}".replace("-", "−")
    if not power:
        return text
    return {"1": "", "−1": "−"}.get(text, text + "·") + "10" + str(power).translate(SUPERSCRIPTS)


def point(at: Sequence[float], digits: int = 4) -> str:
    """``(−10, 1.5)``."""
    return f"({listed([number(value, digits) for value in at])})"


def spread(low: float, high: float, digits: int = 4) -> str:
    """``0.1 to 0.3``; a single number where the two are written alike."""
    first, last = number(low, digits), number(high, digits)
    return first if first == last else f"{first} to {last}"


def listed(names: Sequence[str]) -> str:
    """``a``, ``a, b``: with semicolons where a name has a comma of its own."""
    return ("; " if any("," in name for name in names) else ", ").join(names)


def no_line(what: str, low: float, high: float) -> str:
    """Why a chart that shows values between ``low`` and ``high`` has nothing to show."""
    return f"{what} is never between {number(low)} and {number(high)} for two steps in a row: there is no line to draw."


def marks(steps: int) -> str:
    """What is marked on a chart of escape times; see ``charts.times_spec``."""
    return f"Dots: present values. What is beyond an axis stands at its end. ▲: not escaped by step {steps:,}."


def step(at: int | None) -> str:
    """A step at which something happened, if it did."""
    return "none" if at is None else f"{at:,}"


def outcome(end: Outcome, place: bool = False) -> str:
    """How a run ended; ``place`` adds the point where it is at rest."""
    match end.kind:
        case "diverged" | "left the map":
            return f"{end.kind} at step {end.step:,}"
        case "oscillating" if end.amplitude is not None:
            return f"oscillating, ±{number(end.amplitude, 2)}"
        case "saddle":
            text = "saddle point"
        case kind:
            text = kind
    if not place or end.place is None or not end.at_rest:
        return text
    return f"{text} {point(end.place, 3)}"
