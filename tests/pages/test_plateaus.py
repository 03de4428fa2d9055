"""The Plateaus page in the app tester: its pictures, its own controls to both ends, links good and bad."""

import json
import re

import numpy as np
import pytest

import optim
from optim import OPTIMIZERS, SURFACES, optimizers, surfaces
from ui.plateaus.escapes import SWEEPS
from ui.plateaus.setting import LEVELS

from .conftest import datasets, lines, run, whole

KEY = "plateaus"


@pytest.fixture
def page(opened):
    """Open the page with a query and session values."""
    return lambda query=None, **state: opened(query, page=KEY, **state)


def table(app, head: str) -> list[list[str]]:
    """The cells of the table one of whose columns is called ``head``."""
    (body,) = (html.proto.body for html in app.get("html") if f">{head}</span></th>" in html.proto.body)
    rows = re.findall(r"<tr>(.*?)</tr>", body)[1:]
    return [[re.sub("<.*?>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", row)] for row in rows]


def slider(app, name: str):
    """The slider as the page now has it: another value makes it another widget."""
    key = re.compile(rf"{KEY}\.{re.escape(name)}(\.v\d+)?")
    return [one for one in app.select_slider if key.fullmatch(one.key)][-1]


def box(app, name: str):
    key = re.compile(rf"{KEY}\.{re.escape(name)}(\.v\d+)?")
    return [one for one in app.selectbox if key.fullmatch(one.key)][-1]


def escapes(app) -> list[str]:
    return [row[1] for row in table(app, "Escapes at step")[: len(lines(app, "path")["run"].unique())]]


def ends(app) -> list[list[str]]:
    return table(app, "Distance from the start")


def test_it_opens_on_the_published_plateau_and_draws_what_optim_computes(page):
    app = page()
    paths = lines(app, "path")
    line_up = {
        "SGD": optimizers.sgd(lr=0.05),
        "Momentum": optimizers.momentum(lr=0.05),
        "RMSProp": optimizers.rmsprop(lr=0.05, beta=0.9),
        "Adam, ε = 10⁻⁸": optimizers.adam(lr=0.05, eps=1e-8),
        "Adam, ε = 10⁻⁶": optimizers.adam(lr=0.05, eps=1e-6),
        "Adam, ε = 10⁻⁴": optimizers.adam(lr=0.05, eps=1e-4),
    }
    assert list(paths["run"].unique()) == list(line_up)
    assert [row[0] for row in ends(app)] == list(line_up)
    for name, optimizer in line_up.items():
        trace = optim.trace(optimizer, surfaces.gaussian_wells, start=(0.75, 1.0), steps=100)
        np.testing.assert_array_equal(paths[paths["run"] == name][["x", "y"]], trace["x"])
    assert [row[1] for row in ends(app)] == ["not by step 100"] * 2 + ["10", "32", "52", "not by step 100"]
    assert dict(app.query_params) == {}


def test_a_thousand_steps_change_nothing_for_a_large_epsilon(page):
    app = page({"steps": "1000"})
    assert [row[1] for row in ends(app)[3:]] == ["32", "52", "not by step 1,000"]


def test_epsilon_is_drawn_against_what_it_is_added_to(page):
    app = page()
    assert box(app, "epsilon").value == 5
    trace = optim.trace(optimizers.adam(lr=0.05, eps=1e-6), surfaces.gaussian_wells, steps=100)
    for axis in range(2):
        drawn = datasets(app, f"size{axis}")[0]
        np.testing.assert_allclose(drawn["y"], np.sqrt(trace["v_hat"][:, axis]), rtol=1e-12)
        np.testing.assert_array_equal(drawn["step"], np.arange(101))
    assert datasets(app, "epsilon")[0]["y"].tolist() == [1e-6]
    assert datasets(app, "escape")[0]["step"].tolist() == [52]


