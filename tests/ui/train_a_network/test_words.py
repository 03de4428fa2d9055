"""Every sentence, cell and label that is made from the trainings, recomputed at random settings by another way."""

import math
import re
from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import optim
from optim import DIVERGED, optimizers
from optim.datasets import digits
from optim.denominators import Denominator
from tests.data_settings import trainings
from tests.drawing import drawn
from tests.reading import read, says
from ui import lineup
from ui.train_a_network import frames, parts, planes, rates, words
from ui.train_a_network.rates import Found, Pick
from ui.train_a_network.setting import Event, Setting
from ui.words import listed

from ...budget import cases

SOME = cases(15)
SMALL = trainings(("none", "8"), most_steps=24, batch=64, most=2)
NOW = Setting(lineup=lineup.of(optimizers.sgd(lr=0.1), optimizers.adam(lr=0.01)), hidden="8", steps=20)
EDGES = {
    "SGD": lambda v: 2.0,
    "Momentum": lambda v: 2 * (1 + v["beta"]) * (1 / (1 - v["beta"]) if v["average"] else 1),
    "Adam": lambda v: 2 * (1 + v["beta1"]) / (1 - v["beta1"]),
}
"""Of the optimizers whose threshold's numerator the tests know by heart."""


def trained(now):
    for one in now.trainings:
        one.go(now.reached, math.inf)
    return now


@np.errstate(all="ignore")
def retraced(now, entry):
    """The same training without portions and places: rows of a plain loop, one piece for each change on the way."""
    plan, pieces = now.plan(entry), []
    bounds = [
        0,
        *sorted({event.step for event in now.events if event.id == entry.id and event.step < now.steps}),
        now.steps + 1,
    ]
    x, state = plan.task.network.initial(now.start, now.seed), plan.optimizer.state
    for begin, end in pairwise(bounds):
        optimizer = plan.optimizer
        for event in now.events:
            if event.id == entry.id and event.step <= begin:
                optimizer = optimizer(**{event.name: event.new})
        rows = optim.descend(optimizer, plan.task, x, t=begin + 1, state=state, schedule=plan.schedule)
        for row in islice(rows, end - begin):
            pieces.append(dict(row))
            if not (np.isfinite(row["f"]) and np.abs(row["x"]).max() <= DIVERGED):
                return pieces, True
        last = pieces[-1]
        x = last["x"] + last["step"]
        if not np.isfinite(x).all():
            return [*pieces, last | {"x": x, "f": math.nan, "g": math.nan * x}][: now.steps + 1], len(
                pieces
            ) <= now.steps
        state = {name: last[name] for name in state}
    return pieces, False


def loss_of(now, x):
    """Over all examples, by the definition."""
    train = digits()[0]
    with np.errstate(all="ignore"):
        out = now.network.outputs(x, train.inputs)
        if now.loss == "squared error":
            return float(np.mean(0.5 * np.sum((out - np.eye(10)[train.classes]) ** 2, axis=1)))
        shifted = out - out.max(axis=1, keepdims=True)
        return float(np.mean(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(train)), train.classes]))


def misread(now, x):
    test = digits()[1]
    return int((now.network.outputs(x, test.inputs).argmax(axis=1) != test.classes).sum()), len(test)


@SOME
@given(SMALL)
def test_the_results_are_what_the_trainings_came_to(now):
    rows = words.results(trained(now))
    for row, name, entry in zip(rows, lineup.names(now.lineup), now.lineup, strict=True):
        steps, diverged = retraced(now, entry)
        last = len(steps) - 1
        assert name.replace("&", "&amp;") in row["optimizer"]
        seen = last if last < 10 else last // 10 * 10
        measured = f"step {last}" + f" (measured at {seen})" * (seen != last)
        assert row["state"] == (f"diverged: ended at step {last}" if diverged else measured)
        shares = []
        for step in [s for s in range(len(steps) - diverged) if s < 10 or s % 10 == 0]:
            wrong, count = misread(now, steps[step]["x"])
            shares.append(1 - wrong / count)
        if diverged:
            assert (row["training loss"], row["test accuracy"]) == ("diverged", "–")
        else:
            loss = loss_of(now, steps[seen]["x"])
            assert says(row["training loss"], loss) or loss > 1e150
            assert row["test accuracy"] == f"{100 * shares[-1]:.1f}\u00a0%"
        assert row["best on the way"] == f"{100 * max(shares):.1f}\u00a0%"


