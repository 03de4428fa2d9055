"""The Plateaus page: its numbers, every control to both ends, and links good and bad."""

import ast
import re
from urllib.parse import parse_qs

import numpy as np
import pytest

import optim
from optim import OPTIMIZERS, SURFACES, optimizers, surfaces
from ui.plateaus import EPSILONS, GOALS

from .conftest import APP, datasets, lines, run

KEY = "plateaus"
PAGE = "pages/plateaus.py"


@pytest.fixture
def page(opened):
    """Open the page with a query and session values."""

    def open_page(query=None, **state):
        app = opened(**state)
        app.switch_page(PAGE)
        for name, value in (query or {}).items():
            app.query_params[name] = value
        return run(app)

    return open_page


def presets() -> dict[str, str]:
    """Name -> link, read from the page's source: importing a page would run it."""
    tree = ast.parse((APP.parent / PAGE).read_text())
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "Preset"]
    return {f"preset {i}": ast.literal_eval(call.args[0]) for i, call in enumerate(calls)}


def words(app) -> str:
    """All sentences on the page."""
    return " ".join(html.proto.body for html in app.get("html"))


def table(app, head: str) -> list[list[str]]:
    """The cells of the table one of whose columns is called ``head``."""
    (body,) = (html.proto.body for html in app.get("html") if f"<th>{head}</th>" in html.proto.body)
    rows = re.findall(r"<tr>(.*?)</tr>", body)[1:]
    return [[re.sub("<.*?>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", row)] for row in rows]


def beside(app):
    """The slider of ε beside its picture."""
    return next(slider for slider in app.select_slider if slider.label == "ε")


def test_it_opens_on_the_published_plateau_and_draws_what_optim_computes(page):
    app = page()
    paths = lines(app, "path")
    line_up = {
        "SGD": optimizers.sgd(lr=0.05),
        "Momentum": optimizers.momentum(lr=0.05),
        "RMSProp": optimizers.rmsprop(lr=0.05, beta=0.9),
        "Adam, ε = 1e-08": optimizers.adam(lr=0.05, eps=1e-8),
        "Adam, ε = 1e-06": optimizers.adam(lr=0.05, eps=1e-6),
        "Adam, ε = 0.0001": optimizers.adam(lr=0.05, eps=1e-4),
    }
    assert list(paths["run"].unique()) == list(line_up)
    rows = {row[0]: row for row in table(app, "Off the plateau at step")}
    for name, optimizer in line_up.items():
        trace = optim.trace(optimizer, surfaces.gaussian_wells, start=(0.75, 1.0), steps=100)
        np.testing.assert_array_equal(paths[paths["run"] == name][["x", "y"]], trace["x"])
        below = np.flatnonzero(trace["f"] <= -1)
        assert rows[name][1] == (str(below[0]) if len(below) else "not within 100 steps")
        assert float(rows[name][2]) == pytest.approx(trace["f"][-1], rel=1e-3)
        assert float(rows[name][3]) == pytest.approx(np.hypot(*trace["g"][0]), rel=1e-2)
        assert float(rows[name][4]) == pytest.approx(np.hypot(*trace["g"][-1]), rel=1e-2)
    assert [rows[name][1] for name in list(line_up)[3:]] == ["32", "52", "not within 100 steps"]
    assert "first: <b>RMSProp</b> at step 10, then Adam, ε = 1e-08 at step 32" in words(app)
    assert dict(app.query_params) == {}


def test_a_thousand_steps_change_nothing_for_a_large_epsilon(page):
    link = parse_qs(next(iter(presets().values()))) | {"steps": ["1000"]}
    rows = table(page(link), "Off the plateau at step")
    assert [row[1] for row in rows[3:]] == ["32", "52", "not within 1000 steps"]
    assert float(rows[0][5]) < 4e-6


