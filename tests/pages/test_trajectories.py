"""The Trajectories page: its numbers, every control to both ends, and links good and bad."""

import ast
from urllib.parse import parse_qs

import numpy as np
import pytest

import optim
from optim import OPTIMIZERS, SCHEDULES, SURFACES, optimizers, surfaces

from .conftest import APP, datasets, lines, run

KEY = "trajectories"


def presets() -> dict[str, str]:
    """Name -> link, read from the page's source: importing a page would run it."""
    tree = ast.parse((APP.parent / "pages" / "trajectories.py").read_text())
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "Preset"]
    return {f"preset {i}": ast.literal_eval(call.args[0]) for i, call in enumerate(calls)}


def test_it_opens_on_the_worked_example_and_draws_what_optim_computes(opened):
    app = opened()
    paths = lines(app, "path")
    ravine = surfaces.quadratic(a=0.2, b=10.0)
    line_up = {
        "SGD": optimizers.sgd(lr=0.18),
        "Momentum": optimizers.momentum(lr=0.03),
        "AdaGrad": optimizers.adagrad(lr=2.0),
        "RMSProp": optimizers.rmsprop(lr=0.4, beta=0.9),
        "Adam": optimizers.adam(lr=0.3, beta1=0.9, beta2=0.999, eps=1e-8),
    }
    assert list(paths["run"].unique()) == list(line_up)
    for name, optimizer in line_up.items():
        trace = optim.trace(optimizer, ravine, start=(-10.0, 1.5), steps=50)
        drawn = paths[paths["run"] == name]
        np.testing.assert_array_equal(drawn[["x", "y"]], trace["x"])
        np.testing.assert_array_equal(drawn["step"], np.arange(51))
    losses, norms = (lines(app, "curve", chart) for chart in (0, 1))
    adam = optim.trace(line_up["Adam"], ravine, start=(-10.0, 1.5), steps=50)
    np.testing.assert_allclose(losses[losses["run"] == "Adam"]["y"], adam["f"], rtol=1e-12)
    np.testing.assert_allclose(norms[norms["run"] == "Adam"]["y"], np.hypot(*adam["g"].T), rtol=1e-12)
    assert dict(app.query_params) == {}


def test_a_moved_slider_moves_its_path_and_its_link(opened):
    app = opened()
    app.select_slider(key=f"{KEY}.1.lr").set_value(0.1)
    run(app)
    paths = lines(app, "path")
    expected = optim.trace(optimizers.sgd(lr=0.1), surfaces.quadratic, start=(-10, 1.5), steps=50)["x"]
    np.testing.assert_array_equal(paths[paths["run"] == "SGD"][["x", "y"]], expected)
    assert app.query_params["run"][0] == "SGD,lr=0.1"


def to_both_ends(app):
    """Move every slider there is to its first and its last mark, and back."""
    for key in [slider.key for slider in app.select_slider]:
        slider = app.select_slider(key=key)
        kept, ends = slider.value, [float(slider.options[0]), float(slider.options[-1])]
        for value in [*ends, kept]:
            app.select_slider(key=key).set_value(type(kept)(value))
            run(app)  # the fragments that follow
            run(app)  # and the whole page


def test_every_slider_goes_to_both_ends(opened):
    app = opened()
    to_both_ends(app)
    app.session_state[f"{KEY}.noise"] = 0.1
    run(app)
    for value in (0, 99_999):
        app.number_input(key=f"{KEY}.seed").set_value(value)
        run(app)
        run(app)


@pytest.mark.parametrize("label", SURFACES)
def test_every_surface_is_drawn_with_rates_that_suit_it(opened, label):
    app = opened()
    app.selectbox(key=f"{KEY}.surface").set_value(label)
    run(app)
    paths = lines(app, "path")
    assert set(paths["run"]) == {"SGD", "Momentum", "AdaGrad", "RMSProp", "Adam"}
    assert not datasets(app, "exits")[0].size, "a tuned run stays on the map"
    assert all(len(lines(app, "curve", chart)) for chart in (0, 1))
    for name in SURFACES[label].hyperparameters:
        slider = app.select_slider(key=f"{KEY}.{label}.{name}")
        for end in (slider.options[0], slider.options[-1]):
            app.select_slider(key=f"{KEY}.{label}.{name}").set_value(float(end))
            run(app)
            run(app)
    for axis in "xy":
        for end in getattr(SURFACES[label], axis):
            app.number_input(key=f"{KEY}.{axis}0").set_value(float(end))
            run(app)
            run(app)


