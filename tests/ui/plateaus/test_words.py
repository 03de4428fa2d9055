"""Every sentence and every cell of the Plateaus page, computed anew for random settings."""

import math
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import optim
from optim import OPTIMIZERS, SURFACES, optimizers, schedules, surfaces
from optim.denominators import Denominator
from ui import lineup, runs
from ui.plateaus import basins, duel, escapes, tables, words
from ui.plateaus.presets import PRESETS
from ui.plateaus.setting import LEVELS, Setting
from ui.words import outcome

from ... import settings as random
from ...budget import cases
from ...reading import read, says

SOME = cases(150)
FEW = cases(15)
WRONG = re.compile(r"nan|inf(?!i)|None|\b1 steps\b|  |\de[-+]\d")


def text(cell):
    return unescape(re.sub("<.*?>", "", cell))


def trace(now, entry, **values):
    more = {"schedule": entry.schedule, "noise": now.noise, "seed": now.seed}
    return optim.trace(entry.optimizer(**values), now.surface, now.start, now.steps, **more)


def sound(rows):
    for row in rows:
        for head, cell in row.items():
            assert not WRONG.search(text(head)), head
            assert not WRONG.search(text(cell)), cell


@SOME
@given(now=random.settings("plateaus"))
@example(now=Setting.of(surfaces.softplus_plateau, (0.0, 2e-313), 1, lineup.of(optimizers.adam)))
@example(now=Setting.of(surfaces.softplus_plateau(k=1e-300), (0.0, 0.0), 1, lineup.of(optimizers.adam)))
def test_the_start_is_the_surfaces(now):
    sentence = words.start(now)
    f, norm, level = re.fullmatch(
        r"At the start f = (\S+) and the gradient norm ‖g‖ = (\S+)\. A run escapes at the first step with f ≤ (\S+)\.",
        sentence,
    ).groups()
    with np.errstate(all="ignore"):
        exact, g = now.surface.at(now.start)
    assert says(f, float(exact))
    assert says(norm, float(np.hypot(*g)))
    assert read(level) == pytest.approx(now.level, rel=1e-5, abs=1e-9)


@SOME
@given(now=random.settings("plateaus"))
@example(now=Setting.of(surfaces.gaussian_wells, (0.75, 1.0), 100, lineup.of(optimizers.adam), level=-100.0))
@example(now=Setting.of(surfaces.tanh_step, (0.0, 0.0), 1, lineup.of(optimizers.adam), level=-100.0))
def test_a_level_below_all_of_the_surface_is_said_to_be(now):
    sentence = words.beyond(now)
    grid = np.stack(np.meshgrid(*(np.linspace(*span, 101) for span in (now.surface.x_range, now.surface.y_range))))
    found = now.surface.at(grid)[0].min()
    if sentence:
        lowest = read(re.fullmatch(r"No run can escape: the lowest loss of this surface is (\S+)\.", sentence)[1])
        assert now.level < lowest + 1e-3 * max(1, abs(lowest))
        assert now.level < found
        assert now.escapes == [None] * len(now.lineup)
    elif now.surface.minima:
        assert now.level >= float(now.surface.at(now.surface.minima[0])[0]) - 1e-6 * max(1, abs(now.level))


@SOME
@given(now=random.settings("plateaus"))
@example(now=Setting.of(surfaces.softplus_plateau(k=1e-300), (0.0, 0.0), 1, lineup.of(optimizers.adam)))
def test_the_table_of_escapes_says_what_the_runs_did(now):
    rows = tables.ends(now)
    sound(rows)
    for entry, name, row in zip(now.lineup, lineup.names(now.lineup), rows, strict=True):
        run = trace(now, entry)
        fine = np.isfinite(run["f"]) & (np.abs(run["x"]) <= 1e6).all(axis=1)
        held = np.flatnonzero((run["f"] <= now.level) & np.logical_and.accumulate(fine))
        assert text(row["Optimizer"]) == name
        assert row["Escapes at step"] == (str(held[0]) if len(held) else f"not by step {now.steps}")
        with np.errstate(all="ignore"):
            slope = np.hypot(*now.surface.at(run["x"][-1])[1])
            values = run["f"][-1], slope, np.hypot(*(run["x"][-1] - run["x"][0]))
        cells = [row[name] for name in ("Final loss", "Final ‖g‖", "Distance from the start")]
        if row["Outcome"].startswith("diverged"):
            assert cells == ["–"] * 3
            assert row["Outcome"] == f"diverged at step {int(np.argmin(fine))}"
        else:
            assert fine.all()
            assert all(says(cell, float(value)) for cell, value in zip(cells, values, strict=True))
        if row["Outcome"].startswith("left the map"):
            assert not now.surface.contains(run["x"][-1])


