"""The Train-a-network page: what it draws, what its buttons do, changes on the way, and links."""

import io
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ui.train_a_network import frames, parts
from ui.train_a_network.presets import PRESETS
from ui.train_a_network.setting import Setting

from .conftest import datasets, lines, query, run, whole

QUICK = {"hidden": "8", "steps": "40"}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """Nothing ticks without a browser: all is trained before the first drawing."""
    monkeypatch.setattr(parts, "AT_ONCE", 60.0)


@pytest.fixture
def page(opened):
    return lambda **query: opened(QUICK | query, page="train_a_network")


def now(app) -> Setting:
    return app.session_state["train.page"].now


def text(app) -> str:
    return " ".join(element.value for element in [*app.markdown, *app.caption]).replace("\\", "")


def tables(app) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def slider(app, name):
    return next(one for one in app.select_slider if one.key.split(".v")[0] == f"train.{name}")


def press(app, name):
    app.button(key=f"train.{name}").click()
    return run(app)


def test_it_opens_on_a_finished_picture(opened):
    app = opened(page="train_a_network")
    assert not app.warning
    assert dict(app.query_params) == {}
    found = PRESETS[0].setting.trainings
    for i, one in enumerate(found):
        loss, accuracy = (datasets(app, f"curve{i}")[chart] for chart in (0, 1))
        assert loss["step"].tolist() == [look.step for look in one.looks]
        assert loss["y"].tolist() == [look.loss for look in one.looks]
        assert accuracy["y"].tolist() == [look.accuracy for look in one.looks]
        assert loss["step"].iloc[-1] == 400
    assert app.get("progress")[0].proto.text == "Step 400 of 400 (epoch 17.4)."
    assert "step 400" in tables(app)


def test_a_moved_value_at_the_end_trains_that_optimizer_anew_and_no_other(page):
    app = page(run=["SGD,lr=0.1", "Adam,lr=0.01"])
    before = [datasets(app, f"curve{i}")[0]["y"].tolist() for i in (0, 1)]
    slider(app, "1.lr").set_value(0.5)
    whole(run(app))
    after = [datasets(app, f"curve{i}")[0]["y"].tolist() for i in (0, 1)]
    assert after[0] != before[0]
    assert after[1] == before[1]
    assert app.query_params["run"] == ["SGD,lr=0.5", "Adam,lr=0.01"]
    assert "event" not in app.query_params


def test_a_moved_value_while_paused_bends_the_curve_and_is_in_the_link(page, opened):
    app = page(run=["SGD,lr=0.1", "Adam,lr=0.01"], at="20")
    assert "Paused" in app.get("progress")[0].proto.text
    assert lines(app, "curve")["step"].max() == 20
    slider(app, "1.lr").set_value(0.5)
    whole(run(app))
    assert query(app)["event"] == ["20,1,lr=0.5"]
    assert app.query_params["run"] == ["SGD,lr=0.1", "Adam,lr=0.01"]
    press(app, "go-on")
    app.session_state["train.page"].now = replace(now(app), at=None, paused=False)  # as after the last tick
    whole(app)
    (loss, *_) = datasets(app, "curve0")
    constant = page(run=["SGD,lr=0.1", "Adam,lr=0.01"])
    (other, *_) = datasets(constant, "curve0")
    early = loss["step"] <= 20
    assert loss["y"][early].tolist() == other["y"][early].tolist()
    assert loss["y"].iloc[-1] != other["y"].iloc[-1]
    (events, *_) = datasets(app, "events")
    assert events["step"].tolist() == [20]
    assert events["text"].tolist() == ["η 0.1 → 0.5"]
    link = {**QUICK, "run": ["SGD,lr=0.1", "Adam,lr=0.01"], "event": "20,1,lr=0.5"}
    again = opened(link, page="train_a_network")
    assert datasets(again, "curve0")[0]["y"].tolist() == loss["y"].tolist()
    assert slider(again, "1.lr").value == 0.5


def test_again_begins_at_the_first_step_and_a_new_seed_with_other_weights(page):
    app = page(run=["SGD,lr=0.1"])
    press(app, "again")
    assert now(app).at is not None
    assert now(app).at < 40
    assert any(button.key == "train.pause" for button in app.button)
    assert now(app).seed == 0
    press(app, "new")
    assert now(app).seed == 1
    assert query(app)["seed"] == ["1"]


def test_a_pause_stops_it_and_stays_in_the_link(page):
    app = page(run=["SGD,lr=0.1"])
    press(app, "again")
    whole(app)
    press(app, "pause")
    at = now(app).at
    assert 0 <= at < 40
    assert now(app).paused
    whole(app)
    assert now(app).at == at
    assert query(app)["at"] == [str(at)]