def test_epsilon_is_drawn_against_what_it_is_added_to(page):
    app = page()
    assert app.selectbox(key=f"{KEY}.epsilon.pick").value == app.session_state[f"{KEY}.ids"][4]
    trace = optim.trace(optimizers.adam(lr=0.05, eps=1e-6), surfaces.gaussian_wells, steps=100)
    for axis in range(2):
        drawn = datasets(app, f"size{axis}")[0]
        np.testing.assert_allclose(drawn["y"], np.sqrt(trace["v_hat"][:, axis]), rtol=1e-12)
        np.testing.assert_array_equal(drawn["step"], np.arange(101))
    assert datasets(app, "epsilon")[0]["y"].tolist() == [1e-6]
    off = next(data for data in datasets(app, "off") if "text" in data)
    assert off["step"].tolist() == [52]


def test_the_epsilon_of_the_picture_is_the_cards(page):
    app = page(**{f"{KEY}.5.more": True})
    beside(app).set_value(1e-2)
    run(app)
    run(app)
    assert app.session_state[f"{KEY}.5.eps"] == 1e-2
    assert app.select_slider(key=f"{KEY}.5.eps").value == 1e-2
    assert datasets(app, "epsilon")[0]["y"].tolist() == [1e-2]
    assert app.query_params["run"][4] == "Adam,lr=0.05,eps=0.01"
    assert table(app, "Off the plateau at step")[4][1] == "not within 100 steps"
    app.select_slider(key=f"{KEY}.5.eps").set_value(1e-9)
    run(app)
    run(app)
    assert beside(app).value == 1e-9
    assert datasets(app, "epsilon")[0]["y"].tolist() == [1e-9]


def test_an_epsilon_of_zero_has_no_region_and_a_sentence(page):
    app = page({"run": "Adam,lr=0.05,eps=0"})
    assert not len(datasets(app, "epsilon")[0])
    assert "With ε = 0 there is nothing to shade" in words(app)
    assert not len(datasets(app, "now")[0])


def test_an_epsilon_inside_the_root_is_held_against_its_root(page):
    app = page({"run": "Adam,lr=0.05,eps=1e-10,eps_inside=True"})
    assert datasets(app, "epsilon")[0]["y"][0] == pytest.approx(1e-5)
    assert datasets(app, "epsilon")[0]["text"][0] == "√ε = 1e-05"


def test_a_line_up_without_epsilon_says_so(page):
    app = page({"run": ["SGD,lr=0.05", "Lion,lr=0.05"]})
    assert "No optimizer of the line-up has an ε." in app.info[0].value
    assert not datasets(app, "size0")
    assert not datasets(app, "times0")


def test_escape_times_over_epsilon_are_the_runs(page):
    app = page()
    rmsprop, adam = datasets(app, "times0")[0], datasets(app, "times1")[0]
    assert [len(datasets(app, f"times{i}")[0]) for i in (2, 3)] == [0, 0], "Adams that differ in ε only share a curve"
    np.testing.assert_allclose(adam["x"], EPSILONS)
    for drawn, optimizer in ((rmsprop, optimizers.rmsprop(beta=0.9)), (adam, optimizers.adam)):
        for i in (0, 12, 17, 20, 36):
            f = optim.trace(optimizer(lr=0.05, eps=EPSILONS[i]), surfaces.gaussian_wells, steps=100)["f"]
            expected = np.argmax(f <= -1) if (f <= -1).any() else np.nan
            np.testing.assert_equal(float(drawn["y"][i]), float(expected))
    never = datasets(app, "never")[0]
    assert len(never) == int(rmsprop["y"].isna().sum() + adam["y"].isna().sum()) > 20
    now = datasets(app, "now")[0]
    assert now["x"].tolist() == [1e-8, 1e-8, 1e-6, 1e-4]
    assert now["y"].tolist()[:3] == [10, 32, 52]
    assert now["y"][3] > 100, "who never escapes stands at the top"


