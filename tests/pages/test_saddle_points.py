"""The Saddle points page: what it draws is what ``optim`` computes, and its controls and links do what they say."""

import math
import re

import numpy as np
import pytest

import optim
from optim import optimizers, surfaces
from optim.theory import gd_distance
from ui.saddle_points.geometry import SADDLES
from ui.saddle_points.presets import PRESETS, SIX
from ui.saddle_points.sweeps import VALUES

from ..ui.saddle_points.made import out_at
from .conftest import datasets, lines, query, run, whole

KEY = "saddles"
LINE_UP = {entry.optimizer.label: entry.optimizer for entry in SIX}


@pytest.fixture
def page(opened):
    """Open this page with a query."""
    return lambda link=None, **state: opened(link, page="saddle_points", **state)


def rows(app, table: int = 0) -> dict[str, list[str]]:
    """First cell -> the others, of one of the page's tables, as text."""
    tables = [html.proto.body for html in app.get("html") if "<table" in html.proto.body]
    cells = [re.findall(r"<t[dh]>(.*?)</t[dh]>", row) for row in re.findall(r"<tr>(.*?)</tr>", tables[table])]
    plain = [[re.sub("<[^>]+>", "", cell) for cell in row] for row in cells]
    return {row[0]: row[1:] for row in plain}


def words(app) -> str:
    texts = [element.value for kind in (app.markdown, app.caption, app.info) for element in kind]
    html = [re.sub("<[^>]+>", "", element.proto.body) for element in app.get("html")]
    return " ".join([*texts, *html]).replace("\\", "")


def move(app, name: str, value):
    """Move a slider of this page, and draw all of it."""
    (slider,) = (s for s in app.select_slider if re.fullmatch(rf"{KEY}\.{re.escape(name)}(\.v\d+)?", s.key))
    slider.set_value(value)
    return whole(run(app))


def test_it_opens_on_six_ways_out_and_draws_what_optim_computes(page):
    app = page()
    paths, curves = lines(app, "path"), lines(app, "curve")
    assert list(paths["run"].unique()) == list(LINE_UP)
    for name, optimizer in LINE_UP.items():
        x = optim.trace(optimizer, surfaces.saddle, (1.0, 1e-4), 300)["x"]
        drawn = curves[(curves["run"] == name) & (curves["step"] % 1 == 0)]
        np.testing.assert_allclose(drawn["y"], np.abs(x[drawn["step"].astype(int), 1]), rtol=1e-12)
        assert drawn["step"].iloc[0] == 0
    assert rows(app) == {
        "Optimizer": ["Escapes at step", "Closed form", "Leaves the map at step"],
        "SGD": ["189", "189", "198"],
        "Momentum": ["53", "53", "55"],
        "Nesterov": ["48", "48", "50"],
        "AdaGrad": ["57", "–", "120"],
        "RMSProp": ["8", "–", "14"],
        "Adam": ["20", "–", "29"],
    }
    assert query(app) == {}
    assert "First to escape, at step 8: RMSProp." in words(app)
    (fence,) = (data for data in datasets(app, "radius") if "x" in data)
    assert set(fence["y"].dropna().abs()) == {1.0}


def test_the_theory_is_drawn_over_its_runs(page):
    app = page({"surface": "Saddle,gamma=2", "start": "1,-0.001", "steps": "60", "run": ["SGD,lr=0.1", "Adam,lr=0.1"]})
    (drawn,) = datasets(app, "theory")
    drawn = drawn.dropna()
    inside = drawn[drawn["step"] % 1 == 0]
    assert len(inside) > 30
    np.testing.assert_allclose(inside["y"], gd_distance(inside["step"], 0.1, 2.0, 0.001), rtol=1e-9)
    app = page({"surface": "Saddle", "start": "1,0.001", "steps": "60", "run": "Adam,lr=0.1"})
    assert len(datasets(app, "theory")[0]) == 1, "one point, which makes no line: of no rows the console would warn"


