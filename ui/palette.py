"""One colour per optimizer on all pages, and the shades of the maps.

The hues follow Okabe & Ito's palette, which readers with any common colour blindness can distinguish; the optimizers
beyond its eight have hues of their own kind, and are distinguished by name as well.
"""

import colorsys
import zlib
from typing import Literal, NamedTuple

import streamlit as st

Theme = Literal["light", "dark"]


class Shade(NamedTuple):
    """A colour for each theme."""

    light: str
    dark: str


OPTIMIZERS = {
    "SGD": Shade("#0B6DB0", "#4BA3E3"),
    "Momentum": Shade("#C98500", "#F0B429"),
    "Nesterov": Shade("#7A5C2E", "#C9A66B"),
    "AdaGrad": Shade("#00865F", "#2FC598"),
    "RMSProp": Shade("#B6598F", "#E59AC6"),
    "Adam": Shade("#CC4B00", "#FF7F3F"),
    "AdamW": Shade("#6A51B8", "#A993F0"),
    "Adadelta": Shade("#1B8A9E", "#56C7DA"),
    "Rprop": Shade("#8C4A3C", "#D9978A"),
    "AMSGrad": Shade("#A3123A", "#FF6B8B"),
    "AdaMax": Shade("#6B7A00", "#B7C639"),
    "NAdam": Shade("#A21CAF", "#DD5FEF"),
    "RAdam": Shade("#5A6472", "#A8B3C2"),
    "Lion": Shade("#8A5A00", "#FBE58A"),
    "AdaBelief": Shade("#2433C9", "#6F7DFF"),
    "Yogi": Shade("#2E6B2E", "#7FCF6A"),
}
SCHEDULES = {
    "Constant": Shade("#5A6472", "#A8B3C2"),
    "Inverse time": Shade("#0B6DB0", "#4BA3E3"),
    "Exponential": Shade("#C98500", "#F0B429"),
    "Square root": Shade("#00865F", "#2FC598"),
    "Staircase": Shade("#B6598F", "#E59AC6"),
    "Multi-step": Shade("#7A5C2E", "#C9A66B"),
    "Warm-up": Shade("#2433C9", "#6F7DFF"),
    "Cosine": Shade("#6A51B8", "#A993F0"),
    "Cosine with warm-up": Shade("#1B8A9E", "#56C7DA"),
    "Inverse square root with warm-up": Shade("#2E6B2E", "#7FCF6A"),
    "Warm-up–stable–decay": Shade("#A21CAF", "#DD5FEF"),
    "Linear": Shade("#A3123A", "#FF6B8B"),
    "Polynomial": Shade("#6B7A00", "#B7C639"),
    "One cycle": Shade("#8C4A3C", "#D9978A"),
    "Warm restarts": Shade("#CC4B00", "#FF7F3F"),
    "Triangular": Shade("#8A5A00", "#FBE58A"),
}
COORDINATES = {"x": Shade("#2F5D8A", "#8AB4E0"), "y": Shade("#B8731A", "#EDB765")}

MAP = Shade(
    "#FFFFFF #F3F5F8 #E9EDF2 #DEE4EB #D3DBE4 #C8D1DC #BCC7D4 #B0BCCB",
    "#10141A #161B23 #1C232D #222B37 #283341 #2F3C4C #364657 #3E5063",
)


def theme() -> Theme:
    """The theme the visitor sees."""
    return "dark" if st.context.theme.type == "dark" else "light"


def of(label: str, theme: Theme) -> str:
    """The colour of the optimizer or schedule ``label``; one that is not in the tables is given a hue by its name."""
    shade = OPTIMIZERS.get(label) or SCHEDULES.get(label)
    return getattr(shade, theme) if shade else _hue(label, theme)


def _hue(label: str, theme: Theme) -> str:
    red, green, blue = colorsys.hls_to_rgb(
        zlib.crc32(label.encode()) % 360 / 360, 0.35 if theme == "light" else 0.7, 0.6
    )
    return f"#{round(255 * red):02X}{round(255 * green):02X}{round(255 * blue):02X}"


DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3))
"""Told apart by eye: the lines of the first, second, ... entry of the same optimizer."""
BORDERS = ("solid", "dashed", "dotted", "double")
"""The same in CSS."""


AVERAGES = (
    Shade("#B8731A", "#EDB765"),
    Shade("#C2334D", "#FF7A8C"),
    Shade("#00796B", "#3CCFB4"),
    Shade("#6A51B8", "#A993F0"),
    Shade("#0B6DB0", "#4BA3E3"),
)
"""The first, second, ... moving average; red and green as in the lecture, but of different lightness."""
INK = Shade("#1B2430", "#E4E8EE")
PAPER = Shade("#FFFFFF", "#12161C")
"""The page's background, as the theme has it."""

FAINT = Shade("#98A2B0", "#69758A")
