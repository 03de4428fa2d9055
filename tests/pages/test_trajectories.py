"""The Trajectories page: what it draws is what ``optim`` computes, and its controls and links do what they say."""

import numpy as np
import pytest

import optim
from optim import SURFACES, optimizers, surfaces
from ui.trajectories.presets import PRESETS

from .conftest import datasets, lines, query, run, whole

KEY = "trajectories"


def test_it_draws_what_optim_computes(opened):
    app = opened()
    paths, opening = lines(app, "path"), PRESETS[0].setting
    assert list(paths["run"].unique()) == ["SGD", "Momentum", "AdaGrad", "RMSProp", "Adam"]
    losses, norms = (lines(app, "curve", chart) for chart in (0, 1))
    for entry in opening.lineup:
        trace = optim.trace(entry.optimizer, surfaces.quadratic, start=(-10.0, 1.5), steps=50)
        name = entry.optimizer.label
        drawn = paths[paths["run"] == name]
        np.testing.assert_array_equal(drawn[["x", "y"]], trace["x"])
        np.testing.assert_array_equal(drawn["step"], np.arange(51))
        np.testing.assert_allclose(losses[losses["run"] == name]["y"], trace["f"], rtol=1e-12)
        np.testing.assert_allclose(norms[norms["run"] == name]["y"], np.hypot(*trace["g"].T), rtol=1e-12)
    assert query(app) == {}


def test_a_moved_slider_moves_its_path_and_its_link(opened):
    app = opened()
    app.select_slider(key=f"{KEY}.1.lr").set_value(0.1)
    run(app)
    paths = lines(app, "path")
    expected = optim.trace(optimizers.sgd(lr=0.1), surfaces.quadratic, start=(-10, 1.5), steps=50)["x"]
    np.testing.assert_array_equal(paths[paths["run"] == "SGD"][["x", "y"]], expected)
    assert app.query_params["run"][0] == "SGD,lr=0.1"


def test_beta_and_epsilon_are_in_sight(opened):
    app = opened()
    sliders = {slider.key for slider in app.select_slider}
    assert {f"{KEY}.5.{name}" for name in ("lr", "beta1", "beta2", "eps")} <= sliders
    assert {f"{KEY}.4.{name}" for name in ("lr", "beta", "eps")} <= sliders


@pytest.mark.parametrize("label", SURFACES)
def test_another_surface_has_its_own_start_and_rates_that_stay_on_its_map(opened, label):
    app = opened({"surface": label})
    assert set(lines(app, "path")["run"]) == {"SGD", "Momentum", "AdaGrad", "RMSProp", "Adam"}
    if SURFACES[label] != surfaces.quadratic:
        assert not datasets(app, "exits")[0].size
    assert all(len(lines(app, "curve", chart)) for chart in (0, 1))
    chosen = opened()
    chosen.selectbox(key=f"{KEY}.surface").set_value(label)
    run(chosen)
    if SURFACES[label] != surfaces.quadratic:
        assert query(chosen)["run"] == [entry.code for entry in app.session_state[f"{KEY}.page"].now.lineup]


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"run": "SGD,lr=abc"}, "SGD: lr = 'abc': it must be a finite number at least 0. 0.001 stands in."),
        ({"run": "SGD,lr=-1"}, "SGD: lr = -1: it must be a finite number at least 0. 0.001 stands in."),
        ({"run": "SGD,lr=nan"}, "SGD: lr = nan: it must be a finite number at least 0. 0.001 stands in."),
        ({"run": "Adam,beta1=1"}, "Adam: beta1 = 1: it must be a finite number at least 0 and below 1."),
        ({"run": "Adam,speed=3"}, "Adam has no hyperparameter 'speed'"),
        ({"run": "Adam,bias_correction=maybe"}, "bias_correction = 'maybe': it must be True or False."),
        ({"run": "Sdg"}, "“Sdg” is not known; SGD stands in."),
        ({"run": ""}, "An empty name is not known; SGD stands in."),
        ({"run": ["SGD"] * 9}, "9 optimizers: at most 8 are shown."),
        ({"run": "SGD;Weekly"}, "“Weekly” is not known; Constant stands in."),
        ({"surface": "Moon"}, "“Moon” is not known; Quadratic stands in."),
        ({"surface": "Quadratic,a=x"}, "Quadratic: a = 'x'"),
        (
            {"steps": "1000000000"},
            "steps = 1000000000: it must be a whole number at least 1 and at most 20000. 50 stands in.",
        ),
        ({"steps": "ten"}, "steps = 'ten': it must be a whole number"),
        ({"steps": "2.5"}, "steps = 2.5: it must be a whole number"),
        ({"start": "1"}, "start = “1”: it must be two numbers, as in 1,-0.5. -10,1.5 stands in."),
        ({"start": "a,b"}, "start x = 'a': it must be a finite number at least -11 and at most 11."),
        ({"start": "500,0"}, "start x = 500: it must be a finite number at least -11 and at most 11."),
        ({"noise": "-1"}, "noise = -1: it must be a finite number at least 0"),
        ({"seed": "x"}, "seed = 'x': it must be a whole number"),
        ({"scale": "cubic"}, "scale = “cubic”: it must be log or linear."),
        ({"within": "0"}, "within = 0: it must be a finite number above 0"),
        ({"inside": "9"}, "inside = 9: it must be a whole number at least 1 and at most 5. The usual one stands in."),
        ({"optimizer": "Adam"}, "optimizer is not known here; known: "),
        ({"alpha": "0.1"}, "alpha is not known here"),
    ],
)
def test_what_is_wrong_with_a_link_is_named_and_replaced(opened, link, sentence):
    app = opened(link)
    (notice,) = app.warning
    assert sentence in notice.value.replace("\\", "")
    assert len(lines(app, "path"))
    assert set(query(app)) == set(link), "the visitor's link is not wiped"


