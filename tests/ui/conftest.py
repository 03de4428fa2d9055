"""Rooms without a page around them: nobody has chosen a theme."""

import pytest


@pytest.fixture(autouse=True)
def _light(monkeypatch):
    monkeypatch.setattr("ui.palette.theme", lambda: "light")
