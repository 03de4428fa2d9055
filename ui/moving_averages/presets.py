"""The Moving averages page's presets, in the order of a lecture."""

from optim import optimizers

from ..page import Preset
from .series import MADE
from .setting import Setting, averages

PRESETS = (
    Preset(
        "The lecture's picture",
        Setting(averages=averages(0.5, 0.9, 0.98)),
        "Daily temperatures: β = 0.9 averages about 10 days, 0.98 about 50. The dashed curve of β = 0.98 starts far "
        "too low, because v₀ = 0; divided by 1 − βᵗ it starts where the days do.",
    ),
    Preset(
        "β = 0.5: fast but noisy",
        Setting(averages=averages(0.5), correction="with", show="120"),
        "A window of 2 days: the average follows every cold snap. Of white noise it would keep one third.",
    ),
    Preset(
        "β = 0.98: smooth but late",
        Setting(averages=averages(0.98), correction="with", show="all"),
        "A window of 50 days: the weather is gone, the seasons remain, and every summer's peak comes weeks late.",
    ),
    Preset(
        "Momentum needs no correction",
        Setting(source=MADE["Constant"], averages=averages(0.9), show="60"),
        "With β = 0.9 the sum of weights is 0.65 after 10 steps, 0.90 after 22 and 0.99 after 44: uncorrected momentum "
        "begins with steps that are too small, for some 40 steps.",
    ),
    Preset(
        "Adam needs it",
        Setting(source=MADE["Constant"], averages=averages(0.9, 0.999), show="all"),
        "A constant gradient as Adam's two averages see it: m is within 1 % after 44 steps, v after 4,603. That makes "
        "Adam's uncorrected [first steps](#what-it-does-to-adam) too long: 3.16 η at t = 1, 6.57 η at t = 12.",
    ),
    Preset(
        "After a spike",
        Setting(source=MADE["Impulse"], averages=averages(0.9, 0.95, 0.999), gradients="spiky",
                adam=optimizers.adam(lr=0.3, beta2=0.95)),
        "β = 0.95 forgets a spike in some 60 steps, β = 0.999 does not in 450. Under [Adam](#what-it-does-to-adam), "
        "try β₂ = 0.95 and 0.999: with the larger one, all steps after the spike stay short.",
    ),
    Preset(
        "ε against tiny gradients",
        Setting(source=MADE["Constant"], averages=averages(0.9, 0.999), size=1e-8),
        "Gradients of 10⁻⁸ are as large as ε: Adam's corrected [steps](#what-it-does-to-adam) are η/2, not η. Move ε "
        "or the gradient size by a factor of 10 and see.",
    ),
)  # fmt: skip
