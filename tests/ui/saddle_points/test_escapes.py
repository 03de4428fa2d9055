"""Escapes and their tables, against runs written out and against closed forms."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

import optim
from optim import OPTIMIZERS, optimizers, schedules, surfaces
from optim.ends import diverged
from ui.frames import Box
from ui.saddle_points import frames, words
from ui.saddle_points import sweeps as own
from ui.saddle_points.geometry import distance
from ui.saddle_points.sweeps import VALUES

from ...budget import cases
from ...settings import settings
from .made import STRICT, out_at, setting

TABLE = {
    "SGD": (optimizers.sgd, 926),
    "Momentum": (optimizers.momentum(beta=0.9), 152),
    "Nesterov": (optimizers.nesterov(beta=0.9), 146),
    "Adam": (optimizers.adam, 77),
    "Adam uncorrected": (optimizers.adam(bias_correction=False), 18),
    "RMSProp": (optimizers.rmsprop(beta=0.9), 72),
    "AdaGrad": (optimizers.adagrad, 1263),
}


def test_the_published_table():
    now = setting(*(configured(lr=0.01) for configured, _ in TABLE.values()), steps=1300)
    assert [escape.at for escape in now.escapes] == [steps for _, steps in TABLE.values()]
    assert [escape.predicted.steps for escape in now.escapes if escape.predicted] == [926, 152, 146]
    still = replace(now, start=(1.0, 0.0))
    assert all(escape.at is None and not escape.distance.any() for escape in still.escapes)


@pytest.mark.parametrize("radius", [0.02, 0.5, 1.0, 1.5])
def test_an_escape_is_the_first_step_at_the_radius(radius):
    cases = [
        (STRICT(gamma=2.0), (1.0, -1e-3), 1, 0.0),
        (surfaces.bounded_saddle, (1.5, 1e-3), 1, 0.0),
        (surfaces.sine_saddle, (math.pi / 2 + 1e-3, 1.0), 0, math.pi / 2),
    ]
    for surface, start, axis, center in cases:
        everyone = [optimizers.sgd(lr=0.1), optimizers.adam(lr=0.01), optimizers.adagrad(lr=0.001)]
        found = setting(*everyone, surface=surface, start=start, radius=radius).escapes
        expected = [out_at(o, axis, center, radius, surface, start) for o in everyone]
        np.testing.assert_array_equal([math.nan if e.at is None else e.at for e in found], expected)
        assert np.isfinite(expected[:2]).all()


def test_a_run_that_is_thrown_out_has_not_escaped():
    now = setting(optimizers.sgd(lr=100.0), optimizers.sgd(lr=0.05))
    thrown, sgd = now.escapes
    assert (thrown.distance >= 1).any()
    assert diverged(thrown.run.trace) is not None
    assert (thrown.at, sgd.at) == (None, 189)


@cases(150)
@given(settings("saddle_points"))
def test_every_escape_is_recomputed(now):
    """At the radius, no higher than the map is across the stable axis, not diverged: and at no step before that."""
    line = np.linspace(*(now.surface.x_range, now.surface.y_range)[now.way.axis], 2001)
    across = np.repeat(np.array(now.start)[:, None], len(line) + 1, axis=1)
    across[now.way.axis] = [*line, now.way.saddle[now.way.axis]]
    ceiling = now.surface.at(across)[0].max() + 1e-9
    for escape in now.escapes:
        trace, gone = escape.run.trace, diverged(escape.run.trace)
        far = distance(now.surface, trace["x"].T)
        np.testing.assert_array_equal(escape.distance, far)
        sound = np.arange(len(far)) < (len(far) if gone is None else gone)
        there = np.flatnonzero(sound & (far >= now.radius) & (trace["f"] <= ceiling))
        assert escape.at == (int(there[0]) if len(there) else None) or trace["f"][there[0]] >= ceiling - 2e-9


def test_what_is_predicted_and_where_nothing_is():
    three = [optimizers.sgd(lr=0.05), optimizers.momentum(lr=0.05, beta=0.8), optimizers.nesterov(lr=0.05, beta=0.8)]
    for surface in (STRICT(gamma=3.0), STRICT):
        for escape in setting(*three, surface=surface, start=(0.5, -1e-3), radius=0.7).escapes:
            assert escape.predicted.steps == escape.at
            np.testing.assert_allclose(escape.predicted.distance, escape.distance, rtol=1e-9)
    averaged = [optimizers.momentum(lr=0.5, average=True), optimizers.nesterov(lr=0.5, average=True)]
    for escape in setting(*averaged).escapes:
        assert escape.predicted.steps == escape.at
        np.testing.assert_allclose(escape.predicted.distance, escape.distance, rtol=1e-9)
    # A linearisation: right near the saddle, and off by little at a radius of 1.
    for surface, start in ((surfaces.bounded_saddle, (1.5, 1e-4)), (surfaces.sine_saddle, (math.pi / 2 + 1e-4, 1.0))):
        for escape in setting(*three, surface=surface, start=start).escapes:
            near = escape.distance < 0.01
            np.testing.assert_allclose(escape.predicted.distance[near], escape.distance[near], rtol=1e-3)
            assert 0 <= escape.at - escape.predicted.steps <= 3
    for without in (
        setting(*three, noise=0.1),
        setting(*three, plan=schedules.exponential),
        setting(*three, surface=surfaces.monkey_saddle),
        setting(*(OPTIMIZERS[label] for label in ("Adam", "RMSProp", "AdaGrad", "Lion"))),
    ):
        assert not any(escape.predicted for escape in without.escapes)
    never = setting(*three, start=(1.0, 0.0)).escapes
    assert [escape.predicted.steps for escape in never] == [math.inf] * 3


# The small charts.


@pytest.mark.parametrize("noise", [0.0, 0.01])
@pytest.mark.parametrize("optimizer", [optimizers.sgd, optimizers.momentum, optimizers.adam, optimizers.rmsprop])
def test_the_small_charts_are_runs_of_their_own(optimizer, noise):
    configured = optimizer(lr=0.05)
    start, more = (0.8, -1e-3), {"steps": 150, "radius": 0.9, "noise": noise}
    now = setting(configured, start=start, **more)
    swept = own.swept(now, now.lineup[0])
    names = {
        "SGD": {"lr": "lr"},
        "Momentum": {"lr": "lr", "beta": "beta"},
        "Adam": {"lr": "lr", "beta": "beta1", "beta2": "beta2", "eps": "eps"},
        "RMSProp": {"lr": "lr", "beta": "beta", "beta2": "momentum", "eps": "eps"},
    }[optimizer.label]
    assert set(swept) == {*names, "delta"}
    for chart, name in names.items():
        for i in (3, 8, 13):
            expected = out_at(configured(**{name: VALUES[chart][i]}), start=start, **more)
            assert swept[chart].steps[i] == pytest.approx(expected, nan_ok=True), chart
        assert swept[chart].present == configured.values[name]
    for i in (0, 8, 19):
        expected = out_at(configured, start=(0.8, -VALUES["delta"][i]), **more)
        assert swept["delta"].steps[i] == pytest.approx(expected, nan_ok=True)
    assert swept["delta"].present == 1e-3
    assert np.isfinite(swept["lr"].steps).sum() > 5


def test_only_optimizers_that_scale_the_gradient_pay_for_a_closer_start():
    now = setting(optimizers.sgd(lr=0.05), optimizers.momentum(lr=0.05), optimizers.adam(lr=0.05), steps=800)
    sgd, momentum, adam = (own.decade(own.swept(now, entry)["delta"], now.radius) for entry in now.lineup)
    assert sgd == pytest.approx(math.log(10) / math.log(1.05), rel=0.01)
    assert momentum > 5
    assert 0 <= adam < 1
    predicted = [escape.predicted.decade for escape in now.escapes[:2]]
    np.testing.assert_allclose([sgd, momentum], predicted, rtol=0.01)
    nothing = setting(optimizers.sgd(lr=0.0))
    assert math.isnan(own.decade(own.swept(nothing, nothing.lineup[0])["delta"], 1.0))
    assert nothing.escapes[0].predicted.decade == math.inf


@cases(60)
@given(settings("saddle_points"))
def test_the_charts_have_something_for_every_setting(now):
    found, by = now.escapes, [own.swept(now, entry) for entry in now.lineup]
    for chart, values in VALUES.items():
        who = [i for i, swept in enumerate(by) if chart in swept]
        tables = frames.times(chart, [found[i] for i in who], [by[i][chart] for i in who])
        dots = tables["now"].to_pandas()
        xs = frames.place(chart, np.array(values))
        assert len(dots) == len(who)
        assert dots["x"].between(xs.min(), xs.max()).all()
        for i, y in zip(who, dots["y"], strict=True):
            assert (found[i].at is None) == math.isnan(y)
    for swept in by:
        cost = own.decade(swept["delta"], now.radius)
        near = [s for d, s in zip(VALUES["delta"], swept["delta"].steps, strict=True) if d <= now.radius / 10]
        assert math.isnan(cost) == (np.isfinite(near).sum() < 2)


def test_the_present_value_is_a_dot_and_stays_on_its_axis():
    now = setting(optimizers.sgd(lr=0.05), optimizers.sgd(lr=0.0011), optimizers.sgd(lr=0.0))
    found = now.escapes
    swept = [own.swept(now, entry)["lr"] for entry in now.lineup]
    tables = frames.times("lr", found, swept)
    dots = tables["now"].to_pandas()
    assert dots["x"].tolist() == [0.05, 0.0011, 1e-5]
    np.testing.assert_array_equal(dots["y"], [189, math.nan, math.nan])
    assert len(tables["never"]) == sum(int(np.isnan(by.steps).sum()) for by in swept)
    np.testing.assert_array_equal(tables["times0"].to_pandas()["y"], np.maximum(swept[0].steps, 1))
    adam = setting(optimizers.adam(lr=0.05, eps=0.0, beta2=0.99999))
    by = own.swept(adam, adam.lineup[0])
    assert frames.times("eps", adam.escapes, [by["eps"]])["now"].to_pandas()["x"].tolist() == [1e-12]
    assert frames.times("beta2", adam.escapes, [by["beta2"]])["now"].to_pandas()["x"].tolist() == [
        pytest.approx(1e-4, rel=1e-9)
    ]


# Seeds.
@pytest.mark.slow
def test_over_seeds_every_seed_is_a_run_of_its_own():
    now = setting(optimizers.sgd(lr=0.05), start=(1.0, 0.0), noise=0.001, steps=190)
    found = own.over_seeds(now, now.lineup[0])
    alone = [
        out_at(optimizers.sgd(lr=0.05), start=(1.0, 0.0), steps=190, noise=0.001, seed=seed) for seed in range(200)
    ]
    np.testing.assert_array_equal(found, np.sort(alone))
    assert np.isnan(found).any()
    assert np.isfinite(found).any()


def test_shares_and_quantiles_of_seeds():
    hits = np.array([3.0, 3.0, 5.0, 9.0, math.nan])
    share = frames.share(hits, 20).to_pandas()
    assert share.values.tolist() == [[0, 0], [3, 0.4], [5, pytest.approx(0.6)], [9, 0.8], [20, 0.8]]
    assert [frames.quantile(hits, part) for part in (0.05, 0.5, 0.8)] == [3, 5, 9]
    assert math.isnan(frames.quantile(hits, 0.95))
    assert frames.share(np.full(3, math.nan), 20).to_pandas().values.tolist() == [[0, 0], [20, 0]]
    many = frames.share(np.sort(np.random.default_rng(1).integers(0, 999, 200)).astype(float), 1000)
    assert len(many) <= frames.STEPPED + 2
    assert many.column("y")[-2].as_py() == 1


# Distances.


def test_distances_are_cut_and_zeros_are_gaps():
    now = setting(optimizers.sgd(lr=0.05), optimizers.adam(lr=0.05), steps=300)
    found = now.escapes
    box = frames.window(now, found)
    tables = frames.distances(found, box)
    curve, theory = (tables[name].to_pandas() for name in ("curve0", "theory"))
    assert curve["y"].iloc[0] == pytest.approx(1e-4)
    assert curve["y"].max() == pytest.approx(box.top)
    np.testing.assert_allclose(theory["y"].dropna(), curve["y"], rtol=1e-9)
    noisy = setting(optimizers.sgd(lr=0.05), start=(1.0, 0.0), noise=0.01)
    found = noisy.escapes
    curve = frames.distances(found, frames.window(noisy, found))["curve0"].to_pandas()
    assert curve["step"].iloc[0] >= 1
    assert (curve["y"].dropna() > 0).all()


def test_the_window_shows_the_radius_and_the_start():
    now = setting(optimizers.sgd(lr=0.05), radius=2.0)
    assert frames.window(now, now.escapes) == Box(0, 300, 5e-5, 6.0)
    wide = setting(optimizers.sgd(lr=0.05), surface=surfaces.bounded_saddle, radius=0.01, start=(1.5, 1.0))
    assert frames.window(wide, wide.escapes) == Box(0, 300, 0.005, 4.5)


@cases(100)
@given(settings("saddle_points"))
def test_every_setting_has_a_window_and_lines_inside_it(now):
    found = now.escapes
    box = frames.window(now, found)
    assert 0 < box.bottom < box.top < math.inf
    assert box.bottom < max(now.radius, 1e-17) < box.top
    for table in frames.distances(found, box).values():
        y = np.array(table["y"].to_pylist(), dtype=float)
        y = y[~np.isnan(y)]
        assert ((y >= box.bottom * (1 - 1e-9)) & (y <= box.top * (1 + 1e-9))).all()


def test_a_move_of_one_value_makes_one_trace_and_one_sweep(monkeypatch):
    made: list[str] = []

    def counted(name):
        make = getattr(optim, name)
        return lambda optimizer, *args, **more: (
            made.append(f"{name} {optimizer.label}"),
            make(optimizer, *args, **more),
        )[1]

    for name in ("trace", "sweep"):
        monkeypatch.setattr(optim, name, counted(name))
    now = setting(optimizers.sgd(lr=0.0123), optimizers.adam(lr=0.0321), start=(1.0, 1.234e-4), steps=50)

    def draw(now):
        return [(escape.at, own.swept(now, escape.entry), words.verdict(now, now.escapes)) for escape in now.escapes]

    draw(now)
    assert made == ["trace SGD", "trace Adam", "sweep SGD", "sweep Adam"]
    adam = now.lineup[1]
    draw(replace(now, lineup=(now.lineup[0], replace(adam, optimizer=adam.optimizer(lr=0.0345)))))
    assert made[4:] == ["trace Adam", "sweep Adam"]
    draw(now)
    assert len(made) == 6
