"""The moving average against its closed form, its weights and its variance."""

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import optim
from optim.averages import debias, ema_step, power


def test_three_steps_by_hand():
    # β = 3/4 on 4, 0, 8: v = 1, 3/4, 9/16 + 2 = 41/16; corrected by 1 - β^t = 1/4, 7/16, 37/64.
    series = [4.0, 0.0, 8.0]
    assert optim.ema(series, 0.75).tolist() == [1, 0.75, 41 / 16]
    np.testing.assert_allclose(optim.ema(series, 0.75, bias_correction=True), [4, 12 / 7, 164 / 37], rtol=1e-15)


def test_the_weights_are_one_minus_beta_times_beta_to_the_age():
    beta, n = 0.9, 60
    pulse = np.zeros(n)
    pulse[0] = 1
    expected = [float((1 - Fraction(9, 10)) * Fraction(9, 10) ** age) for age in range(n)]
    np.testing.assert_allclose(optim.ema(pulse, beta), expected, rtol=1e-13)
    # After 1 / (1 - β) steps the weight has fallen to about 1 / e: (1 - ε)^(1/ε).
    assert optim.ema(pulse, beta)[10] / optim.ema(pulse, beta)[0] == pytest.approx(0.34867844, rel=1e-7)
    fine = optim.ema(np.eye(10_001, 1), 1 - 1e-4)
    assert fine[10_000, 0] / fine[0, 0] == pytest.approx(1 / math.e, rel=1e-4)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.98, 0.999])
def test_a_constant_series_shows_the_bias_and_its_correction(beta):
    t = np.arange(1, 101)
    np.testing.assert_allclose(optim.ema(np.full(100, 3.0), beta), 3 * (1 - beta**t), rtol=1e-12)
    np.testing.assert_allclose(optim.ema(np.full(100, 3.0), beta, bias_correction=True), 3, rtol=1e-12)


def test_the_factor_is_one_minus_a_power_not_a_power_of_one_minus():
    # 1 - .98² = .0396, where (1 - .98)² would be .0004.
    assert debias(1.0, 0.98, 2) == pytest.approx(1 / 0.0396, rel=1e-12)
    assert ema_step(0.0, 20.0, 0.98) == pytest.approx(0.4, rel=1e-12)


def test_the_variance_of_averaged_white_noise():
    # Var(m̂_t) = σ² (1-β)/(1+β) (1+β^t)/(1-β^t): the weights squared and summed, here over 20,000 independent series.
    sigma, beta, t = 2.0, 0.8, 6
    noise = sigma * np.random.default_rng(1).standard_normal((t, 20_000))
    found = optim.ema(noise, beta, bias_correction=True)[-1].var()
    power = beta**t
    assert found == pytest.approx(sigma**2 * (1 - beta) / (1 + beta) * (1 + power) / (1 - power), rel=0.03)


def test_a_power_is_the_same_for_one_exponent_as_for_many():
    bases = np.random.default_rng(6).random(20_000)  # NumPy's root of one in a thousand differs
    for exponent in (2.0, 3.0, 0.5, 7.0):
        together = power(bases, exponent)
        np.testing.assert_array_equal(together[:300], [power(float(base), exponent) for base in bases[:300]])
        np.testing.assert_array_equal(power(bases, np.full(len(bases), exponent)), together)
    np.testing.assert_array_equal(
        power(0.1, np.array([0.0, 1.0, 2.0, 3.0] * 3)), [1, 0.1, 0.1 * 0.1, power(0.1, 3.0)] * 3
    )


def test_several_averages_at_once_are_each_the_one_alone():
    series = np.random.default_rng(0).normal(size=(50, 3))
    betas = np.array([0.0, 0.5, 0.99])
    for corrected in (False, True):
        together = optim.ema(series, betas, corrected)
        assert together.shape == (50, 3)
        for i, beta in enumerate(betas):
            np.testing.assert_array_equal(together[:, i], optim.ema(series[:, i], beta, corrected))
    assert optim.ema(series, betas[:, None]).shape == (50, 3, 3)


