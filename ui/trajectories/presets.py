"""The Trajectories page's presets, in the order of a lecture."""

from typing import Any

from optim import Optimizer, Surface, optimizers, surfaces

from .. import lineup
from ..page import Preset
from .setting import Setting


def _preset(
    name: str, look: str, surface: Surface, start: tuple[float, float], steps: int, *line: Optimizer, **more: Any
) -> Preset[Setting]:
    return Preset(name, Setting(surface=surface, start=start, steps=steps, lineup=lineup.of(*line), **more), look)


RAVINE = (surfaces.quadratic, (-10.0, 1.5))

PRESETS = (
    _preset(
        "Momentum damps the zigzag",
        "SGD crosses the ravine at every step. Momentum with the same η averages the crossings away: after 10 steps it "
        "is 0.04 from the valley floor, SGD 0.52. The adaptive methods scale each coordinate by itself.",
        *RAVINE,
        50,
        optimizers.sgd(lr=0.19),
        optimizers.momentum(lr=0.19, beta=0.5, average=True),
        optimizers.adagrad(lr=2.0),
        optimizers.rmsprop(lr=0.2, beta=0.9),
        optimizers.adam(lr=0.3),
    ),
    _preset(
        "A learning rate too large",
        "SGD is stable below η = 2/b = 0.2. At 0.2 it keeps oscillating, at 0.21 it leaves the map at step 8. "
        "Momentum with β = 0.9 is stable up to 0.38.",
        *RAVINE,
        50,
        optimizers.sgd(lr=0.15),
        optimizers.sgd(lr=0.2),
        optimizers.sgd(lr=0.21),
        optimizers.momentum(lr=0.21),
    ),
    _preset(
        "Why bias correction matters",
        "Without bias correction Adam's longest step is 3.9 times as long as with it: this run leaves the map at "
        "step 12. The corrected run ends near the minimum.",
        surfaces.gaussian_wells,
        (0.75, 1.0),
        100,
        optimizers.adam(lr=0.2),
        optimizers.adam(lr=0.2, bias_correction=False),
    ),
    _preset(
        "AdaGrad slows down, RMSProp recovers",
        "A long valley. AdaGrad sums all squared gradients: its effective learning rate along x is 4·10⁻⁴ to the end. "
        "RMSProp forgets the large gradients of the start, and its effective learning rate rises fourfold.",
        surfaces.rosenbrock,
        (-1.2, 1.0),
        2000,
        optimizers.adagrad(lr=0.1),
        optimizers.rmsprop(lr=0.01),
        optimizers.adam(lr=0.05),
        inside=2,
    ),
    _preset(
        "RMSProp's spike",
        "Near the minimum gradients are tiny. With β = 0.9 the average v forgets the large ones within some 40 steps, "
        "η/√v grows, and at step 42 the loss jumps. With β = 0.99 it does not.",
        *RAVINE,
        60,
        optimizers.rmsprop(lr=0.4, beta=0.9),
        optimizers.rmsprop(lr=0.4),
        inside=1,
        t=43,
    ),
    _preset(
        "Adaptive methods depend on the axes",
        "The ravine lies at 45° to the axes. SGD and momentum end as in a straight ravine (θ = 0) from the same place "
        "in it: SGD at f = 0.023. Adam ends at 0.11, not 0.003, and AdaGrad at 0.1, not 10⁻¹². They scale x and y, "
        "but the steep direction is neither.",
        surfaces.quadratic(angle=45.0),
        (-3.0, -1.25),
        50,
        optimizers.sgd(lr=0.18),
        optimizers.momentum(lr=0.18, beta=0.5, average=True),
        optimizers.adagrad(lr=1.0),
        optimizers.adam(lr=0.3),
    ),
    _preset(
        "Rosenbrock's valley",
        "Every run falls into the valley within a few steps. Along its floor the gradient is small: there momentum "
        "adds up, and SGD is still far from (1, 1) after 500 steps.",
        surfaces.rosenbrock,
        (-1.2, 1.0),
        500,
        optimizers.sgd(lr=0.0012),
        optimizers.momentum(lr=0.0005),
        optimizers.nesterov(lr=0.0005),
        optimizers.adam(lr=0.1),
    ),
    _preset(
        "Stuck on a saddle",
        "All have the same learning rate. SGD and averaged momentum are still at the saddle point after 100 steps. "
        "RMSProp and Adam divide by the gradient's size and reach a minimum.",
        surfaces.bounded_saddle,
        (1.5, 1e-6),
        100,
        optimizers.sgd(lr=0.05),
        optimizers.momentum(lr=0.05, average=True),
        optimizers.rmsprop(lr=0.05, beta=0.9),
        optimizers.adam(lr=0.05),
    ),
    _preset(
        "ε decides on a plateau",
        "The gradient at the start is 7.1·10⁻⁸ long. With ε = 10⁻⁸ Adam crosses the plateau, with ε = 10⁻⁴ it moves "
        "by less than 0.01 in 100 steps.",
        surfaces.gaussian_wells,
        (0.75, 1.0),
        100,
        optimizers.sgd(lr=0.05),
        optimizers.adam(lr=0.05),
        optimizers.adam(lr=0.05, eps=1e-6),
        optimizers.adam(lr=0.05, eps=1e-4),
    ),
)