@pytest.mark.parametrize("label", OPTIMIZERS)
def test_every_optimizer_goes_to_both_ends_of_all_it_has(opened, label):
    app = opened({"run": label, "steps": "20"}, **{f"{KEY}.1.more": True})
    keys = {slider.key for slider in app.select_slider} | {toggle.key for toggle in app.toggle}
    assert {f"{KEY}.1.{name}" for name in OPTIMIZERS[label].hyperparameters} <= keys
    to_both_ends(app)
    for key in [toggle.key for toggle in app.toggle]:
        for value in (True, False):
            app.session_state[f"{KEY}.1.more"] = True
            app.toggle(key=key).set_value(value)
            run(app)
            run(app)


@pytest.mark.parametrize("label", SCHEDULES)
def test_every_schedule_has_its_sliders(opened, label):
    app = opened({"run": f"SGD,lr=0.1;{label}", "steps": "20"}, **{f"{KEY}.1.more": True})
    shown = {slider.key for slider in app.select_slider} | {toggle.key for toggle in app.toggle}
    assert {f"{KEY}.1.{label}.{name}" for name in SCHEDULES[label].hyperparameters} <= shown
    to_both_ends(app)


@pytest.mark.parametrize("link", presets().values(), ids=presets())
def test_a_preset_is_its_own_link(opened, link):
    app = opened(parse_qs(link))
    assert not app.warning
    assert app.session_state[f"{KEY}.preset"] is not None
    told = {name: value if isinstance(value, list) else [value] for name, value in dict(app.query_params).items()}
    assert told in ({}, parse_qs(link)), "only the page's first preset is the bare page"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"run": "SGD,lr=abc"}, "SGD: lr = 'abc': it must be a finite number at least 0. 0.001 stands in."),
        ({"run": "SGD,lr=-1"}, "SGD: lr = -1: it must be a finite number at least 0. 0.001 stands in."),
        ({"run": "SGD,lr=nan"}, "SGD: lr = nan: it must be a finite number at least 0. 0.001 stands in."),
        ({"run": "Adam,beta1=1"}, "Adam: beta1 = 1: it must be a finite number at least 0 and below 1."),
        ({"run": "Adam,speed=3"}, "Adam has no hyperparameter 'speed'"),
        ({"run": "Adam,bias_correction=maybe"}, "bias_correction = 'maybe': it must be True or False."),
        ({"run": "Sdg"}, "“Sdg” is not known; SGD stands in."),
        ({"run": ["SGD"] * 9}, "9 optimizers: at most 8 are shown."),
        ({"run": "SGD;Weekly"}, "“Weekly” is not known; Constant stands in."),
        ({"surface": "Moon"}, "“Moon” is not known; Quadratic stands in."),
        ({"surface": "Quadratic,a=x"}, "Quadratic: a = 'x'"),
        (
            {"steps": "1000000000"},
            "steps = 1e+09: it must be a whole number at least 1 and at most 2000. 50 stands in.",
        ),
        ({"steps": "ten"}, "steps = 'ten': it must be a whole number"),
        ({"steps": "2.5"}, "steps = 2.5: it must be a whole number"),
        ({"start": "1"}, "start = “1”: it must be two numbers, as in 1,-0.5."),
        ({"start": "a,b"}, "start x = 'a': it must be a finite number at least -11 and at most 11."),
        ({"start": "500,0"}, "start x = 500: it must be a finite number at least -11 and at most 11."),
        ({"noise": "-1"}, "noise = -1: it must be a finite number at least 0"),
        ({"seed": "x"}, "seed = 'x': it must be a whole number"),
        ({"scale": "cubic"}, "scale = “cubic”: it must be log or linear."),
        ({"within": "0"}, "within = 0: it must be a finite number above 0"),
    ],
)
def test_what_is_wrong_with_a_link_is_told_and_replaced(opened, query, sentence):
    app = opened(query)
    (notice,) = app.warning
    assert sentence in notice.value.replace("\\", "")
    assert len(lines(app, "path"))