def test_the_epsilon_beside_the_chart_and_the_cards_are_one_value(page):
    app = page()
    slider(app, "eps").set_value(1e-2)
    whole(run(app))
    assert slider(app, "5.eps").value == 1e-2
    assert datasets(app, "epsilon")[0]["y"].tolist() == [1e-2]
    assert app.query_params["run"][4] == "Adam,lr=0.05,eps=0.01"
    assert ends(app)[4][1] == "not by step 100"
    slider(app, "5.eps").set_value(1e-9)
    whole(run(app))
    assert slider(app, "eps").value == 1e-9
    assert datasets(app, "epsilon")[0]["y"].tolist() == [1e-9]


def test_an_epsilon_of_zero_has_no_region_and_a_sentence(page):
    app = page({"run": "Adam,lr=0.05,eps=0"})
    assert not len(datasets(app, "epsilon")[0])
    assert any("With ε = 0 nothing is added." in html.proto.body for html in app.get("html"))


def test_a_line_up_without_epsilon_says_so(page):
    app = page({"run": ["SGD,lr=0.05", "Lion,lr=0.05"]})
    assert "No optimizer of the line-up has an ε." in app.info[0].value
    assert not datasets(app, "size0")


def test_escape_times_over_each_hyperparameter_are_the_runs(page):
    app = page({"run": ["RMSProp,lr=0.05,beta=0.9", "Momentum,lr=0.05", "Adam,lr=0.05"], "steps": "100"})
    eta, epsilon, first, second = (datasets(app, "times0")[i] for i in range(4))
    tried = ((eta, "eta", "lr"), (epsilon, "epsilon", "eps"), (first, "first", "momentum"), (second, "second", "beta"))
    for drawn, chart, name in tried:
        values = SWEEPS[chart].values
        decay = SWEEPS[chart].scale == "decay"
        np.testing.assert_allclose(drawn["x"], [1 - v if decay else v for v in values])
        for i in (0, len(values) // 2, len(values) - 2):
            optimizer = optimizers.rmsprop(lr=0.05, beta=0.9)(**{name: values[i]})
            f = optim.trace(optimizer, surfaces.gaussian_wells, steps=100)["f"]
            expected = np.argmax(f <= -1) if (f <= -1).any() else np.nan
            np.testing.assert_equal(float(drawn["y"][i]), float(expected))
    assert [len(now) for now in datasets(app, "now")] == [3, 2, 3, 2], "Momentum has no ε and one β"
    now = datasets(app, "now")[0]
    assert now["x"].tolist() == [0.05] * 3
    np.testing.assert_equal(now["y"].tolist(), [10.0, np.nan, 32.0])


def test_where_nothing_is_tried_there_is_no_chart(page):
    app = page({"run": "SGD,lr=0.05"})
    assert len(datasets(app, "now")) == 1


def test_rates_are_those_of_the_runs(page):
    app = page({"run": ["AdaGrad,lr=0.05", "RMSProp,lr=0.05,beta=0.9"], "steps": "100"})
    for i, (lr, label) in enumerate([(0.05, "AdaGrad"), (0.5, "AdaGrad"), (5.0, "AdaGrad"), (0.05, "RMSProp")]):
        values = {"lr": lr} | ({"beta": 0.9} if label == "RMSProp" else {})
        trace = optim.trace(OPTIMIZERS[label](**values), surfaces.gaussian_wells, steps=100)
        np.testing.assert_allclose(datasets(app, f"rate{i}")[0]["y"], trace["effective_lr"][:, 0], rtol=1e-9)
    assert not any("added for comparison" in caption.value for caption in app.caption)
    assert any("added for comparison: AdaGrad." in caption.value for caption in page().caption)


def test_the_flatter_coordinate_is_the_one_whose_rate_is_drawn(page):
    def titled(app):
        return [re.search(r"effective learning rate in (\w)", chart.proto.spec) for chart in app.get("vega_lite_chart")]

    for label, axis in (("Tanh step", "x"), ("Saturated neuron", "w")):
        app = page({"surface": label, "run": "AdaGrad,lr=0.05", "steps": "20"})
        assert [found[1] for found in titled(app) if found] == [axis]


def test_a_noisy_gradients_norm_is_called_so(page):
    for noise, title in (("0", "gradient norm ‖g‖"), ("0.1", "norm ‖g‖ of the noisy gradient")):
        specs = [json.loads(chart.proto.spec) for chart in page({"noise": noise}).get("vega_lite_chart")]
        assert any(f'"title": "{title}"' in json.dumps(spec, ensure_ascii=False) for spec in specs)


@pytest.mark.parametrize("lr", ["0", "1e308"])
def test_no_learning_rate_is_too_large_or_too_small_for_the_page(page, lr):
    app = page({"run": [f"AdaGrad,lr={lr}", f"RMSProp,lr={lr}", f"Adam,lr={lr}"], "steps": "5"})
    assert any("The effective learning rate is never between" in info.value for info in app.info)


def test_a_plain_without_any_slope_says_why_there_is_no_chart(page):
    app = page({"surface": "Soft-plus plateau,k=2000", "start": "2.5,1.5", "run": "Adam,lr=0.05", "steps": "20"})
    assert any("is never between" in info.value for info in app.info)
    flat = page({"surface": "Soft-plus plateau,k=20", "start": "2.5,1.5", "run": "Adam,lr=1e-5", "steps": "20"})
    assert len(datasets(flat, "size0")[0]) == 21
    assert len(lines(flat, "curve", 1)) == 21, "gradients below 1e-18 are drawn"


def test_basins_give_each_minimum_its_place_depth_and_share(page):
    app = page({"surface": "Two pits", "start": "1.6,1.4", "steps": "150", "right": "3",
                "run": ["SGD,lr=0.01", "Momentum,lr=0.005", "Momentum,lr=0.01"]})  # fmt: skip
    rows = table(app, "f there")
    assert rows[0][:2] == ["A: near the minimum (−0.9363, 0)", "−2.063"]
    assert rows[1][:2] == ["B: near the minimum (0.9053, 0)", "−1.093"]
    # The lesson: from more starts momentum gets into the deeper pit.
    assert float(rows[0][3].rstrip(" %")) > float(rows[0][2].rstrip(" %")) + 10
    assert table(app, "Momentum, η = 0.01 (right)") == rows
    one, two = datasets(app, "basins")
    assert one["url"][0] != two["url"][0]
    assert datasets(app, "minima")[-1]["text"].tolist() == ["A", "B"]


def test_the_two_maps_are_of_the_chosen_optimizers(page):
    app = page()
    assert (box(app, "left").value, box(app, "right").value) == (6, 4)
    before = datasets(app, "basins")
    box(app, "left").set_value(4)
    whole(run(app))
    after = datasets(app, "basins")
    assert after[0]["url"][0] == after[1]["url"][0] == before[1]["url"][0]
    assert app.query_params["left"] == "4"
    assert any(caption.value == "The two maps differ at 0.0 % of the starts." for caption in app.caption)


def test_another_preset_has_other_names_in_its_boxes(page):
    """Whose basins they are is what their boxes and the head of their table say."""
    app = page()
    for name, left, right in (
        ("AdaGrad against RMSProp", "AdaGrad", "RMSProp"),
        ("The tanh step", "Momentum", "Adam, ε = 10⁻⁸"),
    ):
        app.session_state[f"{KEY}.page"].now = next(p for p in presets() if p.name == name).setting
        whole(app)
        shown = [one.options[[*ids(app)].index(one.value)] for one in (box(app, "left"), box(app, "right"))]
        assert shown == [left, right]
        assert table(app, f"{left} (left)") == table(app, f"{right} (right)")


def presets():
    from ui.plateaus.presets import PRESETS

    return PRESETS


def ids(app):
    return [entry.id for entry in app.session_state[f"{KEY}.page"].now.lineup]


def test_the_level_is_the_surfaces_until_it_is_moved(page):
    app = page()
    assert app.number_input(key=f"{KEY}.level").value == -1
    app.number_input(key=f"{KEY}.level").set_value(-2.0)
    whole(run(app))
    assert app.query_params["level"] == "-2"
    f = optim.trace(optimizers.adam(lr=0.05), surfaces.gaussian_wells, steps=100)["f"]
    assert ends(app)[3][1] == str(int(np.argmax(f <= -2)))
    box(app, "surface").set_value("Tanh step")
    whole(run(app))
    assert next(one for one in app.number_input if one.key.startswith(f"{KEY}.level")).value == 0
    assert "level" not in app.query_params


def test_a_level_that_nothing_reaches_is_said_to_be_one(page):
    said = " ".join(html.proto.body for html in page({"level": "-100"}).get("html"))
    assert "No run can escape: the lowest loss of this surface is −5.278." in said


@pytest.mark.parametrize("label", LEVELS)
def test_a_chosen_surface_has_its_level_and_no_run_that_leaves_the_map(page, label):
    app = page({"steps": "60"})
    box(app, "surface").set_value(label)
    whole(run(app))
    now = app.session_state[f"{KEY}.page"].now
    assert (now.level, now.start) == (LEVELS[label], SURFACES[label].start)
    assert not datasets(app, "exits")[0].size
    for name in SURFACES[label].hyperparameters:
        for end in (slider(app, f"{label}.{name}").options[0], slider(app, f"{label}.{name}").options[-1]):
            slider(app, f"{label}.{name}").set_value(float(end))
            run(app)
            whole(app)


@pytest.mark.parametrize("label", [label for label, o in OPTIMIZERS.items() if "eps" in o.values])
def test_every_epsilon_goes_to_both_ends(page, label):
    app = page({"run": f"{label},lr=0.05", "steps": "12"})
    assert len(datasets(app, "size0")[0])
    for end in (slider(app, "eps").options[0], slider(app, "eps").options[-1]):
        slider(app, "eps").set_value(float(end))
        whole(app)
        assert app.session_state[f"{KEY}.page"].now.lineup[0].optimizer.values["eps"] == float(end)


@pytest.mark.parametrize("query", [{"noise": "100", "seed": "3", "steps": "40"}, {"steps": "1"}])
def test_noise_and_a_single_step_are_no_obstacle(page, query):
    assert len(lines(page(query), "path"))


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
        ({"surface": "Tanh step,k=0"}, "Tanh step: k = 0: it must be a finite number at least 1e-300."),
    ],
)
def test_what_is_wrong_with_a_link_is_named_and_replaced(page, query, sentence):
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
    assert [first.query_params[role] for role in ("left", "right", "epsilon")] == ["3", "2", "3"]
    second = page(dict(first.query_params))
    assert dict(first.query_params) == dict(second.query_params)
    np.testing.assert_array_equal(lines(first, "path")["x"], lines(second, "path")["x"])
    assert datasets(first, "basins")[0]["url"][0] == datasets(second, "basins")[0]["url"][0]


