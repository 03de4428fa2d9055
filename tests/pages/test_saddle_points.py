"""The Saddle points page: its numbers, every control to both ends, presets, and links good and bad."""

import ast
import math
import re
from urllib.parse import parse_qs

import numpy as np
import pytest

import optim
from optim import optimizers, surfaces, theory
from ui.saddles import DELTAS, GAPS, RATES, SADDLES

from .conftest import APP, datasets, lines, run

KEY = "saddles"
PAGE = "pages/saddle_points.py"
LINE_UP = {
    "SGD": optimizers.sgd(lr=0.05),
    "Momentum": optimizers.momentum(lr=0.05),
    "Nesterov": optimizers.nesterov(lr=0.05),
    "AdaGrad": optimizers.adagrad(lr=0.05),
    "RMSProp": optimizers.rmsprop(lr=0.05, beta=0.9),
    "Adam": optimizers.adam(lr=0.05),
}
PRESETS = [
    "One saddle, six ways out",
    "The table of η = 0.01",
    "Exactly on the axis",
    "A little noise is enough",
    "Escaping to a minimum",
    "Monkey saddle",
]


def presets() -> dict[str, str]:
    """Name -> link, read from the page's source: importing a page would run it."""
    tree = ast.parse((APP.parent / PAGE).read_text())
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "Preset"]
    return dict(zip(PRESETS, (ast.literal_eval(call.args[0]) for call in calls), strict=True))


@pytest.fixture
def page(opened):
    """Open this page with a query."""

    def open_page(query=None, **state):
        app = opened(**state)
        app.switch_page(PAGE)
        for name, value in (query or {}).items():
            app.query_params[name] = value
        return run(app)

    return open_page


def rows(app, table: int = 0) -> dict[str, list[str]]:
    """First cell -> the others, of one of the page's tables, as text."""
    tables = [html.proto.body for html in app.get("html") if "<table" in html.proto.body]
    cells = [re.findall(r"<t[dh]>(.*?)</t[dh]>", row) for row in re.findall(r"<tr>(.*?)</tr>", tables[table])]
    plain = [[re.sub("<[^>]+>", "", cell) for cell in row] for row in cells]
    return {row[0]: row[1:] for row in plain}


def words(app) -> str:
    return " ".join(element.value for kind in (app.markdown, app.caption, app.info) for element in kind)


def out_at(optimizer, steps=300, start=(1.0, 1e-4), surface=surfaces.saddle, radius=1.0, **more):
    """The first step with |y| >= radius, by a trace."""
    y = optim.trace(optimizer, surface, start, steps, **more)["x"][:, 1]
    there = np.flatnonzero(np.abs(y) >= radius)
    return int(there[0]) if len(there) else None


def test_it_opens_on_six_ways_out_and_draws_what_optim_computes(page):
    app = page()
    paths = lines(app, "path")
    curves = lines(app, "curve")
    assert list(paths["run"].unique()) == list(LINE_UP)
    times = {}
    for name, optimizer in LINE_UP.items():
        x = optim.trace(optimizer, surfaces.saddle, (1.0, 1e-4), 300)["x"]
        drawn = curves[(curves["run"] == name) & (curves["step"] % 1 == 0)]
        np.testing.assert_allclose(drawn["y"], np.abs(x[drawn["step"].astype(int), 1]), rtol=1e-12)
        assert drawn["step"].iloc[0] == 0
        times[name] = out_at(optimizer)
    table = rows(app)
    assert {name: int(row[0]) for name, row in table.items() if name != "Optimizer"} == times
    assert times == {"SGD": 189, "Momentum": 53, "Nesterov": 48, "AdaGrad": 57, "RMSProp": 8, "Adam": 20}
    assert [row[1] for row in table.values()] == ["Predicted", "189", "53", "48", "–", "–", "–"]
    assert dict(app.query_params) == {}
    assert "RMSProp is out first, at step 8**, 24 times sooner than SGD (step 189)" in words(app)
    assert "Each factor of ten closer to the axis costs SGD 47" in words(app)
    assert datasets(app, "radius")[0]["y"].tolist() == [1]