def test_a_visitors_text_is_not_markdown(opened):
    app = opened({"run": "**x**[a](http://b)<b>"})
    assert "**x**" not in app.warning[0].value
    assert r"\*\*x\*\*" in app.warning[0].value


def test_a_link_opens_what_was_shown(opened):
    line_up = ["Adam,lr=0.123,beta2=0.97;Staircase,gamma=0.3", "Momentum,average=True"]
    first = opened({"surface": "Beale", "start": "1,1.5", "steps": "77", "noise": "0.5", "seed": "9",
                    "scale": "linear", "within": "0.001", "run": line_up})  # fmt: skip
    assert not first.warning
    second = opened(dict(first.query_params))
    assert dict(first.query_params) == dict(second.query_params)
    np.testing.assert_array_equal(lines(first, "path")["x"], lines(second, "path")["x"])
    assert first.select_slider(key=f"{KEY}.1.lr").value == 0.123


def test_noise_is_the_same_for_every_optimizer(opened):
    app = opened({"noise": "0.5", "run": ["SGD,lr=0.01", "Momentum,lr=0.01,beta=0"]})
    paths = lines(app, "path")
    one, two = (paths[paths["run"] == name] for name in ("SGD", "Momentum"))
    np.testing.assert_array_equal(one[["x", "y"]], two[["x", "y"]])


def test_a_run_that_diverges_is_marked_where_it_leaves(opened):
    app = opened({"run": "SGD,lr=0.5", "steps": "50"})
    (exits,) = datasets(app, "exits")
    trace = optim.trace(optimizers.sgd(lr=0.5), surfaces.quadratic, start=(-10, 1.5), steps=50)["x"]
    left = int(np.argmax(np.abs(trace[:, 1]) > 3))
    gone = int(np.argmax(np.abs(trace[:, 1]) > 1e6))
    assert exits["text"].tolist() == [f"SGD leaves at step {left}, diverged by step {gone}"]
    assert abs(exits["y"][0]) == pytest.approx(3)
    paths = lines(app, "path")
    assert paths["y"].abs().max() <= 3 + 1e-9
    assert any(f"diverged at step {gone}" in html.proto.body for html in app.get("html"))


def test_a_lineup_is_added_to_duplicated_reset_and_emptied(opened):
    app = opened({"run": "Adam,lr=0.3"}, **{f"{KEY}.1.more": True})
    app.select_slider(key=f"{KEY}.1.lr").set_value(0.5)
    run(app)
    run(app)
    app.button(key=f"{KEY}.1.Reset").click()
    run(app)
    assert app.session_state[f"{KEY}.1.lr"] == 0.3
    app.button(key=f"{KEY}.1.Duplicate").click()
    run(app)
    assert app.session_state[f"{KEY}.ids"] == [1, 2]
    assert set(lines(app, "path")["run"]) == {"Adam #1", "Adam #2"}
    app.session_state[f"{KEY}.2.more"] = True
    run(app)
    app.toggle(key=f"{KEY}.2.bias_correction").set_value(False)
    run(app)
    assert set(lines(app, "path")["run"]) == {"Adam, bias correction", "Adam, no bias correction"}
    run(app)
    app.button(key=f"{KEY}.2.Remove").click()
    run(app)
    app.button(key=f"{KEY}.1.Remove").click()
    run(app)
    assert "line-up is empty" in app.info[0].value


def test_the_page_is_short():
    assert len((APP.parent / "pages" / "trajectories.py").read_text().splitlines()) <= 100
