"""A question before the answer, on every page: folded at first, and its answer is what is computed anew."""

import math
import re

import numpy as np
import pytest

import optim
from optim import optimizers, schedules, surfaces
from optim.datasets import digits
from ui.mini_batches import measures
from ui.train_a_network import parts as training
from ui.words import number

from .. import settings as random
from .conftest import run, whole

KEYS = {
    "trajectories": "trajectories",
    "moving_averages": "averages",
    "learning_rate_decay": "decay",
    "mini_batches": "batches",
    "saddle_points": "saddles",
    "plateaus": "plateaus",
    "train_a_network": "train",
}


def fold(app):
    (found,) = (box for box in app.expander if box.label.startswith("Guess first: "))
    return found


def table(app) -> dict[str, list[str]]:
    """First cell -> the others, of the answer's table."""
    (body,) = (html.proto.body for html in fold(app).get("html") if "<table" in html.proto.body)
    rows = [re.findall(r"<t[dh]>(.*?)</t[dh]>", row) for row in re.findall(r"<tr>(.*?)</tr>", body)]
    plain = [[re.sub("<[^>]+>", "", cell) for cell in row] for row in rows]
    return {row[0]: row[1:] for row in plain[1:]}


@pytest.fixture
def answered(opened):
    """A page whose answer is unfolded."""

    def open_page(page, query=None):
        return opened(query, page=page, **{f"{KEYS[page]}.guess": True})

    return open_page


@pytest.mark.parametrize("page", random.PAGES)
def test_every_page_has_a_question_and_the_answer_is_not_computed_unasked(opened, page):
    box = fold(opened(page=page))
    assert box.label.endswith("?")
    assert not [*box.get("html"), *box.markdown, *box.caption, *box.info]


@pytest.mark.parametrize("page", [page for page in random.PAGES if page != "mini_batches"])  # there it is half a part
def test_an_answer_follows_the_page_only_while_it_is_unfolded(opened, answered, page):
    for app, shut in ((opened(page=page), True), (answered(page), False)):
        assert (app.session_state[f"{KEYS[page]}.page"].parts["guess"].shown is None) == shut


def test_other_learning_rates_end_where_their_runs_do(answered):
    found = table(answered("trajectories"))
    for label, lr in (("SGD", 0.19), ("AdaGrad", 2.0), ("Adam", 0.3)):
        for cell, rate in zip(found[label], (lr / 10, lr, lr * 10), strict=True):
            f = optim.trace(optim.OPTIMIZERS[label](lr=rate), surfaces.quadratic, (-10.0, 1.5), 50)["f"]
            assert cell == ("diverged at step 5" if f[-1] > 1e6 else number(f[-1]))
    assert found["SGD"][2] == "diverged at step 5"
    assert float(found["Adam"][2]) < float(found["Adam"][1]) < float(found["Adam"][0])


def test_a_rate_whose_tenfold_is_no_number_has_none(answered):
    app = answered("trajectories", {"run": ["SGD,lr=1e308", "Adam,lr=0"], "steps": "5"})
    assert table(app)["SGD"] == ["diverged at step 1", "diverged at step 1", "–"]
    assert len({*table(app)["Adam"]}) == 1


def test_a_tenfold_epsilon_costs_what_its_run_does(answered):
    found = table(answered("plateaus"))
    assert "SGD" not in found, "it has no ε"
    for name, eps in (("Adam, ε = 10⁻⁸", 1e-8), ("Adam, ε = 10⁻⁶", 1e-6), ("Adam, ε = 10⁻⁴", 1e-4)):
        at = []
        for one in (eps, 10 * eps):
            f = optim.trace(optimizers.adam(lr=0.05, eps=one), surfaces.gaussian_wells, steps=100)["f"]
            at.append(int(np.argmax(f <= -1)) if (f <= -1).any() else None)
        cells = ["not by step 100" if step is None else str(step) for step in at]
        assert found[name] == [number(eps), *cells, "–" if None in at else str(at[1] - at[0])]
    assert found["Adam, ε = 10⁻⁸"][3] == "2"
    assert "No optimizer of the line-up has an ε." in fold(answered("plateaus", {"run": "SGD"})).info[0].value


