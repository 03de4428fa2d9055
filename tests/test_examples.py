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


def _public():
    """Every public function and method: of ``optim.__all__``, and of the modules in it those that are their own.

    Without an example of their own are registered formulas, which are no functions, and the denominators declared
    beside them; and ``along`` and ``block``, which the loop asks of whatever takes a surface's place.
    """
    offered = [vars(optim)[name] for name in optim.__all__]
    own = [thing for module in offered if inspect.ismodule(module) for thing in vars(module).values()
           if getattr(thing, "__module__", "") == module.__name__]  # fmt: skip
    members = [member for thing in (*offered, *own)
               for member in (vars(thing).values() if inspect.isclass(thing) else [thing])]  # fmt: skip
    functions = filter(inspect.isfunction, (inspect.unwrap(getattr(member, "__func__", member)) for member in members))
    private = re.compile(r"\b(_(?!_call__)|along$|block$)")
    found = {function for function in functions if not private.search(function.__qualname__)}
    found -= {optimizer.divides for optimizer in optim.OPTIMIZERS.values()}
    return sorted(found, key=lambda function: (function.__module__, function.__qualname__))


@pytest.mark.parametrize("function", _public(), ids=lambda function: f"{function.__module__}.{function.__qualname__}")
def test_every_public_function_has_an_example(function):
    assert ">>>" in (inspect.getdoc(function) or "")


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