def test_the_theory_is_drawn_over_its_runs(page):
    app = page({"surface": "Saddle,gamma=2", "start": "1,-0.001", "steps": "60", "run": ["SGD,lr=0.1", "Adam,lr=0.1"]})
    (drawn,) = datasets(app, "theory")
    drawn = drawn.dropna()
    inside = drawn[drawn["step"] % 1 == 0]
    np.testing.assert_allclose(inside["y"], theory.gd_distance(inside["step"], 0.1, 2.0, 0.001), rtol=1e-9)
    assert "exact on this surface" in words(app)
    for query, sentence in (
        ({"noise": "0.1", "run": "SGD,lr=0.1"}, "know of no noise"),
        ({"run": "Adam,lr=0.1"}, "none is in the line-up"),
        ({"surface": "Bounded saddle", "start": "1.5,0.001", "run": "SGD,lr=0.1"}, "linearisation"),
        ({"surface": "Monkey saddle", "start": "1,0.001", "run": "SGD,lr=0.1"}, "The Hessian is zero at this saddle"),
    ):
        app = page({"surface": "Saddle", "start": "1,0.001", "steps": "60"} | query)
        assert sentence in words(app)
        assert bool(len(datasets(app, "theory")[0].dropna())) == ("linearisation" in sentence)


def test_the_published_table_is_a_preset(page):
    app = page(parse_qs(presets()["The table of η = 0.01"]))
    table = rows(app)
    assert {name: row[0] for name, row in table.items()} == {
        "Optimizer": "Out at step",
        "SGD": "926",
        "Momentum": "152",
        "Nesterov": "146",
        "Adam, bias correction": "77",
        "Adam, no bias correction": "18",
        "RMSProp": "72",
        "AdaGrad": "1263",
    }
    assert [table[name][1] for name in ("SGD", "Momentum", "Nesterov")] == ["926", "152", "146"]


def test_from_exactly_the_axis_nothing_leaves(page):
    app = page(parse_qs(presets()["Exactly on the axis"]))
    assert "From exactly δ = 0 nothing escapes without noise" in app.info[0].value
    assert not datasets(app, "radius"), "a sentence stands in for the empty chart"
    assert {row[0] for name, row in rows(app).items() if name != "Optimizer"} == {"not within 300 steps"}
    app.button(key=f"{KEY}.add-noise").click()
    run(app)
    run(app)
    assert app.session_state[f"{KEY}.noise"] == 1e-3
    assert not app.info
    assert app.query_params["noise"] == "0.001"
    assert all(row[0].isdigit() for name, row in rows(app).items() if name != "Optimizer")


def test_a_little_noise_is_enough(page):
    app = page(parse_qs(presets()["A little noise is enough"]))
    noisy = {"start": (1.0, 0.0), "steps": 400, "noise": 0.001}
    found = rows(app, 1)
    for i, (name, optimizer) in enumerate(LINE_UP.items()):
        hits = np.sort(
            [out_at(optimizer, seed=seed, **noisy) for seed in range(200)] if name in ("Adam", "SGD") else []
        )
        if len(hits):
            assert found[name] == [f"{hits[99]}", f"{hits[9]}–{hits[189]}", "none"]
            share = datasets(app, f"share{i}")[0]
            for step, part in share.to_numpy()[1:-1]:
                assert part == pytest.approx(np.mean(hits <= step))
    assert found["Adam"] == ["20", "20–20", "none"]
    assert "all 200 seeds let everyone out within 400 steps" in words(app)


def test_every_other_preset_does_what_it_says(page):
    app = page(parse_qs(presets()["Escaping to a minimum"]))
    ends = {name: row[2] for name, row in rows(app).items()}
    assert ends.pop("Optimizer") == "The end is"
    assert ends.pop("AdaGrad") == "still moving"
    assert set(ends.values()) == {"minimum (0, 3.16)"}
    assert rows(app)["AdaGrad"][0] == "58"
    app = page(parse_qs(presets()["Monkey saddle"]))
    found = rows(app)
    assert [found[name][0] for name in ("SGD", "Momentum", "Nesterov")] == ["116", "9", "10"]
    for optimizer in (LINE_UP["Momentum"], LINE_UP["Nesterov"]):
        assert optim.trace(optimizer, surfaces.monkey_saddle, (1, 0.001), 10)["x"][10, 0] < -1


