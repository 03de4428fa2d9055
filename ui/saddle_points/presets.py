"""The Saddle points page's presets, in the order of a lecture."""

from typing import Any

from optim import optimizers, surfaces

from .. import lineup
from ..page import Preset
from .setting import Setting

SIX = lineup.of(
    optimizers.sgd(lr=0.05),
    optimizers.momentum(lr=0.05),
    optimizers.nesterov(lr=0.05),
    optimizers.adagrad(lr=0.05),
    optimizers.rmsprop(lr=0.05, beta=0.9),
    optimizers.adam(lr=0.05),
)
STRICT: dict[str, Any] = {"surface": surfaces.saddle, "start": (1.0, 1e-4)}

PRESETS = (
    Preset(
        "One saddle, six ways out",
        Setting(**STRICT, steps=300, lineup=SIX),
        "At the same η = 0.05 SGD escapes at step 189, Momentum at 53 and RMSProp at 8. Methods that scale the "
        "gradient by a constant must wait until it has grown. Methods that normalise it do not.",
    ),
    Preset(
        "The table of η = 0.01",
        Setting(
            **STRICT,
            steps=1300,
            lineup=lineup.of(
                optimizers.sgd(lr=0.01),
                optimizers.momentum(lr=0.01),
                optimizers.nesterov(lr=0.01),
                optimizers.adam(lr=0.01),
                optimizers.adam(lr=0.01, bias_correction=False),
                optimizers.rmsprop(beta=0.9),
                optimizers.adagrad,
            ),
        ),
        "SGD escapes at step 926, Momentum at 152, Adam at 77, and at 18 without bias correction: its first steps are "
        "too long. AdaGrad is later than SGD, at 1,263: its effective learning rate only falls.",
    ),
    Preset(
        "What ε does",
        Setting(
            surface=surfaces.saddle,
            start=(1.0, 1e-6),
            steps=500,
            lineup=lineup.of(
                optimizers.adam(lr=0.05),
                optimizers.adam(lr=0.05, eps=1e-4),
                optimizers.adam(lr=0.05, eps=1e-2),
                optimizers.adam(lr=0.05, eps=1.0),
                optimizers.momentum(lr=0.05, average=True),
            ),
        ),
        "The gradient across the axis starts at 10⁻⁶. With ε = 10⁻⁸ Adam escapes at step 20, with 10⁻⁴ at 22, with "
        "0.01 at 31, and with 1 at 375: about as late as Momentum with the same average.",
    ),
    Preset(
        "Stuck, with fair learning rates",
        Setting(
            surface=surfaces.bounded_saddle,
            start=(1.5, 1e-10),
            steps=400,
            lineup=lineup.of(
                optimizers.sgd(lr=0.064),
                optimizers.momentum(lr=0.0055),
                optimizers.nesterov(lr=0.0056),
                optimizers.adagrad(lr=0.32),
                optimizers.rmsprop(lr=0.078, beta=0.9),
                optimizers.adam(lr=0.082),
            ),
        ),
        "Each η is such that x falls from 1.5 to 0.1 in 20 steps. SGD, Momentum and Nesterov then stay within 0.1 of "
        "the saddle for over 150 steps; of these SGD escapes first. AdaGrad, RMSProp and Adam never come within 0.9.",
    ),
    Preset(
        "Exactly on the axis",
        Setting(surface=surfaces.saddle, start=(1.0, 0.0), steps=300, lineup=SIX),
        "On y = 0 the gradient across the axis is 0, and 0 divided by ε is still 0: no run escapes, as the closed "
        "forms say.",
    ),
    Preset(
        "A little noise is enough",
        Setting(surface=surfaces.saddle, start=(1.0, 0.0), steps=400, noise=0.001, lineup=SIX),
        "The same start with gradient noise σ = 0.001: every optimizer escapes within 400 steps under all 200 seeds, "
        "RMSProp at step 8 and Adam at step 20 under each of them.",
    ),
    Preset(
        "Escaping to a minimum",
        Setting(surface=surfaces.bounded_saddle, start=(1.5, 1e-4), steps=300, lineup=SIX),
        "All six escape. SGD, Momentum and Nesterov come to rest in the minimum at (0, √10), Adam comes as close, and "
        "RMSProp oscillates around it by ± η/2. AdaGrad's effective learning rate has fallen too far to arrive.",
    ),
    Preset(
        "Monkey saddle",
        Setting(surface=surfaces.monkey_saddle, start=(1.0, 0.001), steps=300, lineup=SIX),
        "The Hessian is zero at this saddle: no distance is a straight line on the log axis. Momentum and Nesterov "
        "run through it and fall on the far side within 10 steps; SGD, which slows down before it, takes 116.",
    ),
)
