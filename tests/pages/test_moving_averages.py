"""The Moving averages page: what it draws, every control of its own to both ends, presets, files and links."""

import json

import numpy as np
import pytest

import optim
from ui.moving_averages import parts, series
from ui.moving_averages.gradients import STREAMS
from ui.moving_averages.presets import PRESETS
from ui.moving_averages.series import MADE, OWN, SEATTLE

from .conftest import datasets, run, whole

KEY = "averages"


@pytest.fixture
def page(opened):
    return lambda **query: opened(query, page="moving_averages")


def words(app) -> str:
    return " ".join(element.value for element in [*app.warning, *app.error, *app.info]).replace("\\", "")


def text(app) -> str:
    return " ".join(element.value for element in [*app.markdown, *app.caption]).replace("\\", "")


def slider(app, name):
    """The widget of this name, whatever its version is."""
    return next(one for one in app.select_slider if one.key.split(".v")[0] == f"{KEY}.{name}")


def test_it_opens_on_the_lectures_picture_and_draws_what_optim_computes(page):
    app = page()
    assert not words(app)
    temperatures = series.seattle().values
    for place, beta in enumerate((0.5, 0.9, 0.98)):
        (drawn,) = datasets(app, f"curves{place}")
        at = drawn["t"].to_numpy() - 1
        np.testing.assert_allclose(drawn["plain"], optim.ema(temperatures, beta)[at], rtol=1e-12)
        np.testing.assert_allclose(drawn["corrected"], optim.ema(temperatures, beta, True)[at], rtol=1e-12)
        assert at.max() == 364
    (settled,) = datasets(app, "settled")
    assert settled["t"].tolist() == [7, 44, 228]
    (windows,) = datasets(app, "windows")
    np.testing.assert_allclose(windows["t"], [2, 10, 50])
    (peak,) = datasets(app, "peak")
    assert peak["t"].tolist() == [12]
    assert peak["y"][0] == pytest.approx(6.5685, abs=5e-5)
    assert dict(app.query_params) == {}


def test_without_momentum_adams_first_step_is_the_longest(page):
    app = page(adam="Adam,lr=0.3,beta1=0")
    (peak,) = datasets(app, "peak")
    assert peak["t"].tolist() == [1]
    assert peak["y"][0] == pytest.approx(31.6228, abs=5e-5)
    assert "31.6" in peak["text"][0]


def test_a_moved_beta_moves_its_curve_and_the_link_and_no_chart_is_built_anew(page):
    app = page()
    before = [chart.proto.spec for chart in app.get("vega_lite_chart")]
    slider(app, "1.beta").set_value(0.8)
    whole(run(app))
    (drawn,) = datasets(app, "curves0")
    np.testing.assert_allclose(drawn["plain"], optim.ema(series.seattle().values, 0.8)[drawn["t"] - 1], rtol=1e-12)
    assert app.query_params["beta"] == ["0.8", "0.9", "0.98"]
    assert [chart.proto.spec for chart in app.get("vega_lite_chart")] == before


def test_a_third_beta_of_zero_leaves_no_stale_caption(page):
    app = page()
    slider(app, "3.beta").set_value(0.0)
    whole(run(app))
    assert "β = 0.98 → 0" in text(app)
    assert PRESETS[0].look not in text(app)


def test_every_preset_can_be_chosen(page):
    app = page()
    for preset in PRESETS[1:]:
        box = next(one for one in app.selectbox if one.key.split(".v")[0] == f"{KEY}.preset")
        box.set_value(preset.name)
        whole(run(app))
        assert preset.look.replace("\\", "") in text(app)
        assert not app.error


@pytest.mark.parametrize("label", [SEATTLE.label, *MADE, OWN])
def test_every_series_with_every_control_of_it_at_both_ends(page, label):
    app = page()
    app.selectbox(key=f"{KEY}.series").set_value(label)
    whole(app)
    for name in [one.key.split(".v")[0].removeprefix(f"{KEY}.") for one in app.select_slider]:
        if not name.startswith((label, "1.")):
            continue
        kept, options = slider(app, name).value, slider(app, name).options
        for end in (options[0], options[-1]):
            slider(app, name).set_value(type(kept)(float(end)))
            whole(app)
        slider(app, name).set_value(kept)
        whole(app)
    assert len(datasets(app, "raw")) == 2


