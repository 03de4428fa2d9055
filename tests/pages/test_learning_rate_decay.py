"""The Learning-rate decay page: what it draws, its controls, empty states, links and CSV."""

import io
import re
from base64 import b64decode

import numpy as np
import pandas as pd
import pytest

from optim import SCHEDULES, schedules, typeset
from ui.learning_rate_decay import frames, plans, quadratic
from ui.learning_rate_decay.presets import PRESETS

from .conftest import datasets, lines, named_datasets, query, run, whole

KEY = "decay"


@pytest.fixture
def page(opened):
    return lambda **query: opened(query, page="learning_rate_decay")


def widget(kind, name):
    """The widget of this name, whatever its version is."""
    return next(one for one in kind if one.key.split(".v")[0] == f"{KEY}.{name}")


def text(app):
    said = [*app.markdown, *app.caption, *app.info, *app.warning]
    return " ".join([*(one.value for one in said), *(one.proto.body for one in app.get("html"))]).replace("\\", "")


def test_it_opens_on_the_courses_four_and_draws_what_optim_computes(page):
    app = page()
    assert not app.warning
    assert dict(app.query_params) == {}
    now = PRESETS[0].setting
    for i, schedule in enumerate(now.schedules):
        given = now.given(schedule)
        (rate,), (expected,) = datasets(app, f"rate{i}"), datasets(app, f"expected{i}")
        at = rate["step"].to_numpy()
        np.testing.assert_allclose(rate["y"], 0.1 * schedule.at(at), rtol=1e-14)
        np.testing.assert_allclose(expected["epoch"], expected["step"] / 20)
        here = expected["step"].to_numpy().round().astype(int)
        np.testing.assert_allclose(expected["y"], quadratic.expected(given)[0][here], rtol=1e-9)
    first, second = datasets(app, "span")
    assert first["step"].tolist() == [1, 400]
    assert second.to_dict("list") == {"step": [0, 400], "epoch": [0, 20]}
    (level,) = datasets(app, "level")
    assert level["y"].tolist() == [pytest.approx(0.05965, abs=5e-6)]
    assert re.findall("<b>(.*?)</b>", text(app)) == ["0.002957"], "the lowest, Inverse time's"


def test_a_moved_slider_moves_its_line_and_the_link_and_no_chart_is_built_anew(page):
    app = page()
    before = [chart.proto.spec for chart in app.get("vega_lite_chart")]
    widget(app.select_slider, "2.Inverse time.decay").set_value(0.1)
    whole(run(app))
    assert query(app)["schedule"][1] == "Inverse time"
    np.testing.assert_allclose(datasets(app, "rate1")[0]["y"].iloc[-1], 0.1 / 2.9)
    assert "d 1 → 0.1" in text(app)
    for name, value in (("lr", 0.25), ("steps", 800), ("batches", 40), ("noise", 0.1), ("a", 2.0), ("b", 0.5)):
        widget(app.select_slider, name).set_value(value)
        whole(run(app))
        assert query(app)[name] == [f"{value:g}"]
    assert [chart.proto.spec for chart in app.get("vega_lite_chart")] == before


def test_counting_steps_in_place_of_epochs(page):
    app = page(schedule="Square root")
    widget(app.toggle, "1.stepwise").set_value(True)
    whole(run(app))
    assert query(app)["schedule"] == ["Square root;step"]
    rate = datasets(app, "rate0")[0]
    np.testing.assert_allclose(rate["y"], 0.1 / np.sqrt(rate["step"]), rtol=1e-14)
    assert "Square root, per step" in text(app)


@pytest.mark.parametrize("label", list(SCHEDULES))
def test_every_schedule_is_drawn_with_its_formula_at_both_ends_of_its_sliders(page, label):
    app = page(schedule=label, steps="60")
    assert any(latex.value for latex in app.latex)
    for name in SCHEDULES[label].hyperparameters:
        key = f"1.{label}.{name}"
        if not any(one.key.split(".v")[0] == f"{KEY}.{key}" for one in app.select_slider):
            continue
        slider = widget(app.select_slider, key)
        kept, options = slider.value, slider.options
        for end in (options[0], options[-1]):
            widget(app.select_slider, key).set_value(type(kept)(float(end)))
            whole(app)
            assert len(datasets(app, "rate0")) == 1 or "Every learning rate is 0" in text(app)
        widget(app.select_slider, key).set_value(kept)
        whole(app)


def test_every_preset_can_be_chosen(page):
    app = page()
    for preset in PRESETS[1:]:
        widget(app.selectbox, "preset").set_value(preset.name)
        whole(run(app))
        assert preset.look in text(app)
        assert len(lines(app, "rate")["run"].unique()) == len(preset.setting.plans)


