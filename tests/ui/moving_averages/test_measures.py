"""The page's own averages and measurements against published numbers, pandas and theory."""

import math

import numpy as np
import pandas as pd
import pytest

from optim import theory
from ui.moving_averages import frames, measures
from ui.moving_averages.measures import average
from ui.moving_averages.series import MADE, Own, Series, make, seattle


@pytest.fixture
def temperatures():
    return seattle()


def own(*values: float) -> Series:
    return Series(np.array(values, dtype=float))


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.98, 0.999])
def test_the_averages_are_those_of_pandas(temperatures, beta):
    values = pd.Series(temperatures.values)
    corrected, first = (values.ewm(alpha=1 - beta, adjust=adjust).mean() for adjust in (True, False))
    np.testing.assert_allclose(average(temperatures, beta, "corrected"), corrected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(average(temperatures, beta, "first"), first, rtol=0, atol=1e-12)
    start = pd.concat([pd.Series([0.0]), values], ignore_index=True)
    plain = start.ewm(alpha=1 - beta, adjust=False).mean()[1:]
    np.testing.assert_allclose(average(temperatures, beta, "plain"), plain, rtol=0, atol=1e-12)


# Not 0.5: there pandas takes weights other than those that it documents (it compares its parameter com with 1).
@pytest.mark.parametrize("beta", [0.0, 0.4, 0.9, 0.999])
def test_missing_values_keep_their_day_as_with_pandas(beta):
    values = np.array([np.nan, 3.0, np.nan, np.nan, 5.0, 1.0, np.nan, 2.0])
    for kind, adjust in (("corrected", True), ("first", False)):
        expected = pd.Series(values).ewm(alpha=1 - beta, adjust=adjust, ignore_na=False).mean()
        known = np.isfinite(values)
        np.testing.assert_allclose(average(own(*values), beta, kind)[known], expected[known], rtol=1e-12)


def test_the_published_examples_of_gaps_and_of_starting_at_the_first_value():
    np.testing.assert_allclose(average(own(1, np.nan, 3), 0.5, "corrected"), [1, 1, 2.6], rtol=1e-15)
    np.testing.assert_allclose(average(own(20, 21, 19, 22), 0.9, "first"), [20, 20.1, 19.99, 20.191], rtol=1e-14)


def test_a_beta_close_to_one_keeps_the_corrected_average_among_the_values():
    np.testing.assert_allclose(average(own(1, 2, 3), 1 - 1e-9, "corrected"), [1, 1.5, 2], rtol=1e-6)


def test_the_shipped_series_is_four_whole_years(temperatures):
    values = temperatures.values
    assert len(values) == 1461
    # The first row is 12.8 and 5.0 °C.
    assert values[0] == pytest.approx(8.9)
    assert np.isfinite(values).all()
    assert -10 < values.min() < values.max() < 35


def test_a_constant_series_shows_one_minus_a_power():
    series = make(MADE["Constant"](level=3.0))
    np.testing.assert_allclose(average(series, 0.9, "plain"), 3 * (1 - 0.9 ** np.arange(1, 201)), rtol=1e-12)
    np.testing.assert_allclose(average(series, 0.9, "corrected"), 3, rtol=1e-12)
    # The lecture's 0.02 × 20 is 0.4, and 1 − 0.98² is 0.0396.
    np.testing.assert_allclose(average(own(20.0, 20.0), 0.98, "plain"), [0.4, 20 * 0.0396], rtol=1e-12)


def test_an_impulse_draws_the_weights():
    plain = average(make(MADE["Impulse"](when=1, length=60)), 0.9, "plain")
    np.testing.assert_allclose(plain, theory.ema_weight(0.9, np.arange(60)), rtol=1e-12)


@pytest.mark.parametrize(
    ("beta", "step"),
    [(0.0, 1), (0.5, 7), (0.9, 44), (0.98, 228), (0.999, 4603), (0.1, 2), (0.01, 1), (1 - 1e-9, 4_605_170_314)],
)
def test_the_correction_is_over_when_it_changes_one_in_a_hundred(beta, step):
    assert measures.last_step(beta) == step
    assert beta**step <= 0.01 * (1 + 1e-9)
    assert step == 1 or beta ** (step - 1) > 0.01


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.9999])
def test_after_its_half_life_a_weight_has_halved(beta):
    assert beta ** measures.half_life(beta) == pytest.approx(0.5 if beta else 1)


def test_white_noise_keeps_what_theory_says():
    noisy = make(MADE["Constant"](level=0.0, noise=1.0, length=5000, seed=3))
    for beta, one in zip((0.0, 0.5, 0.9), measures.measure(noisy, (0.0, 0.5, 0.9)), strict=True):
        assert one.noise == pytest.approx(theory.ema_variance_ratio(beta), rel=0.12)
        assert one.whole == pytest.approx(theory.ema_variance_ratio(beta), rel=0.12)