def test_from_exactly_the_axis_nothing_leaves_until_there_is_noise(page):
    app = page(PRESETS[4].setting.query)
    assert "No run is ever at a distance above 0" in app.info[0].value
    assert not datasets(app, "theory"), "a sentence stands in for the empty chart"
    assert {row[0] for name, row in rows(app).items() if name != "Optimizer"} == {"not by step 300"}
    app.button(key=f"{KEY}.add-noise").click()
    whole(run(app))
    assert query(app)["noise"] == ["0.001"]
    assert not app.info
    assert all(row[0].isdigit() for name, row in rows(app).items() if name != "Optimizer")


def test_two_hundred_seeds(page):
    app = page(PRESETS[5].setting.query)
    found = rows(app, 1)
    noisy = {"start": (1.0, 0.0), "steps": 400, "noise": 0.001}
    hits = np.sort([out_at(LINE_UP["SGD"], seed=seed, **noisy) for seed in range(200)])
    assert found["SGD"] == [*(f"{hits[i]:.0f}" for i in (9, 99, 189)), "200 of 200"]
    assert found["Adam"] == ["20", "20", "20", "200 of 200"]
    for step, part in datasets(app, "share0")[0].to_numpy()[1:-1]:
        assert part == pytest.approx(np.mean(hits <= step))


def test_where_there_are_minima_the_table_says_how_each_run_ended(page):
    app = page(PRESETS[6].setting.query)
    ends = {name: row[2] for name, row in rows(app).items()}
    assert ends["Optimizer"] == "Outcome"
    assert {ends[name] for name in ("SGD", "Momentum", "Nesterov")} == {"minimum (0, 3.16)"}


def test_the_small_charts_are_sweeps_with_the_present_value_on_them(page):
    app = page()
    charts = dict(zip(("lr", "beta", "beta2", "eps", "delta"), datasets(app, "now"), strict=True))
    assert charts["lr"]["y"].tolist() == [189, 53, 48, 57, 8, 20]
    assert set(charts["lr"]["x"]) == {0.05}
    np.testing.assert_allclose(charts["beta"]["x"], [0.1, 0.1, 0.1, 0.1])
    assert charts["beta"]["y"].tolist() == [53, 48, 8, 20], "SGD and AdaGrad have no β"
    np.testing.assert_allclose(charts["beta2"]["x"], [1, 0.001])
    assert charts["eps"]["x"].tolist() == [1e-10, 1e-8, 1e-8]
    assert set(charts["delta"]["x"]) == {1e-4}
    assert "β: Momentum, Nesterov, RMSProp · β₁: Adam" in words(app)
    assert "μ: RMSProp · β₂: Adam" in words(app)
    adam = LINE_UP["Adam"]
    for drawn, chart, out in (
        (datasets(app, "times5")[0], "lr", lambda value: out_at(adam(lr=value))),
        (datasets(app, "times3")[1], "beta", lambda value: out_at(adam(beta1=value))),
        (datasets(app, "times1")[2], "beta2", lambda value: out_at(adam(beta2=value))),
        (datasets(app, "times2")[2], "eps", lambda value: out_at(adam(eps=value))),
        (datasets(app, "times5")[1], "delta", lambda value: out_at(adam, start=(1.0, value))),
    ):
        for i in (4, 9, 14, 19):
            assert drawn["y"][i] == pytest.approx(max(out(VALUES[chart][i]), 1.0), nan_ok=True), chart


def test_the_slider_of_delta_moves_the_start_and_keeps_its_side(page):
    app = page({"surface": "Saddle", "start": "0.5,-0.001", "steps": "300", "run": "SGD,lr=0.1"})
    assert app.select_slider(key=f"{KEY}.delta").value == 0.001
    move(app, "delta", 1e-6)
    assert query(app)["start"] == ["0.5,-1e-06"]
    app.number_input(key=f"{KEY}.start-x").set_value(0.75)
    whole(run(app))
    assert query(app)["start"] == ["0.75,-1e-06"]
    assert lines(app, "path")[["x", "y"]].iloc[0].tolist() == [0.75, -1e-6]
    move(app, "radius", 0.1)
    expected = out_at(optimizers.sgd(lr=0.1), start=(0.75, -1e-6), radius=0.1)
    assert rows(app)["SGD"][0] == str(int(expected))
    assert query(app)["radius"] == ["0.1"]


