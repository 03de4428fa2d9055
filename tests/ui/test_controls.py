"""Paths to the values of a Setting."""

import pytest

from optim import OPTIMIZERS, SCHEDULES, SURFACES, optimizers
from ui import controls, lineup
from ui.moving_averages.presets import PRESETS


@pytest.mark.parametrize("path", [("series", "no_such_level"), ("averages", 77, "beta"), ("nothing", "at", "all")])
def test_what_is_not_there_any_more_is_a_key_error_for_reading_and_writing(path):
    # A page ignores it: a field was left with the click that removed what it belonged to.
    get, put = controls.at(*path)
    setting = PRESETS[0].setting
    with pytest.raises(KeyError):
        get(setting)
    with pytest.raises(KeyError):
        put(setting, 0.5)


def test_a_value_is_read_and_replaced_at_its_path():
    line = lineup.of(optimizers.adam(lr=0.1), optimizers.sgd(lr=0.2))
    get, put = controls.at(line[1].id, "optimizer", "lr")
    assert get(line) == 0.2
    assert get(put(line, 0.3)) == 0.3
    assert put(line, 0.3)[0] == line[0]


@pytest.mark.parametrize(
    "meaning",
    {m.meaning: m for r in (OPTIMIZERS, SCHEDULES, SURFACES) for f in r.values() for m in f.hyperparameters.values()
     if m.scale != "switch"}.values(),
    ids=controls.label,
)  # fmt: skip
def test_a_sliders_name_fits_into_half_a_card(meaning):
    assert len(controls.label(meaning)) <= 24
    assert controls.label(meaning).startswith(controls.symbol(meaning))