@pytest.mark.parametrize("noise", [0.0, 3.0])
def test_a_ramp_lags_by_what_theory_says_whatever_its_noise(noise):
    betas = (0.5, 0.8, 0.9, 0.95, 0.98)
    for beta, one in zip(betas, measures.measure(make(MADE["Linear ramp"](noise=noise)), betas), strict=True):
        assert one.lag == pytest.approx(theory.ema_lag(beta), rel=1e-3)
        # A straight line stays as steep as it is.
        assert one.whole == pytest.approx(1, rel=0.02)
        assert math.isnan(one.noise) == (noise == 0)


@pytest.mark.parametrize("beta", [0.5, 0.8, 0.9, 0.95, 0.98, 0.99])
def test_the_average_of_a_step_is_late_by_a_half_life_wherever_the_step_is(beta):
    for when in (20, 50, 200):
        (one,) = measures.measure(make(MADE["Step"](when=when, length=1000)), (beta,))
        assert one.lag == pytest.approx(measures.half_life(beta), abs=0.6)


@pytest.mark.parametrize("beta", [0.5, 0.9, 0.98])
def test_what_is_removed_and_not_delayed_has_no_lag(beta):
    """Each average lies nowhere near a shifted copy: an impulse is flattened, and a fast wave averaged away."""
    for recipe in (MADE["Impulse"], MADE["Sine with noise"](period=3.0), MADE["Constant"], MADE["Constant"](noise=1.0)):
        assert math.isnan(measures.measure(make(recipe), (beta,))[0].lag), recipe


def test_the_temperatures_come_late_and_their_weather_is_gone(temperatures):
    nervous, middle, smooth = measures.measure(temperatures, (0.5, 0.9, 0.98))
    assert smooth.noise < 0.01 < 0.3 < nervous.noise
    assert nervous.lag < 1
    assert 7 < middle.lag < 9, "the seasons are nearly straight over ten days"
    assert 35 < smooth.lag < 49, "and turn within fifty"


def test_gaps_hardly_change_what_is_measured(temperatures):
    values = temperatures.values.copy()
    values[np.random.default_rng(1).random(len(values)) < 0.1] = np.nan
    for whole, holed in zip(*(measures.measure(s, (0.5, 0.9)) for s in (temperatures, Series(values))), strict=True):
        np.testing.assert_allclose(holed, whole, rtol=0.25)


@pytest.mark.parametrize(
    "values",
    [(1.0, 2.0), (0.0,) * 100, (1e100, -1e100) * 50, tuple(range(31)), (math.nan,) * 60 + (1.0,) + (math.nan,) * 60],
)
def test_what_cannot_be_measured_is_nan_and_warns_of_nothing(values):
    for one in measures.measure(own(*values), (0.0, 0.9, 0.998, 1 - 1e-9)):
        assert all(math.isnan(value) or math.isfinite(value) for value in one)


def test_drawing_keeps_ends_extremes_and_the_first_steps():
    values = np.random.default_rng(0).standard_normal(10_000)
    values[5000] = np.nan
    keep = frames.drawn(values, 110)
    assert len(keep) <= 2 * 110 + frames.FIRST + 1
    assert {0, len(values) - 1, int(np.nanargmin(values)), int(np.nanargmax(values)), *range(30)} <= set(keep.tolist())
    assert frames.drawn(values[:50], 110).tolist() == list(range(50))


def test_gaps_are_drawn_from_half_a_step_before_to_half_a_step_after_them():
    series = own(np.nan, 1, 2, np.nan, np.nan, 3, np.nan)
    assert frames.gaps(series, 7).to_pydict() == {"t": [0.5, 3.5, 6.5], "end": [1.5, 5.5, 7.5]}
    assert frames.gaps(series, 4).to_pydict() == {"t": [0.5, 3.5], "end": [1.5, 4.5]}
    assert len(frames.gaps(own(*[1, np.nan] * 500), 1000)) == frames.GAPS
    assert frames.missing(series, 7)["t"].to_pylist() == [1, 4, 5, 7], "these have no weight"
    assert frames.missing(series, 4)["t"].to_pylist() == [1, 4]


@pytest.mark.parametrize("label", list(MADE))
def test_a_made_series_has_its_length_and_is_the_same_again(label):
    recipe = MADE[label](length=77, noise=0.3, seed=5)
    made = recipe.series
    assert made.values.shape == (77,)
    assert made is recipe.series
    again = MADE[label](length=77, noise=0.3, seed=6).series
    assert not np.array_equal(made.values, again.values)


def test_a_visitors_numbers_are_a_column_and_the_example_stands_in_for_none():
    two = Own("a,b\n1,5\n,6\n3,7\n", column="b")
    assert two.series.values.tolist() == [5, 6, 7]
    assert np.isnan(Own(two.content, column="a").series.values[1])
    assert Own(two.content, column="gone").chosen in ("a", "b")
    bad = Own("words only")
    assert bad.problem
    assert bad.series.values.tolist() == Own().series.values.tolist()
