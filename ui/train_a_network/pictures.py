"""Handwritten digits as small pictures."""

import base64
from io import BytesIO

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from optim import Array

MOST = 60
"""Pictures at once."""
STYLE = (
    "<style>.digits{display:flex;flex-wrap:wrap;gap:.6rem .7rem;margin:.2rem 0 .6rem}"
    ".digits figure{margin:0;text-align:center;font-size:.78rem;font-variant-numeric:tabular-nums}"
    ".digits img{width:42px;height:42px;image-rendering:pixelated;border:1px solid #8886;border-radius:3px;"
    "display:block;margin-bottom:.15rem}</style>"
)


def digits(pixels: Array, classes: NDArray[np.intp], read: NDArray[np.intp]) -> None:
    """Each digit over what it is and what it was read as.

    Args:
        pixels: (digits, 64), from 0 (paper) to 1 (ink).
    """
    rows = zip(pixels[:MOST], classes[:MOST], read[:MOST], strict=True)
    st.html(f"{STYLE}<div class='digits'>{''.join(_figure(*row) for row in rows)}</div>")


def _figure(pixels: Array, is_: int, read: int) -> str:
    shades = (255 * (1 - pixels.reshape(8, 8))).round().astype(np.uint8)
    out = BytesIO()
    Image.fromarray(shades, "L").save(out, "PNG")
    url = base64.b64encode(out.getvalue()).decode()
    alt = f"A handwritten {is_}, read as {read}"
    return f"<figure><img src='data:image/png;base64,{url}' alt='{alt}'>{is_} → {read}</figure>"
