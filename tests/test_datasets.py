"""The data are those they are said to be, and a file that is not says so in a sentence."""

import numpy as np
import pytest

from optim import datasets
from optim.datasets import DataError, Examples, digits, old_faithful, one_hot


def test_the_digits_are_ucis_test_set():
    train, test = digits()
    assert (len(train), len(test)) == (1438, 359)
    classes = np.concatenate([train.classes, test.classes])
    # Of "Optical Recognition of Handwritten Digits", optdigits.names: the test set's digits 0 to 9.
    assert np.bincount(classes).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    inputs = np.concatenate([train.inputs, test.inputs])
    assert inputs.min() == 0
    assert inputs.max() == 1
    assert (inputs * 16 % 1 == 0).all()
    assert (one_hot(classes, 10) == np.concatenate([train.targets, test.targets])).all()


def test_the_split_is_fixed_and_no_digit_is_in_both():
    train, test = digits()
    assert train.classes[:10].tolist() == [0, 4, 9, 5, 8, 5, 3, 3, 9, 7]
    assert test.classes[:10].tolist() == [6, 6, 6, 2, 5, 6, 6, 2, 2, 1]
    assert len(np.unique(np.vstack([train.inputs, test.inputs]), axis=0)) == 1797
    assert np.bincount(test.classes).min() >= 25


def test_the_geyser_is_old_faithful():
    eruptions = old_faithful()
    assert eruptions.inputs.shape == eruptions.targets.shape == (272, 1)
    # The means and the regression that R gives for datasets::faithful.
    assert eruptions.inputs.mean() == pytest.approx(3.487783, abs=5e-7)
    assert eruptions.targets.mean() == pytest.approx(70.89706, abs=5e-6)
    assert np.polyfit(eruptions.inputs[:, 0], eruptions.targets[:, 0], 1) == pytest.approx(
        [10.72964, 33.47440], abs=5e-6
    )
    assert eruptions.classes is None


@pytest.mark.parametrize(("name", "load"), [("digits.csv.gz", digits), ("faithful.csv", old_faithful)])
def test_a_missing_or_damaged_file_is_a_sentence(name, load, tmp_path, monkeypatch):
    whole = (datasets.FOLDER / name).read_bytes()
    monkeypatch.setattr(datasets, "FOLDER", tmp_path)
    with pytest.raises(
        DataError, match=rf"^The data file {name} cannot be read \(No such file or directory\): it belongs"
    ):
        load.__wrapped__()
    (tmp_path / name).write_bytes(whole[:-1])
    with pytest.raises(DataError, match=f"^The data file {name} is damaged or was changed"):
        load.__wrapped__()
    (tmp_path / name).write_bytes(whole)
    load.__wrapped__()


def test_examples_are_sorted_by_class_or_by_target_and_ties_keep_their_order():
    classes = np.array([1, 0, 1, 0])
    examples = Examples("four", np.arange(4.0)[:, None], one_hot(classes, 2)).sorted()
    assert examples.inputs[:, 0].tolist() == [1, 3, 0, 2]
    assert examples.classes.tolist() == [0, 0, 1, 1]
    line = Examples("three", [[1], [2], [3]], [[5], [4], [6]]).sorted()
    assert line.inputs[:, 0].tolist() == [2, 1, 3]


def test_standardised_inputs_have_mean_0_and_deviation_1_and_a_constant_is_0():
    examples = Examples("two", [[1, 7], [3, 7], [8, 7]], [[0], [0], [0]]).standardised()
    assert examples.inputs.mean(axis=0) == pytest.approx([0, 0], abs=1e-15)
    assert examples.inputs.std(axis=0) == pytest.approx([1, 0])
    assert examples.targets.tolist() == [[0], [0], [0]]
    # The mean of three times 0.1 is 0.10000000000000002.
    rounded = Examples("rounded", [[0.1, 1], [0.1, 2], [0.1, 3]], [[0], [0], [0]]).standardised()
    assert rounded.inputs[:, 0].tolist() == [0, 0, 0]
    # The square of 1e-200 is 0 in a float.
    tiny = Examples("tiny", [[0], [1e-200]], [[0], [0]]).standardised()
    assert tiny.inputs[:, 0].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("inputs", "targets", "message"),
    [
        ([[1.0]], [[1.0], [2.0]], "ours: 1 inputs, but 2 targets"),
        ([1.0], [[1.0]], r"ours: inputs: the shape is \(1,\); it must be \(examples, inputs\)"),
        ([[np.nan]], [[1.0]], "ours: inputs = nan: it must be a finite number"),
        ([[1.0]], np.ones((1, 0)), "ours: targets: the shape is"),
    ],
)
def test_what_are_no_examples_says_so(inputs, targets, message):
    with pytest.raises(ValueError, match=message):
        Examples("ours", inputs, targets)