def test_the_small_charts_are_sweeps_with_the_present_value_on_them(page):
    app = page()
    rate, beta, delta = datasets(app, "now")
    assert dict(zip(rate["x"], rate["y"], strict=True))[0.05] == 20, "Adam's dot is the last"
    assert rate["y"].tolist() == [189, 53, 48, 57, 8, 20]
    np.testing.assert_allclose(beta["x"], [0.1, 0.1, 0.1, 0.1])
    assert beta["y"].tolist() == [53, 48, 8, 20], "SGD and AdaGrad have no β"
    assert set(delta["x"]) == {1e-4}
    adam = LINE_UP["Adam"]
    changes = (
        (datasets(app, "times5")[0], RATES, lambda lr: out_at(adam(lr=lr))),
        (datasets(app, "times3")[1], GAPS, lambda gap: out_at(adam(beta1=1 - gap))),
        (datasets(app, "times5")[1], DELTAS, lambda far: out_at(adam, start=(1.0, far))),
    )
    for drawn, values, out in changes:
        assert drawn["x"].tolist() == list(values)
        for i in (0, 8, 17):
            assert drawn["y"][i] == pytest.approx(out(values[i]) or math.nan, nan_ok=True)
    stuck = datasets(app, "never")[0]
    assert len(stuck[stuck["row"] == 0]) == sum(out_at(optimizers.sgd(lr=lr)) is None for lr in RATES)


def test_the_slider_of_delta_moves_the_start_and_keeps_its_side(page):
    app = page({"surface": "Saddle", "start": "0.5,-0.001", "steps": "300", "run": "SGD,lr=0.1"})
    assert app.select_slider(key=f"{KEY}.delta").value == 0.001
    app.select_slider(key=f"{KEY}.delta").set_value(1e-6)
    run(app)
    run(app)
    assert app.session_state[f"{KEY}.y0"] == -1e-6
    assert app.query_params["start"] == "0.5,-1e-06"
    app.number_input(key=f"{KEY}.x0").set_value(0.75)
    run(app)
    run(app)
    assert app.query_params["start"] == "0.75,-1e-06"
    path = lines(app, "path")
    assert path[["x", "y"]].iloc[0].tolist() == [0.75, -1e-6]
    app.select_slider(key=f"{KEY}.radius").set_value(0.1)
    run(app)
    run(app)
    assert rows(app)["SGD"][0] == str(out_at(optimizers.sgd(lr=0.1), start=(0.75, -1e-6), radius=0.1))
    assert app.query_params["radius"] == "0.1"


def test_no_chart_is_built_anew_when_a_value_moves(page):
    app = page(
        {"surface": "Saddle", "start": "1,0.001", "steps": "300", "noise": "0.01", "run": ["SGD,lr=0.1", "Adam,lr=0.1"]}
    )
    before = [chart.proto.spec for chart in app.get("vega_lite_chart")]
    assert len(before) == 8
    moves = {"1.lr": 0.5, "2.lr": 0.001, "delta": 0.1, "radius": 0.5, "noise": 0.1, "Saddle.gamma": 5.0}
    for name, value in moves.items():
        app.select_slider(key=f"{KEY}.{name}").set_value(value)
        run(app)
        run(app)
        assert [chart.proto.spec for chart in app.get("vega_lite_chart")] == before, name


def test_across_the_sine_the_start_keeps_every_digit(page):
    app = page({"surface": "Sine saddle", "run": "SGD,lr=0.1"})
    assert app.select_slider(key=f"{KEY}.delta").value == 1e-3
    app.select_slider(key=f"{KEY}.delta").set_value(1e-12)
    run(app)
    run(app)
    again = page(dict(app.query_params))
    assert again.select_slider(key=f"{KEY}.delta").value == 1e-12
    assert again.session_state[f"{KEY}.x0"] == math.pi / 2 + 1e-12
    assert again.number_input(key=f"{KEY}.y0").value == 1


@pytest.mark.parametrize("label", SADDLES)
def test_every_slider_goes_to_both_ends(page, label):
    app = page({"surface": label, "steps": "60", "run": ["SGD,lr=0.05", "Adam,lr=0.05"]})
    for key in [slider.key for slider in app.select_slider]:
        slider = app.select_slider(key=key)
        kept, ends = slider.value, [float(slider.options[0]), float(slider.options[-1])]
        for value in [*ends, kept]:
            app.select_slider(key=key).set_value(type(kept)(value))
            run(app)  # the fragments that follow
            run(app)  # and the whole page
    for field in [field.key for field in app.number_input]:
        for value in (app.number_input(key=field).min, app.number_input(key=field).max):
            app.number_input(key=field).set_value(value)
            run(app)
            run(app)


def test_a_surface_keeps_the_learning_rates(page):
    app = page()
    for label in ["Bounded saddle", "Monkey saddle", "Sine saddle", "Saddle"]:
        app.selectbox(key=f"{KEY}.surface").set_value(label)
        run(app)
        assert [app.session_state[f"{KEY}.{i}.lr"] for i in range(1, 7)] == [0.05] * 6
        assert (app.session_state[f"{KEY}.x0"], app.session_state[f"{KEY}.y0"]) == SADDLES[label].start
        assert len(lines(app, "path"))
    assert not any("Tune" in button.label for button in app.button)