def test_a_start_closer_to_the_axis_costs_what_theory_says(answered):
    found = table(answered("saddle_points"))
    steps = number(round(math.log(10) / math.log(1.05), 1))
    assert found["SGD"] == [steps, steps]
    assert found["Adam"] == ["0.4", "–"]


@pytest.mark.parametrize("written", ["β", "α"])
def test_a_window_twice_as_long_has_less_noise_and_more_lag(answered, written):
    query = {"series": "Steps", "written": written} if written == "α" else None
    app = answered("moving_averages", query)
    now = app.session_state["averages.page"].now
    assert now.written == written
    for beta, cells in zip(now.betas, table(app).values(), strict=True):
        longer = (1 + beta) / 2
        noise, _, lag, _ = cells
        weights = [(1 - b) * b ** np.arange(100_000) for b in (beta, longer)]
        assert noise == " → ".join(number(np.sqrt(np.square(w).sum()), 3) for w in weights)
        assert lag == " → ".join(number(w @ np.arange(100_000), 3) for w in weights)
    assert next(iter(table(app))) == ("0.5 → 0.75" if written == "β" else "0.5 → 0.25")


def test_a_quarter_and_four_times_the_learning_rate_end_where_theory_says(answered):
    app = answered("learning_rate_decay", {"schedule": ["Constant", "Cosine,total=300"], "lr": "0.2", "steps": "300"})
    for label, plan in (("Constant", schedules.constant), ("Cosine", schedules.cosine(total=300))):
        for cell, lr in zip(table(app)[label], (0.05, 0.2, 0.8), strict=True):
            curvatures, mean, variance = np.array([1.0, 5.0]), np.array([-10.0, 1.5]), np.zeros(2)
            for rate in lr * plan.at(np.arange(1, 301)) * np.ones(300):
                factor = 1 - rate * curvatures
                mean, variance = factor * mean, factor**2 * variance + rate**2
            assert cell == number(float(curvatures @ (mean**2 + variance)) / 2, 3)
    assert float(table(app)["Constant"][0]) < float(table(app)["Constant"][1])


def test_batch_sizes_are_compared_once_that_is_asked(opened, monkeypatch):
    asked = []
    monkeypatch.setattr(measures, "reached", lambda *given: asked.append(given) or [])
    app = opened(page="mini_batches")
    assert not asked
    assert any("The rule of thumb" in text.value for text in app.markdown)
    app.session_state["batches.guess"] = True
    monkeypatch.undo()
    app = whole(run(app))
    assert [*table(app)] == ["1", "4", "16", "64", "256", "full"]
    assert [cells[-2] for cells in table(app).values()] == ["0.79", "0.26", "0.76", "0.71", "0.94", "1"]
    (body,) = (html.proto.body for html in fold(app).get("html"))
    assert "<b>0.26</b>" in body
    assert body.count("<b>") == 2


def test_the_digits_that_every_network_misreads_are_counted(answered, monkeypatch):
    monkeypatch.setattr(training, "AT_ONCE", 60.0)
    app = answered("train_a_network", {"hidden": "8", "steps": "60", "run": ["SGD,lr=0.1", "Adam,lr=0.01"]})
    _, test = digits()
    now = app.session_state["train.page"].now
    read = [now.network.outputs(one.row(60)["x"], test.inputs).argmax(axis=-1) for one in now.trainings]
    wrong = [{*np.flatnonzero(one != test.classes).tolist()} for one in read]
    assert 0 < len(wrong[0] & wrong[1]) < len(wrong[0] | wrong[1])
    sentence = f"every network: {len(wrong[0] & wrong[1])} of 359 digits. By at least one: {len(wrong[0] | wrong[1])}."
    assert any(sentence in html.proto.body for html in fold(app).get("html"))
    assert table(app) == {
        "SGD": [str(len(wrong[0])), str(len(wrong[0] - wrong[1]))],
        "Adam": [str(len(wrong[1])), str(len(wrong[1] - wrong[0]))],
    }
