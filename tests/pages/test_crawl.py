"""Whatever can be pressed is pressed: on every page every control goes to both ends, and links to all extremes."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from optim import OPTIMIZERS, SCHEDULES
from optim.formula import Formula
from ui import controls, share

from .. import settings as random
from .conftest import named_datasets, run, whole


def drawn(app: AppTest) -> None:
    """Every chart has something to show."""
    for chart in app.get("vega_lite_chart"):
        assert any(len(data.data.data) > 0 for data in chart.proto.datasets)
    assert named_datasets(app)


@pytest.mark.parametrize("page", random.PAGES)
def test_every_control_goes_to_both_ends(opened, page):
    app = opened(page=page)
    for slider in list(app.select_slider):
        kept = slider.key.partition(".v")[0]
        for place in (0, -1):
            here = next((s for s in app.select_slider if s.key.partition(".v")[0] == kept), None)
            if here is None:
                continue
            here.set_value(here.options[place]) if isinstance(here.value, str) else here.set_value(
                type(here.value)(float(here.options[place]))
            )
            whole(run(app))
    drawn(app)


@pytest.mark.parametrize("page", random.PAGES)
def test_every_choice_and_every_button_is_pressed(opened, page):
    first = opened(page=page)
    boxes = [(box.key, box.options) for box in first.selectbox]
    for key, options in boxes:
        for place in range(min(len(options), 6)):
            app = opened(page=page)
            box = app.selectbox(key=key)
            box.select_index(place)
            whole(run(app))
    for button in [button.key for button in first.button]:
        app = opened(page=page)
        app.button(key=button).click()
        run(app)
    for toggle in [toggle.key for toggle in first.toggle]:
        app = opened(page=page)
        app.toggle(key=toggle).set_value(not app.toggle(key=toggle).value)
        whole(run(app))


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