def test_a_picture_of_an_optimizer_that_is_removed_is_of_the_usual_one(page):
    app = page({"run": ["SGD,lr=0.05", "Adam,lr=0.05", "RMSProp,lr=0.05"], "epsilon": "3", "left": "3"})
    assert box(app, "epsilon").value == 3
    session = app.session_state[f"{KEY}.page"]
    from dataclasses import replace

    session.now = replace(session.now, lineup=session.now.lineup[:2])
    whole(app)
    assert (box(app, "epsilon").value, box(app, "left").value) == (2, 1)


def test_the_page_is_short():
    from .conftest import APP

    assert len((APP.parent / "pages" / "plateaus.py").read_text().splitlines()) <= 80


def test_a_centred_run_that_does_not_move_has_not_diverged(page):
    link = {"surface": "Gaussian wells", "start": "2,2", "steps": "400"}
    app = whole(page(link | {"run": "RMSProp,lr=0.001,beta=0.9,centered=True"}))
    ((name, *end),) = ends(app)
    assert name == "RMSProp"
    assert "diverged" not in " ".join(end)


def test_a_rate_whose_hundredfold_is_no_number_leaves_a_page(page):
    app = whole(page({"run": ["AdaGrad,lr=1e308", "Adam,lr=1e308"], "steps": "20"}))
    assert [row[0] for row in ends(app)] == ["AdaGrad", "Adam"]
    assert all("at step 1" in " ".join(row) for row in ends(app))