def bound_of(weighed: Denominator, values):
    """What ε amounts to in a denominator, by the symbol that is printed."""
    eps = values["eps"]
    return {"ε": eps, "√ε": math.sqrt(eps), "√(ε/(1 − β₂))": math.sqrt(eps / (1 - values.get("beta2", 0)))}[
        weighed.bound_symbol
    ]


@SOME
@given(now=random.settings("plateaus"))
def test_a_tenfold_epsilon_has_the_escape_of_its_own_run(now):
    rows = tables.tenfold(now)
    sound(rows)
    own = [entry for entry in now.lineup if "eps" in entry.optimizer.values]
    for entry, row in zip(own, rows, strict=True):
        eps, at = entry.optimizer.values["eps"], []
        for one in (eps, 10 * eps):
            run = trace(now, entry, eps=one)
            fine = np.isfinite(run["f"]) & (np.abs(run["x"]) <= 1e6).all(axis=1)
            held = np.flatnonzero((run["f"] <= now.level) & np.logical_and.accumulate(fine))
            at.append(int(held[0]) if len(held) else None)
        cells = [f"not by step {now.steps}" if step is None else str(step) for step in at]
        assert says(row["ε"], eps)
        assert [row["Escapes at step"], row["with 10 ε"]] == cells
        assert row["Steps later"] == "–" if None in at else read(row["Steps later"]) == at[1] - at[0]


@SOME
@given(now=random.settings("plateaus"))
def test_epsilon_is_compared_with_what_it_is_added_to(now):
    for entry in now.fit("epsilon"):
        weighed = entry.optimizer.denominator(runs.trace(entry.optimizer, now.given(entry)))
        first, smaller, *rest = rows = tables.compared(weighed, now.steps, now.surface.axes)
        sound(rows)
        bound = bound_of(weighed, entry.optimizer.values)
        title = next(iter(first))
        assert title.startswith(f"{weighed.bound_symbol} = ")
        assert says(title.partition(" = ")[2], bound)
        for i, axis in enumerate(now.surface.axes):
            used = [size for size in weighed.size[: now.steps, i] if not math.isnan(size)]
            assert says(first[axis], used[0]) if used else first[axis] == "–"
            assert smaller[axis] == f"{sum(size < weighed.bound for size in used)} of {len(used)}"
            zeros = sum(size == 0 for size in used)
            assert (rest[0][axis] == f"{zeros} of {len(used)}") if rest else not zeros


@SOME
@given(now=random.settings("plateaus"))
def test_the_limit_of_a_large_epsilon_has_its_learning_rate(now):
    for entry in now.fit("epsilon"):
        values = entry.optimizer.values
        weighed = entry.optimizer.denominator(runs.trace(entry.optimizer, now.given(entry)))
        sentence = words.limit(entry, weighed)
        assert not WRONG.search(sentence), sentence
        bound = bound_of(weighed, values)
        if not bound:
            assert sentence == "With ε = 0 nothing is added."
            continue
        decay, corrected, kind, most, symbol, rate, part, beta = re.fullmatch(
            r"Where .+ is much larger than .+, the step is(, weight decay apart,)? about that of (bias-corrected )?"
            r"(gradient descent|momentum|Nesterov momentum) with learning rate (at most |at least |)"
            r"(η/\(.*\)|η\S*)(?: = (\S+))?(?: and velocity βv \+ (.*)g, β = (\S+))?\.",
            sentence,
        ).groups()
        whole = bound + values["eps"] if entry.optimizer.label == "AdaBelief" else bound
        with np.errstate(over="ignore"):
            rate_exact = values["lr"] if symbol == "η" else np.divide(values["lr"], whole)
        if rate:
            assert says(rate, rate_exact)
        else:
            assert not math.isfinite(rate_exact) or entry.schedule != schedules.constant
        assert (decay is None) == (values.get("weight_decay", 0) == 0)
        averaged = values.get("beta1", 0) > 0
        assert (corrected is not None) == (averaged and values.get("bias_correction", True))
        assert (kind == "gradient descent") == (part is None)
        if beta:
            assert read(beta) == pytest.approx(values["beta1"] if averaged else values["momentum"], rel=1e-10)
            assert part == ("(1 − β)" if averaged else "")
        assert most in ("at most ", "at least ") or entry.optimizer.label not in ("RAdam", "Adadelta")


