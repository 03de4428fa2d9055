"""Escapes: the direction, the distance and the step of it, against runs written out and against closed forms."""

import math

import numpy as np
import pytest

import optim
from optim import OPTIMIZERS, optimizers, schedules, surfaces
from ui import controls, saddle_curvature, saddle_frames, saddle_words, saddles
from ui.experiment import Setting
from ui.frames import Box
from ui.lineup import Entry
from ui.saddles import DELTA, DELTAS, GAPS, RATES, SADDLES, Away, way_out

STRICT = surfaces.saddle
TABLE = {
    "SGD": (optimizers.sgd, 926),
    "Momentum": (optimizers.momentum(beta=0.9), 152),
    "Nesterov": (optimizers.nesterov(beta=0.9), 146),
    "Adam": (optimizers.adam, 77),
    "Adam uncorrected": (optimizers.adam(bias_correction=False), 18),
    "RMSProp": (optimizers.rmsprop(beta=0.9), 72),
    "AdaGrad": (optimizers.adagrad, 1263),
}


def setting(*configured, surface=STRICT, start=(1.0, 1e-4), steps=300, radius=1.0, noise=0.0, plan=schedules.constant):
    """The experiment without a session."""
    entries = [Entry(i, o.label, f"#{i}", 0, o, plan) for i, o in enumerate(configured)]
    return Setting(surface, start, entries, steps, noise, 0, 0.01, "log", {"radius": radius})


def out_at(optimizer, axis=1, center=0.0, radius=1.0, surface=STRICT, start=(1.0, 1e-4), steps=300, **more):
    """The first step with |x_axis - center| >= radius, by a trace."""
    x = optim.trace(optimizer, surface, start, steps, **more)["x"][:, axis]
    there = np.flatnonzero(np.abs(x - center) >= radius)
    return float(there[0]) if len(there) else math.nan


# Where a saddle is and which way is out.


def test_the_way_out_is_down_the_hessian():
    assert set(SADDLES) == {"Saddle", "Bounded saddle", "Monkey saddle", "Sine saddle"}
    for gamma in (0.01, 1.0, 7.0):
        assert way_out(STRICT(gamma=gamma)) == ((0, 0), 1, pytest.approx(gamma, rel=1e-15))
    assert way_out(STRICT(gamma=0.0)) == ((0, 0), 1, 0.0)
    assert way_out(surfaces.bounded_saddle) == ((0, 0), 1, pytest.approx(2))
    assert way_out(surfaces.sine_saddle) == ((math.pi / 2, 0), 0, pytest.approx(1))
    assert way_out(surfaces.monkey_saddle) == ((0, 0), 1, None)


def test_distance_is_across_the_stable_axis():
    p = np.array([[1.0, -2.0, 0.5], [0.3, -0.4, 0.0]])
    np.testing.assert_array_equal(saddles.distance(STRICT, p), [0.3, 0.4, 0.0])
    np.testing.assert_allclose(saddles.distance(surfaces.sine_saddle, p), np.abs(p[0] - math.pi / 2))
    # Left of the monkey saddle there is no stable ray, only the saddle itself.
    np.testing.assert_allclose(saddles.distance(surfaces.monkey_saddle, p), [0.3, math.hypot(2, 0.4), 0.0])


def test_out_is_at_the_radius_and_beyond():
    row = {"x": np.array([[0.0, 0.0, 0.0], [0.5, -0.5, np.nextafter(0.5, 0)]])}
    np.testing.assert_array_equal(Away(STRICT, 0.5)(row), [True, True, False])
    assert Away(STRICT(), 0.5) == Away(STRICT, 0.5)
    assert hash(Away(STRICT(), 0.5)) == hash(Away(STRICT, 0.5))
    assert Away(STRICT(gamma=2.0), 0.5) != Away(STRICT, 0.5) != Away(STRICT, 0.6)