@SOME
@given(SMALL, st.integers(0, 30), st.booleans())
def test_the_progress_is_where_the_trainings_are(now, at, paused):
    now = replace(trained(now), at=at if at < now.steps else None, paused=paused and at < now.steps)
    steps = {entry.id: retraced(now, entry) for entry in now.lineup}
    shown = [min(len(rows) - 1, now.reached) for rows, _ in steps.values()]
    going = [
        step for step, (rows, ended) in zip(shown, steps.values(), strict=True) if not ended or step < len(rows) - 1
    ]
    step = min(going, default=max(shown))
    text = words.progress(now, 12.4)
    seen = sum(len(now.task.batches.at(t)) for t in range(1, step + 1))
    assert text.startswith(f"Step {step} of {now.steps} (epoch {seen / 1438:.1f}).")
    assert ("About 12 s left." in text) == (now.at is not None and not now.paused)
    assert ("Paused." in text) == now.paused
    assert ("A value moved now holds from here on." in text) == (now.at is not None)
    assert ("Ended early." in text) == (now.at is None and step < now.steps)


def test_the_progress_at_its_corners():
    now = Setting(lineup=lineup.of(optimizers.sgd(lr=100.0), optimizers.sgd(lr=0.0)), hidden="8", steps=200,
                  loss="squared error")  # fmt: skip
    trained(now)
    # One has diverged at step 3; what is said, and the bar, follow the other.
    assert words.progress(now, 0.0) == "Step 49 of 200 (epoch 2.1). Ended early."
    assert [row["state"] for row in words.results(now)] == [
        "diverged: ended at step 3", "still: ended at step 49 (measured at 40)"]  # fmt: skip
    paused = replace(now, at=20, paused=True)
    assert words.progress(paused, 0.0) == "Step 20 of 200 (epoch 0.9). Paused. A value moved now holds from here on."
    assert paused.step == 20
    assert words.progress(trained(replace(NOW, batch=1438)), 0.0) == "Step 20 of 20 (epoch 20.0)."
    # 1,024 of the 1,438 examples, and the other 414.
    halves = [replace(trained(replace(NOW, batch=1024)), at=at, paused=True) for at in (1, 2)]
    assert [words.progress(half, 0.0).partition(")")[0] for half in halves] == [
        "Step 1 of 20 (epoch 0.7", "Step 2 of 20 (epoch 1.0"]  # fmt: skip
    fresh = replace(NOW, seed=31)
    assert words.progress(fresh, 0.2) == "Step 0 of 20 (epoch 0.0). About 1 s left."


@SOME
@given(SMALL.map(lambda now: replace(now, curvature="on")))
def test_the_sharpness_stands_beside_its_threshold(now):
    rows = words.sharpness(trained(now))
    for row, entry, one in zip(rows, now.lineup, now.trainings, strict=True):
        step = min(one.reached, now.reached)
        schedule, values = now.plan(entry).schedule, one.optimizer(step).values
        lr = values["lr"] * float(schedule.at(step + 1))
        if row["threshold"] == "none known":
            assert row["median over threshold"] == "–"
            continue
        formula, _, bound = row["threshold"].rpartition(" = ")
        if entry.optimizer.label in EDGES:
            edge = EDGES[entry.optimizer.label](values)
            assert bound == "∞" if lr == 0 or edge / lr > 1e308 else says(bound, edge / lr)
            symbols = {"β₁": values.get("beta1"), "β": values.get("beta"), "η": lr, "−": "-", "(": "*(", " η": "*η"}
            if lr and edge / lr < 1e300:
                assert evaluated(formula, symbols) == pytest.approx(edge / lr)
        # Another setting may have brought the same training further.
        last = [seen for seen in one.looks if 0.75 * now.steps <= seen.step <= step]
        late = [seen for seen in last if math.isfinite(seen.sharpness)]
        if not late:
            assert row["sharpness, last quarter"] == "–"
            continue
        low, _, high = row["sharpness, last quarter"].partition(" to ")
        assert says(low, min(seen.sharpness for seen in late))
        assert says(high or low, max(seen.sharpness for seen in late))
        if entry.optimizer.label in EDGES:
            ratios = []
            for seen in late:
                then = one.optimizer(seen.step).values
                rate = then["lr"] * float(schedule.at(seen.step + 1))
                ratios.append(seen.sharpness * rate / EDGES[entry.optimizer.label](then))
            assert says(row["median over threshold"], float(np.median(ratios)), 3)


