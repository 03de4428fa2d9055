"""The Moving averages page: its numbers, every control to both ends, presets, files and links good and bad."""

import ast
from urllib.parse import parse_qs

import numpy as np
import pytest

import optim
from ui import series
from ui.series import MADE, OWN, SEATTLE

from .conftest import APP, datasets, lines, run

KEY = "averages"
PAGE = "pages/moving_averages.py"


def presets() -> list[str]:
    """Their links, read from the page's source: importing a page would run it."""
    tree = ast.parse((APP.parent / PAGE).read_text())
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "Preset"]
    return [ast.literal_eval(call.args[0]) for call in calls]


@pytest.fixture
def page(opened):
    """Open this page with a query."""

    def open_page(**query):
        app = opened()
        app.switch_page(PAGE)
        for name, value in query.items():
            app.query_params[name] = value
        return run(app)

    return open_page


def words(app) -> str:
    return " ".join(element.value for element in [*app.warning, *app.error, *app.info])


def test_it_opens_on_the_lectures_picture_and_draws_what_optim_computes(page):
    app = page()
    assert not words(app)
    temperatures = series.seattle().values
    for slot, beta in enumerate((0.5, 0.9, 0.98)):
        (drawn,) = datasets(app, f"curves{slot}")
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


def test_without_momentum_adams_first_step_is_the_largest(page):
    app = page(adam="Adam,lr=0.3,beta1=0")
    (peak,) = datasets(app, "peak")
    assert peak["t"].tolist() == [1]
    assert peak["y"][0] == pytest.approx(31.6228, abs=5e-5)
    assert "31.6" in peak["text"][0]


def test_a_moved_beta_moves_its_curve_and_the_link(page):
    app = page()
    app.select_slider(key=f"{KEY}.1.beta").set_value(0.8)
    run(app)
    (drawn,) = datasets(app, "curves1")
    np.testing.assert_allclose(drawn["plain"], optim.ema(series.seattle().values, 0.8)[drawn["t"] - 1], rtol=1e-12)
    assert app.query_params["beta"] == ["0.5", "0.8", "0.98"]


@pytest.mark.parametrize("link", presets())
def test_presets_are_offered_and_open_from_their_link(page, link):
    app = page(**parse_qs(link))
    assert not words(app)
    assert app.pills[0].value is not None


def test_every_pill_can_be_picked(page):
    app = page()
    for name in app.pills[0].options:
        app.pills[0].set_value(name)
        run(app)
        assert run(app).pills[0].value == name


@pytest.mark.parametrize("label", [SEATTLE, *MADE, OWN])
def test_every_series_with_every_control_at_both_ends(page, label):
    app = page()
    app.selectbox(key=f"{KEY}.series").set_value(label)
    run(app)
    for key in [slider.key for slider in app.select_slider]:
        options = app.select_slider(key=key).options
        kept = app.select_slider(key=key).value
        for text in (options[0], options[-1]):
            app.select_slider(key=key).set_value(type(kept)(float(text)))
            run(app)  # the fragments that follow
            run(app)  # and the whole page
        app.select_slider(key=key).set_value(kept)
        run(app)
        run(app)
    assert len(datasets(app, "raw")) == 2


@pytest.mark.parametrize("name", ["show", "correction", "written"])
def test_every_switch_in_every_position(page, name):
    app = page()
    for value in app.segmented_control(key=f"{KEY}.{name}").options:
        app.segmented_control(key=f"{KEY}.{name}").set_value(value)
        run(app)


def test_the_other_convention_says_the_same_of_one_minus_beta(page):
    app = page(written="α")
    slider = app.select_slider(key=f"{KEY}.1.beta")
    assert slider.value == 0.9
    numbers = [float(text) for text in slider.options]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 1
    assert any("α = 0.1" in html.proto.body for html in app.get("html"))


def test_averages_come_and_go(page):
    app = page()
    for count in (4, 5):
        app.button(key=f"{KEY}.more").click()
        run(app)
        assert len(datasets(app, "windows")[0]) == count
    assert app.button(key=f"{KEY}.more").disabled
    for i in (0, 1, 2, 3):
        app.button(key=f"{KEY}.{i}.remove").click()
        run(app)
    assert len(datasets(app, "windows")[0]) == 1