def test_a_visitors_text_is_not_markdown(opened):
    app = opened({"run": "**x**[a](http://b)<b>"})
    assert "**x**" not in app.warning[0].value
    assert r"\*\*x\*\*" in app.warning[0].value


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
    assert exits["text"].tolist() == [f"SGD\nleaves the map at step {left}, diverges at {gone}"]
    assert abs(exits["y"][0]) == pytest.approx(3)
    paths = lines(app, "path")
    assert paths["y"].abs().max() <= 3 + 1e-9
    assert any(f"diverged at step {gone}" in html.proto.body for html in app.get("html"))


def test_a_line_up_is_added_to_twinned_reset_and_emptied(opened):
    app = opened({"run": "AdaGrad,lr=0.3"}, **{f"{KEY}.card-1.more": True})
    app.select_slider(key=f"{KEY}.1.lr").set_value(0.5)
    whole(run(app))
    app.select_slider(key=f"{KEY}.1.initial").set_value(1.0)
    whole(run(app))
    app.button(key=f"{KEY}.card-1.reset").click()
    whole(run(app))
    assert query(app)["run"] == ["AdaGrad,lr=0.3"]
    app.button(key=f"{KEY}.card-1.twin").click()
    whole(run(app))
    assert set(lines(app, "path")["run"]) == {"AdaGrad #1", "AdaGrad #2"}
    app.select_slider(key=f"{KEY}.2.eps").set_value(1e-3)
    whole(run(app))
    assert set(lines(app, "path")["run"]) == {"AdaGrad, ε = 10⁻¹⁰", "AdaGrad, ε = 0.001"}
    app.button(key=f"{KEY}.card-2.remove").click()
    whole(run(app))
    app.button(key=f"{KEY}.card-1.remove").click()
    run(app)
    assert "line-up is empty" in app.info[0].value
    assert query(app)["run"] == ["none"]
    assert "line-up is empty" in opened(query(app)).info[0].value