def test_a_training_that_diverges_is_named_with_its_step(page):
    app = page(run=["SGD,lr=100", "SGD,lr=0.1"], loss="squared error")
    (one, _) = now(app).trainings
    assert one.rest == "diverged"
    assert f"diverged: ended at step {one.reached}" in tables(app)


def test_all_that_end_early_end_the_training(page):
    app = page(run=["SGD,lr=100"], loss="squared error")
    assert "Ended early." in app.get("progress")[0].proto.text
    app = page(run=["SGD,lr=0"], steps="200")
    assert "Step 49 of 200 (epoch 2.1). Ended early." in app.get("progress")[0].proto.text


def test_the_sharpness_is_drawn_once_it_is_asked_for(page):
    app = page(run=["SGD,lr=0.1", "Adam,lr=0.01", "Lion"])
    assert not datasets(app, "bound0")
    press(app, "measure")
    whole(app)
    assert query(app)["curvature"] == ["on"]
    plain, scaled = datasets(app, "bound0")
    assert set(plain["y"]) == {20.0}
    assert scaled["y"].to_numpy() == pytest.approx(3800)
    assert "none known" in tables(app)


def test_the_inside_is_that_of_the_chosen_optimizer(page):
    app = page(run=["SGD,lr=0.1", "Adam,lr=0.01", "RMSProp,lr=0.01"])
    assert app.selectbox(key="train.inside").value == 2
    assert datasets(app, "epsilon")[0]["x"].tolist() == [1e-8]
    bars = [datasets(app, f"bars{i}")[0]["y"].sum() for i in (0, 1)]
    assert bars == pytest.approx([1, 1])
    app.selectbox(key="train.inside").set_value(1)
    whole(run(app))
    assert query(app)["inside"] == ["1"]
    assert "adds no ε to anything" in text(app)
    assert "read as" in tables(app)


def test_large_batches_are_not_searched_unasked(page):
    app = page(run=["SGD,lr=0.1"], batch="256")
    assert not datasets(app, "picks")
    press(app, "search")
    whole(app)
    assert query(app)["rates"] == ["all"]
    assert len(datasets(app, "picks")[0]) >= 1


def test_the_plane_has_every_path_and_says_its_share(page):
    app = page(run=["SGD,lr=0.1", "Adam,lr=0.01"])
    planes = [frame for frame in datasets(app, "curve1") if {"x", "step"} <= set(frame.columns)]
    assert planes[-1]["step"].tolist() == [*range(11), 20, 30, 40]
    assert "% of the variance of the path of Adam" in tables(app)


def test_the_csv_holds_every_step():
    found = Setting(lineup=PRESETS[0].setting.lineup[:2], hidden="8", steps=25)
    for one in found.trainings:
        one.go(25, math.inf)
    back = pd.read_csv(io.StringIO(frames.table(found).to_csv(index=False)))
    assert back["step"].tolist() == [*range(26), *range(26)]
    assert back["run"].unique().tolist() == ["SGD", "Momentum"]
    first = found.trainings[0]
    assert back["loss of the mini-batch"][:26].tolist() == first.losses[:26]
    look = next(look for look in first.looks if look.step == 20)
    assert back["training loss"][20] == look.loss
    assert np.isnan(back["training loss"][21])
    assert back["test accuracy"][20] == look.accuracy


def test_a_missing_file_of_digits_is_a_sentence(opened, monkeypatch, tmp_path):
    from optim import datasets as data
    from ui.train_a_network import setting

    data.digits.cache_clear()
    setting._task.cache_clear()
    monkeypatch.setattr(data, "FOLDER", tmp_path)
    app = opened(page="train_a_network")
    assert "The data file digits.csv.gz cannot be read" in app.error[0].value
    data.digits.cache_clear()


def test_an_empty_line_up_says_what_to_do(page):
    app = page(run="none")
    assert "line-up is empty" in app.info[0].value


def test_the_tick_goes_on_step_by_step_and_comes_to_an_end(monkeypatch):
    """What each tick does to the Setting, without a page around it."""
    state = Setting(lineup=PRESETS[0].setting.lineup[:1], hidden="8", steps=80).again()

    class Held:
        now = state

        def advance(self, change):
            self.now = change(self.now)

    held, seen = Held(), []
    for _ in range(200):
        if not held.now.busy:
            break
        parts._advance(held)
        seen.append(held.now.reached)
    assert held.now.at is None
    assert seen == sorted(seen)
    assert len(set(seen)) >= parts.DRAWINGS
    assert held.now.progress == (80,)