@pytest.mark.parametrize("surface", SADDLES)
def test_a_ray_is_not_called_an_axis(page, surface):
    app = page({"surface": surface, "run": "SGD", "steps": "1"})
    told = " ".join(app.select_slider(key=f"{KEY}.{name}").help for name in ("delta", "radius"))
    assert ("stable ray" in told, "stable axis" in told) == (surface == "Monkey saddle", surface != "Monkey saddle")


def test_across_the_sine_the_start_keeps_every_digit(page):
    app = page({"surface": "Sine saddle", "run": "SGD,lr=0.1"})
    assert app.select_slider(key=f"{KEY}.delta").value == 1e-3
    move(app, "delta", 1e-12)
    again = page(query(app))
    assert again.select_slider(key=f"{KEY}.delta").value == 1e-12
    assert again.session_state[f"{KEY}.page"].now.start == (math.pi / 2 + 1e-12, 1.0)


def test_no_chart_is_built_anew_when_a_value_moves(page):
    app = page(
        {"surface": "Saddle", "start": "1,0.001", "steps": "300", "noise": "0.01", "run": ["SGD,lr=0.1", "Adam,lr=0.1"]}
    )
    before = [chart.proto.spec for chart in app.get("vega_lite_chart")]
    assert len(before) == 10
    moves = {"1.lr": 0.5, "2.lr": 0.001, "2.eps": 1e-3, "delta": 0.1, "radius": 0.5, "noise": 0.1, "Saddle.gamma": 5.0}
    for name, value in moves.items():
        move(app, name, value)
        assert [chart.proto.spec for chart in app.get("vega_lite_chart")] == before, name


@pytest.mark.parametrize("label", ["Saddle", "Monkey saddle"])
def test_every_slider_of_its_own_goes_to_both_ends(page, label):
    app = page({"surface": label, "steps": "60", "run": ["SGD,lr=0.05", "Adam,lr=0.05"]})
    for name in ["delta", "radius", "steps", "1.lr", "2.lr", *["Saddle.gamma"] * (label == "Saddle")]:
        (slider,) = (s for s in app.select_slider if re.fullmatch(rf"{KEY}\.{re.escape(name)}(\.v\d+)?", s.key))
        for value in (slider.options[0], slider.options[-1]):
            move(app, name, type(slider.value)(float(value)))
            assert "nan" not in words(app)
    (field,) = (n for n in app.number_input if n.key.startswith(f"{KEY}.start-"))
    for value in (field.min, field.max):
        (field,) = (n for n in app.number_input if n.key.startswith(f"{KEY}.start-"))
        field.set_value(value)
        whole(app)


def test_a_surface_keeps_the_learning_rates(page):
    app = page()
    for label in ["Bounded saddle", "Monkey saddle", "Sine saddle", "Saddle"]:
        (box,) = (box for box in app.selectbox if box.key.startswith(f"{KEY}.surface"))
        box.set_value(label)
        whole(run(app))
        now = app.session_state[f"{KEY}.page"].now
        assert [entry.optimizer.values["lr"] for entry in now.lineup] == [0.05] * 6
        assert now.start == SADDLES[label].start
        assert len(lines(app, "path"))


