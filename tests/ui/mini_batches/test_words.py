"""Every sentence, cell and label that is made from the runs, recomputed at random settings by another way."""

import math
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import optim
from optim import DIVERGED, datasets, optimizers
from tests.data_settings import batches
from tests.drawing import drawn, plain
from tests.reading import read, says
from ui.mini_batches import data, entries, frames, measures, parts, words
from ui.mini_batches.data import COUNTS, DIGITS, FULL, GEYSER
from ui.mini_batches.entries import Entry
from ui.mini_batches.measures import TIMED, Reached, Time
from ui.mini_batches.presets import PRESETS
from ui.mini_batches.training import record
from ui.words import listed

from ...budget import cases

NOW = PRESETS[0].setting
SGD = optimizers.sgd(lr=0.1)
SOME = cases(25)
QUICK = batches((GEYSER,), epochs=2, updates=60)
DIGIT = batches((DIGITS,), epochs=1, updates=3).map(
    lambda now: replace(
        now, entries=entries.of(*(replace(e, size=FULL if 0 < e.size < 400 else e.size) for e in now.entries[:2]))
    )
)


def per_epoch(now, entry):
    return -(-COUNTS[now.data] // (entry.size or COUNTS[now.data]))


def cost(now, task, x):
    """Over all examples, one by one."""
    if now.data == GEYSER:
        every = datasets.old_faithful().standardised()
        return float(
            np.mean([(x[0] * a + x[1] - y) ** 2 for (a,), (y,) in zip(every.inputs, every.targets, strict=True)]) / 2
        )
    train = datasets.digits()[0]
    outputs = task.network.outputs(x, train.inputs)
    outputs = outputs - outputs.max(axis=1, keepdims=True)
    picked = outputs[np.arange(len(train)), train.classes]
    return float(np.mean(np.log(np.exp(outputs).sum(axis=1)) - picked))


@np.errstate(all="ignore")
def retraced(now, entry):
    """Weights after each update, up to the one that diverges; the costs of mini-batches; and that update."""
    model = now.model if now.data == DIGITS else "softmax regression"
    task = data.task(now.data, model, entry.size, entry.shuffled, now.seed)
    start = data.start(now.data, model, now.seed, now.start)
    steps = max(now.epochs * per_epoch(now, entry), now.updates)
    run = optim.trace(entry.optimizer, task, start, steps)
    bad = ~(np.isfinite(run["f"]) & (np.abs(run["x"]).max(axis=1) <= DIVERGED))
    end = int(np.argmax(bad)) if bad.any() else None
    return task, run["x"][: None if end is None else end + 1], run["f"][: None if end is None else end + 1], end


@np.errstate(all="ignore")
def rises(costs):
    return [b - a > 1e-12 * abs(a) for a, b in pairwise(costs)]


def close(costs):
    """Whether a cost is so close to its neighbour that rounding decides which is the higher."""
    return any(0 < abs(b - a) < 1e-9 * abs(a) for a, b in pairwise(costs))


@SOME
@given(st.one_of(QUICK, QUICK, QUICK, DIGIT))
def test_the_table_is_what_the_runs_came_to(now):
    found, names = drawn(parts.ends, now), entries.names(now.entries)
    runs = [retraced(now, entry) for entry in now.entries]
    diverged = any(end is not None for *_, end in runs)
    for row, name, entry, (task, x, f, end) in zip(found.rows, names, now.entries, runs, strict=True):
        assert row["Run"] == name
        assert row["Updates per epoch"] == f"{per_epoch(now, entry):,}"
        last = now.epochs * per_epoch(now, entry)
        with np.errstate(all="ignore"):
            final = cost(now, task, x[last]) if end is None or end > last else math.nan
        assert says(row[f"Cost after epoch {now.epochs}"], final)
        up = rises(f)
        sentence = row["Mini-batch cost rose"]
        assert (
            sentence == "–"
            if not up
            else abs(read(sentence.removesuffix(" %")) - 100 * sum(up) / len(up)) < 0.06 + 100 * close(f)
        )
        assert ("Outcome" in row) == diverged
        assert row.get("Outcome", "–") == ("–" if end is None else f"diverged at update {end:,}")
        if now.data == DIGITS and math.isfinite(final):
            test = datasets.digits()[1]
            right = np.mean(task.network.outputs(x[last], test.inputs).argmax(axis=1) == test.classes)
            assert says(row["Test accuracy"].removesuffix(" %"), 100 * float(right), 3)


@SOME
@given(QUICK)
def test_a_share_of_rises_is_of_the_first_200_updates(now):
    rows = drawn(parts.ends, now).rows
    for row, record_ in zip(rows, now.records, strict=True):
        # Along its own path: where a run amplifies rounding errors, another way to compute it ends elsewhere.
        with np.errstate(all="ignore"):
            costs = [cost(now, None, w) for w in record_.path[:201]]
        up = rises(costs)
        if not close(costs):
            assert (
                row["Cost rose"] == "–" if not up else abs(read(row["Cost rose"][:-2]) - 100 * sum(up) / len(up)) < 0.06
            )


@SOME
@given(QUICK)
@example(replace(NOW, entries=entries.of(Entry(optimizers.sgd(lr=1.5), 1)), epochs=1, updates=1))
def test_where_a_run_leaves_the_map_is_said(now):
    bowl, now = data.bowl(), replace(now, entries=now.entries[:1])
    (plan,), (found,) = now.plans, now.records
    one_more = optim.trace(plan.optimizer, data.line(plan.size, plan.shuffled, plan.seed), plan.start, plan.steps + 1)
    x = one_more["x"][: len(found.path) + (found.diverged is None)]
    on = [all(low <= c <= high for c, (low, high) in zip(w, (bowl.x_range, bowl.y_range), strict=True)) for w in x]
    texts = drawn(parts.walks, now).data["exits"].to_pydict()["text"]
    if on[-1] or (found.diverged is None and on[-2]):
        assert texts == []
    else:
        (text,) = texts
        step = len(on) - on[::-1].index(True) if any(on) else 0
        assert re.search(rf"(leaves the map|diverges) at step {step:,}(, diverges at|$)", text)


@SOME
@given(st.floats(0.01, 2.5), st.tuples(st.floats(-5, 20), st.floats(0, 80)))
def test_below_the_edge_the_full_batchs_cost_falls_at_every_update(lr, start):
    now = replace(NOW, entries=entries.of(Entry(optimizers.sgd(lr=lr))), start=start, updates=20)
    curvature, edge = map(float, re.search(r" c of this cost is (\S+)\. .* 2/c = (\S+)\.$", words.edge(now)).groups())
    x = datasets.old_faithful().standardised().inputs[:, 0]
    assert curvature == pytest.approx(max(np.mean(x * x), 1), abs=1e-3)
    task, x, _, _ = retraced(now, now.entries[0])
    costs = [cost(now, task, w) for w in x]
    away = [c for c in costs if c > 17.4]
    if lr < edge - 0.01 and len(away) > 1:
        assert (np.diff(away) < 0).all()
    if lr > edge + 0.01 and costs[0] > 17.4:
        assert costs[1] > costs[0]


@SOME
@given(batches(), st.lists(st.booleans(), min_size=4, max_size=4))
def test_cut_names_the_runs_that_ended_before_the_last_epoch(now, diverged):
    some = record(NOW.plans[0])
    records = [some._replace(diverged=3 if ends else None) for ends, _ in zip(diverged, now.entries, strict=False)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(now), "records", records)
        text = words.cut(now)
    named = [name for name, entry, ends in zip(entries.names(now.entries), now.entries, diverged, strict=False)
             if now.epochs * per_epoch(now, entry) > 20_000 and not ends]  # fmt: skip
    assert text == (f"Ended after 20,000 updates, before the last epoch: {listed(named)}." if named else "")


SECONDS = st.floats(1e-7, 100)
COUNTED = st.one_of(st.just(math.nan), st.integers(1, 300_000).map(float))


def as_seconds(text, seconds):
    number, unit = text.split(" ")
    return says(number, seconds / {"s": 1, "ms": 1e-3, "µs": 1e-6}[unit], 2) and (read(number) >= 1 or unit == "µs")


@cases(200)
@given(st.floats(0, 1e5))
def test_a_duration_is_its_seconds(seconds):
    assert as_seconds(words.duration(seconds), seconds)


@cases(200)
@given(
    st.sampled_from([GEYSER, DIGITS]), st.lists(st.tuples(SECONDS, COUNTED), min_size=len(TIMED), max_size=len(TIMED))
)
def test_a_row_of_times_is_what_was_measured_and_the_least_are_bold(source, made):
    sizes = [size for size in TIMED if size == FULL or size < COUNTS[source]]
    given_ = list(zip(sizes, made, strict=False))
    rows = parts.compared(
        [Time(size, update, 7 * update) for size, (update, _) in given_],
        [Reached(size, 0.3, updates, updates / 7) for size, (_, updates) in given_],
    )
    there = [(updates / 7, update * updates) for _, (update, updates) in given_ if updates == updates]
    for row, (size, (update, updates)) in zip(rows, given_, strict=True):
        assert row["Batch size"] == ("full" if size == FULL else str(size))
        assert as_seconds(row["An update"], update)
        assert as_seconds(row["An epoch"], 7 * update)
        if math.isnan(updates):
            assert [*row.values()][3:] == ["–", "not reached", "–", "–"]
            continue
        assert (row["Best η"], row["Updates to the target"]) == ("0.3", f"{int(updates):,}")
        assert says(plain(row["Epochs"]), updates / 7, 2)
        assert as_seconds(plain(row["Time"]), updates * update)
        values = (updates / 7, updates * update)
        for cell, value, column in zip((row["Epochs"], row["Time"]), values, zip(*there, strict=True), strict=True):
            # One that is not reached is more than any.
            assert cell.startswith("<b>") == (value == min(column) and (len(there) < len(rows) or value < max(column)))


@SOME
@given(QUICK)
def test_costs_are_drawn_where_their_examples_were_seen(now):
    looks = entries.looks(now.entries)
    drawn_ = frames.costs(now, looks)
    for i, (look, entry) in enumerate(zip(looks, now.entries, strict=True)):
        task, x, f, _ = retraced(now, entry)
        sizes = [len(task.batches.at(t)) for t in range(1, len(f) + 1)]
        seen = np.concatenate([[0], np.cumsum(sizes)])
        for name in ("batch", "full"):
            table = drawn_[f"{name}{i}"].to_pydict()
            assert set(table["run"]) <= {f"{look.name}: {'mini-batch' if name == 'batch' else 'all examples'}"}
            rows = list(zip(table["step"], table.get("x", table["step"]), table["y"], strict=True))
            # A gap has a step, and no place and no cost.
            whole = [row for row in rows if not any(map(math.isnan, row)) and row[0] == int(row[0])]
            for step in list(dict.fromkeys(step for step, *_ in whole))[:8]:
                place = {"updates": step, "examples": seen[int(step)], "epochs": seen[int(step)] / 272}[now.axis]
                costs = f[int(step)] if name == "batch" else cost(now, task, x[int(step)])
                here = [(at, y) for other, at, y in whole if other == step]
                assert all(at == pytest.approx(place, rel=1e-9) for at, _ in here)
                # Where a cost is so high that its line is upright, it is cut at this very step as well.
                assert any(y == pytest.approx(costs, rel=1e-6) for _, y in here)


def final(setting, entry):
    """The cost after the last epoch; nan if it has diverged by then."""
    task, x, _, end = retraced(setting, entry)
    last = setting.epochs * per_epoch(setting, entry)
    with np.errstate(all="ignore"):
        return cost(setting, task, x[last]) if end is None or end > last else math.nan


@SOME
@given(QUICK, QUICK)
def test_a_change_says_what_it_did_to_the_costs(before, now):
    sentence = now.changes(before)
    olds = {e.id: e for e in before.entries}
    said = re.findall(r": (\S+) → \*\*(\S+)\*\*", sentence.partition("epoch: ")[2])
    ends = []
    for setting, line in ((before, [olds[e.id] for e in now.entries if e.id in olds]),
                          (now, [e for e in now.entries if e.id in olds])):  # fmt: skip
        finals = [final(setting, entry) for entry in line]
        # Where a difference of rounding errors is divided by, the last digits of all else decide.
        nudged = [
            replace(entry, optimizer=entry.optimizer(lr=entry.optimizer.values["lr"] * (1 + 1e-13))) for entry in line
        ]
        others = [final(setting, entry) for entry in nudged]
        assume(np.allclose(finals, others, rtol=1e-6, equal_nan=True))
        ends.append(finals)
    pairs = list(zip(*ends, strict=True))
    for old, new in said:
        assert any(says(old, a) and says(new, b) for a, b in pairs)
    assert len(said) == sum(words.number(a) != words.number(b) for a, b in pairs) or any(
        a != b and math.isclose(a, b, rel_tol=1e-9) for a, b in pairs
    )


@cases(8)
@given(QUICK)
def test_the_noise_is_that_of_the_examples_gradients(now):
    found = drawn(parts.noise, now)
    every = datasets.old_faithful().standardised()
    x, y = every.inputs[:, 0], every.targets[:, 0]
    miss = now.start[0] * x + now.start[1] - y
    gradients = np.stack([miss * x, miss], axis=1)
    sigma = math.sqrt(np.square(gradients - gradients.mean(axis=0)).sum(axis=1).mean())
    assert says(re.search(r"N = 272 and σ = (\S+) at the start", found.text).group(1), sigma)
    own = found.data["own"].to_pydict()
    sizes = [entry.size for entry in now.entries if entry.size]
    assert own["x"] == sizes
    np.testing.assert_allclose(own["y"], [sigma * math.sqrt((272 - b) / (271 * b)) for b in sizes], rtol=1e-9)
    table = found.data["theory"].to_pydict()
    four = [b for b in table["x"] if 4 * b <= 30]
    noise = lambda b: sigma * math.sqrt((272 - b) / (271 * b))  # noqa: E731
    assert all(noise(4 * b) / noise(b) == pytest.approx(0.5, abs=0.03) for b in four), "much smaller than N"


@pytest.mark.slow
def test_sentences_at_their_corners():
    # At the minimum weight decay raises the cost, at any η.
    decays = entries.of(Entry(optimizers.sgd(lr=0.5, weight_decay=2.0)))
    assert replace(NOW, start=(12.22, 70.9), entries=decays).records[0].rose_full > 0
    assert "SGD without weight decay never" in words.edge(NOW)
    long = replace(NOW, data=DIGITS, epochs=50, entries=entries.of(Entry(SGD, 1), Entry(SGD)))
    assert words.cut(long) == "Ended after 20,000 updates, before the last epoch: SGD, B = 1."
    fast = replace(NOW, epochs=50, entries=entries.of(Entry(optimizers.sgd(lr=1e9), 1)))
    assert fast.epochs * 272 < 20_000
    assert words.cut(replace(fast, data=DIGITS, entries=entries.of(Entry(optimizers.sgd(lr=1e9), 1)))) == ""
    assert words.edge(replace(NOW, data=DIGITS)) == ""
    assert (words.share(0.1234), words.share(math.nan)) == ("12.3 %", "–")
    assert measures.TARGETS.keys() == COUNTS.keys()


@pytest.mark.slow
def test_a_run_that_is_too_long_to_be_finished_says_how_far_it_came():
    now = replace(NOW, data=DIGITS, epochs=14, entries=entries.of(Entry(SGD, 1), Entry(SGD)))
    one, whole = (row["Cost after epoch 14"] for row in drawn(parts.ends, now).rows)
    assert one.endswith(" (epoch 13.9)")  # 20,000 of 14 times 1,438 updates
    assert says(one.removesuffix(" (epoch 13.9)"), now.finals[0])
    assert says(whole, now.finals[1])