def test_rates_are_those_of_the_runs(page):
    app = page({"run": ["AdaGrad,lr=0.05", "RMSProp,lr=0.05,beta=0.9"], "steps": "100"})
    for i, (lr, label) in enumerate([(0.05, "AdaGrad"), (0.5, "AdaGrad"), (5.0, "AdaGrad"), (0.05, "RMSProp")]):
        values = {"lr": lr} | ({"beta": 0.9} if label == "RMSProp" else {})
        trace = optim.trace(OPTIMIZERS[label](**values), surfaces.gaussian_wells, steps=100)
        drawn = datasets(app, f"rate{i}")[0]
        np.testing.assert_allclose(drawn["y"], trace["rate"][:, 0], rtol=1e-9)
    assert "not in the line-up" not in words(app)
    assert "AdaGrad is off at step 36; with η × 10 it is off at step 3; with η × 100 it overshoots" in words(app)


def test_the_flatter_coordinate_is_the_one_whose_rate_is_drawn(page):
    app = page({"surface": "Tanh step", "run": "AdaGrad,lr=0.05", "steps": "60"})
    assert "The rate of AdaGrad, η = 0.05 in x starts at 8.2e+03" in words(app)
    neuron = page({"surface": "Saturated neuron", "run": "AdaGrad,lr=0.1", "steps": "60"})
    assert "in w starts at 9.1e+03" in words(neuron)


def test_basins_give_each_minimum_its_place_depth_and_share(page):
    link = next(link for link in presets().values() if "Two pits" in link)
    app = page(parse_qs(link))
    rows = table(app, "f there")
    assert rows[0][:2] == ["A: minimum (-0.9363, 0)", "-2.063"]
    assert rows[1][:2] == ["B: minimum (0.9053, 0)", "-1.093"]
    assert [sum(float(row[i].rstrip(" %")) for row in rows) for i in (2, 3)] == pytest.approx([100, 100], abs=0.3)
    # The lesson: from more starts, and from this one, momentum gets into the deeper pit.
    assert float(rows[0][3].rstrip(" %")) > float(rows[0][2].rstrip(" %")) + 10
    ends = {row[0]: row[-1] for row in table(app, "Below the level at step")}
    assert ends["SGD"] == ends["Momentum, η = 0.005"] == "minimum (0.905, 0)"
    assert ends["Momentum, η = 0.01"] == ends["Adam, η = 0.2"] == "minimum (-0.936, 0)"
    one, two = datasets(app, "basins")
    assert one["url"][0] != two["url"][0]
    assert datasets(app, "minima")[-1]["text"].tolist() == ["A", "B"]


def test_the_two_maps_are_of_the_chosen_optimizers(page):
    app = page()
    ids = app.session_state[f"{KEY}.ids"]
    assert (app.selectbox(key=f"{KEY}.left.pick").value, app.selectbox(key=f"{KEY}.right.pick").value) == (
        ids[5],
        ids[3],
    )
    before = datasets(app, "basins")
    app.selectbox(key=f"{KEY}.left.pick").set_value(ids[3])
    run(app)
    run(app)
    after = datasets(app, "basins")
    assert after[0]["url"][0] == after[1]["url"][0] == before[1]["url"][0]
    assert app.query_params["left"] == "4"
    assert "From 0 % of the starts it makes a difference" in words(app)


def test_the_level_is_the_surfaces_until_it_is_moved(page):
    app = page()
    assert app.number_input(key=f"{KEY}.level").value == -1
    app.number_input(key=f"{KEY}.level").set_value(-2.0)
    run(app)
    run(app)
    assert app.query_params["level"] == "-2"
    f = optim.trace(optimizers.adam(lr=0.05), surfaces.gaussian_wells, steps=100)["f"]
    assert table(app, "Off the plateau at step")[3][1] == str(int(np.argmax(f <= -2)))
    off = next(data for data in datasets(app, "off") if "text" in data)
    late = optim.trace(optimizers.adam(lr=0.05, eps=1e-6), surfaces.gaussian_wells, steps=100)["f"]
    assert off["step"].tolist() == [int(np.argmax(late <= -2))]
    app.selectbox(key=f"{KEY}.surface").set_value("Tanh step")
    run(app)
    assert app.number_input(key=f"{KEY}.level").value == 0
    assert "level" not in app.query_params


