"""Whatever can be pressed is pressed: on every page every control goes to both ends, and links to all extremes."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import altair as alt
import pytest
from streamlit.testing.v1 import AppTest

from optim import OPTIMIZERS, SCHEDULES
from optim.formula import Formula
from ui import controls, share
from ui.train_a_network import parts as training_parts
from ui.train_a_network import planes

from .. import settings as random
from .conftest import named_datasets, query, run, whole


def drawn(app: AppTest) -> None:
    """Every chart has something to show."""
    for chart in app.get("vega_lite_chart"):
        assert any(len(data.data.data) > 0 for data in chart.proto.datasets)
    assert named_datasets(app)


SHORT = {"train_a_network": {"hidden": "8", "steps": "40"}}
"""Where what a page computes takes long, a link to less of it."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes on by itself gets next to no time at each run of the page, and the plane's loss few points."""
    for name in ("AT_ONCE", "PORTION"):
        monkeypatch.setattr(training_parts, name, 0.01)
    monkeypatch.setattr(planes, "SIDE", 5)


def session(app: AppTest) -> Any:
    """What the visitor's page is."""
    return app.session_state[f"{app.session_state['page']}.page"]


def found(widgets: Iterable[Any], key: str) -> Any:
    """The widget of that key that can be used, whatever version of it is on the page; None if there is none by now."""
    same = (widget for widget in widgets if widget.key.partition(".v")[0] == key.partition(".v")[0])
    return next((widget for widget in same if not widget.disabled), None)


def one_of_each(widgets: Iterable[Any]) -> list[Any]:
    """The widgets that can be used; of cards that are alike those of the first."""
    usable = [widget for widget in widgets if not widget.disabled]
    return list({re.sub(r"(?<=[.-])\d+(?=\.)", "#", widget.key): widget for widget in reversed(usable)}.values())[::-1]


@pytest.mark.parametrize("page", random.PAGES)
def test_every_chart_is_what_the_schema_of_vega_lite_allows(opened, page):
    for chart in opened(page=page).get("vega_lite_chart"):
        alt.LayerChart.validate(json.loads(chart.proto.spec))


@pytest.mark.parametrize("page", random.PAGES)
def test_no_axis_writes_numbers_in_a_way_of_its_own(opened, page):
    for chart in opened(page=page).get("vega_lite_chart"):
        for look in re.findall(r'"axis": (\{[^{}]*\})', chart.proto.spec):
            axis = json.loads(look)
            assert not re.search("[gesd]", axis.get("format", "").replace(",d", "")) or "labelExpr" in axis


@pytest.mark.parametrize("page", random.PAGES)
def test_every_control_goes_to_both_ends(opened, page):
    app = opened(SHORT.get(page), page=page)
    for slider in one_of_each(app.select_slider):
        # The longest run is not that of every later move.
        for place in (-1, 0) if slider.key.endswith(".steps") else (0, -1):
            here = found(app.select_slider, slider.key)
            if here is None:
                continue
            here.set_value(here.options[place]) if isinstance(here.value, str) else here.set_value(
                type(here.value)(float(here.options[place]))
            )
            whole(app)
    for field in one_of_each(app.number_input):
        for value in (field.min, field.max, None):
            if here := found(app.number_input, field.key):
                before = session(app).now
                here.set_value(value)
                whole(app)
                assert value is not None or session(app).now == before, "an emptied field takes its value back"
    drawn(app)


