"""A newly registered optimizer, surface and schedule work on every page that shows such things, untouched."""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import pytest

from optim import OPTIMIZERS, SCHEDULES, SURFACES, Hyperparameter
from optim.optimizers import Epsilon, LearningRate, optimizer
from optim.schedules import schedule
from optim.surfaces import surface

from .. import settings as random
from .conftest import lines, run

SHRINK = Hyperparameter(r"\theta", "shrinkage", low=0, high=1, slider=(0.0, 1.0))


@pytest.fixture
def newcomers() -> Iterator[tuple[str, str, str]]:
    """The labels of an optimizer with an ε and nothing declared, of a surface with a saddle, and of a schedule."""

    def cube_root(t: int, x: Any, g: Any, c: Any = 0.0, *, lr: LearningRate = 1e-2, eps: Epsilon = 1e-8,
                  theta: Annotated[float, SHRINK] = 0.5) -> Any:  # fmt: skip
        """Divides by the cube root of an average."""
        c = theta * c + (1 - theta) * np.abs(g) ** 3
        effective_lr = lr / (np.cbrt(c) + eps)
        return -effective_lr * g, {"c": c, "effective_lr": effective_lr}

    def ripple(p: Any) -> Any:
        """A saddle between two minima."""
        x, y = p
        return x * x - y * y + y**4 / 2, (2 * x, -2 * y + 2 * y**3)

    def wave(t: Any, *, width: Annotated[float, Hyperparameter("w", "width", low=0, slider=(0.1, 1.0))] = 0.5) -> Any:
        """Up and down."""
        return 1 + width * np.sin(t)

    optimizer("Cube root", latex="c", source="this test")(cube_root)
    surface("Ripple", latex="f", source="this test", x_range=(-2, 2), y_range=(-2, 2), start=(1.0, 1e-3),
            minima=((0, 1), (0, -1)), saddles=((0, 0),))(ripple)  # fmt: skip
    schedule("Wave", latex="w", source="this test")(wave)
    yield "Cube root", "Ripple", "Wave"
    for registry, label in ((OPTIMIZERS, "Cube root"), (SURFACES, "Ripple"), (SCHEDULES, "Wave")):
        registry.pop(label)


@pytest.mark.parametrize("page", random.ON_SURFACES)
def test_newcomers_are_shown_on_every_page(opened, newcomers, page):
    who, where, when = newcomers
    line = [f"{who},lr=0.05;{when}", f"{who},lr=0.05", "Adam,lr=0.05", "SGD,lr=0.05"]
    app = opened({"run": line, "steps": "60"}, page=page)
    names = set(lines(app, "path")["run"])
    assert names == {f"{who}, wave", f"{who}, constant", "Adam", "SGD"}
    places = [i for i, html in enumerate(app.get("html")) if "border-top:3px solid #" in html.proto.body]
    assert places, "it has a colour of its own"
    if where in type(random.PRESETS[page][0].setting).surfaces:
        app = opened({"run": line, "surface": where, "steps": "60"}, page=page)
        assert not app.warning
        assert len(lines(app, "path"))


def test_a_newcomer_is_added_by_the_menu_and_explained(opened, newcomers):
    who, where, _ = newcomers
    app = opened(
        {"run": [f"{who},lr=0.1,theta=0.25"], "surface": where},
        **{"trajectories.how": True, "trajectories.card-1.more": True},
    )
    assert "trajectories.1.theta" in {slider.key for slider in app.select_slider}
    assert any("cbrt" in code.value for code in app.code)
    (latex, *_) = [item.value for item in app.latex if "c_" in item.value] or [""]
    assert latex
    run(app)


def test_a_newcomer_trains_a_network(opened, newcomers):
    who, _, when = newcomers
    link = {"run": [f"{who},lr=0.05;{when}", "SGD,lr=0.1"], "steps": "30", "hidden": "8", "curvature": "on"}
    app = opened(link | {"event": "10,1,theta=0.25"}, page="train_a_network")
    assert not app.warning
    assert set(lines(app, "curve")["run"]) >= {who, "SGD"}
