"""Tables as HTML."""

import re

from streamlit.testing.v1 import AppTest


def test_a_head_begins_with_a_capital_letter_unless_it_is_a_symbol_and_is_escaped():
    def script() -> None:
        from ui import html

        html.table([{"test accuracy": "<b>1</b>", "f − f*": "2", "η at the end": "3", "1 < β": "4"}])

    (table,) = AppTest.from_function(script).run().get("html")
    heads = re.findall("<th><span>(.*?)</span></th>", table.proto.body)
    assert heads == ["Test accuracy", "f − f*", "η at the end", "1 &lt; β"]
    assert "<td><b>1</b></td>" in table.proto.body
    assert 'aria-label="Test accuracy, f − f*, η at the end, 1 &lt; β"' in table.proto.body