@pytest.mark.parametrize("surface", SADDLES.values(), ids=SADDLES)
@pytest.mark.parametrize("side", [1, -1])
def test_the_start_is_where_its_slider_says(surface, side):
    axis = way_out(surface).axis
    start = list(surface.start)
    start[axis] = surface.saddles[0][axis] + side * 0.5
    now = setting(optimizers.sgd, surface=surface, start=tuple(start))
    for mark in controls.marks(DELTA):
        moved = saddles.beside(now, mark)
        assert saddles.delta(now._replace(start=moved)) == mark
        assert moved[1 - axis] == surface.start[1 - axis]
        assert (moved[axis] - surface.saddles[0][axis]) * side >= 0
    assert controls.marks(DELTA)[0] == 0
    assert saddles.delta(
        now._replace(start=tuple(s + 0.0123 * (i == axis) for i, s in enumerate(start)))
    ) == pytest.approx(abs(side * 0.5 + 0.0123), rel=1e-12)


# Escapes.


def test_the_published_table():
    now = setting(*(configured(lr=0.01) for configured, _ in TABLE.values()), steps=1300)
    assert [escape.at for escape in saddles.escapes(now)] == [steps for _, steps in TABLE.values()]
    closed = [escape.predicted.steps for escape in saddles.escapes(now) if escape.predicted]
    assert closed == [926, 152, 146]
    still = now._replace(start=(1.0, 0.0))
    assert all(escape.at is None and not escape.distance.any() for escape in saddles.escapes(still))


@pytest.mark.parametrize("radius", [0.02, 0.5, 1.0, 1.5])
def test_an_escape_is_the_first_step_at_the_radius(radius):
    cases = [
        (STRICT(gamma=2.0), (1.0, -1e-3), 1, 0.0),
        (surfaces.bounded_saddle, (1.5, 1e-3), 1, 0.0),
        (surfaces.sine_saddle, (math.pi / 2 + 1e-3, 1.0), 0, math.pi / 2),
    ]
    for surface, start, axis, center in cases:
        everyone = [optimizers.sgd(lr=0.1), optimizers.adam(lr=0.01), optimizers.adagrad(lr=0.001)]
        found = saddles.escapes(setting(*everyone, surface=surface, start=start, radius=radius))
        expected = [out_at(o, axis, center, radius, surface, start) for o in everyone]
        np.testing.assert_array_equal([math.nan if e.at is None else e.at for e in found], expected)
        assert np.isfinite(expected[:2]).all()


def test_what_is_predicted_and_where_nothing_is():
    three = [optimizers.sgd(lr=0.05), optimizers.momentum(lr=0.05, beta=0.8), optimizers.nesterov(lr=0.05, beta=0.8)]
    for surface in (STRICT(gamma=3.0), STRICT):
        for escape in saddles.escapes(setting(*three, surface=surface, start=(0.5, -1e-3), radius=0.7)):
            assert escape.predicted.steps == escape.at
            np.testing.assert_allclose(escape.predicted.distance, escape.distance, rtol=1e-9)
    averaged = [optimizers.momentum(lr=0.5, average=True), optimizers.nesterov(lr=0.5, average=True)]
    for escape in saddles.escapes(setting(*averaged)):
        assert escape.predicted.steps == escape.at
        np.testing.assert_allclose(escape.predicted.distance, escape.distance, rtol=1e-9)
    # A linearisation: right near the saddle, and off by little at a radius of 1.
    for surface, start in ((surfaces.bounded_saddle, (1.5, 1e-4)), (surfaces.sine_saddle, (math.pi / 2 + 1e-4, 1.0))):
        for escape in saddles.escapes(setting(*three, surface=surface, start=start)):
            near = escape.distance < 0.01
            np.testing.assert_allclose(escape.predicted.distance[near], escape.distance[near], rtol=1e-3)
            assert 0 <= escape.at - escape.predicted.steps <= 3
    for without in (
        setting(*three, noise=0.1),
        setting(*three, plan=schedules.exponential),
        setting(*three, surface=surfaces.monkey_saddle),
        setting(optimizers.adam, optimizers.rmsprop, optimizers.adagrad),
    ):
        assert not any(escape.predicted for escape in saddles.escapes(without))
    never = saddles.escapes(setting(*three, start=(1.0, 0.0)))
    assert [escape.predicted.steps for escape in never] == [math.inf] * 3


