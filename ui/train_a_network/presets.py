"""The Train-a-network page's presets, in the order of a lecture."""

from typing import Any

from optim.optimizers import Optimizer, adam, adamw, momentum, rmsprop, sgd

from .. import lineup
from ..page import Preset
from .setting import EXAMPLES, Event, Setting


def _preset(name: str, look: str, *line: Optimizer, **more: Any) -> Preset[Setting]:
    return Preset(name, Setting(lineup=lineup.of(*line), **more), look)


FULL: dict[str, Any] = {"batch": EXAMPLES, "activation": "tanh", "start": "PyTorch's", "curvature": "on"}
"""As in the papers on the edge of stability."""

PRESETS = (
    _preset(
        "Four optimizers",
        "The same network from the same weights on the same mini-batches of 64. After 400 steps Adam's training loss "
        "is the lowest and SGD's the highest.",
        sgd(lr=0.1),
        momentum(lr=0.05),
        rmsprop(lr=0.005),
        adam(lr=0.01),
    ),
    _preset(
        "A smaller η on the way",
        "Two runs with η = 0.5 on mini-batches of 4 are one until step 400, where the η of one falls to 0.05: its loss "
        "falls to 0.20, while the other's keeps fluctuating.",
        sgd(lr=0.05),
        sgd(lr=0.5),
        batch=4,
        steps=800,
        events=(Event(400, 1, "lr", 0.5, 0.05),),
    ),
    _preset(
        "The edge of stability",
        "Full batches: the [sharpness](#the-edge-of-stability) goes to each optimizer's threshold, the thin line, "
        "and hovers at it or just above. In the next experiment the threshold moves.",
        sgd(lr=0.2),
        sgd(lr=0.4),
        adam(lr=0.01),
        adam(lr=0.03),
        loss="squared error",
        steps=600,
        **FULL,
    ),
    _preset(
        "The curvature follows η",
        "Two runs with η = 0.4 are one until step 300, where the η of one is halved. Its threshold doubles to 10, and "
        "its [sharpness](#the-edge-of-stability), 5.7 by then, rises to 10 within 400 steps.",
        sgd(lr=0.4),
        sgd(lr=0.2),
        loss="squared error",
        steps=700,
        events=(Event(300, 2, "lr", 0.4, 0.2),),
        **FULL,
    ),
    _preset(
        "Cross-entropy flattens",
        "Under cross-entropy the [sharpness](#the-edge-of-stability) rises, and falls once the digits are fitted: it "
        "stays below the thresholds.",
        sgd(lr=0.2),
        sgd(lr=0.5),
        momentum(lr=0.05),
        steps=600,
        **FULL,
    ),
    _preset(
        "Zeros never part",
        "All weights start at 0, so all hidden units are alike, and their gradients are exactly 0. Only the last "
        "layer's biases learn: the test accuracy stays near 10 %.",
        sgd(lr=0.1),
        adam(lr=0.01),
        activation="tanh",
        start="zeros",
        steps=200,
    ),
    _preset(
        "A plateau of sigmoids",
        "Sigmoids on small weights pass hardly any gradient back. Adam escapes; SGD and Momentum do not. The same on a "
        "surface: [Plateaus](/plateaus?surface=Saturated+neuron&run=SGD,lr=10&run=Momentum,lr=10&run=Adam,lr=0.1).",
        sgd(lr=0.1),
        momentum(lr=0.1),
        adam(lr=0.01),
        hidden="16,16,16",
        activation="sigmoid",
        start="small normal",
        steps=800,
    ),
    _preset(
        "Adam beside AdamW",
        "The same λ is not the same: coupled, as in Adam, λw joins the gradient and is divided by √v̂; decoupled, as in "
        "AdamW, it is not. λ = 0.03 holds Adam's training loss up, and AdamW's hardly.",
        adam(lr=0.01),
        adam(lr=0.01, weight_decay=0.03),
        adamw(lr=0.01, weight_decay=0.03),
        adamw(lr=0.01, weight_decay=1.0),
    ),
    _preset(
        "ε bites",
        "ε = 0.1 is above most √v̂, as the [histogram](#inside-one-network) shows: Adam is then nearly Momentum with a "
        "small η, and the slowest of the three.",
        adam(lr=0.01),
        adam(lr=0.01, eps=1e-3),
        adam(lr=0.01, eps=0.1),
        inside=3,
    ),
)
