"""Whose conventions an optimizer follows.  That they are theirs is what the golden tests hold."""

import pytest

from optim import OPTIMIZERS, Optimizer, conventions, optimizers
from tests.golden.cases import STREAMS

FRAMEWORKS = ["PyTorch", "Keras", "Optax", "paper"]
EVERY = [(OPTIMIZERS[label], name) for label, table in conventions.CONVENTIONS.items() for name in table]


def test_every_optimizer_has_some():
    assert conventions.CONVENTIONS.keys() == OPTIMIZERS.keys()
    for table in conventions.CONVENTIONS.values():
        assert table
        assert list(table) == [name for name in FRAMEWORKS if name in table]


@pytest.mark.parametrize(("optimizer", "framework"), EVERY, ids=lambda value: getattr(value, "label", value))
def test_as_in_a_framework_is_its_convention(optimizer, framework):
    there = conventions.as_in(optimizer(lr=0.37), framework)
    assert there.values["lr"] == 0.37
    first = there.convention()
    assert conventions.known(optimizer)[first] == conventions.known(optimizer)[framework]
    # One switch turned, and it is no longer that.
    for name, value in there.values.items():
        if type(value) is bool:
            assert there(**{name: not value}).convention() != first
    assert framework == "paper" or f"{optimizer.label}, as in {framework}" in STREAMS


def test_the_defaults_are_pytorchs_where_it_has_the_optimizer():
    for label, table in conventions.CONVENTIONS.items():
        assert "PyTorch" not in table or OPTIMIZERS[label].convention() == "PyTorch"
    assert OPTIMIZERS["Yogi"].convention() is None


@pytest.mark.parametrize(
    ("optimizer", "framework"),
    [
        (optimizers.adam(lr=0.3, beta1=0.5, eps=0.01), "PyTorch"),
        (optimizers.adam(eps_hat=True, eps=1e-7, decoupled=True), "Keras"),
        (optimizers.adam(eps_hat=True, eps=1e-3, decoupled=True), "Keras"),
        (optimizers.adam(eps_hat=True, decoupled=True), None),
        (optimizers.adam(eps_inside=True), None),
        (optimizers.adam(eps=[1e-8, 1e-3]), "PyTorch"),
        (optimizers.momentum(average=True), None),
        (optimizers.momentum(lr_in_velocity=True), "paper"),
        (optimizers.rmsprop(beta=0.9), "paper"),
        (optimizers.rmsprop(beta=0.8), "PyTorch"),
        (optimizers.adadelta(rho=0.95), "paper"),
        (optimizers.adadelta(rho=0.5, eps=1e-3), "PyTorch"),
        (optimizers.adadelta(rho=0.95, eps=1e-7, decoupled=True), "Keras"),
    ],
    ids=repr,
)
def test_a_number_that_was_moved_counts_for_no_one(optimizer, framework):
    assert optimizer.convention() == framework


def test_papers_that_add_nothing_to_the_denominator_or_correct_nothing():
    # Kingma & Ba 2015, algorithm 2, and Reddi et al. 2018, algorithm 2.
    assert conventions.as_in(optimizers.adamax, "paper").values["eps"] == 0
    amsgrad = conventions.as_in(optimizers.amsgrad, "paper").values
    assert (amsgrad["eps"], amsgrad["bias_correction"]) == (0, False)


def test_numbers_that_all_start_alike_stay():
    keras = conventions.as_in(optimizers.momentum(lr=0.3, beta=0.5, dampening=0.1), "Keras")
    assert keras == optimizers.momentum(lr=0.3, beta=0.5, dampening=0.1, lr_in_velocity=True, decoupled=True)
    back = conventions.as_in(optimizers.adagrad(initial=0.7, eps=0.5, eps_inside=True, weight_decay=0.2), "PyTorch")
    assert back == optimizers.adagrad(weight_decay=0.2)


def test_what_is_not_known():
    with pytest.raises(
        ValueError, match=r"^Lion has no conventions of 'PyTorch'; it has those of: Keras, Optax, paper"
    ):
        conventions.as_in(optimizers.lion, "PyTorch")
    own = Optimizer(optimizers.sgd.function, "Own", "", "this test")
    assert conventions.known(own) == {}
    assert own.convention() is None
    with pytest.raises(ValueError, match=r"it has those of: none\.$"):
        conventions.as_in(own, "Keras")