def test_a_gap_leaves_the_weighted_mean_of_what_is_there():
    # At β = 1/2 the 1 weighs 1/4 of what the 3 does.
    assert optim.ema([1, math.nan, 3], 0.5, bias_correction=True).tolist() == [1, 1, 2.6]
    assert optim.ema([math.nan, 4, math.nan], 0.9, True)[1:].tolist() == [4, 4]
    assert np.isnan(optim.ema([math.nan, 4], 0.9, True)[0])
    # From zero: the weight of v_2 = 1/2 falls to 1/4 before the 3 comes with 1/2.
    assert optim.ema([1, math.nan, 3], 0.5).tolist() == [0.5, 0.5, (0.25 * 0.5 + 0.5 * 3) / 0.75]
    assert optim.ema([math.nan, 4], 0).tolist() == [0, 4]


def test_an_average_may_start_at_its_first_value():
    found = optim.ema([20, 21, 19, 22], 0.9, start_at_first=True)
    np.testing.assert_allclose(found, [20, 20.1, 19.99, 20.191], rtol=1e-15)
    assert found[0] == 20
    with pytest.raises(ValueError, match="no bias to correct"):
        optim.ema([1.0], 0.9, bias_correction=True, start_at_first=True)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.6])
@pytest.mark.parametrize("beta", [0.0, 0.3, 0.9, 0.999])
def test_gaps_and_starts_are_those_of_pandas(share, beta):
    rng = np.random.default_rng(3)
    series = rng.normal(size=(400, 3))
    series[rng.random(series.shape) < share] = math.nan
    frame = pd.DataFrame(series)
    ways = {True: {"bias_correction": True}, False: {"start_at_first": True}}
    for adjust, way in ways.items():
        expected = frame.ewm(alpha=1 - beta, adjust=adjust, ignore_na=False).mean()
        np.testing.assert_allclose(optim.ema(series, beta, **way), expected, rtol=1e-12, atol=1e-13)
    # Started at zero is started at a first value of zero.
    frame = pd.concat([pd.DataFrame(np.zeros((1, 3))), frame])
    expected = frame.ewm(alpha=1 - beta, adjust=False, ignore_na=False).mean()[1:]
    np.testing.assert_allclose(optim.ema(series, beta), expected, rtol=1e-12, atol=1e-13)


def test_a_long_gap_ends_without_a_trace_of_underflow():
    series = [2.0, *[math.nan] * 3000, 5.0, 7.0]
    assert optim.ema(series, 0.5, bias_correction=True)[-3:].tolist() == [2, 5, (0.25 * 5 + 0.5 * 7) / 0.75]
    assert optim.ema(series, 0.5, start_at_first=True)[-3:].tolist() == [2, 5, 6]


def test_gaps_of_several_series_and_averages_at_once_are_those_of_each_alone():
    series = np.random.default_rng(0).normal(size=(50, 3))
    series[[0, 7, 8, 20], [0, 1, 1, 2]] = math.nan
    betas = np.array([[0.0], [0.5], [0.99]])
    for way in ({}, {"bias_correction": True}, {"start_at_first": True}):
        together = optim.ema(series, betas, **way)
        assert together.shape == (50, 3, 3)
        for i, beta in enumerate(betas[:, 0]):
            for j in range(3):
                np.testing.assert_allclose(together[:, i, j], optim.ema(series[:, j], beta, **way), rtol=1e-14)


def test_an_empty_series_has_an_empty_average():
    assert optim.ema([], 0.9).shape == (0,)


@pytest.mark.parametrize(
    ("series", "error", "message"),
    [
        (3.0, ValueError, "series: it must have at least one axis."),
        ([1.0, math.nan, math.inf], ValueError, "series = inf: it must be a finite number."),
        (math.nan, ValueError, "series: it must have at least one axis."),
        ([math.inf], ValueError, "series = inf: it must be a finite number."),
        (["a"], TypeError, "series = ['a']: it must be a finite number."),
        ("abc", TypeError, "series = 'abc': it must be a finite number."),
    ],
)
def test_a_bad_series_is_refused(series, error, message):
    with pytest.raises(error) as caught:
        optim.ema(series, 0.9)
    assert str(caught.value) == message


def test_a_beta_that_does_not_broadcast_with_the_series_is_named():
    with pytest.raises(ValueError, match=r"^these shapes do not broadcast to .*: series \(2,\), beta \(3,\)\.$"):
        optim.ema(np.ones((4, 2)), [0.1, 0.2, 0.3])


@pytest.mark.parametrize(
    ("beta", "error"), [(1.0, ValueError), (-0.1, ValueError), ("a", TypeError), (None, TypeError)]
)
def test_a_bad_beta_is_refused(beta, error):
    with pytest.raises(error, match=r"beta = .*: it must be a finite number at least 0 and below 1"):
        optim.ema([1.0], beta)