@pytest.mark.parametrize("label", GOALS)
def test_every_surface_can_be_chosen_and_its_sliders_go_to_both_ends(page, label):
    app = page()
    app.selectbox(key=f"{KEY}.surface").set_value(label)
    run(app)
    assert app.number_input(key=f"{KEY}.level").value == GOALS[label].level
    assert len(lines(app, "path"))
    assert not datasets(app, "exits")[0].size, "who would leave the map has got another rate"
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


def test_the_neurons_coordinates_have_their_names(page):
    app = page({"surface": "Saturated neuron"})
    assert app.number_input(key=f"{KEY}.x0").label == "Start w"
    assert any('"title": "w"' in chart.proto.spec for chart in app.get("vega_lite_chart"))


def to_both_ends(app):
    """Move every slider there is to its first and its last mark, and back."""
    for label, key in [(slider.label, slider.key) for slider in app.select_slider]:
        find = (lambda: beside(app)) if label == "ε" else (lambda key=key: app.select_slider(key=key))
        slider = find()
        kept, ends = slider.value, [float(slider.options[0]), float(slider.options[-1])]
        for value in [*ends, kept]:
            find().set_value(type(kept)(value))
            run(app)  # the fragments that follow
            run(app)  # and the whole page


def test_every_slider_goes_to_both_ends(page):
    app = page({"run": ["SGD,lr=0.05", "Adam,lr=0.05"], "steps": "20"})
    to_both_ends(app)
    assert np.isfinite(datasets(app, "size0")[0]["y"]).all()


@pytest.mark.parametrize("label", [label for label, o in OPTIMIZERS.items() if "eps" in o.values])
def test_every_optimizer_with_an_epsilon_goes_to_both_ends_of_all_it_has(page, label):
    app = page({"run": f"{label},lr=0.05", "steps": "12"}, **{f"{KEY}.1.more": True})
    assert len(datasets(app, "size0")[0])
    to_both_ends(app)
    for key in [toggle.key for toggle in app.toggle]:
        for value in (True, False):
            app.session_state[f"{KEY}.1.more"] = True
            app.toggle(key=key).set_value(value)
            run(app)
            run(app)


@pytest.mark.parametrize("noise", ["0.001", "100"])
def test_noise_is_no_obstacle(page, noise):
    app = page({"noise": noise, "seed": "3", "steps": "40"})
    assert len(lines(app, "path"))


@pytest.mark.parametrize("link", presets().values(), ids=presets())
def test_a_preset_is_its_own_link(page, link):
    app = page(parse_qs(link))
    assert not app.warning
    assert app.session_state[f"{KEY}.preset"] is not None
    told = {name: value if isinstance(value, list) else [value] for name, value in dict(app.query_params).items()}
    assert told in ({}, parse_qs(link)), "only the page's first preset is the bare page"


CLAIMS = {
    "Saturated neuron": {"SGD": "not within 300 steps", "Momentum": "203", "AdaGrad": "231", "Adam": "57"},
    "Soft-plus plateau": {"SGD": "not within 150 steps", "AdaGrad": "54", "RMSProp": "11"},
    "Tanh step": {"SGD": "not within 120 steps", "Adam, ε = 1e-08": "32", "Adam, ε = 0.001": "not within 120 steps"},
}  # fmt: skip


