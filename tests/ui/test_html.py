"""Tables as HTML."""

import math
import re

import pytest
from streamlit.testing.v1 import AppTest

from ui import html


def test_a_head_begins_with_a_capital_letter_unless_it_is_a_symbol_and_is_escaped():
    def script() -> None:
        from ui import html

        html.table([{"test accuracy": "<b>1</b>", "f − f*": "2", "η at the end": "3", "1 < β": "4"}])

    (table,) = AppTest.from_function(script).run().get("html")
    heads = re.findall("<th><span>(.*?)</span></th>", table.proto.body)
    assert heads == ["Test accuracy", "f − f*", "η at the end", "1 &lt; β"]
    assert "<td><b>1</b></td>" in table.proto.body
    assert 'aria-label="Test accuracy, f − f*, η at the end, 1 &lt; β"' in table.proto.body


@pytest.mark.parametrize(
    ("values", "bold"),
    [([2.0, 1.0, 1.0], [1, 2]), ([1.0, math.inf, math.nan], [0]), ([1.0], []), ([1.0, 1.0], []), ([math.nan], [])],
)
def test_the_least_is_bold_where_it_is_less_than_another(values, bold):
    cells = [html.least(values, i, str) for i in range(len(values))]
    assert cells == [f"<b>{value}</b>" if i in bold else str(value) for i, value in enumerate(values)]