def test_adams_controls_at_both_ends_on_every_kind_of_gradients(page):
    app = page()
    for name in ("adam.beta1", "adam.beta2", "adam.eps", "adam.lr", "size"):
        kept, options = slider(app, name).value, slider(app, name).options
        for end in (options[0], options[-1]):
            slider(app, name).set_value(float(end))
            whole(app)
            (inside,) = datasets(app, "inside")[:1]
            assert np.isfinite(inside[["m", "step"]].to_numpy()).all()
        slider(app, name).set_value(kept)
        whole(app)
    for kind in STREAMS:
        app.segmented_control(key=f"{KEY}.gradients").set_value(kind)
        whole(app)
        (inside,) = datasets(app, "inside")[:1]
        np.testing.assert_array_equal(inside["g"], STREAMS[kind]())


def test_the_usual_values_of_beta2_are_a_click_away(page):
    app = page()
    for value in (0.95, 0.98, 0.99, 0.999):
        next(one for one in app.pills if "beta2" in one.key).set_value(value)
        whole(run(app))
        assert slider(app, "adam.beta2").value == value
        assert parts.BETA2[value] in text(app)


@pytest.mark.parametrize("name", ["show", "correction", "written"])
def test_every_switch_in_every_position(page, name):
    app = page()
    options = {"show": ["60", "120", "all"], "correction": ["with", "without", "first"], "written": ["α"]}[name]
    for value in options:
        app.segmented_control(key=f"{KEY}.{name}").set_value(value)
        whole(app)
        assert not app.error
        assert app.query_params[name] in (value, [value])


def test_the_other_convention_says_the_same_of_one_minus_beta(page):
    app = page(beta=["0.5", "0.9", "0.98"])
    app.segmented_control(key=f"{KEY}.written").set_value("α")
    whole(run(app))
    assert [slider(app, f"{i}.beta").value for i in (1, 2, 3)] == [0.5, 0.1, 0.02], "the thumbs stay where they mean"
    assert app.query_params["beta"] == ["0.5", "0.9", "0.98"]
    numbers = [float(option) for option in slider(app, "1.beta").options]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 1
    assert any("α = 0.1" in html.proto.body for html in app.get("html"))
    slider(app, "2.beta").set_value(0.05)
    whole(run(app))
    assert app.query_params["beta"] == ["0.5", "0.95", "0.98"], "one key sets one average"
    specs = " ".join(chart.proto.spec for chart in app.get("vega_lite_chart"))
    assert json.dumps("α, log scale")[1:-1] in specs
    assert json.dumps("α, in steps")[1:-1] not in specs


def test_averages_come_and_go(page):
    app = page()
    for count in (4, 5):
        app.button(key=f"{KEY}.more").click()
        whole(run(app))
        assert len(datasets(app, "windows")[0]) == count
    assert app.button(key=f"{KEY}.more").disabled
    for i in (1, 2, 3, 4):
        app.button(key=f"{KEY}.{i}.remove").click()
        whole(run(app))
    assert len(datasets(app, "windows")[0]) == 1


@pytest.mark.parametrize("surface", list(optim.SURFACES))
def test_adam_steps_on_every_surface(page, surface):
    app = page(surface=surface)
    assert not words(app)
    assert len(datasets(app, "path0")[0])


def upload(app, content, name="data.csv"):
    app.file_uploader[0].upload(name, content, "text/csv")
    return whole(run(app))


@pytest.fixture
def own(page):
    app = page()
    app.selectbox(key=f"{KEY}.series").set_value(OWN)
    return whole(run(app))


def column(app):
    return next(one for one in app.selectbox if one.key.split(".v")[0] == f"{KEY}.column")


def test_a_visitors_file_is_averaged_by_the_column_chosen(own):
    app = upload(own, b"day,low,high\nmon,1,10\ntue,2,20\nwed,,30\nthu,4,40\n", "mine.csv")
    column(app).set_value("low")
    whole(run(app))
    assert datasets(app, "raw")[0]["y"].dropna().tolist() == [1, 2, 4]
    assert datasets(app, "gaps")[0].to_numpy().tolist() == [[2.5, 3.5]], "a missing value keeps its day"
    assert datasets(app, "missing")[0]["t"].tolist() == [3], "it has no weight"
    assert "Averaged: mine.csv, low. Values: 4. Missing: 1. First: 1, 2, none, 4." in words(app)
    assert app.query_params["values"] in ("1,2,,4", ["1,2,,4"])
    column(app).set_value("high")
    whole(run(app))
    assert datasets(app, "raw")[0]["y"].dropna().tolist() == [10, 20, 30, 40]
    assert app.text_area[0].value == "", "the box holds no numbers that are not averaged"


