"""The page's own averages and measurements against published numbers, pandas and theory."""

import math

import numpy as np
import pandas as pd
import pytest

from optim import theory
from ui import average_frames, measures, series
from ui.series import MADE


@pytest.fixture
def temperatures():
    return series.seattle()


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.98, 0.999])
def test_the_averages_are_those_of_pandas(temperatures, beta):
    plain, corrected = measures.averages(temperatures, beta)
    values = pd.Series(temperatures.values)
    np.testing.assert_allclose(corrected, values.ewm(alpha=1 - beta, adjust=True).mean(), rtol=0, atol=1e-12)
    start = pd.concat([pd.Series([0.0]), values], ignore_index=True)
    np.testing.assert_allclose(plain, start.ewm(alpha=1 - beta, adjust=False).mean()[1:], rtol=0, atol=1e-12)


def test_the_shipped_series_is_four_whole_years(temperatures):
    values = temperatures.values
    assert len(values) == 1461
    # The first row is 12.8 and 5.0 °C.
    assert values[0] == pytest.approx(8.9)
    assert np.isfinite(values).all()
    assert -10 < values.min() < values.max() < 35


def test_a_constant_series_shows_one_minus_a_power():
    plain, corrected = measures.averages(series.make(MADE["Constant"](level=3.0)), 0.9)
    np.testing.assert_allclose(plain, 3 * (1 - 0.9 ** np.arange(1, 201)), rtol=1e-12)
    np.testing.assert_allclose(corrected, 3, rtol=1e-12)
    # The lecture's 0.02 × 20 is 0.4, and 1 − 0.98² is 0.0396.
    plain, _ = measures.averages(series.own((20.0, 20.0)), 0.98)
    np.testing.assert_allclose(plain, [0.4, 20 * 0.0396], rtol=1e-12)


def test_an_impulse_draws_the_weights():
    plain, _ = measures.averages(series.make(MADE["Impulse"](when=1, length=60)), 0.9)
    np.testing.assert_allclose(plain, theory.ema_weight(0.9, np.arange(60)), rtol=1e-12)


@pytest.mark.parametrize(
    ("beta", "step"), [(0.0, 1), (0.5, 7), (0.9, 44), (0.98, 228), (0.999, 4603), (0.1, 2), (0.01, 1)]
)
def test_the_correction_is_over_when_it_changes_one_in_a_hundred(beta, step):
    assert measures.last_step(beta) == step
    assert beta**step <= 0.01 * (1 + 1e-9)
    assert step == 1 or beta ** (step - 1) > 0.01


def test_white_noise_keeps_what_theory_says():
    noisy = series.make(MADE["Constant"](level=0.0, noise=1.0, length=5000, seed=3))
    for beta, one in zip((0.0, 0.5, 0.9), measures.measure(noisy, (0.0, 0.5, 0.9)), strict=True):
        assert one.noise == pytest.approx(theory.ema_variance_ratio(beta), rel=0.12)
        assert one.whole == pytest.approx(theory.ema_variance_ratio(beta), rel=0.12)


def test_a_ramp_lags_by_what_theory_says():
    betas = (0.5, 0.8, 0.9, 0.95, 0.98)
    for beta, one in zip(betas, measures.measure(series.make(MADE["Linear ramp"]), betas), strict=True):
        assert one.lag == pytest.approx(theory.ema_lag(beta), rel=1e-3)
        # A straight line stays as steep as it is, and has no noise.
        assert one.whole == pytest.approx(1, rel=1e-2)
        assert math.isnan(one.noise)


def test_the_temperatures_come_late_and_their_weather_is_gone(temperatures):
    nervous, smooth = measures.measure(temperatures, (0.5, 0.98))
    assert smooth.noise < 0.01 < 0.3 < nervous.noise
    assert nervous.lag < 1
    assert 35 < smooth.lag < 49


@pytest.mark.parametrize("values", [(1.0, 2.0), (0.0,) * 100, (1e100, -1e100) * 50, tuple(range(31))])
def test_what_cannot_be_measured_is_nan_and_warns_of_nothing(values):
    for one in measures.measure(series.own(tuple(map(float, values))), (0.0, 0.9, 0.998)):
        assert all(math.isnan(value) or math.isfinite(value) for value in one)


def test_drawing_keeps_ends_extremes_and_the_first_steps():
    values = np.random.default_rng(0).standard_normal(10_000)
    keep = average_frames.drawn(values, 110)
    assert len(keep) <= 2 * 110 + average_frames.FIRST + 1
    assert {0, len(values) - 1, int(values.argmin()), int(values.argmax()), *range(30)} <= set(keep.tolist())
    assert average_frames.drawn(values[:50], 110).tolist() == list(range(50))


@pytest.mark.parametrize("label", list(MADE))
def test_a_made_series_is_as_long_as_told_and_the_same_again(label):
    recipe = MADE[label](length=77, noise=0.3, seed=5)
    made = series.make(recipe)
    assert made.values.shape == (77,)
    assert made is series.make(recipe)
    again = series.make(MADE[label](length=77, noise=0.3, seed=6))
    assert not np.array_equal(made.values, again.values)