def test_without_a_threshold_nothing_is_measured_against_one():
    # Weight decay has none that is known; it came late, when others had been measured.
    events = (Event(step=11, id=1, name="weight_decay", old=0.0, new=1e-5),)
    now = Setting(lineup=lineup.of(optimizers.sgd(lr=1e-5, weight_decay=1e-5)), events=events, hidden="none", batch=1,
                  steps=11, curvature="on")  # fmt: skip
    (row,) = words.sharpness(trained(now))
    assert (row["threshold"], row["median over threshold"]) == ("none known", "–")


def evaluated(formula, symbols):
    """The value of ``2(1 + β₁)/((1 − β₁) η)``."""
    text = formula.replace("−", "-").replace(" η", "*η").replace(")(", ")*(").replace("2(", "2*(")
    for symbol in ("β₁", "β", "η"):
        text = text.replace(symbol, repr(symbols[symbol]))
    return eval(text)


def test_a_denominator_takes_one_pair_of_parentheses():
    now = Setting(lineup=lineup.of(optimizers.nadam(lr=0.01), optimizers.nadam(lr=0.01, momentum_warmup=False)),
                  hidden="8", steps=1, curvature="on")  # fmt: skip
    warming, constant = (row["threshold"] for row in words.sharpness(trained(now)))
    # μ₂ is 0.9 (1 − 0.96^(0.004 · 2)/2) for the step from row 1 on, and μ₃ at its place in the recurrence.
    assert warming.startswith("2(1 + β₁)/((1 + β₁ − 2β₁μₜ) η) = ")
    assert read(warming.rpartition(" = ")[2]) == pytest.approx(
        380 / (1.9 - 1.8 * 0.9 * (1 - 0.96**0.008 / 2)), rel=2e-3
    )
    assert constant.startswith("2(1 + β₁)/((1 − β₁)(1 + 2β₁) η) = ")


@SOME
@given(SMALL)
def test_what_is_inside_is_that_of_the_chosen_network(now):
    entry = trained(now).chosen
    steps, diverged = retraced(now, entry)
    found = drawn(parts.layers, now)
    last = len(steps) - 1
    seen = [s for s in range(len(steps) - diverged) if s < 10 or s % 10 == 0][-1]
    step, sizes = re.search(r"Gradient norm at step (\d+), layer by layer: (.*?)\.(?: |$)", found.text).groups()
    assert int(step) == seen
    with np.errstate(all="ignore"):
        norms = [math.hypot(np.linalg.norm(w), np.linalg.norm(b)) for w, b in now.network.layers(steps[seen]["g"])]
    said = re.split("[,;] ", sizes)
    assert all(says(text, norm, 3) or norm > 1e150 for text, norm in zip(said, norms, strict=True))
    if entry.optimizer.label == "Adam" and not diverged:
        # A change at a step that is not reached is none.
        values = now.trainings[now.lineup.index(entry)].optimizer(last).values
        root, eps, inside = np.sqrt(steps[last]["v_hat"]), values["eps"], values["eps_inside"]
        if not values["eps_hat"]:
            bound = math.sqrt(eps) if inside else eps
            told = r"At step (\d+), √v\S* is below 10 (√?ε) for (\S+)\s% of the parameters, and exactly 0 for (\S+)\s%"
            said = re.search(told, found.text).groups()
            assert said[0] == str(last)
            assert said[1] == ("√ε" if inside else "ε")
            assert said[2] == f"{100 * np.mean(root < 10 * bound):.1f}"
            assert said[3] == f"{100 * np.mean(root == 0):.1f}"
    wrong, count = misread(now, steps[last]["x"])
    with pytest.MonkeyPatch.context() as patch:
        pictures = []
        patch.setattr(parts.pictures, "digits", lambda *some: pictures.extend(some))
        text = drawn(parts.mistakes, now).text
    if diverged:
        assert (text, pictures) == (words.NOTHING_READ, [])
        return
    assert text.startswith(f"Misread: {wrong} of the test's {count} digits ({100 * wrong / count:.1f}\u00a0%).")
    assert ("what it is → what it is read as" in text) == bool(wrong)
    assert ("The first 60 are shown." in text) == (wrong > 60)
    assert not wrong or (pictures[1] != pictures[2]).all()


