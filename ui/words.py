"""Numbers and names as they stand in sentences and tables."""

import math
from collections.abc import Sequence

from optim.ends import Outcome

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 4) -> str:
    """A number with so many significant digits: ``0.05``, ``−1.5``, ``7.14·10⁻⁸``, ``10⁻⁴``.

    What is not finite has diverged; the word says so.
    """
    if not math.isfinite(value):
        return "diverged"
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    power = int(exponent)
    if value == 0 or -4 < power < 6:
        return _plain(float(f"{value:.{digits}g}"), digits)
    mantissa = _plain(float(mantissa), digits)
    return {"1": "", "−1": "−"}.get(mantissa, mantissa + "·") + "10" + str(power).translate(_SUPERSCRIPTS)


def _plain(value: float, digits: int) -> str:
    text = f"{value:.{digits + 4}f}".rstrip("0").rstrip(".")
    return text.replace("-", "−") if float(text) else "0"


def listed(names: Sequence[str]) -> str:
    """``a``, ``a, b``: with semicolons where a name has a comma of its own."""
    return ("; " if any("," in name for name in names) else ", ").join(names)


def outcome(end: Outcome, place: bool = False) -> str:
    """How a run ended; ``place`` adds the point where it is at rest."""
    match end.kind:
        case "diverged" | "left the map":
            return f"{end.kind} at step {end.step}"
        case "oscillating" if end.amplitude is not None:
            return f"oscillating, ±{number(end.amplitude, 2)}"
        case "saddle":
            text = "saddle point"
        case kind:
            text = kind
    if not place or end.place is None or not end.at_rest:
        return text
    x, y = (number(value, 3) for value in end.place)
    return f"{text} ({x}, {y})"
