"""SGD on the noisy quadratic: expectations, balls and distributions, against runs."""

from dataclasses import replace

import numpy as np
import pytest

import optim
from optim import optimizers, schedules, theory
from ui.learning_rate_decay import adam, frames, quadratic, words
from ui.learning_rate_decay.presets import PRESETS
from ui.runs import Run

NOW = PRESETS[0].setting


@pytest.mark.parametrize("place", range(6))
def test_the_expected_loss_is_the_mean_over_seeds(place):
    given = NOW.given(NOW.schedules[place])
    f = quadratic.over_seeds(given)["f"]
    assert f.shape == (quadratic.SEEDS,)
    assert abs(f.mean() - quadratic.expected(given)[0][-1]) <= 4 * f.std() / np.sqrt(len(f))


def test_without_noise_the_expected_loss_is_the_runs():
    given = replace(NOW, noise=0.0).given(NOW.schedules[1])
    np.testing.assert_allclose(quadratic.expected(given)[0], quadratic.singles(given)[0]["f"], rtol=1e-9, atol=1e-300)


def test_several_schedules_at_once_are_as_each_alone():
    for schedule, together in zip(NOW.schedules, NOW.expected, strict=True):
        (alone,) = quadratic.expected(NOW.given(schedule))
        np.testing.assert_array_equal(alone, together)
    assert replace(NOW, plans=()).expected == []


def _traced(now, schedule):
    return optim.trace(optimizers.sgd(lr=now.lr), now.surface, steps=now.steps, schedule=schedule, noise=now.noise,
                       seed=now.seed)  # fmt: skip


def test_single_runs_are_those_that_optim_makes():
    now = replace(NOW, noise=0.7, seed=5, a=0.3)
    for schedule, single in zip(now.schedules, now.singles, strict=True):
        run = _traced(now, schedule)
        np.testing.assert_allclose(single["x"], run["x"], rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(single["f"], run["f"], rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(quadratic.rates(now.given(schedule)), run["effective_lr"][:-1, 0], rtol=1e-14)


def test_the_ball_is_measured_where_it_has_settled_and_is_the_closed_form():
    lr, radius = quadratic.measured(1.0, 5.0, 0)
    assert len(lr) > 10
    assert lr.max() < quadratic.edge(NOW.surface)
    theory_ = quadratic.ball(NOW.surface, lr, 1.0)
    # The relative error of a root mean square over 200 draws of two coordinates is below 1 / √(2 · 200).
    assert np.abs(radius / theory_ - 1).max() <= 4 / np.sqrt(2 * quadratic.SEEDS)
    assert len(quadratic.measured(1e-6, 5.0, 0)[0]) == 0, "nothing settles in time along so flat a valley"


def test_ball_level_and_axes_agree():
    lr, noise = 0.3, 0.7
    along = [quadratic.axis(NOW.surface, lr, noise, name) for name in "ab"]
    assert quadratic.ball(NOW.surface, lr, noise) == pytest.approx(np.hypot(*along))
    now = replace(NOW, lr=lr, noise=noise)
    assert quadratic.level(now.given(schedules.constant)) == pytest.approx(0.5 * (along[0] ** 2 + 5 * along[1] ** 2))
    assert along[1] ** 2 == pytest.approx(theory.sgd_stationary_variance(lr, 5.0, noise))


def test_a_learning_rate_is_drawn_by_its_changes():
    lr = quadratic.rates(NOW.given(NOW.schedules[5]))
    table = frames.rate("Staircase", lr, 20, log=True).to_pydict()
    assert table["step"] == [1, 81, 161, 241, 321, 400]
    np.testing.assert_allclose(table["epoch"], [0, 4, 8, 12, 16, 19.95])
    np.testing.assert_allclose(table["y"], [0.1, 0.05, 0.025, 0.0125, 0.00625, 0.00625])
    zero = frames.rate("Linear", np.array([1.0, 0.5, 0.0]), 1, log=True).to_pydict()
    assert np.isnan(zero["y"][-1])
    assert frames.rate("Linear", np.array([1.0, 0.5, 0.0]), 1, log=False).to_pydict()["y"][-1] == 0
    assert len(frames.rate("k/√t", 1 / np.sqrt(np.arange(1.0, 2001)), 1, log=True)) <= 500


def test_the_axis_in_epochs_is_the_axis_in_steps():
    ends = frames.span(0, 400, 20).to_pydict()
    assert ends == {"step": [0, 400], "epoch": [0, 20]}
    ends = frames.span(1, 400, 20).to_pydict()
    np.testing.assert_allclose(ends["epoch"], (np.array(ends["step"]) - 1) / 20)
    assert frames.span(1, 1, 20).to_pydict()["step"] == [1, 2], "an axis has two ends"


def test_the_ball_shows_the_second_half_of_each_run_where_it_is():
    found = [Run("Constant", "#000000", 0, NOW.singles[0])]
    drawn = frames.around(replace(NOW, plans=NOW.plans[:1]), found)
    path = drawn["path0"].to_pydict()
    assert min(path["step"]) >= 200
    whole = [i for i, step in enumerate(path["step"]) if step % 1 == 0]
    for i in whole[:20]:
        np.testing.assert_array_equal([path["x"][i], path["y"][i]], found[0].trace["x"][int(path["step"][i])])
    ring = drawn["ring"].to_pydict()
    assert max(ring["x"]) == pytest.approx(2 * quadratic.axis(NOW.surface, NOW.lr, 1.0, "a"))


def test_shares_and_quantiles_of_seeds():
    f = np.array([4.0, 1.0, np.inf, 2.0, 3.0])
    assert frames.share("s", f).to_pydict() == {"run": ["s"] * 4, "x": [1, 2, 3, 4], "y": [0.2, 0.4, 0.6, 0.8]}
    assert words.quantiles(f) == (1.0, 3.0, np.inf)
    assert words.quantiles(np.arange(1.0, 201)) == (10, 100, 190)
    assert len(frames.share("s", np.full(3, np.nan))) == 0


def test_the_table_for_the_csv_has_every_step_of_every_schedule():
    table = frames.table(NOW)
    assert len(table) == 6 * 401
    one = table[table["schedule"] == "Staircase"]
    np.testing.assert_array_equal(one["learning rate η"].to_numpy()[1:], quadratic.rates(NOW.given(NOW.schedules[5])))
    assert one["learning rate η"].isna().tolist() == [True] + [False] * 400
    np.testing.assert_allclose(one["epoch"], one["step"] / 20)
    np.testing.assert_array_equal(one["expected loss"], NOW.expected[5])
    assert frames.table(replace(NOW, plans=())).empty


def test_the_longest_of_adams_steps_for_a_constant_gradient():
    assert adam.longest(NOW, corrected=True, warm=False) == (1.0, 1)
    size, at = adam.longest(NOW, corrected=False, warm=False)
    assert (round(size, 4), at) == (6.5685, 12)
    size, at = adam.longest(NOW, corrected=True, warm=True)
    assert (size, at) == (1.0, 20)
    size, at = adam.longest(replace(NOW, warmup=0), corrected=False, warm=True)
    assert (round(size, 4), at) == (6.5685, 12)
    assert np.isnan(adam.lengths(replace(NOW, adam=NOW.adam(lr=0)), {"step": np.zeros((101, 2))})).all()
    assert adam.lengths(NOW, {"step": np.full((101, 2), [0.1, -0.4])}).tolist() == [2.0] * 100