def test_where_nothing_is_divided_epsilon_is_not_counted():
    """RAdam divides from its sixth step on."""
    optimizer = optimizers.radam(lr=0.05, eps=1.0)
    weighed = optimizer.denominator(optim.trace(optimizer, surfaces.gaussian_wells, steps=100))
    _, smaller = tables.compared(weighed, 100, ("x", "y"))
    assert smaller["x"] == smaller["y"] == "95 of 95"
    _, never = tables.compared(weighed, 5, ("x", "y"))
    assert never["x"] == "0 of 0"


@SOME
@given(now=random.settings("plateaus", most_steps=60))
def test_the_earliest_escape_is_that_of_the_value_that_is_printed(now):
    times = [escapes.over(entry.optimizer, now.given(entry), now.level) for entry in now.lineup]
    rows = tables.earliest(now, times)
    sound(rows)
    for entry, by, own, row in zip(now.lineup, times, now.escapes, rows, strict=True):
        cells = dict(list(row.items())[1:])
        for chart, steps in by.items():
            head = f"Earliest over {escapes.symbols([e.optimizer for e in now.lineup], chart)}"
            cell, name = cells[head], escapes.swept(entry.optimizer)[chart]
            if cell == f"not by step {now.steps}":
                assert np.isnan(steps).all()
                assert own is None
                continue
            step, printed = re.fullmatch(r"(\d+) with \S+ = (\S+)", cell).groups()
            assert own is None or int(step) <= own
            alone = escapes.escape(trace(now, entry, **{name: read(printed)}), now.level)
            assert alone == int(step), "the value as it is printed does what is said of it"
            assert not (steps < int(step)).any()


@SOME
@given(now=random.settings("plateaus", most_steps=60))
def test_the_table_of_rates_says_what_the_runs_did(now):
    both = duel.duel(now)
    found = both.runs
    axis = duel.flatter(found[0])
    rows = tables.rates(now, both, axis)
    sound(rows)
    for run, row in zip(found, rows, strict=True):
        assert text(row["Optimizer"]) == run.name
        assert says(row["Effective η, first"], run.trace["effective_lr"][0, axis])
        assert says(row["Effective η, last"], run.trace["effective_lr"][-1, axis])
        # It is one of the line-up's too where it has its learning rate: the same run, with the same end.
        for one, end in zip(now.runs, now.outcomes, strict=True):
            if all(np.array_equal(one.trace.get(name), rows, equal_nan=True) for name, rows in run.trace.items()):
                assert row["Outcome"] == outcome(end, place=True)
        out = escapes.escape(run.trace, now.level)
        assert row["Escapes at step"] == (f"not by step {now.steps}" if out is None else str(out))


