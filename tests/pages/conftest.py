"""Pages run by Streamlit's own tester: the whole script, without a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pandas as pd
import pyarrow as pa
import pytest
from streamlit.components.v2.manifest_scanner import scan_component_manifests
from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture(scope="session", autouse=True)
def scanned() -> Iterator[None]:
    """The installed packages are looked through for components once, as on a server, and not with every app."""
    where = "streamlit.components.v2.manifest_scanner.scan_component_manifests"
    with patch(where, return_value=scan_component_manifests()):
        yield


@pytest.fixture
def opened() -> Callable[..., AppTest]:
    """Open a page of the app with a query and session values, and run it."""

    def open_app(
        query: dict[str, str | list[str]] | None = None, page: str = "trajectories", **state: object
    ) -> AppTest:
        app = AppTest.from_file(APP, default_timeout=60)
        app.switch_page(f"pages/{page}.py")
        for name, value in (query or {}).items():
            app.query_params[name] = value
        for name, value in state.items():
            app.session_state[name] = value
        return run(app)

    return open_app


def run(app: AppTest) -> AppTest:
    """Run the script; nothing may have been raised, and there is one thing at most to say in passing."""
    app.run()
    assert not app.exception, app.exception[0].message
    assert len(app.toast) <= 1
    return app


def lines(app: AppTest, name: str, chart: int = 0) -> pd.DataFrame:
    """All the lines ``name0``, ``name1``, ... of the chart that is the ``chart``-th to have them."""
    found: list[pd.DataFrame] = []
    while len(here := datasets(app, f"{name}{len(found)}")) > chart:
        found.append(here[chart])
    return pd.concat(found, ignore_index=True)


def query(app: AppTest) -> dict[str, list[str]]:
    """The app's own link."""
    return {name: value if isinstance(value, list) else [value] for name, value in dict(app.query_params).items()}


def whole(app: AppTest) -> AppTest:
    """Draw the whole page: after some of its parts were drawn alone, the tester knows of nothing else."""
    session = app.session_state[f"{app.session_state['page']}.page"]
    session.whole = False
    for _ in range(3):
        if not session.whole:
            run(app)
    assert session.whole
    return app


def named_datasets(app: AppTest) -> dict[str, list[pd.DataFrame]]:
    """Name -> the data called so of every chart."""
    found: dict[str, list[pd.DataFrame]] = {}
    for chart in app.get("vega_lite_chart"):
        for data in chart.proto.datasets:
            found.setdefault(data.name, []).append(pa.ipc.open_stream(data.data.data).read_pandas())
    return found


def datasets(app: AppTest, name: str) -> list[pd.DataFrame]:
    """The data called ``name`` of every chart that has it, in the page's order."""
    return [
        pa.ipc.open_stream(data.data.data).read_pandas()
        for chart in app.get("vega_lite_chart")
        for data in chart.proto.datasets
        if data.name == name
    ]
