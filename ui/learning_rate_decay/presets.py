"""The Learning-rate decay page's presets, in the order of a lecture."""

from optim import Schedule, optimizers, schedules

from ..page import Preset
from . import plans
from .plans import Plan
from .setting import Setting


def _preset(name: str, look: str, *line: Schedule | Plan, **more: float) -> Preset[Setting]:
    return Preset(name, Setting(plans=plans.of(*line), **more), look)  # pyright: ignore[reportArgumentType]


PRESETS = (
    _preset(
        "The course's four, and a staircase",
        "At constant η = 0.1 the noise keeps the expected loss at 0.0596, however long the run. With the learning rate "
        "divided by 1 + epoch it ends at 0.00296, the lowest of the six. k/√t falls from the first step on: its loss "
        "is still the highest at step 150.",
        schedules.constant,
        schedules.inverse_time(decay=1.0),
        schedules.exponential,
        schedules.square_root,
        Plan(schedules.square_root, stepwise=True),
        schedules.staircase(steps_per_stair=80),
    ),
    _preset(
        "An epoch is not a step",
        "The same formulas, counted in epochs of 20 mini-batches and in steps. 0.95 per epoch leaves 38 % of η at the "
        "end. 0.95 per step leaves 10⁻⁹ of it: the steps add up to too little, and SGD stops short at a loss of 0.83.",
        schedules.exponential,
        Plan(schedules.exponential, stepwise=True),
        schedules.square_root,
        Plan(schedules.square_root, stepwise=True),
    ),
    _preset(
        "A ball around the minimum",
        "η = 0.2. Constant, SGD keeps a distance of 0.39 from the minimum; along a cosine to 0 it ends at 0.095. "
        "Move η and see the [ball](#the-ball-around-the-minimum) grow like √η, and faster near the stability edge 0.4.",
        schedules.constant,
        schedules.cosine(total=400),
        lr=0.2,
    ),
    _preset(
        "Large first, small at the end",
        "η = 0.38 is close to the stability edge of 0.4, and the expected loss at constant η is 2.02. The other four "
        "fall to less than 0.001, and end at a loss at least 90 times lower.",
        schedules.constant,
        schedules.cosine(total=400),
        schedules.one_cycle(total=400),
        schedules.linear(total=400),
        schedules.warmup_stable_decay(warmup=20, decay=100, total=400),
        lr=0.38,
    ),
    _preset(
        "Too small from the start",
        "η = 0.005 has not arrived after 400 steps: a loss of 0.91. Decay makes it worse: 6.7 along a cosine, 24 with "
        "η divided by 1 + epoch. Decay pays once the loss is flat, not before.",
        schedules.constant,
        schedules.cosine(total=400),
        schedules.inverse_time(decay=1.0),
        lr=0.005,
    ),
    _preset(
        "Restarts and cycles",
        "At each restart η is 0.2 again, and the expected loss returns to 0.15, that of constant η. At "
        "step 800, the end of a period, it is 0.009, and 0.0036 along one long cosine.",
        schedules.warm_restarts(period=200),
        schedules.triangular(low=0.02, half=100),
        schedules.cosine(total=800),
        lr=0.2,
        steps=800,
    ),
    Preset(
        "Warm-up does not replace the correction",
        Setting(
            plans=plans.of(schedules.warm_up(warmup=20), schedules.cosine_warmup(warmup=20, total=400)),
            adam=optimizers.adam(lr=0.2),
            warmup=20,
        ),
        "[Below](#warm-up-beside-bias-correction), Adam without bias correction leaves the map at step 12, and with a "
        "warm-up of 20 steps at step 15. Both corrected runs end in the deepest well.",
    ),
)