def test_one_click_sets_the_conventions_of_a_framework(opened):
    app = opened({"run": "Adam,lr=0.3,beta1=0.8"}, **{f"{KEY}.card-1.more": True})
    box = app.selectbox(key=f"{KEY}.card-1.conventions")
    assert (box.value, box.options) == ("PyTorch, Optax, the paper", ["PyTorch, Optax, the paper", "Keras"])
    box.set_value("Keras")
    whole(run(app))
    assert query(app)["run"] == ["Adam,lr=0.3,beta1=0.8,eps=1e-07,eps_hat=True,decoupled=True"]
    assert "**Adam** :small[· as in Keras]" in [text.value for text in app.markdown]
    app.toggle(key=f"{KEY}.1.eps_inside").set_value(True)
    whole(run(app))
    (box,) = (box for box in app.selectbox if box.label == "Conventions as in")
    assert (box.value, box.options[-1]) == ("your own", "your own")
    assert "**Adam** :small[· own conventions]" in [text.value for text in app.markdown]
    assert "Conventions, λ, schedule" in [box.label for box in app.expander], "a name that changed would fold it"
    box.set_value("PyTorch, Optax, the paper")
    whole(run(app))
    assert query(app)["run"] == ["Adam,lr=0.3,beta1=0.8"]


def test_names_tell_conventions_apart(opened):
    keras = "Adam,lr=0.1,eps=1e-07,eps_hat=True,decoupled=True"
    app = opened({"run": ["Adam,lr=0.1", keras]})
    assert set(lines(app, "path")["run"]) == {"Adam, as in PyTorch", "Adam, as in Keras"}
    app = opened({"run": ["Adam,lr=0.1", keras + ",bias_correction=False"]})
    assert "as in" not in " ".join(lines(app, "path")["run"])


def test_where_there_is_nothing_to_choose_from_nothing_is_offered(opened):
    app = opened({"run": ["SGD", "Rprop"]}, **{f"{KEY}.card-{i}.more": True for i in (1, 2)})
    assert "Conventions as in" not in [box.label for box in app.selectbox]


def test_values_between_the_marks_are_typed(opened):
    app = opened({"run": "Adam,lr=0.3"}, **{f"{KEY}.card-1.more": True})
    app.text_input(key=f"{KEY}.card-1.code").set_value("Adam, lr=0.0025, beta2=0.9995")
    whole(run(app))
    assert query(app)["run"] == ["Adam,lr=0.0025,beta2=0.9995"]
    app.text_input(key=f"{KEY}.card-1.code.v1").set_value("Adam,lr=fast")
    whole(run(app))
    assert query(app)["run"] == ["Adam,lr=0.0025,beta2=0.9995"], "what cannot be read loses nothing"


def test_a_choice_is_kept_while_names_change_and_is_in_the_link(opened):
    app = opened({"run": ["Adam,lr=0.3", "SGD,lr=0.1", "Adam,lr=0.2"]})
    app.selectbox(key=f"{KEY}.inside").set_value(1)
    whole(run(app))
    assert query(app)["inside"] == ["1"]
    app.select_slider(key=f"{KEY}.1.lr").set_value(0.5)
    whole(run(app))
    (box,) = (box for box in app.selectbox if box.key.startswith(f"{KEY}.inside"))
    assert box.value == 1
    assert box.options[0] == "Adam, η = 0.5"
    app.button(key=f"{KEY}.card-2.remove").click()
    whole(run(app))
    assert query(app)["inside"] == ["1"]


def test_two_visitors_do_not_meet(opened):
    one, other = opened(), opened()
    one.select_slider(key=f"{KEY}.1.lr").set_value(0.1)
    run(one)
    run(other)
    assert query(other) == {}
    assert whole(other).select_slider(key=f"{KEY}.1.lr").value == 0.19


def test_a_link_of_20_000_steps_shows_when_sgd_is_through_rosenbrocks_valley(opened):
    link = {"surface": "Rosenbrock", "start": "-1.2,1", "run": "SGD,lr=0.001", "steps": "20000", "within": "1e-6"}
    app = opened(link)
    text = " ".join(element.proto.body for element in app.get("html"))
    assert "<td>15,068</td>" in text, "the table counts all steps, not those that are drawn"
    drawn = lines(app, "curve")
    assert drawn["step"].max() == 20_000
    trace = optim.trace(optimizers.sgd(lr=0.001), surfaces.rosenbrock, (-1.2, 1), 20_000)
    np.testing.assert_allclose(drawn["y"], trace["f"][drawn["step"].astype(int)], rtol=1e-12)
    assert query(app) == {name: [value] for name, value in link.items()}
    app.select_slider(key=f"{KEY}.steps").set_value(2000)
    run(app)
    assert query(app)["steps"] == ["2000"]
