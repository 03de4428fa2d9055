"""The Mini-batches page's state: links to the last digit, what is wrong with one, names, and what changed."""

from dataclasses import replace

import pytest
from hypothesis import given

from optim import optimizers
from tests.data_settings import batches
from ui.mini_batches import data, entries
from ui.mini_batches.data import DIGITS, FULL, GEYSER, MODELS
from ui.mini_batches.entries import Entry
from ui.mini_batches.presets import PRESETS
from ui.mini_batches.setting import Setting

from ...budget import cases

USUAL = PRESETS[0].setting
SGD = optimizers.sgd(lr=0.1)


@cases(200)
@given(before=batches())
def test_a_setting_comes_back_from_its_link(before):
    problems = []
    after = Setting.parse(before.query, USUAL, problems)
    assert not problems
    assert after == before
    assert (after.axis, after.scale) == (before.axis, before.scale)
    assert after.query == before.query


def problems_of(**query):
    problems = []
    now = Setting.parse({name: [value] if isinstance(value, str) else value for name, value in query.items()},
                        USUAL, problems)  # fmt: skip
    return now, " ".join(problems)


def test_what_is_wrong_with_a_link_is_named_and_the_rest_is_kept():
    now, problems = problems_of(run=["SGD;zero", "Adam;16;backwards"], data="Iris", epochs="0", color="red", seed="7")
    for word in ("batch size = 'zero'", "backwards", "Iris", "epochs = 0", "color"):
        assert word in problems
    assert now.seed == 7
    assert [entry.size for entry in now.entries] == [1, 16]
    assert "start slope a" in problems_of(start="999,0")[1]
    now, problems = problems_of(run="SGD;512")
    assert "Old Faithful has 272 examples; the full batch stands in." in problems
    assert now.entries[0].size == FULL
    assert problems_of(run="SGD;512", data=DIGITS)[1] == ""
    now, problems = problems_of(run="SGD;9999", data=DIGITS)
    assert "9999" in problems
    now, problems = problems_of(run=["SGD;1"] * 6)
    assert "6 runs: at most 5" in problems
    assert len(now.entries) == entries.MOST
    assert problems_of(run="none")[0].entries == ()
    assert problems_of(run="SGD")[0].entries[0].size == FULL


def test_on_other_data_a_batch_of_more_than_all_is_the_full_one():
    now = replace(USUAL, data=DIGITS, entries=entries.of(Entry(SGD, 512), Entry(SGD, 256)))
    assert [entry.size for entry in now.over(GEYSER).entries] == [FULL, 256]
    assert now.over(GEYSER).over(DIGITS).entries[1] == now.entries[1]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ([Entry(SGD), Entry(SGD, 16)], ("SGD, full batch", "SGD, B = 16")),
        ([Entry(SGD, 2), Entry(SGD, 2, shuffled=False)], ("SGD, B = 2", "SGD, B = 2, in order")),
        ([Entry(SGD, 2), Entry(optimizers.sgd(lr=0.2), 2)], ("SGD, B = 2, η = 0.1", "SGD, B = 2, η = 0.2")),
        ([Entry(SGD), Entry(SGD)], ("SGD, full batch #1", "SGD, full batch #2")),
        ([Entry(SGD, 4), Entry(optimizers.adam, 4)], ("SGD, B = 4", "Adam, B = 4")),
        ([Entry(optimizers.adam), Entry(optimizers.adam(bias_correction=False))],
         ("Adam, full batch, bias correction on", "Adam, full batch, bias correction off")),
    ],
)  # fmt: skip
def test_names_distinguish_runs(line, names):
    assert entries.names(entries.of(*line)) == names


def test_changes_name_every_kind_of_change_and_its_effect():
    first, second, _ = USUAL.entries
    before = replace(USUAL, entries=(first, second))

    def said(**more):
        return replace(before, **more).changes(before).replace("\\", "")

    moved = said(entries=(first, replace(second, size=32, optimizer=optimizers.sgd(lr=0.2))))
    assert "SGD, B = 16: η 0.1 → 0.2" in moved
    assert "SGD, B = 16: B 16 → 32" in moved
    assert "Cost after the last epoch: SGD, B = 32, η = 0.2: 17.41 → **" in moved
    assert "SGD, B = 16: in order" in said(entries=(first, replace(second, shuffled=False)))
    assert "SGD, B = 16 is gone" in said(entries=(first,))
    assert "SGD, B = 1 is new" in said(entries=USUAL.entries)
    assert "SGD, full batch → Adam" in said(entries=(replace(first, optimizer=optimizers.adam), second))
    assert "E 10 → 5" in said(epochs=5)
    assert "another start of the line. Cost" in said(start=(1.0, 60.0))
    other = said(data=DIGITS)
    assert "Old Faithful → Digits" in other
    assert "Cost" not in other, "costs on other data are not to be compared"
    assert said(axis="updates", scale="linear") == "**Changed**: what is shown."


def test_the_seed_is_that_of_the_orders():
    one, other = (data.task(GEYSER, MODELS[0], 16, True, seed) for seed in (0, 1))
    assert one.batches.at(1).tolist() != other.batches.at(1).tolist()
    assert data.task(GEYSER, MODELS[0], 16, False, 0).batches.at(1).tolist() == list(range(16))


def test_an_empty_line_up_has_a_word_in_the_link():
    assert entries.codes(()) == ["none"]
