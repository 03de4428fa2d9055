"""Under "How it works" each function that ran stands once, with its switches as they stand."""

import pytest

from optim import optimizers, schedules, typeset

ON, OFF = optimizers.adam, optimizers.adam(bias_correction=False)
STEPS, EPOCHS = schedules.inverse_time, schedules.inverse_time(from_one=True)
CASES = {
    "trajectories": (
        {"run": ["Adam;Inverse time", "Adam,bias_correction=False;Inverse time,from_one=True", "SGD", "SGD,lr=0.02"]},
        [ON, OFF, optimizers.sgd, STEPS, EPOCHS],
        ["Adam, bias correction on, inverse time", "Adam, bias correction off, inverse time", "SGD",
         "Inverse time: Adam, bias correction on, inverse time",
         "Inverse time: Adam, bias correction off, inverse time", "Quadratic"],
    ),
    "train": ({"run": ["Adam", "Adam,lr=0.1"], "hidden": "8", "steps": "20"}, [ON], ["Adam"]),
    "batches": (
        {"run": ["SGD;16", "SGD,lr=0.01;32", "Adam;16", "Adam,bias_correction=False;16"]},
        [optimizers.sgd, ON, OFF],
        ["Mini-batches", "SGD", "Adam, B = 16, bias correction on", "Adam, B = 16, bias correction off"],
    ),
    "decay": (
        {"schedule": ["Inverse time", "Inverse time,from_one=True", "Cosine", "Cosine,total=50"]},
        [STEPS, EPOCHS, schedules.cosine],
        ["Inverse time, epochs from 1 off", "Inverse time, epochs from 1 on", "Cosine", "SGD on a noisy quadratic"],
    ),
}  # fmt: skip
PAGES = {"train": "train_a_network", "batches": "mini_batches", "decay": "learning_rate_decay"}


@pytest.mark.parametrize("key", CASES)
def test_each_box_has_a_tab_under_the_shortest_name_that_tells_it_from_the_others(opened, key):
    link, formulas, labels = CASES[key]
    app = opened(link, page=PAGES.get(key, key), **{f"{key}.how": True})
    assert [tab.label for tab in app.tabs] == labels
    shown = [box.value.strip("$\n") for tab in app.tabs for box in tab.latex]
    assert [shown.count(typeset.box(formula)) for formula in formulas] == [1] * len(formulas)