@FEW
@given(now=random.settings("plateaus", most_steps=20), data=st.data())
def test_the_legend_of_the_maps_counts_their_tiles(now, data):
    ids = st.sampled_from([None, *(entry.id for entry in now.lineup)])
    now = replace(now, left=data.draw(ids), right=data.draw(ids))
    found = {role: basins.chosen(now, role) for role in ("left", "right")}
    rows = tables.shares(now, found)
    sound(rows)
    names = dict(zip((entry.id for entry in now.lineup), lineup.names(now.lineup), strict=True))
    for role, one in found.items():
        column = [float(row[f"{names[now.chosen(role).id]} ({role})"].removesuffix(" %")) for row in rows]
        assert sum(column) == pytest.approx(100, abs=0.05 * len(rows) + 1e-6)
        kinds = [*range(len(one.minima) + len(basins.OTHERS))]
        seen = [k for k in kinds if k < len(one.minima) or any((o.kinds == k).any() for o in found.values())]
        assert column == [pytest.approx(100 * (one.kinds == kind).mean(), abs=0.051) for kind in seen]
    differs = float((found["left"].kinds != found["right"].kinds).mean())
    assert words.apart(*found.values()) == f"The two maps differ at {100 * differs:.1f} % of the starts."


def line_up(*found, **more):
    return Setting.of(surfaces.gaussian_wells, (0.75, 1.0), 100, lineup.of(*found), **more)


def test_the_opening_page_says_what_is_published():
    now = PRESETS[0].setting
    assert words.start(now) == (
        "At the start f = −3.988·10⁻⁹ and the gradient norm ‖g‖ = 7.135·10⁻⁸. A run escapes at the first step with "
        "f ≤ −1."
    )
    assert [row["Escapes at step"] for row in tables.ends(now)[3:]] == ["32", "52", "not by step 100"]
    entry = now.chosen("epsilon")
    weighed = entry.optimizer.denominator(runs.trace(entry.optimizer, now.given(entry)))
    v = optim.ema(now.traces[4]["g"] ** 2, 0.999, bias_correction=True)
    count = (np.sqrt(v[:100]) < 1e-6).sum(axis=0)
    first, smaller = tables.compared(weighed, 100, ("x", "y"))
    assert first == {"ε = 10⁻⁶": "√v̂ when first used", "x": "4.067·10⁻⁸", "y": "5.862·10⁻⁸"}
    assert [smaller["x"], smaller["y"]] == [f"{n} of 100" for n in count]
    assert words.limit(entry, weighed) == (
        "Where ε is much larger than √v̂, the step is about that of bias-corrected momentum with learning rate "
        "η/ε = 50,000 and velocity βv + (1 − β)g, β = 0.9."
    )


def test_only_what_was_tried_is_said_of_epsilon():
    """Soft-plus, k = 20: none of the ε tried, from 1e-12 on, escapes; that of the card, 0, does."""
    surface, adam = surfaces.softplus_plateau(k=20.0), optimizers.adam(lr=0.05, eps=0.0)
    now = Setting.of(surface, (2.5, 1.5), 150, lineup.of(adam))
    assert now.escapes[0] is not None
    (row,) = tables.earliest(now, [escapes.over(adam, now.given(now.lineup[0]), now.level)])
    assert row["Earliest over ε"] == "43 with ε = 0"
    assert "any" not in " ".join(row.values())


@pytest.mark.slow
@pytest.mark.parametrize("label", LEVELS)
def test_every_table_stands_for_every_optimizer_at_the_ends_of_its_rate(label):
    surface, all_of_them = SURFACES[label], list(OPTIMIZERS.values())
    for lr in (0.0, 1e-5, 100.0, 1e308):
        for part in (all_of_them[:8], all_of_them[8:]):
            now = Setting.of(surface, surface.start, 20, lineup.of(*(optimizer(lr=lr) for optimizer in part)))
            times = [escapes.over(entry.optimizer, now.given(entry), now.level) for entry in now.lineup]
            sound([*tables.ends(now), *tables.earliest(now, times), *tables.rates(now, duel.duel(now), 0)])


def test_a_start_below_the_level_has_escaped_at_step_0():
    now = line_up(optimizers.adam(lr=0.05), level=0.5)
    assert tables.ends(now)[0]["Escapes at step"] == "0"


def test_a_schedule_changes_what_is_said_of_the_run():
    plan = schedules.SCHEDULES["Staircase"](gamma=0.5)
    plain, slowed = (line_up(lineup.Entry(optimizers.adam(lr=0.05), s)).escapes[0] for s in (schedules.constant, plan))
    assert plain == 32
    assert slowed != plain