@pytest.mark.parametrize("label", CLAIMS)
def test_what_a_preset_says_to_look_for_is_there(page, label):
    link = next(link for link in presets().values() if f"surface={label}" in link)
    rows = {row[0]: row[1] for row in table(page(parse_qs(link)), "Off the plateau at step")}
    assert CLAIMS[label].items() <= rows.items()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"surface": "Beale"}, "“Beale” is not known; Gaussian wells stands in."),
        ({"level": "deep"}, "level = 'deep': it must be a finite number"),
        ({"level": "nan"}, "level = nan: it must be a finite number"),
        ({"level": "1e300"}, "level = 1e+300: it must be a finite number"),
        ({"epsilon": "9"}, "epsilon = 9: it must be a whole number at least 1 and at most 6. The usual one stands in."),
        ({"epsilon": "1"}, "epsilon = 1: SGD has no ε. The usual one stands in."),
        ({"left": "x"}, "left = 'x': it must be a whole number at least 1 and at most 6. The usual one stands in."),
        ({"right": "0"}, "right = 0: it must be a whole number at least 1"),
        ({"run": "Adam,eps=-1"}, "Adam: eps = -1: it must be a finite number at least 0. 1e-08 stands in."),
        ({"start": "9,9"}, "start x = 9: it must be a finite number at least -2 and at most 2."),
        ({"surface": "Tanh step,k=0"}, "Tanh step: k = 0: it must be a finite number above 0."),
    ],
)
def test_what_is_wrong_with_a_link_is_told_and_replaced(page, query, sentence):
    app = page(query)
    (notice,) = app.warning
    assert sentence in notice.value.replace("\\", "")
    assert len(lines(app, "path"))


def test_a_link_opens_what_was_shown(page):
    query = {"surface": "Two pits", "start": "1,1.5", "steps": "77", "noise": "0.5", "seed": "9", "level": "-1.25",
             "left": "3", "right": "2", "epsilon": "3",
             "run": ["Adam,lr=0.123;Staircase,gamma=0.3", "Momentum,lr=0.01", "RMSProp,lr=0.02"]}  # fmt: skip
    first = page(query)
    assert not first.warning
    second = page(dict(first.query_params))
    assert dict(first.query_params) == dict(second.query_params)
    assert first.query_params["left"] == "3"
    assert first.query_params["right"] == "2"
    assert first.query_params["epsilon"] == "3"
    np.testing.assert_array_equal(lines(first, "path")["x"], lines(second, "path")["x"])
    assert datasets(first, "basins")[0]["url"][0] == datasets(second, "basins")[0]["url"][0]


def test_an_extreme_start_has_its_picture_and_words(page):
    """Gradients of 1e-24 are below the usual axis; at a start in a well all is off already."""
    app = page({"start": "2,2", "run": ["Adam,lr=0.05", "SGD,lr=0.05"], "steps": "30"})
    sizes = datasets(app, "size0")[0]["y"]
    assert sizes.min() < 1e-20
    assert len(sizes) == 31
    well = page({"start": "-0.5,-0.8", "run": "Adam,lr=0.05", "steps": "30"})
    assert "nothing to get away from" in words(well)


def test_an_empty_line_up_says_so(page):
    app = page({"run": "Adam,lr=0.05"}, **{f"{KEY}.1.more": True})
    app.button(key=f"{KEY}.1.Remove").click()
    run(app)
    assert "line-up is empty" in app.info[0].value


def test_who_is_removed_from_a_picture_gives_way_to_the_usual(page):
    app = page({"run": ["SGD,lr=0.05", "Adam,lr=0.05", "RMSProp,lr=0.05"], "epsilon": "3", "left": "3"})
    assert app.selectbox(key=f"{KEY}.epsilon.pick").value == app.session_state[f"{KEY}.ids"][2]
    app.session_state[f"{KEY}.3.more"] = True
    run(app)
    app.button(key=f"{KEY}.3.Remove").click()
    run(app)
    assert app.selectbox(key=f"{KEY}.epsilon.pick").value == app.session_state[f"{KEY}.ids"][1]
    assert app.selectbox(key=f"{KEY}.left.pick").value == app.session_state[f"{KEY}.ids"][0]


def test_the_page_is_short():
    assert len((APP.parent / PAGE).read_text().splitlines()) <= 110
