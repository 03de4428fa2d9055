"""The Mini-batches page: what it draws, its controls, empty and damaged states, links and CSV."""

import io

import numpy as np
import pandas as pd
import pytest

from optim import OPTIMIZERS
from optim.datasets import DataError
from ui.mini_batches import data, frames, measures
from ui.mini_batches.data import DIGITS, GEYSER
from ui.mini_batches.entries import Entry
from ui.mini_batches.presets import PRESETS
from ui.mini_batches.training import record

from .conftest import datasets, lines, query, run, whole

KEY = "batches"
QUICK = {"data": DIGITS, "epochs": "1", "updates": "10"}


@pytest.fixture
def page(opened):
    return lambda state=None, **query: opened(query, page="mini_batches", **(state or {}))


def widget(kind, name):
    """The widget of this name, whatever its version is."""
    return next(one for one in kind if one.key.split(".v")[0] == f"{KEY}.{name}")


def text(app):
    said = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return " ".join([*(one.value for one in said), *(one.proto.body for one in app.get("html"))]).replace("\\", "")


def test_it_opens_on_three_kinds_of_descent_and_draws_what_optim_computes(page):
    app = page()
    assert not app.warning
    assert dict(app.query_params) == {}
    for i, plan in enumerate(PRESETS[0].setting.plans):
        found = record(plan)
        (full,), (batch,), (path,) = (datasets(app, f"{name}{i}") for name in ("full", "batch", "path"))
        at = full["step"].to_numpy().round().astype(int)
        np.testing.assert_allclose(full["y"], found.full[np.searchsorted(found.looks, at)], rtol=1e-9)
        whole_steps = batch[batch["step"] % 1 == 0]
        shown = whole_steps["y"].to_numpy()
        np.testing.assert_allclose(shown, found.batch[whole_steps["step"].astype(int)], rtol=1e-9)
        end = path.iloc[-1]
        np.testing.assert_allclose([end["x"], end["y"]], found.path[int(end["step"])], rtol=1e-12)
    (minimum,) = datasets(app, "minima")
    np.testing.assert_allclose(minimum[["x", "y"]].to_numpy()[0], data.bowl().minima[0])
    assert "2/c = 2." in text(app)


def test_a_moved_batch_size_moves_its_run_and_the_link_and_no_chart_is_built_anew(page):
    app = page()
    before = [chart.proto.spec for chart in app.get("vega_lite_chart")]
    kept = datasets(app, "full0")[0]
    widget(app.select_slider, "2.size").set_value("64")
    whole(run(app))
    assert query(app)["run"] == ["SGD,lr=0.1;full", "SGD,lr=0.1;64", "SGD,lr=0.1;1"]
    assert "SGD, B = 16: B 16 → 64" in text(app)
    assert "SGD, B = 64" in text(app)
    pd.testing.assert_frame_equal(datasets(app, "full0")[0], kept)
    widget(app.select_slider, "1.SGD.lr").set_value(0.5)
    widget(app.select_slider, "epochs").set_value(5)
    whole(run(app))
    assert query(app)["epochs"] == ["5"]
    assert [chart.proto.spec for chart in app.get("vega_lite_chart")] == before


@pytest.mark.parametrize("axis", ["updates", "examples"])
@pytest.mark.parametrize("source", [GEYSER, DIGITS])
def test_costs_against_updates_and_examples(page, axis, source):
    app = page(**(QUICK | {"data": source}), run=["SGD;full", "SGD;256"])
    widget(app.segmented_control, "axis").set_value(axis)
    whole(run(app))
    assert query(app)["axis"] == [axis]
    drawn = lines(app, "full")
    last = drawn["step"].max() if axis == "updates" else drawn["x"].max()
    assert last == pytest.approx(10 if axis == "updates" else data.COUNTS[source])
    widget(app.segmented_control, "scale").set_value("linear")
    whole(run(app))
    assert len(lines(app, "full"))


def test_other_data_and_another_model(page):
    app = page(run=["SGD,lr=0.1;256", "Adam;64"], epochs="1", updates="10")
    widget(app.segmented_control, "data").set_value(DIGITS)
    whole(run(app))
    assert query(app)["data"] == [DIGITS]
    assert lines(app, "accuracy")["y"].max() > 0.3
    first = datasets(app, "full0")[0]["y"].to_numpy()
    assert "1,438 handwritten digits" in text(app)
    assert not datasets(app, "path0")
    widget(app.segmented_control, "model").set_value("32 hidden units")
    whole(run(app))
    assert datasets(app, "full0")[0]["y"].to_numpy()[0] != first[0]


