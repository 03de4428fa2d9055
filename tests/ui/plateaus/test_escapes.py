"""The step of escape: of single runs, over the values of a hyperparameter, and the published numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import optim
from optim import OPTIMIZERS, SURFACES, optimizers, schedules, surfaces
from optim.descent import DIVERGED
from ui import controls, lineup
from ui.lineup import Entry
from ui.plateaus import escapes
from ui.plateaus.escapes import SWEEPS, Below, best, escape, over, swept
from ui.plateaus.setting import LEVELS, Setting

from ... import settings as random
from ...budget import cases

START = (0.75, 1.0)


def setting(*line_up, surface=surfaces.gaussian_wells, start=None, steps=100, **more):
    return Setting.of(surface, start or surface.start, steps, lineup.of(*line_up), **more)


def adam(eps):
    return optimizers.adam(lr=0.05, eps=eps)


def test_the_plateaus_published_escapes():
    """From (0.75, 1) Adam with lr 0.05 first has f < -1 after 32 steps with ε = 1e-8, 52 with 1e-6, never with 1e-4."""
    now = setting(adam(1e-8), adam(1e-6), adam(1e-4), optimizers.sgd(lr=0.05), steps=1000)
    assert now.start == START
    assert now.level == -1
    np.testing.assert_allclose(np.abs(now.surface.at(START)[1]), [4.1e-8, 5.9e-8], rtol=0.02)
    assert now.escapes == [32, 52, None, None]
    gd = now.traces[3]["x"]
    assert (np.abs(gd[-1] - gd[0]) < 3e-6).all(), "gradient descent moves under 3e-6 in either coordinate"
    assert (np.abs(gd[-1] - gd[0]) > 2e-6).all()


@cases(60)
@given(data=st.data())
def test_a_sweep_says_the_same_as_single_runs(data):
    now = data.draw(random.settings("plateaus", most_steps=60))
    entry = now.lineup[0]
    given = now.given(entry)
    for chart, steps in over(entry.optimizer, given, now.level).items():
        name, sweep = swept(entry.optimizer)[chart], SWEEPS[chart]
        assert len(steps) == len(sweep.values)
        i = data.draw(st.integers(0, len(steps) - 1))
        more = {"schedule": entry.schedule, "noise": now.noise, "seed": now.seed}
        trace = optim.trace(entry.optimizer(**{name: sweep.values[i]}), now.surface, now.start, now.steps, **more)
        sound = np.isfinite(trace["f"]) & (np.abs(trace["x"]) <= DIVERGED).all(axis=1)
        held = np.flatnonzero((trace["f"] <= now.level) & np.logical_and.accumulate(sound))
        alone = int(held[0]) if len(held) else None
        assert escape(trace, now.level) == alone
        assert (None if np.isnan(steps[i]) else int(steps[i])) == alone


def test_the_sweep_over_epsilon_holds_the_published_numbers():
    now = setting(adam(1e-8))
    times = dict(
        zip(SWEEPS["epsilon"].values, over(adam(1e-8), now.given(now.lineup[0]), -1.0)["epsilon"], strict=True)
    )
    assert times[1e-8] == 32
    assert times[1e-6] == 52
    assert np.isnan(times[1e-4])


def test_what_is_tried_is_round_and_a_mark_of_the_slider():
    assert (min(SWEEPS["epsilon"].values), max(SWEEPS["epsilon"].values)) == (1e-12, 1.0)
    adam = optimizers.adam.hyperparameters
    for chart, name in (("eta", "lr"), ("epsilon", "eps"), ("first", "beta1"), ("second", "beta2")):
        assert {*SWEEPS[chart].values} <= {*controls.marks(adam[name])}, chart
        assert list(SWEEPS[chart].values) == sorted({*SWEEPS[chart].values})


def test_swept_hyperparameters_are_chosen_by_what_they_do():
    assert swept(optimizers.sgd) == {"eta": "lr"}
    assert swept(optimizers.momentum) == {"eta": "lr", "first": "beta"}
    assert swept(optimizers.rmsprop) == {"eta": "lr", "epsilon": "eps", "first": "momentum", "second": "beta"}
    assert swept(optimizers.adadelta) == {"eta": "lr", "epsilon": "eps", "second": "rho"}
    for label in ("Adam", "NAdam", "RAdam", "AdaBelief", "AdaMax", "Yogi"):
        found = {"eta": "lr", "epsilon": "eps", "first": "beta1", "second": "beta2"}
        assert swept(OPTIMIZERS[label]) == swept(OPTIMIZERS[label](lr=0.0, eps=1e6)) == found
    assert swept(optimizers.lion) == {"eta": "lr", "first": "beta1", "second": "beta2"}


def test_the_symbols_of_a_chart_are_those_of_the_line_up_each_once():
    line_up = [optimizers.momentum, optimizers.adam, optimizers.nesterov, optimizers.rmsprop, optimizers.sgd]
    assert escapes.symbols(line_up, "first") == "β, β₁, μ"
    assert escapes.symbols(line_up, "second") == "β₂, β"


def test_the_best_of_equals_is_the_nearest_to_the_present_value():
    steps = np.full(len(SWEEPS["epsilon"].values), 32.0)
    assert best(adam(1e-6), "epsilon", steps, None) == (32, 1e-6)
    assert best(adam(3e-6), "epsilon", steps, None) == (32, 2e-6)
    assert best(adam(3e-6), "epsilon", steps, 32) == (32, 3e-6)
    assert best(adam(3e-6), "epsilon", steps, 33) == (32, 2e-6)
    assert best(adam(0.0), "epsilon", steps, None) == (32, 1e-12)
    steps[:20] = np.nan
    assert best(adam(1e-12), "epsilon", steps, None) == (32, SWEEPS["epsilon"].values[20])
    assert best(adam(1e-8), "epsilon", np.full(len(steps), np.nan), 40) == (40, 1e-8)
    assert best(adam(1e-8), "epsilon", np.full(len(steps), np.nan), None) is None


def test_a_diverged_run_does_not_escape():
    x = np.array([[1.0, 2 * DIVERGED, 1.0, 1.0, 1.0], [0.0] * 5])
    row = {"f": np.array([-5.0, -5.0, np.nan, -np.inf, 0.0]), "x": x}
    assert Below(-1.0)(row).tolist() == [True, False, False, False, False]


def test_what_comes_back_after_it_had_diverged_has_not_escaped():
    """A learning rate that is too large for the bowl in y at first, and then decays."""
    decay = schedules.inverse_time(decay=1.0, steps_per_epoch=1)
    optimizer, given = optimizers.sgd(lr=100.0), setting(optimizers.sgd, surface=surfaces.tanh_step, steps=400)
    given = given.given(Entry(optimizer, decay))
    trace = optim.trace(optimizer, surfaces.tanh_step, given.start, 400, schedule=decay)
    assert np.abs(trace["x"]).max() > DIVERGED
    level = float(trace["f"][-1]) + 1e-6
    assert trace["f"].min() < level, "it does come back"
    assert np.argmax(trace["f"] <= level) > np.argmax(np.abs(trace["x"]).max(axis=1) > DIVERGED)
    assert escape(trace, level) is None
    i = SWEEPS["eta"].values.index(100.0)
    assert np.isnan(over(optimizer, given, level)["eta"][i])


@pytest.mark.parametrize("label", LEVELS)
def test_at_the_usual_start_no_run_has_escaped_yet_and_there_is_somewhere_to_escape_to(label):
    surface, level = SURFACES[label], LEVELS[label]
    assert surface.at(surface.start)[0] > level
    grid = np.stack(np.meshgrid(np.linspace(*surface.x_range, 201), np.linspace(*surface.y_range, 201)))
    assert surface.at(grid)[0].min() < level


def test_only_the_deeper_pit_is_below_its_level():
    level = LEVELS["Two pits"]
    assert surfaces.two_pits.at((0.905317899, 0))[0] > level > surfaces.two_pits.at((-0.9363006, 0))[0]