@pytest.mark.parametrize("surface", list(optim.SURFACES))
def test_adam_walks_on_every_surface(page, surface):
    app = page(surface=surface)
    assert not words(app)
    assert len(lines(app, "path"))


def upload(app, content, name="data.csv"):
    app.file_uploader(key=f"{KEY}.upload").upload(name, content, "text/csv")
    return run(app)


@pytest.fixture
def own(page):
    app = page()
    app.selectbox(key=f"{KEY}.series").set_value(OWN)
    return run(app)


def test_a_visitors_file_is_averaged_by_the_column_chosen(own):
    app = upload(own, b"day,low,high\nmon,1,10\ntue,2,20\nwed,x,30\nthu,4,40\n")
    assert datasets(app, "raw")[0]["y"].dropna().tolist() == [1, 2, 4]
    assert "1 cell" in words(app)
    app.selectbox(key=f"{KEY}.column").set_value("high")
    run(app)
    assert datasets(app, "raw")[0]["y"].dropna().tolist() == [10, 20, 30, 40]
    assert app.query_params["values"] in ("10,20,30,40", ["10,20,30,40"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"some\nwords\nonly\n", "no column"),
        (b"a,b\n1,2\n", "one row"),
        ("x\n1\n2\nü\n".encode("latin-1"), "UTF"),
        (b",".join([b"1"] * 10_000) + b"\n", "columns"),
    ],
)
def test_a_bad_file_gets_one_sentence_and_the_page_stays(own, content, said):
    app = upload(own, content)
    assert said in app.error[0].value
    assert len(datasets(app, "raw")) == 2


@pytest.mark.parametrize(
    "text", ["1 2", "5\n5\n5", "-1e99 1e99 0", "x" * 1000, "", "1", "0 0 0 0", "1e-300 2e-300 1e-300"]
)
def test_pasted_text_of_any_kind_leaves_a_page(own, text):
    own.text_area(key=f"{KEY}.pasted").set_value(text)
    app = run(own)
    assert len(datasets(app, "raw")) == 2


def test_a_long_series_of_ones_own_is_not_in_the_link(own):
    own.text_area(key=f"{KEY}.pasted").set_value(" ".join(map(str, range(1000))))
    app = run(own)
    assert "values" not in app.query_params
    assert "link" in words(app)


def test_a_visitors_text_goes_into_data_only(own):
    hostile = "datum</script>'\"];alert(1)//"
    app = upload(own, f'"{hostile.replace(chr(34), "")}",b\n1,2\n3,4\n'.encode())
    assert all("alert" not in chart.proto.spec for chart in app.get("vega_lite_chart"))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"series": "Moon"}, "Moon"),
        ({"series": "Sine with noise,noise=-1"}, "noise"),
        ({"series": "Step,length=1e9"}, "length"),
        ({"series": OWN}, "too long"),
        ({"series": OWN, "values": "a,b"}, "values"),
        ({"beta": "1"}, "beta"),
        ({"beta": ["0.9", "nan"]}, "beta"),
        ({"beta": ["0.1"] * 9}, "at most"),
        ({"show": "7"}, "show"),
        ({"correction": "maybe"}, "correction"),
        ({"written": "γ"}, "written"),
        ({"adam": "Adam,beta1=2"}, "beta1"),
        ({"adam": "SGD"}, "SGD"),
        ({"surface": "Mars"}, "Mars"),
        ({"beta": "<b>x</b>"}, "beta"),
    ],
)
def test_what_is_wrong_with_a_link_is_named_and_replaced(page, query, said):
    app = page(**query)
    assert said in app.warning[0].value.replace("\\", "")
    assert len(datasets(app, "raw")) == 2


def test_a_link_opens_what_it_was_copied_from(page):
    query = {"series": ["Sine with noise,period=50,seed=7"], "beta": ["0.7", "0.99"], "show": ["120"], "written": ["α"],
             "correction": ["without"], "adam": ["Adam,lr=0.1,beta2=0.99"], "surface": ["Beale"]}  # fmt: skip
    app = page(**query)
    assert not words(app)
    told = {name: [value] if isinstance(value := app.query_params[name], str) else value for name in query}
    assert told == query