@pytest.mark.parametrize("noise", [0.0, 0.01])
@pytest.mark.parametrize("optimizer", [optimizers.sgd, optimizers.momentum, optimizers.adam, optimizers.rmsprop])
def test_the_small_charts_are_runs_of_their_own(optimizer, noise):
    configured = optimizer(lr=0.05)
    start = (0.8, -1e-3)
    now = setting(configured, start=start, steps=150, radius=0.9, noise=noise)
    swept = saddles.times(now, now.entries[0])
    beta = saddles.beta_of(now.entries[0])
    assert beta == {"SGD": None, "Momentum": "beta", "Adam": "beta1", "RMSProp": "beta"}[optimizer.label]
    assert set(swept) == {"lr", "delta"} | ({"beta"} if beta else set())
    more = {"steps": 150, "radius": 0.9, "noise": noise}
    for i in (0, 7, 13, 19):
        assert swept["lr"][i] == pytest.approx(out_at(optimizer(lr=RATES[i]), start=start, **more), nan_ok=True)
        beside = out_at(configured, start=(0.8, -DELTAS[i]), **more)
        assert swept["delta"][i] == pytest.approx(beside, nan_ok=True)
        if beta:
            other = configured(**{beta: 1 - GAPS[i]})
            assert swept["beta"][i] == pytest.approx(out_at(other, start=start, **more), nan_ok=True)
    assert np.isfinite(swept["lr"]).sum() > 5


def test_only_who_multiplies_the_gradient_pays_for_a_closer_start():
    now = setting(optimizers.sgd(lr=0.05), optimizers.momentum(lr=0.05), optimizers.adam(lr=0.05), steps=800)
    sgd, momentum, adam = (saddles.times(now, entry)["delta"] for entry in now.entries)
    decades = math.log10(DELTAS[10] / DELTAS[0])
    assert (sgd[0] - sgd[10]) / decades == pytest.approx(math.log(10) / math.log(1.05), rel=0.01)
    assert (momentum[0] - momentum[10]) / decades > 5
    assert abs(adam[0] - adam[10]) <= 3


def test_over_seeds_every_seed_is_a_run_of_its_own():
    now = setting(optimizers.sgd(lr=0.05), start=(1.0, 0.0), noise=0.001, steps=190)
    found = saddles.over_seeds(now, now.entries[0], 12)
    alone = [out_at(optimizers.sgd(lr=0.05), start=(1.0, 0.0), steps=190, noise=0.001, seed=seed) for seed in range(12)]
    np.testing.assert_array_equal(found, np.sort(alone))
    assert np.isnan(found).any()
    assert np.isfinite(found).any()


# Tables.


def test_shares_and_quantiles_of_seeds():
    hits = np.array([3.0, 3.0, 5.0, 9.0, math.nan])
    share = saddle_frames.share(hits, 20).to_pandas()
    assert share.values.tolist() == [[0, 0], [3, 0.4], [5, pytest.approx(0.6)], [9, 0.8], [20, 0.8]]
    assert [saddle_frames.quantile(hits, part) for part in (0.05, 0.5, 0.8)] == [3, 5, 9]
    assert math.isnan(saddle_frames.quantile(hits, 0.95))
    assert saddle_frames.share(np.full(3, math.nan), 20).to_pandas().values.tolist() == [[0, 0], [20, 0]]
    many = saddle_frames.share(np.sort(np.random.default_rng(1).integers(0, 999, 200)).astype(float), 1000)
    assert len(many) <= saddle_frames.STEPPED + 2
    assert many.column("y")[-2].as_py() == 1


