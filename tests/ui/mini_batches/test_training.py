"""Runs on mini-batches against the loop they come from; what is measured of them; axes and tables."""

from dataclasses import replace

import numpy as np
import pytest

import optim
from optim import optimizers, theory
from ui.mini_batches import data, entries, frames, measures, words
from ui.mini_batches.data import DIGITS, FULL, GEYSER, MODELS
from ui.mini_batches.entries import Entry, Look
from ui.mini_batches.presets import PRESETS
from ui.mini_batches.training import MOST, Plan, Record, looks, record

NOW = PRESETS[0].setting
SGD = optimizers.sgd(lr=0.1)
PLAN = Plan(GEYSER, MODELS[0], SGD, 16, True, 3, 2, 50)


def test_a_record_is_the_run_that_optim_makes():
    found = record(PLAN)
    task = data.task(GEYSER, MODELS[0], 16, True, 3)
    run = optim.trace(SGD, task, (0.0, 0.0), PLAN.steps)
    np.testing.assert_allclose(found.batch, run["f"], rtol=1e-12)
    np.testing.assert_allclose(found.path, run["x"], rtol=1e-12)
    np.testing.assert_allclose(found.full, [task.full.at(x)[0] for x in run["x"][found.looks]], rtol=1e-10)


def test_a_run_starts_at_its_start():
    found = record(PLAN._replace(start=(3.0, 50.0)))
    assert found.path[0].tolist() == [3, 50]
    assert found.full[0] == data.bowl().at((3.0, 50.0))[0]


def test_a_record_of_the_digits_measures_cost_and_accuracy():
    plan = Plan(DIGITS, MODELS[0], SGD, 256, True, 0, 1, 10)
    found, task = record(plan), data.task(DIGITS, MODELS[0], 256, True, 0)
    x = optim.sweep(SGD, task, data.start(DIGITS, MODELS[0], 0), 10)["x"]
    assert found.looks.tolist() == list(range(11))
    assert found.full[-1] == pytest.approx(float(task.full.at(x)[0]), rel=1e-12)
    assert found.accuracy[-1] == task.network.accuracy(x, optim.datasets.digits()[1])
    assert found.accuracy[-1] > 0.5
    assert found.path.shape == (0, 2)


def test_how_long_a_run_is():
    assert PLAN.per_epoch == 17
    assert PLAN.steps == 50, "as many updates as are shown, where the epochs have fewer"
    assert PLAN._replace(epochs=4).steps == 68
    assert PLAN._replace(data=DIGITS, size=1, epochs=50).steps == MOST
    assert PLAN._replace(size=FULL, updates=1, epochs=7).steps == 7
    long = PLAN._replace(size=1, epochs=20, updates=300)
    assert {0, 200, 300, 20 * 272} <= {*looks(long).tolist()}
    assert len(looks(long)) < 400


def test_shares_of_rises():
    found = Record(np.array([3.0, 2, 4, 4, 5]), np.arange(3), np.array([3.0, 3 + 1e-13, 2.0]), np.empty(0),
                   *np.empty((2, 0, 2)), None)  # fmt: skip
    assert found.rose_batch == 0.5
    assert found.rose_full == 0, "rounding is no rise"
    assert np.isnan(found._replace(batch=np.array([1.0])).rose_batch)
    late = found._replace(looks=np.array([0, 200, 201]), full=np.array([1.0, 0.5, 9.0]))
    assert late.rose_full == 0, "of the first 200 updates"


@pytest.mark.parametrize(("lr", "rises"), [(0.5, False), (1.9, False), (2.1, True)])
def test_the_full_batchs_cost_falls_at_every_update_below_the_edge(lr, rises):
    found = record(PLAN._replace(optimizer=optimizers.sgd(lr=lr), size=FULL))
    assert (found.rose_full > 0) == rises


def test_a_run_that_diverges_ends_there():
    found = record(PLAN._replace(optimizer=optimizers.sgd(lr=50.0)))
    assert found.diverged == len(found.batch) - 1 < 50
    now = replace(NOW, entries=entries.of(Entry(optimizers.sgd(lr=50.0)), Entry(SGD)))
    assert np.isnan(now.finals[0])
    assert "diverged" in now.changes(NOW)
    drawn = frames.costs(now, [Look("a", "#000", 0), Look("b", "#000", 0)])
    assert max(drawn["full0"]["y"].to_pylist()) <= 2 * 2700
    assert np.isfinite(drawn["full0"]["y"].to_numpy()).all()


@pytest.mark.parametrize("axis", ["epochs", "updates", "examples"])
def test_costs_stand_where_their_examples_do(axis):
    now = replace(NOW, axis=axis, updates=30)
    drawn = frames.costs(now, [Look(name, "#000", 0) for name in "abc"])
    for i, (plan, found) in enumerate(zip(now.plans, now.records, strict=True)):
        rows = drawn[f"full{i}"].to_pydict()
        steps = np.array(rows["step"]).round().astype(int)
        np.testing.assert_allclose(rows["y"], found.full[np.searchsorted(found.looks, steps)], rtol=1e-9)
        assert steps[-1] == (30 if axis == "updates" else 10 * plan.per_epoch)
        if axis == "updates":
            assert "x" not in rows
        else:
            scale = 1 if axis == "epochs" else 272
            np.testing.assert_allclose(rows["x"][-1], 10 * scale)
    assert len(drawn["batch2"]) < 700