@pytest.mark.parametrize("page", random.PAGES)
def test_every_choice_is_made_and_every_button_is_pressed(opened, page):
    app = opened(SHORT.get(page), page=page)
    boxes, toggles, buttons = (
        [widget.key for widget in one_of_each(widgets)] for widgets in (app.selectbox, app.toggle, app.button)
    )
    here = app.session_state["page"]
    for key in boxes:
        for place in range(6):
            # What an earlier choice has taken away is there again on a page just opened.
            app = app if found(app.selectbox, key) else opened(SHORT.get(page), page=page)
            box = found(app.selectbox, key)
            if place < len(box.options):
                box.select_index(place)
                whole(app)
    for key in toggles:
        app = app if found(app.toggle, key) else opened(SHORT.get(page), page=page)
        toggle = found(app.toggle, key)
        toggle.set_value(not toggle.value)
        whole(app)
    for key in buttons:
        app = app if found(app.button, key) else opened(SHORT.get(page), page=page)
        found(app.button, key).click()
        run(app)
        # A button may lead to another page.
        app = whole(app) if app.session_state["page"] == here else opened(SHORT.get(page), page=page)


@pytest.mark.parametrize("page", random.PAGES)
def test_cards_come_until_there_is_no_room_and_go_and_the_link_follows(opened, page):
    app = opened(SHORT.get(page), page=page)
    while more := [button for button in app.button if button.key.endswith((".twin", ".more")) and not button.disabled]:
        before, count = query(app), len(removers(app))
        more[-1].click()
        run(app)
        assert len(removers(app)) > count
        assert query(app) != before
    assert len(removers(app)) >= 5
    while there := removers(app):
        before = query(app)
        there[-1].click()
        run(app)
        assert len(removers(app)) < len(there)
        assert query(app) != before
    assert not removers(opened(query(app), page=page)), "a link of none, or of one that cannot be removed"


def removers(app: AppTest) -> list[Any]:
    return [button for button in app.button if button.key.endswith(".remove")]


@pytest.mark.parametrize("few", [list(OPTIMIZERS)[i : i + 8] for i in range(0, len(OPTIMIZERS), 8)], ids=", ".join)
def test_every_optimizers_card_can_be_unfolded_and_reset(opened, few):
    open_cards = {f"trajectories.card-{i}.more": True for i in range(1, 1 + len(few))}
    app = opened({"run": [f"{label},lr=0.1" for label in few], "steps": "20"}, **open_cards)
    for entry in session(app).now.lineup:
        before = session(app).now
        session(app).now = controls.at("lineup", entry.id, "optimizer", "lr")[1](before, 0.5)
        session(app).whole = False  # the click draws all of the page
        app.button(key=f"trajectories.card-{entry.id}.reset").click()
        run(app)
        assert session(app).now == before


def extremes(formula: Formula, place: int) -> str:
    """A formula with every value at one end of its slider, in a link."""
    ends = {
        name: bool(place) if meaning.scale == "switch" else controls.marks(meaning)[place]
        for name, meaning in formula.hyperparameters.items()
    }
    return share.encode(formula(**ends))


def portions(things: list[Formula], size: int) -> Iterator[list[Formula]]:
    return (things[i : i + size] for i in range(0, len(things), size))


def links(page: str) -> Iterator[dict[str, str | list[str]]]:
    kind = type(random.PRESETS[page][0].setting)
    for place in (0, -1):
        for few in portions(list(OPTIMIZERS.values()), 8):
            yield {"steps": "20", "run": [extremes(optimizer, place) for optimizer in few]}
        for few in portions(list(SCHEDULES.values()), 5):
            yield {"steps": "20", "run": [f"Adam,lr=0.1;{extremes(schedule, place)}" for schedule in few]}
        for surface in kind.surfaces.values():
            yield {
                "steps": "20",
                "surface": extremes(surface, place),
                "run": ["SGD,lr=0.1", "Adam,lr=0.1", "AdaGrad,lr=0"],
            }
    yield {"steps": "1", "run": "SGD"}
    yield {"steps": "2000", "run": ["SGD,lr=0", "Adam,eps=0,lr=0.1"]}
    yield {"noise": "100", "run": ["SGD,lr=0.1", "RMSProp"], "steps": "20"}


@pytest.mark.parametrize("page", random.ON_SURFACES)
def test_links_to_all_extremes_open(opened, page):
    for link in links(page):
        app = opened(link, page=page)
        assert not app.warning
        drawn(app)