def test_schedules_come_and_go(page):
    app = page(schedule=["Constant"] * 7, steps="100")
    widget(app.selectbox, "add").set_value("Cosine")
    whole(run(app))
    assert query(app)["schedule"][-1] == "Cosine", "its length is that of the run"
    assert len(plans.parse(query(app)["schedule"], [])) == plans.MOST
    assert widget(app.selectbox, "add").disabled
    for i in range(1, 9):
        app.button(key=f"{KEY}.card-{i}.remove").click()
        whole(run(app)) if i < 8 else run(app)
    assert query(app)["schedule"] == ["none"]
    assert "There is no schedule." in text(app)
    widget(app.selectbox, "add").set_value("Staircase")
    run(app)
    assert query(app)["schedule"] == ["Staircase"]
    assert len(lines(app, "rate"))


def test_a_twin_stands_beside_with_another_name(page):
    app = page(schedule=["Exponential", "Constant"])
    app.button(key=f"{KEY}.card-1.twin").click()
    whole(run(app))
    widget(app.select_slider, "3.Exponential.gamma").set_value(0.5)
    whole(run(app))
    assert query(app)["schedule"] == ["Exponential", "Exponential,gamma=0.5", "Constant"]
    assert "Exponential, γ = 0.5" in text(app)


def test_every_schedule_has_its_curve_and_its_formula(page):
    app = page(schedule="Constant")
    sketches = [html.proto.body for html in app.get("html") if "data:image/svg" in html.proto.body]
    assert len(sketches) == len(SCHEDULES)
    for label, sketch in zip(SCHEDULES, sketches, strict=True):
        assert f"<strong>{label}</strong>" in sketch
        drawing = b64decode(re.search(r"base64,([^\"]+)", sketch)[1]).decode()
        heights = [float(point.split(",")[1]) for point in re.search(r'points="([^"]+)"', drawing)[1].split()]
        factor = plans.Plan(plans.fitted(SCHEDULES[label], 400)).within(20).at(np.arange(1, 401)) * np.ones(400)
        np.testing.assert_allclose([heights[0], heights[-1]], 57 - 54 * factor[[0, -1]] / factor.max(), atol=0.5)
    formulas = [latex.value for latex in app.latex]
    for schedule in SCHEDULES.values():
        assert any(typeset.box(schedule) in formula for formula in formulas)


def test_without_noise_there_is_a_sentence_and_a_button(page):
    app = page(noise="0")
    assert "Without noise there is no ball" in text(app)
    assert "Without noise every seed gives the same run." in text(app)
    assert not any("seed" in one.key for one in app.number_input)
    app.button(key=f"{KEY}.around.add-noise").click()
    whole(run(app))
    assert query(app)["noise"] == ["0.3"]
    assert len(lines(app, "share"))


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"lr": "0.4"}, "SGD diverges"),
        ({"lr": "1e6", "steps": "2000"}, "<td>diverged</td>"),
        ({"lr": "0"}, "Every learning rate is 0, which a log axis cannot show."),
        ({"lr": "0"}, "No ball: at η = 0 SGD does not move."),
        ({"adam": "Adam,lr=0"}, "No step is above 0 and finite"),
        ({"steps": "1", "batches": "1"}, "Steps per epoch: 1. Epochs in all: 1."),
    ],
)
def test_what_cannot_be_drawn_gets_a_sentence(page, link, sentence):
    app = page(**link)
    assert not app.warning
    assert sentence in text(app)
    assert named_datasets(app)


def test_adams_four_runs_and_their_controls_at_both_ends(page):
    app = page()
    assert "6.57 η, at t = 12" in text(app)
    ends = datasets(app, "exits")[0]
    assert sorted(ends["text"]) == ["without correction\nleaves the map at step 12",
                                    "without correction, with warm-up\nleaves the map at step 15"]  # fmt: skip
    for name in ("adam.lr", "adam.beta1", "adam.beta2", "warmup"):
        slider = widget(app.select_slider, name)
        kept, options = slider.value, slider.options
        for end in (options[0], options[-1]):
            widget(app.select_slider, name).set_value(type(kept)(float(end)))
            whole(app)
        widget(app.select_slider, name).set_value(kept)
        whole(app)
    assert len(datasets(page(start="-1,0.4"), "path0")[0])


def test_how_it_works_shows_the_functions_that_ran(opened):
    app = opened({"schedule": ["Cosine", "Triangular"]}, page="learning_rate_decay", **{f"{KEY}.how": True})
    code = " ".join(one.value for one in app.code)
    for part in ("def cosine", "def triangular", "def sgd_moments", "def sgd_stationary_variance"):
        assert part in code
    assert schedules.triangular.doc.splitlines()[0] in text(app)


def test_the_csv_reads_back():
    now = PRESETS[1].setting
    read = pd.read_csv(io.StringIO(frames.table(now).to_csv(index=False)))
    assert read["schedule"].unique().tolist() == list(plans.names(now.plans))
    np.testing.assert_allclose(read["expected loss"].to_numpy().reshape(4, -1), now.expected, rtol=1e-15)
