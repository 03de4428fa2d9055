"""What a map gives to the browser."""

import json
import re
from pathlib import Path

import pytest

from optim import SURFACES
from ui import maps


@pytest.mark.parametrize("surface", SURFACES.values(), ids=lambda surface: surface.label)
def test_the_browser_knows_every_operation_of_a_surface(surface):
    script = Path(maps.__file__).with_name("pointer.js").read_text("utf-8")
    program = json.loads(maps.frames(surface, "light")["relief"]["f"][0])
    operations = {op for op, *_ in program} - {"number", "symbol"}
    assert operations <= set(re.findall(r"\b(\w+): (?:\(|Math\.)", script))
    assert {args[0] for op, *args in program if op == "symbol"} == {"x", "y"}