def test_shuffling_is_turned_off_for_one_run(page):
    app = page(run=["SGD,lr=0.1;16", "SGD,lr=0.1;16"])
    assert lines(app, "full")["y"].iloc[0] > 0
    same = [frame["y"].tolist() for frame in (datasets(app, "full0")[0], datasets(app, "full1")[0])]
    assert same[0] == same[1]
    widget(app.toggle, "2.shuffled").set_value(False)
    whole(run(app))
    assert query(app)["run"] == ["SGD,lr=0.1;16", "SGD,lr=0.1;16;in order"]
    assert datasets(app, "full1")[0]["y"].tolist() != same[0]


def test_every_optimizer_may_take_part(page):
    labels = list(OPTIMIZERS)
    for i in range(0, len(labels), 5):
        app = page(run=[f"{label};64" for label in labels[i : i + 5]], epochs="2", updates="20")
        assert not app.warning
        assert {name.split(",")[0] for name in lines(app, "full")["run"]} == set(labels[i : i + 5])


def test_every_preset_can_be_chosen(page):
    app = page()
    for preset in PRESETS[1:]:
        widget(app.selectbox, "preset").set_value(preset.name)
        whole(run(app))
        assert preset.look in text(app)
        assert len(lines(app, "full")["run"].unique()) == len(preset.setting.entries)


def test_runs_come_and_go(page):
    app = page(run=["SGD;full"] * 4, updates="10", epochs="2")
    widget(app.selectbox, "add").set_value("Adam")
    whole(run(app))
    assert query(app)["run"][-1] == "Adam;16"
    assert widget(app.selectbox, "add").disabled
    for i in range(1, 6):
        app.button(key=f"{KEY}.card-{i}.remove").click()
        whole(run(app)) if i < 5 else run(app)
    assert query(app)["run"] == ["none"]
    assert "There is no run." in text(app)
    widget(app.selectbox, "add").set_value("SGD")
    run(app)
    app.button(key=f"{KEY}.card-1.twin").click()
    whole(run(app))
    assert len(query(app)["run"]) == 2
    assert len(lines(app, "full"))


def test_a_damaged_file_gets_a_sentence_and_sliders_still_move(page, monkeypatch):
    def damaged(source, ordered):
        raise DataError(f"The data file of {source} is damaged or was changed: restore the one that was shipped.")

    monkeypatch.setattr(data, "examples", damaged)
    app = page(data=DIGITS, epochs="3")
    assert [error.value for error in app.error] == [
        "The data file of Digits is damaged or was changed: restore the one that was shipped."
    ]
    widget(app.select_slider, "epochs").set_value(8)
    run(app)
    assert query(app)["epochs"] == ["8"]
    assert app.error


def test_the_noise_and_the_times_are_shown_for_both_data(page):
    for source in (GEYSER, DIGITS):
        app = page({f"{KEY}.guess": True}, **(QUICK | {"data": source}), run=["SGD;full", "SGD;64"])
        found = measures.noise(source, "softmax regression", 0, data.ORIGIN)
        np.testing.assert_array_equal(datasets(app, "measured")[0]["y"], found.measured)
        (own,) = datasets(app, "own")
        assert own["x"].tolist() == [64], "the full batch has no noise"
        assert "The rule of thumb" in text(app)
        assert "Updates to the target" in text(app)


def test_how_it_works_shows_the_functions_that_ran(opened):
    app = opened({"run": ["SGD;16", "Adam;16"]}, page="mini_batches", **{f"{KEY}.how": True})
    code = " ".join(one.value for one in app.code)
    for part in ("def at(self, t", "def batch_noise", "def sgd", "def adam"):
        assert part in code


def test_a_run_that_diverges_is_named_with_its_update(page):
    app = page(run=["SGD,lr=50;16", "SGD,lr=0.1;full"])
    assert "diverged at update" in text(app)
    assert np.isfinite(lines(app, "full")["y"]).all()


def test_the_csv_reads_back():
    now = PRESETS[0].setting
    read = pd.read_csv(io.StringIO(frames.table(now).to_csv(index=False)))
    assert read["batch size B"].unique().tolist() == [272, 16, 1]
    np.testing.assert_allclose(
        read[read["batch size B"] == 16]["cost of the mini-batch"], now.records[1].batch, rtol=1e-15
    )
    assert Entry(now.entries[0].optimizer).size == 0