@cases(200)
@given(
    st.lists(st.one_of(st.just(0.0), st.floats(1e-12, 1e-2)), min_size=1), st.floats(1e-10, 1e-3), st.integers(0, 2000)
)
def test_epsilon_bites_where_it_is_a_tenth_or_more(sizes, eps, step):
    text = words.bitten(Denominator("√v̂", np.array([sizes]), "ε", eps), step)
    counts = sum(v < 10 * eps for v in sizes), sizes.count(0.0)
    small, zero = (f"{100 * part / len(sizes):.1f}\u00a0%" for part in counts)
    assert text == f"At step {step:,}, √v̂ is below 10 ε for {small} of the parameters, and exactly 0 for {zero}."
    text = words.bitten(Denominator("√v̂", np.array([[*sizes, math.nan]]), "ε", eps), step)
    none = f"{100 / (len(sizes) + 1):.1f}\u00a0%"
    assert text.endswith(f" For {none} it divides nothing yet, or is not a number.")


RATE = st.floats(1e-5, 10)
LOSS = st.one_of(st.just(math.inf), st.floats(1e-6, 1e3))


@st.composite
def searches(draw):
    found = []
    for _ in range(draw(st.integers(1, 4))):
        losses = np.array(draw(st.lists(LOSS, min_size=3, max_size=3)))
        picks = tuple(Pick(rule, draw(RATE), draw(st.one_of(LOSS, st.sampled_from(losses.tolist()))))
                      for rule in ("steepest", "minimum/10", "valley"))  # fmt: skip
        found.append(Found(np.array([1e-3, 1e-2, 0.1]), losses, np.zeros(1), picks))
    return found


@cases(300)
@given(searches())
def test_the_rules_are_judged_by_the_best_loss(found):
    looks = lineup.looks(lineup.of(*[optimizers.sgd(lr=0.1)] * len(found)))
    times = dict.fromkeys(("steepest", "minimum/10", "valley"), 0.0)
    for row, one in zip(words.rules(list(zip(looks, found, strict=True))), found, strict=True):
        tried = [*zip(one.rates.tolist(), one.losses.tolist(), strict=True), *((p.rate, p.loss) for p in one.picks)]
        best = min(loss for _, loss in tried)
        assert (row["best η"] == "–") == math.isinf(best)
        if math.isfinite(best):
            rate, loss = row["best η"].split(": ")
            assert says(loss, best, 3)
            assert any(says(rate, r, 2) and loss == best for r, loss in tried)
        for pick in one.picks:
            rate, told = row[pick.rule].split(": ")
            assert says(rate, pick.rate, 2)
            if math.isinf(pick.loss):
                assert told == "diverged"
                times[pick.rule] = math.inf
            else:
                assert says(told.removesuffix(" × the best loss"), pick.loss / best, 3)
                times[pick.rule] = max(times[pick.rule], pick.loss / best)
    text, least = words.winner(found), min(times.values())
    if math.isinf(least):
        assert text == "No rule picks a rate that works for every optimizer of the line-up."
    else:
        safe, ratio = re.fullmatch(
            r"Safest over the line-up: (.*), with at most (\S+) × the best loss\.", text
        ).groups()
        assert safe == listed([rule for rule, worst in times.items() if worst == least])
        assert says(ratio, least, 3)


@cases(4)
@given(st.sampled_from(["SGD", "Adam", "RMSProp"]), st.integers(0, 50))
def test_a_search_is_drawn_as_it_was_found(label, seed):
    now = Setting(lineup=lineup.of(optim.OPTIMIZERS[label]), hidden="none", batch=16, seed=seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "AT_ONCE", 60.0)
        found = drawn(parts.which_rate, now)
    curve, picks = found.data["curve0"].to_pydict(), found.data["picks"].to_pydict()
    w, kind = now.network.initial("He", seed), now.lineup[0].optimizer
    for i in (0, 8, len(curve["x"]) - 1):
        with np.errstate(all="ignore"):
            loss = loss_of(now, optim.sweep(kind(lr=curve["x"][i]), now.task, w, rates.UPDATES)["x"])
        assert curve["y"][i] == pytest.approx(loss, rel=1e-6) or math.isnan(curve["y"][i])
    assert "100 updates from the same weights at each constant η" in found.text
    shapes = dict(zip(picks["shape"], picks["x"], strict=True))
    for name, shape in {"steepest": "triangle-up", "minimum/10": "square", "valley": "diamond"}.items():
        told = found.rows[0][name]
        assert ("diverged" in told) == (shape not in shapes)
        if shape in shapes:
            assert says(told.split(":")[0], shapes[shape], 2)


