"""Frames: what a chart shows is cut at its edge and never moved."""

import csv
import io
import itertools
import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import optim
from optim import optimizers, surfaces, typeset
from ui import charts, download, frames, lineup, maps, palette
from ui.frames import Box, clip
from ui.runs import Run

from .. import settings as random
from ..budget import cases
from ..reading import says

BOX = Box(-1, 1, -1, 1)
points = st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=2, max_size=8).map(np.array)


@given(points)
def test_what_is_kept_is_inside_and_on_the_line(line):
    where, at = clip(line, BOX)
    gaps = np.isnan(at).any(axis=1)
    assert np.isnan(at[gaps]).all()
    where, at = where[~gaps], at[~gaps]
    assert np.all(np.abs(at) <= 1 + 1e-9)
    index = np.minimum(where.astype(int), len(line) - 2)
    share = (where - index)[:, None]
    np.testing.assert_allclose(at, line[index] + share * (line[index + 1] - line[index]), atol=1e-12)


@given(points)
def test_all_that_is_inside_is_kept(line):
    where, at = clip(line, BOX)
    part = np.cumsum(np.isnan(at[:, 0]))
    for i in range(len(line) - 1):
        for share in np.linspace(0, 1, 21):
            spot = line[i] + share * (line[i + 1] - line[i])
            if np.all(np.abs(spot) < 1 - 1e-9):
                held = [
                    where[part == p].min() - 1e-9 <= i + share <= where[part == p].max() + 1e-9 for p in np.unique(part)
                ]
                assert any(held)


def test_a_line_that_leaves_and_returns_is_in_two_parts():
    where, at = clip(np.array([[0.0, 0], [2, 0], [2, 0.5], [0, 0.5]]), BOX)
    np.testing.assert_allclose(at, [[0, 0], [1, 0], [np.nan, np.nan], [1, 0.5], [0, 0.5]])
    np.testing.assert_allclose(where, [0, 0.5, 0.5, 2.5, 3])


def test_a_line_through_the_map_between_two_outer_points_is_drawn():
    _, at = clip(np.array([[-3.0, 0.5], [3, 0.5]]), BOX)
    np.testing.assert_allclose(at, [[-1, 0.5], [1, 0.5]])


def test_nothing_inside_leaves_nothing():
    where, at = clip(np.array([[5.0, 5], [6, 6]]), BOX)
    assert len(where) == len(at) == 0


def test_infinite_points_end_the_line_before_them():
    _, at = clip(np.array([[0.0, 0], [0.5, 0], [np.inf, 0], [np.nan, 0]]), BOX)
    np.testing.assert_allclose(at, [[0, 0], [0.5, 0]])


def run(optimizer, steps, surface=surfaces.quadratic, **more):
    return Run("one", "#000000", 0, optim.trace(optimizer, surface, steps=steps, **more))


def test_paths_are_the_trace_where_it_stays_on_the_map():
    one = run(optimizers.adam(lr=0.3), 40)
    frame = frames.path(one, Box(-11, 11, -3, 3)).to_pandas()
    np.testing.assert_array_equal(frame[["x", "y"]], one.trace["x"])
    assert frame["step"].tolist() == list(range(41))


def test_lines_on_a_log_axis_keep_their_values_and_drop_what_it_cannot_show():
    one = run(optimizers.sgd(lr=0.1), 5)
    y = np.array([1.0, 10, 0, 100, 1e9, 1e3])
    frame = frames.line(one, y, Box(0, 5, 1e-3, 1e4), log=True).to_pandas().dropna()
    kept = frame[frame["step"] % 1 == 0]
    assert dict(zip(kept["step"], kept["y"].round(9), strict=False))[1.0] == 10
    assert 0 not in frame["y"].tolist()
    assert frame["y"].max() <= 1e4 * (1 + 1e-12)


