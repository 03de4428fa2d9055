"""What is measured: every page of the dashboard, and two apps of a few lines to hold them against.

The *plain app* is one ``st.slider`` and one 50-point ``st.altair_chart`` line with Streamlit's default settings; the
*tuned app* is the same with the specification cached, the data sent by name and the collector kept out of the way.
"""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent

PLAIN = """
import altair as alt, numpy as np, pandas as pd, streamlit as st
k = st.slider("k", 1, 200, 20)
x = np.arange(50)
st.altair_chart(alt.Chart(pd.DataFrame({"x": x, "y": np.sin(x * k / 100)})).mark_line().encode(x="x", y="y"))
"""

TUNED = """
import gc
import altair as alt, numpy as np, pandas as pd, streamlit as st

@st.cache_resource
def settle():
    gc.collect()
    gc.freeze()

@st.cache_data
def spec():
    return alt.Chart(alt.NamedData("line")).mark_line().encode(x="x:Q", y="y:Q").to_dict()

settle()
k = st.slider("k", 1, 200, 20)
x = np.arange(50)
st.vega_lite_chart(spec() | {"datasets": {"line": pd.DataFrame({"x": x, "y": np.sin(x * k / 100)})}}, key="line")
"""

APPS = {"plain": PLAIN, "tuned": TUNED}

OPENING = "trajectories"
"""The page that stands at the bare address."""

QUERIES = {"moving_averages": "show=all"}
"""What a page is opened with: the averages with all of their 1,461 days."""

PAGES = {
    path.stem: ("" if path.stem == OPENING else path.stem, QUERIES.get(path.stem, ""))
    for path in sorted((ROOT / "pages").glob("*.py"))
}
"""Every page: the path and the query that it is opened with."""


@contextmanager
def serve(script: Path, cwd: Path) -> Iterator[tuple[str, int]]:
    """A Streamlit server for ``script``, up and healthy: its address and its process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port),
               "--server.headless", "true", "--server.address", "127.0.0.1", "--server.fileWatcherType", "none",
               "--browser.gatherUsageStats", "false", "--client.showErrorDetails", "full"]  # fmt: skip
    server = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health")
                break
            except OSError:
                time.sleep(0.25)
        else:
            raise TimeoutError(f"{script} is not served after 30 s")
        yield url, server.pid
    finally:
        server.terminate()
        server.wait()