def test_the_present_value_is_a_dot_or_a_triangle():
    now = setting(optimizers.sgd(lr=0.05), optimizers.sgd(lr=0.0011), optimizers.sgd(lr=3.0))
    now = now._replace(entries=[entry._replace(name=f"SGD {entry.id}") for entry in now.entries])
    found = saddles.escapes(now)
    swept = [saddles.times(now, entry)["lr"] for entry in now.entries]
    tables = saddle_frames.times(found, RATES, swept, [0.05, 0.0011, 3.0])
    assert tables["now"].to_pandas().values.tolist() == [[0.05, 189, "#0"]]
    stuck = tables["never"].to_pandas()
    assert stuck[stuck["x"] == 0.0011].values.tolist() == [[0.0011, 1, "#1"]]
    assert len(stuck) == 1 + sum(int(np.isnan(steps).sum()) for steps in swept)
    np.testing.assert_array_equal(tables["times0"].to_pandas()["y"], swept[0])


@pytest.mark.parametrize("surface", SADDLES.values(), ids=SADDLES)
def test_the_fence_stands_where_runs_are_out(surface):
    now = setting(optimizers.sgd, surface=surface, start=surface.start, radius=0.7)
    points = saddle_frames.fence(now).to_pandas().dropna().to_numpy().T
    np.testing.assert_allclose(saddles.distance(surface, points), 0.7, rtol=5e-3)
    assert len(points.T) >= 4
    box = now.box
    assert (points[0] >= box.left).all()
    assert (points[0] <= box.right + 1e-9).all()


def test_distances_are_cut_and_zeros_are_gaps():
    now = setting(optimizers.sgd(lr=0.05), optimizers.adam(lr=0.05), steps=300)
    found = saddles.escapes(now)
    box = saddle_frames.window(now, found)
    tables = saddle_frames.distances(found, box)
    curve, theory = (tables[name].to_pandas() for name in ("curve0", "theory"))
    assert curve["y"].iloc[0] == pytest.approx(1e-4)
    assert curve["y"].max() == pytest.approx(box.top)
    np.testing.assert_allclose(theory["y"].dropna(), curve["y"], rtol=1e-9)
    noisy = setting(optimizers.sgd(lr=0.05), start=(1.0, 0.0), noise=0.01)
    found = saddles.escapes(noisy)
    curve = saddle_frames.distances(found, saddle_frames.window(noisy, found))["curve0"].to_pandas()
    assert curve["step"].iloc[0] >= 1
    assert (curve["y"].dropna() > 0).all()


# Curvature.


def test_eigenvalues_are_numpys():
    p = np.random.default_rng(0).normal(size=(2, 50))
    for surface in SADDLES.values():
        hessian = surface.hessian(p)
        found = np.stack(saddle_curvature.eigenvalues(hessian), axis=1)
        np.testing.assert_allclose(found, np.linalg.eigvalsh(np.moveaxis(hessian, 2, 0)), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.sgd,
        optimizers.momentum(beta=0.8),
        optimizers.momentum(beta=0.8, average=True),
        optimizers.nesterov(beta=0.8),
        optimizers.nesterov(beta=0.8, average=True),
    ],
    ids=["sgd", "momentum", "averaged momentum", "nesterov", "averaged nesterov"],
)
def test_beyond_the_edge_oscillations_grow(optimizer):
    def felt(lr):
        now = setting(optimizer(lr=lr), start=(1.0, 0.0), surface=STRICT(gamma=0.0))
        return saddle_curvature.feels(now.surface, now.entries[0], now.run(now.entries[0]))

    unit = felt(0.01)
    np.testing.assert_allclose(unit.values, unit.values[0], rtol=1e-12)
    critical = 0.01 * unit.edge / unit.values[0]
    for factor, grows in ((0.98, False), (1.02, True)):
        x = optim.trace(optimizer(lr=factor * critical), STRICT, (1.0, 0.0), 800)["x"][:, 0]
        assert (np.abs(x[-50:]).max() > 1) == grows