def test_the_curvature_is_that_of_the_chosen_path(page):
    app = page(parse_qs(presets()["Escaping to a minimum"]))
    for i, (name, optimizer) in enumerate(LINE_UP.items(), start=1):
        app.selectbox(key=f"{KEY}.inside").set_value(i)
        run(app)
        x = optim.trace(optimizer, surfaces.bounded_saddle, (1.5, 1e-4), 300)["x"]
        (small,), (large,) = datasets(app, "small"), datasets(app, "large")
        at = small["step"].astype(int)
        expected = np.sort(np.stack([np.full(len(at), 2.0), 0.6 * x[at, 1] ** 2 - 2]), axis=0)
        np.testing.assert_allclose(small["y"], expected[0], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(large["y"], expected[1], rtol=1e-9)
        edge = {"SGD": 2, "Momentum": 3.8, "Nesterov": 3.8 / 2.8, "AdaGrad": 2, "RMSProp": 2, "Adam": 38}[name]
        assert datasets(app, "edge")[0]["y"][0] == pytest.approx(edge)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_its_own_link(page, name):
    link = presets()[name]
    app = page(parse_qs(link))
    assert not app.warning
    assert app.session_state[f"{KEY}.preset"] == name
    told = {key: value if isinstance(value, list) else [value] for key, value in dict(app.query_params).items()}
    assert told == ({} if name == PRESETS[0] else parse_qs(link))


def test_a_link_opens_what_was_shown(page):
    line_up = ["Adam,lr=0.123,beta2=0.97;Staircase,gamma=0.3", "Momentum,average=True"]
    first = page({"surface": "Saddle,gamma=3", "start": "0.7,-0.0123", "steps": "77", "noise": "0.5", "seed": "9",
                  "radius": "0.25", "run": line_up})  # fmt: skip
    assert not first.warning
    assert first.select_slider(key=f"{KEY}.delta").value == 0.0123
    second = page(dict(first.query_params))
    assert dict(first.query_params) == dict(second.query_params)
    np.testing.assert_array_equal(lines(first, "path")["x"], lines(second, "path")["x"])
    assert rows(first) == rows(second)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"radius": "0"}, "radius = 0: it must be a finite number above 0 and at most 1e+06. 1 stands in."),
        ({"radius": "far"}, "radius = 'far': it must be a finite number above 0"),
        ({"surface": "Quadratic"}, "“Quadratic” is not known; Saddle stands in. Known: Saddle, Bounded saddle"),
        ({"surface": "Saddle,gamma=-1"}, "Saddle: gamma = -1: it must be a finite number at least 0."),
        ({"start": "1,2"}, "start y = 2: it must be a finite number at least -1.5 and at most 1.5."),
        ({"run": "SGD,lr=abc"}, "SGD: lr = 'abc': it must be a finite number at least 0. 0.001 stands in."),
        ({"steps": "1e9"}, "steps = 1e+09: it must be a whole number at least 1 and at most 2000. 300 stands in."),
    ],
)
def test_what_is_wrong_with_a_link_is_told_and_replaced(page, query, sentence):
    app = page(query)
    (notice,) = app.warning
    told = notice.value.replace("\\", "")
    assert sentence in told if "steps" not in query else sentence.partition(". ")[0] in told
    assert len(lines(app, "path"))


def test_all_optimizers_at_once_and_none(page):
    app = page(
        {"run": ["Adadelta,lr=1", "AMSGrad", "AdaMax", "NAdam", "RAdam", "Lion", "AdaBelief", "Yogi"], "steps": "50"}
    )
    for i in range(1, 9):
        app.selectbox(key=f"{KEY}.inside").set_value(i)
        run(app)
    app = page({"run": "SGD,lr=0.1"}, **{f"{KEY}.1.more": True})
    app.button(key=f"{KEY}.1.Remove").click()
    run(app)
    assert "line-up is empty" in app.info[0].value


def test_without_a_beta_there_is_no_chart_of_it_and_with_one_nobody_lacks_it(page):
    app = page({"run": ["SGD,lr=0.1", "AdaGrad,lr=0.1"]})
    assert len(datasets(app, "times0")) == 2
    assert "No optimizer of the line-up has a β." in words(app)
    assert "SGD and AdaGrad have no β." in words(app)
    assert "no β" not in words(page({"run": "Adam,lr=0.1"}))


def test_the_page_is_short():
    assert len((APP.parent / PAGE).read_text().splitlines()) <= 100
