"""Numbers as they stand in sentences and tables, read back."""

import math

_PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def read(text: str) -> float:
    """The number that a text says: ``7.14·10⁻⁸``; infinite for ``diverged``.

    >>> read("−7.14·10⁻⁸"), read("10⁶"), read("1,438"), read("diverged")
    (-7.14e-08, 1000000.0, 1438.0, inf)
    """
    if text == "diverged":
        return math.inf
    sign, text = (-1, text[1:]) if text.startswith("−") else (1, text)
    mantissa, _, power = text.rpartition("10") if any(c in text for c in "⁻⁰¹²³⁴⁵⁶⁷⁸⁹") else (text, "", "0")
    return sign * float(f"{mantissa.rstrip('·').replace(',', '') or 1}e{power.translate(_PLAIN)}")


def says(text: str, value: float, digits: int = 4) -> bool:
    """Whether a text says a number, rounded to so many digits; what is not finite has diverged."""
    if not math.isfinite(value):
        return text == "diverged"
    # Another way to compute it may round to the other side.
    return math.isclose(read(text), value, rel_tol=0.5 * 10.0 ** (1 - digits) * (1 + 1e-6), abs_tol=1e-320)
