"""What a map gives to the browser."""

import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest

from optim import SURFACES
from ui import contours, maps
from ui.palette import MAP

from ..reading import read

SVG = "{http://www.w3.org/2000/svg}"
frames = cache(maps.frames)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("surface", SURFACES.values(), ids=lambda surface: surface.label)
def test_a_map_is_a_small_drawing_in_which_low_is_deep(surface, theme):
    (url,) = frames(surface, theme)["relief"]["url"]
    assert len(url) < 45_000
    assert not set('"#\n') & set(url)
    kind, _, svg = url.partition(",")
    drawing = ElementTree.fromstring(unquote(svg))
    assert kind == "data:image/svg+xml"
    ground, paths = drawing.findall(f"{SVG}rect"), drawing.findall(f"{SVG}path")
    assert [ground[0].get(side) for side in ("width", "height")] == [str(contours.SIDE)] * 2
    shades = getattr(MAP, theme).split()
    places = [shades.index(shape.get("fill", "")) for shape in [*ground, *paths]]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, len(shades) - 1)


@pytest.mark.parametrize("surface", SURFACES.values(), ids=lambda surface: surface.label)
def test_a_label_lies_on_its_level_line_and_no_two_are_the_same(surface):
    labels = frames(surface, "light")["levels"]
    assert len(labels) >= 5
    assert labels["text"].is_unique
    # A cell of the grid around each.
    sides = [np.diff(side)[0] / (maps.GRID - 1) * np.linspace(-1, 1, 9) for side in (surface.x_range, surface.y_range)]
    for x, y, text in labels[["x", "y", "text"]].itertuples(index=False):
        f = surface.at(np.stack(np.meshgrid(x + sides[0], y + sides[1])))[0]
        assert f.min() <= read(text) <= f.max()


@pytest.mark.parametrize("surface", SURFACES.values(), ids=lambda surface: surface.label)
def test_the_browser_has_every_operation_of_a_surface(surface):
    script = Path(maps.__file__).with_name("pointer.js").read_text("utf-8")
    program = json.loads(frames(surface, "light")["relief"]["f"][0])
    operations = {op for op, *_ in program} - {"number", "symbol"}
    assert operations <= set(re.findall(r"\b(\w+): (?:\(|Math\.)", script))
    assert {args[0] for op, *args in program if op == "symbol"} == {"x", "y"}