def test_the_edge_of_adaptive_rates_is_that_of_rates_that_stay():
    # A heavy ball whose average has been going for long: Adam with v frozen.
    for beta in (0.0, 0.9):
        now = setting(optimizers.adam(beta1=beta))
        edge = saddle_curvature.feels(STRICT, now.entries[0], now.run(now.entries[0])).edge
        for factor, grows in ((0.98, False), (1.02, True)):
            x = optim.trace(optimizers.momentum(lr=factor * edge, beta=beta, average=True), STRICT, (1.0, 0.0), 900)[
                "x"
            ]
            assert (np.abs(x[-50:, 0]).max() > 1) == grows
    now = setting(optimizers.adagrad(lr=0.05), start=(1.0, 0.5), steps=5)
    felt = saddle_curvature.feels(STRICT, now.entries[0], now.run(now.entries[0]))
    rate = 0.05 / np.sqrt(np.cumsum(now.run(now.entries[0]).trace["g"][:, 0] ** 2))
    np.testing.assert_allclose(felt.values, rate, rtol=1e-6)
    assert felt.edge == 2


@pytest.mark.parametrize("label", OPTIMIZERS)
def test_every_optimizer_has_an_edge_or_says_that_none_is_known(label):
    now = setting(OPTIMIZERS[label](lr=0.05), surface=surfaces.sine_saddle, start=(math.pi / 2 + 1e-3, 1.0), steps=60)
    entry = now.entries[0]
    felt = saddle_curvature.feels(now.surface, entry, now.run(entry))
    said = saddle_curvature.stability(entry, felt)
    assert ("No edge is known" in said) == math.isnan(felt.edge)
    assert said.strip()


def test_the_signs_are_told_where_they_change():
    now = setting(optimizers.sgd(lr=0.05), surface=surfaces.bounded_saddle, start=(1.5, 1e-4))
    run = now.run(now.entries[0])
    small, large = saddle_curvature.along(now.surface, run)
    turn = int(np.argmax(run.trace["x"][:, 1] > math.sqrt(10 / 3)))
    told = saddle_curvature.shape(now.surface, run, small, large)
    assert f"Before step {turn} one eigenvalue is negative and one positive" in told
    assert "from then on both eigenvalues are positive" in told
    assert told.endswith("The run ends in a minimum.")
    still = setting(optimizers.sgd(lr=0.05), start=(1.0, 0.0))
    run = still.run(still.entries[0])
    told = saddle_curvature.shape(still.surface, run, *saddle_curvature.along(still.surface, run))
    assert "All along the path one eigenvalue is negative" in told
    assert told.endswith("The run ends at the saddle.")


# Sentences.


def said(now):
    return " ".join(saddle_words.verdict(now, saddles.escapes(now)))


def test_the_verdict_is_what_the_runs_did():
    now = setting(*(configured(lr=0.05) for configured, _ in list(TABLE.values())[:4]))
    told = said(now)
    assert "**Adam is out first, at step 20**, 9.4 times sooner than SGD (step 189)." in told
    assert "Without adaptive rates Nesterov (48) is the best, with them Adam (20)." in told
    assert "Theory is right to the step for SGD, Momentum and Nesterov." in told


def test_where_momentum_beats_adam_it_says_so():
    now = setting(optimizers.momentum(lr=0.01), optimizers.adam(lr=0.01), start=(1.0, 0.1))
    momentum, adam = (out_at(o(lr=0.01), start=(1.0, 0.1)) for o in (optimizers.momentum, optimizers.adam))
    assert momentum < adam
    told = said(now)
    assert f"**Momentum is out first, at step {momentum:.0f}**." in told
    assert f"Momentum ({momentum:.0f}) beats the best of them, Adam ({adam:.0f})" in told