def test_the_curvature_is_that_of_the_chosen_path(page):
    app = page(PRESETS[6].setting.query)
    for i, (name, optimizer) in enumerate(LINE_UP.items(), start=1):
        (box,) = (box for box in app.selectbox if box.key.startswith(f"{KEY}.inside"))
        box.set_value(i)
        whole(run(app))
        x = optim.trace(optimizer, surfaces.bounded_saddle, (1.5, 1e-4), 300)["x"]
        (small,), (large,) = datasets(app, "small"), datasets(app, "large")
        expected = np.sort(np.stack([np.full(len(x), 2.0), 0.6 * x[:, 1] ** 2 - 2]), axis=0)
        for drawn, values in zip((small, large), expected, strict=True):
            np.testing.assert_allclose(drawn["y"], values[drawn["step"].astype(int)], rtol=1e-9, atol=1e-9)
        edge = {"SGD": 2, "Momentum": 3.8, "Nesterov": 3.8 / 2.8, "AdaGrad": 2, "RMSProp": 2, "Adam": 38}[name]
        assert datasets(app, "edge")[0]["y"][0] == pytest.approx(edge)


def test_a_path_too_short_for_a_curve_says_so(page):
    app = page({"surface": "Saddle", "start": "1,0.0001", "steps": "60", "run": "SGD,lr=100"})
    assert "The run leaves the map, or diverges, at its first step" in words(app)
    assert not datasets(app, "small")
    app = page({"surface": "Saddle", "start": "1,0.0001", "steps": "60", "run": "SGD,lr=0"})
    assert "Effective η × curvature is never between" in words(app)
    assert datasets(app, "small")
    assert not datasets(app, "edge")


def test_one_without_an_edge_and_all_the_others(page):
    line_up = ["Adadelta,lr=1", "AMSGrad", "AdaMax", "NAdam", "RAdam", "Lion", "AdaBelief", "Yogi"]
    app = page({"run": line_up, "steps": "50"})
    for i in (6, 4):
        (box,) = (box for box in app.selectbox if box.key.startswith(f"{KEY}.inside"))
        box.set_value(i)
        whole(run(app))
        assert ("No stability edge is known for Lion" in words(app)) == (i == 6)
        assert len(datasets(app, "edge")) == (i != 6)


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"radius": "0"}, "radius = 0: it must be a finite number above 0 and at most 1000000. 1 stands in."),
        ({"radius": "far"}, "radius = 'far': it must be a finite number above 0"),
        ({"surface": "Quadratic"}, "“Quadratic” is not known; Saddle stands in. Known: Saddle, Bounded saddle"),
        ({"surface": "Saddle,gamma=-1"}, "Saddle: gamma = -1: it must be a finite number at least 0."),
        ({"start": "1,2"}, "start y = 2: it must be a finite number at least -1.5 and at most 1.5."),
        ({"run": "SGD,lr=abc"}, "SGD: lr = 'abc': it must be a finite number at least 0. 0.001 stands in."),
        ({"steps": "1e9"}, "steps = 1000000000: it must be a whole number at least 1 and at most 2000."),
    ],
)
def test_what_is_wrong_with_a_link_is_named_and_replaced(page, link, sentence):
    app = page(link)
    (notice,) = app.warning
    assert sentence in notice.value.replace("\\", "")
    assert len(lines(app, "path"))


def test_a_link_opens_what_was_shown(page):
    line_up = ["Adam,lr=0.123,beta2=0.97;Staircase,gamma=0.3", "Momentum,average=True"]
    link = {"surface": "Saddle,gamma=3", "start": "0.7,-0.0123", "steps": "77", "noise": "0.5", "seed": "9",
            "radius": "0.25", "run": line_up, "inside": "2"}  # fmt: skip
    first = page(link)
    assert not first.warning
    assert first.select_slider(key=f"{KEY}.delta").value == 0.0123
    now = first.session_state[f"{KEY}.page"].now
    assert (now.radius, now.seed, now.noise, now.steps) == (0.25, 9, 0.5, 77)
    assert {name: [value] if isinstance(value, str) else value for name, value in link.items()} == now.query


def test_without_a_beta_there_is_no_chart_of_it(page):
    app = page({"run": ["SGD,lr=0.1"]})
    assert len(datasets(app, "now")) == 2, "η and δ"
    assert "β" not in words(page({"run": "SGD,lr=0.1"})).partition("What the escape")[2]
