"""What the captions of the presets say, held against the runs."""

import pytest

from ui.mini_batches import data, entries
from ui.mini_batches.presets import PRESETS

BY_NAME = {preset.name: preset.setting for preset in PRESETS}


def _found(name):
    """The preset, and by their names the costs in the end and the records of its runs."""
    now = BY_NAME[name]
    names = entries.names(now.entries)
    return now, dict(zip(names, now.finals, strict=True)), dict(zip(names, now.records, strict=True))


def _at(record, updates):
    return float(record.full[record.looks == updates][0])


def test_batch_mini_batch_one_example():
    now, cost, record = _found("Batch, mini-batch, one example")
    assert now.epochs == 10
    assert [plan.per_epoch * 10 for plan in now.plans] == [10, 170, 2720]
    assert cost["SGD, full batch"] == pytest.approx(332, abs=0.5)
    assert cost["SGD, B = 16"] == pytest.approx(17.4, abs=0.05)
    assert cost["SGD, B = 1"] == pytest.approx(19.5, abs=0.05)
    assert data.bowl().at(data.bowl().minima[0])[0] == pytest.approx(17.36, abs=0.005)
    assert record["SGD, B = 1"].path[-500:].std(axis=0).min() > 0.1


def test_the_same_update_by_update():
    now, _, record = _found("The same, update by update")
    assert (now.axis, now.updates) == ("updates", 60)
    assert _at(record["SGD, full batch"], 60) == pytest.approx(17.37, abs=0.005)
    assert _at(record["SGD, B = 16"], 60) == pytest.approx(17.40, abs=0.005)
    assert _at(record["SGD, B = 1"], 60) == pytest.approx(19.2, abs=0.05)
    assert record["SGD, full batch"].rose_full == 0
    assert record["SGD, B = 1"].rose_full == pytest.approx(0.42)


@pytest.mark.slow
def test_digits_five_batch_sizes():
    now, cost, record = _found("Digits: five batch sizes")
    assert now.epochs == 5
    wanted = {"full batch": 1.86, "B = 256": 0.88, "B = 64": 0.39, "B = 16": 0.19, "B = 4": 0.097}
    for name, value in wanted.items():
        assert cost[f"SGD, {name}"] == pytest.approx(value, abs=0.005 if value > 0.1 else 5e-4)
        assert 0.27 < _at(record[f"SGD, {name}"], 200) < 0.30


def test_sorted_data_not_shuffled():
    now, _, record = _found("Sorted data, not shuffled")
    ordered, shuffled = (record[f"SGD, B = 64{order}"] for order in (", in order", ""))
    assert ordered.rose_full == pytest.approx(0.56, abs=0.006)
    accuracies = [now.after(plan, one, one.accuracy) for plan, one in zip(now.plans, now.records, strict=True)]
    assert accuracies[:2] == pytest.approx([0.96, 0.48], abs=0.005)
    task = now.plans[1]
    classes = data.examples(task.data, ordered=True).classes
    assert all(len({*classes[i : i + 64]}) <= 2 for i in range(0, len(classes), 64))
    assert shuffled.rose_full < 0.2


def test_one_learning_rate_is_not_anothers():
    _, cost, record = _found("η for one batch size is not η for another")
    assert record["SGD, full batch, η = 1"].full[1] == pytest.approx(17.359, abs=5e-4)
    assert cost["SGD, B = 16, η = 1"] == pytest.approx(18.6, abs=0.05)
    assert cost["SGD, B = 1, η = 0.01"] == pytest.approx(17.47, abs=0.005)


@pytest.mark.slow
def test_adam_on_mini_batches():
    now, cost, _ = _found("Adam on mini-batches")
    assert now.epochs == 5
    assert list(cost.values()) == pytest.approx([0.27, 0.15, 0.11], abs=0.005)
    batches = {(plan.size, plan.seed, plan.shuffled) for plan in now.plans}
    assert len(batches) == 1
