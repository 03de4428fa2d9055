"""What several pages show."""

import ast
import inspect
import textwrap

import pytest

from optim import averages, learning, theory
from ui import parts


@pytest.mark.parametrize(
    "thing", [averages.ema_step, averages.debias, theory.Recurrence, theory.sgd_moments, learning.Batches.at]
)
def test_code_is_the_source_without_its_examples(thing, monkeypatch):
    monkeypatch.setattr(parts.st, "code", (shown := []).append)
    parts.code(thing)
    whole = textwrap.dedent(inspect.getsource(thing))
    assert ">>>" in whole
    assert ">>>" not in shown[0]

    def statements(source):
        """All but the docstrings."""
        tree = ast.parse(source)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                node.value = node.value.split("\n")[0]
        return ast.dump(tree)

    assert statements(shown[0]) == statements(whole)
