"""The numbers in a sentence, held against what they should be."""

import re

from .reading import read

_NUMBER = re.compile(r"−?(?:\d[\d,]*(?:\.\d+)?·)?10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|−?\d[\d,]*(?:\.\d+)?")


def states(sentence: str, *exact: float) -> None:
    """Assert that a sentence has these numbers, in this order, each rounded as it is written there."""
    written = [number.rstrip(",") for number in _NUMBER.findall(sentence)]
    assert len(written) == len(exact), written
    for text, value in zip(written, exact, strict=True):
        mantissa = text.partition("·")[0] if "·" in text else "1" if re.search("[⁰¹²³⁴⁵⁶⁷⁸⁹]", text) else text
        half = (
            0.5 * 10.0 ** -len(mantissa.partition(".")[2]) * abs(read(text) / read(mantissa) if read(mantissa) else 1)
        )
        assert abs(read(text) - value) <= half * (1 + 1e-9), f"{text} in “{sentence}” is {value}"