@SOME
@given(SMALL)
def test_the_plane_holds_what_is_said_of_the_path(now):
    entry = trained(now).chosen
    steps, diverged = retraced(now, entry)
    kept = [s for s in range(len(steps) - diverged) if s < 10 or s % 10 == 0]
    path = np.array([steps[s]["x"] for s in kept]).astype(np.float32).astype(float)
    text = drawn(parts.plane, now).text
    if diverged:
        assert text == words.NO_PLANE
        return
    different = len({row.tobytes() for row in path + 0.0})
    if different < 3:
        assert text == f"A plane needs three different points. Measured on this path: {different}."
        return
    share, name = re.match(
        r"The plane holds (\S+)\u00a0% of the variance of the path of (.*?)\. Each path that", text
    ).groups()
    assert name == lineup.names(now.lineup)[now.lineup.index(entry)]
    with np.errstate(all="ignore"):
        variances = np.linalg.eigvalsh(np.cov(path, bias=True))  # of the points' own Gram matrix, n by n
        centred = path - path.mean(axis=0)
        variances = np.sort(np.linalg.eigvalsh(centred @ centred.T))
    assert float(share) == pytest.approx(100 * variances[-2:].sum() / variances.sum(), abs=0.051)


@SOME
@given(SMALL)
def test_curves_are_the_trainings_and_changes_stand_where_they_were_made(now):
    trained(now)
    changes = frames.events(now).to_pydict()
    mine = []
    for entry in now.lineup:
        steps, diverged = retraced(now, entry)
        last = len(steps) - 2 if diverged else now.steps
        mine += [e for e in now.events if e.id == entry.id and e.step <= last]
    assert changes["step"] == [e.step for e in mine]
    for text, event in zip(changes["text"], mine, strict=True):
        if isinstance(event.new, bool):
            assert text.endswith("on" if event.new else "off")
        else:
            old, new = text.split(" ", 1)[1].split(" → ")
            assert (read(old), read(new)) == (pytest.approx(event.old), pytest.approx(event.new))
    assert len(set(zip(changes["step"], changes["row"], strict=True))) == len(mine), "none lies on another"
    for look, entry, one in zip(lineup.looks(now.lineup), now.lineup, now.trainings, strict=True):
        steps, _ = retraced(now, entry)
        table = frames.curve(look, frames.looked(one, now.reached), lambda seen: seen.loss).to_pydict()
        for step, y in zip(table["step"], table["y"], strict=True):
            if y == y and y < 1e150:
                assert y == pytest.approx(loss_of(now, steps[int(step)]["x"]), rel=1e-6, abs=1e-12)


@cases(100)
@given(trainings(), trainings())
def test_changes_name_what_changed(before, now):
    told = now.changes(before)
    assert told.startswith("**Changed**: ")
    for name, title in (("hidden", "hidden layers"), ("loss", "loss"), ("start", "initialisation")):
        old, new = getattr(before, name), getattr(now, name)
        assert (f"{title} {old} → {new}" in told.replace("\\", "")) == (old != new)
    for name, symbol in (("steps", "steps"), ("batch", "B"), ("seed", "seed")):
        old, new = getattr(before, name), getattr(now, name)
        assert (f"{symbol} {old:,} → {new:,}" in told.replace("\\", "")) == (old != new)
    assert now.changes(now) == "**Changed**: what is shown."


def test_sentences_at_their_corners():
    assert words.norms([]) == "Nothing has been measured yet."
    assert words.mistakes(0, 359) == "Misread: 0 of the test's 359 digits (0.0\u00a0%)."
    assert "shown" not in words.mistakes(60, 359)
    assert words.mistakes(61, 359).endswith("The first 60 are shown.")
    assert words.state(trained(NOW).trainings[0], replace(NOW, at=3)) == "step 3"
    assert planes.path(NOW.plan(NOW.lineup[0])._replace(start="zeros"), 5)[1].shape[0] == 0
    event = replace(NOW, events=(Event(3, 1, "lr", 0.2, 0.1),))
    assert event.changes(NOW) == "**Changed**: changes at step 3."
    twice = replace(event, events=(*event.events, Event(1200, 1, "lr", 0.1, 0.3)))
    assert twice.changes(NOW) == "**Changed**: changes at step 3, step 1,200."
    assert frames.table(trained(event))["optimizer"].tolist()[2:4] == ["SGD,lr=0.2", "SGD,lr=0.1"]