def test_examples_seen_after_each_update():
    # 272 = 2 · 100 + 72: the last mini-batch of an epoch is smaller.
    np.testing.assert_array_equal(data.seen(GEYSER, 100, np.arange(5)), [0, 100, 200, 272, 372])
    np.testing.assert_array_equal(data.seen(GEYSER, FULL, np.arange(3)), [0, 272, 544])
    plan = PLAN._replace(size=100)
    np.testing.assert_allclose(frames.across(plan, "epochs", np.array([3, 4])), [1, 372 / 272])


def test_the_data_are_as_many_as_the_page_says():
    for name, count in data.COUNTS.items():
        assert len(data.examples(name, ordered=False)) == count
        assert data.problem(name) is None
    assert data.sizes(GEYSER) == (1, 2, 4, 8, 16, 32, 64, 128, 256, FULL)
    assert data.sizes(DIGITS)[-3:] == (512, 1024, FULL)
    ordered = data.examples(GEYSER, ordered=True)
    assert (np.diff(ordered.targets[:, 0]) >= 0).all()
    assert data.start(DIGITS, MODELS[1], 0).std() > 0
    assert not data.start(DIGITS, MODELS[0], 0).any()


@pytest.mark.slow
@pytest.mark.parametrize("source", [GEYSER, DIGITS])
def test_the_noise_is_the_closed_form(source):
    found = measures.noise(source, MODELS[0], 0, data.ORIGIN)
    closed = theory.batch_noise(found.sigma, found.sizes, data.COUNTS[source])
    # A hundred mini-batches each, and of large ones those of an epoch exclude each other.
    assert np.abs(found.measured / closed - 1).max() < 0.3
    assert np.abs(found.measured / closed - 1).mean() < 0.08
    exact = np.square([data.task(source, MODELS[0], 1, False, 0).at(data.start(source, MODELS[0], 0), t)[1]
                       for t in range(1, data.COUNTS[source] + 1)])  # fmt: skip
    whole = data.task(source, MODELS[0], FULL, True, 0).at(data.start(source, MODELS[0], 0))[1]
    assert found.sigma**2 == pytest.approx(exact.sum(axis=1).mean() - whole @ whole, rel=1e-9)


def test_times_are_of_every_size_and_an_epoch_is_its_updates():
    found = measures.times(GEYSER, MODELS[0])
    assert [one.size for one in found] == [1, 4, 16, 64, 256, FULL]
    for one in found:
        assert one.update > 0
        assert one.epoch == pytest.approx(one.update * -(-272 // data.size_of(GEYSER, one.size)))


def test_the_target_is_reached_when_a_run_says_so():
    found = measures.reached(GEYSER, MODELS[0], 0)
    for one in found[1:5]:
        task = data.task(GEYSER, MODELS[0], one.size, True, 0)
        run = optim.trace(optimizers.sgd(lr=one.lr), task, (0.0, 0.0), int(one.updates))
        f = data.bowl().at(run["x"].T)[0]
        assert f[-1] <= measures.TARGETS[GEYSER]
        assert one.epochs == sum(len(task.batches.at(t)) for t in range(1, int(one.updates) + 1)) / 272
    assert data.bowl().at(data.bowl().minima[0])[0] * 1.01 == pytest.approx(measures.TARGETS[GEYSER], abs=0.01)


def test_the_rule_says_the_full_batch():
    assert words.rule(DIGITS).endswith("There are 1,438 here: it says the full batch.")


@pytest.mark.parametrize(
    ("seconds", "text"), [(1.234, "1.2 s"), (0.035, "35 ms"), (4e-5, "40 µs"), (2e-7, "0.2 µs"), (75.0, "75 s")]
)
def test_a_duration_has_two_digits_and_a_fitting_unit(seconds, text):
    assert words.duration(seconds) == text


def test_the_table_for_the_csv_has_every_update():
    table = frames.table(NOW)
    assert len(table) == sum(len(found.batch) for found in NOW.records)
    one = table[table["run"] == "SGD, B = 16"].reset_index()
    np.testing.assert_array_equal(one["cost of the mini-batch"], NOW.records[1].batch)
    measured = one["cost over all examples"].notna()
    np.testing.assert_array_equal(one["cost over all examples"][measured], NOW.records[1].full)
    assert one["epochs"].iloc[17] == 1
    assert one["examples"].iloc[17] == 272
    assert frames.table(replace(NOW, entries=())).empty
    digits = replace(PRESETS[2].setting, entries=PRESETS[2].setting.entries[:1])
    assert frames.table(digits)["test accuracy"].notna().any()
