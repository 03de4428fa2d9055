"""The widgets of the Train-a-network page: the network, its mini-batches, and how long it trains."""

from typing import Any

import streamlit as st

from optim.learning import ACTIVATIONS, INITIALISATIONS, LOSSES

from .. import controls
from ..page import Page, part
from .setting import EXAMPLES, HIDDEN, SEED, STEPS, Setting

SIZES = (*(2**power for power in range(11)), EXAMPLES)

LOSS = "Of a softmax, or half the squared error summed over the outputs; the mean over the examples."
SAME = (
    "Of the weights and of the order of the examples. All optimizers start from the same weights and see the same "
    "mini-batches."
)
MEASURED = "The largest eigenvalue of the training loss's Hessian, measured every 10 steps."


@part(shows=lambda now: None)
def network(page: Page[Any], now: Setting) -> None:
    """The network and what it is trained on."""
    with st.container(key=f"{page.key}-grid-network", gap=None):
        controls.choose(page, "hidden", controls.at("hidden"), "Hidden layers", list(HIDDEN))
        controls.choose(page, "activation", controls.at("activation"), "Activation", list(ACTIVATIONS))
        controls.choose(page, "loss", controls.at("loss"), "Loss", list(LOSSES), help=LOSS)
        controls.choose(page, "start", controls.at("start"), "Initialisation", list(INITIALISATIONS))
        full = f"{EXAMPLES:,}: the full batch."
        controls.slide(page, "batch", controls.at("batch"), "Batch size B", SIZES, help=full)
        controls.slide(page, "steps", controls.at("steps"), "Steps", controls.marks(STEPS))
        controls.number(page, "seed", controls.at("seed"), "Seed", int(SEED.low), int(SEED.high), help=SAME)
        controls.segments(page, "curvature", controls.at("curvature"), "Sharpness", ["off", "on"], help=MEASURED)
