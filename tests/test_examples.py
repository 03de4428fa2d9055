"""The examples in docstrings and in the README are run, and every public function of the library has one."""

import doctest
import inspect
import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import optim

NAMES = sorted(path.stem for path in Path(optim.__file__).parent.glob("[!_]*.py"))
MODULES = [optim, *(import_module(f"optim.{name}") for name in NAMES)]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_examples_in_docstrings(module):
    assert doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE).failed == 0


@pytest.mark.parametrize("name", [n for n in optim.__all__ if inspect.isfunction(getattr(optim, n))])
def test_every_public_function_has_an_example(name):
    assert ">>>" in inspect.getdoc(getattr(optim, name))


@pytest.mark.parametrize(
    "method",
    [optim.Formula.__call__, optim.Domain.check, optim.Optimizer.step, optim.Schedule.at, optim.Surface.at,
     optim.Surface.hessian],
)  # fmt: skip
def test_every_public_method_has_an_example(method):
    assert ">>>" in inspect.getdoc(method)


def test_the_readmes_python_runs():
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    names = {}
    try:
        for code in re.findall(r"```python\n(.*?)```", readme, re.DOTALL):
            exec(code, names)
        assert names["run"]["x"].shape == (101, 2)
        np.testing.assert_array_equal(np.abs(names["run"]["step"]), 0.1)
    finally:
        optim.OPTIMIZERS.pop("Sign descent", None)
