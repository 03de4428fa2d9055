"""A sweep on a real Dask cluster of two worker processes.  One is killed in the middle; Dask reschedules its blocks."""

import os
import signal
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from distributed import Client, LocalCluster

import optim
from optim import descent, optimizers, surfaces

# Dask and tornado leave sockets of killed workers to the garbage collector; that is theirs, not ours.
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.slow]


def _near(row):
    return row["f"] < 1.0


def _near_and_once_fatal(order, row):
    """As ``_near``; but the first worker to find the file removes it and dies on the spot."""
    try:
        os.remove(order)
    except FileNotFoundError:
        return _near(row)
    Path(order + ".obeyed").write_text(str(os.getpid()))
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


@pytest.fixture
def cluster(tmp_path):
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, local_directory=str(tmp_path)
        ) as cluster,
        Client(cluster) as client,
    ):
        client.wait_for_workers(2)
        yield client


def test_a_cluster_gives_the_serial_numbers_though_a_worker_is_killed(cluster, tmp_path, monkeypatch):
    setting = {
        "optimizer": optimizers.adam(lr=np.logspace(-3, 0, 24)[:, None], beta1=np.linspace(0, 0.99, 40)),
        "surface": surfaces.beale,
        "steps": 200,
        "noise": 0.1,
        "seed": np.arange(40),
    }
    alone = optim.sweep(**setting, event=_near)  # 960 runs in one block
    monkeypatch.setattr(descent, "BLOCK", 64)  # 24 blocks
    workers = {info["pid"] for info in cluster.run(lambda: {"pid": os.getpid()}).values()}
    assert len(workers) == 2

    order = tmp_path / "die"
    order.touch()
    carried = optim.sweep(**setting, event=partial(_near_and_once_fatal, str(order)), executor=cluster.get_executor())

    assert int(Path(f"{order}.obeyed").read_text()) in workers
    for name, value in alone.items():
        np.testing.assert_array_equal(carried[name], value)
