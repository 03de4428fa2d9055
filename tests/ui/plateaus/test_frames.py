"""What the charts are drawn from."""

import numpy as np
import pytest

import optim
from optim import optimizers, surfaces
from ui.plateaus import frames
from ui.runs import Run


def span(chart, values):
    box = frames.window(chart, np.array(values), 100)
    return round(np.log10(box.bottom)), round(np.log10(box.top))


def test_an_axis_of_decades_has_room_for_all_values_and_stands_still():
    assert span("root", [1e-8, 5.0]) == (-14, 2)
    assert span("root", [1e-12, 0.3]) == (-14, 2)
    assert span("root", [1e-15, 5.0]) == (-24, 2)
    assert span("root", [1e-3, 101.0]) == (-14, 12)
    assert span("root", [0.0, np.nan, np.inf]) == (-14, 2)
    assert span("root", [1e-320, 1e300]) == (-300, 300)
    assert span("rates", [1e-3, 2e8]) == (-4, 12)


def test_a_line_has_a_gap_where_it_is_not_positive():
    trace = optim.trace(optimizers.adam, surfaces.himmelblau, (0.0, -1.0), 3)
    run = Run("√v̂ of y", "#000000", 0, trace)
    box = frames.window("root", np.array([1.0]), 3)
    drawn = frames.line(run, np.array([0.0, 1e-3, 1e-2, 1e-1]), box)
    assert drawn["step"].to_pylist() == [1, 2, 3]
    assert drawn["y"].to_pylist() == pytest.approx([1e-3, 1e-2, 1e-1])


def test_the_level_of_epsilon():
    def bound(eps):
        optimizer = optimizers.adam(lr=0.05, eps=eps)
        weighed = optimizer.denominator(optim.trace(optimizer, surfaces.gaussian_wells, steps=10))
        return frames.bound(weighed, frames.window("root", weighed.size, 10)).to_pylist()

    assert bound(1e-6) == [{"y": 1e-6, "text": "ε = 10⁻⁶"}]
    assert bound(0.0) == []
    assert bound(1e9) == [{"y": 1e2, "text": "ε = 10⁹"}], "above the chart all of it is shaded"


def test_the_step_of_escape_stands_where_there_is_one():
    assert frames.escape(52).to_pylist() == [{"step": 52, "text": "escape"}]
    assert frames.escape(None).to_pylist() == frames.escape(0).to_pylist() == []
    runs = [Run(name, color, 0, {}) for name, color in (("a", "#111111"), ("b", "#222222"), ("c", "#333333"))]
    y = np.array([4.0, 3.0, 2.0])
    assert frames.escapes(runs, [y, y, y], [2, None, 0]).to_pylist() == [{"step": 2, "y": 2.0, "color": "#111111"}]
