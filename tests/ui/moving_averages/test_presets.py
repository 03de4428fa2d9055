"""Each preset shows what its sentence says."""

import numpy as np
import pytest

from optim import theory
from ui.moving_averages import gradients, measures
from ui.moving_averages.gradients import STREAMS
from ui.moving_averages.measures import average
from ui.moving_averages.presets import PRESETS

NAMED = {preset.name: preset for preset in PRESETS}


def steps(now, corrected=True):
    return gradients.steps(now.adam, now.size, corrected).step[:, list(STREAMS).index(now.gradients)]


def test_the_lectures_picture():
    now = NAMED["The lecture's picture"].setting
    assert [round(theory.ema_window(beta)) for beta in now.betas] == [2, 10, 50]
    plain, corrected = (average(now.series, 0.98, kind)[0] for kind in ("plain", "corrected"))
    assert corrected == pytest.approx(now.series.values[0])
    assert plain < 0.05 * corrected


def test_fast_but_noisy():
    now = NAMED["β = 0.5: fast but noisy"].setting
    (beta,) = now.betas
    assert theory.ema_window(beta) == 2
    assert theory.ema_variance_ratio(beta) == pytest.approx(1 / 3)
    (one,) = measures.measure(now.series, (beta,))
    assert one.lag < 1


def test_smooth_but_late():
    now = NAMED["β = 0.98: smooth but late"].setting
    (beta,) = now.betas
    assert round(theory.ema_window(beta)) == 50
    smooth, _ = measures.parts(now.series)
    late = average(now.series, beta, "corrected")
    for year in range(4):
        days = slice(366 * year, 366 * (year + 1))
        assert np.argmax(late[days]) - np.argmax(smooth[days]) >= 14
    assert measures.measure(now.series, (beta,))[0].noise < 0.01


def test_momentum_needs_no_correction():
    now = NAMED["Momentum needs no correction"].setting
    (beta,) = now.betas
    plain = average(now.series, beta, "plain")
    assert [round(float(plain[t - 1]), 2) for t in (10, 22, 44)] == [0.65, 0.9, 0.99]
    assert (plain < 1).all()
    assert measures.last_step(beta) == 44


def test_adam_needs_it():
    now = NAMED["Adam needs it"].setting
    assert [measures.last_step(beta) for beta in now.betas] == [44, 4603]
    assert now.betas == (now.adam.values["beta1"], now.adam.values["beta2"])
    plain = steps(now, corrected=False)
    assert (f"{plain[0]:.2f}", f"{plain[11]:.2f}") == ("3.16", "6.57")
    assert plain.argmax() == 11
    np.testing.assert_allclose(steps(now), 1, rtol=1e-7)


def test_after_a_spike():
    now = NAMED["After a spike"].setting
    when = now.series.event
    for beta, forgotten in ((0.95, True), (0.999, False)):
        rest = average(now.series, beta, "plain")[when - 1 :] / (1 - beta)
        assert (rest[60] < 0.05) == forgotten
        assert (rest[-1] < 0.05) == forgotten
    for beta2, short in ((0.95, False), (0.999, True)):
        after = gradients.steps(now.adam(beta2=beta2), now.size, True).step[:, list(STREAMS).index("spiky")]
        assert (after[gradients.EVERY + 60 : 2 * gradients.EVERY - 1].max() < 0.55) == short


def test_epsilon_against_tiny_gradients():
    now = NAMED["ε against tiny gradients"].setting
    assert now.size == now.adam.values["eps"]
    np.testing.assert_allclose(steps(now), 0.5, rtol=1e-6)


def test_every_preset_has_a_test_and_its_link_leads_back_to_it():
    functions = [name for name in globals() if name.startswith("test_")]
    assert len(functions) >= len(PRESETS) + 1
    for preset in PRESETS:
        problems = []
        assert type(preset.setting).parse(preset.setting.query, PRESETS[0].setting, problems) == preset.setting
        assert not problems