def test_what_was_judged_in_reading_can_be_overruled(own):
    app = upload(own, b"x\n1,234\n2,345\n3,456\n")
    first = datasets(app, "raw")[0]["y"].dropna().tolist()
    box = next(one for one in app.selectbox if one.key.split(".v")[0] == f"{KEY}.read.decimal")
    assert box.value is None
    assert box.options[0].startswith("as judged")
    box.set_value("." if first[0] < 2 else ",")
    whole(run(app))
    second = datasets(app, "raw")[0]["y"].dropna().tolist()
    assert sorted([first[0], second[0]]) == [1.234, 1234]


def test_a_bad_file_gets_a_sentence_and_the_page_stays(own):
    for content in (b"", b"some\nwords\nonly\n", b"PK\x03\x04\x00\x00\x00"):
        app = upload(own, content)
        assert "This file could not be used." in app.error[0].value
        assert len(datasets(app, "raw")) == 2


@pytest.mark.parametrize(
    "pasted", ["1 2", "5\n5\n5", "-1e99 1e99 0", "x" * 1000, "", "1", "0 0 0 0", "1e-300 2e-300 1e-300", "1,NA,3"]
)
def test_pasted_text_of_any_kind_leaves_a_page(own, pasted):
    own.text_area[0].set_value(pasted)
    app = whole(run(own))
    assert len(datasets(app, "raw")) == 2


def test_a_visitors_series_is_still_the_one_in_the_box_after_a_return(own):
    own.text_area[0].set_value("7 8 9")
    app = whole(run(own))
    app.switch_page("pages/trajectories.py")
    run(app)
    app.switch_page("pages/moving_averages.py")
    app.query_params.clear()
    run(app)
    assert datasets(app, "raw")[0]["y"].dropna().tolist() == [7, 8, 9]
    assert app.text_area[0].value == "7 8 9"


def test_a_long_series_of_ones_own_travels_packed_and_one_that_is_too_long_has_a_notice(own, page):
    own.text_area[0].set_value(" ".join(map(str, range(1000))))
    app = whole(run(own))
    link = {name: app.query_params[name] for name in ("series", "values")}
    assert "The link does not hold" not in words(app)
    np.testing.assert_array_equal(page(**link).session_state[f"{KEY}.page"].now.series.values, range(1000))
    app.text_area[0].set_value(" ".join(repr(number**0.5) for number in range(2000)))
    app = whole(run(app))
    assert "values" not in app.query_params
    assert "The link does not hold these values: packed, they take more than 7,500 characters." in words(app)


def test_a_visitors_text_goes_into_data_only(own):
    hostile = "datum</script>'];alert(1)//"
    app = upload(own, f'"{hostile}",b\n1,2\n3,4\n'.encode())
    assert all("alert" not in chart.proto.spec for chart in app.get("vega_lite_chart"))


def test_what_is_wrong_with_a_link_is_named(page):
    app = page(series="Moon", beta="<b>x</b>")
    assert "Moon" in words(app)
    assert "beta = '<b>x</b>'" in words(app)
    assert len(datasets(app, "raw")) == 2


def test_a_link_opens_what_it_was_copied_from(page):
    query = {"series": ["Sine with noise,period=50,seed=7"], "beta": ["0.7", "0.999999999"], "show": ["120"],
             "written": ["α"], "correction": ["without"], "adam": ["Adam,lr=0.1,beta2=0.99"], "surface": ["Beale"],
             "gradients": ["spiky"], "size": ["1e-08"], "weighed": ["1"]}  # fmt: skip
    app = page(**query)
    assert not words(app)
    slider(app, "size").set_value(1.0)
    whole(run(app))
    del query["size"]
    told = {name: value if isinstance(value, list) else [value] for name, value in dict(app.query_params).items()}
    assert told == query


def test_a_preset_leaves_the_visitors_own_numbers_to_be_chosen_again(page):
    app = page(series=OWN, values="5,6,9")

    def choose(name, value):
        next(one for one in app.selectbox if one.key.split(".v")[0] == f"{KEY}.{name}").set_value(value)
        run(app)

    choose("preset", PRESETS[3].name)
    assert app.session_state[f"{KEY}.page"].now == PRESETS[3].setting
    choose("series", OWN)
    assert app.query_params["values"] in ("5,6,9", ["5,6,9"])