def halts(steps):
    """Where the cursor stops, as its script reckons."""
    return {i * steps // frames.stops(steps) for i in range(frames.stops(steps) + 1)}


@given(st.integers(1, 25_000), st.integers(0, 2**32 - 1))
def test_a_thinned_curve_has_every_excursion_the_cursors_stops_and_both_ends(steps, seed):
    value = np.random.default_rng(seed).standard_normal(steps + 1)
    kept = frames.thin(value)
    assert len(kept) <= frames.POINTS + 2
    if steps <= frames.POINTS:
        assert kept.tolist() == list(range(steps + 1))
    assert {0, steps} <= halts(steps) <= set(kept.tolist())
    assert value[kept].max() == value.max()
    assert value[kept].min() == value.min()
    # In every part of the run too, give or take two stops.
    wide = 3 * max(steps // frames.stops(steps), 1)
    for a in range(0, steps + 1, max(1, steps // 7)):
        near = kept[(kept >= a - wide) & (kept <= a + 2 * wide)]
        assert value[near].max() >= value[a : a + wide].max()


def farthest(points, kept):
    """How far the line through the kept points is from the others at most, each against its own part of the line."""
    found = 0.0
    for a, b in itertools.pairwise(kept):
        part, way = points[a:b] - points[a], points[b] - points[a]
        along = (part @ way / (way @ way) if way.any() else np.zeros(len(part))).clip(0, 1)
        found = max(found, np.hypot(*(part - along[:, None] * way).T).max())
    return found


@pytest.mark.parametrize(
    ("optimizer", "steps", "near"),
    [
        (optimizers.sgd(lr=0.001), 20_000, 0.001),
        (optimizers.adam(lr=0.1), 20_000, 0.02),
        (optimizers.adam(lr=0.1), 2000, 0.001),
    ],
    ids=repr,
)
def test_a_thinned_path_is_where_the_run_was(optimizer, steps, near):
    box = Box(0, 1, 0, 1)
    points = optim.trace(optimizer, surfaces.rosenbrock, (-1.2, 1), steps)["x"] / 4 + 0.5
    kept = frames.bends(points, box)
    assert halts(steps) <= set(kept.tolist())
    assert len(kept) <= frames.POINTS
    assert farthest(points, kept) <= near < farthest(points, np.linspace(0, steps, frames.POINTS + 1).astype(int))


@given(st.integers(1, 3000), st.integers(0, 2**32 - 1))
def test_a_path_of_any_shape_keeps_its_extremes_on_the_map(steps, seed):
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((steps + 1, 2)).cumsum(axis=0) / np.sqrt(steps)
    points[rng.random(steps + 1) < 0.01] *= 1e9
    points[rng.random(steps + 1) < 0.01] = np.nan
    box = Box(-1, 1, -1, 1)
    kept = frames.bends(points, box)
    assert kept.tolist() == sorted(set(kept.tolist()))
    assert halts(steps) <= set(kept.tolist())
    inside = np.nan_to_num(np.clip((points + 1) / 2, -1, 2))
    np.testing.assert_array_equal(inside[kept].max(axis=0), inside.max(axis=0))
    np.testing.assert_array_equal(inside[kept].min(axis=0), inside.min(axis=0))
    assert len(kept) <= frames.POINTS + 1


def test_what_is_not_finite_is_thinned_too():
    y = np.full(5001, np.nan)
    y[777], y[1500], y[4000] = 3.0, -1.0, np.inf
    assert {777, 1500} <= set(frames.thin(y).tolist())


@pytest.mark.parametrize(("lr", "gone"), [(0.19, None), (0.3, 20)])
def test_an_exit_states_the_step_of_divergence(lr, gone):
    one = run(optimizers.sgd(lr=lr), 60)
    exits = frames.exits([one], surfaces.quadratic).to_pandas()
    assert exits["text"].tolist() == ([] if gone is None else ["one\nleaves the map at step 2, diverges at 20"])


def test_a_run_that_leaves_the_map_is_marked_though_it_has_not_diverged():
    one = run(optimizers.sgd(lr=0.21), 20)
    y = np.abs(one.trace["x"][:, 1])
    step = int(np.argmax(y > 3))
    exits = frames.exits([one], surfaces.quadratic).to_pandas()
    assert exits["text"].tolist() == [f"one leaves the map at step {step}"]
    assert abs(exits["y"][0]) == pytest.approx(3)


def test_a_window_has_room_for_every_sound_curve_and_for_the_start_of_one_that_diverges():
    good, bad = run(optimizers.sgd(lr=0.1), 20), run(optimizers.sgd(lr=10.0), 20)
    losses = [one.trace["f"] for one in (good, bad)]
    low, high = losses[0].min(), losses[0].max()
    box = frames.window([good, bad], losses, log=True)
    assert (box.left, box.right, box.bottom, box.top) == (0, 20, low, 30 * high)
    box = frames.window([good, bad], losses, log=False)
    assert low - 0.1 * (high - low) < box.bottom < low
    assert high < box.top < high + 0.1 * (high - low)


@given(
    scale=st.one_of(st.just(0.0), st.floats(1e-300, 1e300)),
    shift=st.floats(-1e6, 1e6),
    log=st.booleans(),
    lr=st.one_of(st.just(0.0), st.floats(1e-5, 100)),
)
def test_a_window_is_never_empty(scale, shift, log, lr):
    one = run(optimizers.sgd(lr=lr), 3)
    with np.errstate(all="ignore"):
        box = frames.window([one], [scale * one.trace["f"] + (0 if log else shift)], log)
    assert np.isfinite(box).all()
    assert box.top > box.bottom
    assert not log or box.top >= 99 * box.bottom > 0


def test_the_csv_holds_every_row_of_every_run():
    one = run(optimizers.adam(lr=0.3), 7)
    frame = frames.table([("one", one.trace), ("two", one.trace)], ("w", "b"))
    assert len(frame) == 16
    assert [*frame][:5] == ["run", "step", "loss f", "w", "b"]
    two = frame[frame["run"] == "two"]
    np.testing.assert_array_equal(two["step"], np.arange(8))
    for title, values in {
        "loss f": one.trace["f"],
        "w": one.trace["x"][:, 0],
        "gradient (b)": one.trace["g"][:, 1],
        "update (w)": one.trace["step"][:, 0],
        "m̂ (b)": one.trace["m_hat"][:, 1],
        "effective learning rate (w)": one.trace["effective_lr"][:, 0],
    }.items():
        np.testing.assert_array_equal(two[title], values)


def trace(x):
    """That of a run which goes on as it began."""
    return {"x": np.array(x), "f": np.zeros(len(x)), "step": np.array(x)}


def test_exits_close_together_share_a_sentence():
    def to(x, y, name):
        return Run(name, "#000", 0, trace([[0.0, 0.0], [0.0, 0.0], [x, y]]))

    early = Run("two", "#000", 0, trace([[0.0, 0.0], [0.2, 4.0], [0.2, 4.0]]))
    runs = [to(0.1, 4.0, "one"), early, to(0.1, -4.0, "three"), to(5.0, 1.0, "four")]
    exits = frames.exits(runs, replace(surfaces.quadratic, x_range=(-3, 3), y_range=(-2, 2))).to_pandas()
    assert exits["text"].tolist() == [
        "",
        "2 runs leave the map, the first at step 1",
        "three leaves the map at step 2",
        "four leaves the map at step 2",
    ]
    assert exits["run"].tolist() == ["one", "two", "three", "four"]
    assert exits["shared"].tolist() == [True, True, False, False]
    # A sentence about several runs is in no run's colour.
    color = charts.map_spec(BOX, "light", ())["layer"][-1]["layer"][-1]["encoding"]["color"]
    assert color["condition"] == {"test": "datum.shared", "value": palette.INK.light}
    # The longer a name is, the more room it takes: at two fifths of a map's width from another it still has none.
    long = [to(-0.4, 2.1, "one"), to(2.0, 2.1, "Adam, η = 0.05, β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁴")]
    exits = frames.exits(long, replace(surfaces.quadratic, x_range=(-3, 3), y_range=(-2, 2))).to_pandas()
    assert exits["text"].tolist() == ["", "2 runs leave the map at step 2"]


@cases(100)
@given(
    st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9), st.sampled_from(["Adam", "Momentum, β = 0.98, η = 0.005"])))
)
def test_no_two_sentences_of_exits_lie_over_one_another_or_over_a_level_name(found):
    runs = [Run(name, "#000", 0, trace([[0.0, 0.0], [x, y]])) for x, y, name in found]
    surface = replace(surfaces.quadratic, x_range=(-3, 3), y_range=(-2, 2))
    table, levels = frames.exits(runs, surface), maps.tables(surface, "light")["levels"]
    exits = table.to_pandas()

    def boxes(wide):
        """Where the sentences lie on a map of 360 pixels' height."""
        for exit in exits[exits["text"] != ""].itertuples():
            x, y = (exit.x + 3) * wide / 6, (2 - exit.y) * 90
            x, thick = min(max(x, exit.half), max(exit.half, wide - exit.half)), 14 * exit.lines
            top = y + 11 if y < 180 else y - 11 - thick
            yield x - exit.half, x + exit.half, top, top + thick

    def free(one, other):
        (left, right, top, bottom), (left2, right2, top2, bottom2) = one, other
        return right <= left2 + 1e-9 or right2 <= left + 1e-9 or bottom <= top2 + 1e-9 or bottom2 <= top + 1e-9

    assert all(free(*two) for two in itertools.combinations(boxes(480), 2))
    kept = levels.to_pylist()
    for level in levels.to_pylist():
        for wide in (480, 300):
            x, y, half = (level["x"] + 3) * wide / 6, (2 - level["y"]) * 90, 2.8 * len(level["text"])
            if level in kept and not all(free((x - half, x + half, y - 6, y + 6), box) for box in boxes(wide)):
                kept.remove(level)
    assert frames.legible(levels, table, frames.Box.of(surface)).to_pylist() == kept


def test_a_run_that_never_escapes_stands_at_its_value_in_the_row_of_its_line():
    one, two = (Run(name, color, 0, {}) for name, color in (("one", "#111"), ("two", "#222")))
    swept = [np.array([np.nan, 7.0]), np.array([np.nan, np.nan])]
    stuck = frames.never([one, two, one], [(0.1, 0.2), (0.1, 0.2), (0.15,)], [*swept, np.array([np.nan])]).to_pandas()
    assert stuck.values.tolist() == [[0.1, 0, "#111"], [0.1, 1, "#222"], [0.2, 1, "#222"], [0.15, 0, "#111"]]
    assert not len(frames.never([one], [(0.1,)], [np.array([3.0])]))


@cases(100)
@given(random.settings("trajectories", most_steps=60))
def test_every_exit_states_its_steps(now):
    (left, right), (bottom, top) = now.surface.x_range, now.surface.y_range
    exits = frames.exits(now.runs, now.surface).to_pandas().set_index("run")
    alone, together, steps, nowhere = [], 0, {}, []
    for name, trace in zip(lineup.names(now.lineup), now.traces, strict=True):
        sound = [np.isfinite(f) and max(abs(x)) <= 1e6 for f, x in zip(trace["f"], trace["x"], strict=True)]
        gone = None if all(sound) else sound.index(False)
        last = now.steps if gone is None else gone
        on = [left <= x <= right and bottom <= y <= top for x, y in trace["x"][: last + 1]]
        if on[-1] or (gone is None and now.surface.contains(trace["x"][-1] + trace["step"][-1])):
            assert name not in exits.index
            continue
        steps[name] = len(on) - on[::-1].index(True)
        text = f"leaves the map at step {steps[name]}"
        text = text if gone is None else f"{text}, diverges at {gone}"
        if gone == steps[name]:
            text = f"diverges at step {gone}"
            nowhere.append(gone)
        alone.append(f"{name}\n{text}" if len(name) + len(text) >= 32 else f"{name} {text}")
        x, y = exits.loc[name, ["x", "y"]]
        inside, outside = trace["x"][steps[name] - 1], trace["x"][steps[name]]
        if np.isfinite(outside).all():
            assert min(abs(x - left), abs(x - right), abs(y - bottom), abs(y - top)) < 1e-6
            assert all(
                min(a, b) - 1e-9 <= c <= max(a, b) + 1e-9 for a, b, c in zip(inside, outside, (x, y), strict=True)
            )
    assert set(exits.index) == {*steps}
    for text in exits["text"]:
        if text in alone or not text:
            continue
        count, does, apart, first = re.fullmatch(
            r"(\d+) runs (diverge|leave the map)(, the first)? at step (\d+)", text
        ).groups()
        together += int(count)
        among = nowhere if does == "diverge" else steps.values()
        assert sum(step >= int(first) if apart else step == int(first) for step in among) >= int(count)
        assert exits["shared"][exits["text"] == text].all()
        assert int(first) in among
    assert sum(bool(text) and text in alone for text in exits["text"]) + together == len(steps)


@cases(60)
@given(random.settings("plateaus", most_steps=30))
def test_the_csv_has_each_run_to_the_last_bit(now):
    names, axes = lineup.names(now.lineup), now.surface.axes
    text = download.text(frames.table(zip(names, now.traces, strict=True), axes))
    head, *body = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    table = pd.DataFrame(body, columns=head)
    assert len(table) == len(names) * (now.steps + 1)
    for name, entry in zip(names, now.lineup, strict=True):
        more = {"schedule": entry.schedule, "noise": now.noise, "seed": now.seed}
        trace = optim.trace(entry.optimizer, now.surface, now.start, now.steps, **more)
        rows = table[table["run"] == name]
        rows = rows.loc[:, (rows != "").any()]
        assert rows["step"].tolist() == [str(step) for step in range(now.steps + 1)]
        titles = {
            "x": "{}",
            "g": "gradient ({})",
            "step": "update ({})",
            "effective_lr": "effective learning rate ({})",
        }
        expected = {"loss f": trace["f"]}
        for quantity in trace.keys() - {"f"}:
            for i, axis in enumerate(axes):
                title = titles.get(quantity, typeset.plain(quantity) + " ({})").format(axis)
                assert title not in expected
                expected[title] = trace[quantity][:, i]
        expected = {title: values for title, values in expected.items() if not np.isnan(values).all()}
        assert set(rows) == {"run", "step", *expected}
        for title, values in expected.items():
            written = [float(cell) if cell else math.nan for cell in rows[title]]
            np.testing.assert_array_equal(written, values, err_msg=title)


@given(st.tuples(st.floats(-9.99, 9.99), st.floats(-9.99, 9.99)))
def test_the_start_says_where_it_is(at):
    (row,) = frames.point(at).to_pylist()
    assert (row["x"], row["y"]) == at
    x, y = row["text"].strip("()").split(", ")
    assert says(x, at[0])
    assert says(y, at[1])


def test_a_line_without_a_point_has_one_of_another_line():
    nothing, gap = {"run": ["A"][:0], "step": [], "y": []}, {"run": ["B"], "step": [0.0], "y": [np.nan]}
    line = {"run": ["C"] * 3, "step": [0.0, 1, 2], "y": [np.nan, 5.0, 6.0]}
    label = {"step": pa.array([], pa.float64()), "text": pa.array([], pa.string())}
    exits = {"run": ["A"][:0], "color": ["A"][:0], "x": [], "y": []}
    data = {name: pa.table(of) for name, of in {"a": nothing, "b": gap, "c": line, "t": label, "e": exits}.items()}
    found = frames.with_points(data)
    assert [found[name].to_pylist() for name in "ab"] == [[{"run": None, "step": 1.0, "y": 5.0}]] * 2
    assert [found[name] is data[name] for name in "cte"] == [True] * 3
    assert frames.with_points({"a": data["a"]}) == {"a": data["a"]}