def test_who_is_not_out_is_named():
    now = setting(optimizers.sgd(lr=0.01), optimizers.adam(lr=0.01), optimizers.adagrad(lr=0.01))
    told = said(now)
    assert "**Adam is out first, at step 77**. Not within 300 steps: SGD and AdaGrad." in told
    assert "Theory says step 926 for SGD (the run: not within 300)." in told
    assert "**SGD is not out within 300 steps.**" in said(setting(optimizers.sgd(lr=0.01)))
    assert "nobody is sooner than plain SGD" in said(setting(optimizers.sgd(lr=0.5), optimizers.adam(lr=0.001)))


def test_from_the_axis_itself_nothing_leaves_but_what_does():
    now = setting(optimizers.sgd(lr=0.05), optimizers.momentum(lr=0.05), start=(1.0, 0.0))
    told = saddle_words.standstill(now, saddles.escapes(now))
    assert told.startswith(
        "From exactly δ = 0 nothing escapes without noise: 300 steps later SGD and Momentum are still"
    )
    assert "Theory says never for SGD and Momentum." in said(now)
    monkey = now._replace(surface=surfaces.monkey_saddle)
    told = saddle_words.standstill(monkey, saddles.escapes(monkey))
    assert "Momentum runs past the saddle" in told
    assert "SGD stays on the axis" in told
    sine = setting(
        optimizers.sgd(lr=0.05), optimizers.adam(lr=0.05), surface=surfaces.sine_saddle, start=(math.pi / 2, 1.0)
    )
    told = saddle_words.standstill(sine, saddles.escapes(sine))
    assert "6e-17" in told
    assert "Adam grows from that." in told
    assert told in said(sine)
    assert "SGD stays on the axis" in told
    nothing = setting(optimizers.adam(eps=0.0), start=(1.0, 0.0))
    assert saddle_words.standstill(nothing, saddles.escapes(nothing)) == "Adam divides 0 by 0 there."
    for other in (now._replace(noise=0.1), now._replace(start=(1.0, 1e-12))):
        assert saddle_words.standstill(other, saddles.escapes(other)) is None


def test_what_a_closer_start_costs():
    now = setting(optimizers.sgd(lr=0.05), optimizers.adam(lr=0.05), steps=800)
    swept = [saddles.times(now, entry)["delta"] for entry in now.entries]
    told = saddle_words.price(now, saddles.escapes(now), swept)
    assert told == "Each factor of ten closer to the axis costs SGD 47 steps, but Adam less than one."
    assert round(math.log(10) / math.log(1.05)) == 47


def test_a_steady_gradient_is_what_the_adaptive_ones_are_held_against():
    now = setting(optimizers.adam(lr=0.01), optimizers.sgd(lr=0.01))
    (told,) = saddle_words.unpredicted(now, saddles.escapes(now))
    assert "would take Adam 100 steps" in told
    assert "SGD" not in told
    tiny = setting(optimizers.adam(lr=0.01), start=(1.0, 1e-9))
    assert "1e-09" in saddle_words.unpredicted(tiny, saddles.escapes(tiny))[1]
    assert "ε = 1e-08" in saddle_words.unpredicted(tiny, saddles.escapes(tiny))[1]
    assert saddle_words.unpredicted(setting(optimizers.adam, start=(1.0, 0.0)), []) == []


def test_lists_of_names():
    assert saddle_words.listed(["a"]) == "a"
    assert saddle_words.listed(["a", "b"]) == "a and b"
    assert saddle_words.listed(["a", "b", "c"]) == "a, b and c"
    assert saddle_words.listed(["a, x", "b"]) == "a, x; b"


def test_the_window_shows_the_radius_and_the_start():
    now = setting(optimizers.sgd(lr=0.05), radius=2.0)
    assert saddle_frames.window(now, saddles.escapes(now)) == Box(0, 300, 5e-5, 6.0)
    wide = setting(optimizers.sgd(lr=0.05), surface=surfaces.bounded_saddle, radius=0.01, start=(1.5, 1.0))
    assert saddle_frames.window(wide, saddles.escapes(wide)) == Box(0, 300, 0.005, 4.5)
